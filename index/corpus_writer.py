"""Fills the passage table of a generation, which `index.corpus` reads: what is new is added, what is known copied."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

from index.copies import families, sketch
from index.corpus import COLUMNS, encode, sealed, uri
from index.types import Document, Passage

_SCHEMA = """
CREATE TABLE documents (
    id INTEGER PRIMARY KEY, path BLOB UNIQUE, kind TEXT, title BLOB, language TEXT,
    source_sha256 TEXT, text_sha256 TEXT, sections TEXT, author BLOB, date TEXT, address BLOB, tags TEXT,
    text BLOB, scanned BLOB, seal INTEGER, sketch BLOB);
CREATE TABLE passages (
    row INTEGER PRIMARY KEY, document INTEGER, start INTEGER, end INTEGER, first INTEGER, last INTEGER,
    language TEXT, context BLOB, key BLOB, seal INTEGER);
CREATE INDEX passages_of ON passages (document);
CREATE TABLE copies (document INTEGER PRIMARY KEY, family INTEGER);
CREATE INDEX copies_of ON copies (family);
"""
_PASSAGE = "start, end, first, last, language, context, key, seal"
_STORED = f"{COLUMNS}, sketch"


class CorpusWriter:
    """Fills a new file; rows count from 0 in the order in which passages are added.

    Nothing can be read from it before `finish`, and nothing is durable before the caller's fsync: what a killed build
    leaves is to be thrown away. Every method may raise sqlite3.Error.
    """

    def __init__(self, path: Path, old: Path | None = None) -> None:
        """`old` is the corpus of an earlier generation, for `copy`."""
        self._db = sqlite3.connect(path, isolation_level=None, uri=True)
        self._db.execute("PRAGMA journal_mode=OFF")
        self._db.execute("PRAGMA synchronous=OFF")
        self._db.executescript(_SCHEMA)
        if old is not None:
            self._db.execute("ATTACH ? AS old", (uri(old),))
        self._db.execute("BEGIN")
        self._documents = self._rows = 0

    def add(self, document: Document, passages: Sequence[Passage], keys: Sequence[bytes]) -> None:
        """Add a document with its passages; `keys` name their vectors in the cache."""
        text, path = encode(document.text), encode(document.path)
        fields = (
            path, document.kind, encode(document.title), document.language, document.source_sha256,
            document.text_sha256, json.dumps([(one.label, one.start, one.end) for one in document.sections]),
            encode(document.author), document.date, encode(document.address), json.dumps(document.tags),
            document.scanned,
        )  # fmt: skip
        self._db.execute(
            f"INSERT INTO documents (id, {_STORED}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (self._documents, *fields, text, sealed(fields, text), sketch(document.text)),
        )
        at = _byte_offsets(document.text, {o for p in passages for o in (p.start, p.end)})
        self._db.executemany(
            f"INSERT INTO passages (row, document, {_PASSAGE}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (row, self._documents, *_stored(path, p, key, at, text))
                for row, (p, key) in enumerate(zip(passages, keys, strict=True), start=self._rows)
            ],
        )
        self._documents += 1
        self._rows += len(passages)

    def copy(self, paths: Sequence[str]) -> None:
        """Take documents and their passages over from the old corpus. Raises KeyError for one that is not there."""
        if not paths:  # there may be no old corpus
            return
        documents, passages = [], []
        for path in paths:
            number, first, count = self._old[encode(path)]
            documents.append((self._documents, number))
            passages.append((self._rows - first, self._documents, number))
            self._documents += 1
            self._rows += count
        self._db.executemany(
            f"INSERT INTO documents (id, {_STORED}) SELECT ?, {_STORED} FROM old.documents WHERE id = ?",
            documents,
        )
        self._db.executemany(
            f"INSERT INTO passages SELECT ? + row, ?, {_PASSAGE} FROM old.passages WHERE document = ?",
            passages,
        )

    @cached_property
    def _old(self) -> dict[bytes, tuple[int, int, int]]:
        """Number, first row and number of passages of each document of the old corpus."""
        found = self._db.execute(
            "SELECT path, id, coalesce(min(row), 0), count(row) FROM old.documents"
            " LEFT JOIN old.passages ON document = id GROUP BY id"
        )
        return {path: (number, first, count) for path, number, first, count in found}

    def finish(self) -> None:
        """Record which documents are copies of each other, and commit; without this call the file holds nothing."""
        sketches = [one for (one,) in self._db.execute("SELECT sketch FROM documents ORDER BY id")]
        self._db.executemany(
            "INSERT INTO copies VALUES (?, ?)",
            [(member, members[0]) for members in families(sketches) for member in members],
        )
        self._db.execute("COMMIT")

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()


def _stored(path: bytes, passage: Passage, key: bytes, at: dict[int, int], text: bytes) -> tuple[object, ...]:
    """The columns _PASSAGE of a passage of a document; `at` says where its offsets fall in `text`."""
    first, last, context = at[passage.start], at[passage.end], encode(passage.context)
    seal = sealed((path, passage.start, passage.end, passage.language, context, key), text[first:last])
    return passage.start, passage.end, first, last, passage.language, context, key, seal


def _byte_offsets(text: str, offsets: set[int]) -> dict[int, int]:
    """Where each code point offset falls in the encoded text."""
    at: dict[int, int] = {}
    before = byte = 0
    for offset in sorted(offsets):
        byte += len(encode(text[before:offset]))
        at[offset] = byte
        before = offset
    return at
