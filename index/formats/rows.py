"""Rows of a table as lines that are readable alone: with the names of their columns, where it has such a row."""

from __future__ import annotations

import re
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import pairwise, takewhile

AHEAD = 20  # rows that are looked at to tell what a row is
MOSTLY = 0.75
ABOVE = 4  # rows of other things that may stand right above the names
Cells = Sequence[str | None]  # None: the cell before it goes on here
_FIGURE = re.compile(r"\W*(?:(?:EUR|USD|GBP|CHF|US|Rs|kr)\W*)?\d.{0,40}|[^\W\d]{3,9}\.? \d\d?, \d{4}")
_BARE = re.compile(r"[\d\W]+")
_YEAR = re.compile(r"(?:1[5-9]|20|21)\d\d(?:[/–-]\d{2,4})?\*?")
_NONE = re.compile(r"[\W_]+|n\.?/?[ad]\.?|none|null|nan", re.IGNORECASE)
_FLAG = re.compile(r"true|false", re.IGNORECASE)
_PERSON = re.compile(r"[^\W\d_a-z]\w*(?:[ -][^\W\d_a-z][\w.]*)+")


def table(rows: Sequence[Cells], heads: int = 0) -> list[tuple[int, str]]:
    """(row number from 1, text) of each row that says something; the first `heads` rows are said to be names."""
    return list(lines(((cells, number < heads) for number, cells in enumerate(rows)), likely=False))


def lines(rows: Iterable[tuple[Cells, bool]], likely: bool) -> Iterator[tuple[int, str]]:
    """`table`, a row at a time: a long one may be given up before its end. With each row is told whether it is said
    to be names; `likely` is whether, in tables of this kind, names come first even if nothing else tells them."""
    names: Cells | None = None  # none are known yet; () where there are none
    pairs = blank = False
    beside: Cells = ()  # a row right above the names, of which they may be a part
    above: deque[Cells] = deque(maxlen=AHEAD)
    for number, cells, marked, below in _with_those_below(rows):
        if not any(cells):
            blank = True
            continue
        if blank and names is not None and _begins_another(below(), cells, names, list(above)):
            likely = likely and (not names or _end(cells) != _end(names))
            names, pairs, beside = None, False, ()
            above.clear()
        blank = False
        filled = [cell for cell in cells if cell]
        if names is None and len(filled) > 1:
            under = below()
            if marked or _is_header(cells, under, likely):
                names = _under(beside, cells) if _twice(cells) else _carried(cells)
            elif _stands_above(cells, under):
                beside = cells
            elif likely and _may_be_header(cells, under):
                names = cells
            else:
                names, pairs = (), _are_pairs([cells, *under])
            if not pairs:
                yield number, "; ".join(filled)
                continue
        elif marked and names and len(filled) > 1 and not above:
            names = _under(names, cells)
            yield number, "; ".join(filled)
            continue
        if names is None or (len(filled) == 1 and cells[0] and not is_data(cells[0])) or cells == names:
            yield number, "; ".join(filled)
            continue
        above.append(cells)
        yield number, _pair(filled) if pairs and len(filled) == 2 else named(names, cells)


def _with_those_below(
    rows: Iterable[tuple[Cells, bool]],
) -> Iterator[tuple[int, Cells, bool, Callable[[], list[Cells]]]]:
    """Each row with its number from 1 and what gives those below it, for as long as it is at hand. Where a blank row
    stands between most rows of the first ones, it is left out, and only several together are blank."""
    window: deque[tuple[Cells, bool]] = deque()
    spaced: bool | None = None  # nobody knows yet
    number = 0
    after = True  # whether the row before is said to be blank

    def below() -> list[Cells]:
        """The rows up to a blank one; one that stands right under the first is passed over."""
        found: list[Cells] = []
        blanks = 0
        for cells, _ in window:
            blanks = 0 if any(cells) else blanks + 1
            if not blanks:
                found.append(cells)
            elif found and blanks > bool(spaced):
                break
        return found

    def row() -> Iterator[tuple[int, Cells, bool, Callable[[], list[Cells]]]]:
        """The next one, or nothing."""
        nonlocal spaced, number, after
        if spaced is None:
            spaced = _are_spaced([cells for cells, _ in window])
        number += 1
        cells, marked = window.popleft()
        left_out = spaced and not after and not any(cells)
        after = not any(cells)
        if not left_out:
            yield number, cells, marked, below

    for cells, marked in rows:
        window.append(([cell and " ".join(cell.split()) for cell in cells], marked))
        if len(window) > AHEAD:
            yield from row()
    while window:
        yield from row()


def _are_spaced(rows: list[Cells]) -> bool:
    """Whether a blank row stands between most of those that are not blank, and between more than two."""
    filled = [number for number, cells in enumerate(rows) if any(cells)]
    apart = [one + 1 < next_ for one, next_ in pairwise(filled)]
    return sum(apart) > 1 and 2 * sum(apart) > len(apart)


def named(names: Cells, cells: Cells) -> str:
    """ "Name: Ada; Year: 1815"; empty cells are left out, and one over several columns has no name."""
    said = []
    for column, cell in enumerate(cells):
        name = names[column] if column < len(names) else ""
        wide = column + 1 < len(cells) and cells[column + 1] is None
        if cell:
            said.append(f"{name}: {cell}" if name and not wide else cell)
    return "; ".join(said)


def _pair(filled: list[str]) -> str:
    return f"{filled[0].rstrip(' :')}: {filled[1]}"


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


def _end(cells: Cells) -> int:
    return max((column for column, cell in enumerate(cells, start=1) if cell), default=0)


def _is_header(cells: Cells, below: list[Cells], likely: bool) -> bool:
    """Words, or years in a row, over figures, dates or sentences."""
    widest = max(map(_end, [cells, *below[:1]]))  # a wider row is of another table
    rows = [row for row in takewhile(lambda row: _end(row) <= widest, below) if sum(map(bool, row)) > 1]
    filled = [cell for cell in cells if cell]
    if not rows or len(filled) < 2 or len(set(filled)) < 2:
        return False
    years = [cell for cell in filled if _YEAR.fullmatch(cell)]
    width = max(map(_end, [cells, *rows]))
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


def _stands_above(cells: Cells, below: list[Cells]) -> bool:
    """Whether a row of names comes within a few rows, wider than all before it."""
    widest = _end(cells)
    for number, row in enumerate(below[:ABOVE], start=1):
        if _end(row) > widest and _is_header(row, below[number:], likely=False):
            return True
        widest = max(widest, _end(row))
    return False


def _may_be_header(cells: Cells, below: list[Cells]) -> bool:
    """Whether nothing speaks against a first row of words over rows of words."""
    filled = [cell for cell in cells if cell]
    if len(below) < 2 or len(set(filled)) < len(filled):
        return False
    columns = [(cell, _column(below, column)) for column, cell in enumerate(cells) if cell]
    # By a mark too many, or those of a table under its title.
    wider = [_end(row) > _end(cells) for row in below]
    if wider[0] or 2 * sum(wider) > len(wider) or filled[0].startswith("# "):
        return False
    if not all(_may_name(cell, values) and cell not in values for cell, values in columns):
        return False
    if _end(cells) > 2:
        return True
    return not _is_header(below[0], below[1:], likely=True) and not any(
        len(set(map(is_data, values))) > 1
        or (_PERSON.fullmatch(cell) and _mostly(bool(_PERSON.fullmatch(one)) for one in values))
        for cell, values in columns
    )


def _are_pairs(rows: list[Cells]) -> bool:
    """Whether it is a sheet of facts: what, and beside it who or how many."""
    both = [row for row in rows if sum(map(bool, row)) > 1]
    labels = [row[0] or "" for row in both]
    return (
        len(both) > 1
        and all(_end(row) <= 2 for row in rows)
        and len(set(labels)) == len(labels)
        and all(label and not is_data(label) and not label.endswith(".") for label in labels)
    )


def _begins_another(below: list[Cells], cells: Cells, names: Cells, above: list[Cells]) -> bool:
    """Whether a row after a blank one is no part of the table above: it has words where that has figures only, or
    other columns, or it is a row of names over figures where that has none."""
    block = [cells, *below]
    if not names or _mostly(_end(row) > _end(names) for row in block):
        return True
    if (
        below
        and above
        and all(_end(row) == _end(names) for row in above)
        and max(map(_end, block)) < _end(names)
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
    return _is_header(cells, below, likely=False)


def _twice(cells: Cells) -> bool:
    return max(Counter(cell for cell in cells if cell).values(), default=0) > 1


def _carried(cells: Cells) -> list[str]:
    """The name of a column that goes on over others is theirs too."""
    found: list[str] = []
    for cell in cells:
        found.append((found[-1] if found else "") if cell is None else cell)
    return found


def _under(upper: Cells, lower: Cells) -> list[str]:
    """Names in two rows, the upper ones over several columns: "2022 Men"."""
    over = _carried([cell or None for cell in upper])
    over += [over[-1] if over else ""] * (len(lower) - len(over))
    return [" ".join(dict.fromkeys(filter(None, pair))) for pair in zip(over, _carried(lower), strict=False)]
