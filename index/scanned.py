"""What OCR read of a document: each word's place on its page and how sure Tesseract was of it, packed in bytes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from index.types import Document, Span

FINE = 1_000_000  # steps in which a page, and certainty, are measured
COLUMNS = 7  # start, end, left, top, width, height, sure


@dataclass(frozen=True, slots=True)
class Word:
    """`text[start:end]` of a page, its box in parts of the page's width and height; `sure` in [0, 1]."""

    start: int
    end: int
    left: float
    top: float
    width: float
    height: float
    sure: float


def pack(words: Iterable[Word], offset: int = 0) -> bytes:
    """The words of one page as bytes, their places in the text moved by `offset`; those of pages may be joined."""
    rows = [
        (
            offset + w.start,
            offset + w.end,
            *(round(FINE * x) for x in (w.left, w.top, w.width, w.height, w.sure)),
        )
        for w in words
    ]
    return np.array(rows, "<i4").tobytes()


def moved(scanned: bytes, by: int) -> bytes:
    """The same words, their places in the text moved."""
    rows = np.frombuffer(scanned, "<i4").reshape(-1, COLUMNS).copy()
    rows[:, :2] += by
    return rows.tobytes()


def certainty(document: Document, span: Span) -> float | None:
    """How sure OCR was of `span`, on average by character, in [0, 1]; None for a text that was not read by OCR."""
    words = _within(document, span)
    if not len(words):
        return None
    length = np.minimum(words[:, 1], span.end) - np.maximum(words[:, 0], span.start)
    return round(float((words[:, 6] * length).sum() / length.sum() / FINE), 3)


def fragments(document: Document, span: Span) -> list[tuple[float, float, float, float]]:
    """Where `span` stands on its page: left, top, width and height of each fragment of a line, in parts of the page."""
    found: list[list[int]] = []
    for left, top, width, height in _within(document, span)[:, 2:6].tolist():
        right, bottom = left + width, top + height
        if found and _same_line(found[-1], left, top, bottom):
            last = found[-1]
            found[-1] = [last[0], min(last[1], top), max(last[2], right), max(last[3], bottom)]
        else:
            found.append([left, top, right, bottom])
    return [(a / FINE, b / FINE, (c - a) / FINE, (d - b) / FINE) for a, b, c, d in found]


def words(document: Document, span: Span) -> list[tuple[Span, tuple[float, float, float, float]]]:
    """The words of `span` that OCR read, each with its left, top, width and height in parts of the page."""
    return [
        (Span(start, end), (left / FINE, top / FINE, width / FINE, height / FINE))
        for start, end, left, top, width, height, _ in _within(document, span).tolist()
    ]


def was_scanned(document: Document, span: Span) -> bool:
    """Whether any word of `span` was read by OCR."""
    return len(_within(document, span)) > 0


def _within(document: Document, span: Span) -> NDArray[np.int32]:
    words = np.frombuffer(document.scanned, "<i4").reshape(-1, COLUMNS)
    first = int(np.searchsorted(words[:, 1], span.start, side="right"))
    last = int(np.searchsorted(words[:, 0], span.end, side="left"))
    return words[first : max(first, last)]


def _same_line(line: list[int], left: int, top: int, bottom: int) -> bool:
    shared = min(line[3], bottom) - max(line[1], top)
    return 2 * shared >= min(line[3] - line[1], bottom - top) and left >= line[0]
