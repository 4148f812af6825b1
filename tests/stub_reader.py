"""A reader for tests that needs no calibration: words shared with the question, and the figure in the sentence."""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.types import Candidate
from index.types import Hit, Span


class WordReader:
    """Implements `assistant.reader.Reader`: a sentence scores the share of the question's longer words in it."""

    name = "words"

    def read(self, question: str, language: str, hits: Sequence[Hit]) -> list[Candidate]:
        wanted = _words(question)
        found = []
        for hit in hits:
            for sentence in re.finditer(r"[^\s#][^.]*\.", hit.passage.text):
                begin = hit.passage.start + sentence.start()
                figure = re.search(r"\d+ \w+", sentence[0])
                inside = figure.span() if figure else (0, len(sentence[0]))
                span = Span(begin + inside[0], begin + inside[1])
                score = len(wanted & _words(sentence[0])) / max(1, len(wanted))
                quote = Span(begin, begin + len(sentence[0]))
                found.append(Candidate(hit.passage.document, span, quote, score, hit.rank))
        return sorted(found, key=lambda candidate: -candidate.score)


def _words(text: str) -> set[str]:
    return {word[:5] for word in re.findall(r"\w+", text.casefold()) if len(word) > 3}
