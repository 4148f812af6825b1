"""Word processors: DOCX. A section for each heading; tables row by row with their column names."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from typing import Any

from index.formats.about import with_properties
from index.formats.extracted import LETTER, Extracted, by_heading, joined
from index.formats.grid import heads, rows_of
from index.formats.numbering import Numbering
from index.formats.rows import table
from index.formats.runs import Styles, styles_of, without_marks
from index.formats.zipped import described, open_zip

Notes = dict[tuple[str, str], list[str]]  # ("footnote" or "endnote", its number): its paragraphs


def read_docx(data: bytes) -> Extracted:
    """Body, notes and tables as they stand with all changes taken, and what stands above and below its pages at the
    end. Raises Unreadable."""
    archive = open_zip(data)
    import docx

    document = docx.Document(io.BytesIO(data))
    styles = styles_of(document)
    edges = "\n\n".join(dict.fromkeys(_edges(document, styles)))
    body = _blocks(document._body, styles, _notes(document, styles), Numbering(document).before)
    text, sections = joined([*by_heading(body), ("", edges)])
    found = Extracted(text, sections=sections)
    if not described(archive):
        return found
    about = document.core_properties
    return with_properties(found, about, about.author, about.language)


def _edges(document: Any, styles: Styles) -> Iterator[str]:
    """What stands above and below its pages, of each section and of first and even pages."""
    for section in document.sections:
        first = section.different_first_page_header_footer
        even = document.settings.odd_and_even_pages_header_footer
        for edge in (
            *([section.first_page_header, section.first_page_footer] if first else []),
            section.header, section.footer,
            *([section.even_page_header, section.even_page_footer] if even else []),
        ):  # fmt: skip
            if not edge.is_linked_to_previous:
                yield from (text.strip() for _, text in _blocks(edge, styles, {}) if LETTER.search(text))


def _blocks(
    container: Any, styles: Styles, notes: Notes, numbered: Callable[[Any], str] = lambda _: ""
) -> Iterator[tuple[bool, str]]:
    """(whether it is a heading, text) of each paragraph, note and table, in order, without marks of characters;
    `numbered` gives the number that stands before a paragraph."""
    from docx.oxml.ns import qn

    without_marks(container._element, styles)
    for block in _inside(container._element, container):
        if hasattr(block, "rows"):
            yield False, "\n".join(text for _, text in table(rows_of(block, _cell), heads(block)))
        else:
            style = str(block.style.name or "") if block.style is not None else ""
            number, words = numbered(block), _words(block)
            yield style.startswith(("Heading", "Title")), f"{number} {words}" if number and words else words
            yield from ((False, text) for text in _boxes(block))
        for reference in block._element.xpath(".//w:footnoteReference | .//w:endnoteReference"):
            kind = str(reference.tag).rpartition("}")[2].removesuffix("Reference")
            told = notes.pop((kind, reference.get(qn("w:id"), "")), ())
            yield from ((False, text) for text in told)


def _notes(document: Any, styles: Styles) -> Notes:
    from docx.oxml import parse_xml
    from docx.oxml.ns import qn
    from docx.text.paragraph import Paragraph

    found: Notes = {}
    for related in document.part.rels.values():
        kind = related.reltype.rpartition("/")[2]
        if kind not in ("footnotes", "endnotes") or related.is_external:
            continue
        root = parse_xml(related.target_part.blob)
        without_marks(root, styles)
        for note in root:
            found[kind.removesuffix("s"), note.get(qn("w:id"), "")] = [
                _words(Paragraph(one, document._body)).strip() for one in note.iter(qn("w:p"))
            ]
    return found


def _inside(element: Any, parent: Any) -> Iterator[Any]:
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
            yield from _inside(child, parent)


def _words(paragraph: Any) -> str:
    """Also what was inserted, moved here, or stands in a field or control; without what was deleted."""
    from docx.text.run import Run

    runs = paragraph._p.xpath(".//w:r[not(ancestor::w:del or ancestor::w:moveFrom)]")
    depth = len(paragraph._p.xpath("ancestor::w:txbxContent"))
    own = [run for run in runs if len(run.xpath("ancestor::w:txbxContent")) == depth]
    return "".join(Run(run, paragraph).text for run in own)


def _boxes(paragraph: Any) -> Iterator[str]:
    """The paragraphs of text boxes that hang on a paragraph; each box stands twice, for old and new programs."""
    from docx.text.paragraph import Paragraph

    old = "ancestor::*[local-name() = 'Fallback']"
    for one in paragraph._p.xpath(f".//w:txbxContent//w:p[not({old})]"):
        yield _words(Paragraph(one, paragraph))


def _cell(cell: Any) -> str:
    """What a cell says, a table in it in one line."""
    return "\n".join(
        _words(block)
        if not hasattr(block, "rows")
        else " ".join(" ".join(filter(None, row)) for row in rows_of(block, _cell))
        for block in _inside(cell._tc, cell)
    )
