"""(question, hits) -> scored spans. `Reader` is the protocol; `SentenceReader` is the one that needs no training."""

from __future__ import annotations

import json
import math
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from importlib.resources import files
from typing import Protocol

import numpy as np

from assistant.against import weighed
from assistant.types import Candidate
from index.headings import is_heading
from index.language import detect
from index.sentences import sentences
from index.terms import words
from index.types import Encoder, Hit, Span, Vectors
from prompts import background

AT_ONCE = 32  # sentences: so few are encoded without torch (`index.encoding.FEW`)
REMEMBERED = 4096  # sentence vectors kept from earlier questions: at most 6 MB
LEVEL, LEAD = 4.0, 5.0  # of margins
LONG = 60  # characters from which a sentence tells its own language


class Reader(Protocol):
    """Proposes answers out of the best passages: best first, each score the probability that it is right."""

    @property
    def name(self) -> str: ...

    def read(self, question: str, language: str, hits: Sequence[Hit]) -> list[Candidate]: ...


@dataclass(frozen=True, slots=True)
class Features:
    """What tells whether a sentence answers a question.

    A bare cosine tells little: unrelated texts score 0.73 to 0.77 with the default model, and more if they share
    the question's language. So each is taken from its lift over sentences about nothing, in its own language.
    """

    lift: float  # cosine, less the mean of those of the background sentences in the same language
    gap: float  # lift, less the best lift of another sentence
    spread: float  # lift, less the mean of all sentences read
    overlap: float  # share of the question's words that stand in the sentence; 0 across languages
    same: float  # 1 if the question is in the sentence's language
    # 1 if the sentence is in English: most of what readers learn from is, and they are surer there
    english: float = 0.0
    margin: float = 0.0  # of the best span in it over "no answer"; 0 where spans are not read
    # of the best margin over that of a span that says something else, at most LEAD; 0 for others
    lead: float = 0.0

    @property
    def chance(self) -> float:
        """The margin as it levels off: far from 0, more of it tells little more."""
        return 1 / (1 + math.exp(-self.margin / LEVEL))


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of a retrieved passage, its `span` in the document, and the rank of the best passage it is in."""

    document: str
    span: Span
    text: str
    language: str
    rank: int


@dataclass(frozen=True, slots=True)
class Scored:
    """A sentence, the span inside it that may be the answer (both in the document), and its features."""

    sentence: Sentence
    span: Span
    features: Features


@dataclass(frozen=True, slots=True)
class Calibration:
    """A logistic model from features to a probability; `training/calibrate.py` fits it.

    `alone` is the model for a single passage, if it has one of its own: there is nothing to compare its likeness to
    the question with, so what was read in it counts for more.
    """

    bias: float
    weights: Mapping[str, float]
    alone: Calibration | None = None

    def probability(self, features: Features) -> float:
        """In [0, 1]."""
        logit = self.bias + sum(weight * getattr(features, name) for name, weight in self.weights.items())
        return 1 / (1 + math.exp(-logit))

    def over(self, passages: int) -> Calibration:
        """The model for candidates out of so many passages."""
        return self.alone if self.alone and passages == 1 else self


@cache
def shipped_calibration(name: str) -> Calibration:
    """The calibration of a reader, as it comes with the package."""
    fitted = json.loads((files("assistant") / f"{name}_reader.json").read_text())
    alone = fitted.get("alone")
    return Calibration(
        fitted["bias"], fitted["weights"], Calibration(alone["bias"], alone["weights"]) if alone else None
    )


class SentenceReader:
    """The sentence most like the question, by the encoder's own similarity; it reads nothing inside a sentence."""

    name = "sentence"
    knows_none = False  # whether a margin below 0 says that nothing is an answer

    def __init__(self, encoder: Encoder, calibration: Calibration | None = None) -> None:
        self.encoder = encoder
        self.calibration = calibration or shipped_calibration(self.name)
        self._vectors: OrderedDict[str, Vectors] = OrderedDict()

    def read(self, question: str, language: str, hits: Sequence[Hit]) -> list[Candidate]:
        """One candidate for every sentence of `hits`, best first; a sentence in two passages is read once."""
        calibration = self.calibration.over(len(hits))
        read = [
            Candidate(
                one.sentence.document,
                one.span,
                one.sentence.span,
                calibration.probability(one.features),
                one.sentence.rank,
                one.features.margin if self.knows_none else None,
            )
            for one in self.scored(question, language, hits)
        ]
        return weighed(question, language, read, hits)

    def scored(self, question: str, language: str, hits: Sequence[Hit]) -> list[Scored]:
        """Every sentence of `hits`, the span that it proposes, and all that tells how good that is."""
        found = sentences_of(hits)
        if not found:
            return []
        [vector] = self.encoder.encode_queries([question])
        table = self.features(
            question, language, [s.text for s in found], [s.language for s in found], vector
        )
        return [Scored(s, s.span, features) for s, features in zip(found, table, strict=True)]

    def features(
        self, question: str, language: str, texts: Sequence[str], languages: Sequence[str], vector: Vectors
    ) -> list[Features]:
        """The features of each of `texts`, sentences in `languages`, for a question and its vector."""
        base = {written: float((self._background(written) @ vector).mean()) for written in set(languages)}
        scores = self._encode(texts) @ vector
        lifts = [float(score) - base[written] for score, written in zip(scores, languages, strict=True)]
        best = dict(zip(texts, lifts, strict=True))
        mean = float(np.mean(list(best.values())))
        asked = set(words(question, language))
        table = []
        for text, written in zip(texts, languages, strict=True):
            lift, same = best[text], language == written
            table.append(
                Features(
                    lift=lift,
                    gap=lift - max((other for key, other in best.items() if key != text), default=0.0),
                    spread=lift - mean,
                    overlap=len(asked & set(words(text, written))) / max(1, len(asked)) if same else 0.0,
                    same=float(same),
                    english=float(written == "en"),
                )
            )
        return table

    @cached_property
    def _backgrounds(self) -> dict[str, Vectors]:
        return {language: self.encoder.encode_passages(texts) for language, texts in background().items()}

    def _background(self, language: str) -> Vectors:
        known = self._backgrounds.get(language)
        return np.concatenate(list(self._backgrounds.values())) if known is None else known

    def _encode(self, texts: Sequence[str]) -> Vectors:
        new = sorted({text for text in texts if text not in self._vectors}, key=len)
        for at in range(0, len(new), AT_ONCE):
            some = new[at : at + AT_ONCE]
            self._vectors.update(zip(some, self.encoder.encode_passages(some), strict=True))
        for text in texts:
            self._vectors.move_to_end(text)
        vectors = np.stack([self._vectors[text] for text in texts])
        while len(self._vectors) > REMEMBERED:
            self._vectors.popitem(last=False)
        return vectors


def sentences_of(hits: Sequence[Hit]) -> list[Sentence]:
    """The sentences of passages, each once. Headings name what is said elsewhere, and one word says nothing."""
    found: dict[tuple[str, Span], Sentence] = {}
    for hit in sorted(hits, key=lambda hit: hit.rank):
        passage = hit.passage
        for span in sentences(passage.text, passage.language):
            text = passage.text[span.start : span.end]
            place = Span(passage.start + span.start, passage.start + span.end)
            if len(words(text, passage.language)) > 1 and not is_heading(passage.text, span):
                sentence = Sentence(
                    passage.document, place, text, written_in(text, passage.language), hit.rank
                )
                found.setdefault((passage.document, place), sentence)
    return list(found.values())


@lru_cache(maxsize=REMEMBERED)
def written_in(sentence: str, passage_language: str) -> str:
    """The language of a sentence: a caption or a quotation may be in another than its passage."""
    return detect(sentence, fallback=passage_language) if len(sentence) >= LONG else passage_language
