"""Windows to learn from: which tokens hold an answer, and a part of a long text drawn around them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from assistant.windows import SEEK

TRAIN_TOKENS = 192


def answer_tokens(spans: Sequence[tuple[int, int]], start: int, end: int) -> tuple[int, int] | None:
    """First and last token that hold text[start:end], or None if no token does."""
    touching = [i for i, (left, right) in enumerate(spans) if left < end and right > start and left < right]
    return (touching[0], touching[-1]) if touching else None


def draw_window(
    words: Sequence[bool] | NDArray[np.bool_],
    answer: tuple[int, int] | None,
    size: int,
    rng: np.random.Generator,
) -> tuple[int, int]:
    """A random window (start, end) of at most `size` tokens that holds the answer whole.

    It starts at a word where one is near. An answer longer than the window is cut off at the window's end.
    """
    total = len(words)
    if total <= size:
        return 0, total
    low, high = 0, total - size
    if answer is not None:
        low, high = max(0, min(answer[1] - size + 1, answer[0])), min(high, answer[0])
    start = int(rng.integers(low, high + 1)) if high > low else low
    for earlier in range(start, max(low, start - SEEK) - 1, -1):
        if words[earlier]:
            start = earlier
            break
    return start, min(total, start + size)
