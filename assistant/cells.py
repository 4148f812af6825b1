"""The values in a row "Name: value; Name: value" of a table: which may be an answer, and which row or column a question
names."""

from __future__ import annotations

import re

from assistant.folding import fold
from index.types import Span

MOST = 60  # characters of a column's name
SHORT = 2  # characters of a value that may be a word of the language too
_NAME = re.compile(rf"(?:^|; )[^:;\n]{{1,{MOST}}}: (?=\S)")
_WORD = re.compile(r"\w+")
_UNIT = re.compile(r"\s*[(\[][^()\[\]]*[)\]]")  # of a column: "Grant (GBP)"
_YEAR = re.compile(r"(?<![\d/–-])(?:1[5-9]|20)\d\d(?![\d/–-])")
_CHOICE = re.compile(r"\b(?:or|ou|oder|o)\b", re.IGNORECASE)


def values(sentence: str) -> list[Span]:
    """Where the values of a row stand in it; [] for what is no row of two named cells, or of three before a stop."""
    return [value for _, value in _cells(sentence)]


def _cells(sentence: str) -> list[tuple[str, Span]]:
    """The same, each after the name of its column."""
    names = list(_NAME.finditer(sentence))
    prose = sentence.endswith((".", "!", "?"))  # "He said: come in; she said: go away."
    if len(names) < 2 + prose or names[0].start() != 0:
        return []
    ends = [name.start() for name in names[1:]] + [len(sentence)]
    return [(name[0].strip("; :"), Span(name.end(), end)) for name, end in zip(names, ends, strict=True)]


def asked_for(question: str, sentence: str) -> list[Span]:
    """The values that may answer a question: not those that it names itself, unless no other is there or it names them
    to choose from; nor those in columns of other years than the one that it names."""
    found = _of_the_year(question, sentence)
    if _CHOICE.search(question):
        return found
    return [value for value in found if not _is_named(question, _told(sentence, value))] or found


def column_asked(question: str, sentence: str) -> Span | None:
    """Of what `asked_for` leaves, the value in the column that the question names, the first one: "the status of the
    grant"; None if it names none, or offers a choice. "For room 12" asks for no room."""
    if _CHOICE.search(question):
        return None
    asked = _words(question)
    left = {one for one in asked_for(question, sentence) if _words(_told(sentence, one)) not in asked}
    named = [(asked.find(_words(_bare(name))), value) for name, value in _cells(sentence) if value in left]
    first = min((at for at, _ in named if at >= 0), default=None)
    found = [value for at, value in named if at == first]
    return found[0] if len(found) == 1 else None


def _bare(name: str) -> str:
    """The name of a column without its unit and its year, if it is more than those."""
    bare = _UNIT.sub("", name)
    return _YEAR.sub("", bare).strip() or bare


def _of_the_year(question: str, sentence: str) -> list[Span]:
    """The values of a row, but for those in columns of another year than the one that a question names, unless that
    tells which row is meant: "the town founded in 1850"."""
    cells, asked = _cells(sentence), _YEAR.findall(question)
    found = [value for _, value in cells]
    if len(asked) != 1 or any(asked[0] in _told(sentence, value) for value in found):
        return found
    told = [_YEAR.findall(name) for name, _ in cells]
    return [
        value for value, years in zip(found, told, strict=True) if not years or asked[0] in years
    ] or found


def is_named(question: str, sentence: str) -> bool:
    """Whether a question names a row, by the whole of the first cell that is no figure: "Lower Valley"."""
    said = [_told(sentence, value) for value in values(sentence)]
    return _is_named(question, next((told for told in said if any(map(str.isalpha, told))), ""))


def _told(sentence: str, value: Span) -> str:
    return sentence[value.start : value.end]


def _is_named(question: str, told: str) -> bool:
    """Figures alone name no row; one of a letter or two ("US") does as it is written."""
    if len(told) <= SHORT and told not in _WORD.findall(question):
        return False
    return any(map(str.isalpha, told)) and _words(told) in _words(question)


def _words(text: str) -> str:
    return f" {' '.join(_WORD.findall(fold(text).text))} "
