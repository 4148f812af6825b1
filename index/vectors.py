"""The dense leg: unit vectors in a flat FAISS index, carried as bytes (FAISS cannot open every path)."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.errors import IndexDamaged, IndexMismatch
from index.finding import Mask, best
from index.types import Vectors

MEND = "`sourcier index` makes them anew"
_HEAD, _COUNT = 45, slice(37, 45)  # bytes of FAISS before the numbers, and where it says how many there are


def pack_vectors(vectors: Vectors) -> bytes:
    """Unit vectors, shape (n, d), as a serialised inner-product index; n may be 0, d may not."""
    import faiss

    if vectors.ndim != 2 or vectors.shape[1] == 0:
        raise ValueError(f"vectors must have the shape (n, d) with d > 0, not {vectors.shape}")
    index = faiss.IndexFlatIP(vectors.shape[1])
    if len(vectors):
        index.add(np.ascontiguousarray(vectors, dtype=np.float32))
    packed: bytes = faiss.serialize_index(index).tobytes()
    return packed


class VectorIndex:
    """Searches what `pack_vectors` made; IndexDamaged for any other bytes. Threads may share it."""

    def __init__(self, data: bytes) -> None:
        self._index = _unpack(data)

    def __len__(self) -> int:
        return int(self._index.ntotal)

    @property
    def dimension(self) -> int:
        """The length of one vector."""
        return int(self._index.d)

    def search(self, query: Vectors, k: int) -> tuple[NDArray[np.int64], Vectors]:
        """Rows and cosines of the `k` nearest to a unit vector (d,): best first, equal ones by row."""
        question = self._question(query)
        count = min(k, len(self))
        if count <= 0:
            return np.zeros(0, np.int64), np.zeros(0, np.float32)
        wide = count
        while True:  # FAISS cuts equal scores anywhere: widen until the cut falls below them
            wide = min(len(self), wide * 2)
            scores, rows = (found[0] for found in self._index.search(question, wide))
            if wide == len(self) or scores[-1] < scores[count - 1]:
                break
        order = np.lexsort((rows, -scores))[:count]
        return rows[order].astype(np.int64), np.clip(scores[order], -1.0, 1.0).astype(np.float32)

    def scores(self, query: Vectors) -> Vectors:
        """The cosine of a unit vector (d,) with every row, shape (n,); equal rows get equal ones."""
        scores = np.full(len(self), -1.0, np.float32)
        if len(self):
            _, cosines, rows = self._index.range_search(self._question(query), -2.0)
            scores[rows] = np.clip(cosines, -1.0, 1.0)
        return scores

    def nearest(
        self, query: Vectors, k: int, groups: NDArray[np.uint16], allowed: Mask | None = None
    ) -> tuple[NDArray[np.int64], Vectors]:
        """See `finding.Dense`: exact."""
        scores = self.scores(query)
        rows = []
        for group in np.flatnonzero(np.bincount(groups)).tolist():
            own = np.flatnonzero(groups == group if allowed is None else allowed & (groups == group))
            rows.append(own[best(scores[own], k)])
        near = np.concatenate([np.zeros(0, np.int64), *rows])
        return near, scores[near]

    def rows(self, rows: NDArray[np.int64]) -> Vectors:
        """The vectors of these rows, (n, d), in their order."""
        found: Vectors = self._index.reconstruct_batch(rows)
        return found

    def cosines(self, query: Vectors, rows: NDArray[np.int64]) -> Vectors:
        """The cosines of a unit vector (d,) with these rows; equal rows get equal ones."""
        return self.scores(query)[rows] if len(rows) else np.zeros(0, np.float32)

    def _question(self, query: Vectors) -> Vectors:
        if query.shape != (self.dimension,):
            raise IndexMismatch(
                f"the index holds vectors of {self.dimension} numbers, but the question's has the shape "
                f"{query.shape}: it was made by another model; {MEND}"
            )
        return np.ascontiguousarray(query[np.newaxis], dtype=np.float32)


def _unpack(data: bytes) -> Any:
    import faiss

    try:
        # FAISS would make room for as many.
        if 4 * int.from_bytes(data[_COUNT], "little") != len(data) - _HEAD:
            raise ValueError(f"{len(data)} bytes")
        index = faiss.deserialize_index(np.frombuffer(data, dtype=np.uint8))
    except (RuntimeError, ValueError) as error:
        raise IndexDamaged(f"the vectors of the index cannot be read; {MEND}") from error
    if not isinstance(index, faiss.IndexFlat) or index.metric_type != faiss.METRIC_INNER_PRODUCT:
        raise IndexDamaged(f"the vectors of the index are of an unknown kind; {MEND}")
    return index
