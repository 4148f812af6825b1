"""What was filled into a page of a PDF: its fields, and text typed onto it, which stand beside the page's own text."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

Box = tuple[float, float, float, float]  # left, bottom, right, top
HIDDEN = 0x22  # in an annotation's bits: hidden, or not for viewing


@dataclass(frozen=True, slots=True)
class Field:
    """What is written in a field of a page, and where, in PDF points from the page's lower left corner."""

    text: str
    left: float
    bottom: float
    right: float
    top: float


def fields(pdf: Any, page: Any) -> list[Field]:
    """What was written or chosen in the fields of a page, and typed onto it, from above; no ticks, no sticky notes."""
    import pypdfium2.raw as raw

    found = []
    for number in range(raw.FPDFPage_GetAnnotCount(page)):
        note = raw.FPDFPage_GetAnnot(page, number)
        text = "" if raw.FPDFAnnot_GetFlags(note) & HIDDEN else _said(pdf, note)
        place = raw.FS_RECTF()
        if text and raw.FPDFAnnot_GetRect(note, place):
            left, right = sorted((place.left, place.right))
            bottom, top = sorted((place.bottom, place.top))
            if left < right and bottom < top:  # else it cannot be seen
                found.append(Field(text, left, bottom, right, top))
        raw.FPDFPage_CloseAnnot(note)
    turned = page.get_rotation()

    def order(one: Field) -> tuple[float, float]:
        left, _, _, top = _as_shown((one.left, one.bottom, one.right, one.top), turned)
        return -top, left

    return sorted(found, key=order)


def _as_shown(box: Box, turned: int) -> Box:
    """A box as it lies for who sees the page, which is shown turned by so many degrees clockwise."""
    for _ in range(turned // 90):
        left, bottom, right, top = box
        box = bottom, -right, top, -left
    return box


def _said(pdf: Any, note: Any) -> str:
    import pypdfium2.raw as raw

    kind = raw.FPDFAnnot_GetSubtype(note)
    if kind == raw.FPDF_ANNOT_FREETEXT:
        return _words(partial(raw.FPDFAnnot_GetStringValue, note, b"Contents"))
    form = pdf.formenv
    if kind != raw.FPDF_ANNOT_WIDGET or form is None:  # or is a part of no form
        return ""
    match raw.FPDFAnnot_GetFormFieldType(form, note):
        case raw.FPDF_FORMFIELD_TEXTFIELD:
            if raw.FPDFAnnot_GetFormFieldFlags(form, note) & raw.FPDF_FORMFLAG_TEXT_PASSWORD:
                return ""
            return _words(partial(raw.FPDFAnnot_GetFormFieldValue, form, note))
        case raw.FPDF_FORMFIELD_COMBOBOX | raw.FPDF_FORMFIELD_LISTBOX:
            return ", ".join(
                _words(partial(raw.FPDFAnnot_GetOptionLabel, form, note, number))
                for number in range(raw.FPDFAnnot_GetOptionCount(form, note))
                if raw.FPDFAnnot_IsOptionSelected(form, note, number)
            )
    return ""


def _words(told: Callable[[Any, int], int]) -> str:
    """What pdfium writes into room that it is given, on one line."""
    import pypdfium2.raw as raw

    size = int(told(None, 0))
    room = ctypes.create_string_buffer(size)
    told(ctypes.cast(room, ctypes.POINTER(raw.FPDF_WCHAR)), size)
    return " ".join(room.raw[: max(0, size - 2)].decode("utf-16-le", "replace").split())


def woven(
    text_page: Any, characters: Sequence[tuple[str, int]], filled: Sequence[Field]
) -> list[tuple[str, int]]:
    """A page's characters with what was filled in: behind what stands left of it, or above it. The characters of the
    first field have the number -1, those of the second -2."""
    import numpy as np

    turned = text_page.page.get_rotation()
    places = [
        place for place, (char, _) in enumerate(characters) if not char.isspace() and char not in "\0\r"
    ]
    boxes = [_as_shown(text_page.get_charbox(characters[place][1], loose=True), turned) for place in places]
    lefts, lows, rights, highs = np.array(boxes, np.float64).reshape(-1, 4).T
    middles = (lows + highs) / 2
    behind: dict[int, list[tuple[str, int]]] = {}
    for number, field in enumerate(filled, start=1):
        left, bottom, right, top = _as_shown((field.left, field.bottom, field.right, field.top), turned)
        near = np.flatnonzero((lefts < left) & (bottom <= middles) & (middles <= top))[::-1]
        beside = len(near) > 0
        if not beside:
            near = np.flatnonzero((lows >= top) & (lefts < right) & (rights > left))[::-1]
        anchor = len(characters) - 1
        if len(near):
            anchor = places[near[np.argmax((lefts if beside else -lows)[near])]]
        if not beside:
            anchor = _end_of_line(characters, anchor)
        said = f"{' ' if beside else chr(10)}{field.text}"
        if "".join(char for char, _ in characters[anchor + 1 : anchor + 2]).strip():
            said += " "
        behind.setdefault(anchor, []).extend((char, -number) for char in said)
    return [one for place, character in enumerate(characters) for one in (character, *behind.get(place, ()))]


def _end_of_line(characters: Sequence[tuple[str, int]], place: int) -> int:
    while place + 1 < len(characters) and characters[place + 1][0] not in "\r\n":
        place += 1
    return place
