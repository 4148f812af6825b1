"""Both legs asked at once: the rows that a search ranks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from index.contract import Found, Query
from index.types import Vectors

Mask = NDArray[np.bool_]
Openings = Callable[[NDArray[np.int64]], NDArray[np.int64]]  # rows -> the first row of each one's document


class Dense(Protocol):
    """The vectors of a store; row n is passage n."""

    def __len__(self) -> int: ...

    @property
    def dimension(self) -> int: ...

    def nearest(
        self, query: Vectors, k: int, groups: NDArray[np.uint16], allowed: Mask | None = None
    ) -> tuple[NDArray[np.int64], Vectors]:
        """Rows and cosines of the `k` nearest to a unit vector (d,) in each group, `groups` (n,) numbering them, among
        the rows that are `allowed` (n,); in no order."""

    def cosines(self, query: Vectors, rows: NDArray[np.int64]) -> Vectors:
        """The cosines of a unit vector (d,) with these rows."""


class Lexical(Protocol):
    """The words of a store; row n is passage n. `codes`, (n,), number the passages' languages."""

    @property
    def codes(self) -> NDArray[np.uint16]: ...

    def scores(self, question: str, language: str) -> Vectors: ...

    def ceiling(self, question: str, language: str) -> float: ...

    def language_of(self, rows: NDArray[np.int64]) -> NDArray[np.str_]: ...


def find(
    dense: Dense, lexical: Lexical, openings: Openings, query: Query, k: int, allowed: Mask | None = None
) -> Found:
    """The rows of `contract.Store.find`, among the `allowed` (n,); row n of both legs is the same passage."""
    near, cosines = dense.nearest(query.vector, k, lexical.codes, allowed)
    words = lexical.scores(query.text, query.language)
    shared = words > 0 if allowed is None else (words > 0) & allowed
    sharing = np.flatnonzero(shared)  # few of many, and quicker to sort
    others = np.setdiff1d(sharing[best(words[sharing], k)], near)
    rows = np.concatenate([near, others])
    scores = np.concatenate([cosines, dense.cosines(query.vector, others)])
    order = np.argsort(rows)
    rows = rows[order]
    first, of_each = np.unique(openings(rows), return_inverse=True)
    return Found(
        rows,
        dense=scores[order],
        openings=dense.cosines(query.vector, first)[of_each],
        lexical=words[rows],
        languages=lexical.language_of(rows),
        ceiling=lexical.ceiling(query.text, query.language),
    )


def best(scores: Vectors, k: int) -> NDArray[np.int64]:
    """The positions of the `k` highest scores, highest first, equal ones in their order."""
    k = min(k, len(scores))
    if k <= 0:
        return np.zeros(0, np.int64)
    least = np.partition(scores, -k)[-k]
    some = np.flatnonzero(scores >= least)
    return some[np.argsort(-scores[some], kind="stable")[:k]].astype(np.int64)
