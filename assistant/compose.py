"""Scored spans -> answers with numbered citations, or none: nothing here writes a word of its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from assistant.agreement import SURE, merge
from assistant.cells import is_named, values
from assistant.copies import Copies, heard_once, told_once
from assistant.denial import denies, with_denial
from assistant.narrow import narrowed
from assistant.reader import written_in
from assistant.trim import trim
from assistant.types import CONTEXT, Answer, Candidate, Citation, PassageUse
from assistant.values import value_of
from index.formats import PLAIN, UNITS
from index.scanned import certainty
from index.types import Document, Hit, Passage, Span

MOST = 10  # answers side by side; more than that only a threshold near 0 lets through
ALIKE = 0.15  # so little between two confidences hardly says which is right
ALIKE_ROWS = 0.4  # nor so little between those of two rows of one table, where the question names one of them
UNCERTAIN = 0.5  # from this share of the threshold on, something looks like an answer
# of a margin: of later answers with less, 1 in 21 was right, and what was read so clearly is near
CLEAR = 3.0
# below this share of it, nothing near was found: on dev, 3 of 100 such sentences held an answer
RELATED = 0.3


def compose(
    hits: Sequence[Hit],
    candidates: Sequence[Candidate],
    document: Callable[[str], Document],
    threshold: float,
    copies: Copies = lambda _: (),
    asked_in: str = "",
    question: str = "",
    several: bool = False,
) -> tuple[Answer, ...]:
    """All answers that are sure enough, best first; those that say the same are one with several citations, and
    those that say it in copies of one text are one citation. Of two that are about as sure, the one in the language
    `asked_in` comes first: who asks can read it. Of rows of a table, the one that `question` names does. After the
    first come only those that are read clearly, unless `several` things were asked for."""
    passages = {hit.rank: hit.passage.language for hit in hits}

    def language_of(c: Candidate) -> str:
        return written_in(_quote(c, document), passages[c.rank])

    shown = trim if denies(question) else _shown

    def span_of(c: Candidate) -> Span:
        text, language = document(c.document).text, language_of(c)
        span = narrowed(text, c.span, c.quote, language, question, asked_in)
        return shown(text, span, c.quote, language)

    sure = [
        replace(c, span=span_of(c))
        for c in heard_once([c for c in candidates if c.score >= threshold], document, copies)
    ]
    groups = merge([(c, value_of(_text(c, document), language_of(c))) for c in sure])
    readable = [language_of(group[0]) == asked_in for group in groups[:2]]
    if readable == [False, True] and groups[1][0].score >= max(SURE, groups[0][0].score - ALIKE):
        groups[:2] = groups[1], groups[0]
    groups = _named_first(groups, question, document)
    if not several:
        groups[1:] = [group for group in groups[1:] if any(_clear(c, unread=True) for c in group)]
    answers: list[Answer] = []
    number = 1
    for group in groups[:MOST]:
        citations = tuple(
            replace(cite(n, c, document(c.document), language_of(c)), copies=also)
            for n, (c, also) in enumerate(told_once(group, document, copies), start=number)
        )
        number += len(citations)
        answers.append(Answer(_text(group[0], document), group[0].score, citations))
    return tuple(answers)


def _shown(text: str, span: Span, quote: Span, language: str) -> Span:
    return with_denial(text, trim(text, span, quote, language), quote, language)


def _named_first(
    groups: list[list[Candidate]], question: str, document: Callable[[str], Document]
) -> list[list[Candidate]]:
    """The groups with a row that the question names before a surer one of the same table that it does not name."""
    if not groups:
        return groups
    first, *others = groups
    row = _quote(first[0], document)
    if not values(row) or is_named(question, row):
        return groups
    for group in others:
        alike = group[0].score >= max(SURE, first[0].score - ALIKE_ROWS)
        if (
            alike
            and group[0].document == first[0].document
            and is_named(question, _quote(group[0], document))
        ):
            return [group, first, *(other for other in others if other is not group)]
    return groups


def refusal_reason(candidates: Sequence[Candidate], threshold: float) -> str:
    """The key of the reason in `refusals.toml`: "nothing" is near, or something "related" that answers nothing, or
    what may be an answer is too "uncertain"."""
    best = max((candidate.score for candidate in candidates), default=0.0)
    if best >= UNCERTAIN * threshold:
        return "uncertain"
    return "related" if best >= RELATED * threshold or any(map(_clear, candidates)) else "nothing"


def closest(
    hits: Sequence[Hit],
    candidates: Sequence[Candidate],
    document: Callable[[str], Document],
    threshold: float,
) -> Answer | None:
    """The whole sentence that came nearest to an answer where none was sure, or None if nothing is related."""
    if not candidates or refusal_reason(candidates, threshold) == "nothing":
        return None
    near = [c for c in candidates if c.score >= RELATED * threshold] or [c for c in candidates if _clear(c)]
    best = min(near, key=lambda c: (-c.score, c.rank, c.document, c.span.start))
    language = next(hit.passage.language for hit in hits if hit.rank == best.rank)
    citation = cite(1, replace(best, span=best.quote), document(best.document), language)
    return Answer(citation.quote, best.score, (citation,))


def _clear(candidate: Candidate, unread: bool = False) -> bool:
    """Whether a span was read clearly; `unread` is said of one whose margin is not known."""
    return unread if candidate.margin is None else candidate.margin >= CLEAR


def mark_used(hits: Sequence[Hit], answers: Sequence[Answer]) -> tuple[PassageUse, ...]:
    """Every hit, and whether a citation lies in it."""
    places = [(c.document, c.start, c.end) for answer in answers for c in answer.citations]

    def used(passage: Passage) -> bool:
        return any(
            document == passage.document and passage.start <= start and end <= passage.end
            for document, start, end in places
        )

    return tuple(PassageUse(hit, used(hit.passage)) for hit in hits)


def cite(number: int, candidate: Candidate, document: Document, language: str) -> Citation:
    """The record by which anyone can check the span, with its sentence and what stands before and after."""
    span, quote, text = candidate.span, candidate.quote, document.text
    place = document.place_at(span.start)
    return Citation(
        number=number,
        document=document.path,
        title=document.title,
        language=language,
        page=document.page_at(span.start),
        start=span.start,
        end=span.end,
        quote=text[quote.start : quote.end],
        quote_start=quote.start,
        quote_end=quote.end,
        prefix=text[max(0, quote.start - CONTEXT) : quote.start],
        suffix=text[quote.end : quote.end + CONTEXT],
        source_sha256=document.source_sha256,
        text_sha256=document.text_sha256,
        unit=UNITS.get(document.kind, "") if place else "",
        place=place,
        author=document.author,
        date=document.date,
        address=document.address,
        tags=document.tags,
        ocr=certainty(document, quote),
        offsets="file" if document.kind in PLAIN else "extracted",
    )


def _quote(candidate: Candidate, document: Callable[[str], Document]) -> str:
    return document(candidate.document).text[candidate.quote.start : candidate.quote.end]


def _text(candidate: Candidate, document: Callable[[str], Document]) -> str:
    return document(candidate.document).text[candidate.span.start : candidate.span.end]
