"""Tables of DOCX: the cells of each row, merged ones once, and which rows are said to be names."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from index.formats.header import Cells, is_data, may_be_names
from index.formats.runs import is_set

_FIRST_ROW = 0x20  # in the bits by which older programs say which parts of a style a table shows


def rows_of(found: Any, said: Callable[[Any], str]) -> list[Cells]:
    """What `said` gives of each cell; None where one goes on from the left. A label that goes on from above is
    there again, and a figure is not: nobody knows whose of the rows it is."""
    from docx.table import _Cell

    rows: list[Cells] = []
    for line in found._tbl.tr_lst:
        row: list[str | None] = [""] * line.grid_before
        for cell in line.tc_lst:
            column = len(row)
            if cell.vMerge == "continue":
                above = rows[-1][column] if rows and column < len(rows[-1]) else ""
                row.append(above if above and not is_data(above) else "")
            else:
                row.append(said(_Cell(cell, found)))
            row += [None] * (cell.grid_span - 1)
        rows.append(row)
    return rows


def heads(found: Any) -> int:
    """How many of the first rows are names: those that come again on each page, else one that looks otherwise."""
    lines = found._tbl.tr_lst
    told = 0
    while told < len(lines) and lines[told].xpath(
        "./w:trPr/w:tblHeader[not(@w:val = '0' or @w:val = 'false')]"
    ):
        told += 1
    if told or len(lines) < 2:
        return told if told < len(lines) else 0
    first = lines[0]
    if not may_be_names([" ".join(cell.xpath(".//w:t/text()")) for cell in first.tc_lst]):
        return 0
    if any(look(first) and not look(lines[1]) for look in (_is_bold, _is_filled)):
        return 1
    wide = first.grid_before + sum(cell.grid_span for cell in first.tc_lst)
    return int(wide > 2 and _is_styled(found))  # most programs give any table a style


def _is_bold(line: Any) -> bool:
    from docx.text.run import Run

    runs = [run for run in line.xpath(".//w:r[w:t]") if Run(run, None).text.strip()]
    return bool(runs) and all(is_set(Run(run, None).font, "bold") for run in runs)


def _is_filled(line: Any) -> bool:
    fills = [cell.xpath("./w:tcPr/w:shd/@w:fill") for cell in line.tc_lst]
    return bool(fills) and all(fill and fill[0] not in ("auto", "FFFFFF") for fill in fills)


def _is_styled(found: Any) -> bool:
    """Whether its style has a look of its own for a first row, and the table shows it."""
    from docx.oxml.ns import qn

    style = found.style
    if style is None or not style.element.xpath(
        "./w:tblStylePr[@w:type = 'firstRow'][w:rPr/w:b or .//w:shd]"
    ):
        return False
    for look in found._tbl.xpath("./w:tblPr/w:tblLook"):
        told = look.get(qn("w:firstRow"))
        return told in ("1", "true") if told else bool(int(look.get(qn("w:val"), "0"), 16) & _FIRST_ROW)
    return False
