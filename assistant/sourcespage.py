"""What the Sources tab asks of the server: the list, removing and taking back, building and watching."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any
from urllib.parse import unquote

from assistant import feedback, indexview, landscape, landscapeview, sourcesview
from assistant.building import Builder, Work
from assistant.looking import Looker
from assistant.reasons import reason_in
from assistant.service import Assistant
from assistant.sourcelist import COLUMNS, STATES, SourceRow, Wanted, chosen, rows
from assistant.types import Status
from assistant.uploads import TYPES, Uploads
from assistant.watching import Watcher
from index.errors import IndexDamaged, IndexMismatch, IndexMissing, UsageError
from index.forget import forget, remember
from index.forgotten import forgotten
from index.store import current, read_names
from index.types import IndexReport, Listed, OnProgress, Progress
from prompts import example_documents, message

ROWS = 200  # of the table, at first and for each "more"
MOST = 20_000


@dataclass(frozen=True, slots=True)
class Room:
    """All that the page stands on: one for all visitors."""

    assistant: Assistant
    builder: Builder
    watcher: Watcher
    looker: Looker
    uploads: Uploads


def make_room(assistant: Assistant) -> Room:
    """The room of an assistant; nothing is begun yet."""
    builder, chosen_by = Builder(assistant.build), assistant.settings
    uploads = Uploads(chosen_by.seeds, chosen_by.upload_mb, chosen_by.upload_files)
    return Room(assistant, builder, Watcher(assistant, builder), Looker(assistant), uploads)


def look(room: Room, language: str) -> dict[str, Any]:
    """The index as the page shows it; `examples` says whether it holds what the example questions ask for."""
    build, watcher = room.builder.state, room.watcher
    stored = current(room.assistant.index) is not None
    view = indexview.view(
        room.looker.look(), build, room.assistant.settings.seeds, language,
        stored=stored, watching=watcher.on, seen=watcher.seen,
    )  # fmt: skip
    return {**asdict(view), "examples": view.ready and _holds_examples(room.assistant, language)}


def sources(room: Room, data: Mapping[str, Any], language: str) -> dict[str, Any]:
    """The table, by the filter and the order that `data` names."""
    wanted, every = _wanted(data), _rows(room, language)
    some = chosen(every, wanted)
    number = data.get("rows")
    number = min(max(number, ROWS), MOST) if isinstance(number, int) else ROWS
    settings = room.assistant.settings
    return {
        "table": sourcesview.table(some[:number], wanted, len(some) - number, language),
        "states": sourcesview.summary(every, language),
        "shown": sourcesview.shown(len(some), language),
        "limits": message(
            "page_add_limits",
            language,
            mb=settings.upload_mb,
            files=settings.upload_files,
            types=TYPES,
        ),
        "open": settings.upload_files > 0,
        "judged": message(
            "page_judgements",
            language,
            n=feedback.count(room.assistant.index),
            file=feedback.feedback_file(room.assistant.index).absolute(),
        ),
    }


def picture(room: Room, language: str) -> dict[str, Any]:
    """The folder at a glance. Raises what opening the index raises."""
    generation = room.assistant.generation()
    found = landscape.survey(generation.listed(), generation.vectors.rows)
    return {"picture": landscapeview.drawn(found, language)}


def remove(room: Room, data: Mapping[str, Any], language: str) -> dict[str, Any]:
    """Keep a file out, and nothing of it in the index; the file itself is not touched.

    Raises UsageError for a path that is in neither the index nor the folder.
    """
    assistant, path = room.assistant, _path(data)
    known = path in read_names(assistant.index) or any(path == row.name for row in _rows(room, language))
    if not known:
        raise UsageError(message("page_not_indexed", language, name=path))

    def work(note: OnProgress | None) -> IndexReport | None:
        feedback.drop(assistant.index, [path])
        if not set(read_names(assistant.index)) - {path}:
            assistant.close()  # no new index will take its place
        return forget(
            assistant.settings.seeds, assistant.index, [path], assistant.encoder,
            on_progress=lambda progress: _noted(assistant, progress, note), ocr=assistant.settings.ocr_languages,
        )  # fmt: skip

    _start(room, work, stoppable=False)  # else words of the file would stay in the index
    return {"said": message("page_removed_named", language, name=path), "undo": data.get("name")}


def restore(room: Room, data: Mapping[str, Any], language: str) -> dict[str, Any]:
    """Take a removed file in again."""
    assistant, path = room.assistant, _path(data)

    def work(note: OnProgress | None) -> IndexReport:
        remember(assistant.index, [path])
        return assistant.build(note)

    _start(room, work)
    return {"said": message("page_restored_named", language, name=path)}


def cancel(room: Room, data: Mapping[str, Any], language: str) -> dict[str, Any]:
    """Stop the build that `data` numbers, if it is still under way."""
    number = data.get("number")
    if isinstance(number, int):
        room.builder.cancel(number)
    return look(room, language)


def watch(room: Room, data: Mapping[str, Any], language: str) -> dict[str, Any]:
    """Switch watching on or off."""
    if data.get("on") is True:
        room.watcher.start()
    else:
        room.watcher.stop()
    return look(room, language)


def _start(room: Room, work: Work, stoppable: bool = True) -> None:
    def then(note: OnProgress | None) -> IndexReport | None:
        try:
            return work(note)
        finally:
            room.looker.again()

    room.builder.queue(then, stoppable)


def _noted(assistant: Assistant, progress: Progress, note: OnProgress | None) -> None:
    """Pass it on; once the new index serves, let go of the old one, which still holds what is to be forgotten."""
    if note:
        note(progress)
    if progress.stage == "writing" and progress.done == progress.total:
        assistant.generation()


def _holds_examples(assistant: Assistant, language: str) -> bool:
    return set(example_documents(language)) <= set(read_names(assistant.index))


def _rows(room: Room, language: str) -> list[SourceRow]:
    status = room.looker.look()
    if not isinstance(status, Status):
        raise status
    skipped = [replace(one, reason=reason_in(one.reason, language)) for one in status.skipped]
    return rows(_listed(room.assistant), status.changes, skipped, forgotten(room.assistant.index))


def _listed(assistant: Assistant) -> list[Listed]:
    try:
        return assistant.generation().listed()
    except (IndexMissing, IndexDamaged, IndexMismatch):
        return []  # the page says it elsewhere; the files are listed all the same


def _path(data: Mapping[str, Any]) -> str:
    return unquote(str(data.get("name", "")), errors="surrogatepass")


def _wanted(data: Mapping[str, Any]) -> Wanted:
    state, column = data.get("state"), data.get("column")
    return Wanted(
        words=str(data.get("words", ""))[:200],
        state=state if state in STATES else "",
        column=column if column in COLUMNS else "name",
        descending=data.get("descending") is True,
    )
