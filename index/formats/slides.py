"""Slides: PPTX. A section for each slide, called by its number; speakers' notes at its end."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

from index.formats.extracted import Extracted, day, joined, table, tags_in
from index.formats.zipped import described, open_zip


def read_pptx(data: bytes) -> Extracted:
    """Raises Unreadable."""
    archive = open_zip(data)
    import pptx

    deck = pptx.Presentation(io.BytesIO(data))
    text, sections = joined((str(n), _slide(slide)) for n, slide in enumerate(deck.slides, start=1))
    if not described(archive):
        return Extracted(text, sections=sections)
    about = deck.core_properties
    return Extracted(
        text, str(about.title or ""), str(about.language or "")[:2].lower(), sections,
        str(about.author or ""), day(about.modified or about.created), tags=tags_in(about.keywords),
    )  # fmt: skip


def _slide(slide: Any) -> str:
    parts = list(_shapes(slide.shapes))
    if slide.has_notes_slide and slide.notes_slide.notes_text_frame is not None:
        parts.append(slide.notes_slide.notes_text_frame.text)
    return "\n\n".join(part for part in parts if part.strip())


def _shapes(shapes: Any) -> Iterator[str]:
    for shape in shapes:
        if hasattr(shape, "shapes"):
            yield from _shapes(shape.shapes)
        elif shape.has_text_frame:
            yield shape.text_frame.text.replace("\v", "\n")
        elif getattr(shape, "has_table", False):
            yield "\n".join(text for _, text in table([[c.text for c in r.cells] for r in shape.table.rows]))
