"""Marks of characters in DOCX: what is struck or hidden is not said, and raised figures stay apart."""

from __future__ import annotations

from typing import Any

from index.raised import raised

GONE = ("strike", "double_strike", "hidden")
MARKS = (*GONE, "superscript")
Styles = dict[str, dict[str, bool]]  # the marks of each style of characters


def without_marks(root: Any, styles: Styles) -> None:
    """Take struck and hidden runs out of a part of a document, and write raised figures as such."""
    from docx.oxml.ns import qn
    from docx.text.run import Run

    for paragraph in root.iter(qn("w:p")):
        before = ""
        for element in list(paragraph.iter(qn("w:r"))):
            run = Run(element, paragraph)
            marks = styles.get(element.style or "", {}) | _told(run.font)
            if any(marks.get(name) for name in GONE):
                element.getparent().remove(element)
                continue
            if marks.get("superscript"):
                for text in element.iter(qn("w:t")):
                    text.text = raised(text.text or "", before)
            before = run.text or before


def styles_of(document: Any) -> Styles:
    """The marks of each style of characters, those of the style that it is made from with them."""
    from docx.enum.style import WD_STYLE_TYPE

    found = {}
    for style in document.styles:
        if style.type == WD_STYLE_TYPE.CHARACTER:
            marks: dict[str, bool] = {}
            line, seen = style, set[str]()
            while line is not None and line.style_id not in seen:
                seen.add(line.style_id)
                marks = _told(line.font) | marks
                line = line.base_style
            found[style.style_id] = marks
    return found


def _told(font: Any) -> dict[str, bool]:
    return {name: told for name in MARKS if (told := is_set(font, name)) is not None}


def is_set(font: Any, name: str) -> bool | None:
    """Whether a mark is set; None where nothing is said of it, or nothing that can be read."""
    from docx.exceptions import InvalidXmlError

    try:
        return getattr(font, name)  # type: ignore[no-any-return]  # the library is not followed
    except (InvalidXmlError, ValueError):
        return None
