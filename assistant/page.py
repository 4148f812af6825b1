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
from assistant.visitors import MOST, Visitors
from index.errors import Cancelled, UsageError
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
    """The page. Each visitor's conversation is that visitor's alone.

    It lives in no gr.State: for that, Gradio keeps a connection of each open tab, and six are all that a browser has.
    """
    assistant, visitors = room.assistant, Visitors()

    def look(data: dict[str, Any]) -> dict[str, Any]:
        return _guarded(
            lambda language: {**sourcespage.look(room, language), "held": visitors.of(data).id}, data
        )

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

    def ask(event: gr.EventData) -> Any:
        data, mine = event._data, visitors.of(event._data)
        try:
            now = asked(assistant, mine.turns, data, mine.withdrawn)[-1:]
        except Cancelled:
            return gr.skip()
        return {**_shown(now, data), "kept": exchanges.kept(now)}

    def withdraw(event: gr.EventData) -> None:
        # in place: the question under way sees it
        visitors.of(event._data).withdrawn.add(exchanges.number_of(event._data))

    def speak(event: gr.EventData) -> dict[str, Any]:
        return _shown(visitors.of(event._data).turns, event._data, current(assistant.index) or "")

    def save(event: gr.EventData) -> dict[str, Any]:
        mine = visitors.of(event._data)
        standing = exchanges.standing(mine.turns, mine.withdrawn)
        return _replied(lambda data, language: exchanges.save(standing, data, language), event)

    def reopen(event: gr.EventData) -> dict[str, Any]:
        def work(data: dict[str, Any], language: str) -> dict[str, Any]:
            mine = visitors.of(data)
            try:
                mine.turns[:], said = exchanges.reopen(assistant, data, language)
            except UsageError as error:  # a tab need not keep what it sent, and bring it again
                return {"error": exchanges.error_card(error, language), "why": str(error), "unusable": True}
            return said

        return _replied(work, event)

    def judge(event: gr.EventData) -> dict[str, Any]:
        turns = visitors.of(event._data).turns
        return _replied(lambda data, language: exchanges.judge(assistant, turns, data, language)[1], event)

    def mark(event: gr.EventData) -> dict[str, Any]:
        turns = visitors.of(event._data).turns
        return _replied(lambda data, language: exchanges.mark(assistant, turns, data, language), event)

    def why_not(event: gr.EventData) -> dict[str, Any]:
        turns = visitors.of(event._data).turns
        return _replied(lambda data, language: exchanges.why_not(assistant, turns, data, language), event)

    skeleton = (files("assistant") / "static" / "page.html").read_text(encoding="utf-8")
    with gr.Blocks(
        title=message("page_title"), analytics_enabled=False, fill_width=True, delete_cache=(3600, 3600)
    ) as blocks:
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
        page.ask(ask, None, [page], concurrency_limit=4, **quiet)
        page.withdraw(withdraw, None, None, **quiet)
        page.speak(speak, None, [page], **quiet)
        page.save(save, None, [page], **quiet)
        page.reopen(reopen, None, [page], **quiet)
        page.judge(judge, None, [page], **quiet)
        page.mark(mark, None, [page], **quiet)
        page.why_not(why_not, None, [page], **quiet)
    blocks.state_session_capacity = MOST  # what Gradio itself remembers of a tab
    return blocks.queue(max_size=64)


def _language(data: dict[str, Any]) -> str:
    wanted = data.get("language")
    return wanted if wanted in LANGUAGES else "en"


def _shown(turns: list[Exchange], data: dict[str, Any], now: str = "") -> dict[str, Any]:
    language = _language(data)
    return {"turns": drawn(turns, language, now), "language": language}


def _replied(work: Callable[[dict[str, Any], str], dict[str, Any]], event: gr.EventData) -> dict[str, Any]:
    """What an event brings, under the number that the page gave it: the same words twice are two replies."""
    data, language = event._data, _language(event._data)
    said = exchanges.guarded(lambda: work(data, language), language)
    return {"turns": {}, "event": data.get("event"), **said}


def _guarded(work: Callable[[str], dict[str, Any]], data: object) -> dict[str, Any]:
    language = _language(data) if isinstance(data, dict) else "en"
    return exchanges.guarded(lambda: work(language), language)
