"""What speaks against a candidate, whatever its score: such a sentence may be the closest statement, but no answer.

The score is a fitted sum, in which much likeness to the question outweighs all else. What is told here no sum tells:
that nothing was read in a sentence, that it only asks, that it speaks of another year or of another article, or of no
money where a price was asked for; or that it only says who wrote a mail, and when.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache

from assistant.cells import values
from assistant.folding import fold
from assistant.patterns import table_of
from assistant.question import asks_for
from assistant.scan import Amount, Moment, scan
from assistant.types import Candidate
from index.terms import words as terms
from index.types import Hit, Passage
from prompts import asking, value_words

# Nothing held back scores as much as an answer needs by default (0.3); up to a quarter, its score says how near it is.
LEVEL, SLOPE = 0.24, 0.05
NEAR = 0.5  # of the score of what is held back: from there on, a better reading stands before it
OTHER_KIND = (
    3.0  # logits off: what only looks right (0.85) is no answer then, what surely is (0.98) stays one
)
FAR = 0.1  # of a score: below that, a better reading of the right kind puts nothing in doubt
_YEAR = re.compile(r"(?<!\d)(?<!\d[.,])(?:1[5-9]|20)\d\d(?![.,]?\d)")
_LAST = re.compile(rf"{_YEAR.pattern}[\s?？.!)]*$")
# Of a mail: `index.formats.mail`. A table has such columns too, and a bill "Date" and "From", but no address.
_HEADER = re.compile(r"(?:From|To|Cc|Date): .")
_SENDER = re.compile(r"^From: .*@", re.MULTILINE)
_NUMBERED = re.compile(
    r"([^\W\d_]{3,}|§)\.? ?(\d{1,3}[a-z]?)\b(?![.,:/]\d| ?%)(?:(?:, | (?:and|or|et|ou|und|oder|[yeou&]) )\d{1,3}\b)*"
)
# Of "7 to 9", "room 3 to room 9", "18 or over" and "§ 4 ff." none is told from any other.
_THROUGH = re.compile(
    r" ?(?:(?:-|to|au?|bis) ?(?:\w+ ){0,2}\d|ff?\b|(?:and|or|et|ou|und|oder|[you]) "
    r"(?:over|above|older|more|under|younger|less|fewer|plus|moins|mehr|alter|junger|weniger|mas|menos|mayor)\b)"
)
_COUNTED = re.compile(r" [^\W\d_]+[^\W\d_s]s\b")  # "if I miss 3 sessions": a number of something, and no name
_ASKS = re.compile(r"[?？؟]['\"’”»)\]]*$")
_OPENING, _CLOSING = "'\"‘“„«([¿ ", "'\"’”»)]"


@dataclass(frozen=True, slots=True)
class _Said:
    """A candidate, its sentence, what stands before that in its passage, and the language of both."""

    candidate: Candidate
    sentence: str
    before: str
    language: str


def weighed(
    question: str, language: str, candidates: Sequence[Candidate], hits: Sequence[Hit]
) -> list[Candidate]:
    """The candidates, best first, with the scores of those lowered that something speaks against; none is left out."""
    passages = {hit.rank: hit.passage for hit in hits}
    said = [_said(one, passages[one.rank]) for one in candidates]
    said = _by_kind(question, language, said)
    years = set() if asks_for("time", question, language) else _years_asked(question, language)
    numbered = _numbered(question, language, counted=False)
    of_mail = asks_for("mail", question, language) or not asking("mail", language)
    among = len(hits) > 1  # of a single passage, half of what was read so weakly is right
    held = [
        (among and _reads_nothing(one))
        or only_asks(one.sentence)
        or _of_another_year(one, years)
        or _of_another_number(one, numbered)
        or (not of_mail and _heads_a_mail(one.sentence, passages[one.candidate.rank].text))
        for one in said
    ]
    best = max(
        (one.candidate.score for one, back in zip(said, held, strict=True) if not back and _read(one)),
        default=0.0,
    )
    found = [
        replace(one.candidate, score=_held_back(one.candidate.score, best)) if back else one.candidate
        for one, back in zip(said, held, strict=True)
    ]
    return sorted(found, key=lambda c: (-c.score, c.rank, c.span.start))


def only_asks(sentence: str) -> bool:
    """Whether a sentence is itself a question, and none that a longer statement quotes."""
    end = _ASKS.search(sentence.rstrip())
    quoted = end is not None and any(mark in _CLOSING for mark in end[0])
    return end is not None and (not quoted or sentence.lstrip()[:1] in _OPENING)


def _said(candidate: Candidate, passage: Passage) -> _Said:
    start, end = (at - passage.start for at in (candidate.quote.start, candidate.quote.end))
    before = f"{passage.context}\n{passage.text[:start]}"
    return _Said(candidate, passage.text[start:end], before, passage.language)


def _read(one: _Said) -> bool:
    """Whether there is more to read in it than nothing, as far as that is known."""
    return one.candidate.margin is None or one.candidate.margin > 0


def _reads_nothing(one: _Said) -> bool:
    return one.candidate.margin is not None and one.candidate.margin < 0


def _held_back(score: float, best: float) -> float:
    """Below any answer, and below the `best` of what is not held back unless that is far off; in the same order."""
    low = min(score, LEVEL + SLOPE * score)
    return min(low, best * score) if best >= NEAR * low else low


def _years_asked(question: str, language: str) -> set[str]:
    """The one year that a question asks about; none that it compares, takes as a bound, or only names a thing by."""
    compared = asks_for("years", question, language) or asks_for("bounds", question, language)
    if len(_YEAR.findall(question)) != 1 or compared:
        return set()
    if not (_in_a_year().search(fold(question).text) or _LAST.search(question)):
        return set()
    return set(_YEAR.findall(question))


def _of_another_year(one: _Said, asked: set[str]) -> bool:
    """Whether a sentence tells of years, but not of that `asked`; after one that was, it may still speak of that, and
    what began before may still last."""
    if not asked or asked & {*_YEAR.findall(one.sentence), *_YEAR.findall(one.before)[-1:]}:
        return False
    if asks_for("bounds", one.sentence, one.language):
        return False
    told = (found.value for found in scan(one.sentence, one.language))
    dated = any(isinstance(value, Moment) and value.year is not None for value in told)
    return dated or _in_a_year().search(fold(one.sentence).text) is not None


def _of_another_number(one: _Said, asked: Sequence[tuple[str, str]]) -> bool:
    """Whether a sentence names another article, room or line than that `asked`; the last one before it still holds."""
    if not asked:
        return False
    told, before = (_numbered(text, one.language) for text in (one.sentence, one.before))
    for thing, _ in asked:
        here = {number for name, number in told if name == thing}
        above = [number for name, number in before if name == thing][-1:]
        if here and not {*here, *above} & {"", *(number for name, number in asked if name == thing)}:
            return True
    return False


def _numbered(text: str, language: str, counted: bool = True) -> list[tuple[str, str]]:
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


def _heads_a_mail(sentence: str, passage: str) -> bool:
    return bool(_HEADER.match(sentence) and not values(sentence) and _SENDER.search(passage))


@cache
def _in_a_year() -> re.Pattern[str]:
    """A word and the year that it tells, no decade: other figures of four places may count anything."""
    words = "|".join(map(re.escape, value_words()["before_a_year"]))
    return re.compile(rf"(?<!\w)(?:{words}) {_YEAR.pattern}(?!s\b|er\b|[/-])")


def _by_kind(question: str, language: str, said: Sequence[_Said]) -> list[_Said]:
    """Less for a span of another kind than was asked for, if more is read in one of the right kind."""
    kind = next((kind for kind in ("money", "time", "count") if asks_for(kind, question, language)), "")
    if not kind:
        return list(said)
    fits = [_fits(kind, one) for one in said]
    right = [one.candidate for one, fit in zip(said, fits, strict=True) if fit == "right"]
    return [
        replace(one, candidate=replace(one.candidate, score=_less(one.candidate.score)))
        if fit == "wrong" and any(_better_read(other, one.candidate) for other in right)
        else one
        for one, fit in zip(said, fits, strict=True)
    ]


def _better_read(one: Candidate, than: Candidate) -> bool:
    """Whether more is read in a span than in another, and its score is not so far off that it is of something else."""
    if one.margin is None or than.margin is None:
        return False
    return one.margin > max(0.0, than.margin) and one.score >= FAR * than.score


def _fits(kind: str, one: _Said) -> str:
    """Whether a span is "right" or "wrong" for "money", a "time" or a "count", or neither can be told."""
    at, span = one.candidate.quote.start, one.candidate.span
    start, end = span.start - at, span.end - at
    told = [v.value for v in scan(one.sentence, one.language) if v.start < end and start < v.end]
    words = one.sentence[start:end]
    money = any(isinstance(value, Amount) and value.unit in _currencies() for value in told)
    counts = any(isinstance(value, Amount) and value.unit not in _currencies() for value in told)
    dated = any(isinstance(value, Moment) for value in told)
    if kind == "money":
        bare = all(
            isinstance(value, Amount) and not value.unit for value in told
        )  # of a table, it may be a sum
        return (
            "right" if money else "" if bare and values(one.sentence) else "wrong" if counts or dated else ""
        )
    if kind == "time":
        timely = re.search(r"\d", words) or set(re.findall(r"\w+", fold(words).text)) & _seasons()
        return "right" if dated else "" if told or timely else "wrong"
    return "right" if counts and not dated else "wrong" if money or dated else ""


def _less(score: float) -> float:
    odds = score / (1 - score) * math.exp(-OTHER_KIND) if score < 1 else 1.0
    return odds / (1 + odds)


@cache
def _currencies() -> frozenset[str]:
    return frozenset(table_of("currencies").values())


@cache
def _seasons() -> frozenset[str]:
    return frozenset(value_words()["seasons"])
