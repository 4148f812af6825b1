"""PDF to text with pages, and back from a span of that text to boxes on them, through pdfium."""

from __future__ import annotations

import logging
import math
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from index.errors import Unreadable
from index.pdffields import Field, fields
from index.pdftext import text_of
from index.running import arrangements
from index.scanned import Word, was_scanned
from index.types import Document, Span

PASSWORD = 4  # FPDF_ERR_PASSWORD
END_OF_FILE = b"%%EOF"
# What programs write for an author that they do not know.
NOBODY = frozenset(
    "anonymous|unspecified|unknown|untitled|none|n/a|user|admin|administrator|root|owner|author|windows user"
    "|microsoft office user".split("|")
)
_DATE = re.compile(r"(?:D:)?(\d{4})(\d\d)?(\d\d)?")
Recognise = Callable[[Any], tuple[str, list[Word]]]  # a page of pdfium's to its text and words
_PDFIUM = threading.Lock()  # pdfium is not safe to use from two threads at once


@dataclass(frozen=True, slots=True)
class Box:
    """One fragment of a line on a page (from 1), in PDF points from the page's lower left corner.

    `turned` is the way it runs, in degrees clockwise: 0 to the right, 90 downwards, 180 or 270. The page itself may be
    shown turned.
    """

    page: int
    left: float
    bottom: float
    right: float
    top: float
    turned: int = 0


@dataclass(frozen=True, slots=True)
class About:
    """What a PDF says of itself, each "" where it does not; the date is written as ISO 8601 has it."""

    title: str
    author: str
    date: str
    keywords: str


def read_pdf(data: bytes, recognise: Recognise | None = None) -> tuple[list[tuple[str, list[Word]]], About]:
    """The text of each page of a PDF, and what it says of itself. Raises Unreadable.

    `recognise` reads pages that show something but have no text; the words that it found come with theirs.
    """
    if END_OF_FILE not in data[-65_536:]:
        raise Unreadable("the PDF is cut off (it has no end-of-file mark); copy it here again")
    with _PDFIUM:
        pdf = _open(data)
        try:
            pages: list[tuple[str, list[Word]]] = []
            for number in range(len(pdf)):
                page, _, text, *_ = _page(pdf, number)
                drawn = recognise is not None and not text.strip() and _shows_something(page)
                pages.append(recognise(page) if recognise and drawn else (text, []))
            return pages, _about(pdf)
        finally:
            pdf.close()


def _about(pdf: Any) -> About:
    names = ("Title", "Author", "Keywords", "CreationDate", "ModDate", "Creator", "Producer")
    title, author, keywords, created, modified, *programs = (
        str(pdf.get_metadata_value(name) or "").strip() for name in names
    )
    # Who stamps or shrinks a PDF changes it; it was written when it was made.
    found = _DATE.match(created) or _DATE.match(modified)
    named = (
        author not in programs and author.lower().strip("()") not in NOBODY and any(map(str.isalpha, author))
    )
    return About(
        title,
        author if named else "",
        "-".join(part for part in found.groups() if part) if found else "",
        "" if keywords.strip("()") in NOBODY else keywords,
    )


def _shows_something(page: Any) -> bool:
    from pypdfium2.raw import FPDFPage_CountObjects

    return bool(FPDFPage_CountObjects(page) > 0)


def boxes(file: Path, document: Document, span: Span) -> list[Box]:
    """Where `span` of a PDF's document stands on its pages: one box for each fragment of a line. Pages that OCR read
    have none here.

    Raises Unreadable if `file` can no longer be read, or no longer gives the document's text.
    """
    return [box for _, box in fragments(file, document, span)]


def fragments(file: Path, document: Document, span: Span) -> list[tuple[Span, Box]]:
    """The boxes of `span`, each with the part of the document's text that stands in it. Raises as `boxes` does."""
    found: list[tuple[Span, Box]] = []
    with opened(file) as pdf:
        for number, page in enumerate(document.pages, start=1):
            if page.start < span.end and span.start < page.end and not was_scanned(document, page):
                found.extend(_on_page(pdf, number, page, document, span))
    return found


@contextmanager
def opened(file: Path) -> Iterator[Any]:
    """The PDF, for one thread at a time. Raises Unreadable."""
    try:
        data = file.read_bytes()
    except OSError as error:
        raise Unreadable(f"the file cannot be read: {error.strerror}") from error
    with _PDFIUM:
        pdf = _open(data)
        try:
            yield pdf
        finally:
            pdf.close()


def _open(data: bytes) -> Any:
    import pypdfium2

    logging.getLogger("pypdfium2").setLevel(logging.ERROR)  # of an XFA form it says how to build pdfium
    try:
        pdf = pypdfium2.PdfDocument(data)
        pdf.init_forms()  # before any page is opened: else none shows what is filled in
    except pypdfium2.PdfiumError as error:
        if error.err_code == PASSWORD:
            raise Unreadable("the PDF is encrypted; save a copy without its password") from error
        raise Unreadable("the PDF is damaged or is none; open it in a viewer and save it again") from error
    return pdf


def _page(pdf: Any, number: int) -> tuple[Any, Any, str, list[int], list[Field]]:
    """A page, its text page, its text as we keep it, for each character of that the one of pdfium, or that of a field,
    and these."""
    import pypdfium2

    try:
        page = pdf[number]
        text_page = page.get_textpage()
    except pypdfium2.PdfiumError as error:
        raise Unreadable(f"page {number + 1} of the PDF is damaged; save it again in a viewer") from error
    filled = fields(pdf, page)
    return page, text_page, *text_of(text_page, filled), filled


def _on_page(pdf: Any, number: int, page: Span, document: Document, span: Span) -> Iterator[tuple[Span, Box]]:
    if number > len(pdf):
        raise Unreadable("the PDF has changed since it was indexed; index it again")
    _, text_page, text, numbers, filled = _page(pdf, number - 1)
    kept = document.text[page.start : page.end]
    places = next((one.places for one in arrangements(text) if one.text == kept), None)
    if places is None:
        raise Unreadable("the PDF has changed since it was indexed; index it again")
    first, last = max(span.start, page.start) - page.start, min(span.end, page.end) - page.start
    box: Box | None = None
    start = end = 0
    for place in range(first, last):
        if kept[place].isspace():
            continue
        drawn = numbers[places[place]]
        if drawn < 0:
            one = filled[-drawn - 1]
            character = Box(number, one.left, one.bottom, one.right, one.top)
        else:
            left, bottom, right, top = text_page.get_charbox(drawn, loose=True)
            character = Box(number, left, bottom, right, top, _turned(text_page, drawn))
        if box and _same_line(box, character):
            box, end = _around(box, character), place + 1
            continue
        if box:
            yield Span(page.start + start, page.start + end), box
        box, start, end = character, place, place + 1
    if box:
        yield Span(page.start + start, page.start + end), box


def _turned(text_page: Any, number: int) -> int:
    from pypdfium2.raw import FPDFText_GetCharAngle, FPDFText_GetFontSize

    quarters = round(2 * max(0.0, float(FPDFText_GetCharAngle(text_page, number))) / math.pi)
    upended = float(FPDFText_GetFontSize(text_page, number)) < 0  # which the angle leaves out
    return (90 * quarters + 180 * upended) % 360


def _same_line(box: Box, character: Box) -> bool:
    """Whether a character goes on in the line of `box`: it stands beside it, and not behind where that begins."""
    onwards = {
        0: character.right >= box.left,
        90: character.bottom <= box.top,
        180: character.left <= box.right,
        270: character.top >= box.bottom,
    }[box.turned]
    if box.turned % 180:
        shared = min(box.right, character.right) - max(box.left, character.left)
        high = min(box.right - box.left, character.right - character.left)
    else:
        shared = min(box.top, character.top) - max(box.bottom, character.bottom)
        high = min(box.top - box.bottom, character.top - character.bottom)
    return onwards and shared >= high / 2 and box.turned == character.turned


def _around(one: Box, other: Box) -> Box:
    return Box(
        one.page,
        min(one.left, other.left),
        min(one.bottom, other.bottom),
        max(one.right, other.right),
        max(one.top, other.top),
        one.turned,
    )
