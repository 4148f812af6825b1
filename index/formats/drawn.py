"""What slides draw: the points of a diagram (SmartArt), and a chart as the table that it was drawn from."""

from __future__ import annotations

from itertools import zip_longest
from typing import Any

from index.formats.rows import named
from index.formats.shown import shown

_DIAGRAM = "{http://schemas.openxmlformats.org/drawingml/2006/diagram}"
_MAIN = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
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
    for plot in found.plots:
        series = list(plot.series)
        names = ["", *(str(one.name) for one in series)]
        rows = zip_longest(_categories(plot), *map(_values, series), fillvalue="")
        parts.append("\n".join(named(names, row) for row in rows))
    return "\n\n".join(filter(None, parts))


def _categories(plot: Any) -> list[str]:
    from openpyxl.styles.numbers import is_date_format
    from openpyxl.utils.datetime import from_excel

    looks = plot._element.xpath(".//c:cat//c:formatCode/text()")
    dated = bool(looks) and is_date_format(looks[0])
    return [shown(from_excel(float(one)), looks[0]) if dated else str(one) for one in plot.categories]


def _values(series: Any) -> list[str]:
    looks = series._element.xpath(".//c:val//c:formatCode/text()")
    return [shown(value, looks[0] if looks else "General") for value in series.values]
