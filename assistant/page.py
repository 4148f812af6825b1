"""The Gradio page: one component that draws itself (`static/`), and what it asks of the Assistant.

Imported by `assistant.web` alone, when a page is served: Gradio is heavy, and reads our annotations.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from importlib.resources import files
from typing import Any
from urllib.parse import unquote

import gradio as gr

from assistant import exchanges, html, sourcespage
from assistant.exchanges import Exchange, asked, drawn
from assistant.service import Assistant
from assistant.sheets import figure, figures, source_file
from assistant.sourcespage import Room
from index.errors import Unreadable, UsageError
from index.store import current
from index.types import Document, Span
from prompts import LANGUAGES, message

WINDOW = 20_000  # characters of a document shown at once
BEFORE = 6_000  # of them, before the quote
LINKED = 200  # characters of a quote that a link carries, to find it again in a changed file
OTHERS = 100  # citations of one answer that are marked
# Gradio runs this once the component stands. page.js comes by a tag of the shell, as a dynamic import from here
# may be resolved against another document's address. The names are of the events that page.js raises.
START = """
const events = ["ask", "speak", "judge", "mark", "why_not", "save", "reopen"];
const start = () => window.startSourcier({ element, trigger, server, props, watch });
if (window.startSourcier) start();
else addEventListener("sourcier-ready", start, { once: true });
"""


def make_blocks(room: Room) -> gr.Blocks:
    """The page. Each visitor's conversation lives in that visitor's session alone."""
    assistant = room.assistant

    def look(data: dict[str, Any]) -> dict[str, Any]:
        return _guarded(lambda language: sourcespage.look(room, language), data)

    def rebuild(data: dict[str, Any]) -> dict[str, Any]:
        room.builder.start()
        return look(data)

    def sources(data: dict[str, Any]) -> dict[str, Any]:
        return _guarded(lambda language: sourcespage.sources(room, data, language), data)

    def remove(data: dict[str, Any]) -> dict[str, Any]:
        return _guarded(lambda language: sourcespage.remove(room, data, language), data)

    def restore(data: dict[str, Any]) -> dict[str, Any]:
        return _guarded(lambda language: sourcespage.restore(room, data, language), data)

    def watching(data: dict[str, Any]) -> dict[str, Any]:
        return _guarded(lambda language: sourcespage.watch(room, data, language), data)

    def open_place(data: dict[str, Any]) -> dict[str, Any]:
        return _guarded(lambda language: _open(assistant, data, language), data)

    def follow(data: dict[str, Any]) -> dict[str, Any]:
        return _guarded(lambda language: _follow(assistant, data, language), data)

    def turn_page(data: dict[str, Any]) -> dict[str, Any]:
        return _guarded(lambda language: _turn_page(assistant, data, language), data)

    def ask(turns: list[Exchange], event: gr.EventData) -> tuple[list[Exchange], dict[str, Any]]:
        turns = asked(assistant, turns, event._data)
        return turns, _shown(turns[-1:], event._data)

    def speak(turns: list[Exchange], event: gr.EventData) -> dict[str, Any]:
        return _shown(turns, event._data, current(assistant.index) or "")

    def save(turns: list[Exchange], event: gr.EventData) -> dict[str, Any]:
        language = _language(event._data)
        found = exchanges.guarded(lambda: exchanges.save(turns, event._data, language), language)
        return _numbered(found, event._data)

    def reopen(turns: list[Exchange], event: gr.EventData) -> tuple[list[Exchange], dict[str, Any]]:
        now = turns

        def work() -> dict[str, Any]:
            nonlocal now
            now, said = exchanges.reopen(assistant, event._data, _language(event._data))
            return said

        said = exchanges.guarded(work, _language(event._data))
        return now, _numbered(said, event._data)

    def judge(turns: list[Exchange], event: gr.EventData) -> tuple[list[Exchange], dict[str, Any]]:
        now = turns

        def work() -> dict[str, Any]:
            nonlocal now
            now, said = exchanges.judge(assistant, turns, event._data, _language(event._data))
            return said

        said = exchanges.guarded(work, _language(event._data))
        return now, _numbered(said, event._data)

    def mark(turns: list[Exchange], event: gr.EventData) -> dict[str, Any]:
        language = _language(event._data)
        found = exchanges.guarded(lambda: exchanges.mark(assistant, turns, event._data, language), language)
        return _numbered(found, event._data)

    def why_not(turns: list[Exchange], event: gr.EventData) -> dict[str, Any]:
        language = _language(event._data)
        found = exchanges.guarded(
            lambda: exchanges.why_not(assistant, turns, event._data, language), language
        )
        return _numbered(found, event._data)

    skeleton = (files("assistant") / "static" / "page.html").read_text(encoding="utf-8")
    with gr.Blocks(
        title=message("page_title"), analytics_enabled=False, fill_width=True, delete_cache=(3600, 3600)
    ) as blocks:
        turns = gr.State([])
        page = gr.HTML(
            html_template=skeleton,
            js_on_load=START,
            apply_default_css=False,
            elem_id="sourcier",
            server_functions=[
                *(look, rebuild, open_place, follow, turn_page),
                *(sources, remove, restore, watching),
            ],
        )
        quiet: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
        page.ask(ask, [turns], [turns, page], concurrency_limit=4, **quiet)
        quiet["trigger_mode"] = "multiple"  # else an event is dropped while one of its kind is under way
        page.speak(speak, [turns], [page], **quiet)
        page.save(save, [turns], [page], **quiet)
        page.reopen(reopen, [turns], [turns, page], **quiet)
        page.judge(judge, [turns], [turns, page], **quiet)
        page.mark(mark, [turns], [page], **quiet)
        page.why_not(why_not, [turns], [page], **quiet)
    return blocks.queue(max_size=64)


def _language(data: dict[str, Any]) -> str:
    wanted = data.get("language")
    return wanted if wanted in LANGUAGES else "en"


def _shown(turns: list[Exchange], data: dict[str, Any], now: str = "") -> dict[str, Any]:
    language = _language(data)
    return {"turns": drawn(turns, language, now), "language": language}


def _numbered(said: dict[str, Any], data: dict[str, Any]) -> dict[str, Any]:
    """What an event brings, under the number that the page gave it: the same words twice are two replies."""
    return {"turns": {}, "event": data.get("event"), **said}


def _guarded(work: Callable[[str], dict[str, Any]], data: object) -> dict[str, Any]:
    language = _language(data) if isinstance(data, dict) else "en"
    return exchanges.guarded(lambda: work(language), language)


def _open(assistant: Assistant, data: dict[str, Any], language: str) -> dict[str, Any]:
    return _opened(assistant, _place(data), data, language)


def _place(data: dict[str, Any]) -> html.Place:
    try:
        return html.Place.from_json(data.get("place"))
    except ValueError as error:
        raise UsageError(str(error)) from error


def _follow(assistant: Assistant, data: dict[str, Any], language: str) -> dict[str, Any]:
    """What a link to a quote leads to today: its place, or where it went, or that it is gone."""
    document = assistant.document(unquote(str(data.get("doc", "")), errors="surrogatepass"))
    words = str(data.get("text", ""))
    start, end = _offsets(data, len(document.text))
    same = data.get("sha256") == document.text_sha256
    if not same:
        start = max(0, document.text.find(words)) if words else 0
        end = start + len(words) if words and words in document.text else start
    quote = Span(start, end)
    place = html.Place(document.path, quote, Span(start, start), html.digest(document.text[start:end]))
    found = _opened(assistant, place, {}, language)
    if not same:
        found["notice"] = html.paragraph(
            message("page_link_moved" if end > start else "page_link_gone", language)
        )
    return {**found, "place": json.loads(place.to_json())}


def _offsets(data: dict[str, Any], length: int) -> tuple[int, int]:
    try:
        start, end = int(data.get("start", "")), int(data.get("end", ""))
    except ValueError as error:
        raise UsageError("the link is not whole: it names no place in the document") from error
    start = max(0, min(start, length))
    return start, max(start, min(end, length))


def _opened(assistant: Assistant, place: html.Place, data: dict[str, Any], language: str) -> dict[str, Any]:
    document = assistant.document(place.document)
    found = _window(document, place, data, language)
    if not isinstance(data.get("low"), int):  # the first window, not more of the text
        found["sheets"] = figures(assistant, document, place.quote, place.span, language)
    return found


def _others(data: dict[str, Any], place: html.Place) -> list[Span]:
    """The quotes of the answer's other citations in the document of `place`."""
    listed = data.get("others")
    found = []
    for one in listed[:OTHERS] if isinstance(listed, list) else ():
        with suppress(ValueError):
            other = html.Place.from_json(one)
            if other.document == place.document and other.quote != place.quote:
                found.append(other.quote)
    return found


def _turn_page(assistant: Assistant, data: dict[str, Any], language: str) -> dict[str, Any]:
    """Another page of the PDF that is open."""
    document = assistant.document(_place(data).document)
    file, number = source_file(assistant, document), data.get("number")
    if file is None or not isinstance(number, int):
        raise UsageError(message("page_moved", language))
    try:
        return {"sheets": figure(file, document, number, [], [], language)}
    except Unreadable as error:
        raise UsageError(f"{document.path}: {error}") from error


def _window(document: Document, place: html.Place, data: dict[str, Any], language: str) -> dict[str, Any]:
    length = len(document.text)
    quoted = document.text[place.quote.start : place.quote.end]
    stands = html.digest(quoted) == place.check
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
        "language": document.language,
    }
