"""Which candidates say the same: they become one answer that stands in several places."""

from __future__ import annotations

from collections.abc import Sequence

from assistant.types import Candidate
from assistant.values import Value, tells_more


def merge(said: Sequence[tuple[Candidate, Value]]) -> list[list[Candidate]]:
    """Candidates in groups of one value, each place once, the best first in each; the groups by their best.

    What is told less exactly ("10 February") joins what is told more exactly ("10 February 2025") if only one group
    does so: among several nobody can say which is meant.
    """
    groups: dict[Value, list[Candidate]] = {}
    places: set[object] = set()
    for candidate, value in sorted(said, key=lambda one: _order(one[0])):
        place = candidate.document, candidate.span
        if place not in places:
            places.add(place)
            groups.setdefault(value, []).append(candidate)
    joined: list[tuple[list[Value], list[Candidate]]] = []
    for value in sorted(groups, key=lambda v: sum(tells_more(other, v) for other in groups)):
        fuller = [group for group in joined if any(tells_more(other, value) for other in group[0])]
        if len(fuller) == 1:
            fuller[0][0].append(value)
            fuller[0][1].extend(groups[value])
        else:
            joined.append(([value], groups[value]))
    return sorted((sorted(found, key=_order) for _, found in joined), key=lambda group: _order(group[0]))


def _order(candidate: Candidate) -> tuple[float, int, str, int, int]:
    span = candidate.span
    return (-candidate.score, candidate.rank, candidate.document, span.start, span.end)
