"""Charts as SVG text: lines over [0, 1] or over sizes, and grouped bars. They read on white and on black."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from math import log10

COLOURS = ("#888888", "#c98a00", "#3a7bd5", "#d1495b", "#3c9d6b")
WIDTH, HEIGHT, EDGE, LEGEND = 662, 360, 48, 150

Line = Sequence[tuple[float, float]]


def lines(title: str, across: str, up: str, series: Mapping[str, Line], diagonal: bool = False) -> str:
    """Each line of `series` through its points (x, y), both axes from 0 to 1; `diagonal` marks x = y."""
    parts = [_axes(across, up)]
    if diagonal:
        parts.append(
            f'<path d="{_path([(0, 0), (1, 1)])}" stroke="#888" stroke-dasharray="4 4" fill="none"/>'
        )
    for colour, points in zip(COLOURS, series.values(), strict=False):
        parts.append(f'<path d="{_path(points)}" stroke="{colour}" stroke-width="2" fill="none"/>')
        parts.extend(f'<circle cx="{_x(x)}" cy="{_y(y)}" r="3" fill="{colour}"/>' for x, y in points)
    return _drawing(title, [*parts, *_legend(list(series))])


def bars(title: str, up: str, groups: Sequence[str], series: Mapping[str, Sequence[float | None]]) -> str:
    """For each group a bar of each of `series`, in percent; a gap where there is None."""
    parts = [_axes("", up)]
    room = (_x(1) - _x(0)) / max(1, len(groups))
    wide = 0.8 * room / max(1, len(series))
    for place, group in enumerate(groups):
        left = EDGE + place * room + 0.1 * room
        for number, (colour, values) in enumerate(zip(COLOURS, series.values(), strict=False)):
            value = values[place]
            if value is not None:
                top = _y(value / 100)
                parts.append(
                    f'<rect x="{left + number * wide:.1f}" y="{top}" width="{wide:.1f}" '
                    f'height="{_y(0) - top:.1f}" fill="{colour}"/>'
                )
        parts.append(_text(left + 0.4 * room, _y(0) + 14, group, "middle", 10))
    return _drawing(title, [*parts, *_legend(list(series))])


def curves(title: str, up: str, sizes: Sequence[int], series: Mapping[str, Sequence[float]]) -> str:
    """Each of `series` over `sizes`, which stand by their logarithms, up from 0 to the highest value."""
    logs = [log10(size) for size in sizes]
    span, most = max(logs[-1] - logs[0], 1e-9), max(max(values) for values in series.values())
    across = [(one - logs[0]) / span for one in logs]
    parts = [_axes("passages", up, most)]
    parts.extend(
        _text(_x(x), _y(0) + 14, f"{size:,}", "middle", 10) for x, size in zip(across, sizes, strict=True)
    )
    for colour, values in zip(COLOURS, series.values(), strict=False):
        points = [(x, value / most) for x, value in zip(across, values, strict=True)]
        parts.append(f'<path d="{_path(points)}" stroke="{colour}" stroke-width="2" fill="none"/>')
        parts.extend(f'<circle cx="{_x(x)}" cy="{_y(y)}" r="3" fill="{colour}"/>' for x, y in points)
    return _drawing(title, [*parts, *_legend(list(series))])


def _x(value: float) -> float:
    return round(float(EDGE + value * (WIDTH - EDGE - LEGEND)), 1)


def _y(value: float) -> float:
    return round(float(HEIGHT - EDGE - value * (HEIGHT - 2 * EDGE)), 1)


def _path(points: Line) -> str:
    return " ".join(f"{'ML'[number > 0]}{_x(x)},{_y(y)}" for number, (x, y) in enumerate(points))


def _text(x: float, y: float, text: str, anchor: str = "start", size: int = 12) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}">{escape(text)}</text>'


def _axes(across: str, up: str, most: float | None = None) -> str:
    """`most` is the highest value up; without it, both axes are in percent."""
    parts = [f'<path d="M{_x(0)},{_y(1)} L{_x(0)},{_y(0)} L{_x(1)},{_y(0)}" stroke="#888" fill="none"/>']
    for tenth in range(0, 11, 2):
        value = tenth / 10
        shown = f"{tenth * 10}" if most is None else f"{value * most:.3g}"
        parts.append(_text(_x(0) - 6, _y(value) + 4, shown, "end", 10))
        if across and most is None:
            parts.append(_text(_x(value), _y(0) + 14, f"{tenth * 10}", "middle", 10))
    parts.append(_text(_x(0.5), HEIGHT - 12, across, "middle"))
    parts.append(_text(_x(0), EDGE - 10, up))
    return "".join(parts)


def _legend(names: Sequence[str]) -> list[str]:
    return [
        f'<rect x="{WIDTH - LEGEND + 16}" y="{EDGE + 16 * n - 9}" width="10" height="10" fill="{COLOURS[n]}"/>'
        + _text(WIDTH - LEGEND + 31, EDGE + 16 * n, name, size=11)
        for n, name in enumerate(names)
    ]


def _drawing(title: str, parts: Sequence[str]) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif">'
        "<style>text{fill:#444}@media(prefers-color-scheme:dark){text{fill:#ccc}}</style>"
        + _text(_x(0.5), 20, title, "middle", 14)
        + "".join(parts)
        + "</svg>\n"
    )
