"""The trained reader: the best span inside of each sentence, and how sure it is that it answers."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from assistant.reader import LEAD, Calibration, Scored, Sentence, SentenceReader, shipped_calibration
from assistant.span_model import Array, Scorer
from assistant.windows import READ_TOKENS, assemble, best_span, room, spread_windows, tokenise
from index.types import Encoder, Hit, Passage, Span

SURE_NOT = -30.0  # the margin of a sentence in which no span could be scored


@dataclass(frozen=True, slots=True)
class Found:
    """The best span inside a sentence, in the document's code points, and its score over "no answer"."""

    span: Span
    margin: float


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


ReadPassages = Callable[
    [str, Sequence[str]], Iterable[Window]
]  # (question, passages) -> all of them, in windows


class SpanReader(SentenceReader):
    """Implements `Reader`. `read_passages` runs a model; the encoder's similarity helps to be sure."""

    def __init__(
        self,
        encoder: Encoder,
        read_passages: ReadPassages,
        calibration: Calibration | None = None,
        name: str = "span",
    ) -> None:
        super().__init__(encoder, calibration or shipped_calibration("span"))
        self.name, self.read_passages = name, read_passages

    def scored(self, question: str, language: str, hits: Sequence[Hit]) -> list[Scored]:
        """As the sentence reader does, but with the best span inside of each sentence."""
        whole = super().scored(question, language, hits)
        found = [one.sentence for one in whole]
        spans = self._spans(question, hits, found)
        return [
            Scored(one.sentence, best.span, replace(one.features, margin=best.margin, lead=lead))
            for one, best, lead in zip(whole, spans, leads(found, spans), strict=True)
        ]

    def _spans(self, question: str, hits: Sequence[Hit], found: Sequence[Sentence]) -> list[Found]:
        passages = [hit.passage for hit in hits]
        best = {(s.document, s.span): Found(s.span, SURE_NOT) for s in found}
        for window in self.read_passages(question, [passage.text for passage in passages]):
            passage, spans = passages[window.passage], window.spans
            for sentence in found:
                inside = _inside(spans, sentence, passage)
                if inside is None:
                    continue
                left, right = inside
                one = best_span(window.scores, window.first + left, spans[left:right])
                key = (sentence.document, sentence.span)
                if one.margin > best[key].margin:
                    span = Span(passage.start + one.start, passage.start + one.end)
                    best[key] = Found(whole_words(sentence, span), one.margin)
        return [best[s.document, s.span] for s in found]


def trained(scorer: Scorer, tokenizer: Any) -> ReadPassages:
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


def leads(sentences: Sequence[Sentence], found: Sequence[Found]) -> list[float]:
    """How far the best span is ahead of the best that says something else, in other words, at most LEAD; for all
    others 0: what competes with an answer, and may contradict it, counts for itself."""
    said = [
        one.text[f.span.start - one.span.start : f.span.end - one.span.start].casefold()
        for one, f in zip(sentences, found, strict=True)
    ]
    best: dict[str, float] = {}
    for text, f in zip(said, found, strict=True):
        best[text] = max(f.margin, best.get(text, SURE_NOT))
    _, second, *_ = sorted([*best.values(), SURE_NOT, SURE_NOT], reverse=True)
    return [max(0.0, min(LEAD, f.margin - second)) for f in found]


def _inside(spans: Sequence[tuple[int, int]], sentence: Sentence, passage: Passage) -> tuple[int, int] | None:
    """The range of a window's tokens that lie in `sentence`, or None if none does."""
    low, high = sentence.span.start - passage.start, sentence.span.end - passage.start
    if sentence.document != passage.document or high <= 0 or low >= len(passage.text):
        return None
    inside = [i for i, (start, end) in enumerate(spans) if start < end and low <= start and end <= high]
    return (inside[0], inside[-1] + 1) if inside else None


def whole_words(sentence: Sentence, span: Span) -> Span:
    """`span` widened, inside its sentence, to the ends of the words that it cuts."""
    text, at = sentence.text, sentence.span.start
    start, end = span.start - at, span.end - at
    while start > 0 and _one_word(text[start - 1], text[start]):
        start -= 1
    while end < len(text) and _one_word(text[end - 1], text[end]):
        end += 1
    return Span(at + start, at + end)


def _one_word(before: str, after: str) -> bool:
    """Whether two neighbours belong to one word of a script that puts spaces between words."""
    return _in_word(before) and _in_word(after)


def _in_word(character: str) -> bool:
    spaced = character < "\u0e00" or "\u1e00" <= character < "\u2e80"
    return spaced and (character.isalnum() or unicodedata.combining(character) > 0)
