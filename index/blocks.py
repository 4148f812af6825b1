"""A text's line breaks read as structure: which lines are one paragraph, and which an item, a field or a row."""

from __future__ import annotations

import re
from collections.abc import Iterator

from index.types import Span

_BREAK = re.compile(r"\r\n|[\n\r\v\f\x85\u2028\u2029]")
MARKER = re.compile(r"\s*(?:[-*+•‣▪–—·]\s|\(?\d{1,3}[.)]\s|\(?[a-zA-Z][.)]\s|#{1,6}\s|>|\||```|~~~)")
# What looks like an item of a list, and may as well be the next words of a line that was wrapped.
_WRAPPED = re.compile(
    r"\s*(?:\d{1,2}\.\s(?:Januar|Jänner|Februar|März|April|Mai|Juni|Juli|August|September|Oktober|November|Dezember)\b"
    r"(?!\s+[A-ZÄÖÜ])|[A-Z]\.\s)"
)
# What may be an item, or a wrapped line that begins with the figure or the dash of its sentence.
_PERHAPS = re.compile(r"\s*(?:\(?(\d{1,3}|[a-z])[.)]|[-–—])\s")
_RULE = re.compile(r"\s*(?:[-=_*~+|:]\s*){3,}$")
_HEADING = re.compile(r"\s{0,3}#{1,6}\s")
# A field of a form or a row of a table: "Director: Ada", "Budget 2024: 1.8 million".
_FIELD = re.compile(r"\s*([^\W\d_][^:;.!?\n]{0,59}?) ?: +\S")
# A row of a table, and the names of the columns of another.
_ROW = re.compile(r"\s*[^:;\n]{1,60}: [^;\n]+; [^:;\n]{1,60}: \S")
_NAMES = re.compile(r"[^:;.!?\n]{1,60}(?:; [^:;.!?\n]{1,60})+")
# A number alone on its line: of a page, or of a column of figures.
_FIGURE = re.compile(r"[\s\-–—−+(\[]*\d(?:[\d.,'’/\s]*\d)?[\s\-–—%)\]]*")
_STOP = re.compile(r"[.!?…:;。！？]\s*$")
_DASH = re.compile(r"\s[-–—]\s")
_WIDE = re.compile("[\u1100-\u11ff\u2e80-\ua4cf\uac00-\ud7ff\uf900-\ufaff\uff00-\uff60]")

AROUND = 2_000  # characters before and behind a line in which the other items of its list are looked for
NARROW = 30  # columns: nobody wraps a paragraph narrower
UNWRAPPED = 200  # columns: nobody wraps one wider, so every break of its block was meant
FEW = 0.05  # of a block's lines may be wider all the same: those of a PDF are joined where a word was broken
COLUMN = 40  # columns that most lines of such a block reach: a list of short lines is not wrapped
# Columns of a paragraph, at least, whose lines are no fields though two begin with a name and a colon.
PROSE = 60
FIRST_ITEMS = frozenset(["1", "a", "i"])  # of a list, whose others may be lacking or far away
MOST_ITEMS = 12  # a higher number before a capital letter rather ends a sentence, or is an ordinal
FIELD_WORDS = 5  # before a colon: more are a part of a sentence
SLACK = 0.85  # of a block's width: letters differ in width, so a line may be filled with fewer of them


def trimmed(text: str, start: int, end: int) -> Span | None:
    """`text[start:end]` without white space at its ends, or None if it is nothing else."""
    part = text[start:end]
    left = len(part) - len(part.lstrip())
    if left == len(part):
        return None
    return Span(start + left, start + len(part.rstrip()))


def lines(text: str) -> list[Span]:
    """The lines, without their breaks; CR, LF, CR LF and the Unicode separators all end one."""
    found, start = [], 0
    for match in _BREAK.finditer(text):
        found.append(Span(start, match.start()))
        start = match.end()
    found.append(Span(start, len(text)))
    return found


def field_of(row: str) -> str:
    """What a line names before its colon, as a form or a row of a table does; "" if it is no such line."""
    found = _FIELD.match(row)
    return found[1] if found and len(found[1].split()) <= FIELD_WORDS else ""


def blocks(text: str) -> Iterator[Span]:
    """Runs of lines that read on: a heading, a list item, a wrapped paragraph."""
    paragraph: list[Span] = []
    for line in [*lines(text), Span(len(text), len(text))]:
        if trimmed(text, line.start, line.end):
            paragraph.append(line)
        elif paragraph:
            yield from _read_on(text, paragraph)
            paragraph = []


def _read_on(text: str, paragraph: list[Span]) -> Iterator[Span]:
    rows = [text[line.start : line.end] for line in paragraph]
    widths = [_columns(row) for row in rows]
    narrow = [width for width in widths if width <= UNWRAPPED]
    wide = len(rows) - len(narrow)
    wrapped = not wide or (
        wide <= FEW * len(rows) and 2 * sum(width >= COLUMN for width in widths) > len(rows)
    )
    start, widest = paragraph[0].start, max(narrow, default=0)
    for here in range(len(rows) - 1):
        on = wrapped and not _is_apart(rows, here, widest)
        if not (
            on
            and (
                _continues(rows[here], rows[here + 1], widest)
                or _wraps(text, paragraph[here : here + 3], widest)
            )
        ):
            yield Span(start, paragraph[here].end)
            start = paragraph[here + 1].start
    yield Span(start, paragraph[-1].end)


def _is_apart(rows: list[str], here: int, width: int) -> bool:
    """Whether two lines are fields of a form, rows of a table, or a figure alone on its line and another."""
    row, following = rows[here : here + 2]
    if _WRAPPED.match(following) and _runs_into(row, following, width):
        return False
    if field_of(row) and field_of(following):
        return not _are_prose(rows, here, width)
    if _ROW.match(row) and _NAMES.fullmatch(following):
        return True
    if _FIGURE.fullmatch(following):
        return not _is_wrapped_figure(rows, here + 1, width)
    return bool(_FIGURE.fullmatch(row)) and not _is_wrapped_figure(rows, here, width)


def _are_prose(rows: list[str], here: int, width: int) -> bool:
    """Whether two lines that may be fields are a wrapped sentence with two colons."""
    row, following, *after = rows[here : here + 3]
    name, other = field_of(row), field_of(following)
    if name == other:
        return False
    if other[0].islower():
        return not name[0].islower() or _fills(row, following, width)
    if width < PROSE or _STOP.search(row) or not _fills(row, following, width):
        return False
    others = [*rows[max(0, here - 1) : here], *after]
    read_on = _STOP.search(following) or (after and _fills(following, after[0], width))
    return bool(read_on) and not any(map(field_of, others))


def _is_wrapped_figure(rows: list[str], here: int, width: int) -> bool:
    """Whether a figure alone on its line is a part of a sentence: below a full, open line, above a small letter."""
    if not 0 < here < len(rows) - 1 or width < NARROW:
        return False
    before = rows[here - 1]
    small = rows[here + 1].lstrip()[0].islower()
    return small and not _STOP.search(before) and _fills(before, rows[here], width)


def _continues(row: str, following: str, width: int) -> bool:
    """Whether the break between two lines only wraps a paragraph that is `width` columns wide."""
    if _WRAPPED.match(following) and _runs_into(row, following, width):
        return True
    if MARKER.match(following) or _RULE.match(following) or _RULE.match(row) or _HEADING.match(row):
        return False
    first = following.lstrip()
    if first[0].islower():
        return True
    if width < NARROW:
        return False
    word = 2 if _WIDE.match(first) else len(first.split(maxsplit=1)[0])
    return _columns(row.rstrip()) + 1 + word > SLACK * width


def _wraps(text: str, paragraph: list[Span], width: int) -> bool:
    """Whether the second line is a wrapped one though it looks like an item: it is the only one that does, stands
    below a full, open line, and is full or closed itself."""
    row, following, *after = [text[line.start : line.end] for line in paragraph]
    found = _PERHAPS.match(following)
    if not found or _is_item(row, found) or not _runs_into(row, following, width):
        return False
    if not (after and _fills(following, after[0], width)) and not re.search(r"[.!?…]$", following.rstrip()):
        return False
    place = paragraph[1]
    around = text[max(0, place.start - AROUND) : place.start], text[place.end : place.end + AROUND]
    return not any(_is_beside(found).search(part) for part in around)


def _is_item(row: str, found: re.Match[str]) -> bool:
    """Whether what stands behind a number or a dash shows that it is an item: a capital letter, mostly."""
    mark, said = found[1], found.string[found.end() :].lstrip()
    if not mark:
        return not said[:1].islower() or len(_DASH.findall(row)) % 2 == 0
    if said[:2].isupper() and said[:2].isalpha():
        return False  # of a name, as "1. FC"
    return mark in FIRST_ITEMS or (said[:1].isupper() and not (mark.isdigit() and int(mark) > MOST_ITEMS))


def _is_beside(item: re.Match[str]) -> re.Pattern[str]:
    """Finds the item before or after one of a list, for a dash any other."""
    mark = item[1]
    if not mark:
        return re.compile(rf"^{re.escape(item[0])}", re.MULTILINE)
    before, behind = (str(int(mark) + n) if mark.isdigit() else chr(ord(mark) + n) for n in (-1, 1))
    return re.compile(rf"^[^\S\n]*\(?(?:{re.escape(before)}|{re.escape(behind)})[.)]\s", re.MULTILINE)


def _fills(row: str, following: str, width: int) -> bool:
    """Whether the first word of the next line had no room in a line."""
    return _columns(row.rstrip()) + 1 + len(following.split(maxsplit=1)[0]) > SLACK * width


def _runs_into(row: str, following: str, width: int) -> bool:
    """Whether a line is full and open, and the next is no item: a date, or a name after its first initial."""
    end = row.rstrip()
    initial = bool(re.search(r"\b[A-Z]\.$", end))
    closed = re.search(r"[.!?…:;]$", end) and not initial
    if closed or width < NARROW or MARKER.match(row) or (following.lstrip()[0].isalpha() and not initial):
        return False
    return _fills(row, following, width)


def _columns(row: str) -> int:
    return len(row) + len(_WIDE.findall(row))
