"""Pictures of text: a section for each page, its text by OCR."""

from __future__ import annotations

from index.errors import Unreadable
from index.formats.extracted import Extracted, paged
from index.ocr import Scans, lacking, languages, recognise
from index.pictures import dpi_of, frame, frames, opened


def read_picture(data: bytes, scans: Scans | None) -> Extracted:
    """Raises Unreadable: without Tesseract, with what would help."""
    if scans is None or not languages(scans.chosen):
        why = lacking(scans.chosen) if scans else "it is read only as a file of its own"
        raise Unreadable(f"a picture; {why}")
    pages = []
    with opened(data) as image:
        for number in range(1, frames(image) + 1):
            scans.beat()
            shown = frame(image, number)
            pages.append(recognise(shown, scans.chosen, dpi_of(image)))
    if not any(text for text, _ in pages):
        raise Unreadable("a picture in which OCR found no text")
    return paged(pages)
