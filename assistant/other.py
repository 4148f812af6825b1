"""Whether a sentence tells of another year, or of another article, room or line, than the one that is asked about."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from functools import cache

from assistant.folding import fold
from assistant.question import asks_for
from assistant.scan import Moment, scan
from index.terms import words as terms
from prompts import value_words

_YEAR = re.compile(r"(?<!\d)(?<!\d[.,])(?:1[5-9]|20)\d\d(?![.,]?\d)")
_LAST = re.compile(rf"{_YEAR.pattern}[\s?？.!)]*$")
_NUMBERED = re.compile(
    r"([^\W\d_]{3,}|§)\.? ?(\d{1,3}[a-z]?)\b(?![.,:/]\d| ?%)(?:(?:, | (?:and|or|et|ou|und|oder|[yeou&]) )\d{1,3}\b)*"
)
# Of "7 to 9", "room 3 to room 9", "18 or over" and "§ 4 ff." none is told from any other.
_THROUGH = re.compile(
    r" ?(?:(?:-|to|au?|bis) ?(?:\w+ ){0,2}\d|ff?\b|(?:and|or|et|ou|und|oder|[you]) "
    r"(?:over|above|older|more|under|younger|less|fewer|plus|moins|mehr|alter|junger|weniger|mas|menos|mayor)\b)"
)
_COUNTED = re.compile(r" [^\W\d_]+[^\W\d_s]s\b")  # "if I miss 3 sessions": a number of something, and no name


def years_asked(question: str, language: str) -> set[str]:
    """The one year that a question asks about; none that it compares, takes as a bound, or only names a thing by."""
    compared = asks_for("years", question, language) or asks_for("bounds", question, language)
    if len(_YEAR.findall(question)) != 1 or compared:
        return set()
    if not (_in_a_year().search(fold(question).text) or _LAST.search(question)):
        return set()
    return set(_YEAR.findall(question))


def of_another_year(sentence: str, before: str, language: str, asked: Collection[str]) -> bool:
    """Whether a sentence tells of years, but not of that `asked`. After one that was (`before` is what stands there) it
    may still speak of that, and what began before may still last."""
    if not asked or set(asked) & {*_YEAR.findall(sentence), *_YEAR.findall(before)[-1:]}:
        return False
    if asks_for("bounds", sentence, language):
        return False
    told = (found.value for found in scan(sentence, language))
    dated = any(isinstance(value, Moment) and value.year is not None for value in told)
    return dated or _in_a_year().search(fold(sentence).text) is not None


def of_another_number(sentence: str, before: str, language: str, asked: Sequence[tuple[str, str]]) -> bool:
    """Whether a sentence names another article, room or line than that `asked`; the last one `before` still holds."""
    if not asked:
        return False
    told, earlier = (numbered(text, language) for text in (sentence, before))
    for thing, _ in asked:
        here = {number for name, number in told if name == thing}
        above = [number for name, number in earlier if name == thing][-1:]
        if here and not {*here, *above} & {"", *(number for name, number in asked if name == thing)}:
            return True
    return False


def numbered(text: str, language: str, counted: bool = True) -> list[tuple[str, str]]:
    """The things that a text names by a number of up to three places, and that: "byelaw 7"; "" for "7 to 9". Without
    what may be `counted`, if so."""
    found: list[tuple[str, str]] = []
    folded = fold(text)
    told = [one for one in scan(text, language) if isinstance(one.value, Moment) or one.value.unit]
    for one in _NUMBERED.finditer(folded.text):
        at = folded.places[one.start(2)]
        thing = "§" if one[1] == "§" else " ".join(terms(one[1], language))
        if not counted and _COUNTED.match(folded.text, one.end()):
            continue
        if thing and not any(value.start <= at < value.end for value in told):
            through = _THROUGH.match(folded.text, one.end())
            found += [(thing, "" if through else number) for number in re.findall(r"\d+[a-z]?", one[0])]
    return found


@cache
def _in_a_year() -> re.Pattern[str]:
    """A word and the year that it tells, no decade: other figures of four places may count anything."""
    words = "|".join(map(re.escape, value_words()["before_a_year"]))
    return re.compile(rf"(?<!\w)(?:{words}) {_YEAR.pattern}(?!s\b|er\b|[/-])")
