"""HTML: the article without its page."""

from __future__ import annotations

from index.decoding import decode
from index.formats.extracted import Extracted
from index.html import declared_charset, read_html


def read_page(data: bytes) -> Extracted:
    """Raises Unreadable where the page cannot be parsed."""
    return read_html(decode(data, declared_charset(data)))
