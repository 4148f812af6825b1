"""The span reader, with a scorer whose scores are written by hand: where a span may be, and what comes of it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stubs import BagEncoder
from tiny import TOKENIZER

from assistant.reader import Calibration, Sentence, SentenceReader
from assistant.readers import make_reader
from assistant.span_model import BLOCKED, Array
from assistant.span_reader import Found, Read, SpanReader, leads, whole_words
from assistant.windows import Window, trained_model
from index.errors import ModelError, UsageError
from index.types import Hit, Passage, Span

MARGIN = Calibration(-1.0, {"margin": 0.1})


class Spotter:
    """Scores the tokens of given ids as a likely start and end, and everything else as unlikely."""

    def __init__(self, wanted: Sequence[str], nothing: float = 0.0) -> None:
        self.wanted = {TOKENIZER.token_to_id(piece) for piece in wanted}
        self.nothing, self.windows = nothing, 0

    def __call__(self, batch: Sequence[tuple[Sequence[int], int]]) -> list[Array]:
        self.windows += len(batch)
        return [self._one(ids, first) for ids, first in batch]

    def _one(self, ids: Sequence[int], first: int) -> Array:
        scores = np.full((len(ids), 2), BLOCKED, np.float32)
        scores[0] = self.nothing
        for n in range(first, len(ids) - 1):
            scores[n] = 5.0 if ids[n] in self.wanted else -5.0
        return scores


def reader(wanted: Sequence[str], calibration: Calibration = MARGIN, nothing: float = 0.0) -> SpanReader:
    return SpanReader(BagEncoder(), trained_model(Spotter(wanted, nothing), TOKENIZER), calibration)


def hit(text: str, start: int = 0, rank: int = 1, document: str = "a.txt") -> Hit:
    return Hit(Passage(document, start, start + len(text), text, "en"), rank, 1.0, 0.9, 1.0)


TEXT = "Ada was born in 1815. She lived in Paris."


def test_the_best_span_lies_inside_its_sentence() -> None:
    first, second = reader(["▁Paris"]).read("Where did she live?", "en", [hit(TEXT, start=100)])
    assert TEXT[first.span.start - 100 : first.span.end - 100] == "Paris"
    assert TEXT[first.quote.start - 100 : first.quote.end - 100] == "She lived in Paris."
    assert first.score == pytest.approx(1 / (1 + np.exp(0.0)))  # margin 10, -1 + 0.1 * 10
    assert TEXT[second.quote.start - 100 : second.quote.end - 100] == "Ada was born in 1815."
    assert second.score < first.score


def test_the_margin_is_over_no_answer() -> None:
    [one] = reader(["▁Paris"], nothing=4.0).read("Where?", "en", [hit("She lived in Paris.")])
    assert one.score == pytest.approx(1 / (1 + np.exp(1.0 - 0.1 * 2)))


def test_a_sentence_in_two_passages_has_its_best_span_of_both() -> None:
    second = TEXT[22:]
    read = reader(["▁Paris"]).read("Where?", "en", [hit(TEXT), hit(second, start=22, rank=2)])
    assert [(c.quote.start, c.rank) for c in read] == [(22, 1), (0, 1)]
    assert read[0].span == Span(TEXT.index("Paris"), TEXT.index("Paris") + 5)


def test_a_long_passage_is_read_in_windows_and_an_answer_at_its_end_is_found() -> None:
    text = "the was born in " * 200 + "Paris."
    spotter = Spotter(["▁Paris"])
    one = SpanReader(BagEncoder(), trained_model(spotter, TOKENIZER), MARGIN)
    best = one.read("Where?", "en", [hit(text)])[0]
    assert text[best.span.start : best.span.end] == "Paris"
    assert spotter.windows > 3


class Twice:
    """Reads a token a word. The word `wanted` scores `first`, as start and as end, in passages read first, and `second`
    in those read again; every other word scores -5."""

    def __init__(self, wanted: str, first: float, second: float, nothing: float = 0.0) -> None:
        self.wanted, self.scores, self.nothing = wanted, [first, second], nothing
        self.asked: list[list[str]] = []

    def __call__(self, question: str, passages: Sequence[str]) -> list[Window]:
        self.asked.append(list(passages))
        return [self._one(n, text, self.scores[len(self.asked) - 1]) for n, text in enumerate(passages)]

    def _one(self, number: int, text: str, score: float) -> Window:
        spans = [word.span() for word in re.finditer(r"\w+", text)]
        found = [score if text[start:end] == self.wanted else -5.0 for start, end in spans]
        return Window(number, spans, 1, np.array([[self.nothing] * 2, *([s, s] for s in found)], np.float32))


FIVE = "Ada came first. Ben came next. Cyd came third. Dan came late. Eve stayed away."


def test_the_likeliest_sentences_are_read_again_between_their_neighbours() -> None:
    model = Twice("Cyd", 4.0, 1.0, nothing=0.5)
    read = SpanReader(BagEncoder(), model, MARGIN).read("Who?", "en", [hit(FIVE, start=100)])
    assert model.asked[0] == [FIVE]
    assert model.asked[1][0] == "Ben came next. Cyd came third. Dan came late."
    assert len(model.asked[1]) == 5  # of a single passage, all of these
    many = Twice("Cyd", 4.0, 1.0)
    other = hit("Snow fell all day. It was cold.", rank=2, document="b.txt")
    SpanReader(BagEncoder(), many, MARGIN).read("Who?", "en", [hit(FIVE, start=100), other])
    assert many.asked[1][0] == model.asked[1][0]
    assert len(many.asked[1]) == 3
    assert (read[0].quote.start - 100, read[0].span) == (FIVE.index("Cyd"), Span(131, 134))
    margin = ((4.0 + 4.0 - 2 * 0.5) + (1.0 + 1.0 - 2 * 0.5)) / 2
    assert read[0].score == pytest.approx(1 / (1 + np.exp(1.0 - 0.1 * margin)))


def test_what_would_be_read_the_same_way_twice_is_not() -> None:
    model = Twice("Ben", 4.0, 1.0)
    two = replace(hit(FIVE[: FIVE.index(" Cyd")]).passage, context="A heading")
    SpanReader(BagEncoder(), model, MARGIN).read("Who?", "en", [Hit(two, 1, 1.0, 0.9, 1.0)])
    assert len(model.asked) == 1


def test_what_two_sentences_share_is_read_again_once() -> None:
    model = Twice("Ben", 4.0, 1.0)
    text = "A HEADING\n\n" + FIVE[: FIVE.index(" Cyd")]
    SpanReader(BagEncoder(), model, MARGIN).read("Who?", "en", [hit(text)])
    assert model.asked[1:] == [["Ada came first. Ben came next."]]


def test_a_reading_and_itself_are_the_same() -> None:
    spans = [(0, 3), (3, 4), (3, 4), (0, 0), (0, 0)]  # one character may make two tokens
    scores = np.arange(10, dtype=np.float32).reshape(5, 2)
    one = Read(spans, scores)
    assert (one.with_mean(one).scores == scores).all()
    assert one.with_mean(Read(spans[:1], scores[:1] + 2)).scores.tolist() == [[1, 2], *scores[1:].tolist()]


def test_a_second_reading_may_change_which_sentence_is_first() -> None:
    wanted = Twice("Ben", 1.0, 9.0)
    assert SpanReader(BagEncoder(), wanted, MARGIN).read("Who?", "en", [hit(FIVE)])[0].span == Span(16, 19)
    doubted = Twice("Ben", 1.0, -30.0)
    assert SpanReader(BagEncoder(), doubted, MARGIN).read("Who?", "en", [hit(FIVE)])[0].span != Span(16, 19)


def test_neighbours_are_of_the_same_passage() -> None:
    model = Twice("Cyd", 4.0, 1.0)
    cut = FIVE.index("Cyd")
    hits = [
        hit(FIVE[:cut].rstrip()),
        hit(FIVE[cut:], start=cut, rank=2),
        hit("Cyd came alone. So.", document="b.txt"),
    ]
    SpanReader(BagEncoder(), model, MARGIN).read("Who?", "en", hits)
    assert "Cyd came third. Dan came late." in model.asked[1]


def test_a_lead_is_over_the_best_span_that_says_something_else() -> None:
    def of(text: str, margin: float) -> tuple[Sentence, Found]:
        return Sentence("a.txt", Span(10, 10 + len(text)), text, "en", 1), Found(
            Span(10, 10 + len(text)), margin
        )

    sentences, found = zip(
        *(of("Paris", 4.0), of("paris", 1.0), of("Rome", 2.0), of("Oslo", -9.0)), strict=True
    )
    assert leads(sentences, found) == [2.0, 0.0, 0.0, 0.0]
    assert leads(sentences[:1], found[:1]) == [5.0]
    assert leads([], []) == []


def test_a_single_passage_has_a_model_of_its_own() -> None:
    two = Calibration(0.0, {"lift": 1.0}, alone=Calibration(-1.0, {"margin": 0.1}))
    one = reader(["▁Paris"], two)
    [best, *_] = one.read("Where did she live?", "en", [hit(TEXT)])
    assert best.score == pytest.approx(1 / (1 + np.exp(0.0)))  # margin 10, -1 + 0.1 * 10
    assert TEXT[best.span.start : best.span.end] == "Paris"
    beside = hit("Nothing is said here.", rank=2, document="b.txt")
    found = one.read("Where did she live?", "en", [hit(TEXT), beside])
    expected = {
        s.sentence.text: s.features.lift for s in one.scored("Where did she live?", "en", [hit(TEXT), beside])
    }
    assert found[0].margin == 10.0
    for candidate in (c for c in found if c.document == "a.txt"):
        lift = expected[TEXT[candidate.quote.start : candidate.quote.end]]
        if candidate.margin and candidate.margin < 0:  # no answer, whatever the calibration says
            assert candidate.score < 0.3
            continue
        assert candidate.score == pytest.approx(1 / (1 + np.exp(-lift)))


def test_a_sentence_across_two_windows_is_still_one_candidate() -> None:
    text = "Ada the was born in " * 60 + "1815 Paris."
    read = reader(["▁Paris"]).read("Where?", "en", [hit(text)])
    assert len(read) == 1
    assert text[read[0].span.start : read[0].span.end] == "Paris"


def test_nothing_to_read_proposes_nothing() -> None:
    assert reader([]).read("Where?", "en", []) == []
    assert reader([]).read("Where?", "en", [hit("...\n\n")]) == []


def test_a_huge_question_is_cut_not_refused() -> None:
    assert len(reader(["▁Paris"]).read("Where " * 300, "en", [hit(TEXT)])) == 2


@pytest.mark.parametrize(
    ("text", "given_span", "expected"),
    [
        pytest.param("les Misérables parurent", (5, 8), "Misérables", id="both ends"),
        pytest.param("400 millions d ‘euros", (0, 3), "400", id="a whole number stays"),
        pytest.param("e\u0301te\u0301 1815", (0, 1), "e\u0301te\u0301", id="combining marks"),
        pytest.param("在巴黎生活", (1, 3), "巴黎", id="no spaces, no widening"),
        pytest.param("in Paris.", (3, 8), "Paris", id="nothing to do"),
    ],
)
def test_cut_words_are_made_whole(text: str, given_span: tuple[int, int], expected: str) -> None:
    sentence = Sentence("a", Span(50, 50 + len(text)), text, "en", 1)
    widened = whole_words(sentence, Span(50 + given_span[0], 50 + given_span[1]))
    assert text[widened.start - 50 : widened.end - 50] == expected


HOSTILE = st.text(
    st.sampled_from("ab .!?\r\n\u0301\u202e\u200b\xa0\u2009é漢😀\x00\ufeff1"), min_size=1, max_size=120
)


@settings(deadline=None, max_examples=80)
@given(HOSTILE, st.integers(0, 1000))
def test_spans_stay_inside_their_sentences_in_any_text(text: str, start: int) -> None:
    for candidate in reader(["a", "b"]).read("a b?", "en", [hit(text, start=start)]):
        assert start <= candidate.quote.start <= candidate.span.start
        assert candidate.span.start < candidate.span.end <= candidate.quote.end <= start + len(text)
        span = text[candidate.span.start - start : candidate.span.end - start]
        assert span == span.strip() != ""


def test_the_names_of_readers(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    encoder = BagEncoder()
    assert make_reader("sentence", encoder).name == "sentence"
    with pytest.raises(UsageError, match="choose span, sentence, or a question-answering model"):
        make_reader("oracle", encoder)
    with pytest.raises(ModelError, match=r"reader\.json"):
        make_reader("span", encoder, tmp_path)
    assert isinstance(make_reader("", encoder, tmp_path), SentenceReader)
    assert "whole sentences are quoted" in caplog.text
