"""How much of what is nearest an approximate index finds, measured on questions, and how much it must compare for that.

The questions of a build are the first words of some of its passages, encoded as questions are. What is truly nearest to
them comes from comparing every exact vector.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.approximate import SHAPE, ApproximateIndex, Region, dump_shape
from index.corpus import Corpus
from index.disk import write_file
from index.types import Vectors

# The share of the NEAREST passages of each language that a build must find, on average, for its own questions: for
# others it is then 0.98, on the safe side.
AIM = 0.995
NEAREST = 10
QUESTIONS = 200
WORDS = 120  # characters of a passage that are asked
AT_ONCE = 2**20  # sketches that are ranked at once: some 12 MB
WIDE = 4096  # sketches that are looked through, and twice as many again until enough is found


@dataclass(frozen=True, slots=True)
class Truth:
    """The NEAREST rows to each question in each region, and their cosines: [region, question, place]; row -1: none."""

    rows: NDArray[np.int64]
    cosines: Vectors


def measure(folder: Path, groups: NDArray[np.uint16], questions: Vectors) -> None:
    """Find how many of each region must be compared exactly, and write that into the folder with the recall it gives.

    `groups` (n,) are the rows' regions. Raises OSError.
    """
    index = ApproximateIndex(folder)
    nearest = truth(index.exact.blocks(), groups, len(index.shape.regions), questions)
    regions = tuple(
        chosen(index, number, np.flatnonzero(groups == number), nearest.rows[number], questions)
        for number in range(len(index.shape.regions))
    )
    write_file(folder / SHAPE, dump_shape(replace(index.shape, regions=regions)))


def truth(
    blocks: Iterable[tuple[int, Vectors]], groups: NDArray[np.uint16], regions: int, questions: Vectors
) -> Truth:
    """What is truly nearest to the questions, by comparing all vectors.

    `blocks` yields vectors, each block with its first row; `groups` (n,) are the rows' regions.
    """
    import faiss

    shape = (regions, len(questions), NEAREST)
    rows, cosines = np.full(shape, -1, np.int64), np.full(shape, -2.0, np.float32)
    for first, block in blocks:
        own = groups[first : first + len(block)]
        for number in np.unique(own).tolist():
            here = np.flatnonzero(own == number)
            near, places = faiss.knn(
                questions, block[here], min(NEAREST, len(here)), metric=faiss.METRIC_INNER_PRODUCT
            )
            every = np.concatenate([cosines[number], near], axis=1)
            names = np.concatenate([rows[number], first + here[places]], axis=1)
            order = np.argsort(-every, axis=1, kind="stable")[:, :NEAREST]
            cosines[number] = np.take_along_axis(every, order, 1)
            rows[number] = np.take_along_axis(names, order, 1)
    return Truth(rows, cosines)


def chosen(
    index: ApproximateIndex,
    number: int,
    own: NDArray[np.int64],
    nearest: NDArray[np.int64],
    questions: Vectors,
) -> Region:
    """The region with as many passages compared exactly as it takes to find the share AIM of the `nearest`.

    `own` are the rows of the region, rising; `nearest` (questions, NEAREST) are those to be found.
    """
    region, wide = index.shape.regions[number], WIDE
    while True:
        places = _places(index, number, own, nearest, questions, min(wide, len(own)))
        again = int(np.quantile(places, AIM, method="higher")) + 1 if len(places) else 1
        if again <= wide or wide >= len(own):
            again = min(again, len(own))
            recall = float((places < again).mean()) if len(places) else 1.0
            return replace(region, again=again, recall=recall)
        wide *= 2


def questions_of(corpus: Corpus) -> list[str]:
    """The questions by which a build measures its index: the first words of some passages."""
    return [passage.text[:WORDS] for passage in corpus.passages(sampled(corpus.keys()))]


def sampled(keys: Sequence[bytes]) -> list[int]:
    """The rows of at most QUESTIONS passages: those of the lowest `keys`, which are nearly the same at the next build.

    Of passages with one key, the first stands for all.
    """
    first = dict(zip(reversed(keys), reversed(range(len(keys))), strict=True))
    return sorted(first[key] for key in heapq.nsmallest(QUESTIONS, first))


def _places(
    index: ApproximateIndex,
    number: int,
    own: NDArray[np.int64],
    nearest: NDArray[np.int64],
    questions: Vectors,
    wide: int,
) -> NDArray[np.int64]:
    """Which place each of the `nearest` rows has among the `wide` sketches nearest to its question; `wide`: none."""
    found = [np.zeros(0, np.int64)]
    step = max(1, AT_ONCE // wide)
    for at in range(0, len(questions), step):
        some = nearest[at : at + step]
        sketched = index.sketched(questions[at : at + step], number, wide)
        for rows, ranked in zip(some, sketched, strict=True):
            place = np.full(len(own), wide, np.int64)
            place[ranked[ranked >= 0]] = np.flatnonzero(ranked >= 0)
            found.append(place[np.searchsorted(own, rows[rows >= 0])])
    return np.concatenate(found)
