"""PDF: a section for each page, called by its number."""

from __future__ import annotations

from index.formats.extracted import Extracted
from index.pdf import read_pdf
from index.types import Section


def read_pages(data: bytes) -> Extracted:
    """Raises Unreadable."""
    text, pages, title = read_pdf(data)
    return Extracted(
        text, title, sections=tuple(Section(str(n), p.start, p.end) for n, p in enumerate(pages, start=1))
    )
