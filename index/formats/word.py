"""Word processors: DOCX, ODT and RTF. A section for each heading; tables row by row with their column names."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

from index.decoding import decode
from index.errors import Unreadable
from index.formats.extracted import Extracted, clean, day, joined, table
from index.formats.zipped import open_zip


def read_docx(data: bytes) -> Extracted:
    """Body, tables and footnotes' anchors left out. Raises Unreadable."""
    open_zip(data)
    import docx

    document = docx.Document(io.BytesIO(data))
    text, sections = joined(_by_heading(_docx_blocks(document)))
    about = document.core_properties
    return Extracted(
        text, str(about.title or ""), str(about.language or "")[:2].lower(), sections,
        str(about.author or ""), day(about.modified or about.created),
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
        str(about.creator or about.initial_creator or ""), day(written),
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
    for block in document.iter_inner_content():
        if hasattr(block, "rows"):
            yield False, "\n".join(text for _, text in table([[c.text for c in r.cells] for r in block.rows]))
        else:
            style = str(block.style.name or "") if block.style is not None else ""
            yield style.startswith(("Heading", "Title")), block.text


def _odt_blocks(body: Any) -> Iterator[tuple[bool, str]]:
    for element in body.children:
        if element.tag == "text:h":
            yield True, element.inner_text
        elif element.tag == "table:table":
            rows = [[str(cell or "") for cell in values] for values in element.iter_values()]
            yield False, "\n".join(text for _, text in table(rows))
        elif element.tag in ("text:p", "text:list", "text:section"):
            found = [
                one.inner_text
                for one in element.get_elements("descendant-or-self::text:p|descendant-or-self::text:h")
            ]
            yield False, "\n".join(found or [element.inner_text])


def _by_heading(blocks: Iterator[tuple[bool, str]]) -> Iterator[tuple[str, str]]:
    """(heading, the text under it, itself included)."""
    heading, under = "", list[str]()
    for is_heading, text in blocks:
        if is_heading and text.strip():
            yield heading, "\n\n".join(filter(str.strip, under))
            heading, under = text.strip(), []
        under.append(text)
    yield heading, "\n\n".join(filter(str.strip, under))
