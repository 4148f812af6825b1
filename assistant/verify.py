"""Citations checked against the source files alone: no index, no model, nothing but the bytes on disk."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path, PurePosixPath
from typing import Any

from assistant.reasons import reason_in
from assistant.saving import KIND
from assistant.types import CONTEXT, NUMBERS
from index.documents import read_document, take
from index.errors import SourcesError, Unreadable, UsageError
from index.formats import kind_of
from index.ocr import Scans
from index.types import Document, Source
from prompts import message

_TEXTS = ("document", "quote", "prefix", "suffix", "source_sha256", "text_sha256")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of one citation. `start` is where its quote stands now, where that is known for certain."""

    number: int
    document: str
    state: str  # "proven", "changed" or "missing"
    detail: str
    start: int | None


def read_replies(text: str) -> list[Mapping[str, object]]:
    """The replies in `text`: one JSON object, a list of them, one a line, or a conversation. Raises UsageError."""
    try:
        value = _parse(text)
    except UsageError as whole:
        lines = [(n, line) for n, line in enumerate(text.split("\n"), start=1) if line.strip()]
        if len(lines) < 2:
            raise
        try:
            _parse(lines[0][1])
        except UsageError:
            raise whole from None  # not JSON lines either: a fault of the whole is the truer message
        value = [_parse(line, f"line {n}: ") for n, line in lines]
    if isinstance(value, dict) and value.get("sourcier") == KIND:  # saved on the page
        turns = _list(value, "turns", "turns")
        value = [_object(turn, f"turns[{i}]").get("reply") for i, turn in enumerate(turns)]
    replies = value if isinstance(value, list) else [value]
    return [_object(reply, f"reply {n}") for n, reply in enumerate(replies, start=1)]


def verify_reply(
    reply: Mapping[str, object], sources: Path, language: str = "en", ocr: str = ""
) -> list[Verdict]:
    """A verdict on each citation of an `ask --json`; `ocr` chooses the languages of scans.

    Raises UsageError (shape) and SourcesError (folder).
    """
    read = _reader(sources, language, ocr)
    return [_verdict(citation, read, language, answer) for citation, answer in _citations(reply)]


def verify(citation: Mapping[str, object], sources: Path, language: str = "en") -> Verdict:
    """A verdict on one citation. Title and language are not checked. Raises UsageError, SourcesError."""
    return _verdict(_checked(citation, "citation"), _reader(sources, language), language)


def _reader(sources: Path, language: str, ocr: str = "") -> Callable[[str], Document | str]:
    """Reads a document by its path, once each; a text instead says why there is none."""
    if not sources.is_dir():
        raise SourcesError(f"{sources} is not a folder: give the folder of the sources with --seeds DIR")
    root = sources.resolve()
    taken = partial(take, scans=Scans(ocr))

    @cache
    def read(path: str) -> Document | str:
        parts = PurePosixPath(path).parts
        if not parts or path.startswith("/") or "\0" in path or any(part.startswith(".") for part in parts):
            return message("cli_verify_outside", language)
        file = root / path
        try:
            if not file.resolve().is_relative_to(root):
                return message("cli_verify_outside", language)
            if not file.is_file() or not kind_of(file.suffix.lower()):
                return message("cli_verify_gone", language)
            stat = file.stat()
            return read_document(Source(path, file, stat.st_size, stat.st_mtime_ns), taken)
        except Unreadable as error:
            return message("cli_verify_unreadable", language, reason=reason_in(str(error), language))
        except (OSError, RuntimeError, ValueError) as error:  # a loop of links; a name that no file can have
            return message("cli_verify_unreadable", language, reason=getattr(error, "strerror", "") or error)

    return read


def _verdict(
    cited: dict[str, Any], read: Callable[[str], Document | str], language: str, answer: str | None = None
) -> Verdict:
    def verdict(state: str, key: str, now: int | None, **values: object) -> Verdict:
        detail = message(f"cli_verify_{key}", language, **values)
        return Verdict(cited["number"], cited["document"], state, detail, now)

    document = read(cited["document"])
    if isinstance(document, str):
        return Verdict(cited["number"], cited["document"], "missing", document, None)
    same_file = document.source_sha256 == cited["source_sha256"]
    same_text = document.text_sha256 == cited["text_sha256"]
    text, quote = document.text, cited["quote"]
    if same_file and same_text and _stands(cited, document):
        if answer is not None and text[cited["start"] : cited["end"]] != answer:
            return verdict("missing", "answer", None)
        return verdict("proven", "proven", cited["quote_start"])
    first = text.find(quote)
    if first < 0:
        return verdict("missing", "nowhere", None)
    why = "place" if same_file and same_text else "text" if same_file else "file"
    begun = message(f"cli_verify_{why}", language)
    again = text.find(quote, first + 1) >= 0
    return verdict(
        "changed", "several" if again else "moved", None if again else first, why=begun, start=first
    )


def _stands(cited: Mapping[str, Any], document: Document) -> bool:
    text, begin, end = document.text, cited["quote_start"], cited["quote_end"]
    return (
        0 <= begin <= cited["start"] < cited["end"] <= end <= len(text)
        and text[begin:end] == cited["quote"]
        and text[max(0, begin - CONTEXT) : begin] == cited["prefix"]
        and text[end : end + CONTEXT] == cited["suffix"]
        and cited.get("place", "") in ("", document.place_at(cited["start"]), document.place_at(begin))
        and cited.get("page") in (document.page_at(cited["start"]), document.page_at(begin))
    )


def _citations(reply: Mapping[str, object]) -> Iterator[tuple[dict[str, Any], str | None]]:
    """Each citation; with the first of an answer, the answer's text, which is to stand there."""
    said = [(f"answers[{i}]", given) for i, given in enumerate(_list(reply, "answers", "answers"))]
    said += [("closest", reply["closest"])] if reply.get("closest") is not None else []
    for where, given in said:
        answer = _object(given, where)
        text = answer.get("text")
        if not isinstance(text, str):
            raise UsageError(f"{where}.text must be text, not {_short(text)}")
        cited = _list(answer, "citations", f"{where}.citations")
        if not cited:
            raise UsageError(f"{where} has no citation: nothing to verify")
        for j, citation in enumerate(cited):
            yield _checked(citation, f"{where}.citations[{j}]"), text if j == 0 else None


def _checked(citation: object, where: str) -> dict[str, Any]:
    fields = dict(_object(citation, where))
    for name in NUMBERS:
        if type(fields.get(name)) is not int:
            raise UsageError(f"{where}.{name} must be a whole number, not {_short(fields.get(name))}")
    for name in _TEXTS:
        if not isinstance(fields.get(name), str):
            raise UsageError(f"{where}.{name} must be text, not {_short(fields.get(name))}")
    if not fields["quote"]:
        raise UsageError(f"{where}.quote is empty: nothing to verify")
    return fields


def _parse(text: str, where: str = "") -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:  # RecursionError: thousands of nested brackets
        raise UsageError(f"{where}this is not the output of `sourcier ask --json`: {error}") from error


def _object(value: object, where: str) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise UsageError(f"{where} must be an object, not {_short(value)}")
    return value


def _list(value: Mapping[str, object], key: str, where: str) -> list[object]:
    found = value.get(key)
    if not isinstance(found, list):
        raise UsageError(f"{where} must be a list, not {_short(found)}")
    return found


def _short(value: object) -> str:
    text = repr(value)
    return "absent" if value is None else text if len(text) <= 40 else text[:40] + "…"
