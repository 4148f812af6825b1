"""Why an answer was given, and why a sentence was not: as HTML for the page, as lines for the terminal."""

from __future__ import annotations

from html import escape

from assistant.html import language_tag, name, say, text
from assistant.place import Place
from assistant.render import bent, count, one_line, visible
from assistant.types import Reply
from assistant.why import Weighed, WhyNot, weigh
from prompts import message


def explained(said: Reply, language: str) -> str:
    """HTML, folded: how the question was read, and all passages with their scores and the words that matched."""
    if not said.passages:
        return ""
    used = sum(use.used for use in said.passages)
    title = message("page_why" if said.answers else "page_why_none", language)
    found = count("page_passages", len(said.passages), language)
    facts = escape(f"{found}, {count('page_passages_used', used, language)}")
    rows = "".join(_row(one, language) for one in weigh(said))
    return (
        f'<details class="passages"><summary>{escape(title)} <span>{facts}</span></summary>'
        f'{_readings(said, language)}<ol class="hits">{rows}</ol></details>'
    )


def sentence(found: WhyNot, language: str) -> str:
    """Why not, in one sentence."""
    return message(
        f"page_whynot_{found.state}",
        language,
        rank=found.rank,
        read=found.read,
        found=found.found,
        ranked=found.ranked,
        percent=_percent(found.confidence),
        threshold=_percent(found.threshold),
    )


def why_text(said: Reply, language: str) -> str:
    """`explained` for the terminal."""
    lines = [message("page_why" if said.answers else "page_why_none", language)]
    lines += [f"  {line}" for line in _readings_said(said, language)]
    for one in weigh(said):
        passage = one.use.hit.passage
        lines.append(
            f"  {one.use.hit.rank:>3}. {one_line(passage.document)}, {passage.start}-{passage.end}: "
            + " · ".join(_facts(one, language))
        )
    return "\n".join(lines)


def _row(one: Weighed, language: str) -> str:
    passage = one.use.hit.passage
    spoken = say("page_passage", language, document=one_line(passage.document))
    facts = [f"<span>{escape(fact)}</span>" for fact in _facts(one, language)]
    facts[0] = facts[0].replace("<span>", '<span class="state">')
    where = escape(Place.of_passage(passage).to_json())
    code = escape(one_line(passage.language))
    row = f'<li class="{"used" if one.use.used else "unused"}" data-rank="{one.use.hit.rank}">'
    return (
        f'{row}<button type="button" class="hit" title="{spoken}" data-place="{where}">'
        f'{name(passage.document)}</button><div class="facts">{"".join(facts)}'
        f'{language_tag(passage.language)}</div><p dir="auto" lang="{code}">{_marked(one)}</p></li>'
    )


def _facts(one: Weighed, language: str) -> list[str]:
    hit = one.use.hit
    state = (
        "page_used" if one.use.used else "page_not_used" if one.confidence is not None else "page_not_read"
    )
    facts = [
        message(state, language),
        message("page_score", language, score=f"{hit.score:.2f}"),
        message("page_score_parts", language, dense=f"{hit.dense:.2f}", lexical=f"{hit.lexical:.2f}"),
    ]
    if one.confidence is not None:
        facts.append(message("page_score_reader", language, percent=_percent(one.confidence)))
    if one.matched:
        facts.append(message("page_matched", language, words=", ".join(map(one_line, one.words))))
    return facts


def _marked(one: Weighed) -> str:
    """The passage's text, the words that matched marked."""
    whole, at, parts = one.use.hit.passage.text, 0, []
    for span in one.matched:
        parts += [text(whole[at : span.start]), f"<mark>{text(whole[span.start : span.end])}</mark>"]
        at = span.end
    return "".join([*parts, text(whole[at:])])


def _readings(said: Reply, language: str) -> str:
    lines = "<br>".join(text(line) for line in _readings_said(said, language))
    return f'<p class="readings">{lines}</p>'


def _readings_said(said: Reply, language: str) -> list[str]:
    """How the question was read, the reading that won first."""
    if not bent(said) and len(said.readings) == 1:
        return [message("page_read_alone", language)]
    support = said.support or (0.0,) * len(said.readings)
    keys = ["page_reading_chosen", *["page_reading_other"] * (len(said.readings) - 1)]
    return [
        message(key, language, reading=visible(reading), percent=_percent(sure))
        for key, reading, sure in zip(keys, said.readings, support, strict=True)
    ]


def _percent(share: float | None) -> int:
    return round(100 * (share or 0.0))
