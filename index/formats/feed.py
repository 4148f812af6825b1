"""Feeds: RSS and Atom, as saved. A section for each entry, called by its title."""

from __future__ import annotations

from html import unescape
from typing import Any

from index.errors import Unreadable
from index.formats.extracted import Extracted, day, joined
from index.html import read_part


def read_feed(data: bytes) -> Extracted:
    """Raises Unreadable."""
    import feedparser

    found = feedparser.parse(data, sanitize_html=True, resolve_relative_uris=False)
    if not found.version and not found.entries:
        raise Unreadable("it is no RSS or Atom feed; other XML is not read")
    text, sections = joined((_title(entry), _entry(entry)) for entry in found.entries)
    about = found.feed
    return Extracted(
        text, unescape(str(about.get("title", ""))), str(about.get("language", ""))[:2].lower(), sections,
        str(about.get("author", "")), _date(about), str(about.get("link", "")),
    )  # fmt: skip


def _entry(entry: Any) -> str:
    bodies = [one.value for one in entry.get("content", [])] or [entry.get("summary", "")]
    lines = [_title(entry), _date(entry), *(_plain(str(body)) for body in bodies)]
    return "\n\n".join(line for line in lines if line)


def _title(entry: Any) -> str:
    title = str(entry.get("title", ""))
    markup = "html" in str(entry.get("title_detail", {}).get("type", ""))
    return " ".join((_plain(title) if markup else title).split())


def _plain(body: str) -> str:
    if "<" not in body:
        return unescape(body)
    try:
        return read_part(body).text
    except Unreadable:
        return ""


def _date(entry: Any) -> str:
    parsed = entry.get("published_parsed") or entry.get("updated_parsed")
    return day("{:04}-{:02}-{:02}".format(*parsed[:3])) if parsed else ""
