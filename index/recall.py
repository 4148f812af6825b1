"""How much of what is nearest an approximate index finds, measured on questions, and how much it must compare for that.

The questions of a build are the first words of some of its passages, encoded as questions are. What is truly nearest to
them comes from comparing every exact vector.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.approximate import SHAPE, ApproximateIndex, Region, dump_shape
from index.disk import write_file
from index.types import Vectors

AIM = 0.995  # of the NEAREST passages of each language, on the average: 0.98 for other questions, on the safe side
NEAREST = 10
QUESTIONS = 200
WORDS = 120  # characters of a passage that are asked
WIDE = 4096  # sketches that are looked through, and twice as many again until enough is found


@dataclass(frozen=True, slots=True)
class Truth:
    """The NEAREST rows to each question in each region, and their cosines: [region, question, place]; row -1: none."""

    rows: NDArray[np.int64]
    cosines: Vectors


def measure(folder: Path, groups: NDArray[np.uint16], questions: Vectors) -> None:
    """Have enough compared again in each region of a filled folder, and write down what was found so; `groups` (n,)
    are the rows' regions. Raises OSError."""
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


def chosen(
    index: ApproximateIndex,
    number: int,
    own: NDArray[np.int64],
    nearest: NDArray[np.int64],
    questions: Vectors,
) -> Region:
    """A region, with as many compared again as find AIM of the `nearest` rows, (questions, NEAREST); its `own` rise."""
    region, wide = index.shape.regions[number], WIDE
    while True:
        found = [
            _places(index, number, np.searchsorted(own, rows[rows >= 0]), question, wide)
            for rows, question in zip(nearest, questions, strict=True)
        ]
        places = np.concatenate([np.zeros(0, np.int64), *found])
        again = int(np.quantile(places, AIM, method="higher")) + 1 if len(places) else 1
        if again <= wide or wide >= len(own):
            again = min(again, len(own))
            recall = float((places < again).mean()) if len(places) else 1.0
            return replace(region, again=again, recall=recall)
        wide *= 2


def sampled(passages: int, seed: int = 7) -> Sequence[int]:
    """Rows of passages whose first words are asked, QUESTIONS at most."""
    rng = np.random.default_rng(seed)
    return sorted(rng.choice(passages, min(passages, QUESTIONS), replace=False).tolist())


def _places(
    index: ApproximateIndex, number: int, wanted: NDArray[np.intp], question: Vectors, wide: int
) -> NDArray[np.int64]:
    """Which place each wanted one has among the sketches nearest to a question; past the last where it has none."""
    found = index.sketched(question, number, min(wide, index.shape.regions[number].passages))
    place = np.full(index.shape.regions[number].passages, max(wide, len(found)), np.int64)
    place[found] = np.arange(len(found))
    return place[wanted]
