"""What figures, sums, dates and times of day look like in folded text, by the words of `prompts/values.toml`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from typing import Any

from prompts import value_words

YEAR = r"(?:1\d{3}|20\d{2}|21\d{2})(?!\d)"
FIGURE = (
    r"\d{1,3}(?:(?P<group>[ .,'])\d{3})(?:(?P=group)\d{3})*(?:[.,]\d+)?(?![.,]?\d)|\d+(?:[.,]\d+)?(?![.,]?\d)"
    r"|(?<!\d)\.\d+(?![.,]?\d)"
)
OF = r"(?: ?(?:d ?' ?|de |di |of )| ?-?)"


@cache
def table_of(name: str) -> dict[str, str]:
    """The words of a table of `values.toml`, each with its key."""
    return {word: key for key, listed in value_words()[name].items() for word in listed}


def _any(words: Iterable[str]) -> str:
    """A pattern of any of these words, the longest first, that begins and ends where a word does."""
    ordered = sorted(words, key=lambda word: (-len(word), word))
    edge = [rf"{re.escape(word)}(?!'?\w)" if word[-1].isalnum() else re.escape(word) for word in ordered]
    return "(?:" + "|".join(edge) + ")"


@cache
def dates() -> re.Pattern[str]:
    """A date: in figures (`iso`, `plain`), or by names of months (`m1` to `m4`) and of weekdays (`w`)."""
    month, weekday = _any(table_of("months")), _any(table_of("weekdays"))
    long = _any(word for word in table_of("months") if len(word) > 3)
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
def times() -> re.Pattern[str]:
    """A time of day: hours are `h1` to `h4`, minutes `n1` and `n4`, morning or afternoon `p1`, `p2`, `p4`."""
    return re.compile(
        r"(?<![\w.,:])(?:(?P<h1>[01]?\d|2[0-3])(?: ?h ?|:)(?P<n1>[0-5]\d)(?: ?(?P<p1>[ap])\.?m\b\.?| uhr\b)?(?![\w:])"
        r"|(?P<h4>[01]?\d|2[0-3])\.(?P<n4>[0-5]\d) ?(?:(?P<p4>[ap])\.?m\b\.?|uhr\b)"
        r"|(?P<h2>1[0-2]|0?[1-9]) ?(?P<p2>[ap])\.?m\b\.?|(?P<h3>[01]?\d|2[0-3]) uhr\b)"
    )


@cache
def amounts(language: str) -> re.Pattern[str]:
    """A number in figures (`figure`) or words (`word`), with its magnitude and its `money` or `unit`."""
    words = "|".join(sorted(map(re.escape, number_words(language)), key=lambda word: (-len(word), word)))
    number = rf"(?P<sign>(?<![^ (])-)?(?:(?P<figure>{FIGURE})" + (
        rf"|(?P<word>(?:{words})(?!\w)))" if words else "|(?P<word>(?!)))"
    )
    money = table_of("currencies")
    symbols = _any(
        word for word in money if not word.isalpha() or word in ("eur", "usd", "gbp", "chf", "jpy")
    )
    magnitude = _any(magnitudes(language))
    short = _any(table_of("short_magnitudes"))
    return re.compile(
        rf"(?<![\w])(?<!\d[.,])(?:(?P<minus>(?<![^ (])-)?(?P<before>{symbols}) ?)?{number}(?:[.,]-+)?"
        rf"(?:[ -]?(?P<m1>{magnitude})(?: (?P<m2>{magnitude}))?"
        rf"| ?(?P<short>{short})(?=(?(before)(?!\w)|{OF}{_any(money)})))?"
        rf"(?:{OF}(?P<money>{_any(money)})| ?-?(?P<unit>{_any(table_of('units'))}))?(?!\w)"
    )


@cache
def magnitudes(language: str) -> dict[str, str]:
    """The words for powers of ten, each with its exponent: "billion" is more elsewhere than in English."""
    own = [f"magnitudes_{language}"] if f"magnitudes_{language}" in value_words() else []
    return table_of("magnitudes") | {
        word: power
        for name in [*own, *([] if language == "en" else ["magnitudes_other"])]
        for word, power in table_of(name).items()
    }


@cache
def number_words(language: str) -> dict[str, int]:
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
