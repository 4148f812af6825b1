"""What each command does: its output on stdout, what happens meanwhile on stderr, its exit code returned."""

from __future__ import annotations

import sys
from dataclasses import asdict
from functools import partial
from typing import TYPE_CHECKING

from assistant.render import one_line, to_json, to_text, visible
from assistant.running import DONE, FOUND, Run, behind, bring_up_to_date, make_index, placed
from assistant.terminal import bold, open_page, print_json, read_text, warn
from index.errors import (
    IndexBusy,
    IndexDamaged,
    IndexMismatch,
    IndexMissing,
    SourcesError,
    Unreadable,
    UsageError,
)

if TYPE_CHECKING:
    from assistant.types import Turn
    from index.inventory import Inventory


def chat(run: Run) -> int:
    """Serve the page; only a folder that has no index yet keeps it waiting."""
    assistant = run.assistant()
    try:
        try:
            assistant.generation()
        except (IndexMissing, IndexDamaged) as error:
            make_index(run, assistant, error)
    except (SourcesError, IndexBusy, IndexDamaged, IndexMismatch) as error:
        run.warn(error)  # the page shows it too, with what mends it
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
        lines += [one_line(placed(found.problem, run.options))] if found.problem else []
        lines += behind(run, found.changes) or ([] if found.problem else [run.say("up_to_date")])
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
        proven = sum(verdict.state == "proven" for _, verdict in verdicts)
        said = run.say("verified", proven=proven, total=len(verdicts))
        print(said if verdicts else run.say("verified_nothing"))
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
        from index.obstacles import move_aside
        from index.store import index_folder

        for path in move_aside(index_folder(run.settings.seeds, run.settings.index)):
            warn(run.say("moved_aside", path=one_line(str(path))))
        run.build(run.assistant(), thorough=True)


def _print_source(run: Run, name: str) -> int:
    from index.documents import list_sources, read_document, take
    from index.ocr import Scans

    sources, skipped = list_sources(run.settings.seeds)
    wanted = run.wanted(name)
    for left in skipped:
        if left.document in wanted:
            raise UsageError(f"{left.document} is not a source: {left.reason}")
    by_path = {source.path: source for source in sources}
    found = by_path[run.source(name, by_path)]
    try:
        document = read_document(found, partial(take, scans=Scans(run.settings.ocr_languages)))
    except Unreadable as error:
        raise UsageError(f"{found.path} is not a source: {error}") from error
    if run.json:
        print_json({name: value for name, value in asdict(document).items() if name != "scanned"})
    else:
        sys.stdout.flush()
        sys.stdout.buffer.write(document.text.encode("utf-8", "surrogatepass"))
    return DONE
