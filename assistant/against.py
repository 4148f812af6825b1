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

from assistant.cells import values
from assistant.kinds import fits, kind_asked
from assistant.other import numbered, of_another_number, of_another_year, years_asked
from assistant.question import asks_for
from assistant.types import Candidate
from index.types import Hit, Passage
from prompts import asking

# Nothing held back scores as much as an answer needs by default (0.3); up to a quarter, its score says how near it is.
LEVEL, SLOPE = 0.24, 0.05
NEAR = 0.5  # of the score of what is held back: from there on, a better reading stands before it
# Logits off: what only looks right (0.85) is no answer then, what surely is (0.98) stays one.
OTHER_KIND = 3.0
FAR = 0.1  # of a score: below that, a better reading of the right kind puts nothing in doubt
# Of a mail: `index.formats.mail`. A table has such columns too, and a bill "Date" and "From", but no address.
_HEADER = re.compile(r"(?:From|To|Cc|Date): .")
_SENDER = re.compile(r"^From: .*@", re.MULTILINE)
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
    years = set() if asks_for("time", question, language) else years_asked(question, language)
    things = numbered(question, language, counted=False)
    of_mail = asks_for("mail", question, language) or not asking("mail", language)
    among = len(hits) > 1  # of a single passage, half of what was read so weakly is right
    held = [
        (among and _reads_nothing(one))
        or only_asks(one.sentence)
        or of_another_year(one.sentence, one.before, one.language, years)
        or of_another_number(one.sentence, one.before, one.language, things)
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


def _heads_a_mail(sentence: str, passage: str) -> bool:
    return bool(_HEADER.match(sentence) and not values(sentence) and _SENDER.search(passage))


def _by_kind(question: str, language: str, said: Sequence[_Said]) -> list[_Said]:
    """Less for a span of another kind than was asked for, if more is read in one of the right kind."""
    kind = kind_asked(question, language)
    if not kind:
        return list(said)
    fitting = [fits(kind, one.candidate, one.sentence, one.language) for one in said]
    right = [one.candidate for one, fit in zip(said, fitting, strict=True) if fit == "right"]
    return [
        replace(one, candidate=replace(one.candidate, score=_less(one.candidate.score)))
        if fit == "wrong" and any(_better_read(other, one.candidate) for other in right)
        else one
        for one, fit in zip(said, fitting, strict=True)
    ]


def _better_read(one: Candidate, than: Candidate) -> bool:
    """Whether more is read in a span than in another, and its score is not so far off that it is of something else."""
    if one.margin is None or than.margin is None:
        return False
    return one.margin > max(0.0, than.margin) and one.score >= FAR * than.score


def _less(score: float) -> float:
    odds = score / (1 - score) * math.exp(-OTHER_KIND) if score < 1 else 1.0
    return odds / (1 + odds)
