"""A web page's own file, to be saved: it is never shown here, where its scripts would run as ours."""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from assistant import html
from assistant.service import Assistant
from assistant.sheets import unchanged
from index.errors import SourcierError
from index.types import Document

ROUTE = "/original"
KINDS = ("html",)  # of which the text is only a part


def link(assistant: Assistant, document: Document, language: str) -> str:
    """HTML of a link to the file; "" for other kinds, and for a file that is not as it was indexed."""
    if document.kind not in KINDS or unchanged(assistant, document) is None:
        return ""
    query = urlencode({"doc": document.path, "sha256": document.source_sha256}, errors="surrogatepass")
    said = html.say("page_original", language)
    return f'<span><a class="original" href="{ROUTE}?{escape(query)}" download>{said}</a></span>'


def original(assistant: Assistant, asked: dict[str, Any]) -> Path | None:
    """The file that such a link asks for; None for anything that none would ask."""
    try:
        document = assistant.document(str(asked.get("doc", "")))
    except SourcierError:
        return None
    wanted = document.kind in KINDS and asked.get("sha256") == document.source_sha256
    return unchanged(assistant, document) if wanted else None
