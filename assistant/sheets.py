"""The viewer's pages: the picture that the browser fetches, and the figure that holds it with its marks."""

from __future__ import annotations

from functools import lru_cache
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from assistant import html
from assistant.html import say
from assistant.service import Assistant
from index.disk import file_digest
from index.drawer import Drawer
from index.errors import SourcierError, Unreadable
from index.pageimage import Mark, Sheet
from index.types import PAGED, Document, Span

ROUTE = "/page-image"
WIDTH = 1400  # dots of a picture: sharp at twice the viewer's width
KEPT = 24  # pictures remembered
BASELINE = 0.8  # part of a line's height that is above the feet of its letters
DRAWER = Drawer()  # one process draws for every page that is served
UPRIGHT = 2.0  # so many times higher than wide, a word of a scan runs downwards


def figures(assistant: Assistant, document: Document, quote: Span, span: Span, language: str) -> str:
    """HTML of the pages on which `quote` stands, with it and `span` marked; "" if the file is not as indexed."""
    file = source_file(assistant, document)
    if file is None:
        return ""
    try:
        around = _marks(file, document, quote)
        inner = _marks(file, document, span) if span.start < span.end else {}
        return "".join(
            figure(file, document, number, around[number], inner.get(number, []), language)
            for number in around
        )
    except Unreadable:
        return ""


def _marks(file: Path, document: Document, span: Span) -> dict[int, list[Mark]]:
    page = document.page_at(span.start) or 0
    found: dict[int, list[Mark]] = DRAWER("marks", document.source_sha256, page, file, document, span)
    return found


def figure(
    file: Path, document: Document, number: int, quote: list[Mark], span: list[Mark], language: str
) -> str:
    """HTML of one page. Raises Unreadable if there is no such page."""
    page: Sheet = DRAWER("sheet", document.source_sha256, number, file, number)
    label = say("page_sheet", language, page=page.label, pages=len(document.pages))
    query = urlencode({"doc": document.path, "page": number, "sha256": document.source_sha256})
    marked = "".join(_box(mark, "quote") for mark in quote) + "".join(_box(mark, "span") for mark in span)
    pieces = DRAWER("layer", document.source_sha256, number, file, document, number)
    marked += _layer(document, pieces, page)
    return (
        f'<figure class="sheet" data-number="{number}"><div class="paper" '
        f'style="aspect-ratio: {page.width:.1f} / {page.height:.1f}">'
        f'<img src="{ROUTE}?{escape(query)}" alt="{label}">{marked}</div><figcaption>{label}</figcaption></figure>'
    )


def _layer(document: Document, found: list[tuple[Span, Mark]], page: Sheet) -> str:
    """The page's text over its picture, unseen, to be selected: `data-at` says where each piece begins in the document.

    Readers of the screen find it below, as the text that is searched.
    """
    pieces = "".join(_piece(document, span, mark, page) for span, mark in found)
    return f'<svg class="layer" viewBox="0 0 {page.width:.1f} {page.height:.1f}" aria-hidden="true">{pieces}</svg>'


def _piece(document: Document, span: Span, mark: Mark, page: Sheet) -> str:
    left, top = mark.left * page.width, mark.top * page.height
    across, down = mark.width * page.width, mark.height * page.height
    sideways = down > UPRIGHT * across and span.end - span.start > 1
    turned = 90 * sideways if mark.turned is None else mark.turned
    # its first letter's upper left corner, as it stands itself
    x, y = left + across * (turned in (90, 180)), top + down * (turned in (180, 270))
    long, high = (down, across) if turned % 180 else (across, down)
    turn = f' transform="rotate({turned} {x:.1f} {y:.1f})"' if turned else ""
    return (
        f'<text data-at="{span.start}" x="{x:.1f}" y="{y + BASELINE * high:.1f}" textLength="{long:.1f}" '
        f'lengthAdjust="spacingAndGlyphs" font-size="{high:.1f}"{turn}>'
        f"{html.text(document.text[span.start : span.end])}</text>"
    )


def source_file(assistant: Assistant, document: Document) -> Path | None:
    """The file of a document that has pages, if it lies in the folder just as it was indexed."""
    return unchanged(assistant, document) if document.kind in PAGED else None


def unchanged(assistant: Assistant, document: Document) -> Path | None:
    """The file of a document, if it lies in the folder just as it was indexed."""
    file = assistant.settings.seeds / document.path
    try:
        inside = file.resolve().is_relative_to(assistant.settings.seeds.resolve())
        state = file.stat()
        same = inside and _digest(file, state.st_mtime_ns, state.st_size) == document.source_sha256
    except OSError:
        return None
    return file if same else None


def image(assistant: Assistant, asked: dict[str, Any]) -> bytes | None:
    """The PNG that a figure asks for, b"" if it cannot be drawn; None for anything that no figure would ask."""
    try:
        document, number = assistant.document(str(asked.get("doc", ""))), int(asked.get("page", ""))
        file = source_file(assistant, document)
        wanted = asked.get("sha256") == document.source_sha256 and 1 <= number <= len(document.pages)
        if file is None or not wanted:
            return None
        return _picture(file, document.source_sha256, number)
    except Unreadable:
        return b""
    except (SourcierError, ValueError):
        return None


@lru_cache(KEPT)
def _picture(file: Path, digest: str, number: int) -> bytes:
    drawn: bytes = DRAWER("picture", digest, number, file, number, WIDTH)
    return drawn


@lru_cache(256)
def _digest(file: Path, mtime_ns: int, size: int) -> str:
    return file_digest(file)


def _box(mark: Mark, kind: str) -> str:
    left, top, width, height = (
        f"{100 * part:.3f}%" for part in (mark.left, mark.top, mark.width, mark.height)
    )
    return f'<i class="box {kind}" style="left:{left};top:{top};width:{width};height:{height}"></i>'
