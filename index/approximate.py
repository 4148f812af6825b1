"""The dense leg of a large index: vectors in lists about centres, by language; a question visits the nearest lists.

A list holds its vectors with 8 bits a number (FAISS, mapped into memory); the best of what is visited are compared
again by their exact vectors. How many lists of a language are visited is measured at each build: `index.recall`.

    vectors.faiss   centres, and the lists about them, all of one language together
    exact.f16       `index.exact`
    lists.u32       the list of each row
    lists.json      `Region` of each language, in the order of the numbers that the words give to languages
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.errors import IndexDamaged, IndexMismatch
from index.exact import EXACT, ExactVectors
from index.finding import Mask, best
from index.postings import map_file
from index.types import Vectors

PACKED, LISTS, REGIONS = "vectors.faiss", "lists.u32", "lists.json"
SPARE = 1.2  # times as many as are wanted are compared again by their exact vectors


@dataclass(frozen=True, slots=True)
class Region:
    """The lists of one language: `first` to below `first + count`, made when it had `trained` passages.

    `visits` is how many of them a question visits, and `recall` the share that it found so of the ten nearest passages
    to each question of a sample.
    """

    language: str
    first: int
    count: int
    trained: int
    visits: int
    recall: float


def dump_regions(regions: Sequence[Region]) -> bytes:
    """JSON for `load_regions`."""
    return json.dumps([asdict(region) for region in regions], indent=1).encode()


def load_regions(folder: Path) -> tuple[Region, ...]:
    """The regions of a generation, none if it has no lists. Raises IndexDamaged."""
    path = folder / REGIONS
    try:
        return tuple(Region(**fields) for fields in json.loads(path.read_bytes()))
    except FileNotFoundError:
        return ()
    except (OSError, ValueError, TypeError) as error:
        raise _damaged(path, error) from error


class ApproximateIndex:
    """`finding.Dense` over a folder that `index.clustering` filled. Raises IndexDamaged. Threads may share it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.regions = load_regions(folder)
        self._index = open_lists(folder / PACKED)
        self.centres = centres_of(self._index)
        self.exact = ExactVectors(folder / EXACT, self.dimension)
        try:
            self.lists: NDArray[np.uint32] = map_file(folder / LISTS, "<u4")
        except (OSError, ValueError) as error:
            raise _damaged(folder / LISTS, error) from error
        sizes = {len(self.exact), len(self.lists), int(self._index.ntotal)}
        if len(sizes) != 1 or sum(region.count for region in self.regions) != len(self.centres):
            raise _damaged(folder, "its files do not fit each other")
        self._sizes = np.bincount(self.lists, minlength=len(self.centres))
        if len(self._sizes) > len(self.centres):
            raise _damaged(folder / LISTS, "it names a list that is not there")

    def __len__(self) -> int:
        return len(self.exact)

    @property
    def dimension(self) -> int:
        """The length of one vector."""
        return int(self._index.d)

    def nearest(
        self, query: Vectors, k: int, groups: NDArray[np.uint16], allowed: Mask | None = None
    ) -> tuple[NDArray[np.int64], Vectors]:
        """See `finding.Dense`; `groups` are the numbers of the regions.

        A filter is decided before the search, and with it so many more lists are visited that as much is compared.
        """
        question = self._question(query)
        if k <= 0 or not len(self):
            return np.zeros(0, np.int64), np.zeros(0, np.float32)
        if allowed is None:
            visits = [self.ranked(question, region)[: region.visits] for region in self.regions]
            return self._exactly(question, k, self.visit(question, visits, k))
        rows = np.flatnonzero(allowed)
        own = groups[rows]
        found: list[NDArray[np.int64]] = []
        visits = []
        for number, region in enumerate(self.regions):
            some = rows[own == number]
            if len(some) <= _wide(k):
                found.append(some)
            else:
                visits.append(self._widened(question, region, some))
        found += self.visit(question, visits, k, allowed)
        return self._exactly(question, k, found)

    def cosines(self, query: Vectors, rows: NDArray[np.int64]) -> Vectors:
        """The cosines of a unit vector (d,) with these rows; equal rows get equal ones."""
        return self.exact.cosines(self._question(query), rows)

    def ranked(self, question: Vectors, region: Region) -> NDArray[np.int64]:
        """The lists of a region, the one about the nearest centre first (see `index.clustering`)."""
        near = self.centres[region.first : region.first + region.count] @ question
        return region.first + np.argsort(-near, kind="stable").astype(np.int64)

    def visit(
        self, question: Vectors, visits: Sequence[NDArray[np.int64]], k: int, allowed: Mask | None = None
    ) -> list[NDArray[np.int64]]:
        """For each of `visits`, which names lists, rows in them: somewhat more than the `k` nearest, as 8 bits tell."""
        import faiss

        most = max((len(lists) for lists in visits), default=0)
        if not most:
            return []
        wide = _wide(k)
        places = np.full((len(visits), most), -1, np.int64)
        for row, lists in zip(places, visits, strict=True):
            row[: len(lists)] = lists
        questions = np.repeat(question[np.newaxis], len(visits), axis=0)
        near, scores = np.zeros(places.shape, np.float32), np.empty((len(visits), wide), np.float32)
        rows = np.empty(scores.shape, np.int64)
        chosen = faiss.SearchParametersIVF(nprobe=most, sel=_selector(allowed))
        self._index.search_preassigned_c(
            *(len(visits), faiss.swig_ptr(questions), wide, faiss.swig_ptr(places), faiss.swig_ptr(near)),
            *(faiss.swig_ptr(scores), faiss.swig_ptr(rows), False, chosen),
        )
        if rows.max(initial=-1) >= len(self):
            raise _damaged(self._folder / PACKED, "it names a passage that is not there")
        return [some[some >= 0] for some in rows]

    def _widened(self, question: Vectors, region: Region, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """So many of the nearest lists that as many of `rows` lie in them as passages are compared without a filter."""
        lists = self.ranked(question, region)
        wanted = self._sizes[lists[: region.visits]].sum()
        held = np.bincount(self.lists[rows], minlength=len(self.centres))[lists].cumsum()
        return lists[: int(np.searchsorted(held, wanted)) + 1]

    def _exactly(
        self, question: Vectors, k: int, found: Sequence[NDArray[np.int64]]
    ) -> tuple[NDArray[np.int64], Vectors]:
        """Of each of `found` the `k` nearest."""
        every = np.concatenate([np.zeros(0, np.int64), *found])
        cosines = self.exact.cosines(question, every)
        kept, first = [np.zeros(0, np.int64)], 0
        for some in found:
            order = np.argsort(some)
            kept.append(first + order[best(cosines[first : first + len(some)][order], k)])
            first += len(some)
        places = np.concatenate(kept)
        return every[places], cosines[places]

    def close(self) -> None:
        """Let go of the exact vectors' file."""
        self.exact.close()

    def _question(self, query: Vectors) -> Vectors:
        if query.shape != (self.dimension,):
            raise IndexMismatch(
                f"the index holds vectors of {self.dimension} numbers, but the question's has the shape "
                f"{query.shape}: it was made by another model; `sourcier index` makes them anew"
            )
        return np.ascontiguousarray(query, np.float32)


def _wide(k: int) -> int:
    return int(k * SPARE) + 8


def open_lists(path: Path) -> Any:
    """The FAISS index of a file, mapped where the system can. Raises IndexDamaged."""
    import faiss

    try:
        if os.name == "nt":  # FAISS cannot open every path there
            index = faiss.deserialize_index(np.frombuffer(path.read_bytes(), np.uint8))
        else:
            index = faiss.read_index(str(path), faiss.IO_FLAG_MMAP | faiss.IO_FLAG_READ_ONLY)
    except (OSError, RuntimeError, ValueError) as error:
        raise _damaged(path, error) from error
    if not isinstance(index, faiss.IndexIVFScalarQuantizer):
        raise _damaged(path, "it is of an unknown kind")
    lists = faiss.downcast_InvertedLists(index.invlists)
    if isinstance(lists, faiss.OnDiskInvertedLists):
        lists.prefetch_nthread = 0  # starting threads costs more than they save
    return index


def centres_of(index: Any) -> Vectors:
    """The centres of a FAISS index's lists, (lists, d)."""
    centres: Vectors = index.quantizer.reconstruct_n(0, index.nlist)
    return centres


def _selector(allowed: Mask | None) -> Any:
    import faiss

    if allowed is None:
        return None
    return faiss.IDSelectorBitmap(np.packbits(allowed, bitorder="little"))


def _damaged(path: Path, why: object) -> IndexDamaged:
    return IndexDamaged(f"{path} cannot be read: {why}. Run: sourcier index")
