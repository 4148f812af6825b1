"""Tokens and windows: every token is a slice of its text, and the best span is found by hand too."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tiny import TOKENIZER, hostile
from tokenizers import Tokenizer

from assistant.windows import (
    LONGEST,
    Prediction,
    assemble,
    best_span,
    room,
    spread_windows,
    tokenise,
)
from training.windows import answer_tokens, draw_window


@settings(max_examples=150, deadline=None)
@given(hostile)
def test_every_token_is_a_trimmed_slice(text: str) -> None:
    (tokens,) = tokenise(TOKENIZER, ["q"], [text])
    assert len(tokens.context) == len(tokens.spans) == len(tokens.words)
    for start, end in tokens.spans:
        assert 0 <= start <= end <= len(text)
        assert text[start:end] == text[start:end].strip()
    starts = [start for start, end in tokens.spans if end > start]
    assert starts == sorted(starts)


@settings(max_examples=80, deadline=None)
@given(
    st.lists(st.sampled_from(["Ada", "was", "漢字", "é", "Paris,", "1815"]), min_size=1, max_size=20),
    st.data(),
)
def test_answer_tokens_give_the_answer_back(words: list[str], data: st.DataObject) -> None:
    text = " ".join(words)
    first = data.draw(st.integers(0, len(words) - 1))
    last = data.draw(st.integers(first, len(words) - 1))
    start = len(" ".join(words[:first])) + (1 if first else 0)
    end = len(" ".join(words[: last + 1]))
    (tokens,) = tokenise(TOKENIZER, ["q"], [text])
    found = answer_tokens(tokens.spans, start, end)
    assert found is not None
    assert text[tokens.spans[found[0]][0] : tokens.spans[found[1]][1]] == text[start:end]


def test_answer_outside_of_every_token_is_none() -> None:
    assert answer_tokens([(0, 3), (4, 7)], 3, 4) is None
    assert answer_tokens([], 0, 1) is None


def test_prefixes_and_layout() -> None:
    (tokens,) = tokenise(TOKENIZER, ["Ada"], ["in Paris"])
    piece = TOKENIZER.id_to_token
    assert [piece(i) for i in tokens.question] == ["▁query", ":", "▁Ada"]
    assert [piece(i) for i in tokens.prefix] == ["▁passage", ":"]
    assert [piece(i) for i in tokens.context] == ["▁in", "▁Paris"]
    assert tokens.spans == [(0, 2), (3, 8)]
    ids, first = assemble(tokens.question, tokens.prefix, tokens.context)
    assert [piece(i) for i in ids] == [
        "<s>", "▁query", ":", "▁Ada", "</s>", "</s>", "▁passage", ":", "▁in", "▁Paris", "</s>",
    ]  # fmt: skip
    assert (piece(ids[first]), len(ids)) == ("▁in", len(tokens.question) + 2 + 2 + 4)
    assert room(tokens.question, 20) == 20 - 3 - 2 - 4


@settings(max_examples=200, deadline=None)
@given(st.lists(st.booleans(), min_size=1, max_size=80), st.integers(1, 40), st.data())
def test_drawn_window_holds_the_answer(words: list[bool], size: int, data: st.DataObject) -> None:
    first = data.draw(st.integers(0, len(words) - 1))
    last = data.draw(st.integers(first, min(len(words), first + size) - 1))
    seed = data.draw(st.integers(0, 99))
    start, end = draw_window(words, (first, last), size, np.random.default_rng(seed))
    assert 0 <= start <= first <= last < end <= len(words)
    assert end - start == min(size, len(words))


def test_answer_longer_than_the_window_keeps_its_start() -> None:
    start, end = draw_window([True] * 50, (10, 40), 20, np.random.default_rng(0))
    assert (start, end) == (10, 30)


def test_window_starts_at_a_word() -> None:
    words = [i % 5 == 0 for i in range(200)]
    starts = {draw_window(words, None, 40, np.random.default_rng(s))[0] for s in range(30)}
    assert len(starts) > 5
    assert all(start % 5 == 0 for start in starts)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.booleans(), max_size=300), st.integers(1, 60), st.integers(0, 30))
def test_windows_cover_everything_in_order(words: list[bool], size: int, overlap: int) -> None:
    windows = spread_windows(words, size, overlap)
    covered = {i for start, end in windows for i in range(start, end)}
    assert covered == set(range(len(words)))
    assert all(end - start <= size for start, end in windows)
    assert all(a[0] < b[0] and b[0] <= a[1] for a, b in itertools.pairwise(windows))


def test_neighbours_share_the_overlap() -> None:
    assert spread_windows([True] * 100, 40, 10) == [(0, 40), (30, 70), (60, 100)]
    assert spread_windows([], 40, 10) == [(0, 0)]


def scores_for(start: int, end: int, nothing: float, tokens: int = 8) -> np.ndarray[Any, Any]:
    table = np.zeros((tokens, 2))
    table[start, 0] = table[end, 1] = 3.0
    table[0] = nothing / 2
    return table


def test_best_span_and_its_margin() -> None:
    spans = [(0, 2), (3, 5), (6, 6), (7, 9)]
    assert best_span(scores_for(4, 5, 1.0), 4, spans) == Prediction(0, 5, 5.0)
    # token 6 is white space alone: it can neither start nor end a span
    assert best_span(scores_for(6, 6, 0.0), 4, spans).margin == 0.0
    # an end before the start is no span
    found = best_span(scores_for(5, 4, 0.0), 4, spans)
    assert (found.margin, found.start <= found.end) == (3.0, True)
    assert best_span(scores_for(4, 4, 0.0), 4, [(0, 0)]).margin == -1e9


def test_a_span_is_not_longer_than_allowed() -> None:
    spans = [(i, i + 1) for i in range(60)]
    table = scores_for(1, 60, 0.0, tokens=62)
    found = best_span(table, 1, spans)
    assert found.end - found.start <= LONGEST
    assert found.margin == 3.0


@pytest.mark.slow
def test_real_tokenizer_gives_trimmed_slices() -> None:
    from index.model import prepare_model

    tokenizer = Tokenizer.from_file(str(prepare_model() / "tokenizer.json"))
    texts = [
        "Il a levé 400 millions d ‘euros, les 10 et 11 février.",
        "ﬁn du Ⅳe siècle ½ — 漢字かな交じり文。",
        "👩‍👩‍👧 e\u0301te\u0301  \u00a0 double\u3000space\n\nline",
        "",
    ]
    for text, tokens in zip(texts, tokenise(tokenizer, ["q"] * len(texts), texts), strict=True):
        said = "".join(text[start:end] for start, end in tokens.spans)
        assert all(text[s:e] == text[s:e].strip() for s, e in tokens.spans)
        assert set("".join(text.split())) - set(said) <= set("\u200d\ufe0f\u0301")
