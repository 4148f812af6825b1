"""How good one ranking is, from its definition: ids best first, and the grades of those that are relevant."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence


def ndcg(ranked: Sequence[str], grades: Mapping[str, int], depth: int) -> float:
    """Normalised discounted cumulative gain of the first `depth`, in [0, 1]; 0 without a relevant id."""
    gained = sum(grades.get(name, 0) / math.log2(place + 1) for place, name in enumerate(ranked[:depth], 1))
    ideal = sorted(grades.values(), reverse=True)[:depth]
    best = sum(grade / math.log2(place + 1) for place, grade in enumerate(ideal, 1))
    return gained / best if best else 0.0


def recall(ranked: Sequence[str], grades: Mapping[str, int], depth: int) -> float:
    """The share of the relevant ids that are among the first `depth`; 0 without a relevant id."""
    relevant = {name for name, grade in grades.items() if grade > 0}
    return len(relevant & set(ranked[:depth])) / len(relevant) if relevant else 0.0
