"""The nouns of the index: every one is frozen, and every offset counts code points of `Document.text`."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]
PAGED = ("pdf", "image")  # kinds of documents that have pages, which can be shown
HOLDERS = ("zip", "eml", "mbox")  # kinds that may hold such documents, and so scans
# Kinds that hold many things in one file, each with its own beginning.
GATHERED = ("csv", "feed", "json", "jsonl", "mbox", "xlsx", "zip")


@dataclass(frozen=True, slots=True)
class Span:
    """A half-open range of code points, `text[start:end]`."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Source:
    """A file of the sources folder, as listed: not read yet. `path` is relative to the folder, with `/`."""

    path: str
    file: Path
    size: int
    mtime_ns: int


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a text, `text[start:end]`, by the name that people call it: a page's number, a slide's, a chapter's."""

    label: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Document:
    """A source file, its text fixed once. `path` is relative to the sources folder, with `/`.

    `sections` are in order; empty where the format has none. `date` is ISO 8601; it, author and address may be "".
    `tags` are the keywords that it gives itself.
    """

    path: str
    kind: str  # "txt", "pdf", …: `index.formats`
    text: str
    title: str
    language: str  # ISO 639-1
    source_sha256: str
    text_sha256: str
    sections: tuple[Section, ...] = ()
    author: str = ""
    date: str = ""
    address: str = ""
    scanned: bytes = b""  # what OCR read of it: `index.scanned`
    tags: tuple[str, ...] = ()

    @property
    def pages(self) -> tuple[Span, ...]:
        """The pages of a PDF or a picture; page n is pages[n - 1]."""
        return tuple(Span(one.start, one.end) for one in self.sections) if self.kind in PAGED else ()

    def page_at(self, offset: int) -> int | None:
        """The 1-based page that holds `offset`, or None where the format has no pages."""
        return self._number_at(offset) if self.kind in PAGED else None

    def place_at(self, offset: int) -> str:
        """What the section is called that holds `offset`, or ""."""
        number = self._number_at(offset)
        return self.sections[number - 1].label if number else ""

    def _number_at(self, offset: int) -> int | None:
        number = bisect_right(self.sections, offset, key=lambda one: one.end) + 1
        return min(number, len(self.sections)) or None


@dataclass(frozen=True, slots=True)
class Listed:
    """A document of an index without its text; `sections` and `passages` count."""

    path: str
    kind: str
    title: str
    language: str
    date: str
    sections: int
    passages: int


@dataclass(frozen=True, slots=True)
class Passage:
    """The indexed unit: `document.text[start:end] == text`. `context` is encoded with it, never quoted."""

    document: str
    start: int
    end: int
    text: str
    language: str
    context: str = ""


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage that a question retrieved. Higher scores are better; `score` is the fused one, in [0, 1]."""

    passage: Passage
    rank: int
    score: float
    dense: float
    lexical: float


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file that is not a source, and why."""

    document: str
    reason: str


@dataclass(frozen=True, slots=True)
class Changes:
    """Paths that differ between the sources folder and the index.

    `moved` are those of `removed` that came back under other names, by size and time.
    """

    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    moved: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.added or self.changed or self.removed)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a build is. `stage` is "reading" (unit: files), "encoding" (passages), "writing" (steps) or, of an
    evaluation or a conversation that is asked again, "asking" (questions)."""

    stage: str
    done: int
    total: int


OnProgress = Callable[[Progress], None]


@dataclass(frozen=True, slots=True)
class IndexReport:
    """What one run of `build_index` did. `encoded` counts passages that went through the encoder.

    `held` names old generations that another process still reads, so that what was deleted is not gone yet.
    """

    generation: str
    documents: int
    passages: int
    encoded: int
    reused: int
    removed: int
    skipped: tuple[Skipped, ...]
    seconds: float
    healed: tuple[str, ...] = ()
    held: tuple[str, ...] = ()


class Encoder(Protocol):
    """Text to unit vectors, shape (n, dimension). `identity` changes whenever the vectors would."""

    @property
    def name(self) -> str: ...

    @property
    def identity(self) -> str: ...

    def encode_queries(self, texts: Sequence[str]) -> Vectors: ...

    def encode_passages(self, texts: Sequence[str]) -> Vectors: ...

    def count_tokens(self, texts: Sequence[str]) -> list[int]: ...
