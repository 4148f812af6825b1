"""The commands that keep an index: `forget` and `watch`."""

from __future__ import annotations

import os
import threading
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from assistant.render import one_line
from assistant.running import DONE, Run
from assistant.terminal import print_json, warn
from index.errors import IndexDamaged, SourcierError

if TYPE_CHECKING:
    from index.types import IndexReport
    from index.watch import Seen

NICE = 10  # whoever works at this machine comes first


def forget(run: Run) -> int:
    """Keep files out of the index and nothing of them in it, or with `--undo` take them in again."""
    from assistant.feedback import drop, named
    from index.documents import list_sources
    from index.forget import forget as forget_files
    from index.forget import mend, remember
    from index.forgotten import forgotten
    from index.inventory import texts
    from index.store import read_names

    assistant = run.assistant()
    folder = run.settings.seeds
    listed, broken = _forgotten(assistant.index, run.options.undo)
    said = named(assistant.index)
    known = {source.path for source in list_sources(folder)[0]} | set(read_names(assistant.index)) | listed
    names = [run.source(name, known | said) for name in run.options.files]
    gone = {digest for path, digest in texts(assistant.index).items() if path in names}
    if broken:
        kept = mend(assistant.index, names)
        warn(run.say("forgot_anew", names=one_line(", ".join(sorted(kept)))))
    if run.options.undo:
        remember(assistant.index, names)
        report: IndexReport | None = run.build(assistant)
    else:
        drop(assistant.index, names)
        try:
            report = forget_files(
                folder, assistant.index, names, assistant.encoder, ocr=run.settings.ocr_languages, known=said
            )
        except KeyboardInterrupt:
            warn(run.say("stopped_forgetting"))
            raise
        if report is None:
            warn(run.say("forgot_all"))
        else:
            run.built(report)
    same = sorted(path for path, digest in texts(assistant.index).items() if digest in gone - {""})
    if same and not run.options.undo:
        warn(run.say("forgot_same", names=one_line(", ".join(same))))
    if run.json:
        out = {"forgotten": sorted(forgotten(assistant.index)), "report": report and asdict(report)}
        print_json({**out, "same": same})
    else:
        key = "remembered" if run.options.undo else "forgot"
        print("\n".join(run.say(key, document=one_line(name)) for name in names))
    return DONE


def watch(run: Run) -> int:
    """Index whenever the folder changes, until Ctrl+C."""
    from index.watch import watch as watch_folder

    assistant = run.assistant()
    os.nice(NICE)
    stop = threading.Event()
    try:
        watch_folder(
            run.settings.seeds,
            assistant.index,
            lambda: run.quiet_build(assistant),
            lambda seen: _tell(run, seen),
            stop,
            run.settings.ocr_languages,
        )
    except KeyboardInterrupt:
        stop.set()
    finally:
        assistant.close()
    return DONE


def _tell(run: Run, seen: Seen) -> None:
    folder = one_line(str(run.settings.seeds))
    if seen.report is not None:
        run.built(seen.report)
        for line in run.skipped(seen.report.skipped):
            warn(line)
    elif seen.error is not None:
        ours = isinstance(seen.error, SourcierError)
        what = one_line(f"{type(seen.error).__name__}: {seen.error}")
        run.warn(seen.error if ours else run.say("unforeseen", what=what))
    else:
        warn(run.say(f"watch_{seen.what}", folder=folder, count=seen.count))


def _forgotten(index: Path, undo: bool) -> tuple[frozenset[str], bool]:
    """The list, and whether it must be begun anew: then it is what can be read of it. Raises IndexDamaged."""
    from index.forgotten import forgotten, readable

    try:
        return forgotten(index), False
    except IndexDamaged as error:
        if undo or isinstance(error.__cause__, OSError):
            raise
        return readable(index), True
