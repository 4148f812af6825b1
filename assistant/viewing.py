"""What the viewer asks of the server: a window of a document, its pages, and where a link leads today."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any
from urllib.parse import unquote

from assistant import finding, html, originals
from assistant.place import Place, digest
from assistant.reasons import reason_in
from assistant.service import Assistant
from assistant.sheets import figure, figures, source_file
from index.errors import SourcesError, Unreadable, UsageError
from index.types import Document, Span
from prompts import message

WINDOW = 20_000  # characters of a document shown at once
BEFORE = 6_000  # of them, before the quote
LINKED = 200  # characters of a quote that a link carries, to find it again in a changed file
OTHERS = 100  # citations of one answer that are marked


def open_place(assistant: Assistant, data: dict[str, Any], language: str) -> dict[str, Any]:
    """A window of a document, its quote marked: the first one with its pages, or more of the text."""
    return _opened(assistant, _place(data, language), data, language)


def find_words(assistant: Assistant, data: dict[str, Any], language: str) -> dict[str, Any]:
    """Every place of some words in the document that is open; `more` if there are others than those."""
    document = _document(assistant, _place(data, language).document, language)
    found = finding.places(document.text, str(data.get("words", "")))
    listed = [
        Place(document.path, span, span, digest(document.text[span.start : span.end])).to_json()
        for span in found[: finding.MOST]
    ]
    return {"places": [json.loads(one) for one in listed], "more": len(found) > len(listed)}


def _place(data: dict[str, Any], language: str) -> Place:
    try:
        return Place.from_json(data.get("place"))
    except ValueError as error:
        raise UsageError(message("page_link_broken", language)) from error


def _document(assistant: Assistant, path: str, language: str) -> Document:
    try:
        return assistant.document(path)
    except SourcesError as error:
        raise UsageError(message("page_not_indexed", language, name=path)) from error


def follow(assistant: Assistant, data: dict[str, Any], language: str) -> dict[str, Any]:
    """What a link to a quote leads to today: its place, or where it went, or that it is gone."""
    try:
        path = unquote(str(data.get("doc", "")), errors="surrogatepass")
        start, end = int(data.get("start", 0)), int(data.get("end", 0))
    except ValueError as error:  # a name that is no UTF-8, or a place that is no number
        raise UsageError(message("page_link_broken", language)) from error
    document = _document(assistant, path, language)
    asked = end > start  # a link to the whole document names no quote
    start = max(0, min(start, len(document.text)))
    end = max(start, min(end, len(document.text)))
    words = str(data.get("text", ""))
    same = data.get("sha256") == document.text_sha256
    if not same:
        start = max(0, document.text.find(words)) if words else 0
        end = start + len(words) if words and words in document.text else start
    quote = Span(start, end)
    place = Place(document.path, quote, Span(start, start), digest(document.text[start:end]))
    found = _opened(assistant, place, {}, language)
    if not same and (words or asked):
        key = "page_link_moved" if end > start else "page_link_gone" if words else "page_link_other"
        found["notice"] = html.paragraph(message(key, language))
    return {**found, "place": json.loads(place.to_json())}


def _opened(assistant: Assistant, place: Place, data: dict[str, Any], language: str) -> dict[str, Any]:
    document = _document(assistant, place.document, language)
    found = _window(document, place, data, language)
    if not isinstance(data.get("low"), int):  # the first window, not more of the text
        found["sheets"] = figures(assistant, document, place.quote, place.span, language)
        found["facts"] += originals.link(assistant, document, language)
    return found


def _others(data: dict[str, Any], place: Place) -> list[Span]:
    """The quotes of the answer's other citations in the document of `place`."""
    listed = data.get("others")
    found = []
    for one in listed[:OTHERS] if isinstance(listed, list) else ():
        with suppress(ValueError):
            other = Place.from_json(one)
            if other.document == place.document and other.quote != place.quote:
                found.append(other.quote)
    return found


def turn_page(assistant: Assistant, data: dict[str, Any], language: str) -> dict[str, Any]:
    """Another page of the PDF that is open."""
    document = _document(assistant, _place(data, language).document, language)
    file, number = source_file(assistant, document), data.get("number")
    if file is None or not isinstance(number, int):
        raise UsageError(message("page_file_changed", language, name=document.path))
    try:
        return {"sheets": figure(file, document, number, [], [], language)}
    except Unreadable as error:
        raise UsageError(f"{document.path}: {reason_in(str(error), language)}") from error


def _window(document: Document, place: Place, data: dict[str, Any], language: str) -> dict[str, Any]:
    length = len(document.text)
    quoted = document.text[place.quote.start : place.quote.end]
    stands = digest(quoted) == place.check
    low, high = data.get("low"), data.get("high")
    if not isinstance(low, int) or not isinstance(high, int):
        low = place.quote.start - BEFORE
        high = low + WINDOW
    low, high = max(0, min(low, length)), max(0, min(high, length, low + 2 * WINDOW))
    return {
        "title": html.name(document.title or document.path),
        "facts": html.document_facts(document, language),
        "text": html.window(document, low, high, place if stands else None, language, _others(data, place)),
        "quote": quoted[:LINKED] if stands else "",
        "sha256": document.text_sha256,
        "notice": "" if stands else html.paragraph(message("page_moved", language)),
        "low": low,
        "high": high,
        "length": length,
        "pages": len(document.pages),
        "language": document.language,
    }
