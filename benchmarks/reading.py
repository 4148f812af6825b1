"""What reading costs: python -m benchmarks.reading [--passages 10] [--tokens 150] [--threads N] [--rounds 9]

Reads the same passages with the trained reader in torch and in onnxruntime, in turn, with the same number of threads,
and prints the medians, each as a ratio to torch in float32, and how far the scores lie from it. The processor time is
the fairer measure where other programs run. Passages are random words: only their number matters for the time.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from assistant.onnx_scorer import graph_scorer
from assistant.readers import FOLDER
from assistant.span_model import Scorer, load_description, merged_weights, torch_scorer
from assistant.windows import assemble
from index.model import prepare_model
from index.onnx_graph import BLOCKS, EXACT, ROWS, reader_graph

WORDS = 250_002
QUESTION = 12  # tokens
HEADS = 12
BASELINE = "torch float32"


@dataclass(slots=True)
class Timed:
    """Seconds of each round."""

    wall: list[float] = field(default_factory=list)
    processor: list[float] = field(default_factory=list)


def make_windows(passages: int, tokens: int, seed: int = 1) -> list[tuple[list[int], int]]:
    """Windows of one question and passages whose lengths lie within a sixth of `tokens`."""
    rng = np.random.default_rng(seed)
    question = rng.integers(4, WORDS, QUESTION).tolist()
    lengths = rng.integers(tokens - tokens // 6, tokens + tokens // 6 + 1, passages)
    return [assemble(question, [46692, 12], rng.integers(4, WORDS, n).tolist()) for n in lengths]


def scorers(threads: int) -> dict[str, Scorer]:
    """Every way to run the trained reader."""
    import torch

    torch.set_num_threads(threads)
    base, described = prepare_model(), load_description(FOLDER)
    return {
        BASELINE: torch_scorer(base, described, exact=True),
        "torch, as it falls back": torch_scorer(base, described),
        "onnxruntime float32": graph_scorer(
            base, reader_graph(merged_weights(base, described), HEADS, EXACT), threads
        ),
        **{
            f"onnxruntime int8, {products}": graph_scorer(
                base, reader_graph(merged_weights(base, described), HEADS, products), threads
            )
            for products in (BLOCKS, ROWS)
        },
    }


def measure(
    contenders: dict[str, Scorer], windows: Sequence[tuple[list[int], int]], rounds: int
) -> dict[str, Timed]:
    """One after the other in each round, so that what else the machine does falls on all of them."""
    times = {name: Timed() for name in contenders}
    for _ in range(rounds):
        for name, scorer in contenders.items():
            wall, processor = time.perf_counter(), time.process_time()
            scorer(windows)
            times[name].wall.append(time.perf_counter() - wall)
            times[name].processor.append(time.process_time() - processor)
    return times


def table(times: dict[str, Timed], distance: Callable[[str], float]) -> str:
    """Markdown: medians in milliseconds, how many times faster than the baseline, and the scores' distance."""
    middle = {
        name: (1000 * statistics.median(timed.wall), 1000 * statistics.median(timed.processor))
        for name, timed in times.items()
    }
    wall, processor = middle[BASELINE]
    lines = [
        "| | ms | times faster | processor ms | times faster | scores off by (mean) |",
        "|---|---|---|---|---|---|",
    ]
    for name, (its_wall, its_processor) in middle.items():
        lines.append(
            f"| {name} | {its_wall:.0f} | {wall / its_wall:.1f} "
            f"| {its_processor:.0f} | {processor / its_processor:.1f} | {distance(name):.4f} |"
        )
    return "\n".join(lines)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--passages", type=int, default=10)
    parser.add_argument("--tokens", type=int, default=150)
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--rounds", type=int, default=9)
    args = parser.parse_args()
    windows = make_windows(args.passages, args.tokens)
    contenders = scorers(args.threads)
    scores = {name: np.concatenate(scorer(windows)) for name, scorer in contenders.items()}  # warms them up
    times = measure(contenders, windows, args.rounds)
    print(f"{args.passages} passages of about {args.tokens} tokens, {args.threads} threads\n")
    print(table(times, lambda name: float(np.abs(scores[name] - scores[BASELINE]).mean())))


if __name__ == "__main__":
    main()
