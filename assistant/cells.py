"""The values in a row "Name: value; Name: value" of a table: which may be an answer, and which row a question names."""

from __future__ import annotations

import re

from assistant.folding import fold
from index.types import Span

MOST = 60  # characters of a column's name
SHORT = 2  # characters of a value that may be a word of the language too
_NAME = re.compile(rf"(?:^|; )[^:;\n]{{1,{MOST}}}: (?=\S)")
_WORD = re.compile(r"\w+")
_CHOICE = re.compile(r"\b(?:or|ou|oder|o)\b", re.IGNORECASE)


def values(sentence: str) -> list[Span]:
    """Where the values of a row stand in it; [] for what is no row of two named cells, or of three before a stop."""
    names = list(_NAME.finditer(sentence))
    prose = sentence.endswith((".", "!", "?"))  # "He said: come in; she said: go away."
    if len(names) < 2 + prose or names[0].start() != 0:
        return []
    ends = [name.start() for name in names[1:]] + [len(sentence)]
    return [Span(name.end(), end) for name, end in zip(names, ends, strict=True)]


def asked_for(question: str, sentence: str) -> list[Span]:
    """The values that may answer a question: not those that it names itself, unless no other is there or it names them
    to choose from."""
    found = values(sentence)
    if _CHOICE.search(question):
        return found
    return [value for value in found if not _is_named(question, _told(sentence, value))] or found


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
