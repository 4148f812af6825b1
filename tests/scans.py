"""Scans for tests: pages that were drawn and hold no text, as PDF and as pictures."""

from __future__ import annotations

import io
from pathlib import Path

import pypdfium2
from fpdf import FPDF
from PIL.Image import Image

from index.documents import read_document
from index.types import Document, Source

WIDTH, HEIGHT = 150, 60  # millimetres
FERRY = (
    "The ferry to Ouessant costs 19 euros in summer.\nIt leaves the old harbour at noon, the captain said."
)
BAKER = "La boulangerie ouvre tous les matins.\nElle ferme le lundi et le soir vers 19 heures."


def typed(*pages: str) -> bytes:
    """A PDF with text."""
    pdf = FPDF(format=(WIDTH, HEIGHT))
    pdf.set_font("helvetica", size=13)
    for page in pages:
        pdf.add_page()
        pdf.multi_cell(0, 6, page)
    return bytes(pdf.output())


def drawn(text: str, dpi: int = 200) -> Image:
    """A page as a picture."""
    picture: Image = pypdfium2.PdfDocument(typed(text))[0].render(scale=dpi / 72).to_pil().convert("L")
    return picture


def scanned(*pictures: Image, first: str = "") -> bytes:
    """A PDF of pictures, after a page of text if there is a `first`."""
    pdf = FPDF(format=(WIDTH, HEIGHT))
    pdf.set_font("helvetica", size=13)
    pdf.set_auto_page_break(False)
    if first:
        pdf.add_page()
        pdf.multi_cell(0, 9, first)
    for picture in pictures:
        pdf.add_page()
        pdf.image(picture, 0, 0, WIDTH, HEIGHT)
    return bytes(pdf.output())


def saved(picture: Image, kind: str, **how: object) -> bytes:
    """A picture as a file."""
    data = io.BytesIO()
    picture.save(data, kind, **how)  # type: ignore[arg-type]
    return data.getvalue()


def document(path: Path, data: bytes) -> Document:
    """What is read of a file with these bytes."""
    path.write_bytes(data)
    return read_document(Source(path.name, path, len(data), 0))
