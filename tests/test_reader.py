"""The sentence reader: spans that are sentences, each once, scored by what tells an answer."""

from __future__ import annotations

import math

import pytest
from stubs import BagEncoder

from assistant.reader import REMEMBERED, Calibration, Features, SentenceReader, shipped_calibration
from index.types import Hit, Passage, Span
from training.calibrate import ALONE, SPANS
from training.level import LEVELLED

TEXT = "The ferry costs nine euros. It leaves at noon. Dogs travel free on the ferry."
PLAIN = Calibration(0.0, {"lift": 4.0, "overlap": 2.0})


def hit(text: str, start: int = 0, rank: int = 1, document: str = "a.txt", language: str = "en") -> Hit:
    return Hit(Passage(document, start, start + len(text), text, language), rank, 1.0, 0.9, 1.0)


def reader(calibration: Calibration = PLAIN) -> SentenceReader:
    return SentenceReader(BagEncoder(), calibration)


def test_the_sentence_that_shares_the_questions_words_comes_first() -> None:
    first, *rest = reader().read("What does the ferry cost, nine euros?", "en", [hit(TEXT)])
    assert (first.document, first.span, first.quote) == ("a.txt", Span(0, 27), Span(0, 27))
    assert TEXT[first.span.start : first.span.end] == "The ferry costs nine euros."
    assert len(rest) == 2
    assert [c.score for c in [first, *rest]] == sorted((c.score for c in [first, *rest]), reverse=True)


def test_offsets_are_the_documents_not_the_passages() -> None:
    best = reader().read("Who travels free on the ferry?", "en", [hit(TEXT, start=1000)])[0]
    assert best.span == Span(1000 + TEXT.index("Dogs"), 1000 + len(TEXT))


def test_a_sentence_in_two_overlapping_passages_is_read_once_at_its_best_rank() -> None:
    second = "It leaves at noon. Dogs travel free on the ferry."
    hits = [hit(second, start=28, rank=1), hit(TEXT, rank=2)]
    read = reader().read("When does it leave?", "en", hits)
    assert sorted((c.span.start, c.rank) for c in read) == [(0, 2), (28, 1), (47, 1)]


def test_nothing_to_read_proposes_nothing() -> None:
    assert reader().read("Why?", "en", []) == []
    assert reader().read("Why?", "en", [hit(" \n ")]) == []


def test_features_of_hand_made_sentences() -> None:
    stub = BagEncoder()
    texts = ["alpha beta", "alpha gamma"]
    [vector] = stub.encode_queries(["alpha beta"])
    same, other = SentenceReader(stub, PLAIN).features("alpha beta", "eo", texts, ["eo", "xx"], vector)
    assert same.gap == pytest.approx(0.5, abs=0.01)  # cosine 1 against 1/2; neither language has a background
    assert other.gap == pytest.approx(-0.5, abs=0.01)
    assert same.spread == pytest.approx(0.25, abs=0.01)
    assert (same.overlap, same.same) == (1.0, 1.0)
    assert (other.overlap, other.same) == (0.0, 0.0)  # another language: shared words count for nothing


def test_a_sentence_is_compared_with_the_background_of_its_own_language() -> None:
    stub = BagEncoder()
    [vector] = stub.encode_queries(["La ferme de la place"])
    one = SentenceReader(stub, PLAIN)
    french, unknown = one.features("", "en", ["alpha", "beta"], ["fr", "xx"], vector)
    assert french.lift < unknown.lift < 0  # the question is nearer to French in general


def test_a_single_word_is_no_answer() -> None:
    assert [c.span for c in reader().read("Menu?", "en", [hit("Menu\n\nThe ferry leaves at noon.")])] == [
        Span(6, 31)
    ]


def test_a_copy_in_another_file_does_not_narrow_the_gap() -> None:
    stub = BagEncoder()
    [vector] = stub.encode_queries(["alpha beta"])
    texts = ["alpha beta", "alpha beta", "gamma"]
    first, second, _ = SentenceReader(stub, PLAIN).features("alpha beta", "en", texts, ["en"] * 3, vector)
    assert first.gap == second.gap > 0.9


def test_the_probability_is_logistic() -> None:
    features = Features(lift=0.5, gap=0.1, spread=0.2, overlap=1.0, same=1.0)
    assert Calibration(0.0, {}).probability(features) == 0.5
    assert Calibration(-1.0, {"lift": 2.0, "gap": 10.0}).probability(features) == pytest.approx(
        1 / (1 + math.exp(-1))
    )


def test_the_shipped_calibration_weighs_every_feature() -> None:
    weights = shipped_calibration("sentence").weights
    assert set(weights) == {"lift", "gap", "spread", "overlap", "same"}
    assert weights["lift"] > 0
    assert weights["overlap"] > 0


def test_the_shipped_span_reader_trusts_what_was_read_most_in_a_single_passage() -> None:
    model = shipped_calibration("span")
    assert model.over(2) is model
    assert model.over(1) is model.alone
    assert model.alone is not None
    assert set(model.alone.weights) == {*ALONE, *LEVELLED}
    assert set(model.weights) == set(SPANS)
    low, high = (
        model.alone.probability(Features(0.2, 0.0, 0.1, 0.5, 1.0, 1.0, margin=margin, lead=lead))
        for margin, lead in ((-8.0, 0.0), (8.0, 3.0))
    )
    assert low < 0.3 < 0.6 < high


def test_a_reader_without_a_model_for_a_single_passage_uses_its_only_one() -> None:
    model = shipped_calibration("sentence")
    assert model.over(1) is model


def test_sentences_seen_before_are_not_encoded_again() -> None:
    one = reader()
    one.read("What does the ferry cost?", "en", [hit(TEXT)])
    stub = one.encoder
    assert isinstance(stub, BagEncoder)
    before = stub.encoded
    one.read("When does it leave?", "en", [hit(TEXT)])
    assert stub.encoded == before


def test_what_is_remembered_has_a_limit() -> None:
    one = reader()
    for n in range(0, REMEMBERED + 500, 500):
        one._encode([f"sentence {i}" for i in range(n, n + 500)])
    assert len(one._vectors) == REMEMBERED
