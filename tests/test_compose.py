"""From scored spans to answers: merging, order, thresholds, and citations that hold."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.compose import cite, closest, compose, mark_used, refusal_reason
from assistant.types import CONTEXT, Candidate
from index.types import Document, Hit, Passage, Section, Span


def document(path: str, text: str, kind: str = "txt", sections: tuple[Section, ...] = ()) -> Document:
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    return Document(path, kind, text, path.upper(), "fr", "0" * 64, digest, sections)


A = document("a.txt", "Le prix est de dix euros. Il pleut.")
B = document("b.txt", "On dit : le prix est  de DIX euros !")
C = document("c.txt", "Le prix est de onze euros.")
DOCUMENTS = {d.path: d for d in (A, B, C)}
HITS = [
    Hit(Passage(d.path, 0, len(d.text), d.text, language), rank, 1 / rank, 0.8, 1.0)
    for rank, (d, language) in enumerate([(A, "fr"), (B, "fr"), (C, "de")], start=1)
]


def candidate(path: str, words: str, score: float, rank: int) -> Candidate:
    start = DOCUMENTS[path].text.index(words)
    span = Span(start, start + len(words))
    return Candidate(path, span, span, score, rank)


SAME = [
    candidate("a.txt", "Le prix est de dix euros.", 0.9, 1),
    candidate("b.txt", "le prix est  de DIX euros !", 0.8, 2),
]
OTHER = candidate("c.txt", "Le prix est de onze euros.", 0.85, 3)


def test_the_same_words_in_two_places_are_one_answer_with_two_citations() -> None:
    [answer] = compose(HITS, SAME, DOCUMENTS.__getitem__, 0.5)
    assert (answer.text, answer.confidence) == ("Le prix est de dix euros.", 0.9)
    assert [(c.number, c.document, c.start, c.end) for c in answer.citations] == [
        (1, "a.txt", 0, 25),
        (2, "b.txt", 9, 36),
    ]


SAYINGS = {
    "fr.txt": ("Elle reçoit 400 millions d ‘euros.", "400 millions d ‘euros", "fr"),
    "en.txt": ("It gets €400 million in all.", "€400 million", "en"),
    "de.txt": ("Es sind 400.000.000 Euro.", "400.000.000 Euro", "de"),
    "es.txt": ("Son 300 millones de euros.", "300 millones de euros", "es"),
    "when.txt": ("Le sommet a lieu le 10 février.", "10 février", "fr"),
    "year.txt": ("On 10 February 2025 it began.", "10 February 2025", "en"),
    "last.txt": ("On 10 February 2024 it began.", "10 February 2024", "en"),
}


def said(*scores: tuple[str, float]) -> tuple[list[Hit], list[Candidate], dict[str, Document]]:
    """Sayings as candidates of these scores."""
    documents = {path: document(path, SAYINGS[path][0]) for path, _ in scores}
    hits, candidates = [], []
    for rank, (path, score) in enumerate(scores, start=1):
        text, span, language = SAYINGS[path]
        start = text.index(span)
        hits.append(Hit(Passage(path, 0, len(text), text, language), rank, 1 / rank, 0.8, 1.0))
        candidates.append(Candidate(path, Span(start, start + len(span)), Span(0, len(text)), score, rank))
    return hits, candidates, documents


def test_one_sum_in_three_languages_is_one_answer() -> None:
    hits, candidates, documents = said(("en.txt", 0.8), ("de.txt", 0.9), ("es.txt", 0.85), ("fr.txt", 0.75))
    first, second = compose(hits, candidates, documents.__getitem__, 0.5)
    assert (first.text, first.confidence) == ("400.000.000 Euro", 0.9)
    assert [(c.number, c.document) for c in first.citations] == [(1, "de.txt"), (2, "en.txt"), (3, "fr.txt")]
    assert (second.text, [c.number for c in second.citations]) == ("300 millones de euros", [4])


@pytest.mark.parametrize(
    ("french", "spanish", "asked_in", "first"),
    [
        (0.8, 0.9, "fr", "400 millions d ‘euros"),
        (0.7, 0.9, "fr", "300 millones de euros"),  # much less sure
        (0.25, 0.35, "fr", "300 millones de euros"),  # not sure enough
        (0.8, 0.9, "es", "300 millones de euros"),
        (0.8, 0.9, "", "300 millones de euros"),
    ],
)
def test_of_two_that_are_about_as_sure_the_one_that_the_asker_can_read_comes_first(
    french: float, spanish: float, asked_in: str, first: str
) -> None:
    hits, candidates, documents = said(("es.txt", spanish), ("fr.txt", french))
    answers = compose(hits, candidates, documents.__getitem__, 0.2, asked_in=asked_in)
    assert answers[0].text == first
    assert [a.citations[0].number for a in answers] == [1, 2]


def test_a_date_without_its_year_joins_the_only_one_with_it() -> None:
    hits, candidates, documents = said(("when.txt", 0.9), ("year.txt", 0.8))
    [answer] = compose(hits, candidates, documents.__getitem__, 0.5)
    assert (answer.text, [c.document for c in answer.citations]) == ("10 février", ["when.txt", "year.txt"])
    hits, candidates, documents = said(("when.txt", 0.9), ("year.txt", 0.8), ("last.txt", 0.8))
    assert [a.text for a in compose(hits, candidates, documents.__getitem__, 0.5)] == [
        "10 février",
        "10 February 2025",
        "10 February 2024",
    ]


def test_different_answers_stand_side_by_side_and_are_numbered_on() -> None:
    first, second = compose(HITS, [*SAME, OTHER], DOCUMENTS.__getitem__, 0.5)
    assert [c.number for c in first.citations] == [1, 2]
    assert [(c.number, c.document, c.language) for c in second.citations] == [(3, "c.txt", "de")]


def test_what_is_not_sure_is_not_said() -> None:
    assert compose(HITS, [OTHER], DOCUMENTS.__getitem__, 0.86) == ()
    assert len(compose(HITS, [OTHER], DOCUMENTS.__getitem__, 0.85)) == 1
    assert compose(HITS, [], DOCUMENTS.__getitem__, 0.0) == ()


def test_every_answer_that_is_sure_enough_is_shown() -> None:
    weak = candidate("c.txt", "Le prix est de onze euros.", 0.51, 3)
    found = compose(HITS, [SAME[0], weak], DOCUMENTS.__getitem__, 0.5)
    assert [a.citations[0].document for a in found] == ["a.txt", "c.txt"]


def test_only_the_passages_that_hold_a_citation_are_used() -> None:
    answers = compose(HITS, [OTHER], DOCUMENTS.__getitem__, 0.5)
    assert [(use.hit.rank, use.used) for use in mark_used(HITS, answers)] == [
        (1, False),
        (2, False),
        (3, True),
    ]
    assert not any(use.used for use in mark_used(HITS, ()))


@pytest.mark.parametrize(
    ("score", "reason"),
    [(0.49, "uncertain"), (0.25, "uncertain"), (0.24, "related"), (0.15, "related"), (0.14, "nothing")],
)
def test_the_reason_of_a_refusal(score: float, reason: str) -> None:
    weak = candidate("c.txt", "Le prix", score, 3)
    assert refusal_reason([weak], 0.5) == reason
    found = closest(HITS, [weak], DOCUMENTS.__getitem__, 0.5)
    assert (found is None) is (reason == "nothing")


def test_what_was_read_clearly_is_the_closest_however_low_its_score() -> None:
    unlike = replace(candidate("c.txt", "Le prix", 0.01, 3), margin=0.5)
    clear = replace(candidate("a.txt", "dix euros", 0.002, 1), margin=3.1)
    assert refusal_reason([unlike], 0.3) == "nothing"
    assert refusal_reason([unlike, clear], 0.3) == "related"
    found = closest(HITS, [unlike, clear], DOCUMENTS.__getitem__, 0.3)
    assert found is not None
    assert (found.text, found.confidence) == ("dix euros", 0.002)
    scored = replace(unlike, score=0.1)
    found = closest(HITS, [scored, clear], DOCUMENTS.__getitem__, 0.3)
    assert found is not None
    assert found.text == "Le prix"


def test_a_later_answer_is_one_only_if_read_clearly_or_if_several_were_asked_for() -> None:
    first = replace(candidate("c.txt", "onze euros", 0.9, 3), margin=0.1)
    for margin, shown in ((2.9, False), (3.0, True), (None, True)):
        later = replace(candidate("a.txt", "dix euros", 0.8, 1), margin=margin)
        answers = compose(HITS, [first, later], DOCUMENTS.__getitem__, 0.3)
        assert [answer.text for answer in answers] == ["onze euros", *["dix euros"] * shown]
        answers = compose(HITS, [first, later], DOCUMENTS.__getitem__, 0.3, several=True)
        assert [answer.text for answer in answers] == ["onze euros", "dix euros"]


def test_a_place_that_says_the_same_is_cited_however_it_was_read() -> None:
    [answer] = compose(HITS, [replace(one, margin=0.1) for one in SAME], DOCUMENTS.__getitem__, 0.5)
    assert [c.document for c in answer.citations] == ["a.txt", "b.txt"]


def test_without_candidates_there_is_no_reason_but_nothing() -> None:
    assert refusal_reason([], 0.5) == "nothing"
    assert closest(HITS, [], DOCUMENTS.__getitem__, 0.5) is None


def test_the_closest_statement_is_the_whole_sentence_of_the_best() -> None:
    low = candidate("a.txt", "dix", 0.2, 1)
    best = Candidate("c.txt", Span(15, 25), Span(0, 26), 0.3, 3)
    found = closest(HITS, [low, best], DOCUMENTS.__getitem__, 0.5)
    assert found is not None
    assert (found.text, found.confidence) == ("Le prix est de onze euros.", 0.3)
    [citation] = found.citations
    assert (citation.number, citation.start, citation.end, citation.language) == (1, 0, 26, "de")


def test_nothing_is_closest_where_nothing_was_found() -> None:
    assert closest(HITS, [], DOCUMENTS.__getitem__, 0.0) is None


def test_an_answer_is_widened_to_its_unit() -> None:
    hits, [found], documents = said(("fr.txt", 0.8))
    cut = replace(found, span=Span(found.span.start, found.span.start + 3))
    [answer] = compose(hits, [cut], documents.__getitem__, 0.5)
    assert answer.text == "400 millions d ‘euros"


@given(st.text(st.characters(codec=None), min_size=1, max_size=80), st.data())
@settings(deadline=None, max_examples=300)
def test_a_composed_answer_is_a_slice_of_its_document_inside_its_sentence(
    text: str, data: st.DataObject
) -> None:
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), min_size=4, max_size=4)))
    low, start, end, high = cuts
    start, end = min(start, max(low, high - 1)), max(end, start + 1)
    if not low <= start < end <= high:
        return
    hits = [Hit(Passage("x", 0, len(text), text, "fr"), 1, 1.0, 1.0, 1.0)]
    one = Candidate("x", Span(start, end), Span(low, high), 0.9, 1)
    whole = document("x", text)
    [answer] = compose(hits, [one], lambda _: whole, 0.5)
    [citation] = answer.citations
    assert answer.text == text[citation.start : citation.end] != ""
    assert low <= citation.start < citation.end <= high
    assert citation.quote == text[low:high]


def test_a_citation_says_page_and_what_its_offsets_count() -> None:
    pdf = document("d.pdf", "Page un.\nPage deux.", "pdf", (Section("1", 0, 9), Section("2", 9, 19)))
    citation = cite(1, Candidate("d.pdf", Span(14, 18), Span(9, 19), 0.9, 1), pdf, "fr")
    assert (citation.page, citation.offsets, citation.quote) == (2, "extracted", "Page deux.")
    assert (citation.unit, citation.place) == ("page", "2")
    assert (citation.prefix, citation.suffix) == ("Page un.\n", "")
    assert cite(1, SAME[0], A, "fr").offsets == "file"
    assert cite(1, SAME[0], A, "fr").page is None
    assert cite(1, SAME[0], A, "fr").unit == cite(1, SAME[0], A, "fr").place == ""


@given(st.text(min_size=1), st.data())
def test_every_citation_is_a_slice_of_its_document(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    citation = cite(1, Candidate("x", Span(start, end), Span(start, end), 1.0, 1), document("x", text), "en")
    assert citation.quote == text[start:end] == text[citation.start : citation.end]
    assert citation.prefix + citation.quote + citation.suffix == text[max(0, start - CONTEXT) : end + CONTEXT]
