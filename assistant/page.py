"""The Gradio page: one component that draws itself (`static/`), and what it asks of the Assistant.

Imported by `assistant.web` alone, when a page is served: Gradio is heavy, and reads our annotations.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib.resources import files
from typing import Any

import gradio as gr

from assistant import exchanges, sourcespage, viewing
from assistant.exchanges import Exchange, asked, drawn
from assistant.sourcespage import Room
from index.errors import Cancelled
from index.store import current
from prompts import LANGUAGES, message

# Gradio runs this once the component stands. page.js comes by a tag of the shell, as a dynamic import from here
# may be resolved against another document's address. The names are of the events that page.js raises.
START = """
const events = ["ask", "withdraw", "speak", "judge", "mark", "why_not", "save", "reopen"];
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

    def cancel(data: dict[str, Any]) -> dict[str, Any]:
        return _guarded(lambda language: sourcespage.cancel(room, data, language), data)

    def sources(data: dict[str, Any]) -> dict[str, Any]:
        return _guarded(lambda language: sourcespage.sources(room, data, language), data)

    def picture(data: dict[str, Any]) -> dict[str, Any]:
        return _guarded(lambda language: sourcespage.picture(room, language), data)

    def remove(data: dict[str, Any]) -> dict[str, Any]:
        return _guarded(lambda language: sourcespage.remove(room, data, language), data)

    def restore(data: dict[str, Any]) -> dict[str, Any]:
        return _guarded(lambda language: sourcespage.restore(room, data, language), data)

    def watching(data: dict[str, Any]) -> dict[str, Any]:
        return _guarded(lambda language: sourcespage.watch(room, data, language), data)

    def open_place(data: dict[str, Any]) -> dict[str, Any]:
        return _guarded(lambda language: viewing.open_place(assistant, data, language), data)

    def follow(data: dict[str, Any]) -> dict[str, Any]:
        return _guarded(lambda language: viewing.follow(assistant, data, language), data)

    def find_words(data: dict[str, Any]) -> dict[str, Any]:
        return _guarded(lambda language: viewing.find_words(assistant, data, language), data)

    def turn_page(data: dict[str, Any]) -> dict[str, Any]:
        return _guarded(lambda language: viewing.turn_page(assistant, data, language), data)

    # A conversation is changed in place: its events may overlap, and each writes what is its own.

    def ask(turns: list[Exchange], withdrawn: set[int], event: gr.EventData) -> Any:
        try:
            now = asked(assistant, turns, event._data, withdrawn)
        except Cancelled:
            return gr.skip()
        return _shown(now[-1:], event._data)

    def withdraw(withdrawn: set[int], event: gr.EventData) -> None:
        withdrawn.add(exchanges.number_of(event._data))  # in place: the question under way sees it

    def speak(turns: list[Exchange], event: gr.EventData) -> dict[str, Any]:
        return _shown(turns, event._data, current(assistant.index) or "")

    def save(turns: list[Exchange], withdrawn: set[int], event: gr.EventData) -> dict[str, Any]:
        language, kept = _language(event._data), exchanges.standing(turns, withdrawn)
        found = exchanges.guarded(lambda: exchanges.save(kept, event._data, language), language)
        return _numbered(found, event._data)

    def reopen(turns: list[Exchange], event: gr.EventData) -> dict[str, Any]:
        def work() -> dict[str, Any]:
            turns[:], said = exchanges.reopen(assistant, event._data, _language(event._data))
            return said

        return _numbered(exchanges.guarded(work, _language(event._data)), event._data)

    def judge(turns: list[Exchange], event: gr.EventData) -> dict[str, Any]:
        language = _language(event._data)
        said = exchanges.guarded(
            lambda: exchanges.judge(assistant, turns, event._data, language)[1], language
        )
        return _numbered(said, event._data)

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
        turns, withdrawn = gr.State([]), gr.State(set())
        page = gr.HTML(
            html_template=skeleton,
            js_on_load=START,
            apply_default_css=False,
            elem_id="sourcier",
            server_functions=[
                *(look, rebuild, cancel, open_place, follow, turn_page, find_words),
                *(sources, picture, remove, restore, watching),
            ],
        )
        quiet: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
        quiet["trigger_mode"] = "multiple"  # else an event is dropped while one of its kind is under way
        page.ask(ask, [turns, withdrawn], [page], concurrency_limit=4, **quiet)
        page.withdraw(withdraw, [withdrawn], None, **quiet)
        page.speak(speak, [turns], [page], **quiet)
        page.save(save, [turns, withdrawn], [page], **quiet)
        page.reopen(reopen, [turns], [page], **quiet)
        page.judge(judge, [turns], [page], **quiet)
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
