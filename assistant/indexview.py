"""How the index stands, as HTML: a line of facts, a banner while it is behind, a card where none serves."""

from __future__ import annotations

import time
from dataclasses import dataclass
from html import escape
from pathlib import Path

from assistant.building import Build
from assistant.html import card, name, paragraph, say
from assistant.reasons import reason_in
from assistant.render import count
from assistant.types import IndexState, Status
from index.errors import Cancelled, SourcesError, SourcierError
from index.types import Changes, Progress, Skipped
from index.watch import Seen
from prompts import message

NAMED = 8  # changed files named in the banner
BAR = '<div class="bar"></div>'


@dataclass(frozen=True, slots=True)
class View:
    """`line`, `banner` and `card` are HTML, "" where there is nothing to show; `ready`: one can ask.

    `bar` is how far the build is; it goes into the element of class "bar" of banner or card, which itself stays as it
    is from look to look: its button is not taken away from under a finger.
    """

    line: str
    banner: str
    card: str
    bar: str
    ready: bool
    building: bool
    finished: int  # number of the latest finished build
    watching: bool
    news: str  # what that build did, as plain text


def view(
    status: Status | SourcierError,
    build: Build,
    seeds: Path,
    language: str,
    *,
    stored: bool = False,
    watching: bool = False,
    seen: Seen | None = None,
) -> View:
    """The index as the page shows it; a SourcierError in place of the status is shown as a card.

    `stored`: there is an index on disk, if perhaps one that cannot be used. `watching`: changes are taken in by
    themselves, and `seen` is what was seen last.
    """
    where = f'<p class="path">{name(str(seeds.absolute()))}</p>'
    serves = isinstance(status, Status) and status.index is not None and status.index.documents > 0
    line = (
        _line(status.index, status.skipped, language) if isinstance(status, Status) and status.index else ""
    )
    banner = (
        _banner(status.changes, status.problem, build, language, watching, seen)
        if serves and isinstance(status, Status)
        else ""
    )
    return View(
        line=line,
        banner=banner,
        card="" if serves else _card(status, stored, build, where, language),
        bar=_bar(build, language),
        ready=serves,
        building=build.running,
        finished=build.number - build.running,
        watching=watching,
        news=_news(build, language),
    )


def progress_bar(progress: Progress | None, language: str, left: float | None = None) -> str:
    """A bar with words: without a number until the first report. `left`: seconds that the stage may still take."""
    if progress is None or progress.total <= 0:
        return _endless(message("page_stage_waiting", language))
    words = escape(
        message(f"page_stage_{progress.stage}", language, done=progress.done, total=progress.total)
        + _left(left, language)
    )
    bar = f'<progress max="{progress.total}" value="{progress.done}" aria-label="{words}"></progress>'
    return f'{bar}<p class="stage">{words}</p>'


def _bar(build: Build, language: str) -> str:
    if not build.running:
        return ""
    if build.stopping:
        return _endless(message("page_stopping", language))
    return progress_bar(build.progress, language, build.left(time.monotonic()))


def _endless(words: str) -> str:
    words = escape(words)
    return f'<progress aria-label="{words}"></progress><p class="stage">{words}</p>'


def _left(seconds: float | None, language: str) -> str:
    """How long that is, roughly; "" where nobody can tell."""
    if seconds is None:
        return ""
    unit, n = ("minutes", round(seconds / 60)) if seconds >= 90 else ("seconds", max(1, round(seconds)))
    return f" · {message(f'page_left_{unit}', language, n=n)}"


def _line(index: IndexState, skipped: tuple[Skipped, ...], language: str) -> str:
    facts = [
        escape(count("page_documents", index.documents, language)),
        escape(count("page_chunks", index.passages, language)),
        name(index.model),
        f"{say('page_built', language)} "
        f'<time datetime="{escape(index.built_at)}">{escape(index.built_at)}</time>',
    ]
    shown = "".join(f"<span>{fact}</span>" for fact in facts)
    return f'<p class="facts">{shown}</p>{_skipped(skipped, language)}'


def _skipped(skipped: tuple[Skipped, ...], language: str) -> str:
    if not skipped:
        return ""
    rows = "".join(
        f"<li>{name(one.document)} <span>{name(reason_in(one.reason, language))}</span></li>"
        for one in skipped
    )
    summary = escape(count("page_skipped", len(skipped), language))
    return f'<details class="skipped"><summary>{summary}</summary><ul>{rows}</ul></details>'


def _banner(
    changes: Changes, problem: str, build: Build, language: str, watching: bool, seen: Seen | None
) -> str:
    if build.running:
        title = say("page_building", language)
        hint = say("page_building_text", language)
        going = f"<div><p><b>{title}</b> {hint}</p>{BAR}</div>"
        return f'<div class="banner building">{going}{_cancel(build, language)}</div>'
    if not changes and not problem:
        return ""
    if watching and not problem and (seen is None or seen.what in ("watching", "built")):
        title = say("page_watched", language)
        return f'<div class="banner"><div><p><b>{title}</b></p>{_files(changes, language)}</div></div>'
    failed, cancelled = "", ""
    if isinstance(build.error, Cancelled):
        cancelled = _reason(build.error, language)
    elif build.error is not None:
        failed = card(message("page_build_failed", language), _reason(build.error, language))
    title = say("page_damaged" if problem else "page_stale", language)
    told = message("page_vanished", language, n=seen.count) if seen and seen.what == "vanished" else problem
    files = cancelled + (paragraph(told) if told else "") + _files(changes, language)
    button = _button("page_rebuild", language)
    return f'{failed}<div class="banner stale"><div><p><b>{title}</b></p>{files}</div>{button}</div>'


def _files(changes: Changes, language: str) -> str:
    named = [
        (path, key)
        for paths, key in (
            (changes.added, "page_added"),
            (changes.changed, "page_changed"),
            (changes.removed, "page_removed"),
        )
        for path in paths
    ]
    rows = [f"<li>{name(path)} <i>{say(key, language)}</i></li>" for path, key in named[:NAMED]]
    if len(named) > NAMED:
        rows.append(f"<li>{say('page_more', language, n=len(named) - NAMED)}</li>")
    return f'<ul class="files">{"".join(rows)}</ul>'


def _card(status: Status | SourcierError, stored: bool, build: Build, where: str, language: str) -> str:
    if build.running:
        text = paragraph(message("page_building_first_text", language))
        title = message("page_building_first", language)
        return card(title, text + BAR, kind="notice", button=_cancel(build, language))
    failed = _reason(build.error, language) if build.error is not None else ""
    if isinstance(status, SourcierError):
        key = "page_folder_problem" if isinstance(status, SourcesError) else "page_unusable_index"
        return card(message(key, language), paragraph(str(status)))
    build_now = _button("page_build", language)
    if status.index is None and stored:
        problem = paragraph(status.problem)
        return card(
            message("page_unusable_index", language), problem + failed, kind="notice", button=build_now
        )
    if not status.changes.added:
        text = paragraph(message("page_empty_folder_text", language))
        skipped = _skipped(status.skipped, language)
        return card(message("page_empty_folder", language), text + where + skipped, kind="notice")
    text = paragraph(message("page_no_index_text", language))
    return card(message("page_no_index", language), text + where + failed, kind="notice", button=build_now)


def _button(key: str, language: str) -> str:
    return f'<button type="button" class="primary build">{say(key, language)}</button>'


def _cancel(build: Build, language: str) -> str:
    if not build.stoppable:
        return ""
    spoken, shown = (say(key, language) for key in ("page_cancel_build", "page_cancel"))
    return f'<button type="button" class="quiet" data-cancel="{build.number}" aria-label="{spoken}">{shown}</button>'


def _reason(error: Exception, language: str) -> str:
    if isinstance(error, Cancelled):
        return paragraph(message("page_build_cancelled", language))
    if isinstance(error, SourcierError):
        return paragraph(str(error))
    return paragraph(message("page_unexpected_text", language))


def _news(build: Build, language: str) -> str:
    if isinstance(build.error, Cancelled):
        return message("page_build_cancelled", language)
    if build.running or build.report is None:
        return ""
    return message(
        "page_built_now",
        language,
        documents=count("page_documents", build.report.documents, language),
        passages=count("page_chunks", build.report.passages, language),
        encoded=build.report.encoded,
    )
