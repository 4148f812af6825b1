"""What a search asks of a store of passages, whatever engine keeps them.

Ours keeps whole generations in files: there, `Writer` is what `index.build` does in one go. A server engine would
implement both: for such a one `Writer` and `snapshot` are promised, and a test holds an engine in memory to them. Rows
are numbers that stay the same as long as `snapshot` does.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from index.filters import Filter
from index.types import Passage, Vectors


@dataclass(frozen=True, slots=True)
class Query:
    """A question: its words, its encoding (d,), and its language (ISO 639-1)."""

    text: str
    vector: Vectors
    language: str


@dataclass(frozen=True, slots=True)
class Found:
    """Passages near a question, by rising row, every array of the same length.

    `dense` are exact cosines, `openings` those of the first passage of each one's document, `lexical` BM25 of the
    question's words, of which no passage has more than `ceiling`.
    """

    rows: NDArray[np.int64]
    dense: Vectors
    openings: Vectors
    lexical: Vectors
    languages: NDArray[np.str_]
    ceiling: float


class Store(Protocol):
    """The passages of one snapshot, for reading."""

    @property
    def snapshot(self) -> str:
        """What changes whenever the passages do."""

    def count(self, where: Filter) -> int:
        """How many passages there are of that kind."""

    def find(self, query: Query, k: int, where: Filter) -> Found:
        """The `k` nearest by meaning in each language and the `k` that share most words with the question, of those
        that `where` admits: at least these, and none that it does not admit. A store that searches approximately may
        miss a few of the nearest, but only where `where` is EVERYTHING; it then says how many its build missed."""

    def passages(self, rows: Sequence[int]) -> list[Passage]:
        """The passages of these rows, in this order."""


class Writer(Protocol):
    """Changes to a store, seen by nobody before `snapshot`."""

    def add(self, passages: Sequence[Passage], vectors: Vectors) -> None:
        """Take in passages with their unit vectors, (n, d)."""

    def delete(self, documents: Collection[str]) -> None:
        """Drop all passages of these documents, by path."""

    def snapshot(self) -> str:
        """Let all changes be seen at once; what the new state is called."""
