"""A page made simple: each paragraph, item, heading and row of a table an element of its own, that holds but text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from index.htmlhidden import drop_hidden
from index.htmlruns import Piece, lines, merged, run, spoken
from index.htmltables import HEADINGS, enrow, is_layout, is_menu, table_rows

BESIDE = 3  # words of a block: one that says so many beside its links is no menu
SENTENCE = 8  # words
LISTS = ("ul", "ol", "dl", "menu")
_ITEMS = ("li", "dt", "dd")
_CONTAINERS = (
    "article aside blockquote body center details dialog div fieldset footer form figure header hgroup main nav search "
    "section summary address caption figcaption legend td th tr tbody thead tfoot table"
).split()
# The extraction leaves them out, or runs them into what follows.
_LEFT_OUT = ("figure", "address", "hgroup", "center")
_BLOCKS = frozenset((*HEADINGS, *LISTS, *_ITEMS, *_CONTAINERS, "p", "pre", "hr"))
_INVISIBLE = re.compile("[\xad\u200b]")  # where a word may be broken


def simplify(body: Any, page: bool) -> None:
    """Change what `body` holds so that no paragraph runs into the next and none is cut at an inline element. Of a page
    some is for the extraction to leave out: menus made of tables, and what is shown by a click."""
    drop_hidden(body, page)
    enrow(body)
    _contain(body)
    nested = {outer for table in body.iter("table") for outer in table.iterancestors("table")}
    for element in reversed(list(body.iter(*_BLOCKS))):
        if element.tag == "table":
            _table(element, page, element in nested)
        elif element.tag in LISTS:
            _list(element)
        elif element is not body and (element.tag in HEADINGS or not _has_blocks(element)):
            _flatten(element)
        else:
            _wrap(element)


def paragraphs(body: Any, item: str = "- ", menus: bool = True) -> Iterator[str]:
    """The text of a simple body, a line for each block; items of lists begin with `item`. Without `menus`, blocks that
    are little but links are left out."""
    for element in body.iter(*_BLOCKS):
        rows = [] if _has_blocks(element) else _rows(element)
        if not menus and element.find("a") is not None and len(" ".join(rows).split()) < SENTENCE:
            continue
        mark = item if element.tag in _ITEMS else ""
        yield from (mark + row for row in rows if row.strip())


def _rows(element: Any) -> list[str]:
    """The lines of a simple block."""
    if element.tag == "pre":
        return _INVISIBLE.sub("", element.text_content()).splitlines()
    rows = [element.text or ""]
    for child in element:
        if child.tag == "br":
            rows.append("")
        rows[-1] += (child.text or "") + (child.tail or "")
    return [" ".join(_INVISIBLE.sub("", row).split()) for row in rows]


def _contain(body: Any) -> None:
    """Inline elements that hold blocks become blocks; those that the extraction would leave out, plain ones."""
    for block in list(body.iter(*_BLOCKS)):
        if block is body:
            continue
        above = block.getparent()
        while above is not None and above.tag not in _BLOCKS:
            above.tag = "div"
            above = above.getparent()
        if block.tag in ("figcaption", "legend", "summary"):
            block.tag = "p"
        elif block.tag in _LEFT_OUT and _has_blocks(block):
            block.tag = "div"


def _has_blocks(element: Any) -> bool:
    return any(child.tag in _BLOCKS for child in element)


def _flatten(element: Any) -> None:
    """Text alone, and the line breaks; links stay where there is little else, by which menus are known."""
    if element.tag == "pre":
        text = element.text_content()
        _empty(element)
        element.text = text
        return
    pieces = run(element, _BLOCKS if element.tag in HEADINGS else frozenset())
    _empty(element)
    beside, linked = spoken(pieces)
    enough = beside >= BESIDE and (element.tag in _ITEMS or beside >= linked)
    if linked and not enough:
        _fill_linked(element, pieces)
    elif element.tag in HEADINGS:
        element.text = " ".join(lines(pieces))
    else:
        rows = lines(pieces)
        _fill(element, rows)
        if element.tag in _LEFT_OUT or (element.tag == "div" and _is_prose(rows)):
            element.tag = "p"


def _is_prose(rows: list[str]) -> bool:
    """Whether a `div` says a whole sentence: beside many paragraphs, the extraction leaves such out."""
    return any(len(row.split()) >= SENTENCE and row[-1] in ".!?…。" for row in rows)


def _empty(element: Any) -> None:
    for child in list(element):
        element.remove(child)
    element.text = None


def _fill(element: Any, rows: list[str]) -> None:
    element.text = rows[0] if rows else None
    for row in rows[1:]:
        line_break = element.makeelement("br")
        line_break.tail = row
        element.append(line_break)


def _fill_linked(element: Any, pieces: list[Piece]) -> None:
    for text, linked in merged(pieces):
        if linked:
            link = element.makeelement("a", href="#")
            link.text = text
            element.append(link)
        elif len(element):
            element[-1].tail = text
        else:
            element.text = text


def _wrap(element: Any) -> None:
    """Each run of inline content between two blocks becomes a paragraph."""
    found = [element.makeelement("p")]
    made = found[:]
    found[0].text = element.text
    for child in list(element):
        tail, child.tail = child.tail, None
        if child.tag not in _BLOCKS:
            child.tail = tail
            found[-1].append(child)
            continue
        following = element.makeelement("p")
        following.text = tail
        made.append(following)
        found += [child, following]
    _empty(element)
    element.extend(found)
    for paragraph in made:
        _flatten(paragraph)
        if not paragraph.text and not len(paragraph):
            element.remove(paragraph)
    # Beside paragraphs, a `div` may be left out.
    if any(paragraph.getparent() is element for paragraph in made):
        for child in element.iterchildren("div"):
            child.tag = "div" if _has_blocks(child) else "p"


def _list(element: Any) -> None:
    """Several paragraphs of an item become items of their own; a list of whole pages becomes these pages."""
    _wrap(element)
    items = [
        part for item in element for part in (item if item.tag == "div" and _has_blocks(item) else [item])
    ]
    blocks = [block for item in items if item.tag in _ITEMS for block in item if block.tag in _BLOCKS]
    if any(block.tag in HEADINGS or (_has_blocks(block) and block.tag not in LISTS) for block in blocks):
        element.tag = "div"
        for item in element:
            item.tag = "div" if _has_blocks(item) else "p"
        return
    _empty(element)
    for item in items:
        for block in list(item) if _has_blocks(item) else [item]:
            if block.tag in LISTS:
                element.extend(list(block))
            else:
                block.tag = item.tag if item.tag in _ITEMS else block.tag
                element.append(block)


def _table(table: Any, page: bool, nested: bool) -> None:
    """The rows of data become paragraphs; a table that only arranges the page becomes its cells."""
    _wrap(table)
    if page and is_menu(table):
        return
    texts = {cell: list(paragraphs(cell, "")) for cell in table.iter("td", "th")}
    rows = [text for caption in table.iter("caption") for text in paragraphs(caption)]
    outside = len(list(paragraphs(table))) != len(rows) + sum(map(len, texts.values()))
    if outside or is_layout(table, texts, nested):
        for part in list(table.iter("table", "caption", "tbody", "thead", "tfoot", "tr", "td", "th")):
            _become(part, "div" if _has_blocks(part) else "p")
        return
    rows += table_rows(table, texts)
    _empty(table)
    _become(table, "div")
    for row in rows:
        paragraph = table.makeelement("p")
        paragraph.text = row
        table.append(paragraph)


def _become(element: Any, tag: str) -> None:
    element.tag = tag
    for name in list(element.attrib):
        del element.attrib[name]
