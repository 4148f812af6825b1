"""Heads, feet and numbers of pages: found by what goes on from page to page, and set apart from what the pages say.

They stay in the page's text, but no sentence that goes on over the page has them inside.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product

from index.blocks import MARKER, trimmed

LINES = 3  # at either end of a page, at most
NEAR = 2  # pages: heads of left and right pages differ
LONGEST = 200  # characters of a line that may be a head or a foot
_LINE = re.compile(r"^[^\S\n]*\S[^\n]*", re.MULTILINE)
_ITEM = re.compile(r"^[^\S\n]*\(?\d{1,3}[.)]\s*\Z", re.MULTILINE)
INDENT = 80  # columns before the number of an item, at most
_NUMBER = re.compile(r"\d{1,4}|(?<![^\W\d_])[ivxlc]{1,8}(?![^\W\d_])")
_ROMAN = {"i": 1, "v": 5, "x": 10, "l": 50, "c": 100}
# A sentence's end behind a word that is too long for an abbreviation, and the white space before the next; or behind
# any word, before a numbered paragraph.
_END = re.compile(
    r"(?:[^\W\d_]{5}|\d[%)]?)[.!?…][)\]»”\"'⁰¹²³⁴⁵⁶⁷⁸⁹]*\s+|[。！？]\s*"
    r"|[^\W\d_][.!?…][)\]»”\"']*[^\S\n]*\n(?=\s*\(?\d{1,3}[.)]\s)"
)
_OPENING = "«“\"'([¿¡"


@dataclass(frozen=True, slots=True)
class Setting:
    """How many of a page's first and last lines are no part of what it says, and whether its first and its last
    sentence go on from and to other pages."""

    heads: int = 0
    feet: int = 0
    begun: bool = False
    unended: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """A page's text as it is set, for each of its characters the place in the text as it was or -1, and whether what it
    says stands first and last in it."""

    text: str
    places: list[int]
    first: bool
    last: bool


def settings(pages: Sequence[str]) -> list[Setting]:
    """How to set each of the pages of a document."""
    rows = [[found.span() for found in _LINE.finditer(text)] for text in pages]
    lines = [[text[start:end] for start, end in of] for text, of in zip(pages, rows, strict=True)]
    heads = _running(lines)
    feet = _running([of[::-1] for of in lines])
    found: list[Setting] = []
    begun = False
    for number, of in enumerate(lines):
        head = min(heads[number], len(of))
        said = of[head : len(of) - min(feet[number], len(of) - head)]
        unended = number + 1 < len(lines) and _goes_on(said, lines[number + 1][heads[number + 1] :])
        found.append(Setting(head, len(of) - head - len(said), begun, unended))
        begun = unended
    return found


def arranged(text: str, setting: Setting) -> Page:
    """A page with its head and foot set apart. Where its first or last sentence goes on over the page's end, they stand
    inside the page, behind another sentence, if there is one."""
    rows = [found.span() for found in _LINE.finditer(text)]
    said = rows[setting.heads : len(rows) - setting.feet]
    if not (setting.heads or setting.feet) or not said:
        return Page(text, list(range(len(text))), first=True, last=True)
    start, end = said[0][0], said[-1][1]
    ends = _ends(text[start:end])
    above = start + ends[0] if ends and setting.begun else start
    below = start + ends[-1] if ends and setting.unended else end
    parts = [(start, above), (0, start), (above, below), (end, len(text)), (below, end)]
    spans = [span for low, high in parts if (span := trimmed(text, low, high))]
    places: list[int] = []
    for span in spans:
        places += [-1, -1] if places else []
        places += range(span.start, span.end)
    first, last = not setting.heads or above > start, not setting.feet or below < end
    return Page("\n\n".join(text[span.start : span.end] for span in spans), places, first, last)


def arrangements(text: str) -> Iterator[Page]:
    """All ways in which a page may be set."""
    counts = range(LINES + 1)
    for setting in product(counts, counts, (False, True), (False, True)):
        yield arranged(text, Setting(*setting))


def _running(pages: Sequence[list[str]]) -> list[int]:
    """How many first lines of each page stand on one of the pages near it too, or count the pages."""
    told = [[_told(line, number) for line in page[:LINES]] for number, page in enumerate(pages)]
    found = []
    for number, page in enumerate(told):
        near = [*told[max(0, number - NEAR) : number], *told[number + 1 : number + 1 + NEAR]]
        others = {key for other in near for line in other for key in line}
        found.append(next((depth for depth, line in enumerate(page) if not line & others), len(page)))
    return found


def _told(line: str, page: int) -> set[tuple[str, int]]:
    """What a line and its like on other pages have in common: all of it, or all but a number that rises with them."""
    words = " ".join(line.split())
    if len(words) > LONGEST:
        return set()
    found = {(words, 0)} if any(map(str.isalpha, words)) else set()
    for number in _NUMBER.finditer(words):
        rest = f"{words[: number.start()]}\0{words[number.end() :]}"
        found.add((rest, _value(number[0]) - page))
    return found


def _value(number: str) -> int:
    if number.isdecimal():
        return int(number)
    values = [_ROMAN[letter] for letter in number]
    return sum(-one if one < other else one for one, other in zip(values, [*values[1:], 0], strict=True))


def _goes_on(said: Sequence[str], following: Sequence[str]) -> bool:
    """Whether a sentence may go on over the page: before a small letter, or between a word and a figure."""
    if not following:
        return False
    first = following[0].lstrip()[0]
    return first.islower() or (first.isdigit() and bool(said) and said[-1].rstrip()[-1].isalpha())


def _ends(said: str) -> list[int]:
    """Where sentences end in what a page says: at the ends of lines, or, where none does, inside of them."""
    found = [end for end in _END.finditer(said) if _is_end(said, end)]
    return [end.end() for end in found if "\n" in end[0]] or [end.end() for end in found]


def _is_end(said: str, end: re.Match[str]) -> bool:
    """Whether a sentence ends there: not behind the number of an item, nor before what cannot begin another."""
    if _ITEM.search(said, max(0, end.start() - INDENT), end.end()):
        return False
    if "\n" in end[0] and MARKER.match(said, end.end()):
        return True
    first = said[end.end() :].lstrip(_OPENING)[:1]
    return not (first.islower() or first.isdigit() or not first)
