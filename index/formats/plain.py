"""Text and Markdown: the file's own characters, unchanged. Front matter of Markdown is read beside it."""

from __future__ import annotations

import re

from index.decoding import decode
from index.formats.extracted import Extracted, day, tags_in
from index.frontmatter import body_at, fields_of
from index.headings import first_title, markdown_title


def read_text(data: bytes) -> Extracted:
    """Raises Unreadable if no encoding fits."""
    return Extracted(decode(data))


def read_markdown(data: bytes) -> Extracted:
    """Raises Unreadable if no encoding fits."""
    text = decode(data)
    said = fields_of(text)
    language = (said.get("lang") or said.get("language", "")).lower()
    body = text[body_at(text) :]
    return Extracted(
        text,
        title=said.get("title", "") or markdown_title(body) or first_title(body),
        language=language[:2] if re.match(r"[a-z]{2}(?:[-_]|$)", language) else "",
        author=said.get("author", ""),
        date=day(said.get("date")),
        address=said.get("url") or said.get("source", ""),
        tags=tags_in(f"{said.get('tags', '')},{said.get('keywords', '')}"),
    )
