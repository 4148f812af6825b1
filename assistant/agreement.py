"""Which candidates say the same, and so become one answer in several places; which answers cannot all be right."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from itertools import combinations

from assistant.cells import is_named, values
from assistant.scan import Amount, Moment, scan
from assistant.types import Answer, Candidate, Citation
from assistant.values import Value, Words, behind, contradict, tells_more, value_of
from prompts import FOLLOWED, denials

SURE = 0.3  # from this confidence on, the default threshold, an answer is sure enough to contradict another
NAME = 4  # words of a person's name
_YEAR = re.compile("(?:1[5-9]|20|21)\\d\\d")
_PARTICLES = frozenset("de da di do dos du del della la le van von der den ter ten zu bin ibn al el".split())


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


def disagreement(answers: Sequence[Answer], of_persons: bool = False, question: str = "") -> tuple[int, ...]:
    """The numbers of the first citations of answers to one question that different documents contradict each other on.

    Both must be sure enough, and each stand in a document that does not hold the other: one that names both
    explains them. Names contradict each other only as answers to a question for one person (`of_persons`). Rows of one
    table are of different things: only one that `question` names contradicts another document.
    """
    sure = [answer for answer in answers if answer.confidence >= SURE]
    sure = [answer for answer in sure if not _is_one_of_rows(answer, sure, question)]
    found = {
        answer.citations[0].number
        for pair in combinations(sure, 2)
        if _independent(*pair) and _contradict(*pair, of_persons, question)
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


def _is_one_of_rows(answer: Answer, answers: Sequence[Answer], question: str) -> bool:
    """Whether another row of its table gives another answer, and the question does not name this one."""
    first = answer.citations[0]
    others = [other.citations[0] for other in answers if other is not answer]
    beside = any(other.document == first.document and values(other.quote) for other in others)
    return beside and bool(values(first.quote)) and not is_named(question, first.quote)


def _contradict(one: Answer, other: Answer, of_persons: bool, question: str) -> bool:
    return all(
        (contradict(_value(this), _value(that)) and not _of_others(this, that, question))
        or (of_persons and _other_name(this, that))
        for this in one.citations
        for that in other.citations
    )


def _value(citation: Citation) -> Value:
    """What an answer says where it stands: after "around" a figure is a rough one, after "at least" a bound."""
    before, told, _ = citation.parts
    value = value_of(told, citation.language)
    return behind(before, value) if isinstance(value, Amount) else value


def _of_others(one: Citation, other: Citation, question: str) -> bool:
    """Whether two figures are of different years, by their clauses, or one of another year than is asked for."""
    if not all(isinstance(_value(citation), Amount) for citation in (one, other)):
        return False
    told = [_years(" ".join(_clause(citation)), citation.language) for citation in (one, other)]
    asked = _years(question, one.language)
    return any(these and those and not these & those for these, those in combinations((*told, asked), 2))


def _clause(citation: Citation) -> tuple[str, str]:
    """What stands in the clause of an answer, before it and after it."""
    before, _, after = citation.parts
    return _joint().split(before)[-1], _joint().split(after)[0]


@cache
def _joint() -> re.Pattern[str]:
    joins = [word for language in FOLLOWED for word in denials(language)["joins"]]
    return re.compile(rf"; | (?:{'|'.join(joins)}) ")


def _years(text: str, language: str) -> set[int]:
    """The years that a text tells, alone or in a date."""
    found = scan(text, language)
    dates = {one.value.year for one in found if isinstance(one.value, Moment) and one.value.year}
    return dates | {int(told) for one in found if _YEAR.fullmatch(told := text[one.start : one.end])}


def _other_name(one: Citation, other: Citation) -> bool:
    """Whether two answers are names of two persons: of more than a first name in common, nobody can say."""
    these, those = map(_person, (one, other))
    if not these or not those or _in_latin(these) != _in_latin(those):
        return False
    namesakes = len(these) == len(those) == 2 and these[0] == those[0] and these[1] != those[1]
    return namesakes or not set(these) & set(those)


def _person(citation: Citation) -> list[str]:
    """The words of a name, without title; [] for what is hardly one."""
    told = citation.parts[1]
    value, written = value_of(told, citation.language), re.findall(r"\w+", told)
    words = value.words.split() if isinstance(value, Words) else []
    said = [word for word in written if word not in _PARTICLES]
    small = not said or said[0][0].islower() or said[-1][0].islower()
    return words if 0 < len(words) <= NAME and not small else []


def _in_latin(words: Sequence[str]) -> bool:
    return all(character < "\u0250" for word in words for character in word)
