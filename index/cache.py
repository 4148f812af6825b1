"""Every vector that was ever needed, by content: after a killed build, the next finds here all that it had encoded."""

from __future__ import annotations

import hashlib
import logging
import sqlite3
import zlib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np

from index.disk import storing
from index.types import Passage, Vectors

CACHE = "vectors.sqlite"  # its name in the index folder
_LOG = logging.getLogger(__name__)
_SCHEMA = "CREATE TABLE IF NOT EXISTS vectors (key BLOB PRIMARY KEY, vector BLOB, checksum INTEGER)"
_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR}  # the last: not our table
_AT_ONCE = 500  # SQLite takes 999 values in one statement


def encoded_text(passage: Passage) -> str:
    """What the encoder sees of a passage: its context, then its text; lone surrogates become U+FFFD."""
    text = f"{passage.context}\n{passage.text}" if passage.context else passage.text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def cache_key(identity: str, text: str) -> bytes:
    """The SHA-256 under which the vector of `text` is kept that the encoder `identity` gives."""
    return hashlib.sha256(f"{identity}\0{text}".encode("utf-8", "surrogatepass")).digest()


class VectorCache:
    """Vectors by key, durable as soon as `put` returns; one process at a time (the writer's lock sees to it).

    A file that SQLite cannot read is begun anew, with a warning, and an entry whose checksum fails is passed
    over: both only cost encoding again. A disk that refuses raises StorageError.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        with storing(path):
            try:
                self._db = self._connect()
            except sqlite3.DatabaseError as error:
                self._start_anew(error)

    def get(self, keys: Sequence[bytes]) -> Iterator[tuple[bytes, Vectors]]:
        """Pairs (key, vector of shape (dimension,)) of those keys that are there and sound, in no order."""
        for at in range(0, len(keys), _AT_ONCE):
            some = keys[at : at + _AT_ONCE]
            marks = ", ".join("?" * len(some))
            for key, vector, checksum in self._read(f"SELECT * FROM vectors WHERE key IN ({marks})", some):
                if isinstance(vector, bytes) and vector and _checksum(key, vector) == checksum:
                    yield key, np.frombuffer(vector, np.float32)

    def put(self, keys: Sequence[bytes], vectors: Vectors) -> None:
        """Store one vector, shape (n, dimension), for each key."""
        blobs = [vector.tobytes() for vector in np.ascontiguousarray(vectors, np.float32)]
        entries = [(key, blob, _checksum(key, blob)) for key, blob in zip(keys, blobs, strict=True)]
        with storing(self._path):
            try:
                self._insert(entries)
            except sqlite3.DatabaseError as error:
                self._start_anew(error)
                self._insert(entries)

    def prune(self, keep: Iterable[bytes]) -> int:
        """Drop all but these keys; returns how many were dropped."""
        with storing(self._path), self._db:
            kept = set(keep)
            gone = [(key,) for (key,) in self._db.execute("SELECT key FROM vectors") if key not in kept]
            self._db.executemany("DELETE FROM vectors WHERE key IS ?", gone)
        return len(gone)

    @staticmethod
    def compact(path: Path) -> None:
        """Rewrite the file at `path` without its free space. A file that is not there, or damaged, is left alone."""
        if not path.exists():
            return
        cache = VectorCache(path)
        try:
            with storing(path):
                cache._db.execute("VACUUM")
        finally:
            cache.close()

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()

    def _insert(self, entries: list[tuple[bytes, bytes, int]]) -> None:
        with self._db:
            self._db.executemany("INSERT OR REPLACE INTO vectors VALUES (?, ?, ?)", entries)

    def _read(self, sql: str, values: Sequence[bytes]) -> list[tuple[bytes, bytes, int]]:
        with storing(self._path):
            try:
                return self._db.execute(sql, values).fetchall()
            except sqlite3.DatabaseError as error:
                self._start_anew(error)
                return []

    def _connect(self) -> sqlite3.Connection:
        db = sqlite3.connect(self._path)
        try:
            db.execute("PRAGMA synchronous=FULL")
            # KiB; usually 2,000, in which a large index finds nothing again.
            db.execute("PRAGMA cache_size=-65536")
            db.execute("PRAGMA temp_store=MEMORY")
            db.execute("PRAGMA secure_delete=ON")  # a vector says much of its text
            db.execute(_SCHEMA)
            db.execute("SELECT key, vector, checksum FROM vectors LIMIT 1")
            db.commit()
        except BaseException:
            db.close()
            raise
        return db

    def _start_anew(self, error: sqlite3.DatabaseError) -> None:
        """Begin an empty file if the old one is damaged; raise `error` again if it is anything else."""
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if code not in _DAMAGED:
            raise error
        if hasattr(self, "_db"):
            self._db.close()
        remove_cache(self._path)
        _LOG.warning("%s was damaged (%s) and is begun anew: passages are encoded again", self._path, error)
        self._db = self._connect()


def remove_cache(path: Path) -> None:
    """Remove the file, and what SQLite may have left beside it. Raises OSError."""
    for suffix in ("", "-journal", "-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)


def _checksum(key: bytes, vector: bytes) -> int:
    return zlib.crc32(vector, zlib.crc32(key))
