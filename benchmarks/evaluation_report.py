"""Answers of several readers on several sets -> README.md with tables, and three charts."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from assistant.figures import SENTENCES, report
from assistant.labelled import Question
from assistant.predictions import Prediction
from assistant.settings import Settings
from benchmarks.plots import bars, lines

NAMES = {"bm25": "BM25, sentence", "sentence": "e5, sentence", "fp32": "span, fp32", "int8": "span, int8"}

Answered = list[tuple[Question, Prediction]]
Figures = Mapping[str, Any]


@dataclass(frozen=True)
class Result:
    """What one reader gave on one set, and on the unanswerable half beside it."""

    reader: str
    name: str
    own: Answered
    beside: Answered

    @cached_property
    def figures(self) -> Figures:
        """Of the set itself."""
        return figures(self.own, self.reader)

    @property
    def all(self) -> Answered:
        """Both."""
        return self.own + self.beside


class Table:
    """All results, by reader and set; a column a reader."""

    def __init__(self, results: Mapping[tuple[str, str], Result]) -> None:
        self.results = results
        self.readers = list(dict.fromkeys(reader for reader, _ in results))
        self.sets = list(dict.fromkeys(name for _, name in results))
        every = {r: [pair for n in self.sets for pair in results[r, n].all] for r in self.readers}
        self.whole = {r: figures(every[r], r) for r in self.readers}
        self.unseen = {r: figures(held_out(every[r]), r) for r in self.readers}

    def by_set(self, cell: Callable[[Result], object], sets: Sequence[str] | None = None) -> str:
        """A row a set."""
        rows = [
            [name, *(cell(self.results[reader, name]) for reader in self.readers)]
            for name in (self.sets if sets is None else sets)
        ]
        return markdown(["set", *(NAMES[reader] for reader in self.readers)], rows)

    def together(self) -> str:
        """A row a figure, over all sets."""
        figures_of: dict[str, Callable[[Figures, Figures], object]] = {
            "SQuAD-2 F1 at the default threshold": lambda whole, _: whole["squad2"]["f1"],
            "answerable that are answered there, %": lambda whole, _: _percent(whole["coverage"]),
            "answers there that are wrong, %": lambda whole, _: _percent(whole["risk"]),
            "wrong at 70% coverage, %": lambda whole, _: _percent(_risk_at(whole, 0.7)),
            "ECE, held out": lambda _, unseen: _share(unseen["ece"]),
            "ms a question, p50": lambda whole, _: whole["latency_ms"]["p50"],
            "ms a question, p95": lambda whole, _: whole["latency_ms"]["p95"],
            "spans verbatim": lambda whole, _: "{verbatim} of {checked}".format(**whole["spans"]),
        }
        rows = [
            [name, *(figure(self.whole[reader], self.unseen[reader]) for reader in self.readers)]
            for name, figure in figures_of.items()
        ]
        return markdown(["", *(NAMES[reader] for reader in self.readers)], rows)


def figures(answered: Answered, reader: str) -> Figures:
    """All of `assistant.figures.report`, at the default threshold."""
    questions, predictions = [question for question, _ in answered], [one for _, one in answered]
    return report(questions, predictions, Settings().threshold, sentences=reader in SENTENCES)


def held_out(answered: Answered) -> Answered:
    """Those of the articles that no confidence was fitted on (see training/calibrate.py)."""
    return [(question, one) for question, one in answered if not zlib.crc32(question.group.encode()) % 2]


def write_report(
    results: Mapping[tuple[str, str], Result], searched: Mapping[str, Figures], out: Path, about: str
) -> None:
    """README.md and the charts, in `out`."""
    table = Table(results)
    first = table.readers[0]
    both = [name for name in table.sets if _both(results[first, name].all)]
    parts = [
        f"# The readers, side by side\n\n{about}\nReading mode: each question over its own context.",
        "EM / F1 of the best answer, refused or not, over answerable questions; articles of six languages dropped:",
        table.by_set(lambda one: f"{_cell(one.figures['em'])} / {_cell(one.figures['f1'])}"),
        "F1 by SQuAD's own scoring / answers that hold a right one whole, all that a sentence can do:",
        table.by_set(lambda one: f"{_cell(one.figures['plain']['f1'])} / {_cell(one.figures['holds'])}"),
        "AUROC of confidence, answerable against not, made negatives included where a set has them:",
        table.by_set(lambda one: _share(figures(one.all, one.reader)["auroc"]), both),
        "All sets together. An answer is right from F1 0.5 on, a sentence if it holds a right one whole:",
        table.together(),
        "![Risk against coverage](risk.svg)\n\n![Reliability](reliability.svg)\n\n![F1 by languages](languages.svg)",
    ]
    if searched:
        parts += [
            f"Open mode, {NAMES[table.readers[-1]]}: all contexts of the file are searched. AUROC is of reading"
            " mode, half of the questions being given the best context that is not theirs and holds no answer of"
            " theirs. The last column is of open mode with a third of the contexts left out, at 70% coverage of"
            " what can still be answered.",
            _open(searched),
        ]
    out.mkdir(parents=True, exist_ok=True)
    for name, drawing in charts(table).items():
        (out / f"{name}.svg").write_text(drawing, encoding="utf-8")
    (out / "README.md").write_text("\n\n".join(parts) + "\n", encoding="utf-8")


def charts(table: Table) -> dict[str, str]:
    """SVG by name; pooled over all sets, reliability over the articles held out."""
    whole, named = table.whole, {reader: NAMES[reader] for reader in table.readers}
    risk = {
        name: [(p["coverage"], p["risk"]) for p in whole[reader]["risk_coverage"]]
        for reader, name in named.items()
    }
    calibrated = {
        name: [(one["confidence"], one["right"]) for one in table.unseen[reader]["reliability"]]
        for reader, name in named.items()
    }
    pairs = sorted(
        {pair for one in whole.values() for pair, f in one["languages"].items() if f["f1"] is not None}
    )
    by_pair = {
        name: [whole[reader]["languages"].get(pair, {}).get("f1") for pair in pairs]
        for reader, name in named.items()
    }
    return {
        "risk": lines(
            "Wrong answers by coverage", "answerable questions answered, %", "answers wrong, %", risk
        ),
        "reliability": lines(
            "What confidence promises", "confidence, %", "right, %", calibrated, diagonal=True
        ),
        "languages": bars("F1 by languages of question and text", "F1", pairs, by_pair),
    }


def markdown(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """A table; a float with one digit, None as a dash."""
    cells = [[_cell(value) for value in row] for row in rows]
    return "\n".join("| " + " | ".join(row) + " |" for row in [list(head), ["---"] * len(head), *cells])


def _open(searched: Mapping[str, Figures]) -> str:
    ranks = ("ndcg@10", "recall@1", "recall@3", "recall@10")
    rows = [
        [
            name,
            f["em"],
            f["f1"],
            *(_share(f["retrieval"][rank]) for rank in ranks),
            f["latency_ms"]["p50"],
            _share(f["wrong contexts"]["auroc"]),
            _percent(_risk_at(f["left out"], 0.7)),
        ]
        for name, f in searched.items()
    ]
    return markdown(
        ["set", "EM", "F1", *ranks, "ms, p50", "AUROC, wrong contexts", "wrong at 70%, left out, %"], rows
    )


def _cell(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.1f}"
    return "–" if value is None else str(value)


def _share(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def _percent(value: float | None) -> float | None:
    return None if value is None else 100 * value


def _both(answered: Answered) -> bool:
    return len({bool(question.truths) for question, _ in answered}) == 2


def _risk_at(f: Figures, coverage: float) -> float | None:
    return next((p["risk"] for p in f["risk_coverage"] if p["coverage"] >= coverage - 1e-9), None)
