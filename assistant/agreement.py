"""Which candidates say the same, and so become one answer in several places; which answers cannot all be right."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

from assistant.types import Answer, Candidate, Citation
from assistant.values import Value, Words, contradict, tells_more, value_of

SURE = 0.3  # from this confidence on, the default threshold, an answer is sure enough to contradict another
NAME = 4  # words of a person's name


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


def disagreement(answers: Sequence[Answer], of_persons: bool = False) -> tuple[int, ...]:
    """The numbers of the first citations of answers to one question that different documents contradict each other on.

    Both must be sure enough, and each stand in a document that does not hold the other: one that names both
    explains them. Names contradict each other only as answers to a question for one person (`of_persons`).
    """
    sure = [answer for answer in answers if answer.confidence >= SURE]
    found = {
        answer.citations[0].number
        for pair in combinations(sure, 2)
        if _independent(*pair) and _contradict(*pair, of_persons)
        for answer in pair
    }
    return tuple(sorted(found))


def _independent(one: Answer, other: Answer) -> bool:
    these, those = map(_texts, (one, other))
    here, there = map(_files, (one, other))
    return bool(these - those and those - these and here - there and there - here)


def _texts(answer: Answer) -> set[str]:
    return {citation.text_sha256 for citation in answer.citations}


def _files(answer: Answer) -> set[str]:
    return {path for citation in answer.citations for path in (citation.document, *citation.copies)}


def _contradict(one: Answer, other: Answer, of_persons: bool) -> bool:
    return all(
        contradict(this, that) or (of_persons and _other_name(this, that))
        for this in map(_value, one.citations)
        for that in map(_value, other.citations)
    )


def _value(citation: Citation) -> Value:
    begin = citation.quote_start
    return value_of(citation.quote[citation.start - begin : citation.end - begin], citation.language)


def _other_name(one: Value, other: Value) -> bool:
    if not isinstance(one, Words) or not isinstance(other, Words):
        return False
    these, those = one.words.split(), other.words.split()
    return max(len(these), len(those)) <= NAME and not set(these) & set(those)
