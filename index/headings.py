"""Which sentence is a heading, and what a text without a declared title is called."""

from __future__ import annotations

import re

from index.blocks import MARKER, field_of, lines
from index.types import Span

LONGEST = 100  # characters of a line that may be a heading
TITLE_LINES = 10  # filled lines from the top that may hold the title
TITLE_WORDS = 3

_MARKDOWN = re.compile(r"\s{0,3}(#{1,6})\s+(.*?)\s*#*\s*$")
_SETEXT = re.compile(r"\s{0,3}(?:=+|-+)\s*$")
_EMPHASIS = re.compile(r"[*_`]+|\[([^\]]*)\]\([^)]*\)")
# "Clause 7. Governing law", "§ 3. Opening hours", "II. History", "4.1. Costs": a number with what it numbers.
_NUMBERED = re.compile(
    r"(?:[^\W\d_]+\.? |§+ ?)?(?:\d{1,3}(?:\.\d{1,3})*|[IVXLC]+|[A-Z])\.\s+(?:[–—-]\s+)?((?:(?![.!?…。！？]\s).)+)"
)
_FIELDS = re.compile(r"; [^:;]{1,60}: ")
_ROMAN = frozenset("IVX")  # that may number a heading alone
_STOPS = ".!?…。！？؟।"
_CLOSING = '.!?…:;,。！？؟।»”"'


def is_heading(text: str, span: Span) -> bool:
    """Whether a sentence is a Markdown heading, or a short line of its own that no stop ends."""
    sentence = text[span.start : span.end]
    if len(sentence) > LONGEST or len(_rows(sentence)) > 1 or not any(map(str.isalpha, sentence)):
        return False
    before = _rows(text[max(0, span.start - LONGEST) : span.start])
    after = _rows(text[span.end : span.end + LONGEST])
    if before[-1] or after[0]:
        return False  # not alone on its line
    if _MARKDOWN.match(sentence):
        return True
    if sentence[0].islower() or sentence[-1] in _CLOSING or _is_field(text, span):
        return False
    apart = before[-2:-1] in ([], [""]) and after[1:2] == [""]
    return not MARKER.match(sentence) or ((sentence[0].isdigit() or sentence[0] in _ROMAN) and apart)


def is_one_heading(text: str, block: Span) -> bool:
    """Whether a short line is a heading in which the stop behind a number ends no sentence: a Markdown one, or one that
    stands apart from what is above it and that no stop ends."""
    line = text[block.start : block.end].strip()
    if len(line) > LONGEST or len(_rows(line)) > 1:
        return False
    if _MARKDOWN.match(line):
        return True
    found = _NUMBERED.fullmatch(line)
    if not found or line[0].islower() or found[1][0].islower() or line[-1] in _CLOSING:
        return False
    return not any(_rows(text[max(0, block.start - LONGEST) : block.start])[-2:])


def _is_field(text: str, span: Span) -> bool:
    """Whether a line is one of several short, open fields, or holds several; one alone may be a title: "Sudan: a year
    on"."""
    sentence = text[span.start : span.end]
    if not field_of(sentence):
        return False
    before = [row for row in _rows(text[max(0, span.start - 3 * LONGEST) : span.start]) if row]
    after = [row for row in _rows(text[span.end : span.end + 3 * LONGEST]) if row]
    beside = [row for row in (*before[-1:], *after[:1]) if len(row) <= LONGEST and row[-1] not in _STOPS]
    return _FIELDS.search(sentence) is not None or any(map(field_of, beside))


def _rows(text: str) -> list[str]:
    return [text[row.start : row.end].strip() for row in lines(text)]


def heading_words(sentence: str) -> str:
    """A heading without its marks, on one line."""
    found = _MARKDOWN.match(sentence)
    return " ".join(_EMPHASIS.sub(r"\1", found[2] if found else sentence).split())


def markdown_title(text: str) -> str:
    """The first Markdown heading, or ""."""
    before = ""
    for row in text.lstrip("\ufeff").splitlines():
        if _MARKDOWN.match(row):
            return heading_words(row)
        if before.strip() and _SETEXT.match(row):
            return heading_words(before)
        before = row
    return ""


def first_title(text: str) -> str:
    """The first short line of at least three words near the top, or ""."""
    filled = (row.strip("\ufeff \t") for row in text[:20_000].splitlines() if row.strip())
    for _, row in zip(range(TITLE_LINES), filled, strict=False):
        short = len(row) <= LONGEST and row[-1:] not in _CLOSING.replace("»", "")
        if short and len(row.split()) >= TITLE_WORDS:
            return heading_words(row)
    return ""
