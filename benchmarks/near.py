"""Ways to search many vectors, side by side: python -m benchmarks.near DATA [--passages 100000]

Passages are drawn after real ones (`benchmarks.drawn`; DATA holds dev/ and train/), real questions are asked of each
language by itself, as the product does, on one processor. Times are of the processor, for all languages together.
What each way finds is compared again by exact vectors, if it holds fewer bits.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.drawn import draw, load
from index.approximate import ApproximateIndex
from index.clustering import write_lists
from index.encoding import SentenceEncoder
from index.exact import EXACT, ExactVectors, VectorFile
from index.recall import NEAREST, truth
from index.types import Vectors

Ask = Callable[[Vectors, int], NDArray[np.int64]]  # a question, a language's number: rows, of all languages
ASKED = 20  # questions of each language


def main() -> None:
    """Print a line for each way and each of its settings."""
    import faiss

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--passages", type=int, default=100_000)
    chosen = parser.parse_args()
    real = load(chosen.data, SentenceEncoder())
    drawn = list(draw(real, chosen.passages, texts=False))
    vectors = np.concatenate([one.vectors for one in drawn])
    languages = [real.languages[of] for one in drawn for of in one.of.tolist()]
    names = sorted(set(languages))
    codes = np.searchsorted(names, languages).astype(np.uint16)
    own = [np.flatnonzero(codes == number) for number in range(len(names))]
    first = [number for name in names for number in np.flatnonzero(np.array(real.asked_in) == name)[:ASKED]]
    questions = real.asked[first]
    nearest = truth([(0, vectors)], codes, len(names), questions)
    faiss.omp_set_num_threads(1)
    print("| way | built, CPU s | bytes a passage | recall@10 | worst language | p50, ms | p95, ms |")
    print("|---|--:|--:|--:|--:|--:|--:|")
    with tempfile.TemporaryDirectory() as folder:
        for name, built, size, ask in _ways(vectors, languages, own, Path(folder)):
            took, found = [], np.zeros((len(names), len(questions)))
            for number, question in enumerate(questions):
                began = time.process_time()
                rows = [ask(question, group) for group in range(len(names))]
                took.append(1000 * (time.process_time() - began))
                for group, some in enumerate(rows):
                    best = some[np.argsort(-(vectors[some] @ question))[:NEAREST]]
                    found[group, number] = np.isin(nearest.rows[group, number], best).mean()
            p50, p95 = np.percentile(took, [50, 95])
            worst = found.mean(axis=1).min()
            print(
                f"| {name} | {built:.1f} | {size:.0f} | {found.mean():.4f} | {worst:.4f} | {p50:.2f} | {p95:.2f} |",
                flush=True,
            )


def _ways(
    vectors: Vectors, languages: list[str], own: list[NDArray[np.int64]], folder: Path
) -> Iterator[tuple[str, float, float, Ask]]:
    """What it is called, the seconds it took to build, its bytes a passage, and how it is asked."""
    width = vectors.shape[1]
    for name, wide in (("Flat", 10), ("SQ8", 20), ("PQ192x4fs", 200), ("PQ192x4fs", 400), ("HNSW32,SQ8", 20)):
        began = time.process_time()
        parts = [_faiss(name, vectors[rows]) for rows in own]
        built = time.process_time() - began
        size = sum(len(_packed(part)) for part in parts) / len(vectors)
        if name.startswith("HNSW"):
            for effort in (64, 128, 256, 512, 1024):
                for part in parts:
                    part.hnsw.efSearch = effort
                yield f"{name}, efSearch {effort}", built, size, _asking(parts, own, wide)
        else:
            yield f"{name}, {wide} compared again", built, size, _asking(parts, own, wide)
    file = VectorFile(folder / EXACT, *vectors.shape)
    file[np.arange(len(vectors))] = vectors
    file.close()
    began = time.process_time()
    write_lists(folder, ExactVectors(folder / EXACT, width), languages)
    built = time.process_time() - began
    index = ApproximateIndex(folder)
    size = (folder / "vectors.faiss").stat().st_size / len(vectors)
    for share in (0.1, 0.2, 0.3, 0.4, 0.5, 0.6):
        index.regions = tuple(
            replace(region, visits=max(1, round(share * region.count))) for region in index.regions
        )
        yield f"lists, SQ8, {share:.0%} visited", built, size, _visiting(index)


def _faiss(name: str, vectors: Vectors) -> Any:
    import faiss

    index = faiss.index_factory(vectors.shape[1], name, faiss.METRIC_INNER_PRODUCT)
    mean = (
        vectors.mean(axis=0) if name.startswith("PQ") else 0
    )  # it takes nothing from the order, and codes are nearer
    index.train(vectors[:20_000] - mean)
    index.add(vectors - mean)
    return index


def _packed(index: Any) -> Any:
    import faiss

    return faiss.serialize_index(index)


def _asking(parts: list[Any], own: list[NDArray[np.int64]], wide: int) -> Ask:
    def ask(question: Vectors, group: int) -> NDArray[np.int64]:
        found = parts[group].search(question[np.newaxis], min(wide, len(own[group])))[1][0]
        rows: NDArray[np.int64] = own[group][found[found >= 0]]
        return rows

    return ask


def _visiting(index: ApproximateIndex) -> Ask:
    def ask(question: Vectors, group: int) -> NDArray[np.int64]:
        region = index.regions[group]
        return index.visit(question, [index.ranked(question, region)[: region.visits]], NEAREST)[0]

    return ask


if __name__ == "__main__":
    main()
