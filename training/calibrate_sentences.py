"""Fit the sentence reader's confidence: python -m training.calibrate_sentences DATA (the folder that holds dev/).

Each question is asked three times: of the contexts of its file, its own among them; of the same without its own; and
of a few contexts of another file. The best sentence of the three nearest contexts is right if it holds a gold answer.
Files are split by article (`group`): odd ones fit, even ones are reported.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import zlib
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from assistant.reader import CALIBRATION, Calibration, Features, SentenceReader
from index.encoding import SentenceEncoder
from index.sentences import sentences
from index.types import Encoder, Vectors

FILES = [
    "piaf.dev.fr-fr", "squad_asai.test.en-fr", "squad_asai.test.fr-fr", "squad_asai.test.fr-en",
    "xquad.test.en-en", "xquad.test.en-de", "xquad.test.de-de", "xquad.test.es-es", "xquad.test.en-es",
    "tydiqa_goldp.dev.en-en", "faquad.dev.pt-pt",
]  # fmt: skip
CONTEXTS, QUESTIONS, READ, FEW = 120, 100, 3, 12
SHIFT = 5  # the file whose contexts are asked elsewhere: one that is no translation of the same articles
PENALTY = 1e-3


@dataclass(frozen=True, slots=True)
class Trial:
    """The best sentence for one question; `right`: it holds the answer. `kind`: "held", "absent", "elsewhere"."""

    file: str
    file: str
    group: str
    kind: str
    features: Features
    right: bool


@dataclass(frozen=True, slots=True)
class Corpus:
    """A file's questions and its distinct contexts, with their vectors, shape (contexts, dimension)."""

    name: str
    records: list[dict[str, Any]]
    contexts: list[str]
    vectors: Vectors


def load(name: str, data: Path, encoder: Encoder) -> Corpus:
    """A sample of one file of `data`."""
    rng = random.Random(7)
    with gzip.open(data / "dev" / f"{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
        records = [r for r in map(json.loads, lines) if r["answerable"] and len(r["context"]) < 1500]
    contexts = list(dict.fromkeys(r["context"] for r in records))
    rng.shuffle(contexts)
    contexts = contexts[:CONTEXTS]
    records = [r for r in records if r["context"] in set(contexts)]
    rng.shuffle(records)
    return Corpus(name, records[:QUESTIONS], contexts, encoder.encode_passages(contexts))


def trials(corpus: Corpus, other: Corpus, reader: SentenceReader) -> Iterator[Trial]:
    """Three trials for each question of `corpus`."""
    questions = reader.encoder.encode_queries([r["question"] for r in corpus.records])
    for n, (record, vector) in enumerate(zip(corpus.records, questions, strict=True)):
        own = corpus.contexts.index(record["context"])
        order = [int(i) for i in np.argsort(-(corpus.vectors @ vector))]
        few = np.arange(n, n + FEW) % len(other.contexts)
        nearest = few[np.argsort(-(other.vectors[few] @ vector))][:READ]
        yield _trial("held", record, corpus, order[:READ], vector, reader)
        yield _trial("absent", record, corpus, [i for i in order if i != own][:READ], vector, reader)
        yield _trial("elsewhere", record, other, nearest.tolist(), vector, reader)


def _trial(
    kind: str,
    record: dict[str, Any],
    corpus: Corpus,
    read: list[int],
    vector: Vectors,
    reader: SentenceReader,
) -> Trial:
    written = corpus.records[0]["lang_c"]
    places = [(i, span) for i in read for span in sentences(corpus.contexts[i], written)]
    texts = [corpus.contexts[i][span.start : span.end] for i, span in places]
    table = reader.features(record["question"], record["lang_q"], texts, [written] * len(texts), vector)
    best = max(range(len(table)), key=lambda n: table[n].lift)
    i, span = places[best]
    golds = [(a["start"], a["start"] + len(a["text"])) for a in record["answers"]]
    right = corpus.contexts[i] == record["context"] and any(
        span.start <= start and end <= span.end for start, end in golds
    )
    return Trial(corpus.name, str(record["group"]), kind, table[best], right)


def fit(table: list[Trial]) -> Calibration:
    """Logistic regression with a small ridge, by Newton's method on standardised features."""
    names = list(asdict(table[0].features))
    raw = np.array([[getattr(t.features, n) for n in names] for t in table])
    mean, scale = raw.mean(0), raw.std(0) + 1e-9
    x = np.hstack([(raw - mean) / scale, np.ones((len(table), 1))])
    y = np.array([t.right for t in table], float)
    ridge = PENALTY * len(table) * np.diag([1.0] * len(names) + [0.0])
    w = np.zeros(x.shape[1])
    for _ in range(50):
        p = 1 / (1 + np.exp(-x @ w))
        w -= np.linalg.solve((x.T * (p * (1 - p))) @ x + ridge, x.T @ (p - y) + ridge @ w)
    weights = w[:-1] / scale
    return Calibration(round(float(w[-1] - weights @ mean), 4), {
        n: round(float(v), 4) for n, v in zip(names, weights, strict=True)
    })  # fmt: skip


def auroc(scores: Vectors, right: np.ndarray) -> float:
    """The chance that a right one scores above a wrong one; ties count half."""
    order = np.unique(scores, return_inverse=True)[1]
    counts = np.bincount(order)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[order]
    n = right.sum()
    return float((ranks[right].sum() - n * (n + 1) / 2) / (n * (len(right) - n)))


def calibration_error(p: np.ndarray, right: np.ndarray, bins: int = 10) -> float:
    """Expected calibration error over `bins` equal steps of confidence."""
    step = np.minimum((p * bins).astype(int), bins - 1)
    return float(sum(abs(p[step == b].sum() - right[step == b].sum()) for b in range(bins)) / len(p))


def report(name: str, table: list[Trial], calibration: Calibration) -> str:
    """One line: order, calibration, and what each threshold answers rightly and wrongly."""
    p = np.array([calibration.probability(t.features) for t in table])
    right = np.array([t.right for t in table])
    kinds = np.array([t.kind for t in table])
    line = f"{name:24} n {len(table):5}  AUROC {auroc(p, right):.3f}  ECE {calibration_error(p, right):.3f}"
    for threshold in (0.3, 0.4, 0.5):
        given = p >= threshold
        share = right[given].mean() if given.any() else 1.0
        answered = [f"{kind} {given[kinds == kind].mean():.3f}" for kind in ("held", "absent", "elsewhere")]
        line += f" | >= {threshold}: answered {', '.join(answered)}; right {share:.2f}"
    return line


def main() -> None:
    """Fit, report on the other half, and write the file that ships."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("data", type=Path)
    reader = SentenceReader(SentenceEncoder(), Calibration(0.0, {}))
    data = parser.parse_args().data
    corpora = [load(name, data, reader.encoder) for name in FILES]
    others = corpora[SHIFT:] + corpora[:SHIFT]
    table = [t for corpus, other in zip(corpora, others, strict=True) for t in trials(corpus, other, reader)]
    fitting = [t for t in table if zlib.crc32(t.group.encode()) % 2]
    held_out = [t for t in table if not zlib.crc32(t.group.encode()) % 2]
    calibration = fit(fitting)
    for corpus in corpora:
        print(report(corpus.name, [t for t in held_out if t.file == corpus.name], calibration))
    print(report("all, held out", held_out, calibration))
    fitted_on = f"half of the articles of {', '.join(FILES)}"
    text = json.dumps({"fitted_on": fitted_on, **asdict(calibration)}, indent=2)
    Path("assistant", CALIBRATION).write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
