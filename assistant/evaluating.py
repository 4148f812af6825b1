"""The command `sourcier evaluate`: a file of labelled questions in, figures out."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assistant.render import one_line
from assistant.running import DONE, Run
from assistant.terminal import Bar, print_json, warn
from index.errors import UsageError
from index.types import OnProgress, Progress

if TYPE_CHECKING:
    from assistant.labelled import Question
    from assistant.predictions import Predictions

SHOWN = (0.25, 0.5, 0.7, 0.9, 1.0)  # coverages that are printed


def evaluate(run: Run) -> int:
    """Ask every question of the file, or the first `--limit`, and print how good the answers are."""
    from assistant.labelled import astray, read_questions

    options = run.options
    limit = _limit(options.limit)
    if options.index is not None and options.mode != "open":
        raise UsageError("--index keeps the index of --mode open: leave it out, or add --mode open")
    everything = read_questions(Path(options.file))
    questions = everything[:limit]
    if lines := astray(questions):
        warn(run.say("evaluate_astray", count=len(lines), line=lines[0]))
    if not any(question.labelled for question in questions):
        warn(run.say("evaluate_unlabelled"))
    if options.conversations:
        return _conversations(run, everything, questions)
    figures = _measured(run, everything, questions)
    if run.json:
        print_json(figures)
    else:
        print("\n".join(to_lines(run, figures)))
    return DONE


def _measured(run: Run, everything: Sequence[Question], questions: Sequence[Question]) -> dict[str, Any]:
    """Ask the questions, each of its own context or of all contexts of the file; the figures of the answers."""
    from assistant.evaluate import contexts_of, opened, reading, settings_of
    from assistant.evaluate import evaluate as predict
    from assistant.figures import SENTENCES, report
    from assistant.service import Assistant

    options, mode = run.options, run.options.mode
    contexts = contexts_of(everything) if mode == "open" else None
    with ExitStack() as stack:
        chosen = replace(run.settings, threshold=0.0, index=run.settings.index if options.index else None)
        if contexts:
            chosen = replace(chosen, seeds=Path(stack.enter_context(tempfile.TemporaryDirectory())))
        assistant = stack.enter_context(closing(Assistant(chosen, run.encoder, run.reader)))
        made = settings_of(mode, assistant, everything)
        saved = _saved(run, everything, made)
        if saved:
            stack.enter_context(closing(saved))
        if contexts:
            warn(run.say("evaluate_contexts", count=len(contexts.names)))
            with Shown(run) as shown:
                ask = opened(assistant, contexts, shown)
        else:
            ask = reading(assistant.reader, assistant.encoder)
        warn(run.say("evaluate_asking", count=len(questions), reader=assistant.reader.name))
        with Shown(run) as shown:
            predictions = predict(questions, ask, saved, shown)
    return {
        "file": options.file,
        "mode": mode,
        "model": assistant.encoder.name,
        "reader": assistant.reader.name,
        **report(
            questions, predictions, run.settings.threshold, contexts, assistant.reader.name in SENTENCES
        ),
    }


def _conversations(run: Run, everything: Sequence[Question], questions: Sequence[Question]) -> int:
    """Each question that has earlier ones, asked after them and alone, over all contexts of the file."""
    from assistant.conversations import tally
    from assistant.evaluate import contexts_of, opened
    from assistant.service import Assistant

    following = [question for question in questions if question.after]
    if not following:
        raise UsageError(
            f'{run.options.file} holds no conversation: give earlier questions as "after": [...]'
        )
    asked = [question for question in following if question.truths]
    if not asked:
        raise UsageError(f"no question of {run.options.file} that follows others has an answer to be found")
    if left_out := len(following) - len(asked):
        warn(run.say("evaluate_left_out", count=left_out))
    if run.options.predictions or run.options.index:
        raise UsageError("--conversations prints figures alone: leave --predictions and --index out")
    with tempfile.TemporaryDirectory() as folder:
        chosen = replace(run.settings, threshold=0.0, index=None, seeds=Path(folder))
        with closing(Assistant(chosen, run.encoder, run.reader)) as assistant:
            with Shown(run) as shown:
                opened(assistant, contexts_of(everything), shown)
            with Shown(run) as shown:
                found = tally(asked, assistant, run.settings.threshold, shown)
    if run.json:
        print_json({name: asdict(one) for name, one in found.items()})
        return DONE
    print(
        f"{'':<28}{run.say('evaluate_questions'):>10}{run.say('evaluate_after'):>12}{run.say('evaluate_alone'):>12}"
    )
    for name, one in found.items():
        print(
            f"{name:<28}{one.asked:>10}{100 * one.after / one.asked:>11.1f}%{100 * one.alone / one.asked:>11.1f}%"
        )
    return DONE


class Shown:
    """Progress on stderr: a bar in a terminal, elsewhere a line at each tenth."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.bar = Bar(run.language) if sys.stderr.isatty() else None
        self.tenth: tuple[str, int] = ("", 0)

    def __enter__(self) -> OnProgress:
        return self.bar or self._line

    def __exit__(self, *_: object) -> None:
        if self.bar:
            self.bar.clear()

    def _line(self, progress: Progress) -> None:
        tenth = (progress.stage, 10 * progress.done // max(1, progress.total))
        if tenth != self.tenth and progress.done:
            warn(f"{self.run.say(f'stage_{progress.stage}')} {progress.done}/{progress.total}")
        self.tenth = tenth


def _limit(given: str | None) -> int | None:
    if given is None:
        return None
    if not given.isdecimal() or int(given) < 1:
        raise UsageError(f"the option --limit must be a whole number of at least 1, not {given!r}")
    return int(given)


def _saved(run: Run, questions: Sequence[Question], made: Mapping[str, object]) -> Predictions | None:
    from assistant.predictions import Predictions, notes_of

    if run.options.predictions is None:
        return None
    file = Path(run.options.predictions)
    asked, written = (Path(os.path.realpath(one)) for one in (run.options.file, file))
    if asked in (written, notes_of(written)):
        raise UsageError(f"{file} holds the questions: name another file with --predictions")
    saved = Predictions(file, questions, made, run.settings.threshold)
    if saved.differing:
        warn(run.say("evaluate_anew", file=one_line(str(file)), what=", ".join(saved.differing)))
    elif saved.kept:
        warn(run.say("evaluate_kept", count=saved.kept, file=one_line(str(file))))
    return saved


def to_lines(run: Run, figures: Mapping[str, Any]) -> list[str]:
    """The figures as a person reads them; what cannot be said is a dash."""
    plain, squad2, latency = figures["plain"], figures["squad2"], figures["latency_ms"]
    counts = {key: figures[key] for key in ("records", "answerable", "mode", "reader", "model", "answered")}
    lines = [
        run.say("evaluate_what", **counts),
        "",
        f"{run.say('evaluate_languages'):<14}{run.say('evaluate_questions'):>10}{'EM':>8}{'F1':>8}{'EM*':>8}{'F1*':>8}",
        *(_row(name, one) for name, one in figures["languages"].items() if len(figures["languages"]) > 1),
        _row(run.say("evaluate_all"), {**figures, "plain": plain}),
        run.say("evaluate_plain"),
        run.say("evaluate_holds", holds=_percent(figures["holds"])),
        "",
        run.say("evaluate_squad2", em=_percent(squad2["em"]), f1=_percent(squad2["f1"])),
        run.say("evaluate_auroc", auroc=_share(figures["auroc"]), ece=_share(figures["ece"])),
        run.say(
            "evaluate_threshold",
            threshold=figures["threshold"],
            coverage=_percent(figures["coverage"], 100),
            risk=_percent(figures["risk"], 100),
        ),
    ]
    for point in _shown(figures["risk_coverage"]):
        lines.append(
            run.say(
                "evaluate_point",
                threshold=_share(point["threshold"]),
                coverage=_percent(point["coverage"], 100),
                risk=_percent(point["risk"], 100),
            )
        )
    if figures["retrieval"]:
        named = [f"{name} {_share(value)}" for name, value in figures["retrieval"].items()]
        lines.append(run.say("evaluate_retrieval", figures=", ".join(named)))
    lines.append(run.say("evaluate_latency", **latency))
    lines.append(run.say("evaluate_spans", **figures["spans"]))
    return lines


def _shown(points: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """A few of the points, none twice."""
    first = [next(p for p in points if p["coverage"] >= wanted - 1e-9) for wanted in SHOWN if points]
    return list({point["threshold"]: point for point in first}.values())


def _row(name: str, one: Mapping[str, Any]) -> str:
    cells = (one["em"], one["f1"], one["plain"]["em"], one["plain"]["f1"])
    return f"{name:<14}{one['records']:>10}" + "".join(f"{_percent(cell):>8}" for cell in cells)


def _percent(value: float | None, scale: float = 1) -> str:
    return "–" if value is None else f"{scale * value:.1f}"


def _share(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"
