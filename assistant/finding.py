"""Words in a document -> each place where they stand; case, accents and kinds of white space do not count."""

from __future__ import annotations

import re
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from assistant.folding import fold, fold_character
from index.types import Span

MOST = 1_000  # places that are shown
LONGEST = 1_000  # characters that are looked for


def places(text: str, sought: str) -> list[Span]:
    """Where the words of `sought` stand in `text`, one after the other: at most MOST, and one where there are more."""
    words = fold(sought[:LONGEST]).text.split()
    if not words:
        return []
    folded, came_from = _folded(text)
    found: list[Span] = []
    for match in re.finditer(" +".join(map(re.escape, words)), folded):
        last = int(came_from[match.end() - 1])
        # An accent that follows its letter folds to nothing, and goes with it.
        found.append(Span(int(came_from[match.start()]), max(last + 1, int(came_from[match.end()]))))
        if len(found) > MOST:
            break
    return found


@lru_cache(maxsize=2)
def _folded(text: str) -> tuple[str, NDArray[np.int32]]:
    """As `fold`, for ten million characters too."""
    characters = sorted({*text, " "})
    folds = [fold_character(character) for character in characters]
    row_of = np.zeros(ord(characters[-1]) + 1, np.int32)
    row_of[[ord(character) for character in characters]] = np.arange(len(characters))
    letters = np.zeros((len(folds), max(map(len, folds))), "<u4")
    for row, folded in enumerate(folds):
        letters[row, : len(folded)] = [ord(letter) for letter in folded]
    rows = row_of[np.frombuffer(text.encode("utf-32-le", "surrogatepass"), "<u4")]
    widths = np.array([len(folded) for folded in folds], np.int32)[rows]
    came_from = np.repeat(np.arange(len(text), dtype=np.int32), widths)
    begins = np.cumsum(widths, dtype=np.int32) - widths
    within = np.arange(len(came_from), dtype=np.int32) - begins[came_from]
    whole = letters[rows[came_from], within].tobytes().decode("utf-32-le", "surrogatepass")
    return whole, np.append(came_from, np.int32(len(text)))
