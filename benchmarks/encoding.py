"""What encoding costs: python -m benchmarks.encoding DATA [--passages 300] [--rounds 3]

Encodes passages and questions of the PIAF dev set (DATA holds dev/), or sheets and theirs (DATA holds corpus.jsonl,
queries.jsonl and qrels.tsv), with the bundled model in int8 through onnxruntime and in float32 through torch, in turn,
and prints passages a second, the time of one question, how near the vectors are, and nDCG@10 of the questions' own
contexts among all of them. Retrieval over documents: `benchmarks.retrieval`.
"""

from __future__ import annotations

import argparse
import gzip
import json
import time
from pathlib import Path

import numpy as np

from benchmarks.retrieval import read_grades, read_lines
from index.encoding import SentenceEncoder
from index.types import Vectors

FILE = "piaf.dev.fr-fr"
QUESTIONS = 200


def load(data: Path) -> tuple[list[str], list[str], list[int]]:
    """Contexts, questions, and the context of each question."""
    if (data / "corpus.jsonl").exists():
        sheets, asked = read_lines(data / "corpus.jsonl"), read_lines(data / "queries.jsonl")
        number = {sheet["_id"]: n for n, sheet in enumerate(sheets)}
        grades = read_grades(data / "qrels.tsv")
        own = [number[next(iter(grades[one["_id"]]))] for one in asked]
        return [sheet["text"] for sheet in sheets], [one["text"] for one in asked], own
    with gzip.open(data / "dev" / f"{FILE}.jsonl.gz", "rt", encoding="utf-8") as lines:
        records = [json.loads(line) for line in lines]
    contexts = list(dict.fromkeys(r["context"] for r in records))
    place = {context: n for n, context in enumerate(contexts)}
    return contexts, [r["question"] for r in records], [place[r["context"]] for r in records]


def ndcg(questions: Vectors, contexts: Vectors, own: list[int]) -> float:
    """At 10, with one right context a question."""
    scores = questions @ contexts.T
    ranks = (scores > scores[np.arange(len(own)), own][:, None]).sum(axis=1)
    return float(np.where(ranks < 10, 1 / np.log2(ranks + 2), 0).mean())


def main() -> None:
    """Print a line for each precision, then the distance between the two."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--passages", type=int, default=300)
    parser.add_argument("--rounds", type=int, default=3)
    chosen = parser.parse_args()
    contexts, questions, own = load(chosen.data)
    encoders = {precision: SentenceEncoder("", precision) for precision in ("float32", "int8")}
    rates: dict[str, list[float]] = {name: [] for name in encoders}
    waits: dict[str, list[float]] = {name: [] for name in encoders}
    for encoder in encoders.values():
        encoder.encode_queries(["once, to load"])
    for _ in range(chosen.rounds):
        for name, encoder in encoders.items():
            start = time.perf_counter()
            encoder.encode_passages(contexts[: chosen.passages])
            rates[name].append(min(chosen.passages, len(contexts)) / (time.perf_counter() - start))
            for question in questions[:QUESTIONS]:
                start = time.perf_counter()
                encoder.encode_queries([question])
                waits[name].append(1000 * (time.perf_counter() - start))
    vectors = {name: encoder.encode_passages(contexts) for name, encoder in encoders.items()}
    for name, encoder in encoders.items():
        p50, p95 = np.percentile(waits[name], [50, 95])
        found = ndcg(encoder.encode_queries(questions), vectors[name], own)
        print(
            f"{name:8} {np.median(rates[name]):6.1f} passages/s  question p50 {p50:.1f} ms, p95 {p95:.1f} ms"
            f"  nDCG@10 {found:.4f}"
        )
    near = (vectors["int8"] * vectors["float32"]).sum(axis=1)
    ratio = np.median(rates["int8"]) / np.median(rates["float32"])
    print(
        f"int8 is {ratio:.2f} times as fast; cosine to float32: least {near.min():.5f}, mean {near.mean():.5f}"
    )


if __name__ == "__main__":
    main()
