"""A PDF's page as a picture, and where a quote stands on it, in parts of the page's width and height."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path

from index.errors import Unreadable
from index.pdf import Box, boxes, opened
from index.types import Document, Span

FINE = 1_000_000  # steps in which a page is measured
DOTS = 4_000_000  # of one picture, at most


@dataclass(frozen=True, slots=True)
class Mark:
    """A rectangle on a page, from its upper left corner as it is shown; all four from 0 to 1."""

    left: float
    top: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Sheet:
    """A page as it is shown, turned if the file says so: size in points, label as printed ("iv"), number from 1."""

    number: int
    label: str
    width: float
    height: float


def sheet(file: Path, number: int) -> Sheet:
    """The page of that number. Raises Unreadable if there is none, or no such file."""
    with opened(file) as pdf:
        page = _page(pdf, number)
        width, height = page.get_size()
        return Sheet(number, pdf.get_page_label(number - 1) or str(number), width, height)


def picture(file: Path, number: int, width: int) -> bytes:
    """The page as PNG, `width` dots wide, fewer where that would be very many. Raises Unreadable."""
    with opened(file) as pdf:
        page = _page(pdf, number)
        across, down = page.get_size()
        scale = min(width / across, (DOTS / (across * down)) ** 0.5)
        image = page.render(scale=scale).to_pil()
    data = io.BytesIO()
    image.save(data, "PNG")
    return data.getvalue()


def marks(file: Path, document: Document, span: Span) -> dict[int, list[Mark]]:
    """Where `span` of a PDF's document stands, by page number: one mark for each fragment of a line.

    Raises Unreadable if the file is gone or no longer gives the document's text.
    """
    found: dict[int, list[Box]] = {}
    for box in boxes(file, document, span):
        found.setdefault(box.page, []).append(box)
    if not found:
        return {}
    with opened(file) as pdf:
        return {number: [_mark(_page(pdf, number), box) for box in on] for number, on in found.items()}


def _mark(page: object, box: Box) -> Mark:
    corners = [_shown(page, x, y) for x, y in ((box.left, box.bottom), (box.right, box.top))]
    (a, b), (c, d) = corners
    return Mark(min(a, c), min(b, d), abs(a - c), abs(b - d))


def _shown(page: object, x: float, y: float) -> tuple[float, float]:
    """A point of the file as it is shown: pdfium knows how the page is turned and cropped."""
    from ctypes import byref, c_int

    from pypdfium2.raw import FPDF_PageToDevice

    across, down = c_int(), c_int()
    FPDF_PageToDevice(page, 0, 0, FINE, FINE, 0, x, y, byref(across), byref(down))
    return across.value / FINE, down.value / FINE


def _page(pdf: object, number: int):  # type: ignore[no-untyped-def]
    if not 1 <= number <= len(pdf):  # type: ignore[arg-type]
        raise Unreadable(f"the PDF has no page {number}")
    return pdf[number - 1]  # type: ignore[index]
