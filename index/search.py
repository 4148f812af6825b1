"""A question to the passages nearest to it: meaning and words, fused passage by passage.

The constants were chosen with `benchmarks/retrieval.py`; benchmarks/README.md has the figures.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from index.contract import Query, Store
from index.filters import EVERYTHING, Filter
from index.finding import best
from index.types import Hit, Vectors

CANDIDATES = 100  # of each leg
SAME_LANGUAGE = 1.0  # the weight of words, beside meaning's 1
OTHER_LANGUAGE = 0.25  # little more than names and numbers is spelt alike, so this adds next to nothing
OPENING = 0.5  # how much the beginning of its document speaks for a passage, beside its own 1
NARROW = 0.05  # cosines closer together than this are not stretched further: they tell little apart
NEAREST, RESERVE = 20, 1  # of each language: the passages compared, and the doubt about a few of them


def search(
    store: Store, question: str, vector: Vectors, language: str, k: int = 20, where: Filter = EVERYTHING
) -> list[Hit]:
    """The `k` passages that fit a question best, of those that `where` admits; [] if there are none.

    `vector` (d,) is the question's encoding.
    """
    found = store.find(Query(question, vector, language), CANDIDATES, where)
    if not len(found.rows) or k <= 0:
        return []
    near = (found.dense + np.float32(OPENING) * found.openings) / np.float32(1 + OPENING)
    level = levelled(near.astype(np.float32), found.languages, language)
    some = candidates(level, found.lexical)
    weights = lexical_weights(found.languages[some], language)
    fused = fuse(level[some], found.lexical[some], found.ceiling, weights)
    order = best(fused, k)
    first = some[order]
    return [
        Hit(passage, rank, float(score), float(found.dense[i]), float(found.lexical[i]))
        for rank, (i, score, passage) in enumerate(
            zip(first, fused[order], store.passages(found.rows[first].tolist()), strict=True), 1
        )
    ]


def levelled(dense: Vectors, languages: NDArray[np.str_], language: str) -> Vectors:
    """The cosines, (n,), without the head start that a model gives to passages in the question's language.

    Each other language is raised by what its nearest passages lack, on average, against the nearest in the
    question's: by less where either has only a few, which may be far for a better reason.
    """
    own, own_share = _nearest(dense[languages == language])
    level = dense.copy()
    for other in np.unique(languages).tolist():
        if other != language and own_share:
            nearest, share = _nearest(dense[languages == other])
            level[languages == other] += max(own - nearest, 0.0) * share * own_share
    return level


def lexical_weights(languages: NDArray[np.str_], language: str) -> Vectors:
    """How much the words of each passage, (n,), count in its score."""
    return np.where(languages == language, SAME_LANGUAGE, OTHER_LANGUAGE).astype(np.float32)


def fuse(dense: Vectors, lexical: Vectors, ceiling: float, weights: Vectors) -> Vectors:
    """One score in [0, 1] per passage, (n,): its cosine, scaled from the lowest to the highest, and the share
    of the question's words that it holds (`lexical` of `ceiling`) times its weight, at most SAME_LANGUAGE."""
    high = float(dense.max())
    near = 1 - (high - dense) / max(high - float(dense.min()), NARROW)
    shared = lexical / ceiling if ceiling > 0 else np.zeros_like(lexical)
    fused: Vectors = ((near + weights * shared) / (1 + SAME_LANGUAGE)).astype(np.float32)
    return np.clip(fused, 0.0, 1.0)


def _nearest(dense: Vectors) -> tuple[float, float]:
    """The mean of the highest cosines, and how far it is to be trusted, in [0, 1)."""
    count = min(len(dense), NEAREST)
    if not count:
        return 0.0, 0.0
    return float(np.partition(dense, -count)[-count:].mean()), count / (count + RESERVE)


def candidates(dense: Vectors, lexical: Vectors) -> NDArray[np.intp]:
    """The rows of the best of both legs, in rising order; `dense` and `lexical` hold one score a row."""
    near, worded = best(dense, CANDIDATES), best(lexical, CANDIDATES)
    return np.union1d(near, worded[lexical[worded] > 0])
