"""PDF: a section for each page, called by its number; pages that are mere pictures are read by OCR."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

from index.errors import Unreadable
from index.formats.extracted import Extracted, day, paged, tags_in
from index.ocr import DPI, OFF, Scans, lacking, languages, recognise
from index.pdf import read_pdf
from index.scanned import Word


def read_pages(data: bytes, scans: Scans | None) -> Extracted:
    """Raises Unreadable. Without `scans` or Tesseract, pages without a text layer stay empty."""
    able = scans is not None and languages(scans.chosen) != ""
    pages, about = read_pdf(data, partial(_read, scans) if scans and able else None)
    if not any(text.strip() for text, _ in pages):
        raise Unreadable(f"the PDF has no text layer (a scan); {_why(scans)}")
    empty = sum(not text.strip() for text, _ in pages)
    scan = all(words for text, words in pages if text.strip())  # its day is not that of what it shows
    return replace(
        paged(pages), title=about.title, author=about.author, date="" if scan else day(about.date),
        tags=tags_in(about.keywords),
        left="" if able or not empty else _unseen(empty, len(pages), scans),
    )  # fmt: skip


def _why(scans: Scans | None) -> str:
    if scans is None:
        return "it is read only as a file of its own"
    return "OCR found no text in it" if languages(scans.chosen) else lacking(scans.chosen)


def _unseen(empty: int, pages: int, scans: Scans | None) -> str:
    if scans is None or scans.chosen == OFF:  # nobody asked for it
        return ""
    return f"{empty} of its {pages} pages have no text. If that is a scan, {lacking(scans.chosen)}"


def _read(scans: Scans, page: Any) -> tuple[str, list[Word]]:
    scans.beat()
    return recognise(page.render(scale=DPI / 72, grayscale=True).to_pil(), scans.chosen, DPI)
