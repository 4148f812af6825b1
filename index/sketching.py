"""Sketches of exact vectors, language by language, for `index.approximate`.

The code of the sketches is trained only where there is none, or once the index has grown by half; otherwise the code of
the generation before is used again, and only the sketches are made anew.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.approximate import SHAPE, SKETCHES, Region, Shape, dump_shape
from index.exact import BLOCK, ExactVectors
from index.types import Vectors

GROWN = 1.5  # times as many passages as the code was trained for: it is trained anew
SAMPLE = 10_000  # vectors that it is trained on
ROUNDS = 10  # of k-means
SEED = 7


@dataclass(frozen=True, slots=True)
class Code:
    """How sketches are written: FAISS's table, and for how many passages it was trained."""

    table: NDArray[np.float32]
    trained: int


def write_sketches(
    folder: Path, exact: ExactVectors, languages: Sequence[str], before: Code | None = None
) -> str:
    """Write sketches and shape into a folder that has the exact vectors; returns the SHA-256 of the sketches.

    Until `recall.measure` has found how few are enough, every passage is compared exactly, and recall is 1. Raises
    OSError.
    """
    import faiss

    names = sorted(set(languages))
    codes = np.searchsorted(names, languages)
    own = [np.flatnonzero(codes == number) for number in range(len(names))]
    means = [_mean(exact, rows) for rows in own]
    code = before if before and len(exact) <= GROWN * before.trained else _trained(exact, codes, means)
    regions = tuple(Region(name, len(rows), len(rows), 1.0) for name, rows in zip(names, own, strict=True))
    (folder / SHAPE).write_bytes(dump_shape(Shape(exact.shape[1], code.trained, regions)))
    digest = hashlib.sha256()
    with (folder / SKETCHES).open("wb") as file:

        def write(data: bytes) -> int:
            digest.update(data)
            return file.write(data)

        writer = faiss.PyCallbackIOWriter(write, 2**20)
        for rows, mean in zip(own, means, strict=True):
            index = _empty(exact.shape[1])
            faiss.copy_array_to_vector(code.table, index.pq.centroids)
            index.is_trained = True
            for at in range(0, len(rows), BLOCK):
                index.add(exact.rows(rows[at : at + BLOCK]) - mean)
            faiss.write_index(index, writer)
        del writer
    exact.release()
    return digest.hexdigest()


def code_of(index: Any, trained: int) -> Code:
    """The code of a trained FAISS index."""
    import faiss

    return Code(faiss.vector_to_array(index.pq.centroids), trained)


def _trained(exact: ExactVectors, codes: NDArray[np.intp], means: Sequence[Vectors]) -> Code:
    rng = np.random.default_rng(SEED)
    some = np.sort(rng.choice(len(exact), min(len(exact), SAMPLE), replace=False))
    index = _empty(exact.shape[1])
    index.pq.cp.niter, index.pq.cp.seed, index.pq.cp.min_points_per_centroid = ROUNDS, SEED, 1
    vectors = exact.rows(some) - np.stack(means)[codes[some]]
    index.train(np.resize(vectors, (max(len(vectors), 16), exact.shape[1])))  # it refuses fewer than 16
    return code_of(index, len(exact))


def _empty(width: int) -> Any:
    import faiss

    parts = width // 2 if width % 2 == 0 else width  # two numbers to a part
    return faiss.IndexPQFastScan(width, parts, 4, faiss.METRIC_INNER_PRODUCT)


def _mean(exact: ExactVectors, rows: NDArray[np.int64]) -> Vectors:
    """The mean of these rows, or of some of them where they are many."""
    rng = np.random.default_rng(SEED)
    some = np.sort(rng.choice(rows, min(len(rows), BLOCK), replace=False))
    mean: Vectors = exact.rows(some).mean(axis=0)
    return mean
