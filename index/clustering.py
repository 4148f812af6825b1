"""Vectors sorted into lists about centres, language by language, for `index.approximate`.

Vectors of one language all lie to one side. Centres are those of what is left when the language's mean is taken away:
questions visit fewer lists then (benchmarks/README.md). They are found anew for a language only where there were none,
or when it has grown by half since: what is added in between joins the nearest list, what is deleted leaves its own.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.approximate import LISTS, PACKED, REGIONS, Region, dump_regions
from index.exact import BLOCK, ExactVectors
from index.types import Vectors

GROWN = 1.5  # times as many passages as its centres were made for: they are made anew
SAMPLE = 40  # vectors for each centre, from which it is found
ROUNDS = 8  # of k-means
SEED = 7


@dataclass(frozen=True, slots=True)
class Carried:
    """What another generation knows: its regions, centres (lists, d), list of each row, and the row there of each new
    row, -1 where it has none."""

    regions: Sequence[Region]
    centres: Vectors
    lists: NDArray[np.uint32]
    origin: NDArray[np.int64]


def write_lists(
    folder: Path, exact: ExactVectors, languages: Sequence[str], before: Carried | None = None
) -> str:
    """Fill a folder that has the exact vectors; the SHA-256 that the FAISS file must have. Every region visits all its
    lists as yet, and has a recall of 1. Raises OSError."""
    names = sorted(set(languages))
    numbers = {name: number for number, name in enumerate(names)}
    codes = np.fromiter((numbers[language] for language in languages), np.uint16, len(languages))
    lists = np.zeros(len(exact), np.uint32)
    regions: list[Region] = []
    centres: list[Vectors] = []
    first = 0
    for number, name in enumerate(names):
        rows = np.flatnonzero(codes == number)
        own, known, trained = _centres(exact, rows, name, before)
        new = np.flatnonzero(known < 0)
        known[new] = _assigned(exact, rows[new], own, own @ _mean(exact, rows))
        lists[rows] = first + known
        regions.append(Region(name, first, len(own), trained, len(own), 1.0))
        centres.append(own)
        first += len(own)
    (folder / LISTS).write_bytes(lists.astype("<u4").tobytes())
    (folder / REGIONS).write_bytes(dump_regions(regions))
    return _pack(folder / PACKED, exact, np.concatenate(centres), lists)


def count_lists(passages: int) -> int:
    """How many lists a language of so many passages gets: at a million, 250 passages go into each."""
    return max(1, min(int(4 * passages**0.5), passages // 100))


def _centres(
    exact: ExactVectors, rows: NDArray[np.int64], language: str, before: Carried | None
) -> tuple[Vectors, NDArray[np.int64], int]:
    """A language's centres, which of them each row has (-1: not known), and for how many rows they were made."""
    known = np.full(len(rows), -1, np.int64)
    for old in before.regions if before else ():
        if before and old.language == language and len(rows) <= GROWN * old.trained:
            origin = before.origin[rows]
            kept = origin >= 0
            known[kept] = before.lists[origin[kept]].astype(np.int64) - old.first
            return before.centres[old.first : old.first + old.count], known, old.trained
    count = count_lists(len(rows))
    rng = np.random.default_rng(SEED)
    some = exact.rows(np.sort(rng.choice(rows, min(len(rows), SAMPLE * count), replace=False)))
    some -= _mean(exact, rows)
    some /= np.maximum(np.linalg.norm(some, axis=1, keepdims=True), 1e-6)
    return _trained(some, count), known, len(rows)


def _mean(exact: ExactVectors, rows: NDArray[np.int64]) -> Vectors:
    """The mean of these rows, or of some of them where they are many."""
    rng = np.random.default_rng(SEED)
    some = np.sort(rng.choice(rows, min(len(rows), BLOCK), replace=False))
    mean: Vectors = exact.rows(some).mean(axis=0)
    return mean


def _trained(vectors: Vectors, count: int) -> Vectors:
    import faiss

    means = faiss.Kmeans(
        vectors.shape[1], count, niter=ROUNDS, spherical=True, seed=SEED, min_points_per_centroid=1,
        max_points_per_centroid=len(vectors),
    )  # fmt: skip
    means.train(vectors)
    centres: Vectors = means.centroids
    return centres


def _assigned(
    exact: ExactVectors, rows: NDArray[np.int64], centres: Vectors, usual: Vectors
) -> NDArray[np.int64]:
    """Which centre is nearest to each row, when what is `usual` for each centre, (centres,), is taken away."""
    found = [np.zeros(0, np.int64)]
    for at in range(0, len(rows), BLOCK):
        found.append((exact.rows(rows[at : at + BLOCK]) @ centres.T - usual).argmax(axis=1))
    return np.concatenate(found)


def _pack(path: Path, exact: ExactVectors, centres: Vectors, lists: NDArray[np.uint32]) -> str:
    """Write the lists as a FAISS index, 8 bits a number; the SHA-256 of what was written."""
    import faiss

    width = exact.shape[1]
    quantizer = faiss.IndexFlatIP(width)
    quantizer.add(centres)
    kind = faiss.ScalarQuantizer.QT_8bit
    index = faiss.IndexIVFScalarQuantizer(
        quantizer, width, len(centres), kind, faiss.METRIC_INNER_PRODUCT, False
    )
    rng = np.random.default_rng(SEED)
    some = np.sort(rng.choice(len(exact), min(len(exact), 20_000), replace=False))
    index.sq.rangestat_arg = 0.1  # room for what a later vector may have beyond the sample's
    index.train(exact.rows(some))
    order = np.argsort(lists, kind="stable").astype(np.int64)
    for at in range(0, len(order), BLOCK):
        rows = order[at : at + BLOCK]
        vectors, places = exact.rows(rows), lists[rows].astype(np.int64)
        index.add_core(len(rows), *(faiss.swig_ptr(numbers) for numbers in (vectors, rows, places)))
    digest = hashlib.sha256()
    with path.open("wb") as file:

        def write(data: bytes) -> int:
            digest.update(data)
            return file.write(data)

        faiss.write_index(index, _writer(write))
    return digest.hexdigest()


def _writer(write: Any) -> Any:
    import faiss

    return faiss.PyCallbackIOWriter(write, 2**20)
