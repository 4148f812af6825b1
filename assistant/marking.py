"""A selection in the viewer -> offsets in the document: carried from the pieces it lies in, never searched for."""

from __future__ import annotations

import re
from html import unescape

from assistant.html import text
from index.types import Document, Span

_LONGER = re.compile("\r\n|[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def selected(document: Document, data: object) -> Span | None:
    """The span between two ends `[at, shown]`: `shown` characters into the piece that begins at offset `at`, counted
    as they are shown. White space at its ends is left out; None for nothing, or for what is no selection."""
    match data:
        case [[int(at), int(shown)], [int(to_at), int(to_shown)]] if (
            at <= to_at and min(at, shown, to_shown) >= 0
        ):
            start = offset(document.text, at, shown)
            end = offset(document.text, to_at, to_shown)
        case _:
            return None
    chosen = document.text[start:end]
    start += len(chosen) - len(chosen.lstrip())
    end -= len(chosen) - len(chosen.rstrip())
    return Span(start, end) if start < end else None


def offset(whole: str, at: int, shown: int) -> int:
    """The offset in `whole` of what the page shows `shown` characters after the offset `at`."""
    for found in _LONGER.finditer(whole, at):
        before = found.start() - at
        if shown <= before:
            break
        wide = _width(found[0])
        at = found.end()
        shown = max(0, shown - before - wide)
    return min(len(whole), at + shown)


def _width(raw: str) -> int:
    """How many characters are shown for one that is shown otherwise: what the page's own text says."""
    return len(unescape(text(raw)))
