"""All vectors of a generation in one file of 16-bit floats, mapped into memory.

Cosines differ from those of 32-bit floats by some 0.00001.
"""

from __future__ import annotations

import mmap
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.disk import storing
from index.errors import IndexDamaged
from index.postings import map_file
from index.types import Vectors

EXACT = "exact.f16"  # its name in a generation
KIND = np.dtype("<f2")
BLOCK = 8192  # rows that are in memory at once
CACHED = 1024  # rows that stay in a processor's cache from being read to being compared: three times as fast


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
        ends = (np.flatnonzero(np.diff(rows) != 1) + 1).tolist()  # of runs without a gap
        with storing(self._path):
            for first, last in zip([0, *ends], [*ends, len(rows)], strict=True):
                self._file.seek(int(rows[first]) * self.shape[1] * KIND.itemsize)
                self._file.write(halves[first:last].tobytes())
            self._file.flush()  # nothing may wait: another file can take this one's place

    def close(self) -> None:
        """Let go of the file."""
        with storing(self._path):
            self._file.close()


class ExactVectors:
    """Reads what a `VectorFile` left; IndexDamaged for a file of another size. Threads may share it."""

    def __init__(self, path: Path, width: int) -> None:
        self._path = path
        try:
            self._halves = map_file(path, KIND.str).reshape(-1, width)
        except (OSError, ValueError) as error:
            raise IndexDamaged(f"{path} cannot be read: {error}. Run: sourcier index") from error
        self.shape = self._halves.shape

    def __len__(self) -> int:
        return len(self._halves)

    def rows(self, rows: NDArray[np.int64]) -> Vectors:
        """The vectors of these rows, (n, width), in their order."""
        return whole(self._halves[rows])

    def blocks(self) -> Iterator[tuple[int, Vectors]]:
        """All vectors in order, a block at a time, each with its first row."""
        for first in range(0, len(self), BLOCK):
            yield first, whole(self._halves[first : first + BLOCK])
            self.release()

    def cosines(self, query: Vectors, rows: NDArray[np.int64]) -> Vectors:
        """The cosines of a unit vector (d,) with these rows; equal rows get equal ones."""
        import faiss

        cosines = np.empty(len(rows), np.float32)
        question = np.ascontiguousarray(query, np.float32)
        for at in range(0, len(rows), CACHED):
            block = self.rows(rows[at : at + CACHED])
            part = np.empty(len(block), np.float32)
            faiss.fvec_inner_products_ny(
                *(faiss.swig_ptr(numbers) for numbers in (part, question, block)), self.shape[1], len(block)
            )
            cosines[at : at + CACHED] = part
        return np.clip(cosines, -1.0, 1.0)

    def release(self) -> None:
        """Give back the memory of what was read, where the system lets one say so."""
        base: object = self._halves
        while isinstance(base, np.ndarray):
            base = base.base
        if isinstance(base, mmap.mmap) and hasattr(mmap, "MADV_DONTNEED"):
            base.madvise(mmap.MADV_DONTNEED)


def whole(halves: NDArray[np.float16]) -> Vectors:
    """16-bit floats as 32-bit ones, three times as fast as NumPy converts them; they must be finite."""
    bits = halves.view(np.int16).astype(np.int32)
    bits <<= 13  # exponent and fraction to their places; the sign stands at the top already, and in their way
    bits &= np.int32(-0x70002000)  # 0x8FFFE000: the sign, and what lies below its copies
    numbers: Vectors = bits.view(np.float32)
    numbers *= np.float32(2.0**112)  # the exponents count from 15 there, from 127 here
    return numbers
