"""Ways to search many vectors, side by side: python -m benchmarks.near DATA [--passages 100000]

Passages are drawn after real ones (`benchmarks.drawn`; DATA holds dev/ and train/), real questions are asked of each
language by itself, as the product does, on one processor. Times are of the processor, for all languages together.
What each way finds is compared again by exact vectors, if it holds fewer bits.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.drawn import draw, load
from index.encoding import SentenceEncoder
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
    for name, built, size, ask in _ways(vectors, own):
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


def _ways(vectors: Vectors, own: list[NDArray[np.int64]]) -> Iterator[tuple[str, float, float, Ask]]:
    """What it is called, the seconds it took to build, its bytes a passage, and how it is asked."""
    for name, wides in (
        ("Flat", (10,)),
        ("SQ8", (20,)),
        ("PQ192x4fs", (100, 200, 400, 800)),
        ("HNSW32,SQ8", (20,)),
        ("IVF,SQ8", (20,)),
    ):
        began = time.process_time()
        parts = [_faiss(name, vectors[rows]) for rows in own]
        built = time.process_time() - began
        size = sum(len(_packed(part)) for part in parts) / len(vectors)
        if name.startswith("HNSW"):
            for effort in (64, 128, 256, 512):
                for part in parts:
                    part.hnsw.efSearch = effort
                yield f"{name}, efSearch {effort}", built, size, _asking(parts, own, *wides)
        elif name.startswith("IVF"):
            for share in (0.1, 0.2, 0.4, 0.6, 0.8):
                for part in parts:
                    part.nprobe = max(1, round(share * part.nlist))
                yield f"{name}, {share:.0%} of the lists", built, size, _asking(parts, own, *wides)
        else:
            for wide in wides:
                yield f"{name}, {wide} compared again", built, size, _asking(parts, own, wide)


def _faiss(name: str, vectors: Vectors) -> Any:
    """An index of that kind; what is trained sees the vectors without their mean, which changes no order."""
    import faiss

    lists = max(1, min(int(4 * len(vectors) ** 0.5), len(vectors) // 100))
    kind = name.replace("IVF", f"IVF{lists}")
    index = faiss.index_factory(vectors.shape[1], kind, faiss.METRIC_INNER_PRODUCT)
    centred = vectors - vectors.mean(axis=0) if name[:2] in ("PQ", "IV") else vectors
    index.train(centred[:20_000])
    index.add(centred)
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


if __name__ == "__main__":
    main()
