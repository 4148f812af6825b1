"""What a Markdown file says of itself in a block of fields at its top, and where: that is told of it, not in it."""

from __future__ import annotations

import re

from index.types import Span

_FRONT = re.compile(r"\ufeff?---[ \t]*\r?\n(.*?)\r?\n(?:---|\.\.\.)[ \t]*(?:\r?\n|\Z)", re.DOTALL)
_FIELD = re.compile(
    r"^(title|author|date|lang|language|url|source|tags|keywords)[ \t]*:(.*(?:\n(?:[ \t]+|-[ \t]).*)*)",
    re.MULTILINE | re.I,
)


def fields_of(text: str) -> dict[str, str]:
    """The fields that the index keeps of a document, by their names in lower case."""
    front = _FRONT.match(text)
    return {key.lower(): _value(value) for key, value in _FIELD.findall(front[1])} if front else {}


def body_at(text: str) -> int:
    """Where the text begins that stands below the block."""
    front = _FRONT.match(text)
    return front.end() if front else 0


def told_apart(text: str) -> list[Span]:
    """Where those fields stand, and the lines of dashes. Other fields are none of them: a note's "budget: 5 million" is
    a statement of its own."""
    front = _FRONT.match(text)
    if not front:
        return []
    fields = _FIELD.finditer(text, front.start(1), front.end(1))
    dashes = (Span(0, front.start(1)), Span(front.end(1), front.end()))
    return [*dashes, *(Span(*one.span()) for one in fields)]


def _value(written: str) -> str:
    """What a field says: a line, a folded or literal block, or a list, its items by commas."""
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
