"""Text and Markdown: the file's own characters, unchanged. Front matter of Markdown is read beside it."""

from __future__ import annotations

import re

from index.decoding import decode
from index.formats.extracted import Extracted, day, tags_in
from index.headings import first_title, markdown_title

_FRONT = re.compile(r"\ufeff?---[ \t]*\r?\n(.*?)\r?\n(?:---|\.\.\.)[ \t]*(?:\r?\n|\Z)", re.DOTALL)
_FIELD = re.compile(
    r"^(title|author|date|lang|language|url|source|tags|keywords)[ \t]*:(.*(?:\n(?:[ \t]+|-[ \t]).*)*)",
    re.MULTILINE | re.I,
)


def read_text(data: bytes) -> Extracted:
    """Raises Unreadable if no encoding fits."""
    return Extracted(decode(data))


def read_markdown(data: bytes) -> Extracted:
    """Raises Unreadable if no encoding fits."""
    text = decode(data)
    front = _FRONT.match(text)
    said = {key.lower(): _value(value) for key, value in _FIELD.findall(front[1])} if front else {}
    language = (said.get("lang") or said.get("language", "")).lower()
    body = text[front.end() :] if front else text
    return Extracted(
        text,
        title=said.get("title", "") or markdown_title(body) or first_title(body),
        language=language[:2] if re.match(r"[a-z]{2}(?:[-_]|$)", language) else "",
        author=said.get("author", ""),
        date=day(said.get("date")),
        address=said.get("url") or said.get("source", ""),
        tags=tags_in(f"{said.get('tags', '')},{said.get('keywords', '')}"),
    )


def _value(written: str) -> str:
    """What a field of front matter says: a line, a folded or literal block, or a list, its items by commas."""
    first, *below = (row.strip() for row in written.split("\n"))
    quoted = re.match(r"'((?:[^']|\'\')*)'|\"((?:[^\"\\]|\\.)*)\"", first)
    if quoted:
        plain, escaped = quoted.groups()
        return plain.replace("''", "'") if plain is not None else re.sub(r"\\(.)", r"\1", escaped)
    first = re.sub(r"(?:^|\s)#.*", "", first)
    if first[:1] == "[" and first[-1:] == "]":
        return ", ".join(item.strip().strip("\"'") for item in first[1:-1].split(","))
    if not first and all(row.startswith("-") for row in below):
        return ", ".join(row[1:].strip().strip("\"'") for row in below)
    kept = [] if first[:1] in (">", "|") or first in ("~", "null") else [first]
    return " ".join([*kept, *below]).strip()
