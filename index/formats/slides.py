"""Slides: PPTX. A section for each slide, called by its number; speakers' notes at its end."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

from index.formats.about import with_properties
from index.formats.drawn import chart, diagram
from index.formats.extracted import Extracted, joined
from index.formats.header import Cells, may_be_names
from index.formats.rows import table
from index.formats.zipped import described, open_zip
from index.raised import with_raised

_MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"


def read_pptx(data: bytes) -> Extracted:
    """Raises Unreadable."""
    archive = open_zip(data)
    import pptx

    deck = pptx.Presentation(io.BytesIO(data))
    text, sections = joined((str(n), _slide(slide)) for n, slide in enumerate(deck.slides, start=1))
    found = Extracted(text, sections=sections)
    if not described(archive):
        return found
    about = deck.core_properties
    return with_properties(found, about, about.author, about.language)


def _slide(slide: Any) -> str:
    _choose(slide.shapes.element)
    parts = list(_shapes(slide.shapes))
    if slide.has_notes_slide and slide.notes_slide.notes_text_frame is not None:
        parts.append(_words(slide.notes_slide.notes_text_frame))
    return "\n\n".join(part for part in parts if part.strip())


def _choose(tree: Any) -> None:
    """Of what a slide holds twice, for new programs and for old ones, the new, which has its text as text."""
    for twice in list(tree.iter(f"{_MC}AlternateContent")):
        chosen = twice.find(f"{_MC}Choice")
        if chosen is None:
            chosen = twice.find(f"{_MC}Fallback")
        for one in list(chosen) if chosen is not None else ():
            twice.addprevious(one)
        twice.getparent().remove(twice)


def _shapes(shapes: Any) -> Iterator[str]:
    for shape in shapes:
        if hasattr(shape, "shapes"):
            yield from _shapes(shape.shapes)
        elif shape.has_text_frame:
            yield _words(shape.text_frame)
        elif getattr(shape, "has_table", False):
            found = shape.table
            rows = [_row(line.cells) for line in found.rows]
            told = found.first_row and len(found.columns) > 2  # as is every table that nobody changed
            yield "\n".join(text for _, text in table(rows, int(told and may_be_names(rows[0]))))
        elif getattr(shape, "has_chart", False):
            yield chart(shape.chart)
        else:
            yield diagram(shape)


def _row(cells: Any) -> Cells:
    """None where a cell goes on from the left."""
    return [None if cell._tc.hMerge else _words(cell.text_frame) for cell in cells]


def _words(frame: Any) -> str:
    """Paragraphs a line each, what is struck left out."""
    return "\n".join(with_raised(_runs(one)) for one in frame.paragraphs)


def _runs(paragraph: Any) -> Iterator[tuple[str, bool]]:
    for part in paragraph._p.content_children:
        look = getattr(part, "rPr", None)
        told = dict(look.items()) if look is not None else {}
        if told.get("strike", "noStrike") == "noStrike":
            high = told.get("baseline", "0").rstrip("%")
            yield part.text.replace("\v", "\n"), not high.startswith("-") and high.strip("0.") != ""
