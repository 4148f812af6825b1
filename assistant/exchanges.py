"""A visitor's conversation on the page: what is asked, judged and wondered at in it. Nobody else ever sees it."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from urllib.parse import unquote

from assistant import feedback, html, replyview, whyview
from assistant.followup import turn_of
from assistant.marking import selected
from assistant.saving import Saved, from_file, to_file, to_text
from assistant.service import Assistant
from assistant.types import Reply, Turn
from index.errors import Cancelled, SourcierError, UsageError
from index.store import current
from index.types import Document, Span
from prompts import message

KEPT = 50  # exchanges remembered per visitor, and shown: `static/asking.js`
LONGEST = 20_000  # characters of a question that are shown again


@dataclass(frozen=True, slots=True)
class Exchange:
    """A question, and its reply or the error it met. `judged`: "up" or "down", by the number of the answer, from 0."""

    number: int
    question: str
    outcome: Reply | Exception
    judged: Mapping[int, str] = field(default_factory=dict)
    reopened: bool = False


def asked(
    assistant: Assistant, turns: list[Exchange], data: Mapping[str, Any], withdrawn: Set[int] = frozenset()
) -> Exchange:
    """One more exchange of the conversation, which is changed in place: a thumb may be pressed, or it be saved, while
    one is read.

    Raises Cancelled if its number is `withdrawn` before it is answered.
    """
    if data.get("fresh"):  # not an event of its own: that could overtake the question
        turns.clear()
    question, number = str(data.get("question", "")), number_of(data)
    said = [] if data.get("alone") else history(standing(turns, withdrawn))
    outcome = _outcome(lambda: assistant.ask(question, said, lambda: number in withdrawn))
    if isinstance(outcome, Cancelled):
        raise outcome
    one = Exchange(number, question[:LONGEST], outcome)
    turns.append(one)
    turns[:] = standing(turns, withdrawn)[-KEPT:]
    return one


def standing(turns: list[Exchange], withdrawn: Set[int]) -> list[Exchange]:
    """All but what was `withdrawn`: a question may be answered just when it is taken back."""
    return [turn for turn in turns if turn.reopened or turn.number not in withdrawn]


def history(turns: list[Exchange]) -> list[Turn]:
    """What a further question may lean on."""
    return [turn_of(turn.outcome) for turn in turns if isinstance(turn.outcome, Reply)]


def drawn(turns: list[Exchange], language: str, now: str = "") -> dict[str, str]:
    """Each exchange as HTML, by its number; `now` is the generation that serves."""
    return {
        str(one.number): html.turn(one.number, one.question, body(one, language, now), language)
        for one in turns
    }


def body(one: Exchange, language: str, now: str = "") -> str:
    """A reply as HTML, or what the user reads in place of a stack trace."""
    if not isinstance(one.outcome, Reply):
        return error_card(one.outcome, language)
    note = _asked_of(one.outcome, language, now) if one.reopened else ""
    return (
        note + replyview.reply(one.outcome, language, one.judged) + whyview.explained(one.outcome, language)
    )


def error_card(error: Exception, language: str) -> str:
    """An error as a card."""
    if isinstance(error, SourcierError):
        return html.card(message("page_error", language), html.paragraph(str(error)))
    return html.card(
        message("page_unexpected", language), html.paragraph(message("page_unexpected_text", language))
    )


def judge(
    assistant: Assistant, turns: list[Exchange], data: Mapping[str, Any], language: str
) -> dict[str, Any]:
    """A thumb up or down on an answer, or, with the verdict "", taken back: what the page is to show of it.

    Raises UsageError for what is no answer of this conversation, and what `feedback.record` raises.
    """
    one, said = _exchange(turns, data)
    number, verdict = data.get("answer"), data.get("verdict")
    if (
        not isinstance(number, int)
        or not 0 <= number < len(said.answers)
        or verdict not in ("up", "down", "")
    ):
        raise UsageError(message("page_no_answer", language))
    cited = said.answers[number].citations[0]
    document = assistant.document(cited.document)
    if document.text_sha256 != cited.text_sha256:
        raise UsageError(message("page_moved", language))
    right = feedback.Judgement(said, document, Span(cited.start, cited.end), True)
    wrong = feedback.Judgement(said, document, Span(cited.quote_start, cited.quote_end), False)
    for former in (right, wrong):
        feedback.withdraw(assistant.index, former)
    if verdict:
        feedback.record(assistant.index, right if verdict == "up" else wrong)
    kept = {key: value for key, value in one.judged.items() if key != number}
    judged = {**kept, number: str(verdict)} if verdict else kept
    turns[turns.index(one)] = replace(one, judged=judged)  # in place, as another may be asked meanwhile
    key = "page_judged" if verdict else "page_judged_back"
    news = message(key, language, file=feedback.feedback_file(assistant.index).absolute())
    return {"judged": [one.number, number, verdict], "news": news}


def mark(
    assistant: Assistant, turns: list[Exchange], data: Mapping[str, Any], language: str
) -> dict[str, Any]:
    """The right answer stands at the place that was marked. Raises as `judge` does."""
    _, said = _exchange(turns, data)
    document, place = _marked(assistant, data, language)
    feedback.record(assistant.index, feedback.Judgement(said, document, place, True))
    file = feedback.feedback_file(assistant.index).absolute()
    return {"marked": message("page_marked", language, question=said.readings[0], file=file)}


def why_not(
    assistant: Assistant, turns: list[Exchange], data: Mapping[str, Any], language: str
) -> dict[str, Any]:
    """Why the place that was marked is no answer. Raises UsageError, and what `Assistant.why_not` raises."""
    _, said = _exchange(turns, data)
    document, place = _marked(assistant, data, language)
    found = assistant.why_not(said, document.path, place)
    asked_as = message("page_whynot_question", language, question=said.readings[0])
    return {"marked": f"{asked_as} {whyview.sentence(found, language)}"}


def kept(turns: list[Exchange]) -> dict[str, str]:
    """Each exchange that was answered as a file of its own, by its number: the tab keeps it too."""
    return {
        str(one.number): to_file([Saved(one.question, one.outcome, one.judged)])
        for one in turns
        if isinstance(one.outcome, Reply)
    }


def save(turns: list[Exchange], data: Mapping[str, Any], language: str) -> dict[str, Any]:
    """The conversation as a file, {name, text}: JSON, or Markdown. Raises UsageError if nothing was answered yet."""
    saved = [Saved(t.question, t.outcome, t.judged) for t in turns if isinstance(t.outcome, Reply)]
    if not saved:
        raise UsageError(message("page_nothing_to_save", language))
    stem = f"sourcier {datetime.now():%Y-%m-%d %H.%M}"
    if data.get("format") == "md":
        return {"file": {"name": f"{stem}.md", "text": to_text(saved, language)}}
    return {"file": {"name": f"{stem}.json", "text": to_file(saved)}}


def reopen(
    assistant: Assistant, data: Mapping[str, Any], language: str
) -> tuple[list[Exchange], dict[str, Any]]:
    """The conversation of a file, in place of the one before. Raises UsageError.

    `again`: no file, but what the tab itself has kept of a conversation that the server no longer holds.
    """
    name = str(data.get("name", ""))[:200]
    try:
        saved = from_file(str(data.get("text", "")), language)
    except UsageError as error:
        raise UsageError(message("page_reopen_bad", language, name=name, what=error)) from error
    again = data.get("again") is True
    turns = [
        Exchange(number, one.question[:LONGEST], one.reply, one.judged, reopened=not again)
        for number, one in enumerate(saved[-KEPT:], start=1)
    ]
    said = {
        "turns": drawn(turns, language, current(assistant.index) or ""),
        "kept": kept(turns),
        "reopened": len(turns),
        "cut": len(saved) > KEPT,
        "news": "" if again else message("page_reopened", language, name=name),
    }
    return turns, said


def _asked_of(said: Reply, language: str, now: str) -> str:
    key = "page_asked_of" if said.index.generation == now else "page_asked_of_other"
    line = html.say(key, language, built="{built}").format(built=html.date(said.index.built_at))
    return f'<p class="reading" title="{html.attribute(said.index.generation)}">{line}</p>'


def guarded(work: Callable[[], dict[str, Any]], language: str) -> dict[str, Any]:
    """What `work` gives, or the error it met, as a card."""
    try:
        return work()
    except SourcierError as error:
        return {"error": error_card(error, language), "why": str(error)}
    except Exception as error:  # as in `_outcome`
        traceback.print_exc()
        return {"error": error_card(error, language), "why": message("page_unexpected", language)}


def _marked(assistant: Assistant, data: Mapping[str, Any], language: str) -> tuple[Document, Span]:
    document = assistant.document(unquote(str(data.get("document", "")), errors="surrogatepass"))
    if document.text_sha256 != data.get("sha256"):
        raise UsageError(message("page_moved", language))
    place = selected(document, data.get("selection"))
    if place is None:
        raise UsageError(message("page_nothing_marked", language))
    return document, place


def _exchange(turns: list[Exchange], data: Mapping[str, Any]) -> tuple[Exchange, Reply]:
    for one in turns:
        if one.number == data.get("number") and isinstance(one.outcome, Reply):
            return one, one.outcome
    raise UsageError(message("page_no_turn", str(data.get("language", "en"))))


def number_of(data: Mapping[str, Any]) -> int:
    """The page numbers its turns itself: it outlives a server that was started again."""
    number = data.get("number")
    return number if isinstance(number, int) else 1


def _outcome(ask: Callable[[], Reply]) -> Reply | Exception:
    try:
        return ask()
    except SourcierError as error:
        return error
    except Exception as error:  # shown as a card that says what to do; the terminal says what it was
        traceback.print_exc()
        return error
