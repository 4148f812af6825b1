"""The Gradio page: one component that draws itself (`static/`), and what it asks of the Assistant.

Imported by `assistant.web` alone, when a page is served: Gradio is heavy, and reads our annotations.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
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

# (what the page sends, its language) -> what it is told
Work = Callable[[dict[str, Any], str], dict[str, Any]]

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

    def ask(event: gr.EventData) -> Any:
        data, mine = event._data, visitors.of(event._data)
        try:
            one = asked(assistant, mine.turns, data, mine.withdrawn)
        except Cancelled:
            return gr.skip()
        now = exchanges.standing([one], mine.withdrawn)
        return {**_shown(now, data), "kept": exchanges.kept(now)}

    def withdraw(event: gr.EventData) -> None:
        # in place: the question under way sees it
        visitors.of(event._data).withdrawn.add(exchanges.number_of(event._data))

    def speak(event: gr.EventData) -> dict[str, Any]:
        return _shown(visitors.of(event._data).turns, event._data, current(assistant.index) or "")

    skeleton = (files("assistant") / "static" / "page.html").read_text(encoding="utf-8")
    with gr.Blocks(
        title=message("page_title"), analytics_enabled=False, fill_width=True, delete_cache=(3600, 3600)
    ) as blocks:
        page = gr.HTML(
            html_template=skeleton,
            js_on_load=START,
            apply_default_css=False,
            elem_id="sourcier",
            server_functions=[_call(name, work) for name, work in _calls(room, visitors).items()],
        )
        quiet: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
        quiet["trigger_mode"] = "multiple"  # else an event is dropped while one of its kind is under way
        page.ask(ask, None, [page], concurrency_limit=4, **quiet)
        page.withdraw(withdraw, None, None, **quiet)
        page.speak(speak, None, [page], **quiet)
        for name, work in _replies(room, visitors).items():
            getattr(page, name)(_reply(name, work), None, [page], **quiet)
    blocks.state_session_capacity = MOST  # what Gradio itself remembers of a tab
    return blocks.queue(max_size=64)


def _calls(room: Room, visitors: Visitors) -> dict[str, Work]:
    """What page.js calls on the server, by its name there."""

    def look(data: dict[str, Any], language: str) -> dict[str, Any]:
        return {**sourcespage.look(room, language), "held": visitors.of(data).id}

    def rebuild(data: dict[str, Any], language: str) -> dict[str, Any]:
        room.builder.start()
        return look(data, language)

    return {
        "look": look,
        "rebuild": rebuild,
        "cancel": partial(sourcespage.cancel, room),
        "sources": partial(sourcespage.sources, room),
        "picture": lambda _, language: sourcespage.picture(room, language),
        "remove": partial(sourcespage.remove, room),
        "restore": partial(sourcespage.restore, room),
        "watching": partial(sourcespage.watch, room),
        "open_place": partial(viewing.open_place, room.assistant),
        "follow": partial(viewing.follow, room.assistant),
        "turn_page": partial(viewing.turn_page, room.assistant),
        "find_words": partial(viewing.find_words, room.assistant),
    }


def _replies(room: Room, visitors: Visitors) -> dict[str, Work]:
    """What answers the events that only say something about a conversation."""

    def save(data: dict[str, Any], language: str) -> dict[str, Any]:
        mine = visitors.of(data)
        return exchanges.save(exchanges.standing(mine.turns, mine.withdrawn), data, language)

    def reopen(data: dict[str, Any], language: str) -> dict[str, Any]:
        mine = visitors.of(data)
        try:
            mine.turns[:], said = exchanges.reopen(room.assistant, data, language)
        except UsageError as error:  # a tab need not keep what it sent, and bring it again
            return {"error": exchanges.error_card(error, language), "why": str(error), "unusable": True}
        return said

    def judge(data: dict[str, Any], language: str) -> dict[str, Any]:
        return exchanges.judge(room.assistant, visitors.of(data).turns, data, language)

    def mark(data: dict[str, Any], language: str) -> dict[str, Any]:
        return exchanges.mark(room.assistant, visitors.of(data).turns, data, language)

    def why_not(data: dict[str, Any], language: str) -> dict[str, Any]:
        return exchanges.why_not(room.assistant, visitors.of(data).turns, data, language)

    return {"save": save, "reopen": reopen, "judge": judge, "mark": mark, "why_not": why_not}


def _language(data: dict[str, Any]) -> str:
    wanted = data.get("language")
    return wanted if wanted in LANGUAGES else "en"


def _shown(turns: list[Exchange], data: dict[str, Any], now: str = "") -> dict[str, Any]:
    language = _language(data)
    return {"turns": drawn(turns, language, now), "language": language}


def _call(name: str, work: Work) -> Callable[[dict[str, Any]], dict[str, Any]]:
    def call(data: dict[str, Any]) -> dict[str, Any]:
        language = _language(data) if isinstance(data, dict) else "en"
        return exchanges.guarded(lambda: work(data, language), language)

    call.__name__ = name  # by which Gradio offers it
    return call


def _reply(name: str, work: Work) -> Callable[[gr.EventData], dict[str, Any]]:
    """What an event brings, under the number that the page gave it: the same words twice are two replies."""

    def reply(event: gr.EventData) -> dict[str, Any]:
        data, language = event._data, _language(event._data)
        said = exchanges.guarded(lambda: work(data, language), language)
        return {"turns": {}, "event": data.get("event"), **said}

    reply.__name__ = name
    return reply
