"""Writing to disk so that it stays written, and saying in words what stood in the way."""

from __future__ import annotations

import errno
import hashlib
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from index.errors import StorageError

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_FORBIDDEN = {errno.EACCES, errno.EPERM, errno.EROFS}
_ELSEWHERE = "or choose another place with --index"


@contextmanager
def storing(path: Path) -> Iterator[None]:
    """Turn failures of the disk, and of SQLite on it, into StorageError: which file, and what mends it."""
    try:
        yield
    except OSError as error:
        name = error.filename if isinstance(error.filename, str) else path
        raise StorageError(
            f"{name} could not be written: {error.strerror or error}. {_mend(error)}"
        ) from error
    except sqlite3.Error as error:
        raise StorageError(f"{path} could not be written: {error}. {_mend_sqlite(error)}") from error


def write_file(path: Path, data: bytes) -> None:
    """Write a new file through to the disk. Raises OSError."""
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def replace_file(path: Path, data: bytes) -> None:
    """Write a file so that at any moment, power cuts included, it is wholly old or new. Raises OSError."""
    aside = path.with_name(path.name + ".new")
    write_file(aside, data)
    os.replace(aside, path)
    sync_folder(path.parent)


def sync_file(path: Path) -> None:
    """Push a file that others wrote through to the disk. Raises OSError."""
    handle = os.open(path, os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sync_folder(folder: Path) -> None:
    """Push the names in a folder through to the disk, where a system can (Windows can't). Raises OSError."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def file_digest(path: Path) -> str:
    """SHA-256 of a file's bytes. Raises OSError."""
    with open(path, "rb", opener=_open_at_once) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _open_at_once(path: str, flags: int) -> int:
    """Without waiting for the other end, should a pipe have taken a file's place."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def _mend(error: OSError) -> str:
    if error.errno in _FULL:
        return f"Free some space there, {_ELSEWHERE}"
    if error.errno in _FORBIDDEN:
        return f"Make it writable, {_ELSEWHERE}"
    if error.errno == errno.EIO:
        return f"The disk reports a fault: check it, {_ELSEWHERE}"
    return f"Look at that place, {_ELSEWHERE}"


def _mend_sqlite(error: sqlite3.Error) -> str:
    match getattr(error, "sqlite_errorcode", 0) & 0xFF:
        case sqlite3.SQLITE_FULL:
            return f"Free some space there, {_ELSEWHERE}"
        case sqlite3.SQLITE_READONLY | sqlite3.SQLITE_CANTOPEN | sqlite3.SQLITE_PERM:
            return f"Make it writable, {_ELSEWHERE}"
        case sqlite3.SQLITE_IOERR:
            return f"The disk may be full or at fault: check it, {_ELSEWHERE}"
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return "Another program has it open: close that, and run: sourcier index"
    return f"Look at that place, {_ELSEWHERE}"
