"""A conversation as a file: JSON, to be reopened and checked by `sourcier verify`, or Markdown, to be read."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeVar

from assistant.render import bent, disagreeing, escape, to_json, to_markdown, visible
from assistant.types import NUMBERS, Answer, Candidate, Citation, IndexState, PassageUse, Reply
from index.errors import UsageError
from index.types import Hit, Passage, Span
from prompts import message, messages

T = TypeVar("T")
KIND, VERSION = "conversation", 1
LONGEST = 20_000_000  # characters of a file that is reopened
_DIGEST = re.compile(r"[0-9a-f]{64}")
# of ISO 8601, as much as is told
_DATE = re.compile(r"(?:\d{4}(?:-\d\d(?:-\d\d(?:[T ][\d:.]+(?:Z|[+-][\d:]+)?)?)?)?)?")
_SINCE: dict[str, Any] = {"address": "", "tags": ()}  # of citations: what was saved before these were kept


@dataclass(frozen=True, slots=True)
class Saved:
    """A question with its reply, and what the user said of the answers, by their number from 0."""

    question: str
    reply: Reply
    judged: Mapping[int, str] = field(default_factory=dict)


def to_file(turns: Sequence[Saved]) -> str:
    """The conversation as JSON; `from_file` is the inverse."""
    saved = {
        "sourcier": KIND,
        "version": VERSION,
        "saved": datetime.now(UTC).isoformat(timespec="seconds"),
        "turns": [
            {
                "question": turn.question,
                "language": turn.reply.language,
                "judged": {str(number): verdict for number, verdict in turn.judged.items()},
                "candidates": [
                    [c.document, c.span.start, c.span.end, c.quote.start, c.quote.end, c.score, c.rank]
                    for c in turn.reply.candidates
                ],
                "reply": to_json(turn.reply),
            }
            for turn in turns
        ],
    }
    return json.dumps(saved, indent=1)  # in ASCII, whatever stands in the documents


def from_file(text: str, language: str = "en") -> tuple[Saved, ...]:
    """The conversation that was saved. Raises UsageError for any other text: what it says is what is wrong."""
    if len(text) > LONGEST:
        raise UsageError(f"it is longer than {LONGEST:,} characters")
    try:
        value = json.loads(text)
        if not isinstance(value, dict) or value.get("sourcier") != KIND:
            raise ValueError(f'it does not say "sourcier": "{KIND}"')
        if value.get("version") != VERSION:
            raise ValueError(f"it is of version {value.get('version')!r:.20}, and {VERSION} is read")
        if not value["turns"]:
            raise ValueError("it holds no question")
        return _many(value["turns"], _turn)
    except json.JSONDecodeError as error:
        raise UsageError(message("page_reopen_no_json", language)) from error
    except KeyError as error:
        raise UsageError(f"{error} is missing") from error
    except (ValueError, TypeError, AttributeError, RecursionError) as error:
        raise UsageError(f"{error}") from error


def to_text(turns: Sequence[Saved], language: str) -> str:
    """The conversation as Markdown: each question, its answers quoted with their citations, or why there is none."""
    blocks = [f"# {message('page_conversation', language)}"]
    for turn in turns:
        reply = turn.reply
        blocks.append(f"## {escape(' '.join(visible(turn.question).split()))}")
        if reading := bent(reply):
            blocks.append(escape(message("page_read_as", language, reading=visible(reading))))
        blocks += [escape(line) for line in disagreeing(reply, language)]
        if reply.answers:
            blocks += [to_markdown(answer, language) for answer in reply.answers]
        else:
            blocks.append(escape(visible(reply.reason)))
        if reply.closest:
            blocks += [message("confidence_closest", language), to_markdown(reply.closest, language)]
        state = reply.index
        asked = message("page_asked_of_plain", language, generation=state.generation, built=state.built_at)
        blocks.append(f"*{escape(asked)}*")
    return "\n\n".join(blocks) + "\n"


def _turn(data: Mapping[str, Any]) -> Saved:
    reply = data["reply"]
    judged = {int(number): verdict for number, verdict in data["judged"].items() if verdict in ("up", "down")}
    made = Reply(
        question=_text(reply["question"]),
        readings=_many(reply["readings"], _text) or (_text(reply["question"]),),
        status="answered" if reply["answers"] else "refused",
        reason=_text(reply["reason"]),
        answers=_many(reply["answers"], _answer),
        passages=_many(reply["passages"], _use),
        index=IndexState(
            *(_text(reply["index"]["generation"]), _whole(reply["index"]["documents"])),
            *(_whole(reply["index"]["passages"]), _text(reply["index"]["model"])),
            _text(reply["index"]["built_at"]),
        ),
        language=_text(data["language"]),
        several=bool(reply["several"]),
        disagreement=_many(reply["disagreement"], _whole),
        refusal=_text(reply["refusal"]),
        closest=_answer(reply["closest"]) if reply["closest"] else None,
        read=_whole(reply["read"]),
        candidates=_many(data["candidates"], _candidate),
        support=_many(reply["support"], _number),
    )
    if len(made.support) not in (0, len(made.readings)):
        raise ValueError("it names more readings than it says how well supported they are")
    return Saved(_text(data["question"]), made, judged)


def _answer(data: Mapping[str, Any]) -> Answer:
    citations = _many(data["citations"], _citation)
    if not citations:
        raise ValueError("an answer has no citation")
    return Answer(_text(data["text"]), _number(data["confidence"]), citations)


def _citation(data: Mapping[str, Any]) -> Citation:
    """Its fields by their names; the places must lie in one another, for the page cuts the quote by them."""
    values: dict[str, Any] = {}
    data = {**_SINCE, **data}
    for name in Citation.__dataclass_fields__:
        if name == "page":
            values[name] = None if data[name] is None else _whole(data[name])
        elif name == "ocr":
            values[name] = None if data[name] is None else _number(data[name])
        elif name in ("source_sha256", "text_sha256"):
            values[name] = _of(_DIGEST, data[name], "SHA-256 digest")
        elif name == "date":
            values[name] = _of(_DATE, data[name], "date")
        elif name in ("copies", "tags"):
            values[name] = _many(data[name], _text)
        else:
            values[name] = _whole(data[name]) if name in NUMBERS else _text(data[name])
    made = Citation(**values)
    if made.unit and f"page_at_{made.unit}" not in messages("en"):
        raise ValueError(f"{made.unit!r:.40} is no part of a document")
    inside = made.quote_start <= made.start <= made.end <= made.quote_end
    if not inside or made.quote_end - made.quote_start != len(made.quote):
        raise ValueError(f"the places of citation {made.number} do not fit its quote")
    return made


def _use(data: Mapping[str, Any]) -> PassageUse:
    start, end = _whole(data["start"]), _whole(data["end"])
    if end - start != len(_text(data["text"])):
        raise ValueError("a passage is not as long as its place")
    passage = Passage(_text(data["document"]), start, end, data["text"], _text(data["language"]))
    scores = [_number(data[name]) for name in ("score", "dense", "lexical")]
    return PassageUse(Hit(passage, _whole(data["rank"]), *scores), bool(data["used"]))


def _candidate(data: Sequence[Any]) -> Candidate:
    document, start, end, quote_start, quote_end, score, rank = data
    span, quote = Span(_whole(start), _whole(end)), Span(_whole(quote_start), _whole(quote_end))
    return Candidate(_text(document), span, quote, _number(score), _whole(rank))


def _many(data: object, read: Callable[[Any], T]) -> tuple[T, ...]:
    if not isinstance(data, list):
        raise ValueError(f"{data!r:.40} is no list")
    return tuple(read(one) for one in data)


def _text(data: object) -> str:
    if not isinstance(data, str):
        raise ValueError(f"{data!r:.40} is no text")
    return data


def _of(form: re.Pattern[str], data: object, what: str) -> str:
    if not form.fullmatch(text := _text(data)):
        raise ValueError(f"{text!r:.40} is no {what}")
    return text


def _whole(data: object) -> int:
    if not isinstance(data, int) or isinstance(data, bool) or data < 0:
        raise ValueError(f"{data!r:.40} is no count")
    return data


def _number(data: object) -> float:
    if not isinstance(data, int | float) or isinstance(data, bool) or not -1e9 < data < 1e9:
        raise ValueError(f"{data!r:.40} is no number")
    return float(data)
