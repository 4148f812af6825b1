"""Word processors: ODT. A section for each heading; tables row by row with their column names."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

from index.formats.about import author_in, dated, title_in
from index.formats.extracted import LETTER, Extracted, by_heading, joined, tags_in
from index.formats.header import Cells, is_data
from index.formats.rows import table
from index.formats.zipped import open_zip
from index.raised import raised

_OUTSIDE = "descendant::text:note|descendant::draw:text-box|descendant::draw:custom-shape[text:p]"
_SAID = "descendant-or-self::*[self::text:p or self::text:h]"
_EDGES = (
    "//style:master-page/*[not(@style:display = 'false')]"
    "[starts-with(local-name(), 'header') or starts-with(local-name(), 'footer')]"
)
# Comments, and what stands in no line of the text: names of pictures, how a sign is spoken.
_UNSEEN = (
    "office:annotation office:annotation-end draw:image svg:title svg:desc text:ruby-text text:hidden-text"
).split()


def read_odt(data: bytes) -> Extracted:
    """Headings, paragraphs, lists, notes and tables, and what stands above and below the pages at the end. Raises
    Unreadable."""
    open_zip(data)
    import odfdo

    document = odfdo.Document(io.BytesIO(data))
    edges = document.get_part("styles").get_elements(_EDGES)
    for part in (document.body, *edges):
        _without_marks(document, part)
    said = dict.fromkeys(text.strip() for edge in edges for _, text in _blocks(edge))
    around = "\n\n".join(text for text in said if LETTER.search(text))
    text, sections = joined([*by_heading(_blocks(document.body)), ("", around)])
    about = document.meta
    return Extracted(
        text, title_in(about.title), str(about.language or "")[:2].lower(), sections,
        author_in(about.creator or about.initial_creator), dated(about.date or about.creation_date),
        tags=tags_in(about.keyword),
    )  # fmt: skip


def _without_marks(document: Any, part: Any) -> None:
    """Take comments, pictures, struck and hidden spans out; write raised figures as such, and links as their text."""
    for unseen in part.get_elements("|".join(f"descendant::{name}" for name in _UNSEEN)):
        if unseen.parent is not None:  # a comment that spans text is deleted with the sign of its end
            unseen.delete()
    for link in part.get_elements("descendant::text:a"):
        link.tag = "text:span"  # odfdo writes links out, with their address
    high, gone = _styles(document)
    for span in part.get_elements("descendant::text:span"):
        if span.style in gone:
            span.delete()
        elif span.style in high and not span.children:
            before = span.xpath("preceding-sibling::text()[1]")
            span.text = raised(span.inner_text, str(before[0]) if before else "")


def _styles(document: Any) -> tuple[set[str], set[str]]:
    """The names of those that raise text, and of those that strike or hide it."""
    high, gone = set(), set()
    for style in document.get_styles("text"):
        for look in style.get_elements("style:text-properties"):
            place = str(look.get_attribute("style:text-position") or "")
            if place.startswith("super") or (place.split("%")[0].isdigit() and not place.startswith("0")):
                high.add(style.name)
            if look.get_attribute("style:text-line-through-style") not in (None, "none") or (
                look.get_attribute("text:display") == "none"
            ):
                gone.add(style.name)
    return high, gone


def _blocks(body: Any) -> Iterator[tuple[bool, str]]:
    """(whether it is a heading, text) of each block, with its notes and text boxes after it."""
    for element in body.children:
        if element.tag == "text:section":
            yield from _blocks(element)
            continue
        below: list[str] = []
        for outside in reversed(element.get_elements(_OUTSIDE)):  # those that stand in another one first
            below.insert(0, "\n".join(one.inner_text for one in outside.get_elements(_SAID)))
            outside.delete()
        if element.tag == "text:h":
            yield True, element.inner_text
        elif element.tag == "table:table":
            yield False, "\n".join(text for _, text in _table(element))
        elif element.tag in ("text:p", "text:list"):
            yield False, _words(element)
        yield from ((False, text) for text in below)


def _table(found: Any) -> list[tuple[int, str]]:
    rows: list[Cells] = []
    for line in found.iter_rows():
        row: list[str | None] = []
        wide = 1
        for cell in line.iter_cells():
            above = rows[-1][len(row)] if rows and len(row) < len(rows[-1]) else ""
            if cell.tag != "table:covered-table-cell":
                wide = int(cell.get_attribute("table:number-columns-spanned") or 1)
                row.append(_words(cell))
            else:
                wide -= 1
                row.append(None if wide > 0 else above if above and not is_data(above) else "")
        rows.append(row)
    return table(rows, len(found.get_elements("table:table-header-rows/table:table-row")))


def _words(element: Any) -> str:
    """A line for each paragraph, none of them inside another; a cell without one as its value is."""
    inside = f"{_SAID}[not(ancestor::text:p)]"
    found = [one.inner_text for one in element.get_elements(inside)]
    value = getattr(element, "value", None) if element.tag == "table:table-cell" else None
    return "\n".join(found) if found else "" if value is None else str(value)
