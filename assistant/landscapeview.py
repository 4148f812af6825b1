"""The folder at a glance as HTML: bars, columns and a map, drawn as SVG, with every number in words as well."""

from __future__ import annotations

from html import escape

from assistant.html import say
from assistant.landscape import FEWEST, Dates, Landscape, Point
from assistant.place import Place, digest
from assistant.render import count, one_line
from index.types import Span
from prompts import language_name

WIDTH, EDGE = 480, 12  # of the map, in its own units
LOWEST, HIGHEST = 0.3, 0.7  # parts of the width that the map is high
COLUMN, HEIGHT = 10, 60  # of the dates
# One for each language and one for the rest, so that none is told from another by its colour alone.
SHAPES = (
    "M-5 0a5 5 0 1 0 10 0a5 5 0 1 0 -10 0z", "M-4.5 -4.5h9v9h-9z", "M0 -6l5.5 10h-11z", "M0 -6.5l6 6.5l-6 6.5l-6 -6.5z",
    "M0 6l5.5 -10h-11z", "M-1.7 -6h3.4v4.3h4.3v3.4h-4.3v4.3h-3.4v-4.3h-4.3v-3.4h4.3z",
)  # fmt: skip


def drawn(found: Landscape, language: str) -> str:
    """All three pictures. A browser names the languages of the bars anew (`data-language`)."""
    parts = {
        "page_by_language": _languages(found, language),
        "page_by_date": _dates(found.dates, language),
        "page_by_nearness": _map(found, language),
    }
    sections = [f"<section><h3>{say(key, language)}</h3>{part}</section>" for key, part in parts.items()]
    return f'<div class="glance">{"".join(sections[:2])}</div>{sections[2]}'


def _languages(found: Landscape, language: str) -> str:
    most = max((n for _, n in found.languages), default=1)
    rows = "".join(
        f"<li>{_symbol(kind)}{_language(code, language)}{_bar(n / most, kind)}<b>{n}</b></li>"
        for kind, (code, n) in enumerate(found.languages)
    )
    return f'<ul class="bars">{rows}</ul>'


def _language(code: str, language: str) -> str:
    if not code:
        return f"<span>{say('page_other_languages', language)}</span>"
    shown = escape(one_line(language_name(code, language)))
    return f'<span data-language="{escape(one_line(code))}">{shown}</span>'


def _symbol(kind: int) -> str:
    return f'<svg class="symbol" viewBox="-8 -8 16 16" aria-hidden="true">{_shape(kind)}</svg>'


def _shape(kind: int) -> str:
    return f'<path class="kind-{kind}" d="{SHAPES[kind]}"/>'


def _bar(part: float, kind: int) -> str:
    return (
        '<svg class="bar-of" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">'
        f'<rect class="kind-{kind}" width="{100 * part:.1f}" height="10"/></svg>'
    )


def _dates(found: Dates, language: str) -> str:
    undated = f"<p>{escape(count('page_undated', found.undated, language))}</p>" if found.undated else ""
    if not found.periods:
        return undated
    most = max(n for _, n in found.periods)
    told = [f"{period}: {n}" for period, n in found.periods if n]
    columns = "".join(
        f'<rect class="kind-0" x="{COLUMN * at + 1}" y="{HEIGHT * (1 - n / most):.1f}" width="{COLUMN - 2}" '
        f'height="{HEIGHT * n / most:.1f}"><title>{period}: {n}</title></rect>'
        for at, (period, n) in enumerate(found.periods)
        if n
    )
    label = say("page_dates_label", language, numbers=", ".join(told))
    width = COLUMN * len(found.periods)
    chart = (
        f'<svg class="columns" viewBox="0 0 {width} {HEIGHT}" preserveAspectRatio="none" role="img" '
        f'aria-label="{label}">{columns}</svg>'
    )
    ends = dict.fromkeys((found.periods[0][0], found.periods[-1][0]))
    shown = "".join(f"<span>{period}</span>" for period in ends)
    chart += f'<p class="ends" aria-hidden="true">{shown}</p>'
    return (
        f'<div style="max-width: {4 * len(found.periods)}rem">{chart}</div>'
        f"<p>{say('page_dates_most', language, n=most)}</p>{undated}"
    )


def _map(found: Landscape, language: str) -> str:
    if not found.points:
        return f"<p>{say('page_map_few', language, n=FEWEST)}</p>"
    low = max(point.y for point in found.points)
    height = WIDTH * min(max(low, LOWEST), HIGHEST)
    far = max(point.x for point in found.points)
    scale = min(WIDTH / max(far, 1e-9), height / max(low, 1e-9)) if far or low else 0.0
    across, down = (WIDTH - scale * far) / 2, (height - scale * low) / 2
    points = "".join(
        _point(n, point, EDGE + across + scale * point.x, EDGE + down + scale * point.y, language)
        for n, point in enumerate(found.points)
    )
    shown = len(found.points)
    told = say("page_map_text", language, percent=round(100 * found.share))
    left = ""
    if shown < found.documents:
        left = f" {say('page_map_part', language, n=shown, total=found.documents)}"
    return (
        f'<p>{told}{left}</p><svg class="map" viewBox="0 0 {WIDTH + 2 * EDGE} {height + 2 * EDGE:.0f}" role="listbox" '
        f'tabindex="0" aria-label="{say("page_map_label", language, n=shown)}">{points}</svg>'
        f'<p class="pointed">{say("page_map_hint", language)}</p>'
    )


def _point(n: int, point: Point, x: float, y: float, language: str) -> str:
    one = point.document
    place = escape(Place(one.path, Span(0, 0), Span(0, 0), digest("")).to_json())
    titled = (
        f"{one_line(one.title)} ({one_line(one.path)})"
        if one.title not in ("", one.path)
        else one_line(one.path)
    )
    label = escape(f"\u2068{titled}\u2069, {one_line(language_name(one.language, language))}")
    return (
        f'<path class="kind-{point.kind}" role="option" aria-selected="false" id="point-{n}" data-at="{place}" '
        f'aria-label="{label}" transform="translate({x:.1f} {y:.1f})" d="{SHAPES[point.kind]}">'
        f"<title>{label}</title></path>"
    )
