"""Text -> the figures, sums and dates in it, each with its place: what makes "400 M€" and "400 Mio. Euro" one value."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import pairwise

from assistant.folding import fold
from assistant.patterns import amounts, dates, magnitudes, number_words, table_of, times
from prompts import value_words

SIGNS = ("%", "°c", "degree")  # measures that a number never goes without


@dataclass(frozen=True, slots=True)
class Amount:
    """A number and what it counts: "euro", "%", "litre", other words as they stand, or "" for a bare number."""

    number: Decimal
    unit: str = ""
    rough: bool = False  # told as "about" so much
    bound: str = ""  # "least" or "most" if told as "at least" or "at most" so much, which is rough too


@dataclass(frozen=True, slots=True)
class Moment:
    """A date or a time of day as exactly as it is told; None is what it leaves open. Several days make a stay."""

    year: int | None = None
    month: int | None = None
    days: tuple[int, ...] | None = None
    weekday: int | None = None  # 0 is Monday; None too where it follows from the date
    time: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """A value, and where it stands in the text that was scanned; a number may do without its measure after `core`."""

    start: int
    end: int
    value: Amount | Moment
    core: int


def scan(text: str, language: str) -> list[Found]:
    """The values of a text in `language` (ISO 639-1), left to right, none inside another."""
    folded = fold(text)
    found: list[Found] = []
    for one in _matches(folded.text, language, text, folded.places):
        if all(one.end <= other.start or other.end <= one.start for other in found):
            found.append(one)
    found.sort(key=lambda one: one.start)
    places = folded.places
    return [
        Found(places[one.start], places[one.end - 1] + 1, one.value, places[one.core - 1] + 1)
        for one in found
    ]


def _matches(text: str, language: str, original: str, places: tuple[int, ...]) -> Iterator[Found]:
    """All that may be a value: dates before times before amounts, as they are to be believed."""
    for match in dates().finditer(text):
        moment = _moment(match, language)
        if moment and not (language == "en" and _no_month(match, original, places)):
            yield Found(*match.span(), moment, match.end())
    for match in times().finditer(text):
        clock = _clock(match)
        if clock:
            yield Found(*match.span(), Moment(time=clock), match.end())
    figures = list(amounts(language).finditer(text))
    parts = {n for n, pair in enumerate(pairwise(figures)) if _one_number(*pair, text)}
    for n, match in enumerate(figures):
        amount = None if _goes_on(match) else _amount(match, language)
        if amount and not {n - 1, n} & parts and not _decade(match):
            yield Found(*match.span(), amount, _core(match))


def _no_month(match: re.Match[str], original: str, places: tuple[int, ...]) -> bool:
    """Whether it is a word that English writes small: "12 may be closed", "on the march"."""
    name = next((name for name in ("m1", "m2", "m3", "m4") if match[name]), "")
    small = bool(name) and original[places[match.start(name)]].islower()
    return small and match[name] in value_words()["months_in_english_with_a_capital"] and not _year_of(match)


def _core(match: re.Match[str]) -> int:
    """Where an amount ends without its measure; percent and degrees belong to the number."""
    measured = match["unit"] and table_of("units")[match["unit"]] not in SIGNS
    return len(match.string[: match.start("unit")].rstrip(" -")) if measured else match.end()


def _goes_on(match: re.Match[str]) -> bool:
    """Whether more signs of numbers follow than these rules can add up: "1億2千万"."""
    signs = table_of("myriads").keys() | {"十"}
    return match.string[match.end() :].startswith(tuple(signs))


def _decade(match: re.Match[str]) -> bool:
    """Whether it is "1990s", which are no seconds."""
    return bool(re.match(r"[12]\d\d0s", match[0]))


def _one_number(one: re.Match[str], two: re.Match[str], text: str) -> bool:
    """Whether both are of one number in words that is longer than these rules can add up."""
    between = text[one.end() : two.start()]
    return bool(two["word"] and re.fullmatch(r"-| | (?:and|et|und|y|e) ", between))


def _amount(match: re.Match[str], language: str) -> Amount | None:
    unit = _unit(match)
    power = sum(int(magnitudes(language)[match[name]]) for name in ("m1", "m2") if match[name])
    power += int(table_of("short_magnitudes")[match["short"]]) if match["short"] else 0
    power += _myriad(match["y1"])
    if match["figure"] and match["m1"] in ("cent", "cents"):
        return None  # a coin
    if match["word"]:
        number = Decimal(number_words(language)[match["word"]])
        if number == 1 and not unit and not power:
            return None  # an article
    else:
        number = _number(match["figure"], match["group"], language)
    number = number.scaleb(power)
    if match["rest"]:
        number += Decimal(match["rest"]).scaleb(_myriad(match["y2"]))
    return Amount(-number if match["sign"] or match["minus"] else number, unit)


def _myriad(sign: str | None) -> int:
    return int(table_of("myriads")[sign]) if sign else 0


def _unit(match: re.Match[str]) -> str:
    money = match["before"] or match["money"]
    if money:
        return table_of("currencies")[money]
    return table_of("units")[match["unit"]] if match["unit"] else ""


def _number(written: str, group: str | None, language: str) -> Decimal:
    """The number that is written so in a language: "1.500" is one and a half in English, elsewhere 1500."""
    if written.startswith("0"):  # no figure of groups: "0.125"
        group = None
    elif (
        group in (".", ",")
        and written.count(group) == 1
        and not any(c in written for c in {".", ","} - {group})
    ):
        point = "." if language in value_words()["decimal_point"] else ","
        group = None if group == point else group
    return Decimal((written.replace(group, "") if group else written).replace(",", "."))


def _moment(match: re.Match[str], language: str) -> Moment | None:
    if match["m5"] or match["m6"]:
        month = int(match["m5"] or match["m6"])
        written = match["d5"] or match["d6"]
        return _whole(int(match["y5"]) if match["y5"] else None, month, (int(written),) if written else None)
    if match["iso"]:
        year, month, day = map(int, match["iso"].split("-"))
    elif match["plain"]:
        day, month, year = map(int, match["plain"].split(match["sep"]))
        if match["sep"] == "/" and language == "en" and day <= 12 and month <= 12 and day != month:
            return None  # the day may stand first or second
        if month > 12:
            day, month = month, day
    else:
        return _named(match)
    return _whole(year, month, (day,))


def _named(match: re.Match[str]) -> Moment | None:
    if match["w"]:
        return Moment(weekday=int(table_of("weekdays")[match["w"]]))
    word = next(match[name] for name in ("m1", "m2", "m3", "m4") if match[name])
    year = _year_of(match)
    written = match["d1"] or match["d2"]
    return _whole(year, int(table_of("months")[word]), _days(written) if written else None)


def _year_of(match: re.Match[str]) -> int | None:
    return next((int(match[name]) for name in ("y1", "y2", "y3") if match[name]), None)


def _days(written: str) -> tuple[int, ...]:
    """The days of "10 et 11", or all of "10-14" and "10 to 14"."""
    days = [int(day) for day in re.findall(r"\d+", written)]
    through = re.search(r"-| (?:to|au|bis|al|a|ao) ", written)
    if through and len(days) == 2 and days[0] < days[1]:
        return tuple(range(days[0], days[1] + 1))
    return tuple(sorted(set(days)))


def _whole(year: int | None, month: int, days: tuple[int, ...] | None) -> Moment | None:
    """The moment, or None where the calendar has no such day."""
    try:
        for day in days or ():
            date(2024 if year is None else year, month, day)
    except ValueError:
        return None
    return Moment(year, month, days)


def _clock(match: re.Match[str]) -> tuple[int, int] | None:
    hour = int(match["h1"] or match["h2"] or match["h3"] or match["h4"])
    half = match["p1"] or match["p2"] or match["p4"]
    if half and not 1 <= hour <= 12:
        return None
    hour = hour % 12 + (12 if half == "p" else 0) if half else hour
    return hour, int(match["n1"] or match["n4"] or 0)
