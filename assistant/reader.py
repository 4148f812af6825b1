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

from assistant.types import Candidate
from index.headings import is_heading
from index.language import detect
from index.lexical import words
from index.sentences import sentences
from index.types import Encoder, Hit, Span, Vectors
from prompts import background

REMEMBERED = 4096  # sentence vectors kept from earlier questions: at most 6 MB
LONG = 60  # characters from which a sentence tells its own language
CALIBRATION = "sentence_reader.json"


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
        languages = [_written(text, found[p].passage.language) for text, p in zip(texts, places, strict=True)]
        table = self.features(question, language, texts, languages, vector)
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
    """Where the sentences of a passage stand. Headings name what is said elsewhere, and one word says nothing."""
    passage = hit.passage
    return [
        (passage.document, Span(passage.start + span.start, passage.start + span.end))
        for span in sentences(passage.text, passage.language)
        if len(words(passage.text[span.start : span.end], passage.language)) > 1
        and not is_heading(passage.text, span)
    ]


@lru_cache(maxsize=REMEMBERED)
def _written(sentence: str, passage_language: str) -> str:
    """The language of a sentence: a caption or a quotation may be in another than its passage."""
    return detect(sentence, fallback=passage_language) if len(sentence) >= LONG else passage_language


def _text(place: tuple[str, Span], hit: Hit) -> str:
    _, span = place
    return hit.passage.text[span.start - hit.passage.start : span.end - hit.passage.start]
