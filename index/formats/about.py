"""What an Office file says of itself, without what a program's template says of every file that it makes."""

from __future__ import annotations

import re

from index.formats.extracted import day

_DATES = ("2013-12-23", "2013-01-27")  # python-docx's and python-pptx's
_NOBODY = re.compile(
    r"python-docx|python-pptx|openpyxl|unknown|author|user|microsoft office[- ]user", re.IGNORECASE
)
_UNTITLED = re.compile(
    r"(?:microsoft )?powerpoint[- ](?:presentation|präsentation)|présentation powerpoint|"
    r"presentación de powerpoint|word document",
    re.IGNORECASE,
)


def title_in(said: object) -> str:
    """The title, or ""."""
    title = str(said or "").strip()
    return "" if _UNTITLED.fullmatch(title) else title


def author_in(said: object) -> str:
    """Who wrote it, or ""."""
    name = str(said or "").strip()
    return "" if _NOBODY.fullmatch(name) else name


def dated(changed: object, made: object = None) -> str:
    """When it was changed last, or else made, as ISO 8601; or ""."""
    return next((found for one in (changed, made) if (found := day(one)) and found not in _DATES), "")
