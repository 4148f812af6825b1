"""Text without case, accents and fancy spaces, each character with the place that it came from."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

_SPACES = "\t\n\v\f\r\x85\u2028\u2029"  # and all of category Zs
_APOSTROPHES = "’‘ʼ′´`"
_DASHES = "‐‑‒–—−"
_POINTS = {"٫": ".", "٬": ",", "٪": "%", "％": "%"}
_PLAIN = str.maketrans(
    dict.fromkeys(_SPACES, " ") | dict.fromkeys(_APOSTROPHES, "'") | dict.fromkeys(_DASHES, "-") | _POINTS
)
_ACCENTS = re.compile("[\u0300-\u036f]")


@dataclass(frozen=True, slots=True)
class Folded:
    """The folded text; `places[i]` is where its character i stands in the original, the last one its length."""

    text: str
    places: tuple[int, ...]


def fold(text: str) -> Folded:
    """Fold a text. Marks and scripts without accents stay as they are, figures are those of ASCII; what cannot be seen
    goes."""
    kept = [(folded, place) for place, character in enumerate(text) for folded in fold_character(character)]
    return Folded("".join(folded for folded, _ in kept), (*(place for _, place in kept), len(text)))


@lru_cache(maxsize=4096)
def fold_character(character: str) -> str:
    """What stands for one character: "" for what cannot be seen, and more than one for such as "ß"."""
    category = unicodedata.category(character)
    if category == "Cf":  # soft hyphens, joiners, directions
        return ""
    if category == "Zs":
        return " "
    if category == "Nd":  # of any script
        return str(unicodedata.decimal(character))
    plain = unicodedata.normalize("NFKD", character) if character.isalpha() else character.translate(_PLAIN)
    return _ACCENTS.sub("", plain.casefold())
