"""The numbers that a word processor counts by itself, and writes before a paragraph of DOCX: "3.2", "(a)", "§ 4".

They stand nowhere in the text of the file; who asks after clause 3.2 has read them all the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

LEVELS = 9  # of a list, in the format
LONGEST = 40  # characters before a paragraph
_ROMAN = [(1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl"),
          (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i")]  # fmt: skip
_MOST = 5000  # that is still written in letters


@dataclass(frozen=True, slots=True)
class Level:
    """How one level of a list is counted: `text` holds %1 for the number of the first level, and so on."""

    start: int
    form: str
    text: str
    plain: bool  # all numbers in figures, whatever their own level says


@dataclass(slots=True)
class Counted:
    """One list: its levels, and how far each has been counted."""

    levels: Mapping[int, Level]
    at: dict[int, int] = field(default_factory=dict)

    def next(self, level: int) -> str:
        """Count on at a level, and begin anew below it."""
        for deeper in range(level + 1, LEVELS):
            self.at.pop(deeper, None)
        self.at[level] = self.at[level] + 1 if level in self.at else self._start(level)
        told = self.levels.get(level)
        if told is None or told.form in ("bullet", "none"):
            return ""
        said = told.text
        for above in range(level + 1):
            number = self.at.setdefault(above, self._start(above))
            form = "decimal" if told.plain or above not in self.levels else self.levels[above].form
            said = said.replace(f"%{above + 1}", written(number, form))
        return said.strip()[:LONGEST]

    def _start(self, level: int) -> int:
        return self.levels[level].start if level in self.levels else 1


class Numbering:
    """The numbers of a document's paragraphs, asked for in their order."""

    def __init__(self, document: Any) -> None:
        self._document = document
        self._lists: dict[str, Counted] = {}
        self._begun: set[str] = set()

    def before(self, paragraph: Any) -> str:
        """What stands before a paragraph; "" where it is not numbered."""
        number, level = self._place(paragraph)
        told = self._numbers.get(number)
        if told is None:
            return ""
        kind, begins = told
        counted = self._lists.setdefault(kind, Counted(self._kinds.get(kind, {})))
        if number not in self._begun:
            self._begun.add(number)
            counted.at |= {at: start - 1 for at, start in begins.items()}
        return counted.next(min(level, LEVELS - 1))

    def _place(self, paragraph: Any) -> tuple[str, int]:
        """Which list a paragraph is in, and at which level: as it says, or the styles that it is made from."""
        own, styles = paragraph._p.pPr, []
        style, seen = paragraph.style, set[str]()
        while style is not None and style.style_id not in seen:
            seen.add(style.style_id)
            styles.append((style.style_id, style.element.pPr))
            style = style.base_style
        for name, told in [("", own), *styles]:
            number, level = _value(told, "w:numPr/w:numId"), _value(told, "w:numPr/w:ilvl")
            if number:
                return number, _whole(level, self._level_of(number, name))
        return "", 0

    def _level_of(self, number: str, style: str) -> int:
        kind, _ = self._numbers.get(number, ("", {}))
        return self._styled.get((kind, style), 0)

    @cached_property
    def _root(self) -> Any:
        from docx.oxml import parse_xml

        for related in self._document.part.rels.values():
            if related.reltype.endswith("/numbering") and not related.is_external:
                return parse_xml(related.target_part.blob)
        return None

    @cached_property
    def _kinds(self) -> dict[str, dict[int, Level]]:
        found = {}
        for kind in _all(self._root, "w:abstractNum"):
            found[_attribute(kind, "w:abstractNumId")] = {
                _whole(_attribute(level, "w:ilvl"), LEVELS): Level(
                    _whole(_value(level, "w:start"), 1),
                    _value(level, "w:numFmt") or "decimal",
                    _value(level, "w:lvlText")[:LONGEST],
                    bool(_all(level, "w:isLgl")),
                )
                for level in _all(kind, "w:lvl")
            }
        return found

    @cached_property
    def _styled(self) -> dict[tuple[str, str], int]:
        """The level of a list that a style of paragraphs stands for."""
        return {
            (_attribute(kind, "w:abstractNumId"), _value(level, "w:pStyle")): _whole(
                _attribute(level, "w:ilvl"), 0
            )
            for kind in _all(self._root, "w:abstractNum")
            for level in _all(kind, "w:lvl")
            if _value(level, "w:pStyle")
        }

    @cached_property
    def _numbers(self) -> dict[str, tuple[str, dict[int, int]]]:
        """Of each list the kind that it is of, and where its levels begin, where they do so by themselves."""
        return {
            _attribute(one, "w:numId"): (
                _value(one, "w:abstractNumId"),
                {
                    _whole(_attribute(level, "w:ilvl"), LEVELS): _whole(_value(level, "w:startOverride"), 1)
                    for level in _all(one, "w:lvlOverride")
                    if _value(level, "w:startOverride")
                },
            )
            for one in _all(self._root, "w:num")
        }


def written(number: int, form: str) -> str:
    """A number as a list writes it: in figures, letters or Roman figures; others than these in figures."""
    match form:
        case "lowerLetter" | "upperLetter" if 0 < number <= _MOST:
            said = chr(ord("a") + (number - 1) % 26) * ((number - 1) // 26 + 1)
        case "lowerRoman" | "upperRoman" if 0 < number <= _MOST:
            said, left = "", number
            for value, letters in _ROMAN:
                said += letters * (left // value)
                left %= value
        case "decimalZero":
            return f"{number:02}"
        case _:
            return str(number)
    return said.upper() if form.startswith("upper") else said


def _all(element: Any, path: str) -> list[Any]:
    from docx.oxml.ns import nsmap

    return [] if element is None else list(element.findall(path, nsmap))


def _attribute(element: Any, name: str) -> str:
    from docx.oxml.ns import qn

    return str(element.get(qn(name), ""))


def _value(element: Any, path: str) -> str:
    return next((_attribute(one, "w:val") for one in _all(element, path)), "")


def _whole(text: str, otherwise: int) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 6 else otherwise
