"""A file of labelled questions, JSON Lines or CSV: read whole, and a bad line is an error that names it."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import json
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from assistant.measures import holds
from assistant.question import check_question
from index.errors import UsageError

LONGEST = 10_000_000  # characters of one field of a CSV file
TABLES = (".csv", ".tsv")
LISTS = ("answers", "answer", "after")  # the columns of a table that may hold a JSON list
LABELS = ("answers", "answer", "answerable")
NO = ("false", "no", "0")
YES = ("true", "yes", "1")


@dataclass(frozen=True, slots=True)
class Question:
    """A question over its context. `truths` is empty where the context does not answer it; `group` is its article.

    `after` are the questions before it in its conversation, oldest first; `kind` and `half` are labels to count by.
    `line` is where it stands in its file, and `labelled` whether that says anything of an answer.

    Languages are ISO 639-1, or "" where the file does not say.
    """

    id: str
    question: str
    context: str
    truths: tuple[str, ...]
    language: str = ""
    context_language: str = ""
    title: str = ""
    group: str = ""
    after: tuple[str, ...] = ()
    kind: str = ""
    half: str = ""
    line: int = field(default=0, compare=False)
    labelled: bool = field(default=True, compare=False)

    @property
    def digest(self) -> str:
        """What tells it from any other question, whatever its id."""
        text = "\0".join(
            (*self.after, self.id, self.question, self.language, self.context_language, self.context)
        )
        return hashlib.sha256(text.encode()).hexdigest()[:32]


def read_questions(file: Path) -> list[Question]:
    """Every question of `file`: `.csv` and `.tsv` are CSV with a header, anything else JSON Lines; each may be `.gz`.

    Raises UsageError, with the file and the line that is at fault.
    """
    text = _text(file)
    plain = file.with_suffix("") if _packed(file) else file
    lines = _from_csv(file, text) if plain.suffix.lower() in TABLES else _from_json(file, text)
    questions = []
    for number, fields in lines:
        try:
            questions.append(_question(number, fields))
        except (ValueError, UsageError) as error:
            raise _bad(file, number, str(error)) from error
    if not questions:
        raise UsageError(f"{file} holds no question: write one a line, as README.md shows")
    return questions


def astray(questions: Sequence[Question]) -> list[int]:
    """The line of each answer that does not stand in its context."""
    return [
        one.line
        for one in questions
        for truth in one.truths
        if truth.strip() not in one.context and not holds(one.context, [truth])
    ]


def _packed(file: Path) -> bool:
    return file.suffix.lower() == ".gz"


def _text(file: Path) -> str:
    try:
        data = file.read_bytes()
        if _packed(file):
            data = gzip.decompress(data)
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise _bad(file, line, "it is not UTF-8 text; save the file as UTF-8") from error
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise UsageError(f"{file} is not a whole gzip file: {error}") from error
    except OSError as error:
        raise UsageError(f"{file} cannot be read: {error.strerror or error}") from error


def _bad(file: Path, line: int, what: str) -> UsageError:
    return UsageError(f"{file}, line {line}: {what}")


def _from_json(file: Path, text: str) -> Iterator[tuple[int, Mapping[str, Any]]]:
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            fields = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise _bad(file, number, f"it is not JSON: {error}") from error
        if not isinstance(fields, dict):
            raise _bad(file, number, "it is not a JSON object with question, context and answers")
        yield number, fields


def _from_csv(file: Path, text: str) -> Iterator[tuple[int, Mapping[str, Any]]]:
    csv.field_size_limit(LONGEST)
    header = text.partition("\n")[0]
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=header.count), strict=True)
    names: list[str] = []
    number = 1
    try:
        for row in rows:
            if not names:
                names = [name.strip() for name in row]
                if not {"question", "context"} <= set(names):
                    raise _bad(file, number, "the header must name question, context and answers")
            elif row:
                if len(row) != len(names):
                    raise _bad(file, number, f"{len(row)} fields and not {len(names)}, as the header has")
                cells = [(name, value) for name, value in zip(names, row, strict=True) if value]
                yield number, {name: _cell(file, number, name, value) for name, value in cells}
            number = rows.line_num + 1
    except csv.Error as error:
        raise _bad(file, number, f"it is not CSV: {error}") from error


def _cell(file: Path, line: int, name: str, text: str) -> object:
    """Several answers or earlier questions stand in one cell as a JSON list; anything else is a text."""
    if name not in LISTS or not (text.strip().startswith("[") and text.strip().endswith("]")):
        return text
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise _bad(file, line, f"its {name} in brackets are no JSON list: {error}") from error


def _question(number: int, fields: Mapping[str, Any]) -> Question:
    context = _string(fields, "context")
    if not context.strip():
        raise ValueError("the context is empty")
    truths = tuple(_truths(fields.get("answers", fields.get("answer"))))
    answerable = _answerable(fields.get("answerable"), bool(truths))
    if answerable and not truths:
        raise ValueError("it is answerable and has no answers")
    name = fields.get("id")
    return Question(
        id=str(name) if isinstance(name, int) else _string(fields, "id") or str(number),
        question=check_question(_string(fields, "question")),
        context=context,
        truths=truths if answerable else (),
        language=_string(fields, "lang_q"),
        context_language=_string(fields, "lang_c"),
        title=_string(fields, "title"),
        group=_string(fields, "group"),
        after=tuple(map(check_question, _truths(fields.get("after")))),
        kind=_string(fields, "kind"),
        half=_string(fields, "half"),
        line=number,
        labelled=any(name in fields for name in LABELS),
    )


def _string(fields: Mapping[str, Any], name: str) -> str:
    value = fields.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise ValueError(f"its {name} is no text but {value!r:.60}")
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise ValueError(f"its {name} holds half a character, at {error.start}") from error
    return value


def _answerable(value: object, given: bool) -> bool:
    if value is None:
        return given
    said = str(value).strip().lower() if isinstance(value, str | bool | int) else ""
    if said not in (*YES, *NO):
        raise ValueError(f"answerable must be true or false, not {value!r:.60}")
    return said in YES


def _truths(value: object) -> Iterator[str]:
    """The texts of answers: a text, or a list of texts or of objects with `text`."""
    for item in value if isinstance(value, list) else [] if value is None else [value]:
        text = item.get("text") if isinstance(item, dict) else item
        if not isinstance(text, str):
            raise ValueError(f"an answer is no text but {item!r:.60}")
        if text.strip():
            yield text
