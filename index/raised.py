"""Raised figures stay apart from what they stand on: 2014³ is no year of five figures."""

from __future__ import annotations

import re
from collections.abc import Iterable

RAISED = dict(zip("0123456789+-−–()=n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁻⁽⁾⁼ⁿ", strict=True))
_FIGURES = re.compile(r"[\d+\-−(),\s]*\d[\d+\-−(),\s]*")
_ORDINAL = re.compile(r"[eo]|[^\W\d_]{2,}")  # 2e, 1st: a single letter of other kinds marks a note


def raised(text: str, before: str) -> str:
    """`text` as it stands above the line after `before`: figures as ² and ³, a note's letter apart from a figure."""
    bare = text.strip()
    if _FIGURES.fullmatch(bare):
        return "".join(RAISED.get(sign, sign) for sign in text)
    apart = before[-1:].isdigit() and bare[:1].isalnum() and not _ORDINAL.fullmatch(bare)
    return f" {text}" if apart and text[:1] == bare[:1] else text


def with_raised(runs: Iterable[tuple[str, bool]]) -> str:
    """One text of parts, for each of which is told whether it is raised."""
    text = ""
    for part, high in runs:
        text += raised(part, text) if high else part
    return text
