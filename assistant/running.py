"""What every command shares: its arguments and settings, how a build is shown, and that the index is up to date."""

from __future__ import annotations

import argparse
import os
import re
import shlex
import sys
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from assistant.reasons import reason_in
from assistant.render import one_line
from assistant.settings import Settings, load_settings
from assistant.terminal import Bar, locale_language, warn
from index.errors import IndexBusy, IndexDamaged, IndexMissing, StorageError, UsageError
from index.types import Changes, Encoder, IndexReport, Progress, Skipped
from prompts import message

if TYPE_CHECKING:
    from assistant.reader import Reader
    from assistant.service import Assistant

DONE, FOUND = 0, 1
_FLAGS = ("seeds", "index", "model", "language", "port", "open_browser", "build", "watch")
_LISTED = 10  # changed files that are named
_PLACED = ("seeds", "index", "model")  # options that say which index a command is about
_COMMAND = re.compile(r"\bsourcier (?:index|status|doctor|forget|watch)\b(?! --)")


def placed(text: str, options: argparse.Namespace) -> str:
    """A message whose commands take the options that say which index this one was about: else they mend another's."""
    given = [f"--{name} {shlex.quote(value)}" for name in _PLACED if (value := getattr(options, name, None))]
    return _COMMAND.sub(lambda command: " ".join([command[0], *given]), text)


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
        return placed(message(f"cli_{key}", self.language, **values), self.options)

    def warn(self, error: object) -> None:
        """What went wrong and does not end the command, on stderr."""
        warn(f"sourcier: {placed(str(error), self.options)}")

    def build(self, assistant: Assistant, thorough: bool = False) -> IndexReport:
        """Index with a progress bar on stderr; where that is no terminal, only its first and last lines."""
        warn(self.say("building", folder=one_line(str(self.settings.seeds))))
        report = self.quiet_build(assistant, thorough, Bar(self.language) if sys.stderr.isatty() else None)
        self.built(report)
        return report

    def quiet_build(
        self, assistant: Assistant, thorough: bool = False, bar: Bar | None = None
    ) -> IndexReport:
        """Index, and tell only of a stop: what is kept of it."""
        latest = Progress("reading", 0, 0)

        def note(progress: Progress) -> None:
            nonlocal latest
            latest = progress
            if bar:
                bar(progress)

        try:
            try:
                return assistant.build(note, thorough)
            finally:
                if bar:
                    bar.clear()
        except KeyboardInterrupt:
            warn(self.stopped(latest))
            raise

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
        if report.held:
            warn(self.say("held", names=one_line(", ".join(report.held))))

    def wanted(self, name: str) -> set[str]:
        """What a source named on the command line may be called: as it is, or relative to the folder of sources."""
        inside = os.path.relpath(Path(name).resolve(), self.settings.seeds.resolve())
        return {name, inside.replace(os.sep, "/")}

    def source(self, name: str, known: Collection[str]) -> str:
        """Which of the `known` sources is called so. Raises UsageError: none, or more than one."""
        found = sorted(self.wanted(name) & set(known))
        if len(found) > 1:
            raise UsageError(
                f"{name} may be {' or '.join(found)} of {self.settings.seeds}: write {os.path.join('.', name)} "
                "for the one that is seen from here, or the whole path"
            )
        if not found:
            raise UsageError(
                f"{name} is no source of {self.settings.seeds}: give its path relative to that folder"
            )
        return found[0]

    def skipped(self, skipped: Sequence[Skipped]) -> list[str]:
        lines = [self.say("skipped", count=len(skipped))] if skipped else []
        return lines + [
            f"  {one_line(one.document)}: {one_line(reason_in(one.reason, self.language))}" for one in skipped
        ]


def make_index(run: Run, assistant: Assistant, error: IndexMissing | IndexDamaged) -> None:
    """Make the index that is not there, or another for the one that is damaged; all is told."""
    if isinstance(error, IndexDamaged):
        run.warn(error)
    warn("\n".join(run.skipped(run.build(assistant).skipped)))


def bring_up_to_date(run: Run, assistant: Assistant) -> None:
    """Index what is new or changed, unless `--no-build` was given or a disk seems to be missing; all is told."""
    from index.changes import changes
    from index.missing import vanished

    try:
        generation = assistant.generation()
    except (IndexMissing, IndexDamaged) as error:
        if not run.settings.build:
            raise
        make_index(run, assistant, error)
        return
    found = changes(run.settings.seeds, assistant.index, run.settings.ocr_languages)
    told = behind(run, found)
    if not told and not generation.notice:
        return
    if generation.notice:
        run.warn(generation.notice)
    gone = vanished(found, generation.manifest.documents)
    if gone:
        warn(run.say("vanished", count=len(found.removed), documents=generation.manifest.documents))
    elif run.settings.build:
        assistant.close()  # else the build finds the old index in use, by us, and what was deleted stays in it
        try:
            run.build(assistant)
            return
        except (IndexBusy, StorageError) as error:
            # another is at it, or none may write; the old index still answers
            run.warn(error)
    warn("\n".join([*told, run.say("from_old")]))


def behind(run: Run, changes: Changes) -> list[str]:
    """One line on what changed since the index was made, and one for each of the first files; none if nothing did."""
    named = [(sign, path) for sign in ("added", "changed", "removed") for path in getattr(changes, sign)]
    if not named:
        return []
    lines = [run.say("behind", count=len(named))]
    lines += [f"  {run.say(sign)}: {one_line(path)}" for sign, path in named[:_LISTED]]
    return lines + ([run.say("more", count=len(named) - _LISTED)] if len(named) > _LISTED else [])
