"""What was answered, in a file as it goes, so that a stopped evaluation is taken up where it ended.

OUT.jsonl holds a prediction a line. OUT.jsonl.run beside it says by which settings they were made, and of each line
what the figures need besides.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assistant.labelled import Question
from index.errors import StorageError, UsageError

FIELDS = ("id", "answer", "start", "end", "confidence", "refused", "document")


@dataclass(frozen=True, slots=True)
class Prediction:
    """The best answer to a question: `text[start:end]` of its context, or of `document` in open mode.

    Without any, `answer` is "" and `start` and `end` are None. `ms` is how long it took; `found` are the documents
    that were retrieved, best first.
    """

    id: str
    answer: str
    start: int | None
    end: int | None
    confidence: float
    document: str | None = None
    ms: float = 0.0
    found: tuple[str, ...] = ()


NOTES = {"line", "question", "ms", "found"}  # of each prediction, in the file beside it


def notes_of(file: Path) -> Path:
    """The file beside it that says how its predictions were made."""
    return file.with_name(file.name + ".run")


class Predictions:
    """The predictions of an earlier run that still hold, and the file that the others are added to."""

    def __init__(
        self, file: Path, questions: Sequence[Question], settings: Mapping[str, object], threshold: float
    ) -> None:
        """Raises UsageError (the file is something else), StorageError (it cannot be written)."""
        self.file = Path(os.path.realpath(file))  # a link stays, and what it leads to is written
        self.notes = notes_of(self.file)
        self.threshold = threshold
        self.differing: tuple[str, ...] = ()  # settings that were others, so that all is asked again
        self._digests = [question.digest for question in questions]
        for one in (self.file, self.notes):
            if one.exists() and not one.is_file():
                raise UsageError(f"{one} is no regular file: name another with --predictions")
        try:
            self._known = self._of_records(self._read(settings))
            self._rewrite(settings)
            self._lines = self.file.open("a", encoding="utf-8")
            self._about = self.notes.open("a", encoding="utf-8")
        except OSError as error:
            raise StorageError(f"{file} cannot be written: {error.strerror or error}") from error

    @property
    def kept(self) -> int:
        """How many records were answered before."""
        return len(self._known)

    def get(self, number: int) -> Prediction | None:
        """What was answered to exactly this question, record `number` from 0 on, by the same settings."""
        return self._known.get(number)

    def add(self, number: int, prediction: Prediction) -> None:
        """Write it; it is kept if the process is killed right after. Raises StorageError."""
        line, about = self._written(number, prediction)
        try:
            for stream, text in ((self._about, about), (self._lines, line)):
                stream.write(text)
                stream.flush()
        except OSError as error:
            raise StorageError(f"{self.file} cannot be written: {error.strerror or error}") from error

    def close(self) -> None:
        """Let go of the files."""
        self._lines.close()
        self._about.close()

    def _written(self, number: int, one: Prediction) -> tuple[str, str]:
        values = (one.id, one.answer, one.start, one.end, one.confidence, one.confidence < self.threshold)
        line = json.dumps(dict(zip(FIELDS, (*values, one.document), strict=True))) + "\n"
        about = {"line": _digest(line), "question": self._digests[number], "ms": one.ms, "found": one.found}
        return line, json.dumps(about) + "\n"

    def _read(self, settings: Mapping[str, object]) -> dict[str, list[Prediction]]:
        """The predictions that still hold by their question's digest, one for each line."""
        lines, noted = _lines(self.file), _lines(self.notes)
        made, *about = _objects(noted) or [{}]
        foreign = bool(noted) and (not _objects(noted[:1]) or set(made).isdisjoint(settings))
        if foreign or any(set(one) != NOTES for one in about):
            raise UsageError(f"{self.notes} holds something else: name another file with --predictions")
        if not made and any(set(one) != set(FIELDS) for one in _objects(lines, strict=self.file)):
            raise UsageError(f"{self.file} does not hold predictions: name another file with --predictions")
        if made != settings:
            if lines:
                self.differing = tuple(key for key in settings if made.get(key) != settings[key])
            return {}
        notes, known = defaultdict(list), defaultdict(list)
        for note in about:
            notes[note["line"]].append(note)
        for line in lines:
            if left := notes[_digest(line)]:  # else it was torn off, or is not ours
                note = left.pop(0)
                said = {key: value for key, value in json.loads(line).items() if key != "refused"}
                one = Prediction(**said, ms=note["ms"], found=tuple(note["found"]))
                known[note["question"]].append(one)
        return known

    def _of_records(self, known: Mapping[str, list[Prediction]]) -> dict[int, Prediction]:
        """Each prediction at the number of its record: of records that are the same, each has its own."""
        found = {}
        for number, digest in enumerate(self._digests):
            if left := known.get(digest):
                found[number] = left.pop(0)
        return found

    def _rewrite(self, settings: Mapping[str, object]) -> None:
        pairs = [self._written(number, one) for number, one in self._known.items()]
        _replace(self.file, [line for line, _ in pairs])
        _replace(self.notes, [json.dumps(settings) + "\n", *(about for _, about in pairs)])


def _lines(file: Path) -> list[str]:
    try:
        return file.read_text(encoding="utf-8").splitlines(keepends=True)
    except FileNotFoundError:
        return []
    except UnicodeDecodeError as error:
        raise UsageError(f"{file} is not UTF-8 text: name another file with --predictions") from error


def _objects(lines: Iterable[str], strict: Path | None = None) -> list[dict[str, Any]]:
    """The JSON objects among `lines`; what is none was torn off, unless `strict` names the file."""
    found = []
    for line in lines:
        try:
            value = json.loads(line)
        except ValueError:
            value = None
        if isinstance(value, dict):
            found.append(value)
        elif strict:
            raise UsageError(f"{strict} does not hold predictions: name another file with --predictions")
    return found


def _digest(line: str) -> str:
    return hashlib.sha256(line.encode()).hexdigest()[:32]


def _replace(file: Path, lines: Iterable[str]) -> None:
    aside = file.with_name(f"{file.name}.{os.getpid()}.tmp")
    try:
        with aside.open("w", encoding="utf-8") as stream:
            stream.writelines(lines)
        aside.replace(file)
    finally:
        aside.unlink(missing_ok=True)
