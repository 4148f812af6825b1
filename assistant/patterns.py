"""What figures, sums, dates and times of day look like in folded text, by the words of `prompts/values.toml`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from typing import Any

from assistant.folding import fold
from prompts import value_words

UNPARTED = "\u0e00-\u0eff\u1100-\u11ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"  # scripts that part no words
LETTER = rf"[^\W{UNPARTED}]"  # what a figure or a word may not stand beside and be whole
YEAR = r"(?:1\d{3}|20\d{2}|21\d{2})(?!\d)"
FIGURE = (
    r"\d{1,3}(?:(?P<group>[ .,'])\d{3})(?:(?P=group)\d{3})*(?:[.,]\d+)?(?![.,]?\d)|\d+(?:[.,]\d+)?(?![.,]?\d)"
    r"|(?<!\d)\.\d+(?![.,]?\d)"
)
OF = r"(?: ?(?:d ?' ?|de |di |of )| ?-?)"


@cache
def table_of(name: str) -> dict[str, str]:
    """The words of a table of `values.toml`, folded, each with its key."""
    return {fold(word).text: key for key, listed in value_words()[name].items() for word in listed}


def _any(words: Iterable[str]) -> str:
    """A pattern of any of these words, the longest first, that begins and ends where a word does."""
    ordered = sorted(words, key=lambda word: (-len(word), word))
    parted = [re.escape(word) for word in ordered if re.match(LETTER, word[-1])]
    others = [re.escape(word) for word in ordered if not re.match(LETTER, word[-1])]
    whole = [rf"(?:{'|'.join(parted)})(?!'?{LETTER})"] if parted else []  # once: it takes long to compile
    return "(?:" + "|".join([*others, *whole]) + ")"


@cache
def dates() -> re.Pattern[str]:
    """A date: in figures (`iso`, `plain`), or by names of months (`m1` to `m4`) and of weekdays (`w`)."""
    month, weekday = _any(table_of("months")), _any(table_of("weekdays"))
    long = _any(word for word in table_of("months") if len(word) > 3)
    day = rf"(?:(?:3[01]|[12]\d|0?[1-9])(?!\d)(?:st|nd|rd|th|er|ere|\.?[o°]|\.|a)?(?!{LETTER}))"
    signs = table_of("signs")
    of_year, of_month, of_day = (
        _any(sign for sign, of in signs.items() if of == one) for one in ("year", "month", "day")
    )
    link = r"(?: ?[-/,&] ?| (?:et|and|und|y|e|ed|to|au|bis|al|a|ao)(?: (?:le|the|el|il|zum|o))? |(?: e l'))"
    days = f"{day}(?:{link}{day}){{0,3}}"
    tail = rf"(?:,?\.? (?:de |of |del )?(?P<Y>{YEAR}))?"
    return re.compile(
        rf"(?<!{LETTER})(?:(?P<iso>\d{{4}}-\d{{2}}-\d{{2}})(?!-|{LETTER})"
        rf"|(?P<plain>\d{{1,2}}(?P<sep>[./-])\d{{1,2}}(?P=sep)\d{{4}})(?!{LETTER})"
        rf"|(?P<y5>{YEAR}) ?{of_year} ?(?P<m5>\d{{1,2}}) ?{of_month}(?: ?(?P<d5>\d{{1,2}}) ?{of_day})?"
        rf"|(?P<m6>\d{{1,2}}) ?{of_month} ?(?P<d6>\d{{1,2}}) ?{of_day}"
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
    bound = "".join(rf"(?<!\b{word} )" for word in value_words()["at_least"])
    cold = _any(word for word, unit in table_of("units").items() if unit in ("°c", "degree"))
    below = rf"{bound}\b{_any(value_words()['minus'])} (?=[\d.,]+ ?{cold})"
    number = rf"(?P<sign>(?<![^ (])-|{below})?(?:(?P<figure>{FIGURE})" + (
        rf"|(?P<word>(?:{words})(?!{LETTER})))" if words else "|(?P<word>(?!)))"
    )
    money = table_of("currencies")
    symbols = _any(word for word in money if not word.isalpha() or word in value_words()["codes"])
    magnitude = _any(magnitudes(language))
    short = _any(table_of("short_magnitudes"))
    myriad = _any(table_of("myriads"))
    return re.compile(
        rf"(?<!{LETTER})(?<!\d[.,])(?:(?P<minus>(?<![^ (])-)?(?P<before>{symbols}) ?)?{number}(?:[.,]-+)?"
        rf"(?:[ -]?(?P<m1>{magnitude})(?: (?P<m2>{magnitude}))?"
        rf"| ?(?P<y1>{myriad})(?:(?P<rest>\d{{1,4}})(?P<y2>{myriad})?(?!\d))?"
        rf"| ?(?P<short>{short})(?=(?(before)(?!{LETTER})|{OF}{_any(money)})))?"
        rf"(?:{OF}(?P<money>{_any(money)})| ?-?(?P<unit>{_any(table_of('units'))}))?(?!{LETTER})"
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
