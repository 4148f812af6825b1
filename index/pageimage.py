"""A page of a PDF or a picture, shown, and where a quote stands on it, in parts of its width and height."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from index import pictures
from index.errors import Unreadable
from index.formats import kind_of
from index.pdf import Box, boxes, opened
from index.pdf import fragments as fragments_of
from index.scanned import fragments, was_scanned, words
from index.types import Document, Span

if TYPE_CHECKING:
    from PIL.Image import Image

FINE = 1_000_000  # steps in which a page is measured
DOTS = 4_000_000  # of one picture, at most


@dataclass(frozen=True, slots=True)
class Mark:
    """A rectangle on a page, from its upper left corner as it is shown; all four from 0 to 1.

    `turned` is the way its text runs as it is shown, in degrees clockwise: 0 to the right, 90 downwards, 180 or 270;
    None of a word that OCR read, which does not say.
    """

    left: float
    top: float
    width: float
    height: float
    turned: int | None = None


@dataclass(frozen=True, slots=True)
class Sheet:
    """A page as it is shown, turned if the file says so: size in points, label as printed ("iv"), number from 1."""

    number: int
    label: str
    width: float
    height: float


def sheet(file: Path, number: int) -> Sheet:
    """The page of that number. Raises Unreadable if there is none, or no such file."""
    if _is_picture(file):
        with _frame(file, number) as shown:
            return Sheet(number, str(number), shown.width, shown.height)
    with opened(file) as pdf:
        page = _page(pdf, number)
        width, height = page.get_size()
        return Sheet(number, pdf.get_page_label(number - 1) or str(number), width, height)


def picture(file: Path, number: int, width: int) -> bytes:
    """The page as PNG, `width` dots wide, fewer where that would be very many. Raises Unreadable."""
    if _is_picture(file):
        with _frame(file, number) as shown:
            scale = min(width / shown.width, (DOTS / (shown.width * shown.height)) ** 0.5)
            return _png(shown.resize((int(shown.width * scale) or 1, int(shown.height * scale) or 1)))
    with opened(file) as pdf:
        page = _page(pdf, number)
        across, down = page.get_size()
        scale = min(width / across, (DOTS / (across * down)) ** 0.5)
        image = page.render(scale=scale).to_pil()
    return _png(image)


def marks(file: Path, document: Document, span: Span) -> dict[int, list[Mark]]:
    """Where `span` of a document with pages stands, by page number: one mark for each fragment of a line.

    Raises Unreadable if the file is gone or no longer gives the document's text, as far as that is not OCR's.
    """
    read = {
        number: [Mark(*place) for place in fragments(document, Span(low, high))]
        for number, page in enumerate(document.pages, start=1)
        for low, high in [(max(span.start, page.start), min(span.end, page.end))]
        if low < high and was_scanned(document, page)
    }
    read = {number: on for number, on in read.items() if on}
    return dict(sorted((read | _drawn(file, document, span)).items())) if document.kind == "pdf" else read


def layer(file: Path, document: Document, number: int) -> list[tuple[Span, Mark]]:
    """The text of a page as it lies on its picture: each fragment of a line, or, of a scan, each word, in their order.

    Raises Unreadable as `marks` does, and if there is no such page.
    """
    if not 1 <= number <= len(document.pages):
        raise Unreadable(f"{document.path} has no page {number}")
    page = document.pages[number - 1]
    if was_scanned(document, page) or document.kind != "pdf":
        return [(span, Mark(*place)) for span, place in words(document, page)]
    found = fragments_of(file, document, page)
    with opened(file) as pdf:
        shown = _page(pdf, number)
        return [(span, _mark(shown, box)) for span, box in found]


def _drawn(file: Path, document: Document, span: Span) -> dict[int, list[Mark]]:
    """The marks on pages that have a text layer."""
    found: dict[int, list[Box]] = {}
    for box in boxes(file, document, span):
        found.setdefault(box.page, []).append(box)
    if not found:
        return {}
    with opened(file) as pdf:
        return {number: [_mark(_page(pdf, number), box) for box in on] for number, on in found.items()}


def _mark(page: Any, box: Box) -> Mark:
    corners = [_shown(page, x, y) for x, y in ((box.left, box.bottom), (box.right, box.top))]
    (a, b), (c, d) = corners
    turned = (page.get_rotation() + box.turned) % 360
    return Mark(min(a, c), min(b, d), abs(a - c), abs(b - d), turned)


def _shown(page: object, x: float, y: float) -> tuple[float, float]:
    """A point of the file as it is shown: pdfium knows how the page is turned and cropped."""
    from ctypes import byref, c_int

    from pypdfium2.raw import FPDF_PageToDevice

    across, down = c_int(), c_int()
    FPDF_PageToDevice(page, 0, 0, FINE, FINE, 0, x, y, byref(across), byref(down))
    return across.value / FINE, down.value / FINE


def _is_picture(file: Path) -> bool:
    return kind_of(file.suffix.lower()) == "image"


@contextmanager
def _frame(file: Path, number: int) -> Iterator[Image]:
    try:
        data = file.read_bytes()
    except OSError as error:
        raise Unreadable(f"the file cannot be read: {error.strerror}") from error
    with pictures.opened(data) as image:
        yield pictures.frame(image, number)


def _png(image: Image) -> bytes:
    data = io.BytesIO()
    image.save(data, "PNG")
    return data.getvalue()


def _page(pdf: object, number: int):  # type: ignore[no-untyped-def]
    if not 1 <= number <= len(pdf):  # type: ignore[arg-type]
        raise Unreadable(f"the PDF has no page {number}")
    return pdf[number - 1]  # type: ignore[index]
