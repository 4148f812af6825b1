"""The dense leg of a large index: every vector is compared by a sketch of it, and the best of those exactly.

A sketch is what a vector leaves when the mean of its language is taken away, with 4 bits for every two numbers (a
product quantiser of FAISS, which compares a million in some 3 ms). How many of each language are then compared exactly
is measured at each build: see `index.recall`. Under a filter, sketches are not asked: what it admits may lie anywhere
among them, so all of it is compared exactly. benchmarks/README.md has the figures of lists and of a graph instead.

    vectors.faiss       the sketches, a FAISS index for each language after the other, in the order of their names
    exact.f16           `index.exact`
    approximate.json    `Shape`
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.errors import IndexDamaged, IndexMismatch
from index.exact import EXACT, ExactVectors
from index.finding import Mask, best
from index.store import VECTORS
from index.types import Vectors

SKETCHES, SHAPE = VECTORS, "approximate.json"


@dataclass(frozen=True, slots=True)
class Region:
    """The passages of one language, counted.

    To find the ten nearest, `again` of them are compared exactly; `recall` is the share of these ten that this found
    for the questions of a sample.
    """

    language: str
    passages: int
    again: int
    recall: float


@dataclass(frozen=True, slots=True)
class Shape:
    """An approximate index: `width` numbers to a vector, its `regions` sorted by language.

    `trained` is the number of passages for which the sketches' code was trained.
    """

    width: int
    trained: int
    regions: tuple[Region, ...]


def dump_shape(shape: Shape) -> bytes:
    """JSON for `load_shape`."""
    return json.dumps(asdict(shape), indent=1).encode()


def load_shape(folder: Path) -> Shape:
    """The shape of a generation's approximate index. Raises IndexDamaged."""
    try:
        fields = json.loads((folder / SHAPE).read_bytes())
        return Shape(
            int(fields["width"]), int(fields["trained"]), tuple(Region(**one) for one in fields["regions"])
        )
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise _damaged(folder / SHAPE, error) from error


class ApproximateIndex:
    """`finding.Dense` over a folder that `index.sketching` filled. Raises IndexDamaged. Threads may share it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.shape = load_shape(folder)
        self.exact = ExactVectors(folder / EXACT, self.dimension)
        self.sketches = load_sketches(folder, len(self.shape.regions))
        held = [region.passages for region in self.shape.regions]
        if held != [one.ntotal for one in self.sketches] or sum(held) != len(self.exact):
            raise _damaged(folder, "its files do not fit each other")
        self._own: list[NDArray[np.int64]] = []

    def __len__(self) -> int:
        return len(self.exact)

    @property
    def dimension(self) -> int:
        """The length of one vector."""
        return self.shape.width

    def nearest(
        self, query: Vectors, k: int, groups: NDArray[np.uint16], allowed: Mask | None = None
    ) -> tuple[NDArray[np.int64], Vectors]:
        """See `finding.Dense`: exact under a filter; `groups` number the regions, the same ones at every call."""
        question = self._question(query)
        found: list[NDArray[np.int64]] = []
        for number, own in enumerate(self._owned(groups)):
            again = max(self.shape.regions[number].again, 2 * k)
            found.append(self.candidates(question, number, again, own, allowed) if k > 0 else own[:0])
        every = np.concatenate([np.zeros(0, np.int64), *found])
        cosines = self.exact.cosines(question, every)
        kept, first = [np.zeros(0, np.int64)], 0
        for some in found:
            kept.append(first + best(cosines[first : first + len(some)], k))
            first += len(some)
        places = np.concatenate(kept)
        return every[places], cosines[places]

    def rows(self, rows: NDArray[np.int64]) -> Vectors:
        """The vectors of these rows, (n, d), in their order."""
        return self.exact.rows(rows)

    def cosines(self, query: Vectors, rows: NDArray[np.int64]) -> Vectors:
        """The cosines of a unit vector (d,) with these rows; equal rows get equal ones."""
        return self.exact.cosines(self._question(query), rows)

    def candidates(
        self,
        question: Vectors,
        number: int,
        again: int,
        own: NDArray[np.int64],
        allowed: Mask | None = None,
    ) -> NDArray[np.int64]:
        """The rows of region `number` that are to be compared exactly, rising; `own` are all of its rows, rising.

        Under a filter these are all that are `allowed`, without one the `again` whose sketches are nearest.
        """
        if allowed is not None:
            return own[allowed[own]]
        if len(own) <= again:
            return own
        ranked = self.sketched(question[np.newaxis], number, again)[0]
        return np.sort(own[ranked[ranked >= 0]])

    def sketched(self, questions: Vectors, number: int, wide: int) -> NDArray[np.int64]:
        """Places in a region of the `wide` sketches nearest to each question, (n, wide), nearest first; -1: none."""
        places: NDArray[np.int64] = self.sketches[number].search(questions, wide)[1]
        return places

    def _owned(self, groups: NDArray[np.uint16]) -> list[NDArray[np.int64]]:
        """The rows of each region."""
        if not self._own:
            own = [np.flatnonzero(groups == number) for number in range(len(self.shape.regions))]
            if [len(rows) for rows in own] != [region.passages for region in self.shape.regions]:
                raise _damaged(self._folder / SKETCHES, "it counts the languages otherwise than the words do")
            self._own = own
        return self._own

    def _question(self, query: Vectors) -> Vectors:
        if query.shape != (self.dimension,):
            raise IndexMismatch(
                f"the index holds vectors of {self.dimension} numbers, but the question's has the shape "
                f"{query.shape}: it was made by another model; `sourcier index` makes them anew"
            )
        return np.ascontiguousarray(query, np.float32)


def load_sketches(folder: Path, count: int) -> list[Any]:
    """The FAISS indexes of a folder. Raises IndexDamaged."""
    import faiss

    path = folder / SKETCHES
    try:
        with path.open("rb") as file:  # FAISS cannot open every path
            reader = faiss.PyCallbackIOReader(file.read, 2**20)
            found = [faiss.read_index(reader) for _ in range(count)]
            del reader
    except (OSError, RuntimeError, ValueError, MemoryError) as error:
        raise _damaged(path, error) from error
    if not all(isinstance(one, faiss.IndexPQFastScan) for one in found):
        raise _damaged(path, "it is of an unknown kind")
    return found


def _damaged(path: Path, why: object) -> IndexDamaged:
    return IndexDamaged(f"{path} cannot be read: {why}. Run: sourcier index")
