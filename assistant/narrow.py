"""Of two figures in one span, the one of which the question speaks: "4.50 for adults and 2.50 for children"."""

from __future__ import annotations

import re
from functools import cache

from assistant.cells import values
from assistant.scan import Amount, Found, Moment, scan
from index.terms import words
from index.types import Span
from prompts import FOLLOWED, value_words

_MARK = re.compile(r"[,;:()–—.!?…](?!\d)")


def narrowed(text: str, span: Span, quote: Span, language: str, question: str, asked_in: str) -> Span:
    """`span` inside its sentence `quote`, both of `text`: the one figure that stands with words of the question, where
    it holds two of one kind and the other stands with none. As it is where that cannot be told, or where the question
    is in another language."""
    sentence = text[quote.start : quote.end]
    start, end = span.start - quote.start, span.end - quote.start
    if asked_in != language or language not in FOLLOWED or values(sentence):
        return span
    found = [one for one in scan(sentence, language) if start <= one.start and one.core <= end and _kind(one)]
    if len(found) != 2 or _kind(found[0]) != _kind(found[1]):
        return span
    asked = set(words(question, language))
    told = _beside(sentence, found[0], found[1], language)
    one, other = (asked & set(words(beside, language)) for beside in told)
    if bool(one - other) == bool(other - one):
        return span
    chosen = found[0] if one - other else found[1]
    measures = {_word(sentence, figure.end) for figure in found}  # "6 knots … or 10 knots"
    measure = measures.pop() if len(measures) == 1 else ""
    measure = measure if words(measure, language) else ""
    return Span(quote.start + chosen.start, quote.start + chosen.end + len(measure))


def _kind(found: Found) -> str:
    """What two figures have in common of which one is chosen; "" for what is no such figure."""
    match found.value:
        case Amount(unit=unit):
            return unit or "number"
        case Moment(time=time) if time:
            return "time"
    return ""


def _word(sentence: str, start: int) -> str:
    """The word right behind a place, with the space before it."""
    found = re.match(r"\s[^\W\d_]+", sentence[start:])
    return found[0] if found else ""


def _beside(sentence: str, one: Found, other: Found, language: str) -> tuple[str, str]:
    """What is said of each of two figures, behind both or before both: where what joins them stands tells which."""
    gap = sentence[one.end : other.start]
    joined = list(_joint().finditer(gap))
    if not joined:
        return "", ""
    before, behind = gap[: joined[0].start()], gap[joined[-1].end() :]
    if words(before, language) and not words(behind, language):
        return before, _MARK.split(sentence[other.end :])[0]
    if words(behind, language) and not words(before, language):
        return _MARK.split(sentence[: one.start])[-1], behind
    return "", ""


@cache
def _joint() -> re.Pattern[str]:
    return re.compile(rf",|;|\b(?:{'|'.join(value_words()['joints'])})\b", re.IGNORECASE)
