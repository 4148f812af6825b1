"""All vectors of a generation in one file, exact but for being halves (16 bits a number), read by rows and never held.

Their cosines differ from those of whole numbers by some 0.00001.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.disk import storing
from index.errors import IndexDamaged
from index.types import Vectors

EXACT = "exact.f16"  # its name in a generation
KIND = np.dtype("<f2")
BLOCK = 8192  # rows that are in memory at once


class VectorFile:
    """Takes the vectors of rows in any order. Raises StorageError."""

    def __init__(self, path: Path, rows: int, width: int) -> None:
        self.shape = (rows, width)
        self._path = path
        with storing(path):
            self._file = path.open("wb")
            self._file.truncate(rows * width * KIND.itemsize)

    def __setitem__(self, rows: NDArray[np.int64], vectors: Vectors) -> None:
        """Write vectors (n, width) for these rows (n,)."""
        halves = np.ascontiguousarray(vectors, KIND)
        with storing(self._path):
            for first, last in _runs(rows):
                self._file.seek(int(rows[first]) * self.shape[1] * KIND.itemsize)
                self._file.write(halves[first:last].tobytes())
            self._file.flush()  # nothing may wait: another file can take this one's place

    def close(self) -> None:
        """Let go of the file."""
        with storing(self._path):
            self._file.close()


class ExactVectors:
    """Reads what a `VectorFile` left; IndexDamaged for a file of another size. Threads may share it.

    Read and not mapped, where the system can: pages that are looked at once would count as this process's memory.
    """

    def __init__(self, path: Path, width: int) -> None:
        self._path = path
        try:
            self._file = path.open("rb", buffering=0)
            size = os.fstat(self._file.fileno()).st_size
        except OSError as error:
            raise _damaged(path, error.strerror or str(error)) from error
        stride = width * KIND.itemsize
        if not width or size % stride:
            self._file.close()
            raise _damaged(path, f"{size} bytes are no vectors of {width} numbers")
        self.shape = (size // stride, width)
        self._mapped = None if hasattr(os, "pread") else np.memmap(path, KIND, "r", shape=self.shape)

    def __len__(self) -> int:
        return self.shape[0]

    def rows(self, rows: NDArray[np.int64]) -> Vectors:
        """The vectors of these rows, (n, width), in their order."""
        order = np.argsort(rows, kind="stable")
        found = np.empty((len(rows), self.shape[1]), np.float32)
        found[order] = self._rising(rows[order])
        return found

    def blocks(self) -> Iterator[tuple[int, Vectors]]:
        """All vectors in order, a block at a time, each with its first row."""
        for first in range(0, len(self), BLOCK):
            yield first, self._rising(np.arange(first, min(first + BLOCK, len(self))))

    def cosines(self, query: Vectors, rows: NDArray[np.int64]) -> Vectors:
        """The cosines of a unit vector (d,) with these rows; equal rows get equal ones."""
        import faiss

        cosines = np.empty(len(rows), np.float32)
        question = np.ascontiguousarray(query, np.float32)
        for at in range(0, len(rows), BLOCK):
            block = self.rows(rows[at : at + BLOCK])
            part = np.empty(len(block), np.float32)
            faiss.fvec_inner_products_ny(
                *(faiss.swig_ptr(numbers) for numbers in (part, question, block)), self.shape[1], len(block)
            )
            cosines[at : at + BLOCK] = part
        return np.clip(cosines, -1.0, 1.0)

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()

    def _rising(self, rows: NDArray[np.int64]) -> Vectors:
        if len(rows) and not 0 <= rows[0] <= rows[-1] < len(self):
            raise _damaged(self._path, f"it has no row {rows[-1]}")
        if self._mapped is not None:
            return self._mapped[rows].astype(np.float32)
        stride, file = self.shape[1] * KIND.itemsize, self._file.fileno()
        try:
            data = b"".join(
                os.pread(file, (last - first) * stride, int(rows[first]) * stride)
                for first, last in _runs(rows)
            )
        except OSError as error:
            raise _damaged(self._path, error.strerror or str(error)) from error
        if len(data) != len(rows) * stride:
            raise _damaged(self._path, "it ends too early")
        return np.frombuffer(data, KIND).reshape(-1, self.shape[1]).astype(np.float32)


def _runs(rows: NDArray[np.int64]) -> list[tuple[int, int]]:
    """Where rows follow each other without a gap: [first, last) of each such run."""
    ends = (np.flatnonzero(np.diff(rows) != 1) + 1).tolist()
    return list(zip([0, *ends], [*ends, len(rows)], strict=True)) if len(rows) else []


def _damaged(path: Path, why: str) -> IndexDamaged:
    return IndexDamaged(f"{path} cannot be read: {why}. Run: sourcier index")
