"""What slides draw: the points of a diagram (SmartArt), and a chart as the table that it was drawn from."""

from __future__ import annotations

from typing import Any

from index.formats.rows import named
from index.formats.shown import shown

_DIAGRAM = "{http://schemas.openxmlformats.org/drawingml/2006/diagram}"
_MAIN = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_CHART = {"c": "http://schemas.openxmlformats.org/drawingml/2006/chart"}
_DATA = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}dm"


def diagram(shape: Any) -> str:
    """A line for each paragraph of its points; "" for a shape that is none, or whose points are not in the file."""
    from lxml import etree

    for told in shape._element.iter(f"{_DIAGRAM}relIds"):
        related = shape.part.rels.get(told.get(_DATA))
        if related is None or related.is_external:
            continue
        root = etree.fromstring(related.target_part.blob, etree.XMLParser(resolve_entities=False))
        return "\n".join(
            "".join(text.text or "" for text in paragraph.iter(f"{_MAIN}t"))
            for point in root.iter(f"{_DIAGRAM}pt") if point.get("type", "node") in ("node", "asst")
            for paragraph in point.iter(f"{_MAIN}p")
        )  # fmt: skip
    return ""


def chart(found: Any) -> str:
    """Its title, and a line for each category with the values of all series, as they were saved with it."""
    parts = (
        [found.chart_title.text_frame.text] if found.has_title and found.chart_title.has_text_frame else []
    )
    # Plots of any kind: python-pptx knows but some.
    for plot in found._chartSpace.iterfind("c:chart/c:plotArea/*", _CHART):
        series = plot.findall("c:ser", _CHART)
        names = ["", *(one.findtext("c:tx//c:v", "", _CHART) for one in series)]
        columns = [
            *(_points(one, "c:cat") or _points(one, "c:xVal") for one in series[:1]),
            *(_points(one, "c:val") or _points(one, "c:yVal") for one in series),
        ]
        rows = sorted({number for column in columns for number in column})
        parts.append("\n".join(named(names, [column.get(row, "") for column in columns]) for row in rows))
    return "\n\n".join(filter(None, parts))


def _points(series: Any, kind: str) -> dict[int, str]:
    """What was saved of a series, by the number of its category; of categories within others, the inner ones."""
    told = series.find(f"{kind}//c:pt/..", _CHART)
    if told is None:
        return {}
    look = told.findtext("c:formatCode", "General", _CHART)
    said = ((int(one.get("idx")), one.findtext("c:v", "", _CHART)) for one in told.iterfind("c:pt", _CHART))
    if told.tag == f"{{{_CHART['c']}}}numCache":
        return {number: _shown(value, look) for number, value in said}
    return dict(said)


def _shown(said: str, look: str) -> str:
    """A saved number as the chart shows it; nothing for #N/A and the like."""
    from openpyxl.styles.numbers import is_date_format
    from openpyxl.utils.datetime import from_excel

    try:
        number = float(said)
        return shown(from_excel(number) if is_date_format(look) else number, look)
    except (ValueError, OverflowError):
        return ""
