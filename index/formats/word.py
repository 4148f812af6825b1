"""Word processors: DOCX, ODT and RTF. A section for each heading; tables row by row with their column names."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

from index.decoding import decode
from index.errors import Unreadable
from index.formats.extracted import Extracted, clean, day, joined, table, tags_in
from index.formats.zipped import described, open_zip


def read_docx(data: bytes) -> Extracted:
    """Body and tables as they stand with all changes taken. Raises Unreadable."""
    archive = open_zip(data)
    import docx

    document = docx.Document(io.BytesIO(data))
    text, sections = joined(_by_heading(_docx_blocks(document)))
    if not described(archive):
        return Extracted(text, sections=sections)
    about = document.core_properties
    return Extracted(
        text, str(about.title or ""), str(about.language or "")[:2].lower(), sections,
        str(about.author or ""), day(about.modified or about.created), tags=tags_in(about.keywords),
    )  # fmt: skip


def read_odt(data: bytes) -> Extracted:
    """Headings, paragraphs, lists and tables. Raises Unreadable."""
    open_zip(data)
    import odfdo

    document = odfdo.Document(io.BytesIO(data))
    text, sections = joined(_by_heading(_odt_blocks(document.body)))
    about = document.meta
    written = about.date or about.creation_date
    return Extracted(
        text, str(about.title or ""), str(about.language or "")[:2].lower(), sections,
        str(about.creator or about.initial_creator or ""), day(written), tags=tags_in(about.keyword),
    )  # fmt: skip


def read_rtf(data: bytes) -> Extracted:
    """The text alone. Raises Unreadable."""
    from striprtf.striprtf import rtf_to_text

    if not data.lstrip().startswith(b"{\\rtf"):
        raise Unreadable("it is no RTF file, whatever its name says")
    try:
        return Extracted(clean(rtf_to_text(decode(data), errors="replace")).strip())
    except (ValueError, IndexError, KeyError, LookupError, RecursionError) as error:
        raise Unreadable(f"it is no whole RTF file: {error}") from error


def _docx_blocks(document: Any) -> Iterator[tuple[bool, str]]:
    """(whether it is a heading, text) of each paragraph and table row, in order."""
    for block in _docx_inside(document.element.body, document._body):
        if hasattr(block, "rows"):
            yield False, "\n".join(text for _, text in table(_docx_rows(block)))
        else:
            style = str(block.style.name or "") if block.style is not None else ""
            yield style.startswith(("Heading", "Title")), _docx_words(block)
            yield from ((False, text) for text in _docx_boxes(block))


def _docx_inside(element: Any, parent: Any) -> Iterator[Any]:
    """Paragraphs and tables in order, those of content controls and of what was inserted among them."""
    from docx.table import Table
    from docx.text.paragraph import Paragraph

    for child in element:
        kind = str(child.tag).rpartition("}")[2]
        if kind == "p":
            yield Paragraph(child, parent)
        elif kind == "tbl":
            yield Table(child, parent)
        elif kind in ("sdt", "sdtContent", "customXml", "ins", "moveTo"):
            yield from _docx_inside(child, parent)


def _docx_words(paragraph: Any) -> str:
    """Also what was inserted, moved here, or stands in a field or control; without what was deleted."""
    from docx.text.run import Run

    runs = paragraph._p.xpath(".//w:r[not(ancestor::w:del or ancestor::w:moveFrom)]")
    depth = len(paragraph._p.xpath("ancestor::w:txbxContent"))
    own = [run for run in runs if len(run.xpath("ancestor::w:txbxContent")) == depth]
    return "".join(Run(run, paragraph).text for run in own)


def _docx_boxes(paragraph: Any) -> Iterator[str]:
    """The paragraphs of text boxes that hang on a paragraph; each box stands twice, for old and new programs."""
    from docx.text.paragraph import Paragraph

    old = "ancestor::*[local-name() = 'Fallback']"
    for one in paragraph._p.xpath(f".//w:txbxContent//w:p[not({old})]"):
        yield _docx_words(Paragraph(one, paragraph))


def _docx_rows(found: Any) -> list[list[str]]:
    return [
        [
            "\n".join(
                _docx_words(block)
                if not hasattr(block, "rows")
                else " ".join(map(" ".join, _docx_rows(block)))
                for block in _docx_inside(cell._tc, cell)
            )
            for cell in row.cells
        ]
        for row in found.rows
    ]


def _odt_blocks(body: Any) -> Iterator[tuple[bool, str]]:
    for comment in body.get_elements("descendant::office:annotation|descendant::office:annotation-end"):
        comment.delete()
    for element in body.children:
        notes = element.get_elements("descendant::text:note")
        below = [one.inner_text for note in notes for one in note.get_elements("text:note-body//text:p")]
        for note in notes:
            note.delete()
        if element.tag == "text:h":
            yield True, element.inner_text
        elif element.tag == "table:table":
            rows = [[_odt_words(cell) for cell in row.iter_cells()] for row in element.iter_rows()]
            yield False, "\n".join(text for _, text in table(rows))
        elif element.tag in ("text:p", "text:list", "text:section"):
            yield False, _odt_words(element)
        yield from ((False, note) for note in below)


def _odt_words(element: Any) -> str:
    """A line for each paragraph, none of them inside another; a cell without one as its value is."""
    inside = "descendant-or-self::*[self::text:p or self::text:h][not(ancestor::text:p)]"
    found = [one.inner_text for one in element.get_elements(inside)]
    value = getattr(element, "value", None) if element.tag == "table:table-cell" else None
    return "\n".join(found) if found else "" if value is None else str(value)


def _by_heading(blocks: Iterator[tuple[bool, str]]) -> Iterator[tuple[str, str]]:
    """(heading, the text under it, itself included)."""
    heading, under = "", list[str]()
    for is_heading, text in blocks:
        if is_heading and text.strip():
            yield heading, "\n\n".join(filter(str.strip, under))
            heading, under = text.strip(), []
        under.append(text)
    yield heading, "\n\n".join(filter(str.strip, under))
