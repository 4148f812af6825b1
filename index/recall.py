"""How much of what is nearest an approximate index finds, measured on questions, and how much it must visit for that.

The questions of a build are the first words of some of its passages, encoded as questions are. What is truly nearest to
them comes from comparing every exact vector.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.approximate import REGIONS, ApproximateIndex, Region, dump_regions
from index.disk import write_file
from index.types import Vectors

LEAST = 0.98  # of the NEAREST passages of each language, on the average
AIM = 0.985  # what visits are chosen for, as the sample may flatter
NEAREST = 10
QUESTIONS = 200
WORDS = 120  # characters of a passage that are asked
SAME = 1e-6  # cosines closer than this are equal


@dataclass(frozen=True, slots=True)
class Truth:
    """The NEAREST rows to each question in each region, and their cosines: [region, question, place]; row -1: none."""

    rows: NDArray[np.int64]
    cosines: Vectors


def measure(folder: Path, questions: Vectors) -> None:
    """Have each region of a filled folder visit enough, and write down what was found so. Raises OSError."""
    with closing(ApproximateIndex(folder)) as index:
        bounds = [region.first + region.count for region in index.regions]
        groups = np.searchsorted(bounds, index.lists, side="right").astype(np.uint16)
        nearest = truth(index.exact.blocks(), groups, len(bounds), questions)
        write_file(folder / REGIONS, dump_regions(chosen(index, nearest, questions)))


def truth(
    blocks: Iterable[tuple[int, Vectors]], groups: NDArray[np.uint16], regions: int, questions: Vectors
) -> Truth:
    """By comparing all vectors, which come in `blocks` with their first rows; `groups` (n,) are their regions."""
    shape = (regions, len(questions), NEAREST)
    rows, cosines = np.full(shape, -1, np.int64), np.full(shape, -2.0, np.float32)
    for first, block in blocks:
        own = groups[first : first + len(block)]
        scores = questions @ block.T
        for number in np.unique(own).tolist():
            here = np.flatnonzero(own == number)
            every = np.concatenate([cosines[number], scores[:, here]], axis=1)
            names = np.concatenate(
                [rows[number], np.broadcast_to(first + here, (len(questions), len(here)))], axis=1
            )
            order = np.argpartition(-every, NEAREST - 1, axis=1)[:, :NEAREST]
            cosines[number] = np.take_along_axis(every, order, 1)
            rows[number] = np.take_along_axis(names, order, 1)
    return Truth(rows, cosines)


def chosen(index: ApproximateIndex, nearest: Truth, questions: Vectors) -> tuple[Region, ...]:
    """The regions with as many visits as AIM takes, and the recall that was then measured: LEAST or more."""
    return tuple(
        _chosen(index, region, nearest.rows[number], nearest.cosines[number], questions)
        for number, region in enumerate(index.regions)
    )


def measured(index: ApproximateIndex, region: Region, cosines: Vectors, questions: Vectors) -> float:
    """The share of the NEAREST, whose `cosines` are (questions, NEAREST), that a search of the region finds."""
    found = wanted = 0
    for question, true in zip(questions, cosines, strict=True):
        real = true[true > -2]
        rows = index.visit(question, [index.ranked(question, region)[: region.visits]], NEAREST)[0]
        near = np.sort(index.exact.cosines(question, rows))[::-1][: len(real)]
        found += int((near >= real.min() - SAME).sum())
        wanted += len(real)
    return found / wanted if wanted else 1.0


def _chosen(
    index: ApproximateIndex, region: Region, rows: NDArray[np.int64], cosines: Vectors, questions: Vectors
) -> Region:
    visits = 1
    if region.count > 1:
        places = np.concatenate([_places(index, region, *one) for one in zip(rows, questions, strict=True)])
        visits = int(np.quantile(places, AIM, method="higher")) + 1
    while True:
        now = replace(region, visits=visits)
        now = replace(now, recall=measured(index, now, cosines, questions))
        if now.recall >= LEAST or visits == region.count:
            return now
        visits = min(region.count, visits + visits // 2 + 1)


def _places(
    index: ApproximateIndex, region: Region, rows: NDArray[np.int64], question: Vectors
) -> NDArray[np.int64]:
    """In which place of the order of visits the list of each row comes."""
    place = np.empty(region.count, np.int64)
    place[index.ranked(question, region) - region.first] = np.arange(region.count)
    return place[index.lists[rows[rows >= 0]].astype(np.int64) - region.first]


def sampled(passages: int, seed: int = 7) -> Sequence[int]:
    """Rows of passages whose first words are asked, QUESTIONS at most."""
    rng = np.random.default_rng(seed)
    return sorted(rng.choice(passages, min(passages, QUESTIONS), replace=False).tolist())
