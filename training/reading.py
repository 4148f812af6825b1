"""Answers of a reader over labelled records, for the dev scores during training and after it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from pathlib import Path
from typing import Any

import numpy as np
import torch

from assistant.measures import auroc, exact, f1
from assistant.windows import READ_TOKENS, Prediction, assemble, best_span, room, spread_windows, tokenise
from index.errors import Cancelled
from training.model import SpanReader
from training.prepare import Example, Record, collate, read_records

BATCH = 16
# dev sets watched during training: name, records, name of the unanswerable half beside it
WATCHED = (
    ("xquad.test.en-en", 60),
    ("xquad.test.de-de", 60),
    ("xquad.test.en-de", 60),
    ("xquad.test.en-es", 60),
    ("piaf.dev.fr-fr", 90),
    ("piaf.dev_neg.fr-fr", 60),
    ("squad_asai.test.en-fr", 60),
    ("squad_asai.test.fr-fr", 60),
    ("squad20.dev.en-en", 240),
)


def predict(
    model: SpanReader,
    tokenizer: Any,
    records: Sequence[Record],
    pool: Executor,
    cancelled: Callable[[], bool] = lambda: False,
) -> list[Prediction]:
    """One prediction for each record, from its best window. Raises Cancelled between two batches."""

    def scored(group: list[tuple[int, int, Example]]) -> Any:
        if cancelled():
            raise Cancelled("the scores were told to stop")
        return _scores(model, group)

    tokens = tokenise(tokenizer, [r["question"] for r in records], [r["context"] for r in records])
    items: list[tuple[int, int, Example]] = []
    for row, item in enumerate(tokens):
        for start, end in spread_windows(item.words, room(item.question, READ_TOKENS)):
            ids, first = assemble(item.question, item.prefix, item.context[start:end])
            items.append((row, start, Example(ids, first, 0, 0)))
    items.sort(key=lambda item: len(item[2].ids))
    groups = [items[i : i + BATCH] for i in range(0, len(items), BATCH)]
    best = [Prediction(0, 0, -1e9)] * len(records)
    for group, scores in zip(groups, pool.map(scored, groups), strict=True):
        for (row, start, example), table in zip(group, scores, strict=True):
            width = len(example.ids) - 1 - example.first
            spans = tokens[row].spans[start : start + width]
            found = best_span(table, example.first, spans)
            if found.margin > best[row].margin:
                best[row] = found
    return best


@torch.inference_mode()
def _scores(model: SpanReader, group: list[tuple[int, int, Example]]) -> Any:
    batch = collate([example for _, _, example in group])
    device = model.head.weight.device
    ids, mask, allowed = (torch.from_numpy(a).to(device) for a in (batch.ids, batch.mask, batch.allowed))
    return model(ids, mask, allowed).cpu().numpy()


def half(record: Record) -> int:
    """0: the half that is watched and calibrated on; 1: the half kept for figures."""
    return hashlib.sha256(record["group"].encode()).digest()[0] % 2


def watched(data: Path) -> dict[str, list[Record]]:
    """The small samples that training is watched by, all of half 0."""
    return {
        name: [r for r in read_records(data / "dev" / f"{name}.jsonl.gz") if half(r) == 0][:count]
        for name, count in WATCHED
    }


def figures(records: Sequence[Record], found: Sequence[Prediction]) -> dict[str, float]:
    """EM and F1 of the best spans over answerable records, and AUROC of the margins, in percent."""
    truths = [[a["text"] for a in r["answers"]] for r in records]
    texts = [r["context"][p.start : p.end] for r, p in zip(records, found, strict=True)]
    pairs = [(text, true) for text, true in zip(texts, truths, strict=True) if true]
    result = {"records": float(len(records))}
    if pairs:
        result["em"] = 100 * float(np.mean([exact(*pair) for pair in pairs]))
        result["f1"] = 100 * float(np.mean([f1(*pair) for pair in pairs]))
    if len(pairs) < len(records) and pairs:
        result["auroc"] = 100 * auroc([p.margin for p in found], [bool(true) for true in truths])
    return result


def dev_scores(
    model: SpanReader,
    tokenizer: Any,
    sets: dict[str, list[Record]],
    pool: Executor,
    cancelled: Callable[[], bool],
) -> Any:
    """Figures of every watched set; made negatives are judged together with their answerable set.

    Raises Cancelled between two batches.
    """
    found = {name: predict(model, tokenizer, records, pool, cancelled) for name, records in sets.items()}
    result = {}
    for name, records in sets.items():
        if "_neg." in name:
            answerable = name.replace("_neg.", ".")
            both = sets[answerable] + records, found[answerable] + found[name]
            result[name] = {k: v for k, v in figures(*both).items() if k in ("records", "auroc")}
        else:
            result[name] = figures(records, found[name])
    return result
