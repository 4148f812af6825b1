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
    pieces: list[Piece] = []
    _collect(element, apart, False, pieces)
    return pieces


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


def _collect(element: Any, apart: frozenset[str], linked: bool, pieces: list[Piece]) -> None:
    _say(element.text, linked, pieces)
    for child in element:
        if isinstance(child.tag, str):
            _child(child, apart, linked or child.tag == "a", pieces)
        _say(child.tail, linked, pieces)


def _child(child: Any, apart: frozenset[str], linked: bool, pieces: list[Piece]) -> None:
    name = child.tag.rpartition(":")[2]
    if name == "br":
        pieces.append(("\n", linked))
    elif name == "sup" or (_raises(child, pieces) and child.find(".//sup") is None):
        _raise(child, linked, pieces)
    elif name == "q" and " ".join(child.text_content().split())[:1] not in (*_MARKS, ""):
        pieces.append(("“", linked))
        _collect(child, apart, linked, pieces)
        pieces.append(("”", linked))
    elif name in ("msup", "mfrac") and len(child) == 2:
        _formula(child, name, apart, linked, pieces)
    elif name in apart:
        pieces.append((" ", linked))
        _collect(child, apart, linked, pieces)
        pieces.append((" ", linked))
    elif name == "small" or (_is_place(child) and _before(pieces)[-1:].isdigit()):
        _parted(child, apart, linked, pieces)
    else:
        _collect(child, apart, linked, pieces)


def _say(text: str | None, linked: bool, pieces: list[Piece]) -> None:
    if text:
        pieces.append((_SPACE.sub(" ", text), linked))


def _before(pieces: list[Piece]) -> str:
    return "".join(text for text, _ in pieces[-5:])


def _parted(child: Any, apart: frozenset[str], linked: bool, pieces: list[Piece]) -> None:
    """What a page sets apart by its look alone, as small print: "400<small>99</small>" is not 40099."""
    inside = run(child, apart)
    text = "".join(said for said, _ in inside)
    if _before(pieces)[-1:].isalnum() and text[:1].isalnum():
        pieces.append((" ", linked))
    pieces.extend(inside)
    if text[-1:].isalnum() and (child.tail or "")[:1].isalnum():
        pieces.append((" ", linked))


def _raises(child: Any, pieces: list[Piece]) -> bool:
    """Whether an element that is no `sup` is meant as one: by its style, or as a mark of a note, by what it is called.
    A number that only links to a place of the page is read with the words before it: "Figure 3", "§5"."""
    if _SUPER.search(child.get("style") or ""):
        return True
    last = _before(pieces)[-1:]
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


def _raise(child: Any, linked: bool, pieces: list[Piece]) -> None:
    """A raised text is never glued to a figure: "312<sup>2</sup>" is not 3122."""
    text = " ".join(child.text_content().split())
    before = _before(pieces)
    if _FIGURES.fullmatch(text):
        text = "".join(RAISED.get(sign, sign) for sign in text)
    elif text[:1].isalnum() and before[-1:].isalnum():
        note = linked or child.tag != "sup" or child.find(".//a") is not None
        ordinal = text.lower() in _ORDINALS or (text == "a" and _ORDINAL_A.search(before))
        if note or (before[-1:].isdigit() and not ordinal):
            after = " " if (child.tail or "")[:1].isalnum() else ""
            text = f" {text}{after}"
    pieces.append((text, linked))


def _formula(child: Any, name: str, apart: frozenset[str], linked: bool, pieces: list[Piece]) -> None:
    first, second = child
    if name == "mfrac" and _before(pieces)[-1:].isdigit():
        pieces.append((" ", linked))
    _collect(first, apart, linked, pieces)
    if name == "mfrac":
        pieces.append(("/", linked))
        _collect(second, apart, linked, pieces)
    else:
        _raise(second, linked, pieces)


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
