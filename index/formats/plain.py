"""Text and Markdown: the file's own characters, unchanged. Front matter of Markdown is read beside it."""

from __future__ import annotations

import re

from index.decoding import decode
from index.formats.extracted import Extracted, day
from index.headings import first_title, markdown_title

_FRONT = re.compile(r"\ufeff?---[ \t]*\r?\n(.*?)\r?\n(?:---|\.\.\.)[ \t]*(?:\r?\n|\Z)", re.DOTALL)
_LINE = re.compile(
    r"^(title|author|date|lang|language|url|source)[ \t]*:[ \t]*(.+?)[ \t]*$", re.MULTILINE | re.I
)


def read_text(data: bytes) -> Extracted:
    """Raises Unreadable if no encoding fits."""
    return Extracted(decode(data))


def read_markdown(data: bytes) -> Extracted:
    """Raises Unreadable if no encoding fits."""
    text = decode(data)
    front = _FRONT.match(text)
    said = {key.lower(): value.strip("\"'") for key, value in _LINE.findall(front[1])} if front else {}
    body = text[front.end() :] if front else text
    return Extracted(
        text,
        title=said.get("title", "") or markdown_title(body) or first_title(body),
        language=(said.get("lang") or said.get("language", ""))[:2].lower(),
        author=said.get("author", ""),
        date=day(said.get("date")),
        address=said.get("url") or said.get("source", ""),
    )
