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
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.errors import IndexDamaged
from index.filters import Described
from index.types import GATHERED, Document, Listed, Passage, Section

COLUMNS = (
    "path, kind, title, language, source_sha256, text_sha256, sections, author, date, address, tags,"
    " scanned, text, seal"
)


class Corpus:
    """Reads a finished file, never writing beside it; threads may share it. Raises IndexDamaged."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        try:
            self._db = sqlite3.connect(uri(path), uri=True, check_same_thread=False)
        except sqlite3.Error as error:
            raise self._damaged(error) from error
        self.passage_count = self._one("SELECT count(*) FROM passages")
        self.document_count = self._one("SELECT count(*) FROM documents")

    def passages(self, rows: Sequence[int]) -> list[Passage]:
        """The passages of these rows, in this order."""
        with self._lock, self._reading():
            return [self._passage(int(row)) for row in rows]

    def openings(self, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """The first row of each row's document; of a file that gathers many things (GATHERED), the row itself."""
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
        found = self._all(f"SELECT {COLUMNS} FROM documents WHERE path = ?", encode(path))
        if not found:
            return None
        with self._reading():
            *fields, text, seal = found[0]
            _, kind, title, language, source, digest, listed, author, date, address, tags, scanned = fields
            if seal != sealed(tuple(fields), text):
                raise ValueError(f"{path} is not what was written")
            sections = tuple(Section(*one) for one in json.loads(listed))
            return Document(
                path, kind, decode(text), decode(title), language, source, digest, sections,
                decode(author), date, decode(address), scanned, tuple(json.loads(tags)),
            )  # fmt: skip

    def paths(self) -> list[str]:
        """The documents' paths, in the order of their rows."""
        with self._reading():
            return [decode(path) for (path,) in self._all("SELECT path FROM documents ORDER BY id")]

    def copies(self, path: str) -> list[str]:
        """The other documents that are the same text or nearly, by their paths, in the order of their rows."""
        sql = (
            "SELECT d.path FROM copies c JOIN documents d ON d.id = c.document WHERE c.family ="
            " (SELECT family FROM copies JOIN documents ON id = document WHERE path = ?) ORDER BY d.id"
        )
        return [other for (one,) in self._all(sql, encode(path)) if (other := decode(one)) != path]

    def digests(self) -> list[tuple[str, str, str]]:
        """(path, source SHA-256, text SHA-256) of every document."""
        found = self._all("SELECT path, source_sha256, text_sha256 FROM documents")
        with self._reading():
            return [(decode(path), source, text) for path, source, text in found]

    def every(self, but: Container[str] = ()) -> Iterator[Passage]:
        """All passages by row, a document at a time, leaving out those of the paths `but`."""
        for path in self.paths():
            if path not in but:
                yield from self._of(path)

    def places(self) -> dict[str, tuple[int, int]]:
        """The first row and the number of passages of each document."""
        sql = (
            "SELECT path, min(row), count(*) FROM passages JOIN documents ON id = document GROUP BY document"
        )
        with self._reading():
            return {decode(path): (first, count) for path, first, count in self._all(sql)}

    def catalogue(self) -> list[Described]:
        """What each document says of itself, without its text."""
        found = self._all("SELECT path, kind, author, date, tags FROM documents")
        with self._reading():
            return [
                Described(decode(path), kind, decode(author), date, tuple(json.loads(tags)))
                for path, kind, author, date, tags in found
            ]

    def listed(self) -> list[Listed]:
        """Every document, in the order of their rows."""
        sql = (
            "SELECT path, kind, title, d.language, date, json_array_length(sections), count(*) FROM passages"
            " JOIN documents d ON d.id = document GROUP BY document ORDER BY document"
        )
        return [
            Listed(decode(path), kind, decode(title), *others)
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
                Passage(path, start, end, text[start:end], language, decode(context))
                for start, end, language, context in self._all(sql, encode(path))
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
        if seal != sealed((path, start, end, language, context, key), text):
            raise ValueError(f"passage {row} is not what was written")
        return Passage(decode(path), start, end, decode(text), language, decode(context))

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


def uri(path: Path) -> str:
    """The address by which SQLite opens a finished file for reading alone, writing nothing beside it."""
    return f"{path.absolute().as_uri()}?mode=ro&immutable=1"


def sealed(fields: tuple[object, ...], text: bytes) -> int:
    """A CRC-32 over the text of a document or a passage and its other columns but the seal itself."""
    return zlib.crc32(text, zlib.crc32(repr(fields).encode()))


def encode(text: str) -> bytes:
    """Any string as UTF-8, lone surrogates passed through; `decode` is the inverse."""
    return text.encode("utf-8", "surrogatepass")


def decode(data: bytes) -> str:
    """The inverse of `encode`."""
    return data.decode("utf-8", "surrogatepass")
