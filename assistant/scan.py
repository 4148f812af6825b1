"""Text -> the figures, sums and dates in it, each with its place: what makes "400 M€" and "400 Mio. Euro" one value."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from itertools import pairwise
from typing import Any

from assistant.folding import fold
from prompts import value_words

YEAR = r"(?:1\d{3}|20\d{2}|21\d{2})(?!\d)"
FIGURE = (
    r"\d{1,3}(?:(?P<group>[ .,'])\d{3})(?:(?P=group)\d{3})*(?:[.,]\d+)?(?![.,]?\d)|\d+(?:[.,]\d+)?(?![.,]?\d)"
)
SIGNS = ("%", "°c")  # measures that a number never goes without
OF = r"(?: ?(?:d ?' ?|de |di |of )| ?-?)"


@dataclass(frozen=True, slots=True)
class Amount:
    """A number and what it counts: "euro", "%", "litre", other words as they stand, or "" for a bare number."""

    number: Decimal
    unit: str = ""
    rough: bool = False  # told as "about" so much


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
    for one in _matches(folded.text, language):
        if all(one.end <= other.start or other.end <= one.start for other in found):
            found.append(one)
    found.sort(key=lambda one: one.start)
    places = folded.places
    return [
        Found(places[one.start], places[one.end - 1] + 1, one.value, places[one.core - 1] + 1)
        for one in found
    ]


def _matches(text: str, language: str) -> Iterator[Found]:
    """All that may be a value: dates before times before amounts, as they are to be believed."""
    for match in _dates().finditer(text):
        moment = _moment(match, language)
        if moment:
            yield Found(*match.span(), moment, match.end())
    for match in _times().finditer(text):
        clock = _clock(match)
        if clock:
            yield Found(*match.span(), Moment(time=clock), match.end())
    figures = list(_amounts(language).finditer(text))
    parts = {n for n, pair in enumerate(pairwise(figures)) if _one_number(*pair, text)}
    for n, match in enumerate(figures):
        amount = _amount(match, language)
        if amount and not {n - 1, n} & parts:
            yield Found(*match.span(), amount, _core(match))


def _core(match: re.Match[str]) -> int:
    """Where an amount ends without its measure; percent and degrees belong to the number."""
    measured = match["unit"] and _table("units")[match["unit"]] not in SIGNS
    return len(match.string[: match.start("unit")].rstrip(" -")) if measured else match.end()


def _one_number(one: re.Match[str], two: re.Match[str], text: str) -> bool:
    """Whether both are of one number in words that is longer than these rules can add up."""
    between = text[one.end() : two.start()]
    return bool((one["word"] or two["word"]) and re.fullmatch(r"-| | (?:and|et|und|y|e) ", between))


@cache
def _table(name: str) -> dict[str, str]:
    """The words of a table of `values.toml`, each with its key."""
    return {word: key for key, listed in value_words()[name].items() for word in listed}


def _any(words: Iterable[str]) -> str:
    """A pattern of any of these words, the longest first, that begins and ends where a word does."""
    ordered = sorted(words, key=lambda word: (-len(word), word))
    edge = [rf"{re.escape(word)}(?!'?\w)" if word[-1].isalnum() else re.escape(word) for word in ordered]
    return "(?:" + "|".join(edge) + ")"


@cache
def _dates() -> re.Pattern[str]:
    month, weekday = _any(_table("months")), _any(_table("weekdays"))
    long = _any(word for word in _table("months") if len(word) > 3)
    day = r"(?:(?:3[01]|[12]\d|0?[1-9])(?!\d)(?:st|nd|rd|th|er|ere|\.|o|a)?(?!\w))"
    link = r"(?: ?[-/,&] ?| (?:et|and|und|y|e|ed|to|au|bis|al|a|ao)(?: (?:le|the|el|il|zum|o))? |(?: e l'))"
    days = f"{day}(?:{link}{day}){{0,3}}"
    tail = rf"(?:,?\.? (?:de |of |del )?(?P<Y>{YEAR}))?"
    return re.compile(
        rf"(?<!\w)(?:(?P<iso>\d{{4}}-\d{{2}}-\d{{2}})(?![\w-])"
        rf"|(?P<plain>\d{{1,2}}(?P<sep>[./-])\d{{1,2}}(?P=sep)\d{{4}})(?!\w)"
        rf"|(?P<d1>{days}) (?:of |de |d'|di |del )?(?P<m1>{month}){tail.replace('Y', 'y1')}"
        rf"|(?P<m2>{month})\.? (?P<d2>{days}){tail.replace('Y', 'y2')}"
        rf"|(?P<m3>{month}),?\.? (?:de |of |del )?(?P<y3>{YEAR})"
        rf"|(?P<m4>{long})|(?P<w>{weekday}))"
    )


@cache
def _times() -> re.Pattern[str]:
    return re.compile(
        r"(?<![\w.,:])(?:(?P<h1>[01]?\d|2[0-3])(?: ?h ?|:)(?P<n1>[0-5]\d)(?: ?(?P<p1>[ap])\.?m\b\.?| uhr\b)?(?![\w:])"
        r"|(?P<h2>1[0-2]|0?[1-9]) ?(?P<p2>[ap])\.?m\b\.?|(?P<h3>[01]?\d|2[0-3]) uhr\b)"
    )


@cache
def _amounts(language: str) -> re.Pattern[str]:
    words = "|".join(sorted(map(re.escape, _number_words(language)), key=lambda word: (-len(word), word)))
    number = rf"(?P<sign>(?<![^ (])-)?(?:(?P<figure>{FIGURE})" + (
        rf"|(?P<word>(?:{words})(?!\w)))" if words else "|(?P<word>(?!)))"
    )
    money = _table("currencies")
    symbols = _any(
        word for word in money if not word.isalpha() or word in ("eur", "usd", "gbp", "chf", "jpy")
    )
    magnitude = _any(_magnitudes(language))
    short = _any(_table("short_magnitudes"))
    return re.compile(
        rf"(?<![\w])(?<!\d[.,])(?:(?P<before>{symbols}) ?)?{number}"
        rf"(?:[ -]?(?P<m1>{magnitude})(?: (?P<m2>{magnitude}))?| ?(?P<short>{short})(?=(?(before)| ?{_any(money)})))?"
        rf"(?:{OF}(?P<money>{_any(money)})| ?-?(?P<unit>{_any(_table('units'))}))?(?!\w)"
    )


@cache
def _magnitudes(language: str) -> dict[str, str]:
    return _table("magnitudes") | _table("magnitudes_en" if language == "en" else "magnitudes_other")


@cache
def _number_words(language: str) -> dict[str, int]:
    """The numbers up to a hundred, by their words in a language; {} for one without a table."""
    table: dict[str, Any] | None = value_words()["numbers"].get(language)
    if table is None:
        return {}
    small, tens = table["small"].split(), table["tens"].split()
    words = {word: n for n, word in enumerate(small)} | {word: 10 * n for n, word in enumerate(tens, start=3)}
    if language == "fr":  # which has its own word for seventy and for ninety only in Switzerland and Belgium
        words |= {word: n for n, word in zip((60, 70, 80, 90), tens[3:], strict=True)}
    round_ones = [(word, n) for word, n in words.items() if n >= 20 and n % 10 == 0]
    units = [(word, n) for word, n in ({**words, **table.get("also", {})}).items() if 0 < n < 20]
    for ten, n in round_ones:
        for unit, m in units:
            if m < 10 or n in (60, 80):
                for link in table["and"]:
                    pair = (unit, link, ten) if language == "de" else (ten, link, unit)
                    words.setdefault("".join(pair), n + m)
    words |= table.get("also", {})
    return words


def _amount(match: re.Match[str], language: str) -> Amount | None:
    unit = _unit(match)
    power = sum(int(_magnitudes(language)[match[name]]) for name in ("m1", "m2") if match[name])
    power += int(_table("short_magnitudes")[match["short"]]) if match["short"] else 0
    if match["word"]:
        number = Decimal(_number_words(language)[match["word"]])
        if number == 1 and not unit and not power:
            return None  # an article
    else:
        number = _number(match["figure"], match["group"], language)
    return Amount((-number if match["sign"] else number).scaleb(power), unit)


def _unit(match: re.Match[str]) -> str:
    money = match["before"] or match["money"]
    if money:
        return _table("currencies")[money]
    return _table("units")[match["unit"]] if match["unit"] else ""


def _number(written: str, group: str | None, language: str) -> Decimal:
    """The number that is written so in a language: "1.500" is one and a half in English, elsewhere 1500."""
    if (
        group in (".", ",")
        and written.count(group) == 1
        and not any(c in written for c in {".", ","} - {group})
    ):
        point = "." if language in value_words()["decimal_point"] else ","
        group = None if group == point else group
    return Decimal((written.replace(group, "") if group else written).replace(",", "."))


def _moment(match: re.Match[str], language: str) -> Moment | None:
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
        return Moment(weekday=int(_table("weekdays")[match["w"]]))
    word = next(match[name] for name in ("m1", "m2", "m3", "m4") if match[name])
    year = next((int(match[name]) for name in ("y1", "y2", "y3") if match[name]), None)
    written = match["d1"] or match["d2"]
    return _whole(year, int(_table("months")[word]), _days(written) if written else None)


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
    hour = int(match["h1"] or match["h2"] or match["h3"])
    half = match["p1"] or match["p2"]
    if half and not 1 <= hour <= 12:
        return None
    hour = hour % 12 + (12 if half == "p" else 0) if half else hour
    return hour, int(match["n1"] or 0)
