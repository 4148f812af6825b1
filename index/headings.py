"""Which sentence is a heading, and what a text without a declared title is called."""

from __future__ import annotations

import re
import unicodedata
from functools import cache

from index.blocks import MARKER, field_of, lines
from index.types import Span
from prompts import value_words

LONGEST = 100  # characters of a line that may be a heading
TITLE_LINES = 10  # filled lines from the top that may hold the title
TITLE_WORDS = 3
NUMBERED_WORDS = 5  # at most of a heading behind its number: more are a clause

_MARKDOWN = re.compile(r"\s{0,3}(#{1,6})\s+(.*?)\s*#*\s*$")
_SETEXT = re.compile(r"\s{0,3}(?:=+|-+)\s*$")
_EMPHASIS = re.compile(r"[*_`]+|\[([^\]]*)\]\([^)]*\)")
# "Clause 7. Governing law", "§ 3. Opening hours", "II. History", "4.1. Costs": a number with what it numbers.
_NUMBERED = re.compile(
    r"(?:[^\W\d_]+\.? |§+ ?)?(?:\d{1,3}(?:\.\d{1,3})*|[IVXLC]+|[A-Z])\.\s+(?:[–—-]\s+)?((?:(?![.!?…。！？]\s).)+)"
)
_CLAUSE = re.compile(r"(?:§+|[^\W\d_]+\.) ?\d")  # how a clause begins, and no ordinal
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
    if not MARKER.match(sentence):
        return not (_CLAUSE.match(sentence) and _NUMBERED.fullmatch(sentence)) or _numbers_a_heading(sentence)
    return apart and (sentence[0].isdigit() or (sentence[0] in _ROMAN and _numbers_a_heading(sentence)))


def is_one_heading(text: str, block: Span) -> bool:
    """Whether a short line is a heading in which the stop behind a number ends no sentence: a Markdown one, or one that
    stands apart from what is above it and that no stop ends."""
    line = text[block.start : block.end].strip()
    if len(line) > LONGEST or len(_rows(line)) > 1:
        return False
    markdown = _MARKDOWN.match(line)
    if markdown:
        return _numbers_a_heading(markdown[2])
    if not _numbers_a_heading(line):
        return False
    return not any(_rows(text[max(0, block.start - LONGEST) : block.start])[-2:])


def _numbers_a_heading(line: str) -> bool:
    """Whether a line is a number and the few words of a heading, rather than a numbered clause, a date or a name."""
    found = _NUMBERED.fullmatch(line)
    if not found or line[0].islower() or line[-1] in _CLOSING:
        return False
    said = found[1].split()
    if said[0][0].islower() or any(map(str.isdigit, found[1])) or _is_month(line) or _is_month(found[1]):
        return False
    initial = line[0].isalpha() and line[1] == "."  # "I. Newton was born" is one just as well
    return len(said) <= (1 if initial else NUMBERED_WORDS)


def _is_month(line: str) -> bool:
    """Whether a line begins with the name of a month, in any language that we know."""
    letters = unicodedata.normalize("NFKD", line.split()[0].lower())
    return "".join(filter(str.isalpha, letters)) in _months()


@cache
def _months() -> frozenset[str]:
    """The names of the months in all languages, folded."""
    return frozenset(name for names in value_words()["months"].values() for name in names)


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
