"""Inverted lists on disk: which text holds which term, and how often, in arrays that are mapped into memory.

A term is known by 64 bits of its BLAKE2 digest (among ten million terms, two share one with a chance of 3 in a
million). `terms.u64` holds them in rising order, `starts.i64` where the list of each begins and, last, where all end;
`rows.u32` and `counts.u8` are the lists: rising rows, and how often, 255 standing for all above. All little-endian.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

MOST = 255  # of one term in one text
BLOCK = 2**22  # postings that are sorted at once: some 150 MB
_FILES = {"terms": ("terms.u64", "<u8"), "starts": ("starts.i64", "<i8")}
_FILES |= {"rows": ("rows.u32", "<u4"), "counts": ("counts.u8", "u1")}


@lru_cache(2**17)
def term_id(term: str) -> int:
    """The 64 bits that stand for a term."""
    digest = hashlib.blake2b(term.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "little")


@dataclass(frozen=True, slots=True)
class Postings:
    """The lists: of `terms[i]`, `rows[starts[i] : starts[i + 1]]`, and `counts` alike."""

    terms: NDArray[np.uint64]
    starts: NDArray[np.int64]
    rows: NDArray[np.uint32]
    counts: NDArray[np.uint8]

    def of(self, term: int) -> tuple[NDArray[np.uint32], NDArray[np.uint8]]:
        """Rows and counts of one term; empty where it is unknown."""
        at = int(np.searchsorted(self.terms, np.uint64(term)))
        if at == len(self.terms) or int(self.terms[at]) != term:
            return self.rows[:0], self.counts[:0]
        first, last = int(self.starts[at]), int(self.starts[at + 1])
        return self.rows[first:last], self.counts[first:last]


def load_postings(folder: Path) -> Postings:
    """What a `PostingsWriter` left, mapped. Raises OSError, ValueError for files that do not fit each other."""
    found = Postings(**{name: map_file(folder / file, kind) for name, (file, kind) in _FILES.items()})
    ends = found.starts[[0, -1]].tolist() if len(found.starts) else None
    if len(found.starts) != len(found.terms) + 1 or ends != [0, len(found.rows)]:
        raise ValueError("starts.i64 does not fit the other lists")
    if len(found.counts) != len(found.rows):
        raise ValueError(f"counts.u8 has {len(found.counts)} numbers for {len(found.rows)} rows")
    return found


def map_file(path: Path, kind: str) -> NDArray[Any]:
    """The numbers of a file, mapped read-only: read from the disk as they are used. Raises OSError, ValueError."""
    if path.stat().st_size == 0:  # an empty file cannot be mapped
        return np.zeros(0, kind)
    return np.asarray(np.memmap(path, kind, mode="r"))


class PostingsWriter:
    """Fills an existing folder, in memory that does not grow with the texts. Every method may raise OSError."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._parts: list[tuple[Postings, NDArray[np.int64] | None]] = []
        self._terms: list[NDArray[np.uint64]] = []
        self._counts: list[NDArray[np.uint8]] = []
        self._rows: list[int] = []
        self._waiting = 0

    def add(self, row: int, counts: Mapping[int, int]) -> None:
        """The terms of a text and how often each stands in it; rows rise from call to call."""
        self._terms.append(np.fromiter(counts.keys(), np.uint64, len(counts)))
        self._counts.append(
            np.minimum(np.fromiter(counts.values(), np.int64, len(counts)), MOST).astype("u1")
        )
        self._rows.append(row)
        self._waiting += len(counts)
        if self._waiting >= BLOCK:
            self._spill()

    def carry(self, old: Postings, to: NDArray[np.int64]) -> None:
        """Take over the lists of another index: what was row r is row `to[r]`, and left out where that is -1."""
        self._parts.append((old, to))

    def finish(self) -> None:
        """Write the files."""
        self._spill()
        starts = np.zeros(1, np.int64)
        names = {name: self._folder / file for name, (file, _) in _FILES.items()}
        with (
            names["terms"].open("wb") as terms,
            names["starts"].open("wb") as offsets,
            names["rows"].open("wb") as rows,
            names["counts"].open("wb") as counts,
        ):
            offsets.write(starts.astype("<i8").tobytes())
            for block in _merged(self._parts):
                terms.write(block.terms.astype("<u8").tobytes())
                offsets.write((block.starts[1:] + starts[-1]).astype("<i8").tobytes())
                rows.write(block.rows.astype("<u4").tobytes())
                counts.write(block.counts.tobytes())
                starts = block.starts + starts[-1]
        runs, self._parts = len(self._parts), []  # Windows keeps files that are mapped
        for number in range(runs):
            for file, _ in _FILES.values():
                _run(self._folder / file, number).unlink(missing_ok=True)

    def _spill(self) -> None:
        """Put what waits into sorted lists, on disk if there will be more of them."""
        if not self._rows:
            return
        terms = np.concatenate(self._terms)
        rows = np.repeat(np.array(self._rows, np.uint32), [len(some) for some in self._terms])
        order = np.argsort(terms, kind="stable")
        found, firsts = np.unique(terms[order], return_index=True)
        part = Postings(
            found,
            np.append(firsts, len(terms)).astype(np.int64),
            rows[order],
            np.concatenate(self._counts)[order],
        )
        if self._waiting >= BLOCK:
            for name, (file, kind) in _FILES.items():
                path = _run(self._folder / file, len(self._parts))
                with path.open("wb") as out:
                    out.write(getattr(part, name).astype(kind).tobytes())
            part = Postings(
                **{
                    name: map_file(_run(self._folder / file, len(self._parts)), kind)
                    for name, (file, kind) in _FILES.items()
                }
            )
        self._parts.append((part, None))
        self._terms, self._counts, self._rows, self._waiting = [], [], [], 0


def _run(path: Path, number: int) -> Path:
    return path.with_name(f"{path.name}.{number}")


def _merged(parts: list[tuple[Postings, NDArray[np.int64] | None]]) -> Iterator[Postings]:
    """All lists, in rising order of their terms, a block at a time."""
    total = sum(len(part.rows) for part, _ in parts)
    blocks = max(1, -(-total // BLOCK))
    for low, high in pairwise((block << 64) // blocks for block in range(blocks + 1)):
        yield _block([(_between(part, low, high), to) for part, to in parts])


def _between(part: Postings, low: int, high: int) -> Postings:
    """The lists of the terms from `low` to below `high`."""
    first = int(np.searchsorted(part.terms, np.uint64(low)))
    last = int(np.searchsorted(part.terms, np.uint64(high - 1), side="right"))
    starts = part.starts[first : last + 1]
    here = slice(int(starts[0]), int(starts[-1])) if len(starts) else slice(0, 0)
    return Postings(part.terms[first:last], starts - here.start, part.rows[here], part.counts[here])


def _block(parts: list[tuple[Postings, NDArray[np.int64] | None]]) -> Postings:
    """The lists of all parts as one; a term whose texts are all gone is gone."""
    terms = np.unique(np.concatenate([np.zeros(0, np.uint64), *(part.terms for part, _ in parts)]))
    keys, counts = [np.zeros(0, np.uint64)], [np.zeros(0, np.uint8)]
    for part, to in parts:
        places = np.searchsorted(terms, part.terms).astype(np.uint64) << np.uint64(32)
        key, count = np.repeat(places, np.diff(part.starts)), part.counts
        if to is None:
            key |= part.rows
        else:
            rows = to[part.rows]
            kept = rows >= 0
            key, count = key[kept] | rows[kept].astype(np.uint64), count[kept]
        keys.append(key)
        counts.append(count)
    key, count = np.concatenate(keys), np.concatenate(counts)
    order = np.argsort(key, kind="stable")  # quick on what comes in a few sorted runs
    key = key[order]
    sizes = np.bincount((key >> np.uint64(32)).astype(np.int64), minlength=len(terms))
    starts = np.append(0, np.cumsum(sizes[sizes > 0]))
    return Postings(terms[sizes > 0], starts, key.astype(np.uint32), count[order])
