"""What was filled into a page of a PDF: its fields, and text typed onto it, which stand beside the page's own text."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

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
            found.append(Field(text, place.left, place.bottom, place.right, place.top))
        raw.FPDFPage_CloseAnnot(note)
    return sorted(found, key=lambda one: (-one.top, one.left))


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
    places = [
        (place, text_page.get_charbox(number, loose=True))
        for place, (char, number) in enumerate(characters) if not char.isspace() and char not in "\0\r"
    ]  # fmt: skip
    behind: dict[int, list[tuple[str, int]]] = {}
    for number, field in enumerate(filled, start=1):
        beside = [
            (left, place) for place, (left, low, _, high) in places
            if left < field.left and field.bottom <= (low + high) / 2 <= field.top
        ]  # fmt: skip
        over = [
            (-low, place) for place, (left, low, right, _) in places
            if low >= field.top and left < field.right and right > field.left
        ]  # fmt: skip
        anchor = max(beside or over, default=(0.0, len(characters) - 1))[1]
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
