"""What a search under a filter costs, and that it finds all: python -m benchmarks.filtered [--passages 1000000]

Vectors of 384 numbers are drawn about 200 subjects in two languages (what a filter costs does not depend on how), and
written as a large index keeps them. Of what is admitted, the 100 nearest in each language are compared with those that
NumPy finds by comparing all of it. "The farther half" is the worst case for sketches: for each question, what it admits
is all far. The quickest of three askings counts; cosines that differ by less than 0.000001 count as equal.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.approximate import ApproximateIndex
from index.exact import BLOCK, EXACT, ExactVectors, VectorFile
from index.finding import Mask
from index.search import CANDIDATES
from index.sketching import write_sketches
from index.types import Vectors

WIDTH, SUBJECTS, ASKED, ROUNDS = 384, 200, 8, 3
ROUNDED = 1e-6  # what two ways to add up a cosine differ by
SHARES = {"a tenth": 0.1, "half": 0.5, "all": 1.0}


def main() -> None:
    """Print a line for each filter."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--passages", type=int, default=1_000_000)
    count = parser.parse_args().passages
    rng = np.random.default_rng(7)
    subjects = rng.normal(size=(SUBJECTS, WIDTH)).astype(np.float32) + 1
    groups = (np.arange(count) % 5 == 0).astype(np.uint16)
    print("| passages | admitted | p50, ms | p95, ms | of a processor, p50 | of the 100 nearest found |")
    print("|--:|---|--:|--:|--:|--:|")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        file = VectorFile(folder / EXACT, count, WIDTH)
        for first in range(0, count, BLOCK):
            file[np.arange(first, min(first + BLOCK, count))] = _drawn(
                rng, subjects, min(BLOCK, count - first)
            )
        file.close()
        exact = ExactVectors(folder / EXACT, WIDTH)
        write_sketches(folder, exact, np.where(groups, "fr", "en").tolist())
        index = ApproximateIndex(folder)
        questions = _drawn(rng, subjects, ASKED)
        cosines = np.concatenate([questions @ block.T for _, block in exact.blocks()], axis=1)
        for title, share in SHARES.items():
            masks = [rng.random(count) < share] * ASKED
            _line(title, index, groups, questions, cosines, masks)
        _line("the farther half", index, groups, questions, cosines, [c < np.median(c) for c in cosines])


def _line(
    title: str,
    index: ApproximateIndex,
    groups: NDArray[np.uint16],
    questions: Vectors,
    cosines: Vectors,
    masks: list[Mask],
) -> None:
    wall, cpu, found = [], [], []
    for question, truth, allowed in zip(questions, cosines, masks, strict=True):
        times = []
        for _ in range(ROUNDS):
            began = time.perf_counter(), time.process_time()
            rows, _near = index.nearest(question, CANDIDATES, groups, allowed)
            times.append((time.perf_counter() - began[0], time.process_time() - began[1]))
        wall.append(1000 * min(times)[0])
        cpu.append(1000 * min(times)[1])
        for group in range(2):
            own = np.flatnonzero(allowed & (groups == group))
            least = np.sort(truth[own])[-CANDIDATES:][0]
            near = rows[groups[rows] == group]
            found.append(float((allowed[near] & (truth[near] >= least - ROUNDED)).sum()) / CANDIDATES)
    p50, p95 = np.percentile(wall, [50, 95])
    share = f"{np.mean(found):.4f}"
    print(
        f"| {len(groups):,} | {title} | {p50:.0f} | {p95:.0f} | {np.median(cpu):.0f} | {share} |", flush=True
    )


def _drawn(rng: np.random.Generator, subjects: Vectors, count: int) -> Vectors:
    vectors = rng.standard_normal((count, WIDTH), np.float32) + subjects[rng.integers(0, SUBJECTS, count)]
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors


if __name__ == "__main__":
    main()
