"""The text of a run of inline elements: raised figures as such, quotation marks written out, words kept apart."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from index.raised import RAISED

# Characters: a shorter line is one of a poem, an address or a form, and no line of prose cut in two.
WRAPPED = 60
Piece = tuple[str, bool]  # text, whether it is a link's; "\n" where the page breaks the line

_FIGURES = re.compile(r"(?=.*[0-9n])[0-9n+\-−–()=,.;*/ ]+")
_ORDINALS = frozenset("th st nd rd er re r e ère ème eme ste de ter te os as o".split())
# Before it "a" is an ordinal, as in "5a edición"; else it is a note.
_ORDINAL_A = re.compile(r"(?<![\d.,])\d{1,2}$")
_NOTE_ROLES = ("doc-noteref", "noteref", "footnote-ref")
_NOTE = re.compile(r"(?<![a-z])(?:fn|ftn|edn|(?:foot|end)?notes?)(?:ref(?:erence)?)?(?![a-z])", re.IGNORECASE)
_NUMBER = re.compile(r"\d{1,3}")
_SUPER = re.compile(r"vertical-align:\s*super")
_MARKS = "\"'“”„«‹‘"
_SPACE = re.compile(r"[ \t\r\n\f]+")


def run(element: Any, apart: frozenset[str]) -> list[Piece]:
    """What stands in an element, in order; elements named in `apart` are set apart by spaces."""
    found = _Run(apart)
    found.collect(element, False)
    return found.pieces


def lines(pieces: list[Piece]) -> list[str]:
    """The text of a run, a line for each that the page breaks; a long one that goes on in small letters is the same."""
    found: list[str] = []
    above = ""
    for row in "".join(text for text, _ in pieces).split("\n"):
        row = " ".join(row.split())
        if row and len(above) > WRAPPED and above[-1] not in ".!?…:;" and row[0].islower():
            found[-1] += " " + row
        elif row:
            found.append(row)
        above = row
    return found


class _Run:
    """The pieces that were read so far, which tell how the next are to be set."""

    def __init__(self, apart: frozenset[str]) -> None:
        self._apart = apart
        self.pieces: list[Piece] = []

    def collect(self, element: Any, linked: bool) -> None:
        """Add what stands in an element."""
        self._say(element.text, linked)
        for child in element:
            if isinstance(child.tag, str):
                self._child(child, linked or child.tag == "a")
            self._say(child.tail, linked)

    def _say(self, text: str | None, linked: bool) -> None:
        if text:
            self._put(_SPACE.sub(" ", text), linked)

    def _put(self, text: str, linked: bool) -> None:
        self.pieces.append((text, linked))

    def _before(self) -> str:
        return "".join(text for text, _ in self.pieces[-5:])

    def _child(self, child: Any, linked: bool) -> None:
        name = child.tag.rpartition(":")[2]
        if name == "br":
            self._put("\n", linked)
        elif name == "sup" or (_raises(child, self._before()[-1:]) and child.find(".//sup") is None):
            self._raise(child, linked)
        elif name == "q" and " ".join(child.text_content().split())[:1] not in (*_MARKS, ""):
            self._put("“", linked)
            self.collect(child, linked)
            self._put("”", linked)
        elif name in ("msup", "mfrac") and len(child) == 2:
            self._formula(child, name, linked)
        elif name in self._apart:
            self._put(" ", linked)
            self.collect(child, linked)
            self._put(" ", linked)
        elif name == "small" or (_is_place(child) and self._before()[-1:].isdigit()):
            self._parted(child, linked)
        else:
            self.collect(child, linked)

    def _parted(self, child: Any, linked: bool) -> None:
        """What a page sets apart by its look alone, as small print: "400<small>99</small>" is not 40099."""
        inside = run(child, self._apart)
        text = "".join(said for said, _ in inside)
        if self._before()[-1:].isalnum() and text[:1].isalnum():
            self._put(" ", linked)
        self.pieces.extend(inside)
        if text[-1:].isalnum() and (child.tail or "")[:1].isalnum():
            self._put(" ", linked)

    def _raise(self, child: Any, linked: bool) -> None:
        """A raised text is never glued to a figure: "312<sup>2</sup>" is not 3122."""
        text = " ".join(child.text_content().split())
        before = self._before()
        if _FIGURES.fullmatch(text):
            text = "".join(RAISED.get(sign, sign) for sign in text)
        elif text[:1].isalnum() and before[-1:].isalnum():
            note = linked or child.tag != "sup" or child.find(".//a") is not None
            ordinal = text.lower() in _ORDINALS or (text == "a" and _ORDINAL_A.search(before))
            if note or (before[-1:].isdigit() and not ordinal):
                after = " " if (child.tail or "")[:1].isalnum() else ""
                text = f" {text}{after}"
        self._put(text, linked)

    def _formula(self, child: Any, name: str, linked: bool) -> None:
        first, second = child
        if name == "mfrac" and self._before()[-1:].isdigit():
            self._put(" ", linked)
        self.collect(first, linked)
        if name == "mfrac":
            self._put("/", linked)
            self.collect(second, linked)
        else:
            self._raise(second, linked)


def _raises(child: Any, last: str) -> bool:
    """Whether an element that is no `sup` is meant as one: by its style, or as a mark of a note, by what it is called.
    A number that only links to a place of the page is read with the words before it, which end with the letter `last`:
    "Figure 3", "§5"."""
    if _SUPER.search(child.get("style") or ""):
        return True
    if not last or last.isspace():
        return False
    told = [child.get("role") or "", child.get("epub:type") or "", *(child.get("class") or "").split()]
    if any(role in told for role in _NOTE_ROLES):
        return True
    if last in "([-/" or not _is_place(child):
        return False
    return any(_NOTE.search(name) for name in (*told, child.get("href").rpartition("#")[2]))


def _is_place(child: Any) -> bool:
    """Whether it is a number that links to a place of a page."""
    return (
        child.tag == "a"
        and "#" in (child.get("href") or "")
        and bool(_NUMBER.fullmatch(child.text_content()))
    )


def spoken(pieces: list[Piece]) -> tuple[int, int]:
    """(words beside the links, words of the links)."""
    counts = [0, 0]
    for text, linked in pieces:
        counts[linked] += len(re.findall(r"\w+", text))
    return counts[0], counts[1]


def merged(pieces: list[Piece]) -> Iterator[Piece]:
    """Neighbours of one kind as one piece, line breaks as spaces."""
    text, kind = "", False
    for said, linked in pieces:
        if linked != kind and text:
            yield text, kind
            text = ""
        kind = linked
        text += said.replace("\n", " ")
    if text:
        yield text, kind
