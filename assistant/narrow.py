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
    one, other = (asked & set(told) for told in _beside(sentence, found[0], found[1], language))
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


def _beside(sentence: str, one: Found, other: Found, language: str) -> tuple[list[str], list[str]]:
    """The terms of what is said of each of two figures, behind both or before both: where what joins them stands tells
    which. As many of each: what follows may be said of both ("… and 2.50 for children in the pool"), and what one of
    them counts, the other may count too ("40 people in Lyon and 25 in Paris")."""
    gap = sentence[one.end : other.start]
    joined = list(_joint().finditer(gap))
    if not joined:
        return [], []
    before, behind = gap[: joined[0].start()], gap[joined[-1].end() :]
    if words(before, language) and not words(behind, language):
        if not words(_word(sentence, other.end), language):
            before = _past_counted(before, language)
        first, second = words(before, language), words(_MARK.split(sentence[other.end :])[0], language)
    elif words(behind, language) and not words(before, language):
        first, second = _led_alike(sentence[: one.start], behind, language), words(behind, language)
    else:
        return [], []
    most = min(len(first), len(second))
    return first[:most], second[:most]


def _past_counted(text: str, language: str) -> str:
    """What stands behind the words that a figure counts, up to the first that has no weight: " people in Lyon"."""
    for word in re.finditer(r"\w+", text):
        if not words(word[0], language):
            return text[word.start() :]
    return ""


def _led_alike(text: str, like: str, language: str) -> list[str]:
    """The terms behind the word at the head of `like`, where that leads to them in a text too: "aux adultes"."""
    head = re.search(r"\w+", like)
    if head is None or words(head[0], language):
        return []
    led = re.split(rf"\b{head[0]}\b", _MARK.split(text)[-1], flags=re.IGNORECASE)
    return words(led[-1], language) if len(led) > 1 else []


@cache
def _joint() -> re.Pattern[str]:
    return re.compile(rf",|;|\b(?:{'|'.join(value_words()['joints'])})\b", re.IGNORECASE)
