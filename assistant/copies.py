"""Copies of one text speak once: what a copy says over again is not read again, nor cited as though by another.

`copies` gives the paths of the other documents that are the same text as one, or nearly (`index.copies`). As they may
differ in the very figure that was asked for, only what stands in both word for word is taken for said twice.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from assistant.types import Candidate
from index.sentences import sentences
from index.types import Document, Hit, Span

Copies = Callable[[str], Sequence[str]]
_SPELT = str.maketrans(
    dict.fromkeys("’‘ʼ′´`", "'") | dict.fromkeys("‐‑‒–—−", "-") | dict.fromkeys("“”„«»", '"')
)


def distinct(hits: Sequence[Hit], copies: Copies) -> list[Hit]:
    """The hits, ranked anew, without those whose sentences all stand in better ones of copies of their document."""
    heard: dict[str, list[tuple[str, str]]] = {}
    kept: list[Hit] = []
    for hit in hits:
        passage = hit.passage
        others = copies(passage.document)
        if others:
            said = heard.setdefault(min(passage.document, *others), [])
            elsewhere = " ".join(text for path, text in said if path != passage.document)
            if elsewhere and all(_in(one, elsewhere) for one in _sentences(hit)):
                continue
            said.append((passage.document, _plain(passage.text)))
        kept.append(replace(hit, rank=len(kept) + 1))
    return kept


def heard_once(
    candidates: Sequence[Candidate], document: Callable[[str], Document], copies: Copies
) -> list[Candidate]:
    """The candidates, best first, without those whose sentence stands in a copy as that of a better one."""
    kept: list[Candidate] = []
    for candidate in sorted(candidates, key=lambda one: (-one.score, one.rank)):
        others = set(copies(candidate.document))
        quote = _quote(candidate, document) if others else ""
        if not any(one.document in others and _quote(one, document) == quote for one in kept):
            kept.append(candidate)
    return kept


def told_once(
    group: Sequence[Candidate], document: Callable[[str], Document], copies: Copies
) -> list[tuple[Candidate, tuple[str, ...]]]:
    """The candidates of one value, without those that say in a copy what a better one says; each with the paths of
    the copies in which its sentence stands."""
    told: list[tuple[Candidate, tuple[str, ...]]] = []
    for candidate in group:
        quote = _quote(candidate, document)
        again = any(
            candidate.document in also and _same(quote, _quote(better, document)) for better, also in told
        )
        if not again:
            also = (p for p in sorted(copies(candidate.document)) if _holds(document(p), quote))
            told.append((candidate, tuple(also)))
    return told


def _same(quote: str, other: str) -> bool:
    """Whether one is the other, perhaps with a heading that ran into it."""
    return _in(quote, other) or _in(other, quote)


def _holds(copy: Document, quote: str) -> bool:
    return _in(quote, _plain(copy.text))


def _in(one: str, other: str) -> bool:
    """Whether `other` holds `one`, and not as a part of a longer word or figure: "15 million" says no "5 million"."""
    left = (
        r"(?<![0-9A-Za-zÀ-ÿ.,])" if one[:1].isdigit() else r"(?<![0-9A-Za-zÀ-ÿ])" if one[:1].isalpha() else ""
    )
    right = r"(?![0-9A-Za-zÀ-ÿ])" if one[-1:].isalnum() else ""
    return re.search(f"{left}{re.escape(one)}{right}", other) is not None


def _quote(candidate: Candidate, document: Callable[[str], Document]) -> str:
    text = document(candidate.document).text
    return _plain(text[candidate.quote.start : candidate.quote.end])


def _sentences(hit: Hit) -> list[str]:
    text = hit.passage.text
    spans = sentences(text, hit.passage.language) or [Span(0, len(text))]
    return [_plain(text[span.start : span.end]) for span in spans]


def _plain(text: str) -> str:
    """Without differences of white space, quotation marks and dashes."""
    return " ".join(text.translate(_SPELT).split())
