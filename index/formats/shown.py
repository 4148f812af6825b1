"""What a cell of a sheet says as the sheet shows it: 25.3%, 12.50 €, 2020, 30:00."""

from __future__ import annotations

import re
from datetime import datetime, time, timedelta

from index.raised import with_raised

_CONDITION = re.compile(r"\[[<>=]")
_SYMBOL = re.compile(r"\[\$([^\]-]*)[^\]]*\]")
_SILENT = re.compile(r"\[[^\]]*\]|_.|\*.")  # colours, and what only fills space
_QUOTED = re.compile(r'"([^"]*)"|\\(.)')
_DIGITS = re.compile(r"[0#?](?:[0#?.,]|[\s'](?=[0#?]))*")
_SPELT = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]')


def shown(value: object, look: str) -> str:
    """`look` is the cell's number format. Numbers without a unit keep all their digits."""
    match value:
        case None:
            return ""
        case bool():
            return str(value).upper()
        case datetime() | time():
            return _moment(value, look)
        case timedelta():
            return _duration(value, look)
        case int() | float():
            return _number(value, look)
        case list():  # parts of different looks, each a text or a text with its font
            return _parts(value)
    return str(value)


def plain(value: float) -> str:
    """Without the last digits, which are the machine's."""
    return str(int(value)) if float(value).is_integer() else f"{value:.15g}"


def _moment(value: datetime | time, look: str) -> str:
    letters = set(_SPELT.sub("", look).lower())
    if isinstance(value, time) or (not letters & set("yd") and "h" in letters):
        return value.strftime("%H:%M:%S" if "s" in letters else "%H:%M")
    if letters & set("ymdhs") == {"y"}:
        return str(value.year)
    if letters & set("ymdhs") == {"y", "m"}:
        return value.isoformat()[:7]
    return value.isoformat(sep=" ").removesuffix(" 00:00:00")


def _duration(value: timedelta, look: str) -> str:
    minutes, seconds = divmod(abs(round(value.total_seconds())), 60)
    sign = "-" if value < timedelta() else ""
    end = f":{seconds:02}" if seconds or "s" in look.lower() else ""
    if "[m" in look.lower():
        return f"{sign}{minutes}{end}"
    return f"{sign}{minutes // 60}:{minutes % 60:02}{end}"


def _number(value: float, look: str) -> str:
    """With the percent sign, currency or unit of its format."""
    first = look.partition(";")[0]
    if look == "General" or _CONDITION.search(look):
        return plain(value)
    kept: list[str] = []

    def keep(found: re.Match[str]) -> str:  # out of the way of digits that it may hold
        kept.append(next(filter(None, found.groups()), ""))
        return chr(0xE000 + len(kept) - 1)

    first = _SILENT.sub("", _QUOTED.sub(keep, _SYMBOL.sub(keep, first)))
    digits = _DIGITS.search(first)
    if not digits or _DIGITS.search(first, digits.end()) or "E" in first:
        return plain(value)
    form, around = digits[0], [first[: digits.start()], first[digits.end() :]]
    percent = "%" in first
    before, after = (
        re.sub("[\ue000-\uf8ff]", lambda one: kept[ord(one[0]) - 0xE000], part) for part in around
    )
    scaled = value * (100 if percent else 1) / 1000 ** (len(form) - len(form.rstrip(",")))
    form = form.rstrip(",")
    if not (before + after).strip(" -+()"):
        return plain(value).zfill(len(form)) if set(form) == {"0"} and scaled == value >= 0 else plain(scaled)
    size = f"{abs(scaled):.{len(form.partition('.')[2])}f}"
    sign = "-" if scaled < 0 and size.strip("0.") else ""
    return f"{sign}{before.lstrip(' -+(')}{size}{after.rstrip(' )')}".strip()


def _parts(value: list[object]) -> str:
    runs = []
    for part in value:
        font = getattr(part, "font", None)
        if not getattr(font, "strike", None):
            runs.append((str(part), getattr(font, "vertAlign", None) == "superscript"))
    return with_raised(runs)
