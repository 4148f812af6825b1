"""Why this answer, and why not another: what was found, what of it was read, and how sure the reader was."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from assistant.types import Candidate, PassageUse, Reply
from index.terms import TOKEN, words
from index.types import Hit, Span

_APOSTROPHES = str.maketrans(dict.fromkeys("’‘ʼ′´`", "'"))  # one for one, so that offsets stay


@dataclass(frozen=True, slots=True)
class Weighed:
    """A retrieved passage: the best confidence that the reader had in it (None: it was not read), and where the
    question's words stand in its text."""

    use: PassageUse
    confidence: float | None
    matched: tuple[Span, ...]

    @property
    def words(self) -> tuple[str, ...]:
        """The words that matched, as written there, each once."""
        text = self.use.hit.passage.text
        found = {text[span.start : span.end].casefold(): text[span.start : span.end] for span in self.matched}
        return tuple(found.values())


@dataclass(frozen=True, slots=True)
class WhyNot:
    """What became of a place in a document. `state` says it:

    "used": an answer is taken from it; "surplus": sure enough, but others are shown; "unsure": read, and below
    `threshold`; "no_sentence": read, and a heading or one word; "unread": retrieved, and ranked below the `read` that
    are read; "unretrieved": ranked below the `found` that are retrieved; "far": not among the `ranked` ones compared.

    `rank` counts from 1, None where it is "far"; `confidence` is the reader's, None where it was not read.
    """

    state: str
    rank: int | None
    confidence: float | None
    threshold: float
    read: int
    found: int
    ranked: int


def weigh(reply: Reply) -> tuple[Weighed, ...]:
    """Every retrieved passage, in its order, with what spoke for it."""
    return tuple(
        Weighed(
            use,
            _best(reply, use.hit) if use.hit.rank <= reply.read else None,
            matched(reply.readings[0], reply.language, use.hit.passage.text, use.hit.passage.language),
        )
        for use in reply.passages
    )


def matched(question: str, language: str, text: str, written: str) -> tuple[Span, ...]:
    """Where the words of a question in `language` stand in a text in the language `written`, as the search compares
    them: stems, without accents, but for function words."""
    asked = set(words(question, language))
    spans = []
    for found in TOKEN.finditer(text.translate(_APOSTROPHES)):
        start, end = found.span()
        if found.lastgroup == "run":  # no spaces between words: pairs of characters are compared
            spans += [Span(at, at + 2) for at in range(start, end - 1) if text[at : at + 2] in asked]
        elif asked.intersection(words(found[0], written)):
            spans.append(Span(start, end))
    return _joined(spans)


def why_not(reply: Reply, ranked: Sequence[Hit], document: str, place: Span, threshold: float) -> WhyNot:
    """What became of `place` in `document`. `ranked` are the nearest passages of all, more than were retrieved."""

    def verdict(state: str, rank: int | None, confidence: float | None = None) -> WhyNot:
        return WhyNot(state, rank, confidence, threshold, reply.read, len(reply.passages), len(ranked))

    hit = _holding([use.hit for use in reply.passages], document, place)
    if hit is None:
        far = _holding(ranked, document, place)
        return verdict("unretrieved", far.rank) if far else verdict("far", None)
    if hit.rank > reply.read:
        return verdict("unread", hit.rank)
    here = [c for c in reply.candidates if c.document == document and _overlap(c.quote, place)]
    if not here:
        return verdict("no_sentence", hit.rank)
    best = max(here, key=lambda candidate: candidate.score)
    if any(_cited(reply, candidate) for candidate in here):
        return verdict("used", hit.rank, best.score)
    return verdict("surplus" if best.score >= threshold else "unsure", hit.rank, best.score)


def _best(reply: Reply, hit: Hit) -> float:
    inside = Span(hit.passage.start, hit.passage.end)
    scores = (
        candidate.score
        for candidate in reply.candidates
        if candidate.document == hit.passage.document and _overlap(candidate.quote, inside)
    )
    return max(scores, default=0.0)


def _holding(hits: Sequence[Hit], document: str, place: Span) -> Hit | None:
    """The passage that holds most of `place`, the better one of two that overlap."""
    shares = [
        (_overlap(Span(hit.passage.start, hit.passage.end), place), -hit.rank, hit)
        for hit in hits
        if hit.passage.document == document
    ]
    best = max(shares, key=lambda share: share[:2], default=None)
    return best[2] if best and best[0] else None


def _cited(reply: Reply, candidate: Candidate) -> bool:
    return any(
        (cited.document, cited.quote_start, cited.quote_end)
        == (candidate.document, candidate.quote.start, candidate.quote.end)
        for answer in reply.answers
        for cited in answer.citations
    )


def _overlap(one: Span, other: Span) -> int:
    return max(0, min(one.end, other.end) - max(one.start, other.start))


def _joined(spans: Sequence[Span]) -> tuple[Span, ...]:
    """Spans in order, those that touch or overlap made one."""
    joined: list[Span] = []
    for span in spans:
        if joined and span.start < joined[-1].end:
            joined[-1] = Span(joined[-1].start, span.end)
        else:
            joined.append(span)
    return tuple(joined)
