"""Replies and document windows as HTML fragments. What comes from a source or a user is plain text."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape as _escape
from itertools import pairwise
from urllib.parse import quote as _percent
from urllib.parse import unquote as _unpercent

from assistant.provenance import in_documents, untranslated
from assistant.render import (
    CLOSEST,
    badge,
    bent,
    confidence_words,
    count,
    disagreeing,
    one_line,
    part_of,
    to_markdown,
    visible,
)
from assistant.types import Answer, Citation, PassageUse, Reply
from index.types import Document, Passage, Span
from prompts import message

NOTHING: Mapping[int, str] = {}
SHOWN_ON_HOVER = 400  # characters of a quote
_LINES = str.maketrans({"\r": "\n", "\v": "\n", "\f": "\n"})
# The end of a long line that goes on with a word: most likely wrapped by an editor. The page may show it as a space.
_WRAPPED = re.compile(r"(?<=[^\n]{55})\r?\n(?=[^\W\d_]|[\"'«“‘(])")


@dataclass(frozen=True, slots=True)
class Place:
    """What the viewer opens: a quote in a document and, inside it, the answer's span (empty for a passage).

    `check` is `digest` of the quote: where it no longer fits the document's text, nothing is marked.
    """

    document: str
    quote: Span
    span: Span
    check: str

    @classmethod
    def of_citation(cls, citation: Citation) -> Place:
        """The place of a citation."""
        quote = Span(citation.quote_start, citation.quote_end)
        return cls(citation.document, quote, Span(citation.start, citation.end), digest(citation.quote))

    @classmethod
    def of_passage(cls, passage: Passage) -> Place:
        """The place of a retrieved passage."""
        quote = Span(passage.start, passage.end)
        return cls(passage.document, quote, Span(passage.start, passage.start), digest(passage.text))

    def to_json(self) -> str:
        """For the page's `data-place`; a path with any character in it comes through as ASCII."""
        numbers = [self.quote.start, self.quote.end, self.span.start, self.span.end]
        return json.dumps([_percent(self.document, errors="surrogatepass"), *numbers, self.check])

    @classmethod
    def from_json(cls, data: object) -> Place:
        """Back from the page. Raises ValueError for anything that `to_json` does not write."""
        match data:
            case [str(path), int(a), int(b), int(c), int(d), str(check)] if 0 <= a <= c <= d <= b:
                return cls(_unpercent(path, errors="surrogatepass"), Span(a, b), Span(c, d), check)
        raise ValueError(f"not a place in a document: {data!r:.200}")


def digest(text: str) -> str:
    """Sixteen hexadecimal digits that stand for `text`."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def text(value: str) -> str:
    """Text of a source as HTML text, its lines kept."""
    return _escape(visible(value.replace("\r\n", "\n").translate(_LINES)))


def name(value: str) -> str:
    """A path, a title or a reason, on one line and unable to turn its neighbours around."""
    return f"<bdi>{_escape(one_line(value))}</bdi>"


def turn(number: int, question: str, body: str, language: str) -> str:
    """One exchange of the log; `body` is HTML of this module."""
    asked = f'<span class="aside" dir="ltr">{_say("page_you", language)} </span>{text(question)}'
    heading = f'<h2 class="question" dir="auto">{asked}</h2>'
    return f'<article class="turn" id="turn-{number}">{heading}{body}</article>'


def reply(said: Reply, language: str, judged: Mapping[int, str] = NOTHING) -> str:
    """The answers, or the refusal with the closest passages. `judged`: "up" or "down", by number of the answer."""
    main = _answered(said, language, judged) if said.status == "answered" else _refused(said, language)
    return _reading(said, language) + main


def card(title: str, body: str, *, kind: str = "error", button: str = "") -> str:
    """A titled box; `title` is plain text, `body` and `button` HTML of this module."""
    role = ' role="alert"' if kind == "error" else ""
    return f'<div class="card {kind}"{role}><h3>{_escape(title)}</h3>{body}{button}</div>'


def paragraph(value: str) -> str:
    """Plain text as a paragraph."""
    return f"<p>{text(value)}</p>"


def window(
    document: Document, low: int, high: int, place: Place | None, language: str, others: Sequence[Span] = ()
) -> str:
    """`document.text[low:high]` with marks: the sentence of class `quote`, the answer of class `span`.

    `others` are the quotes of the answer's other citations of this document, of class `other`. Each piece says in
    `data-at` where in the document it begins: by that and `assistant.marking` a selection finds its offsets.
    """
    quote, span = (place.quote, place.span) if place else (Span(0, 0), Span(0, 0))
    pages = {page.start: n for n, page in enumerate(document.pages, start=1) if low <= page.start < high}
    cuts = {low, high, *pages} | {
        min(max(cut, low), high) for s in (quote, span, *others) for cut in (s.start, s.end)
    }
    ordered = sorted(cuts)
    parts = []
    for start, end in pairwise(ordered):
        if start in pages:
            label = _escape(message("page_page", language, page=pages[start]), quote=True)
            parts.append(f'<span class="page-start" data-page="{label}"></span>')
        kind = (
            "quote span"
            if _inside(start, end, span)
            else "quote"
            if _inside(start, end, quote)
            else "other"
            if any(_inside(start, end, other) for other in others)
            else ""
        )
        piece = _rewrapped(document.text, start, end)
        tag = f'mark class="{kind}"' if kind else "span"
        parts.append(f'<{tag} data-at="{start}">{piece}</{tag.split(" ")[0]}>')
    return "".join(parts)


def _rewrapped(whole: str, start: int, end: int) -> str:
    """`whole[start:end]`, each wrapped line's end of class `wrap`; the text itself is unchanged."""
    parts = []
    for found in _WRAPPED.finditer(whole, start, end):
        parts += [text(whole[start : found.start()]), '<span class="wrap">\n</span>']
        start = found.end()
    return "".join([*parts, text(whole[start:end])])


def document_facts(document: Document, language: str) -> str:
    """The viewer's line under the title: path, pages and language."""
    shown = _fact(name(document.path)) + _language(document.language)
    return shown if document.kind in ("txt", "md") else shown + _fact(_say("page_offsets", language))


def _inside(start: int, end: int, span: Span) -> bool:
    return span.start <= start and end <= span.end


def _say(key: str, language: str, **values: object) -> str:
    return _escape(message(key, language, **values))


def _reading(said: Reply, language: str) -> str:
    reading = bent(said)
    return (
        f'<p class="reading">{_say("page_read_as", language, reading=visible(reading))}</p>'
        if reading
        else ""
    )


def _answered(said: Reply, language: str, judged: Mapping[int, str]) -> str:
    said_so = "".join(
        f'<p class="disagree" role="note">{_escape(one)}</p>' for one in disagreeing(said, language)
    )
    return said_so + "".join(
        _answer(answer, said.language, number, judged.get(number, ""), language)
        for number, answer in enumerate(said.answers)
    )


def _answer(answer: Answer, asked: str, number: int, judged: str, language: str) -> str:
    first = answer.citations[0]
    a, b = first.start - first.quote_start, first.end - first.quote_start
    marked = f"{text(first.quote[:a])}<mark>{text(first.quote[a:b])}</mark>{text(first.quote[b:])}"
    cited = "".join(_citation(c, answer.confidence, language) for c in answer.citations)
    copied = _escape(to_markdown(answer, language), quote=True)
    label = _say("page_copy", language)
    copy = f'<button type="button" class="quiet copy" data-copy="{copied}">{label}</button>'
    quote = f'<blockquote lang="{_escape(first.language)}" dir="auto">{marked}</blockquote>'
    quote += _standing(in_documents(answer, language), untranslated(first, asked, language))
    thumbs = "".join(_thumb(verdict, number, judged == verdict, language) for verdict in ("up", "down"))
    acts = f'<p class="acts">{copy}{thumbs}</p>'
    return f'<section class="answer">{quote}<ul class="citations">{cited}</ul>{acts}</section>'


def _thumb(verdict: str, number: int, pressed: bool, language: str) -> str:
    label = _say(f"page_thumb_{verdict}", language)
    return (
        f'<button type="button" class="quiet thumb {verdict}" data-verdict="{verdict}" data-answer="{number}" '
        f'aria-pressed="{str(pressed).lower()}" aria-label="{label}" title="{label}">'
        '<svg viewBox="0 0 24 24" aria-hidden="true"><path d="M2 10h4v11H2zM8 10l5-8c2 0 3 1.4 2.6 3.4L15 9h5.5'
        'c1.3 0 2.2 1.2 1.9 2.5l-1.7 7.6c-.3 1.1-1.2 1.9-2.3 1.9H8z"></path></svg></button>'
    )


def _standing(*facts: str) -> str:
    """A line under a quote: in how many documents it stands, and that it is not translated."""
    shown = "".join(_fact(_escape(fact)) for fact in facts if fact)
    return f'<p class="facts standing">{shown}</p>' if shown else ""


def _citation(citation: Citation, confidence: float, language: str) -> str:
    title = citation.title or citation.document
    spoken = _say("page_citation", language, number=citation.number, title=one_line(title))
    chance = _say("confidence_chance", language, percent=round(100 * confidence))
    sure = f'<span title="{chance}">{_escape(confidence_words(confidence, language))}</span>'
    ocr = _badge(citation, language)
    extracted = "" if citation.offsets == "file" else _fact(_say("page_offsets", language))
    page = _fact(_escape(part_of(citation, language))) if citation.unit else ""
    page += _fact(name(citation.author)) if citation.author else ""
    page += _fact(_date(citation.date)) if citation.date else ""
    # A tooltip has no markup: the quote is isolated by characters, so that its own letters direct it.
    quoted = f"\u2068{_escape(one_line(citation.quote[:SHOWN_ON_HOVER]), quote=True)}\u2069"
    facts = f"{_fact(name(citation.document))}{page}{_language(citation.language)}{extracted}{ocr}{sure}"
    shown = f'<b>[{citation.number}]</b> <span class="title">{name(title)}</span>'
    return (
        f'<li><button type="button" class="cite" title="{spoken}&#10;{quoted}" {_opens(Place.of_citation(citation))}>'
        f'{shown}</button><div class="facts">{facts}</div>{_copies(citation, language)}</li>'
    )


def _badge(citation: Citation, language: str) -> str:
    """That the quote was read from a picture; "" where it was not."""
    if citation.ocr is None:
        return ""
    hint = _say("page_ocr_hint", language)
    return f'<span class="badge" title="{hint}">{_escape(badge(citation, language))}</span>'


def _copies(citation: Citation, language: str) -> str:
    """The other files in which the quote stands, folded."""
    if not citation.copies:
        return ""
    summary = _escape(count("page_copies", len(citation.copies), language))
    rows = "".join(f"<li>{name(path)}</li>" for path in citation.copies)
    return f'<details class="copies"><summary>{summary}</summary><ul>{rows}</ul></details>'


def _refused(said: Reply, language: str) -> str:
    closest = [use for use in sorted(said.passages, key=lambda use: use.hit.rank) if not use.used][:CLOSEST]
    shown = "".join(_passage(use, language) for use in closest)
    heading = f"<h4>{_say('page_closest', language)}</h4>" if closest else ""
    listed = f'{heading}<ol class="hits">{shown}</ol>' if closest else ""
    body = paragraph(said.reason) + _statement(said, language) + listed
    title = message("page_uncertain" if said.refusal == "uncertain" else "page_refused", language)
    return card(title, body, kind="refusal")


def _statement(said: Reply, language: str) -> str:
    """The sentence that came nearest to an answer, said to be none."""
    if not said.closest:
        return ""
    [citation] = said.closest.citations
    quote = f'<blockquote lang="{_escape(citation.language)}" dir="auto">{text(citation.quote)}</blockquote>'
    quote += _standing(untranslated(citation, said.language, language))
    cited = f'<ul class="citations">{_citation(citation, said.closest.confidence, language)}</ul>'
    return (
        f'<h4>{_say("confidence_closest", language)}</h4><section class="statement">{quote}{cited}</section>'
    )


def _passage(use: PassageUse, language: str) -> str:
    hit, passage = use.hit, use.hit.passage
    spoken = _say("page_passage", language, document=one_line(passage.document))
    state = "used" if use.used else "unused"
    word = _say("page_used" if use.used else "page_not_used", language)
    score = _say("page_score", language, score=f"{hit.score:.2f}")
    parts = _say("page_score_parts", language, dense=f"{hit.dense:.2f}", lexical=f"{hit.lexical:.2f}")
    return (
        f'<li class="{state}"><button type="button" class="hit" title="{spoken}" '
        f"{_opens(Place.of_passage(passage))}>{name(passage.document)}</button>"
        f'<div class="facts"><span class="state">{word}</span>{_fact(score)}{_fact(parts)}'
        f'{_language(passage.language)}</div><p dir="auto" lang="{_escape(passage.language)}">'
        f"{text(passage.text)}</p></li>"
    )


def _fact(shown: str) -> str:
    return f"<span>{shown}</span>"


def _language(code: str) -> str:
    return f'<span data-language="{_escape(code)}">{_escape(code)}</span>'


def _date(date: str) -> str:
    """A date of a document, which the page writes as its reader does."""
    return f'<time datetime="{_escape(one_line(date))}">{_escape(one_line(date))}</time>'


def _opens(place: Place) -> str:
    return f'data-place="{_escape(place.to_json())}"'
