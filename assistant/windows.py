"""Texts to tokens and back: every token knows its code points, every window its place in the text."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from assistant.span_model import Array, Scorer

QUERY, PASSAGE = "query: ", "passage: "
START, STOP, PAD = 0, 2, 1
READ_TOKENS = 256
OVERLAP = 64
QUESTION_TOKENS = 64
PREFIX_TOKENS = 2  # "▁passage" and ":"
SPECIAL = 4
LONGEST = 30  # tokens of an answer
SEEK = 12  # how far a window's edge may move to the start of a word


@dataclass(frozen=True, slots=True)
class Tokens:
    """Ids of "query: Q" and of "passage: C", with each passage token's code points in C.

    The two tokens of the prefix are cut off into `prefix`. `spans[i]` is (start, end) in C without white space
    at its ends; it is empty (start == end) for a token of white space alone.
    """

    question: list[int]
    prefix: list[int]
    context: list[int]
    spans: list[tuple[int, int]]
    words: list[bool]  # does a word start with this token


def tokenise(tokenizer: Any, questions: Sequence[str], contexts: Sequence[str]) -> list[Tokens]:
    """Tokens of each pair; `tokenizer` is a tokenizers.Tokenizer that does not truncate."""
    asked = tokenizer.encode_batch([QUERY + text for text in questions], add_special_tokens=False)
    read = tokenizer.encode_batch([PASSAGE + text for text in contexts], add_special_tokens=False)
    result = []
    for question, passage, text in zip(asked, read, contexts, strict=True):
        shift = len(PASSAGE)
        spans = [
            trim_span(text, max(0, start - shift), max(0, end - shift))
            for start, end in passage.offsets[PREFIX_TOKENS:]
        ]
        ids = passage.ids
        words = [piece.startswith("▁") for piece in passage.tokens[PREFIX_TOKENS:]]
        result.append(
            Tokens(question.ids[:QUESTION_TOKENS], ids[:PREFIX_TOKENS], ids[PREFIX_TOKENS:], spans, words)
        )
    return result


def trim_span(text: str, start: int, end: int) -> tuple[int, int]:
    """text[start:end] without white space at its ends."""
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end


def room(question: Sequence[int], limit: int) -> int:
    """How many passage tokens fit beside the question."""
    return limit - len(question) - PREFIX_TOKENS - SPECIAL


def assemble(question: Sequence[int], prefix: Sequence[int], part: Sequence[int]) -> tuple[list[int], int]:
    """`<s> query </s></s> passage: part </s>`, and where `part` begins in it."""
    head = [START, *question, STOP, STOP, *prefix]
    return [*head, *part, STOP], len(head)


def spread_windows(words: Sequence[bool], size: int, overlap: int = OVERLAP) -> list[tuple[int, int]]:
    """Windows (start, end) that cover all tokens, neighbours sharing about `overlap` of them."""
    total = len(words)
    windows = []
    start = 0
    while True:
        end = min(total, start + size)
        windows.append((start, end))
        if end == total:
            return windows
        following = start + max(1, size - overlap)
        for earlier in range(following, max(start + 1, following - SEEK) - 1, -1):
            if words[earlier]:
                following = earlier
                break
        start = following


@dataclass(frozen=True, slots=True)
class Prediction:
    """The best span `context[start:end]`; `margin` is its score less that of "no answer"."""

    start: int
    end: int
    margin: float


def best_span(scores: Any, first: int, spans: Sequence[tuple[int, int]]) -> Prediction:
    """The best span among the tokens from `first` on. `scores` is (tokens, 2), `spans` the code points of each."""
    real = np.array([left < right for left, right in spans], dtype=bool)
    starts = np.where(real, scores[first : first + len(spans), 0], -1e9)
    ends = np.where(real, scores[first : first + len(spans), 1], -1e9)
    nothing = float(scores[0, 0] + scores[0, 1])
    if not real.any():
        return Prediction(0, 0, -1e9)
    sums = starts[:, None] + ends[None, :]
    places = np.arange(len(spans))
    wide = places[None, :] - places[:, None]
    sums = np.where((wide >= 0) & (wide < LONGEST), sums, -np.inf)
    start, end = np.unravel_index(int(np.argmax(sums)), sums.shape)
    return Prediction(spans[int(start)][0], spans[int(end)][1], float(sums[start, end]) - nothing)


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of passage number `passage`, as a model has read it.

    `scores` (tokens, 2) are those of start and end, the first row's of "no answer"; from row `first` on, row by row,
    those of the tokens whose code points in the passage are `spans`, empty for a token that no span may touch.
    """

    passage: int
    spans: Sequence[tuple[int, int]]
    first: int
    scores: Array


# (question, passages) -> all of them, in windows
ReadPassages = Callable[[str, Sequence[str]], Iterable[Window]]


def trained_model(scorer: Scorer, tokenizer: Any) -> ReadPassages:
    """Reads with our own model. `tokenizer` is a `tokenizers.Tokenizer` that does not truncate."""

    def read(question: str, passages: Sequence[str]) -> list[Window]:
        tokens = tokenise(tokenizer, [question] * len(passages), passages)
        places = [
            (n, start, end)
            for n, item in enumerate(tokens)
            for start, end in spread_windows(item.words, room(item.question, READ_TOKENS))
        ]
        windows = [
            assemble(tokens[n].question, tokens[n].prefix, tokens[n].context[s:e]) for n, s, e in places
        ]
        return [
            Window(n, tokens[n].spans[start:end], first, scores)
            for (n, start, end), (_, first), scores in zip(places, windows, scorer(windows), strict=True)
        ]

    return read
