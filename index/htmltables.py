"""The rows of a page's table as lines that are readable alone."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from index.formats.rows import named

HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
SPAN = 100  # columns or rows that a cell may stand in
REPEATED = 200  # characters of a cell that is said in each row that it spans; a longer one is said once
PROSE = 120  # characters of a cell of several paragraphs that is laid out, and no datum
LONG = 250  # of one of a single paragraph
TERM = 60  # characters of a cell that the others of its row tell of
LINKS = 0.8  # of a table's text: with more of it in links, it is a menu
_FIGURE = re.compile(
    r"\W*(?:(?:EUR|USD|GBP|CHF|US|Rs|kr)\W*)?\d[\d\W]*|\d\d?\.? [^\W\d]{3,9}\.? \d{4}|[^\W\d]{3,9}\.? \d\d?, \d{4}"
)
_SPAN_OF_TIME = re.compile(
    r"(?:1[5-9]|20|21)\d\d(?: ?[/–-] ?(?:\d\d){1,2})?\*?|\d{1,2} ?[–-] ?\d{1,2}|\d\d\+"
)


@dataclass(frozen=True, slots=True)
class Cell:
    """What stands in a place of the grid; a cell that spans rows is in each."""

    text: str
    head: bool
    name: str  # as it names a column: in one line
    top: bool  # in the part of the table that is for names


def enrow(body: Any) -> None:
    """Cells of a table that stand in no row get one, which they share with their neighbours."""
    for form in list(body.iter("form")):
        if form.getparent() is not None and form.getparent().tag == "tr":
            form.drop_tag()
    for part in list(body.iter("table", "thead", "tbody", "tfoot")):
        row = None
        for child in list(part):
            if child.tag not in ("td", "th"):
                row = None
                continue
            if row is None:
                row = part.makeelement("tr")
                child.addprevious(row)
            row.append(child)


def is_menu(table: Any) -> bool:
    """Whether a table is little but links."""
    text = len(table.text_content())
    return text > 200 and sum(len(link.text_content()) for link in table.iter("a")) > LINKS * text


def table_rows(table: Any, texts: dict[Any, list[str]]) -> list[str]:
    """The lines of a table whose cells have these texts: "Name: Ada; Year: 1815" where it tells what its columns or
    rows are, "| Ada | 1815 |" where it does not."""
    grid = [row for row in _grid(table, texts) if any(cell.text for cell in row)]
    if not any(cell.head for row in grid for cell in row):
        return [_barred(row) for row in grid]
    return list(_named(grid))


def is_layout(table: Any, texts: dict[Any, list[str]], nested: bool) -> bool:
    """Whether a table only arranges a page: it holds headings, tables or paragraphs, or has a single column."""
    if table.get("role") in ("presentation", "none"):
        return True
    cells = [cell for row in _rows(table) for cell in row]
    headed = {cell.tag for cell in cells} == {"td", "th"} or table.find("thead") is not None
    if len(cells) != len(texts):  # a cell of no row would be lost
        return True
    if max((len(row) for row in _rows(table)), default=0) < 2:
        return True
    single = math.inf if _is_glossary(_rows(table), texts) else LONG
    prose = any(sum(map(len, texts[cell])) > (PROSE if len(texts[cell]) > 1 else single) for cell in cells)
    headings = any(next(cell.iter(*HEADINGS), None) is not None for cell in cells)
    if headed:
        return nested and prose
    return nested or prose or headings


def _is_glossary(rows: list[list[Any]], texts: dict[Any, list[str]]) -> bool:
    """Whether each of several rows of one width begins with a short cell, so that a long one tells of it."""
    firsts = ["; ".join(texts[row[0]]) for row in rows if row]
    return (
        len(firsts) > 1 and len(set(map(len, rows))) == 1 and all(0 < len(first) <= TERM for first in firsts)
    )


def _rows(table: Any) -> list[list[Any]]:
    """The cells of each row; a table inside of one was read before, and is none any more."""
    return [[cell for cell in row if cell.tag in ("td", "th")] for row in table.iter("tr")]


def _grid(table: Any, texts: dict[Any, list[str]]) -> Iterator[list[Cell]]:
    below: dict[int, tuple[int, Cell]] = {}  # column -> rows that its cell stands in yet
    for cells in _rows(table):
        row: list[Cell] = []
        waiting = list(cells)
        while waiting or len(row) in below:
            if len(row) in below:
                left, cell = below.pop(len(row))
                if left > 1:
                    below[len(row)] = (left - 1, cell)
                row.append(cell)
                continue
            element = waiting.pop(0)
            said = texts[element]
            top = element.getparent().getparent().tag == "thead"
            cell = Cell(_joined(said), element.tag == "th" or top, " ".join(said), top)
            wide, high = _span(element, "colspan"), _span(element, "rowspan")
            for number in range(wide):
                shown = cell if number == 0 or cell.head else Cell("", False, "", False)
                if high > 1 and len(shown.text) <= REPEATED:
                    below[len(row)] = (high - 1, shown)
                row.append(shown)
        yield row


def _joined(said: list[str]) -> str:
    """Blocks of one cell, told apart; what goes on in small letters or brackets belongs to the one before."""
    text = ""
    for part in said:
        between = " " if part[0].islower() or part[0] == "(" or text.endswith((":", ";", ",")) else "; "
        text = f"{text}{between}{part}" if text else part
    return text


def _span(cell: Any, name: str) -> int:
    said = (cell.get(name) or "").strip()
    return min(max(int(said), 1), SPAN) if said.isascii() and said.isdigit() else 1


def _barred(row: list[Cell]) -> str:
    """With bars, by which a row is told from a heading."""
    return f"| {' | '.join(cell.text for cell in row)} |"


def _named(grid: list[list[Cell]]) -> Iterator[str]:
    names: list[str] = []
    above = False  # whether the row above named columns too
    begins = True  # whether no row of data stands yet in the table, or under its last title
    for row in grid:
        filled = list(dict.fromkeys(cell.name for cell in row if cell.text))
        if len(filled) == 1 and all(cell.head and cell.text for cell in row):  # a title of the rows below
            begins = True
            yield filled[0]
        elif [cell.name for cell in row] == names:
            yield "; ".join(filled)
        elif (begins or row[0].top) and _names_columns(row):
            names = _under(names, row) if above else [cell.name for cell in row]
            above = True
            yield "; ".join(filled)
        else:
            above = begins = False
            yield _line(names, row)


def _names_columns(row: list[Cell]) -> bool:
    """Whether all its cells are heads, an empty corner aside, and at least two say something that is no figure."""
    heads = row if row[0].text else row[1:]
    said = [cell.name for cell in heads if cell.text]
    return len(said) > 1 and all(cell.head for cell in heads) and not any(map(_is_figure, said))


def _is_figure(name: str) -> bool:
    """A number or a date; not the years and ages by which columns are called, nor what has a word beside its number."""
    return bool(_FIGURE.fullmatch(name)) and not _SPAN_OF_TIME.fullmatch(name)


def _line(names: list[str], row: list[Cell]) -> str:
    if names:
        return named(names, [cell.text for cell in row])
    first, *rest = row
    if not first.head:
        return "; ".join(cell.text for cell in row if cell.text)
    return (
        named([first.name.rstrip(" :")], ["; ".join(cell.text for cell in rest if cell.text)]) or first.text
    )


def _under(names: list[str], row: list[Cell]) -> list[str]:
    """Names of columns in two rows: "2020 Men"."""
    both = zip([*names, *[""] * len(row)], [cell.name for cell in row], strict=False)
    return [" ".join(dict.fromkeys(part for part in pair if part)) for pair in both]
