"""The floor of a reader: the sentence that shares most words with the question, by BM25 among those read."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

from assistant.reader import sentences_of
from assistant.types import Candidate
from index.terms import words
from index.types import Hit

K1, B = 1.5, 0.75


class LexicalReader:
    """Implements `assistant.reader.Reader`; a score is the share of the best that any sentence could have."""

    name = "bm25"

    def read(self, question: str, language: str, hits: Sequence[Hit]) -> list[Candidate]:
        """One candidate for every sentence, best first."""
        found = sentences_of(hits)
        terms = [Counter(words(one.text, one.language)) for one in found]
        asked = set(words(question, language))
        holding = Counter(term for counted in terms for term in counted)
        weight = {t: math.log(1 + (len(terms) - holding[t] + 0.5) / (holding[t] + 0.5)) for t in asked}
        usual = sum(counted.total() for counted in terms) / max(1, len(terms)) or 1.0
        ceiling = sum(weight.values()) * (K1 + 1) or 1.0
        scores = [
            sum(
                weight[t] * counted[t] * (K1 + 1) / (counted[t] + K1 * (1 - B + B * counted.total() / usual))
                for t in asked
            )
            / ceiling
            for counted in terms
        ]
        read = [
            Candidate(one.document, one.span, one.span, score, one.rank)
            for one, score in zip(found, scores, strict=True)
        ]
        return sorted(read, key=lambda one: (-one.score, one.rank, one.span.start))
