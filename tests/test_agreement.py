"""Merging: one group a value, each place once, whatever the order in which the candidates come."""

from __future__ import annotations

import random
from dataclasses import replace
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.agreement import disagreement, merge
from assistant.scan import Amount, Moment
from assistant.types import Answer, Candidate, Citation
from assistant.values import Value, Words, contradict
from index.types import Span

VALUES: list[Value] = [
    Amount(Decimal("4e8"), "euro"),
    Amount(Decimal(400000000), "euro"),
    Amount(Decimal("3e8"), "euro"),
    Amount(Decimal(127)),
    Amount(Decimal(127), "litre"),
    Amount(Decimal(127), "euro"),
    Amount(Decimal(127), "litre", rough=True),
    Amount(Decimal(2025)),
    Moment(None, 2, (10,)),
    Moment(None, 2, (10, 11)),
    Moment(2025, 2, (10,)),
    Moment(2024, 2, (10,)),
    Moment(2025, 2),
    Moment(weekday=0),
    Moment(2025, 2, (10,), None, (21, 6)),
    Words("hiatus"),
    Words("quadrature du net"),
]
CANDIDATES = st.builds(
    Candidate,
    document=st.sampled_from(["a", "b", "c"]),
    span=st.integers(0, 3).map(lambda start: Span(start, start + 2)),
    quote=st.just(Span(0, 9)),
    score=st.sampled_from([0.4, 0.6, 0.9]),
    rank=st.integers(1, 3),
)


@st.composite
def sayings(draw: st.DrawFn) -> list[tuple[Candidate, Value]]:
    """Candidates, and the values of their places: one place says one thing."""
    values: dict[object, Value] = {}
    found = draw(st.lists(CANDIDATES, max_size=12))
    return [(c, values.setdefault(_place(c), draw(st.sampled_from(VALUES)))) for c in found]


@given(sayings(), st.randoms(use_true_random=False))
@settings(deadline=None, max_examples=300)
def test_the_order_of_the_candidates_does_not_matter(
    said: list[tuple[Candidate, Value]], chance: random.Random
) -> None:
    shuffled = said[:]
    chance.shuffle(shuffled)
    assert merge(shuffled) == merge(said)


@given(sayings())
@settings(deadline=None, max_examples=300)
def test_every_place_is_kept_once_and_no_two_values_are_made_one(said: list[tuple[Candidate, Value]]) -> None:
    values = {_place(candidate): value for candidate, value in said}
    groups = merge(said)
    kept = [_place(c) for group in groups for c in group]
    assert len(kept) == len(set(kept))
    assert set(kept) == set(values)
    for group in groups:
        assert [c.score for c in group] == sorted((c.score for c in group), reverse=True)
        told = [values[_place(c)] for c in group]
        assert not any(contradict(one, other) for one in told for other in told)
    assert [group[0].score for group in groups] == sorted((g[0].score for g in groups), reverse=True)
    for value in set(values.values()):
        assert sum(any(values[_place(c)] == value for c in group) for group in groups) == 1


def test_a_bare_number_joins_the_one_that_says_of_what() -> None:
    def one(document: str) -> Candidate:
        return Candidate(document, Span(0, 3), Span(0, 9), 0.9, 1)

    bare, litres, euros = VALUES[3:6]
    assert [len(group) for group in merge([(one("a"), bare), (one("b"), litres)])] == [2]
    three = merge([(one("a"), bare), (one("b"), litres), (one("c"), euros)])
    assert [len(group) for group in three] == [1, 1, 1]
    assert merge([]) == []


def _place(candidate: Candidate) -> tuple[str, Span]:
    return candidate.document, candidate.span


def answer(number: int, text: str, language: str, confidence: float = 0.9, *documents: str) -> Answer:
    """An answer that stands in each of `documents`, or in one of its own."""
    citations = tuple(
        Citation(
            number + n, path, path, language, None, 0, len(text), text, 0, len(text), "", "", "0" * 64, path
        )
        for n, path in enumerate(documents or [f"{number}.txt"])
    )
    return Answer(text, confidence, citations)


CHEAP, DEAR = answer(1, "1.2 million euros", "en"), answer(2, "1,5 million d'euros", "fr", 0.6)


def test_two_sums_for_one_question_are_a_disagreement() -> None:
    assert disagreement([CHEAP, DEAR]) == (1, 2)
    assert disagreement([CHEAP]) == disagreement([]) == ()


def test_more_of_them_are_all_named_and_others_are_not() -> None:
    more = [CHEAP, DEAR, answer(3, "60 %", "fr"), answer(4, "2 Millionen Euro", "de")]
    assert disagreement(more) == (1, 2, 4)


def test_only_sure_answers_disagree() -> None:
    assert disagreement([CHEAP, answer(2, "1,5 million d'euros", "fr", 0.29)]) == ()


def test_a_document_that_holds_both_explains_them() -> None:
    both = answer(1, "1.2 million euros", "en", 0.9, "a.txt", "b.txt")
    assert disagreement([both, answer(3, "1,5 million d'euros", "fr", 0.9, "b.txt")]) == ()
    assert disagreement([both, answer(3, "1,5 million d'euros", "fr", 0.9, "c.txt")]) == (1, 3)


def test_dates_disagree_and_names_only_for_a_person() -> None:
    dates = [answer(1, "10 February 2025", "en"), answer(2, "le 12 février", "fr")]
    assert disagreement(dates) == (1, 2)
    names = [answer(1, "Jeanne Castagnol", "fr"), answer(2, "Bastien Ferrolas", "en")]
    assert disagreement(names) == ()
    assert disagreement(names, of_persons=True) == (1, 2)
    assert disagreement([names[0], answer(2, "Mme Castagnol", "fr")], of_persons=True) == ()
    long = answer(2, "the man who had painted the ceiling", "en")
    assert disagreement([names[0], long], of_persons=True) == ()


def within(number: int, quote: str, told: str, language: str = "en") -> Answer:
    """An answer inside its sentence, in a document of its own."""
    start = quote.index(told)
    path = f"{number}.txt"
    citation = Citation(
        number,
        path,
        path,
        language,
        None,
        start,
        start + len(told),
        quote,
        0,
        len(quote),
        "",
        "",
        "0" * 64,
        path,
    )
    return Answer(told, 0.9, (citation,))


def disagree(
    one: tuple[str, str], other: tuple[str, str], of_persons: bool = False, language: str = "en"
) -> bool:
    answers = [within(1, *one, language), within(2, *other, language)]
    return disagreement(answers, of_persons) == (1, 2)


def test_a_bound_or_a_round_figure_contradicts_nothing() -> None:
    plain = ("It cost 4.6 million euros.", "4.6 million euros")
    assert disagree(("It cost 4 million euros.", "4 million euros"), plain)
    for before in ("at least", "around", "nearly", "more than", "close to", "up to"):
        assert not disagree((f"It cost {before} 4 million euros.", "4 million euros"), plain)
    far = ("It cost 5.1 million euros.", "5.1 million euros")
    for before, apart in (("around", True), ("nearly", True), ("at least", False), ("up to", False)):
        assert disagree((f"It cost {before} 4 million euros.", "4 million euros"), far) is apart
    french = ("Il a coûté 5 millions d'euros.", "5 millions d'euros")
    assert not disagree(
        ("Il a coûté près de 4 millions d'euros.", "4 millions d'euros"), french, language="fr"
    )


def test_figures_of_other_years_do_not_contradict_each_other() -> None:
    assert not disagree(("In 2019 it had 310 members.", "310"), ("In 2024 it had 540 members.", "540"))
    assert disagree(("In 2024 it had 310 members.", "310"), ("In 2024 it had 540 members.", "540"))
    built = ("It is 50 metres high and was begun in 1900.", "50 metres")
    assert disagree(built, ("It is 60 metres high and was repaired in 1950.", "60 metres"))


def test_a_year_counts_wherever_it_stands_in_the_clause() -> None:
    museum = ("- 2022: the museum had 27,900 visitors.", "27,900")
    assert not disagree(museum, ("The museum had 52,700 visitors in 2023.", "52,700"))
    assert not disagree(museum, ("On 4 May 2023 it had 52,700 visitors.", "52,700"))
    assert disagree(museum, ("In 2022 the museum had 52,700 visitors.", "52,700"))
    assert disagree(museum, ("It had 52,700 visitors.", "52,700"))
    assert disagree(museum, ("It had 52,700 visitors and 9 guides in 2023.", "52,700"))
    assert disagree(("It opened in 1990.", "1990"), ("It opened in 1975.", "1975"))


def test_a_figure_of_another_year_than_is_asked_for_contradicts_nothing() -> None:
    answers = [
        within(1, "In 2023 the museum had 52,700 visitors.", "52,700"),
        within(2, "The museum had 27,900 visitors.", "27,900"),
    ]
    assert disagreement(answers, question="How many visitors had the museum in 2022?") == ()
    assert disagreement(answers, question="How many visitors had the museum in 2023?") == (1, 2)
    assert disagreement(answers, question="How many visitors had the museum?") == (1, 2)


def test_rows_of_one_table_are_of_different_things_but_for_the_one_that_is_asked_for() -> None:
    def row(number: int, quote: str, told: str) -> Answer:
        found = within(number, quote, told)
        here = replace(found.citations[0], document="towns.csv", text_sha256="towns.csv")
        return replace(found, citations=(here,))

    porto = row(1, "City: Porto; Mayor: Rui Alves", "Rui Alves")
    braga = row(2, "City: Braga; Mayor: Ana Pinto", "Ana Pinto")
    other = within(3, "The mayor is Otto Kranz.", "Otto Kranz")
    assert disagreement([porto, braga, other], True, "Who is the mayor?") == ()
    assert disagreement([porto, other], True, "Who is the mayor?") == (1, 3)
    assert disagreement([porto, braga, other], True, "Who is the mayor of Braga?") == (2, 3)


def test_two_persons_of_one_first_name_are_two_and_a_title_is_no_name() -> None:
    anna = ("The mayor is Anna Berg.", "Anna Berg")
    assert disagree(anna, ("The mayor is Anna Holm.", "Anna Holm"), of_persons=True)
    assert disagree(
        ("It is Mr. Tom Berg.", "Mr. Tom Berg"), ("It is Mr. Karl Holm.", "Mr. Karl Holm"), of_persons=True
    )
    assert not disagree(anna, ("The mayor is Prof. Anna Berg.", "Prof. Anna Berg"), of_persons=True)
    assert not disagree(anna, ("The mayor is a retired teacher.", "a retired teacher"), of_persons=True)
    assert disagree(
        ("It was de Gaulle.", "de Gaulle"), ("It was Georges Pompidou.", "Georges Pompidou"), True
    )
    assert not disagree(anna, ("Мэр — Анна Берг.", "Анна Берг"), of_persons=True)
    assert not disagree(anna, ("The mayor is Anna Maria Berg.", "Anna Maria Berg"), of_persons=True)
