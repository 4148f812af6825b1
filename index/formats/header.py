"""Which row of a table names its columns, told by what stands below it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import pairwise, takewhile

MOSTLY = 0.75
ABOVE = 4  # rows of other things that may stand right above the names
Cells = Sequence[str | None]  # None: the cell before it goes on here
_FIGURE = re.compile(r"\W*(?:(?:EUR|USD|GBP|CHF|US|Rs|kr)\W*)?\d.{0,40}|[^\W\d]{3,9}\.? \d\d?, \d{4}")
_BARE = re.compile(r"[\d\W]+")
_YEAR = re.compile(r"(?:1[5-9]|20|21)\d\d(?:[/–-]\d{2,4})?\*?(?: ?[(\[][^()\[\]]{1,20}[)\]])?")  # "2023 (€)"
_NONE = re.compile(r"[\W_]+|n\.?/?[ad]\.?|none|null|nan", re.IGNORECASE)
_FLAG = re.compile(r"true|false", re.IGNORECASE)
_PERSON = re.compile(r"[^\W\d_a-z]\w*(?:[ -][^\W\d_a-z][\w.]*)+")


def is_data(cell: str) -> bool:
    """A figure, a date, an address, or a sentence: what is no name of a column."""
    found = _FIGURE.fullmatch(cell) or _FLAG.fullmatch(cell) or "@" in cell or "://" in cell
    return bool(found) or _is_long(cell)


def may_be_names(cells: Cells) -> bool:
    """Whether no cell is a figure, but for years: a row that only looks like names may be one of data."""
    return not any(cell and _FIGURE.fullmatch(cell) and not _YEAR.fullmatch(cell) for cell in cells)


def _is_long(cell: str) -> bool:
    return len(cell.split()) > 8 or len(cell) > 60


def _column(rows: Iterable[Cells], column: int) -> list[str]:
    """What is said in it."""
    cells = (row[column] for row in rows if column < len(row))
    return [cell for cell in cells if cell and not _NONE.fullmatch(cell)]


def _mostly(found: Iterable[bool]) -> bool:
    all_ = list(found)
    return sum(all_) >= MOSTLY * len(all_) > 0


def end_of(cells: Cells) -> int:
    """The number of the last column that says something, from 1."""
    return max((column for column, cell in enumerate(cells, start=1) if cell), default=0)


def is_header(cells: Cells, below: list[Cells], likely: bool) -> bool:
    """Words, or years in a row, over figures, dates or sentences."""
    widest = max(map(end_of, [cells, *below[:1]]))  # a wider row is of another table
    rows = [row for row in takewhile(lambda row: end_of(row) <= widest, below) if sum(map(bool, row)) > 1]
    filled = [cell for cell in cells if cell]
    if not rows or len(filled) < 2 or len(set(filled)) < 2:
        return False
    years = [cell for cell in filled if _YEAR.fullmatch(cell)]
    width = max(map(end_of, [cells, *rows]))
    columns = [(cell, _column(rows, column)) for column, cell in enumerate(cells) if cell]
    if not all(cell in years or _may_name(cell, values) for cell, values in columns):
        return False
    if years and not (_follow(years) or (len(years) == 1 and width > 2)):
        return False
    if len(years) > 1:
        under = [one for cell, values in columns if cell in years for one in values]
        return _mostly(map(is_data, under)) and not _mostly(bool(_YEAR.fullmatch(one)) for one in under)
    told = (
        bool(values) and is_data(values[0]) and _mostly(map(is_data, values)) for cell, values in columns
        if cell not in years
    )  # fmt: skip
    if width > 2:
        return any(told)
    return any(_is_of_one_kind(cell, values, likely) for cell, values in columns)


def _is_of_one_kind(cell: str, values: list[str], likely: bool) -> bool:
    """Whether a column of a table of two has a name and figures; a sheet of facts has now a sum, now a date."""
    if not values or not all(map(is_data, values)):
        return False
    if any(map(_is_long, values)):
        return likely
    if len({re.sub(r"[\d.,\s+-]+", "", value) for value in values}) > 1:
        return False
    return not _PERSON.fullmatch(cell) or len(values) > 2 - likely


def _may_name(cell: str, values: list[str]) -> bool:
    """Words, a question of a survey, or "1. Quartal" over bare figures."""
    if not is_data(cell) or (_is_long(cell) and not cell.endswith(".")):
        return True
    return bool(_FIGURE.fullmatch(cell)) and not _BARE.fullmatch(cell) and _mostly(map(_is_bare, values))


def _is_bare(cell: str) -> bool:
    return _BARE.fullmatch(cell) is not None


def _follow(years: list[str]) -> bool:
    return len(years) > 1 and (
        all(a < b for a, b in pairwise(years)) or all(a > b for a, b in pairwise(years))
    )


def stands_above(cells: Cells, below: list[Cells]) -> bool:
    """Whether a row of names comes within a few rows, wider than all before it."""
    widest = end_of(cells)
    for number, row in enumerate(below[:ABOVE], start=1):
        if end_of(row) > widest and is_header(row, below[number:], likely=False):
            return True
        widest = max(widest, end_of(row))
    return False


def may_be_header(cells: Cells, below: list[Cells]) -> bool:
    """Whether nothing speaks against a first row of words over rows of words."""
    filled = [cell for cell in cells if cell]
    if len(below) < 2 or len(set(filled)) < len(filled):
        return False
    columns = [(cell, _column(below, column)) for column, cell in enumerate(cells) if cell]
    # By a mark too many, or those of a table under its title.
    wider = [end_of(row) > end_of(cells) for row in below]
    if wider[0] or 2 * sum(wider) > len(wider) or filled[0].startswith("# "):
        return False
    if not all(_may_name(cell, values) and cell not in values for cell, values in columns):
        return False
    if end_of(cells) > 2:
        return True
    return not is_header(below[0], below[1:], likely=True) and not any(
        len(set(map(is_data, values))) > 1
        or (_PERSON.fullmatch(cell) and _mostly(bool(_PERSON.fullmatch(one)) for one in values))
        for cell, values in columns
    )


def are_pairs(rows: list[Cells]) -> bool:
    """Whether it is a sheet of facts: what, and beside it who or how many."""
    both = [row for row in rows if sum(map(bool, row)) > 1]
    labels = [row[0] or "" for row in both]
    return (
        len(both) > 1
        and all(end_of(row) <= 2 for row in rows)
        and len(set(labels)) == len(labels)
        and all(label and not is_data(label) and not label.endswith(".") for label in labels)
    )


def begins_another(below: list[Cells], cells: Cells, names: Cells, above: list[Cells]) -> bool:
    """Whether a row after a blank one is no part of the table above: it has words where that has figures only, or
    other columns, or it is a row of names over figures where that has none."""
    block = [cells, *below]
    if not names or _mostly(end_of(row) > end_of(names) for row in block):
        return True
    if (
        below
        and above
        and all(end_of(row) == end_of(names) for row in above)
        and max(map(end_of, block)) < end_of(names)
    ):
        return True
    words = [
        column
        for column, cell in enumerate(cells)
        if cell and not _NONE.fullmatch(cell) and not is_data(cell)
    ]
    held = {column: _column(above, column) for column in words}
    if any(values and all(map(is_data, values)) for values in held.values()):
        return True
    told = [column for column in words if _mostly(map(is_data, _column(below, column)))]
    if all(any(map(is_data, held[column])) for column in told):
        return False
    return is_header(cells, below, likely=False)
