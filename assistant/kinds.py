"""Whether a span is of the kind that was asked for: money, a time or a count."""

from __future__ import annotations

import re
from functools import cache

from assistant.cells import values
from assistant.folding import fold
from assistant.patterns import table_of
from assistant.question import asks_for
from assistant.scan import Amount, Moment, scan
from assistant.types import Candidate
from prompts import value_words

KINDS = ("money", "time", "count")


def kind_asked(question: str, language: str) -> str:
    """One of KINDS; "" for any other."""
    return next((kind for kind in KINDS if asks_for(kind, question, language)), "")


def fits(kind: str, candidate: Candidate, sentence: str, language: str) -> str:
    """ "right" or "wrong", or "" where neither can be told; `sentence` is the candidate's."""
    at, span = candidate.quote.start, candidate.span
    start, end = span.start - at, span.end - at
    told = [v.value for v in scan(sentence, language) if v.start < end and start < v.end]
    words = sentence[start:end]
    money = any(isinstance(value, Amount) and value.unit in _currencies() for value in told)
    counts = any(isinstance(value, Amount) and value.unit not in _currencies() for value in told)
    dated = any(isinstance(value, Moment) for value in told)
    if kind == "time":
        timely = re.search(r"\d", words) or set(re.findall(r"\w+", fold(words).text)) & _seasons()
        return "right" if dated else "" if told or timely else "wrong"
    if kind == "count":
        return "right" if counts and not dated else "wrong" if money or dated else ""
    if money:
        return "right"
    bare = all(isinstance(value, Amount) and not value.unit for value in told)
    if bare and values(sentence):  # a bare figure of a table may be a sum
        return ""
    return "wrong" if counts or dated else ""


@cache
def _currencies() -> frozenset[str]:
    return frozenset(table_of("currencies").values())


@cache
def _seasons() -> frozenset[str]:
    return frozenset(value_words()["seasons"])
