"""A span as a reader found it -> the span that is shown: no stray marks, and the whole of a figure or a date."""

from __future__ import annotations

import re
from functools import lru_cache
from unicodedata import category

from assistant.folding import fold
from assistant.scan import Amount, Found, Moment, scan
from assistant.values import bound
from index.types import Span
from prompts import value_words

OPENING = frozenset("\"'«“„‘‹([{")
CLOSING = {
    "»": "«",
    "”": "“„",
    "’": "‘",
    "›": "‹",
    ")": "(",
    "]": "[",
    "}": "{",
    '"': '"',
    "'": "'",
    "“": "„",
    "‘": "‚",
}
_BETWEEN = re.compile(r"(?<!\w)(?:between|entre|zwischen) $")
_CLAUSE = re.compile(r"(?:[^,;:!?…]|[,:](?=\d))*")  # a stop inside a sentence is of a word or of a figure
_HOUR = re.compile(r"\d ?[ap]m\.$", re.IGNORECASE)  # with the stop of a sentence: "p.m." has one of its own
STOPS = frozenset(".!?…。！？")  # of a sentence, where they are not of a word


def trim(text: str, span: Span, quote: Span, language: str) -> Span:
    """`span` inside its sentence `quote`, both of `text`, without marks at its ends that belong to the sentence, and
    widened to the ends of each figure, sum or date that it cuts, and over an "at least" or a "not" before it; one that
    ends with "not" goes on to the end of its clause. A number that was taken whole stays without its measure: the
    question may have named it. A span that is the whole sentence stays so.
    """
    sentence = text[quote.start : quote.end]
    start, end = _bare(sentence, span.start - quote.start, span.end - quote.start)
    if _bare(sentence, 0, len(sentence)) == (start, end):
        return span
    for found in _values(sentence, language):
        cut = start > found.start or end < found.core or found.core < end < found.end
        if found.start < end and start < found.end and cut:
            if start > found.start and not _whole_itself(found, sentence[start : found.end]):
                start = found.start
            end = max(end, found.end)
    if _HOUR.search(sentence[:end]) and not any(map(str.isalnum, sentence[end:])):
        end -= 1
    start, end = _quoted(sentence, start, end)
    start = _bounded(sentence, start, end, language)
    start = _denied(sentence, start, language)
    end = _denying(sentence, start, end, language)
    return Span(quote.start + start, quote.start + end)


def _quoted(sentence: str, start: int, end: int) -> tuple[int, int]:
    """The same with the straight quote that stands right beside it and has its partner inside."""
    if sentence.count('"', start, end) % 2:
        if sentence[end : end + 1] == '"':
            return start, end + 1
        if start and sentence[start - 1] == '"':
            return start - 1, end
    return start, end


def _bounded(sentence: str, start: int, end: int, language: str) -> int:
    """Where the "at least" begins that stands right before a figure at `start`, or the "between" before two."""
    found = [one for one in _values(sentence, language) if start <= one.start < end]
    if not found or found[0].start != start or not isinstance(found[0].value, Amount):
        return start
    before = fold(sentence[:start])
    between = _BETWEEN.search(before.text) if len(found) == 2 else None
    rough = bound().search(before.text.rstrip())
    eaten = rough and rough[0] == "ate" and language != "pt"
    place = between or (None if eaten else rough)
    return before.places[place.start()] if place else start


def _denying(sentence: str, start: int, end: int, language: str) -> int:
    """The end of the clause, for a span that ends with a "not" and so lacks what is not so."""
    words = "|".join(value_words()["negations"].get(language, ()))
    if not words or not re.search(rf"(?<!\w)(?:{words})$", sentence[start:end], re.IGNORECASE):
        return end
    rest = _CLAUSE.match(sentence, end)
    return _bare(sentence, start, rest.end())[1] if rest else end


def _denied(sentence: str, start: int, language: str) -> int:
    """Where the "not" begins that stands right before `start`, without which the span would say the contrary."""
    words = "|".join(value_words()["negations"].get(language, ()))
    before = sentence[:start]
    found = re.search(rf"(?<!\w)(?<!\bor )(?:{words})\s+$", before, re.IGNORECASE) if words else None
    step = language == "fr" and not re.search(r"\bn(?:e |['’])", before)  # "trois pas vers la gare"
    name = language == "es" and sentence[start : start + 1].isupper()  # "dijo que no María vendrá"
    return found.start() if found and not step and not name else start


def _whole_itself(found: Found, rest: str) -> bool:
    """Whether the rest of a date can stand alone, as its month and year or its year do: "May 2012" for 4 May 2012."""
    return isinstance(found.value, Moment) and bool(re.match(r"[^\W\d]|\d{4}(?!\d)", rest))


@lru_cache(maxsize=1024)
def _values(sentence: str, language: str) -> tuple[Found, ...]:
    return tuple(scan(sentence, language))


def _bare(sentence: str, start: int, end: int) -> tuple[int, int]:
    """The same without spaces, commas and lone quotes round it; unchanged if nothing else is there."""
    low, high = start, end
    while low < high and _loose_before(sentence, low, high):
        low += 1
    while low < high and _loose_after(sentence, low, high):
        high -= 1
    return (low, high) if low < high else (start, end)


def _loose_before(sentence: str, low: int, high: int) -> bool:
    character = sentence[low]
    if character in OPENING:  # kept where its partner closes inside the span
        rest = sentence[low + 1 : high]
        return not any(character in CLOSING.get(other, "") for other in rest.rstrip("".join(STOPS))[:-1])
    if character == "." and low + 1 < high and sentence[low + 1].isalnum():  # ".5", ".NET"
        return low > 0 and (sentence[low - 1].isalnum() or sentence[low - 1] == ".")
    return _blank(character) or character in CLOSING or character in ",;:–—•…" or character in STOPS


def _loose_after(sentence: str, low: int, high: int) -> bool:
    character = sentence[high - 1]
    if character in CLOSING:
        return not any(other in CLOSING[character] for other in sentence[low : high - 1])
    if character in STOPS:
        word = sentence[low:high].split()[-1]
        at_end = all(not other.isalnum() for other in sentence[high:])
        return at_end and not (character == "." and "." in word[:-1])
    return _blank(character) or character in OPENING or character in ",;:–—•"


def _blank(character: str) -> bool:
    return character.isspace() or category(character) == "Cf"
