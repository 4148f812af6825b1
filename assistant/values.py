"""What an answer says, apart from how it is written: two answers with equal values are one answer."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from functools import cache, lru_cache
from unicodedata import category

from assistant.folding import fold
from assistant.scan import Amount, Found, Moment, scan
from prompts import value_words

FAR = Decimal("1.25")  # times as much is another figure, though one of both is told as "about" so much
COUNTED = 3  # words after a number that may say what it counts
CURRENCY = "$€£¥₹₩₽₺₴₫₦₱₪฿"
SIGNS = frozenset(f"{CURRENCY}%#+")  # that are a part of a name: "C++", "C#", "A+"


@dataclass(frozen=True, slots=True)
class Words:
    """Anything that is no figure: its words without case, accents, punctuation and a leading article."""

    words: str


Value = Amount | Moment | Words


@lru_cache(maxsize=4096)
def value_of(text: str, language: str) -> Value:
    """The value of a whole answer in `language` (ISO 639-1): a figure or a date only if nothing else stands there."""
    found = scan(text, language)
    if found and bound().fullmatch(fold(text[: found[0].start]).text.strip()):
        value = value_of(text[found[0].start :], language)
        return behind(text[: found[0].start], value) if isinstance(value, Amount) else Words(_name(text))
    rest = _rest(text, found)
    exact = [word for word in rest if word not in _about()]
    match [one.value for one in found]:
        case [Moment() as one] if not rest:
            return one
        case [Moment() as one, Moment() as two] if not rest and _together(one, two):
            return _joined(one, two)
        case [Amount() as one] if len(exact) <= COUNTED and (not exact or _first(text, found[0])):
            unit = " ".join([one.unit, *exact]).strip()
            return replace(one, unit=unit, rough=len(exact) < len(rest))
    return Words(_name(text))


def tells_more(one: Value, other: Value) -> bool:
    """Whether `one` is the same as `other`, told more exactly: a date with its year, a number with its unit."""
    match one, other:
        case Amount(), Amount():
            more, less = one.unit.split(), other.unit.split()
            same = one.number == other.number and more[: len(less)] == less
            return (
                same
                and not _scales() & set(more[len(less) :])
                and one.rough <= other.rough
                and one.bound in ("", other.bound)
                and (len(more), not one.rough) > (len(less), not other.rough)
            )
        case Moment(), Moment():
            shared = [(a, b) for a, b in zip(_fields(one), _fields(other), strict=True) if b is not None]
            return (
                one != other
                and other != Moment(weekday=other.weekday)
                and all(a == b for a, b in shared)
                and _told(one) > _told(other)
            )
        case Moment(), Amount():
            return one.year is not None and other == Amount(Decimal(one.year))
    return False


def contradict(one: Value, other: Value) -> bool:
    """Whether both cannot be right as answers to one question. Names are never said to: one may have several."""
    match one, other:
        case Amount(), Amount():
            return (
                not (one.bound or other.bound)
                and one.unit == other.unit
                and (
                    _far(one.number, other.number)
                    if one.rough or other.rough
                    else not _rounded(one.number, other.number)
                )
            )
        case Moment(), Moment():
            return any(
                a is not None and b is not None and not _within(a, b)
                for a, b in zip(_fields(one), _fields(other), strict=True)
            )
        case (Moment() as moment, Amount() as bare) | (Amount() as bare, Moment() as moment):
            return moment.year is not None and _year(bare) not in (None, moment.year)
    return False


def _year(amount: Amount) -> int | None:
    """The year that a bare number may be."""
    bare = not amount.unit and not amount.rough and amount.number == amount.number.to_integral_value()
    return int(amount.number) if bare and 1000 <= amount.number <= 2199 else None


def _within(one: object, other: object) -> bool:
    if isinstance(one, tuple) and isinstance(other, tuple) and len(one) != len(other):
        return set(one) <= set(other) or set(other) <= set(one)
    return one == other


def _fields(moment: Moment) -> tuple[object, ...]:
    """The fields that are told, the weekday of a date worked out."""
    year, month, days, weekday, time = _raw(moment)
    return (year, month, days, _dated(moment) if weekday is None else weekday, time)


def _raw(moment: Moment) -> tuple[object, ...]:
    return (moment.year, moment.month, moment.days, moment.weekday, moment.time)


def _dated(moment: Moment) -> int | None:
    """The weekday of a whole date, else None."""
    if moment.year is None or moment.month is None or moment.days is None or len(moment.days) != 1:
        return None
    return date(moment.year, moment.month, moment.days[0]).weekday()


def _told(moment: Moment) -> int:
    return sum(field is not None for field in _fields(moment))


def _together(one: Moment, two: Moment) -> bool:
    """Whether both tell of one moment: a date and its weekday or its hour, not two dates."""
    told = zip(_fields(one), _fields(two), strict=True)
    return all(a is None or b is None or a == b for a, b in told) and one != two


def _joined(one: Moment, two: Moment) -> Moment:
    told = [
        one_of if one_of is not None else other for one_of, other in zip(_raw(one), _raw(two), strict=True)
    ]
    both = Moment(*told)  # type: ignore[arg-type]  # the fields in their order
    return replace(both, weekday=None) if _dated(both) is not None else both


def _rounded(one: Decimal, other: Decimal) -> bool:
    """Whether two numbers are the same, or one is the other in fewer figures: 1.2 million for 1,203,400."""
    if one == other:
        return True
    rough, fine = sorted((one, other), key=lambda n: -_exponent(n))
    unit = Decimal(1).scaleb(_exponent(rough))
    try:
        return _exponent(rough) > _exponent(fine) and fine.quantize(unit, ROUND_HALF_UP) == rough
    except InvalidOperation:  # more figures than a Decimal keeps
        return False


def _far(one: Decimal, other: Decimal) -> bool:
    """Whether two numbers are too far apart for one to be the other in round figures."""
    less, more = sorted((abs(one), abs(other)))
    return (one < 0) != (other < 0) or more > FAR * less


def _exponent(number: Decimal) -> int:
    exponent = number.as_tuple().exponent
    return exponent if isinstance(exponent, int) else 0


def _first(text: str, found: Found) -> bool:
    """Whether nothing but small words stands before a value."""
    return all(word in _about() for word in _rest(text[: found.start], []))


def _rest(text: str, found: list[Found]) -> list[str]:
    """The words of a text beside its values that carry weight."""
    cut, at = [], 0
    for one in found:
        cut.append(text[at : one.start])
        at = one.end
    return [
        word
        for word in re.findall(rf"\w?[{CURRENCY}]|\w+|[<>≤≥±~≈]", fold(" ".join([*cut, text[at:]])).text)
        if word not in _small()
    ]


def _name(text: str) -> str:
    folded = fold(text).text
    # "1/2" is not "1-2", but "2023/24" is "2023-24"
    folded = re.sub(r"(?<!\d)(\d{1,3})/(?=\d{1,3}(?!\d))", r"\1⁄", folded)
    kept = SIGNS | {"⁄"}
    words = "".join(c if c.isalnum() or category(c)[0] == "M" or c in kept else " " for c in folded).split()
    while len(words) > 1 and words[0] in _articles() | _titles():
        words.pop(0)
    return " ".join(words) or text.strip()


@cache
def _small() -> frozenset[str]:
    return frozenset(value_words()["small"])


@cache
def _about() -> frozenset[str]:
    return frozenset(value_words()["about"])


def behind(before: str, value: Amount) -> Amount:
    """An amount as it is told behind a text: a rough one after "around", a bound after "at least"."""
    said = bound().search(fold(before).text.rstrip())
    if not said:
        return value
    most, least = (value_words()[name] for name in ("upper_bounds", "bounds"))
    return replace(
        value, rough=True, bound="most" if said[0] in most else "least" if said[0] in least else ""
    )


@cache
def bound() -> re.Pattern[str]:
    """A word that makes a figure a rough one or a bound, at the end of a folded text: "around", "at least"."""
    names = ("about", "bounds", "upper_bounds")
    listed = sorted((word for name in names for word in value_words()[name]), key=len, reverse=True)
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, listed))})$")


@cache
def _scales() -> frozenset[str]:
    return frozenset(fold(word).text for word in value_words()["scales"])


@cache
def _titles() -> frozenset[str]:
    return frozenset(value_words()["titles"])


@cache
def _articles() -> frozenset[str]:
    return frozenset(value_words()["articles"])
