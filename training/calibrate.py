"""Fit a reader's confidence: python -m training.calibrate DATA --reader sentence|span (DATA holds dev/).

Each question is asked three times: of the contexts of its file, its own among them; of the same without its own; and
of a few contexts of another file. The reader gets as many of the nearest contexts as in use. For the span
reader, each is asked twice more, of one context: its own, and the nearest that is not; so are questions written to have
no answer, of theirs. Its best candidate is
right if the sentence holds a gold answer or, for the span reader, if the F1 of what is shown is at least 0.5. Files are
split by article (`group`): odd ones fit, even ones are reported. The span reader's thresholds go into the README.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assistant.measures import auroc, calibration_error, f1
from assistant.reader import Calibration, Scored, SentenceReader
from assistant.readers import FOLDER, make_reader
from assistant.settings import Settings
from assistant.span_reader import SpanReader
from assistant.trim import trim
from index.encoding import SentenceEncoder
from index.types import Encoder, Hit, Passage, Vectors
from training.risk import risk_table, write_table

FILES = [
    "piaf.dev.fr-fr", "squad_asai.test.en-fr", "squad_asai.test.fr-fr", "squad_asai.test.fr-en",
    "xquad.test.en-en", "xquad.test.en-de", "xquad.test.de-de", "xquad.test.es-es", "xquad.test.en-es",
    "tydiqa_goldp.dev.en-en", "faquad.dev.pt-pt",
]  # fmt: skip
NATURAL, NATURAL_QUESTIONS = "squad20.dev.en-en", 90  # half of them written to have no answer
ALONE = (
    13  # questions of each file asked of one context: enough to weigh, too few to outweigh what is searched
)
CONTEXTS, FEW = 120, 12
DEFAULTS = {field.name: field.default for field in fields(Settings)}
READ, NOW = int(DEFAULTS["read"]), float(DEFAULTS["threshold"])
SHIFT = 5  # the file whose contexts are asked elsewhere: one that is no translation of the same articles
PENALTY, RIGHT = 1e-3, 0.5
README = Path(__file__).parents[1] / "README.md"


@dataclass(frozen=True, slots=True)
class Trial:
    """One question asked once: features (candidates, names) and whether each is right. `kind` says of what."""

    file: str
    group: str
    kind: str  # "held", "absent" or "elsewhere"; "alone" of one context
    features: NDArray[np.float64]
    right: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Corpus:
    """A file's questions and its distinct contexts, with their vectors, shape (contexts, dimension)."""

    name: str
    records: list[dict[str, Any]]
    contexts: list[str]
    vectors: Vectors


def load(name: str, data: Path, encoder: Encoder, questions: int, natural: bool = False) -> Corpus:
    """A sample of one file of `data`; `natural` takes questions without an answer too."""
    rng = random.Random(7)
    with gzip.open(data / "dev" / f"{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
        records = [
            r for r in map(json.loads, lines) if (natural or r["answerable"]) and len(r["context"]) < 1500
        ]
    contexts = list(dict.fromkeys(r["context"] for r in records))
    rng.shuffle(contexts)
    contexts = contexts[:CONTEXTS]
    records = [r for r in records if r["context"] in set(contexts)]
    rng.shuffle(records)
    return Corpus(name, records[:questions], contexts, encoder.encode_passages(contexts))


def trials(corpus: Corpus, other: Corpus, reader: SentenceReader, names: Sequence[str]) -> Iterator[Trial]:
    """Three trials for each question of `corpus`."""
    questions = reader.encoder.encode_queries([r["question"] for r in corpus.records])
    for n, (record, vector) in enumerate(zip(corpus.records, questions, strict=True)):
        own = corpus.contexts.index(record["context"])
        order = [int(i) for i in np.argsort(-(corpus.vectors @ vector))]
        few = np.arange(n, n + FEW) % len(other.contexts)
        nearest = few[np.argsort(-(other.vectors[few] @ vector))].tolist()
        absent = [i for i in order if i != own]
        for kind, asked, read in (
            ("held", corpus, order),
            ("absent", corpus, absent),
            ("elsewhere", other, nearest),
        ):
            scored = reader.scored(record["question"], record["lang_q"], _hits(asked, read[:READ]))
            right = [asked is corpus and _right(record, one, corpus, reader) for one in scored]
            yield from _trial(corpus.name, record, kind, scored, right, names)


def alone(
    corpus: Corpus,
    records: Sequence[dict[str, Any]],
    reader: SentenceReader,
    names: Sequence[str],
    wrong: bool,
) -> Iterator[Trial]:
    """Each question asked of its own context alone; if `wrong`, of the nearest other one too."""
    questions = reader.encoder.encode_queries([r["question"] for r in records])
    for record, vector in zip(records, questions, strict=True):
        own = corpus.contexts.index(record["context"])
        order = [int(i) for i in np.argsort(-(corpus.vectors @ vector)) if i != own]
        for context in [own, *order[:wrong]]:
            scored = reader.scored(record["question"], record["lang_q"], _hits(corpus, [context]))
            right = [_right(record, one, corpus, reader) for one in scored]
            yield from _trial(corpus.name, record, "alone", scored, right, names)


def _trial(
    file: str,
    record: dict[str, Any],
    kind: str,
    scored: Sequence[Scored],
    right: Sequence[bool],
    names: Sequence[str],
) -> Iterator[Trial]:
    rows = [[getattr(one.features, name) for name in names] for one in scored]
    if rows:
        yield Trial(file, str(record["group"]), kind, np.array(rows), np.array(right))


def _hits(corpus: Corpus, rows: Sequence[int]) -> list[Hit]:
    written = corpus.records[0]["lang_c"]
    texts = [corpus.contexts[i] for i in rows]
    return [
        Hit(Passage(str(i), 0, len(text), text, written), rank, 0.0, 0.0, 0.0)
        for rank, (i, text) in enumerate(zip(rows, texts, strict=True), start=1)
    ]


def _right(record: dict[str, Any], one: Scored, corpus: Corpus, reader: SentenceReader) -> bool:
    context = corpus.contexts[int(one.sentence.document)]
    if context != record["context"]:
        return False
    low, high = one.sentence.span.start, one.sentence.span.end
    held = any(low <= a["start"] and a["start"] + len(a["text"]) <= high for a in record["answers"])
    if not isinstance(reader, SpanReader):
        return held
    shown = trim(context, one.span, one.sentence.span, one.sentence.language)
    return f1(context[shown.start : shown.end], [a["text"] for a in record["answers"]]) >= RIGHT


def fit(x: NDArray[np.float64], right: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Logistic regression with a small ridge, by Newton's method: one weight a column of `x`, then the bias."""
    mean, scale = x.mean(0), x.std(0) + 1e-9
    z = np.column_stack([(x - mean) / scale, np.ones(len(x))])
    ridge = PENALTY * len(x) * np.diag([1.0] * x.shape[1] + [0.0])
    w = np.zeros(z.shape[1])
    for _ in range(50):
        p = 1 / (1 + np.exp(-z @ w))
        w -= np.linalg.solve((z.T * (p * (1 - p))) @ z + ridge, z.T @ (p - right) + ridge @ w)
    weights = w[:-1] / scale
    return np.append(weights, w[-1] - weights @ mean)


def fit_best(table: Sequence[Trial]) -> NDArray[np.float64]:
    """First to every candidate, which gives an order, then to the best candidate of each trial."""
    w = fit(np.concatenate([t.features for t in table]), np.concatenate([t.right for t in table]))
    for _ in range(3):
        best = [int(np.argmax(t.features @ w[:-1])) for t in table]
        w = fit(
            np.array([t.features[b] for t, b in zip(table, best, strict=True)]),
            np.array([t.right[b] for t, b in zip(table, best, strict=True)]),
        )
    return w


def answered(
    table: Sequence[Trial], w: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.bool_], NDArray[np.str_]]:
    """Of the best candidate of each trial: confidence, whether it is right, and the trial's kind."""
    best = [int(np.argmax(t.features @ w[:-1])) for t in table]
    logits = np.array([float(t.features[b] @ w[:-1] + w[-1]) for t, b in zip(table, best, strict=True)])
    right = np.array([bool(t.right[b]) for t, b in zip(table, best, strict=True)])
    return 1 / (1 + np.exp(-logits)), right, np.array([t.kind for t in table])


def report(name: str, table: Sequence[Trial], w: NDArray[np.float64]) -> str:
    """One line: order, calibration, and what each threshold answers, and how much of that is right."""
    p, right, kinds = answered(table, w)
    held = kinds == "held"
    line = f"{name:24} n {len(table):5}  right {right[held].mean():.2f}  AUROC {auroc(p, right):.3f}"
    line += f"  held from absent {auroc(p[kinds != 'elsewhere'], held[kinds != 'elsewhere']):.3f}"
    line += f"  ECE {calibration_error(p, right):.3f}"
    for threshold in (0.3, 0.4, 0.5):
        given = p >= threshold
        share = right[given].mean() if given.any() else 1.0
        shares = [f"{kind} {given[kinds == kind].mean():.3f}" for kind in ("held", "absent", "elsewhere")]
        line += f" | >= {threshold}: answered {', '.join(shares)}; right {share:.2f}"
    return line


def main() -> None:
    """Fit, report on the other half, and write the file that ships."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--reader", choices=("sentence", "span"), required=True)
    parser.add_argument("--questions", type=int, default=60, help="of each file")
    chosen = parser.parse_args()
    encoder, unfitted = SentenceEncoder(), Calibration(0.0, {})
    names = ["lift", "gap", "spread", "overlap", "same"]
    reader = SentenceReader(encoder, unfitted)
    if chosen.reader == "span":
        names.remove("gap")  # it tells no more beside them, and holds down what contradicts the best
        names += ["margin", "chance", "lead"]
        made = make_reader("span", encoder)
        assert isinstance(made, SpanReader)
        reader = SpanReader(encoder, made.read_passages, unfitted)
    corpora = [load(name, chosen.data, encoder, chosen.questions) for name in FILES]
    others = corpora[SHIFT:] + corpora[:SHIFT]
    table: list[Trial] = []
    for corpus, other in zip(corpora, others, strict=True):
        table += trials(corpus, other, reader, names)
        print(f"{corpus.name}: {len(table)} trials so far", flush=True)
    singles: list[Trial] = []
    if chosen.reader == "span":
        for corpus in corpora:
            singles += alone(corpus, corpus.records[:ALONE], reader, names, wrong=True)
        natural = load(NATURAL, chosen.data, encoder, NATURAL_QUESTIONS, natural=True)
        singles += alone(natural, natural.records, reader, names, wrong=False)
        print(f"{len(singles)} trials of one context", flush=True)
    w = fit_best([t for t in table + singles if zlib.crc32(t.group.encode()) % 2])
    held_out = [t for t in table if not zlib.crc32(t.group.encode()) % 2]
    for corpus in corpora:
        print(report(corpus.name, [t for t in held_out if t.file == corpus.name], w))
    print(report("all, held out", held_out, w))
    if singles:
        p, right, _ = answered([t for t in singles if not zlib.crc32(t.group.encode()) % 2], w)
        print(f"of one context, held out: AUROC {auroc(p, right):.3f}  ECE {calibration_error(p, right):.3f}")
    weights = {name: round(float(v), 4) for name, v in zip(names, w[:-1], strict=True)}
    said = {
        "fitted_on": f"half of the articles of {', '.join(FILES)}" + f", {NATURAL}" * bool(singles),
        "bias": round(float(w[-1]), 4),
        "weights": weights,
    }
    path = FOLDER / f"{chosen.reader}_reader.json"
    path.write_text(json.dumps(said, indent=2) + "\n", encoding="utf-8")
    if chosen.reader == "span":
        write_table(README, risk_table(*answered(held_out, w), NOW))


if __name__ == "__main__":
    main()
