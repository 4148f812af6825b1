"""A reply as an HTML fragment: its answers, or the refusal with the closest passages."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape as _escape

from assistant.html import attribute, card, date, fact, language_tag, name, paragraph, say, text
from assistant.place import Place
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
    reference,
    to_markdown,
    visible,
)
from assistant.types import Answer, Citation, PassageUse, Reply
from prompts import message

NOTHING: Mapping[int, str] = {}
SHOWN_ON_HOVER = 400  # characters of a quote


def reply(said: Reply, language: str, judged: Mapping[int, str] = NOTHING) -> str:
    """The answers, or the refusal with the closest passages. `judged`: "up" or "down", by number of the answer."""
    main = _answered(said, language, judged) if said.status == "answered" else _refused(said, language)
    return _reading(said, language) + main


def _reading(said: Reply, language: str) -> str:
    """How a question was read that leans on those before, to be changed or undone by one click."""
    if not (reading := visible(bent(said))):
        return ""
    shown = say("page_read_as", language, reading=reading)
    edit = _again("edit", reading, "page_edit_reading", language)
    alone = _again("alone", visible(said.question), "page_ask_alone", language)
    return f'<div class="read"><p class="reading">{shown}</p>{edit}{alone}</div>'


def _again(act: str, question: str, key: str, language: str) -> str:
    label = say(key, language)
    return (
        f'<button type="button" class="quiet" data-{act}="{_escape(question, quote=True)}" '
        f'aria-label="{label}: {_escape(question, quote=True)}">{label}</button>'
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
    before, span, after = (text(part) for part in first.parts)
    marked = f"{before}<mark>{span}</mark>{after}"
    cited = "".join(_citation(c, answer.confidence, language) for c in answer.citations)
    plain, rich = (_escape(one(answer, language), quote=True) for one in (to_markdown, _pasted))
    label = say("page_copy", language)
    copy = f'<button type="button" class="quiet copy" data-copy="{plain}" data-rich="{rich}">{label}</button>'
    quote = f'<blockquote lang="{attribute(first.language)}" dir="auto">{marked}</blockquote>'
    quote += _standing(in_documents(answer, language), untranslated(first, asked, language))
    thumbs = "".join(_thumb(verdict, number, judged == verdict, language) for verdict in ("up", "down"))
    acts = f'<p class="acts">{copy}{thumbs}</p>'
    return f'<section class="answer">{quote}<ul class="citations">{cited}</ul>{acts}</section>'


def _pasted(answer: Answer, language: str) -> str:
    """The answer's sentences and where each stands, for what takes more than plain text: letters, office programs."""
    shown = []
    for citation in answer.citations:
        before, span, after = (text(part).replace("\n", "<br>") for part in citation.parts)
        said = f'<blockquote lang="{attribute(citation.language)}" dir="auto">{before}<b>{span}</b>{after}'
        shown.append(f"{said}</blockquote><p>{_escape(reference(citation, language))}</p>")
    return "".join(shown)


def _thumb(verdict: str, number: int, pressed: bool, language: str) -> str:
    label = say(f"page_thumb_{verdict}", language)
    return (
        f'<button type="button" class="quiet thumb {verdict}" data-verdict="{verdict}" data-answer="{number}" '
        f'aria-pressed="{str(pressed).lower()}" aria-label="{label}" title="{label}">'
        '<svg viewBox="0 0 24 24" aria-hidden="true"><path d="M2 10h4v11H2zM8 10l5-8c2 0 3 1.4 2.6 3.4L15 9h5.5'
        'c1.3 0 2.2 1.2 1.9 2.5l-1.7 7.6c-.3 1.1-1.2 1.9-2.3 1.9H8z"></path></svg></button>'
    )


def _standing(*facts: str) -> str:
    """A line under a quote: in how many documents it stands, and that it is not translated."""
    shown = "".join(fact(_escape(visible(one))) for one in facts if one)
    return f'<p class="facts standing">{shown}</p>' if shown else ""


def _citation(citation: Citation, confidence: float, language: str) -> str:
    title = citation.title or citation.document
    spoken = say("page_citation", language, number=citation.number, title=one_line(title))
    chance = say("confidence_chance", language, percent=round(100 * confidence))
    sure = f'<span title="{chance}">{_escape(confidence_words(confidence, language))}</span>'
    ocr = _badge(citation, language)
    extracted = "" if citation.offsets == "file" else fact(say("page_offsets", language))
    page = fact(_escape(part_of(citation, language))) if citation.unit else ""
    page += fact(name(citation.author)) if citation.author else ""
    page += fact(date(citation.date)) if citation.date else ""
    page += fact(name(", ".join(citation.tags))) if citation.tags else ""
    # A tooltip has no markup: the quote is isolated by characters, so that its own letters direct it.
    quoted = f"\u2068{_escape(one_line(citation.quote[:SHOWN_ON_HOVER]), quote=True)}\u2069"
    facts = f"{fact(name(citation.document))}{page}{language_tag(citation.language)}{extracted}{ocr}{sure}"
    shown = f'<b>[{citation.number}]</b> <span class="title">{name(title)}</span>'
    return (
        f'<li><button type="button" class="cite" title="{spoken}&#10;{quoted}" {_opens(Place.of_citation(citation))}>'
        f'{shown}</button><div class="facts">{facts}</div>{_copies(citation, language)}</li>'
    )


def _badge(citation: Citation, language: str) -> str:
    """That the quote was read from a picture; "" where it was not."""
    if citation.ocr is None:
        return ""
    hint = say("page_ocr_hint", language)
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
    heading = f"<h4>{say('page_closest', language)}</h4>" if closest else ""
    listed = f'{heading}<ol class="hits">{shown}</ol>' if closest else ""
    body = paragraph(said.reason) + _statement(said, language) + listed
    title = message("page_uncertain" if said.refusal == "uncertain" else "page_refused", language)
    return card(title, body, kind="refusal")


def _statement(said: Reply, language: str) -> str:
    """The sentence that came nearest to an answer, said to be none."""
    if not said.closest:
        return ""
    [citation] = said.closest.citations
    quote = (
        f'<blockquote lang="{attribute(citation.language)}" dir="auto">{text(citation.quote)}</blockquote>'
    )
    quote += _standing(untranslated(citation, said.language, language))
    cited = f'<ul class="citations">{_citation(citation, said.closest.confidence, language)}</ul>'
    return (
        f'<h4>{say("confidence_closest", language)}</h4><section class="statement">{quote}{cited}</section>'
    )


def _passage(use: PassageUse, language: str) -> str:
    hit, passage = use.hit, use.hit.passage
    spoken = say("page_passage", language, document=one_line(passage.document))
    state = "used" if use.used else "unused"
    word = say("page_used" if use.used else "page_not_used", language)
    score = say("page_score", language, score=f"{hit.score:.2f}")
    parts = say("page_score_parts", language, dense=f"{hit.dense:.2f}", lexical=f"{hit.lexical:.2f}")
    return (
        f'<li class="{state}"><button type="button" class="hit" title="{spoken}" '
        f"{_opens(Place.of_passage(passage))}>{name(passage.document)}</button>"
        f'<div class="facts"><span class="state">{word}</span>{fact(score)}{fact(parts)}'
        f'{language_tag(passage.language)}</div><p dir="auto" lang="{attribute(passage.language)}">'
        f"{text(passage.text)}</p></li>"
    )


def _opens(place: Place) -> str:
    return f'data-place="{_escape(place.to_json())}"'
