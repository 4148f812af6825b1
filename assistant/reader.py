"""(question, hits) -> scored spans. `Reader` is the protocol; `SentenceReader` is the one that needs no training."""

from __future__ import annotations

import json
import math
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files
from typing import Protocol

import numpy as np

from assistant.types import Candidate
from index.lexical import words
from index.sentences import sentences
from index.types import Encoder, Hit, Span, Vectors
from prompts import background

REMEMBERED = 4096  # sentence vectors kept from earlier questions: at most 6 MB
CALIBRATION = "sentence_reader.json"


class Reader(Protocol):
    """Proposes answers out of the best passages: best first, each score the probability that it is right."""

    @property
    def name(self) -> str: ...

    def read(self, question: str, language: str, hits: Sequence[Hit]) -> list[Candidate]: ...


@dataclass(frozen=True, slots=True)
class Features:
    """What tells whether a sentence answers a question; all but `overlap` and `same` are cosines' differences.

    A bare cosine tells little: unrelated texts score 0.73 to 0.77 with the default model.
    """

    lift: float  # over the mean of sentences about nothing in particular
    gap: float  # over the best other sentence
    spread: float  # over the mean of all the sentences read
    overlap: float  # share of the question's words that stand in the sentence; 0 across languages
    same: float  # 1 if the question is in the sentence's language


@dataclass(frozen=True, slots=True)
class Calibration:
    """A logistic model from features to a probability; `training/calibrate_sentences.py` fits it."""

    bias: float
    weights: Mapping[str, float]

    def probability(self, features: Features) -> float:
        """In [0, 1]."""
        logit = self.bias + sum(weight * getattr(features, name) for name, weight in self.weights.items())
        return 1 / (1 + math.exp(-logit))


@cache
def shipped_calibration() -> Calibration:
    """The calibration that comes with the package."""
    fitted = json.loads((files("assistant") / CALIBRATION).read_text())
    return Calibration(fitted["bias"], fitted["weights"])


class SentenceReader:
    """The sentence most like the question, by the encoder's own similarity; it reads nothing inside a sentence."""

    name = "sentence"

    def __init__(self, encoder: Encoder, calibration: Calibration | None = None) -> None:
        self.encoder = encoder
        self.calibration = calibration or shipped_calibration()
        self._vectors: OrderedDict[str, Vectors] = OrderedDict()

    def read(self, question: str, language: str, hits: Sequence[Hit]) -> list[Candidate]:
        """Every sentence of `hits`, best first, once even where passages overlap."""
        found = {place: hit for hit in reversed(hits) for place in _sentences(hit)}
        if not found:
            return []
        places = list(found)
        texts = [_text(place, found[place]) for place in places]
        [vector] = self.encoder.encode_queries([question])
        table = self.features(question, language, texts, [found[p].passage.language for p in places], vector)
        read = [
            Candidate(
                document, span, span, self.calibration.probability(features), found[document, span].rank
            )
            for (document, span), features in zip(places, table, strict=True)
        ]
        return sorted(read, key=lambda c: (-c.score, c.rank, c.span.start))

    def features(
        self, question: str, language: str, texts: Sequence[str], languages: Sequence[str], vector: Vectors
    ) -> list[Features]:
        """The features of each of `texts`, sentences in `languages`, for a question and its vector."""
        scores = self._encode(texts) @ vector
        best = {text: float(score) for text, score in zip(texts, scores, strict=True)}
        asked = set(words(question, language))
        table = []
        for text, written in zip(texts, languages, strict=True):
            others = [score for other, score in best.items() if other != text]
            base = float((self._background(written) @ vector).mean())
            same = language == written
            shared = len(asked & set(words(text, written))) / max(1, len(asked)) if same else 0.0
            table.append(
                Features(
                    lift=best[text] - base,
                    gap=best[text] - max(others, default=base),
                    spread=best[text] - float(np.mean(list(best.values()))),
                    overlap=shared,
                    same=float(same),
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
        if new:
            self._vectors.update(zip(new, self.encoder.encode_passages(new), strict=True))
        for text in texts:
            self._vectors.move_to_end(text)
        vectors = np.stack([self._vectors[text] for text in texts])
        while len(self._vectors) > REMEMBERED:
            self._vectors.popitem(last=False)
        return vectors


def _sentences(hit: Hit) -> list[tuple[str, Span]]:
    passage = hit.passage
    return [
        (passage.document, Span(passage.start + span.start, passage.start + span.end))
        for span in sentences(passage.text, passage.language)
    ]


def _text(place: tuple[str, Span], hit: Hit) -> str:
    _, span = place
    return hit.passage.text[span.start - hit.passage.start : span.end - hit.passage.start]
