"""Rows of a table as lines that are readable alone: with the names of their columns, where it has such a row."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import pairwise

from index.formats.header import (
    Cells,
    are_pairs,
    begins_another,
    end_of,
    is_data,
    is_header,
    may_be_header,
    stands_above,
)

AHEAD = 20  # rows that are looked at to tell what a row is


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
        if blank and names is not None and begins_another(below(), cells, names, list(above)):
            likely = likely and (not names or end_of(cells) != end_of(names))
            names, pairs, beside = None, False, ()
            above.clear()
        blank = False
        filled = [cell for cell in cells if cell]
        if names is None and len(filled) > 1:
            under = below()
            if marked or is_header(cells, under, likely):
                names = _under(beside, cells) if _twice(cells) else _carried(cells)
            elif stands_above(cells, under):
                beside = cells
            elif likely and may_be_header(cells, under):
                names = cells
            else:
                names, pairs = (), are_pairs([cells, *under])
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
