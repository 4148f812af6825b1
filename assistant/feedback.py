"""What the user said of answers, kept as labelled questions: `feedback.jsonl` in the index folder.

One JSON object a line, as `sourcier evaluate` reads them: a right answer with the text round it, or a sentence that
does not answer. It is the one file there that cannot be made again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from assistant.types import Reply
from index.disk import replace_file, storing
from index.errors import StorageError
from index.inventory import texts
from index.types import Document, Span

NAME = "feedback.jsonl"
AROUND = 500  # characters before and after an answer that are kept with it, and on to the next line break
FARTHEST = 1500  # or this many, where there is none
WAIT_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Judgement:
    """`place` in `document` answers the question of `reply`, or, if not `right`, does not."""

    reply: Reply
    document: Document
    place: Span
    right: bool

    @property
    def id(self) -> str:
        """What tells it from any other: question and place, whichever way it was judged."""
        place = f"{self.document.path}\0{self.place.start}\0{self.place.end}"
        return hashlib.sha256(f"{self.reply.readings[0]}\0{place}".encode("utf-8", "replace")).hexdigest()[
            :16
        ]


def feedback_file(index: Path) -> Path:
    """Where the judgements lie."""
    return index / NAME


def record(index: Path, said: Judgement) -> None:
    """Keep a judgement, in place of an earlier one on the same place; a right answer, also in place of the word that
    its sentence holds none. Raises StorageError."""
    line = _line(said)

    def stays(old: dict[str, Any]) -> bool:
        if old.get("id") == line["id"]:
            return False
        same = (old.get("question"), old.get("document")) == (line["question"], line["document"])
        wrong = same and said.right and old.get("answerable") is False
        return not (wrong and old["start"] <= said.place.start and said.place.end <= old["end"])

    _rewrite(index, stays, json.dumps(line, ensure_ascii=False))


def withdraw(index: Path, said: Judgement) -> None:
    """Take a judgement back. Raises StorageError."""
    _rewrite(index, lambda old: old.get("id") != said.id)


def drop(index: Path, documents: Collection[str]) -> None:
    """Keep nothing that was said of these documents, by path or, had they other names then, by text: it holds their
    words. Raises StorageError."""
    if feedback_file(index).exists():
        gone = {digest for path, digest in texts(index).items() if path in documents}
        _rewrite(
            index, lambda old: old.get("document") not in documents and old.get("text_sha256") not in gone
        )


def named(index: Path) -> set[str]:
    """The documents of which something was said, by path. Raises StorageError."""
    said = map(_read, _lines(feedback_file(index)))
    return {one["document"] for one in said if isinstance(one.get("document"), str)}


def count(index: Path) -> int:
    """How many judgements there are. Raises StorageError."""
    return len(_lines(feedback_file(index)))


def around(text: str, place: Span) -> Span:
    """`place` with what stands before and after it, to whole lines where these are short."""
    low, high = max(0, place.start - AROUND), min(len(text), place.end + AROUND)
    before = text.rfind("\n", max(0, place.start - FARTHEST), low + 1)
    after = text.find("\n", high, place.end + FARTHEST)
    start = before + 1 if before >= 0 else 0 if place.start <= FARTHEST else place.start - FARTHEST
    end = after if after >= 0 else len(text) if len(text) - place.end <= FARTHEST else place.end + FARTHEST
    return Span(min(start, place.start), max(end, place.end))


def _line(said: Judgement) -> dict[str, Any]:
    document, place = said.document, said.place
    context = around(document.text, place) if said.right else place
    answer = {"text": document.text[place.start : place.end], "start": place.start - context.start}
    made = {
        "id": said.id,
        "question": said.reply.readings[0],  # as it was read: it stands alone
        "context": document.text[context.start : context.end],
        "answers": [answer] if said.right else [],
        "answerable": said.right,
        "lang_q": said.reply.language,
        "lang_c": document.language,
        "title": document.title,
        "group": document.path,
        "document": document.path,
        "start": place.start,
        "end": place.end,
        "text_sha256": document.text_sha256,
        "generation": said.reply.index.generation,
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    whole: dict[str, Any] = json.loads(json.dumps(made, ensure_ascii=False).encode("utf-8", "replace"))
    return whole


def _rewrite(index: Path, stays: Callable[[dict[str, Any]], bool], more: str = "") -> None:
    path = feedback_file(index)
    with storing(path):
        index.mkdir(parents=True, exist_ok=True)
        try:
            with FileLock(path.with_suffix(".lock"), timeout=WAIT_SECONDS):
                lines = [line for line in _lines(path) if _kept(line, stays)]
                replace_file(
                    path, "".join(f"{line}\n" for line in [*lines, *([more] if more else [])]).encode()
                )
        except Timeout as error:
            raise StorageError(
                f"{path} is held by another Sourcier: wait until it is done, and judge again"
            ) from error


def _lines(path: Path) -> list[str]:
    with storing(path):
        try:
            return [line for line in path.read_text(encoding="utf-8").split("\n") if line.strip()]
        except FileNotFoundError:
            return []
        except UnicodeDecodeError as error:
            raise StorageError(f"{path} is not UTF-8 text ({error}): mend it, or move it away") from error


def _kept(line: str, stays: Callable[[dict[str, Any]], bool]) -> bool:
    """Lines of others, whatever is in them, stay as they are."""
    old = _read(line)
    return not old or stays(old)


def _read(line: str) -> dict[str, Any]:
    try:
        old = json.loads(line)
    except ValueError:
        return {}
    return old if isinstance(old, dict) else {}
