"""A statement that its sentence denies is shown with what denies it: "not yet been approved by the ministry"."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from index.types import Span
from prompts import FOLLOWED, denials, value_words

NEAR = 5  # words between a negation and an answer: of a verb and what stands beside it
FAR = 12  # and between "denied that" and an answer
_MARKS = r"[,;:()–—…«»“”\"]"


@dataclass(frozen=True, slots=True)
class _Patterns:
    """Of one language, ready to be searched for; `border` ends a clause, `relative` one that may end anywhere."""

    negation: re.Pattern[str]
    condition: re.Pattern[str]
    distance: re.Pattern[str]
    border: re.Pattern[str]
    relative: re.Pattern[str]


def denies(question: str) -> bool:
    """Whether a question, in any language that we know, holds a negation or a word such as "claim" itself."""
    return any(_asked(language).search(question) for language in FOLLOWED)


def with_denial(text: str, span: Span, quote: Span, language: str) -> Span:
    """`span`, from "denied that" or "not" on where such a word stands before it in its clause of the sentence `quote`,
    and governs what it says; as it is in a language of which these words are not known."""
    if language not in FOLLOWED:
        return span
    patterns = _patterns(language)
    before = text[quote.start : span.start]
    start = _negation(before[: _distance(before, patterns)], patterns)
    return Span(quote.start + start, span.end)


def _distance(before: str, patterns: _Patterns) -> int:
    """Where the last "denied that" begins, if what follows is one clause; else the end."""
    for found in [*patterns.distance.finditer(before)][-1:]:
        rest = before[found.end() :]
        if (
            len(rest.split()) <= FAR
            and not patterns.border.search(rest)
            and not patterns.relative.search(rest)
        ):
            return found.start()
    return len(before)


def _negation(before: str, patterns: _Patterns) -> int:
    """Where the last negation begins, if it stands in the clause that `before` ends with; else the end."""
    start = max((border.end() for border in patterns.border.finditer(before)), default=0)
    for found in [*patterns.negation.finditer(before, start)][-1:]:
        rest = before[found.end() :]
        if len(rest.split()) > NEAR or patterns.relative.search(before, start):
            return len(before)
        if patterns.condition.search(before[start : found.start()]):
            return found.start(found.lastindex or 0)
    return len(before)


@cache
def _patterns(language: str) -> _Patterns:
    listed = denials(language)
    negations = "|".join(listed["negations"])
    idle = _words(listed["idle"])
    return _Patterns(
        re.compile(rf"(?<!\w)(?<!\bor )(?:{negations})(?=\s)(?!\s+{idle})", re.IGNORECASE),
        re.compile(listed["condition"], re.IGNORECASE),
        re.compile(rf"{_words(listed['denying'])},?\s+{_words([listed['that']])}", re.IGNORECASE),
        re.compile(rf"{_MARKS}|{_words([*listed['joins'], *listed['borders']])}", re.IGNORECASE),
        re.compile(_words(listed["relatives"]), re.IGNORECASE),
    )


@cache
def _asked(language: str) -> re.Pattern[str]:
    listed = denials(language)
    return re.compile(
        _words([*value_words()["negations"][language], *listed["negations"], *listed["denying"]])
        + r"(?!\.\s*\d)",  # "No. 5"
        re.IGNORECASE,
    )


def _words(listed: list[str]) -> str:
    """A pattern of whole words; one that ends with an apostrophe may go on."""
    return rf"(?<!\w)(?:{'|'.join(listed)})(?:(?!\w)|(?<=['’]))"
