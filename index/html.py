"""HTML to text: the article without its page, through trafilatura."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

from index.errors import Unreadable
from index.formats.extracted import Extracted, day

_LANG = re.compile(r"<html[^>]*?\blang\s*=\s*[\"']?([a-zA-Z]{2})\b", re.IGNORECASE)
_TITLE = re.compile(r"<title[^>]*>(.*?)</title\s*>", re.IGNORECASE | re.DOTALL)
_CHARSET = re.compile(rb"<meta[^>]*?charset\s*=\s*[\"']?\s*([\w.:-]+)", re.IGNORECASE)


def declared_charset(data: bytes) -> str:
    """The encoding that the page names for itself, or ""."""
    found = _CHARSET.search(data[:4096])
    return found[1].decode("ascii", "replace") if found else ""


def read_html(markup: str) -> Extracted:
    """The article of a page, and what the page says of it. Paragraphs are blank lines apart.

    Raises Unreadable where the page cannot be parsed.
    """
    import trafilatura

    whole = markup if "<html" in markup[:4096].lower() else f"<html><body>{markup}</body></html>"
    try:
        page: Any = trafilatura.bare_extraction(whole, with_metadata=True, include_comments=False)
        text = str(page.text or "") if page else ""
        if not text.strip():
            text = str(trafilatura.html2txt(whole) or "")
    except Exception as error:  # the parsers below raise many kinds; the page is at fault, and listed with it
        raise Unreadable(f"the page cannot be parsed ({type(error).__name__}: {error})") from error
    title = str(page.title or "") if page else ""
    if not title and (declared := _TITLE.search(whole)):
        title = unescape(declared[1])
    language = _LANG.search(whole)
    return Extracted(
        _spaced(text),
        " ".join(title.split()),
        language[1].lower() if language else "",
        author=" ".join(str(page.author or "").split()) if page else "",
        date=day(page.date) if page else "",
        address=str(page.url or "") if page else "",
    )


def _spaced(text: str) -> str:
    """trafilatura gives each paragraph, item and table row a line; rows of a list or table stay together."""
    rows = [row.strip() for row in text.splitlines() if row.strip()]
    parts: list[str] = []
    for number, row in enumerate(rows):
        if number:
            alike = row[0] == rows[number - 1][0] and row[0] in "-|"
            parts.append("\n" if alike else "\n\n")
        parts.append(row)
    return "".join(parts)
