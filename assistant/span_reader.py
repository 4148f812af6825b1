"""The trained reader: the best span inside of each sentence, and how sure it is that it answers.

The likeliest sentences are read a second time, each between its neighbours alone, and what is read of it is the mean.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from assistant.cells import asked_for, column_asked
from assistant.reader import LEAD, Calibration, Scored, Sentence, SentenceReader, shipped_calibration
from assistant.span_model import Array
from assistant.windows import ReadPassages, Window, best_span
from index.types import Encoder, Hit, Passage, Span

SURE_NOT = -30.0  # the margin of a sentence in which no span could be scored
AGAIN, AGAIN_ALONE = 3, 8  # sentences that are read a second time; of a single passage


@dataclass(frozen=True, slots=True)
class Found:
    """The best span inside a sentence, in the document's code points, and its score over "no answer"."""

    span: Span
    margin: float


@dataclass(frozen=True, slots=True)
class Read:
    """What was read of one sentence: `scores` (tokens, 2) are those of start and end, less those of "no answer", of
    the tokens whose code points in the document are `spans`. What is found lies in one of `parts`, if there are any,
    and in the part `named` if more is read there than nothing."""

    spans: Sequence[tuple[int, int]]
    scores: Array
    parts: Sequence[Span] = ()
    named: Span | None = None

    @property
    def best(self) -> Found:
        if self.named and (one := self._best_in(self.named)).margin > 0:
            return one
        found = [self._best_in(part) for part in self.parts or (None,)]
        return max(found, key=lambda one: one.margin)

    def _best_in(self, part: Span | None) -> Found:
        spans = [
            span if part is None or (part.start <= span[0] and span[1] <= part.end) else (0, 0)
            for span in self.spans
        ]
        one = best_span(np.vstack([np.zeros((1, 2), self.scores.dtype), self.scores]), 1, spans)
        return Found(Span(one.start, one.end), one.margin)

    def with_mean(self, other: Read) -> Read:
        """The same tokens, each with the mean of both scores where it was read both times."""
        known = dict(zip(_numbered(other.spans), other.scores, strict=True))
        mine = zip(_numbered(self.spans), self.scores, strict=True)
        means = np.array([(scores + known.get(at, scores)) / 2 for at, scores in mine])
        return replace(self, scores=means)


class SpanReader(SentenceReader):
    """Implements `Reader`. `read_passages` runs a model; the encoder's similarity helps to be sure.

    `knows_none` says that the model was taught where nothing answers: then a margin below 0 is no answer.
    """

    def __init__(
        self,
        encoder: Encoder,
        read_passages: ReadPassages,
        calibration: Calibration | None = None,
        name: str = "span",
        knows_none: bool = True,
    ) -> None:
        super().__init__(encoder, calibration or shipped_calibration("span"))
        self.name, self.read_passages, self.knows_none = name, read_passages, knows_none

    def scored(self, question: str, language: str, hits: Sequence[Hit]) -> list[Scored]:
        """As the sentence reader does, but with the best span inside of each sentence."""
        whole = super().scored(question, language, hits)
        found = [one.sentence for one in whole]
        passages = [hit.passage for hit in hits]
        read = self._read(question, passages, [found] * len(passages))
        model = self.calibration.over(len(hits))
        first = _with_spans(whole, read)
        most = AGAIN if len(hits) > 1 else AGAIN_ALONE
        likely = sorted(first, key=lambda one: -model.probability(one.features))[:most]
        again = _again([one.sentence for one in likely], found, hits)
        if not again:
            return first
        second = self._read(question, [passage for passage, _ in again], [some for _, some in again])
        both = {place: read[place].with_mean(one) for place, one in second.items() if place in read}
        return _with_spans(whole, read | both)

    def _read(
        self, question: str, passages: Sequence[Passage], of: Sequence[Sequence[Sentence]]
    ) -> dict[tuple[str, Span], Read]:
        """What is read of the sentences `of[n]` in passage n; the best of a sentence that stands in several."""
        found: dict[tuple[str, Span], Read] = {}
        for window in self.read_passages(question, [passage.text for passage in passages]):
            for sentence in of[window.passage]:
                one = _read_of(question, sentence, window, passages[window.passage])
                place = (sentence.document, sentence.span)
                if one and (place not in found or one.best.margin > found[place].best.margin):
                    found[place] = one
        return found


def _again(
    likely: Sequence[Sentence], found: Sequence[Sentence], hits: Sequence[Hit]
) -> list[tuple[Passage, list[Sentence]]]:
    """What of the passages is to be read again, and for which sentences; nothing that was read just so."""
    whole = {_place(hit.passage) for hit in hits}
    parts: dict[tuple[str, int, int], tuple[Passage, list[Sentence]]] = {}
    for sentence in likely:
        part = _near(sentence, found, hits)
        if _place(part) not in whole:
            parts.setdefault(_place(part), (part, []))[1].append(sentence)
    return list(parts.values())


def _place(passage: Passage) -> tuple[str, int, int]:
    return passage.document, passage.start, passage.end


def _numbered(spans: Sequence[tuple[int, int]]) -> list[tuple[int, int, int]]:
    """Tokens may share their code points: each with how often they came before."""
    seen: Counter[tuple[int, int]] = Counter()
    numbered = []
    for span in spans:
        numbered.append((*span, seen[span]))
        seen[span] += 1
    return numbered


def _with_spans(whole: Sequence[Scored], read: Mapping[tuple[str, Span], Read]) -> list[Scored]:
    """The sentences with the best span in each, and its features; one that no window held keeps itself."""
    found = [one.sentence for one in whole]
    spans = [_best(sentence, read.get((sentence.document, sentence.span))) for sentence in found]
    return [
        Scored(one.sentence, best.span, replace(one.features, margin=best.margin, lead=lead))
        for one, best, lead in zip(whole, spans, leads(found, spans), strict=True)
    ]


def _best(sentence: Sentence, read: Read | None) -> Found:
    best = read.best if read else None
    if best is None or best.margin <= SURE_NOT:
        return Found(sentence.span, SURE_NOT)
    return Found(whole_words(sentence, best.span), best.margin)


def _near(sentence: Sentence, found: Sequence[Sentence], hits: Sequence[Hit]) -> Passage:
    """The part of its passage from the sentence before it to the one after."""
    passage = next(
        hit.passage
        for hit in hits
        if (hit.rank, hit.passage.document) == (sentence.rank, sentence.document)
        and hit.passage.start <= sentence.span.start < hit.passage.end
    )
    low, high = passage.start, passage.start + len(passage.text)
    inside = [s.span for s in found if s.document == sentence.document and low <= s.span.start < high]
    start = max((s.start for s in inside if s.start < sentence.span.start), default=sentence.span.start)
    end = min((s.end for s in inside if s.end > sentence.span.end), default=sentence.span.end)
    end = min(end, high)
    return Passage(passage.document, start, end, passage.text[start - low : end - low], passage.language)


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


def _read_of(question: str, sentence: Sentence, window: Window, passage: Passage) -> Read | None:
    """What a window has read of a sentence, or None if no token of it lies there."""
    low, high = sentence.span.start - passage.start, sentence.span.end - passage.start
    if sentence.document != passage.document or high <= 0 or low >= len(passage.text):
        return None
    inside = [
        i for i, (start, end) in enumerate(window.spans) if start < end and low <= start and end <= high
    ]
    if not inside:
        return None
    first, last = inside[0], inside[-1] + 1
    spans = [
        (passage.start + start, passage.start + end) if start < end else (0, 0)
        for start, end in window.spans[first:last]
    ]
    scores = window.scores[window.first + first : window.first + last] - window.scores[0]
    at, cells = sentence.span.start, asked_for(question, sentence.text)
    named = column_asked(question, sentence.text)
    return Read(
        spans,
        scores,
        [Span(at + cell.start, at + cell.end) for cell in cells],
        Span(at + named.start, at + named.end) if named else None,
    )


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
