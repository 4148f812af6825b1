"""The passage table of a generation: documents and the places of their passages, in one SQLite file.

Text is kept as UTF-8 with lone surrogates passed through, so that any Python string comes back unchanged. A
passage is no copy but a range of its document: `start`/`end` in code points, and in bytes `first`/`last`, by
which it is read alone. Each document and passage bears a checksum, its `seal`: of a large file, opening checks the
size alone, and no bit that flipped on the disk since is to be quoted.
"""

from __future__ import annotations

import json
import sqlite3
import threading
import zlib
from collections.abc import Container, Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from urllib.request import pathname2url

import numpy as np
from numpy.typing import NDArray

from index.copies import families, sketch
from index.errors import IndexDamaged
from index.types import GATHERED, Document, Listed, Passage, Section

_SCHEMA = """
CREATE TABLE documents (
    id INTEGER PRIMARY KEY, path BLOB UNIQUE, kind TEXT, title BLOB, language TEXT,
    source_sha256 TEXT, text_sha256 TEXT, sections TEXT, author BLOB, date TEXT, address BLOB, text BLOB,
    scanned BLOB, seal INTEGER, sketch BLOB);
CREATE TABLE passages (
    row INTEGER PRIMARY KEY, document INTEGER, start INTEGER, end INTEGER, first INTEGER, last INTEGER,
    language TEXT, context BLOB, key BLOB, seal INTEGER);
CREATE INDEX passages_of ON passages (document);
CREATE TABLE copies (document INTEGER PRIMARY KEY, family INTEGER);
CREATE INDEX copies_of ON copies (family);
"""
_COLUMNS = (
    "path, kind, title, language, source_sha256, text_sha256, sections, author, date, address,"
    " scanned, text, seal"
)
_PASSAGE = "start, end, first, last, language, context, key, seal"
_STORED = f"{_COLUMNS}, sketch"


class CorpusWriter:
    """Fills a new file; rows count from 0 in the order in which passages are added.

    Nothing is there before `finish`, or durable before the caller's fsync: what a killed build leaves is
    to be thrown away. Every method may raise sqlite3.Error.
    """

    def __init__(self, path: Path, old: Path | None = None) -> None:
        """`old` is the corpus of an earlier generation, for `copy`."""
        self._db = sqlite3.connect(path, isolation_level=None, uri=True)
        self._db.execute("PRAGMA journal_mode=OFF")
        self._db.execute("PRAGMA synchronous=OFF")
        self._db.executescript(_SCHEMA)
        if old is not None:
            self._db.execute("ATTACH ? AS old", (_uri(old),))
        self._db.execute("BEGIN")
        self._documents = self._rows = 0

    def add(self, document: Document, passages: Sequence[Passage], keys: Sequence[bytes]) -> None:
        """Add a document with its passages; `keys` name their vectors in the cache."""
        text, path = _encode(document.text), _encode(document.path)
        fields = (
            path, document.kind, _encode(document.title), document.language, document.source_sha256,
            document.text_sha256, json.dumps([(one.label, one.start, one.end) for one in document.sections]),
            _encode(document.author), document.date, _encode(document.address), document.scanned,
        )  # fmt: skip
        self._db.execute(
            f"INSERT INTO documents (id, {_STORED}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (self._documents, *fields, text, _seal(fields, text), sketch(document.text)),
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
            number, first, count = self._old[_encode(path)]
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
        """Tell which documents are copies, and make the file whole; without this call it holds nothing."""
        sketches = [one for (one,) in self._db.execute("SELECT sketch FROM documents ORDER BY id")]
        self._db.executemany(
            "INSERT INTO copies VALUES (?, ?)",
            [(member, members[0]) for members in families(sketches) for member in members],
        )
        self._db.execute("COMMIT")

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()


class Corpus:
    """Reads a finished file, never writing beside it; threads may share it. Raises IndexDamaged."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        try:
            self._db = sqlite3.connect(_uri(path), uri=True, check_same_thread=False)
        except sqlite3.Error as error:
            raise self._damaged(error) from error
        self.passage_count = self._one("SELECT count(*) FROM passages")
        self.document_count = self._one("SELECT count(*) FROM documents")

    def passages(self, rows: Sequence[int]) -> list[Passage]:
        """The passages of these rows, in this order."""
        with self._lock, self._reading():
            return [self._passage(int(row)) for row in rows]

    def openings(self, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """The first row of the document of each of these; of a file that gathers many things, the row itself."""
        listed = ", ".join(map(str, rows.tolist()))
        found = self._all(
            "SELECT row, (SELECT min(row) FROM passages WHERE document = p.document), kind"
            f" FROM passages p JOIN documents ON id = document WHERE row IN ({listed})"
        )
        first = {row: row if kind in GATHERED else opening for row, opening, kind in found}
        with self._reading():
            if lost := set(rows.tolist()) - first.keys():
                raise ValueError(f"it has no passage {min(lost)}")
        return np.array([first[row] for row in rows.tolist()], np.int64)

    def document(self, path: str) -> Document | None:
        """The document of that path, or None."""
        found = self._all(f"SELECT {_COLUMNS} FROM documents WHERE path = ?", _encode(path))
        if not found:
            return None
        with self._reading():
            *fields, text, seal = found[0]
            _, kind, title, language, source, digest, listed, author, date, address, scanned = fields
            if seal != _seal(tuple(fields), text):
                raise ValueError(f"{path} is not what was written")
            sections = tuple(Section(*one) for one in json.loads(listed))
            return Document(
                path, kind, _decode(text), _decode(title), language, source, digest, sections,
                _decode(author), date, _decode(address), scanned,
            )  # fmt: skip

    def paths(self) -> list[str]:
        """The documents' paths, in the order of their rows."""
        with self._reading():
            return [_decode(path) for (path,) in self._all("SELECT path FROM documents ORDER BY id")]

    def copies(self, path: str) -> list[str]:
        """The other documents that are the same text or nearly, by their paths, in the order of their rows."""
        sql = (
            "SELECT d.path FROM copies c JOIN documents d ON d.id = c.document WHERE c.family ="
            " (SELECT family FROM copies JOIN documents ON id = document WHERE path = ?) ORDER BY d.id"
        )
        return [other for (one,) in self._all(sql, _encode(path)) if (other := _decode(one)) != path]

    def digests(self) -> list[tuple[str, str, str]]:
        """(path, source SHA-256, text SHA-256) of every document."""
        found = self._all("SELECT path, source_sha256, text_sha256 FROM documents")
        with self._reading():
            return [(_decode(path), source, text) for path, source, text in found]

    def every(self, but: Container[str] = ()) -> Iterator[Passage]:
        """All passages by row, a document at a time, leaving out those of the paths `but`."""
        for path in self.paths():
            if path not in but:
                yield from self._of(path)

    def places(self) -> dict[str, tuple[int, int]]:
        """The first row and the number of passages of each document."""
        return {path: (first, count) for path, _, _, first, count in self.catalogue()}

    def catalogue(self) -> list[tuple[str, str, str, int, int]]:
        """Path, kind, date, first row and number of passages of each document."""
        sql = (
            "SELECT path, kind, date, min(row), count(*) FROM passages JOIN documents ON id = document"
            " GROUP BY document"
        )
        with self._reading():
            return [(_decode(path), *others) for path, *others in self._all(sql)]

    def listed(self) -> list[Listed]:
        """Every document, in the order of their rows."""
        sql = (
            "SELECT path, kind, title, d.language, date, json_array_length(sections), count(*) FROM passages"
            " JOIN documents d ON d.id = document GROUP BY document ORDER BY document"
        )
        return [
            Listed(_decode(path), kind, _decode(title), *others)
            for path, kind, title, *others in self._all(sql)
        ]

    def keys(self) -> list[bytes]:
        """The cache key of every passage, by row."""
        return [key for (key,) in self._all("SELECT key FROM passages ORDER BY row")]

    def lengths(self) -> list[int]:
        """Code points of every passage with its context (roughly), by row."""
        sql = "SELECT end - start + length(context) FROM passages ORDER BY row"
        return [length for (length,) in self._all(sql)]

    def languages(self) -> list[str]:
        """The language of every passage, by row."""
        return [language for (language,) in self._all("SELECT language FROM passages ORDER BY row")]

    def language_counts(self) -> dict[str, int]:
        """How many passages each language has, the largest first."""
        return dict(self._all("SELECT language, count(*) FROM passages GROUP BY language ORDER BY 2 DESC, 1"))

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()

    def _of(self, path: str) -> list[Passage]:
        document = self.document(path)
        sql = (
            "SELECT start, end, p.language, context FROM passages p JOIN documents d ON d.id = document"
            " WHERE path = ? ORDER BY row"
        )
        text = document.text if document else ""
        with self._reading():
            return [
                Passage(path, start, end, text[start:end], language, _decode(context))
                for start, end, language, context in self._all(sql, _encode(path))
            ]

    def _passage(self, row: int) -> Passage:
        found = self._db.execute(
            "SELECT d.path, d.id, p.start, p.end, p.first, p.last, p.language, p.context, p.key, p.seal"
            " FROM passages p JOIN documents d ON d.id = p.document WHERE p.row = ?",
            (row,),
        ).fetchone()
        if found is None:
            raise ValueError(f"it has no passage {row}")
        path, document, start, end, first, last, language, context, key, seal = found
        with self._db.blobopen("documents", "text", document, readonly=True) as blob:
            blob.seek(first)
            text = blob.read(last - first)
        if seal != _seal((path, start, end, language, context, key), text):
            raise ValueError(f"passage {row} is not what was written")
        return Passage(_decode(path), start, end, _decode(text), language, _decode(context))

    def _all(self, sql: str, *values: object) -> list[tuple]:  # type: ignore[type-arg]
        with self._lock, self._reading():
            return self._db.execute(sql, values).fetchall()

    @contextmanager
    def _reading(self) -> Iterator[None]:
        """What does not read as it was written is damaged, in whichever way that shows."""
        try:
            yield
        except (sqlite3.Error, ValueError, TypeError, AttributeError) as error:
            raise self._damaged(error) from error

    def _one(self, sql: str) -> int:
        return int(self._all(sql)[0][0])

    def _damaged(self, error: Exception) -> IndexDamaged:
        return IndexDamaged(f"{self._path} cannot be read: {error}. Run: sourcier index")


def _uri(path: Path) -> str:
    return f"file:{pathname2url(str(path.absolute()))}?mode=ro&immutable=1"


def _stored(path: bytes, passage: Passage, key: bytes, at: dict[int, int], text: bytes) -> tuple[object, ...]:
    """The columns _PASSAGE of a passage of a document; `at` says where its offsets fall in `text`."""
    first, last, context = at[passage.start], at[passage.end], _encode(passage.context)
    seal = _seal((path, passage.start, passage.end, passage.language, context, key), text[first:last])
    return passage.start, passage.end, first, last, passage.language, context, key, seal


def _seal(fields: tuple[object, ...], text: bytes) -> int:
    return zlib.crc32(text, zlib.crc32(repr(fields).encode()))


def _encode(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _decode(data: bytes) -> str:
    return data.decode("utf-8", "surrogatepass")


def _byte_offsets(text: str, offsets: set[int]) -> dict[int, int]:
    """Where each code point offset falls in the encoded text."""
    at: dict[int, int] = {}
    before = byte = 0
    for offset in sorted(offsets):
        byte += len(_encode(text[before:offset]))
        at[offset] = byte
        before = offset
    return at
