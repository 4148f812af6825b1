"""What an Office file says of itself, without what a program's template says of every file that it makes."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from index.formats.extracted import Extracted, day, tags_in

_DATES = ("2013-12-23", "2013-01-27")  # python-docx's and python-pptx's
_NOBODY = re.compile(
    r"python-docx|python-pptx|openpyxl|unknown|author|user|microsoft office[- ]user", re.IGNORECASE
)
_UNTITLED = re.compile(
    r"(?:microsoft )?powerpoint[- ](?:presentation|präsentation)|présentation powerpoint|"
    r"presentación de powerpoint|word document",
    re.IGNORECASE,
)


def with_properties(found: Extracted, about: Any, author: object, language: object = "") -> Extracted:
    """A text with what the properties of a DOCX, PPTX or XLSX say of it."""
    return replace(
        found,
        title=title_in(about.title),
        language=str(language or "")[:2].lower(),
        author=author_in(author),
        date=dated(about.modified, about.created),
        tags=tags_in(about.keywords),
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
