"""What each command does: its output on stdout, what happens meanwhile on stderr, its exit code returned."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from assistant.reasons import reason_in
from assistant.render import one_line, to_json, to_text, visible
from assistant.settings import Settings, load_settings
from assistant.terminal import Bar, bold, locale_language, open_page, print_json, read_text, warn
from index.errors import (
    IndexBusy,
    IndexDamaged,
    IndexMismatch,
    IndexMissing,
    SourcesError,
    Unreadable,
    UsageError,
)
from index.types import Changes, Encoder, IndexReport, Progress, Skipped
from prompts import message

if TYPE_CHECKING:
    from assistant.reader import Reader
    from assistant.service import Assistant
    from assistant.types import Turn
    from index.inventory import Inventory

DONE, FOUND = 0, 1
_FLAGS = ("seeds", "index", "model", "language", "port", "open_browser", "build", "watch")
_LISTED = 10  # changed files that are named


class Run:
    """What every command shares: its arguments, the settings and the language of its output."""

    def __init__(self, options: argparse.Namespace, encoder: Encoder | None, reader: Reader | None) -> None:
        flags = {name: getattr(options, name, None) for name in _FLAGS}
        self.options = options
        self.settings: Settings = load_settings(flags, os.environ, Path.cwd())
        self.language = self.settings.language or locale_language()
        self.encoder = encoder
        self.reader = reader
        self.json: bool = getattr(options, "json", False)

    def assistant(self) -> Assistant:
        """The service; a folder that cannot be used is refused before anything is written."""
        from assistant.service import Assistant
        from index.documents import look_into

        look_into(self.settings.seeds)
        return Assistant(self.settings, self.encoder, self.reader)

    def say(self, key: str, **values: object) -> str:
        return message(f"cli_{key}", self.language, **values)

    def build(self, assistant: Assistant, thorough: bool = False) -> IndexReport:
        """Index with a progress bar on stderr; where that is no terminal, only its first and last lines."""
        warn(self.say("building", folder=one_line(str(self.settings.seeds))))
        bar = Bar(self.language) if sys.stderr.isatty() else None
        latest = Progress("reading", 0, 0)

        def note(progress: Progress) -> None:
            nonlocal latest
            latest = progress
            if bar:
                bar(progress)

        try:
            try:
                report = assistant.build(note, thorough)
            finally:
                if bar:
                    bar.clear()
        except KeyboardInterrupt:
            warn(self.stopped(latest))
            raise
        self.built(report)
        return report

    def stopped(self, at: Progress) -> str:
        """What is kept of a build that was stopped there, and how it goes on."""
        if at.stage == "writing" and at.done == at.total:
            return self.say("stopped_served")
        if at.stage == "encoding":
            return self.say("stopped_encoding", done=at.done, total=at.total)
        return self.say("stopped")

    def built(self, report: IndexReport) -> None:
        """One line on what a build did, and one for each file that was damaged."""
        warn(self.say("built", **{name: getattr(report, name) for name in IndexReport.__dataclass_fields__}))
        for problem in report.healed:
            warn(self.say("healed", problem=one_line(problem)))

    def wanted(self, name: str) -> set[str]:
        """What a source named on the command line may be called: as it is, or relative to the folder of sources."""
        inside = os.path.relpath(Path(name).resolve(), self.settings.seeds.resolve())
        return {name, inside.replace(os.sep, "/")}

    def skipped(self, skipped: Sequence[Skipped]) -> list[str]:
        lines = [self.say("skipped", count=len(skipped))] if skipped else []
        return lines + [
            f"  {one_line(one.document)}: {one_line(reason_in(one.reason, self.language))}" for one in skipped
        ]


def chat(run: Run) -> int:
    """Serve the page; only a folder that has no index yet keeps it waiting."""
    assistant = run.assistant()
    try:
        try:
            assistant.generation()
        except (IndexMissing, IndexDamaged) as error:
            if isinstance(error, IndexDamaged):
                warn(f"sourcier: {error}")
            warn("\n".join(run.skipped(run.build(assistant).skipped)))
    except (SourcesError, IndexBusy, IndexDamaged, IndexMismatch) as error:
        warn(f"sourcier: {error}")  # the page shows it too, with what mends it
    from assistant.web import serve

    try:
        serve(assistant, run.settings, lambda url: _ready(run, url))
    finally:
        assistant.close()
    return DONE


def _ready(run: Run, url: str) -> None:
    warn(run.say("serving", url=url))
    if run.settings.open_browser:
        open_page(url)


def ask(run: Run) -> int:
    """Answer one question, from an index that is up to date unless `--no-build` was given."""
    from assistant.followup import turn_of
    from assistant.question import check_question

    question, *earlier = map(check_question, [run.options.question, *run.options.after])  # before a build
    assistant = run.assistant()
    bring_up_to_date(run, assistant)
    history: list[Turn] = []
    for before in earlier:
        history.append(turn_of(assistant.ask(before, history)))
    reply = assistant.ask(question, history)
    if run.json:
        print_json(to_json(reply))
        return DONE
    print(to_text(reply, run.language, bold=bold()))
    if run.options.why:
        from assistant.whyview import why_text

        print(f"\n{why_text(reply, run.language)}")
    return DONE if reply.status == "answered" else FOUND


def index(run: Run) -> int:
    """Bring the index up to date."""
    assistant = run.assistant()
    report = run.build(assistant)
    if run.json:
        print_json(asdict(report))
    else:
        print("\n".join([run.say("generation", generation=report.generation), *run.skipped(report.skipped)]))
    return DONE


def status(run: Run) -> int:
    """How the index stands to its folder; 1 if it is behind or cannot serve. Or one source's text."""
    if run.options.text is not None:
        return _print_source(run, run.options.text)
    assistant = run.assistant()
    found, inventory = assistant.status(), assistant.inventory()
    if run.json:
        print_json({**asdict(found), "inventory": asdict(inventory) if inventory else None})
    else:
        lines = [run.say("index_at", path=one_line(str(assistant.index)))]
        if found.index:
            lines.append(run.say("index", **asdict(found.index)))
        lines += _inventory(run, inventory) if inventory else []
        lines += [one_line(found.problem)] if found.problem else []
        lines += _behind(run, found.changes) or ([] if found.problem else [run.say("up_to_date")])
        print("\n".join([*lines, *run.skipped(found.skipped)]))
    return FOUND if found.problem or found.changes else DONE


def _inventory(run: Run, inventory: Inventory) -> list[str]:
    languages = ", ".join(f"{name} {count}" for name, count in inventory.languages.items())
    sizes = {kind: round(size / 1e6, 1) for kind, size in inventory.sizes.items()}
    lines = [run.say("languages", languages=languages), run.say("sizes", **sizes)]
    if inventory.recall:
        shares = ", ".join(f"{name} {100 * share:.1f}%" for name, share in inventory.recall.items())
        lines.append(run.say("approximate", shares=shares))
    return lines


def verify(run: Run) -> int:
    """Check every citation of a saved reply against the files; 1 if one is not proven."""
    from assistant.verify import read_replies, verify_reply

    replies = read_replies(read_text(run.options.file))
    verdicts = [
        (number, verdict)
        for number, reply in enumerate(replies, start=1)
        for verdict in verify_reply(reply, run.settings.seeds, run.language, run.settings.ocr_languages)
    ]
    if run.json:
        print_json([{"reply": number, **asdict(verdict)} for number, verdict in verdicts])
    else:
        for _, one in verdicts:
            state, document = run.say(f"state_{one.state}"), one_line(one.document)
            print(f"[{one.number}] {state}: {document}: {one_line(one.detail)}")
        print(run.say("verified", proven=sum(v.state == "proven" for _, v in verdicts), total=len(verdicts)))
    return FOUND if any(verdict.state != "proven" for _, verdict in verdicts) else DONE


def doctor(run: Run) -> int:
    """Look at everything that Sourcier stands on; 1 if something is wrong."""
    from assistant.doctor import examine

    checks = examine(run.settings, run.language)
    if run.options.repair and not all(check.good for check in checks):
        _repair(run, {check.name for check in checks if not check.good})
        checks = examine(run.settings, run.language)
    if run.json:
        print_json([asdict(check) for check in checks])
    else:
        for check in checks:
            mark = run.say("good" if check.good else "bad")
            print(f"{mark} {run.say(f'doctor_name_{check.name}')}: {visible(check.detail)}")
            if check.mend:
                print(f"     -> {visible(check.mend)}")
    return DONE if all(check.good for check in checks) else FOUND


def _repair(run: Run, wrong: set[str]) -> None:
    """Make again what can be made again: the unpacked model, and the index, from its folder and its vectors."""
    if "model" in wrong and not run.settings.model:
        from index.model import prepare_model, remove_model

        remove_model()
        prepare_model()
    if "index" in wrong:
        run.build(run.assistant(), thorough=True)


def bring_up_to_date(run: Run, assistant: Assistant) -> None:
    """Index what is new or changed, unless `--no-build` was given or a disk seems to be missing; all is told."""
    from index.build import changes
    from index.plan import vanished

    try:
        generation = assistant.generation()
    except (IndexMissing, IndexDamaged) as error:
        if not run.settings.build:
            raise
        if isinstance(error, IndexDamaged):
            warn(f"sourcier: {error}")
        warn("\n".join(run.skipped(run.build(assistant).skipped)))
        return
    found = changes(run.settings.seeds, assistant.index, run.settings.ocr_languages)
    behind = _behind(run, found)
    if not behind and not generation.notice:
        return
    if generation.notice:
        warn(f"sourcier: {generation.notice}")
    gone = vanished(found, generation.manifest.documents)
    if gone:
        warn(run.say("vanished", count=len(found.removed), documents=generation.manifest.documents))
    elif run.settings.build:
        try:
            run.build(assistant)
            return
        except IndexBusy as error:  # another process is at it; the old index still answers
            warn(f"sourcier: {error}")
    warn("\n".join([*behind, run.say("from_old")]))


def _behind(run: Run, changes: Changes) -> list[str]:
    named = [(sign, path) for sign in ("added", "changed", "removed") for path in getattr(changes, sign)]
    if not named:
        return []
    lines = [run.say("behind", count=len(named))]
    lines += [f"  {run.say(sign)}: {one_line(path)}" for sign, path in named[:_LISTED]]
    return lines + ([run.say("more", count=len(named) - _LISTED)] if len(named) > _LISTED else [])


def _print_source(run: Run, name: str) -> int:
    from index.documents import list_sources, read_document, take
    from index.ocr import Scans

    sources, skipped = list_sources(run.settings.seeds)
    wanted = run.wanted(name)
    for left in skipped:
        if left.document in wanted:
            raise UsageError(f"{left.document} is not a source: {left.reason}")
    found = [source for source in sources if source.path in wanted]
    if not found:
        raise UsageError(
            f"{name} is no source of {run.settings.seeds}: give its path relative to that folder"
        )
    try:
        document = read_document(found[0], partial(take, scans=Scans(run.settings.ocr_languages)))
    except Unreadable as error:
        raise UsageError(f"{found[0].path} is not a source: {error}") from error
    if run.json:
        print_json({name: value for name, value in asdict(document).items() if name != "scanned"})
    else:
        sys.stdout.flush()
        sys.stdout.buffer.write(document.text.encode("utf-8", "surrogatepass"))
    return DONE
