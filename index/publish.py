"""The index folder as its one writer sees it: lock it, write aside, sync, swap the pointer, collect."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, Timeout

from index.cache import CACHE, remove_cache
from index.disk import file_digest, replace_file, storing, sync_file, sync_folder, write_file
from index.errors import IndexBusy
from index.hold import unheld
from index.manifest import Manifest, dump
from index.scancache import SCANS, prune
from index.store import ASIDE, CORPUS, CURRENT, DOUBTED, GENERATIONS, LOCK, MANIFEST, OWNER, generation_folder

WAIT_SECONDS = 60.0  # how long a second writer waits for the first
_NOTES = {
    ".gitignore": "*\n",
    "CACHEDIR.TAG": "Signature: 8a477f597d28d172789f06886806bc55\n"
    "# The index that Sourcier made of a folder. It can be deleted: `sourcier index` makes it again.\n",
}


@dataclass(frozen=True, slots=True)
class Entry:
    """What a writer found when it came in: whether it `waited` for another, and whether the index may be damaged.

    It is `unclean` if the writer before did not end well, or a reader met damage.
    """

    waited: bool
    unclean: bool


@contextmanager
def writer(index: Path) -> Iterator[Entry]:
    """Make the index folder if need be and be its only writer in the block.

    Raises IndexBusy after WAIT_SECONDS, StorageError if the folder cannot be written.
    """
    with storing(index):
        (index / GENERATIONS).mkdir(parents=True, exist_ok=True)
        for name, text in _NOTES.items():
            if not (index / name).exists():
                (index / name).write_text(text, encoding="ascii")
    lock = FileLock(index / LOCK)
    waited = _acquire(lock, index)
    note = index / OWNER
    unclean = note.exists() or (index / DOUBTED).exists()
    try:
        with suppress(OSError):  # the note is a courtesy; the lock is what counts
            since = datetime.now(UTC).isoformat(timespec="seconds")
            owner = {"pid": os.getpid(), "host": socket.gethostname(), "since": since}
            note.write_text(json.dumps(owner), encoding="ascii")
        yield Entry(waited, unclean)
    finally:
        with suppress(OSError):
            note.unlink(missing_ok=True)
        lock.release()


def begin(index: Path) -> Path:
    """Make an empty folder for a new generation; `name_of` gives the generation's name. Raises StorageError."""
    name = f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{secrets.token_hex(4)}"
    folder = index / GENERATIONS / (ASIDE + name)
    with storing(folder):
        folder.mkdir()
    return folder


def name_of(aside: Path) -> str:
    """The name of the generation that is written in this folder, which `begin` made."""
    return aside.name.removeprefix(ASIDE)


def seal(aside: Path) -> dict[str, tuple[int, str]]:
    """Flush all files to the disk, read them back, and return {name: (size in bytes, SHA-256)}. Raises StorageError."""
    files = sorted(path for path in aside.rglob("*") if path.is_file())
    with storing(aside):
        for path in files:
            sync_file(path)
        for folder in sorted({path.parent for path in files}):
            sync_folder(folder)
        return {
            path.relative_to(aside).as_posix(): (path.stat().st_size, file_digest(path)) for path in files
        }


def publish(index: Path, aside: Path, manifest: Manifest) -> None:
    """Give a sealed generation its name and make it the one that serves.

    Raises StorageError; then the generation before goes on serving.
    """
    with storing(aside):
        write_file(aside / MANIFEST, dump(manifest))
        sync_folder(aside)
        aside.rename(generation_folder(index, manifest.generation))
        sync_folder(index / GENERATIONS)
        replace_file(index / CURRENT, f"{manifest.generation}\n".encode("ascii"))


def restate(index: Path, manifest: Manifest) -> None:
    """Replace the manifest of a generation whose other files stay as they are. Raises StorageError."""
    path = generation_folder(index, manifest.generation) / MANIFEST
    with storing(path):
        replace_file(path, dump(manifest))


def trusted(index: Path) -> None:
    """Remove the note of doubt: everything was read to the last byte, or made anew. Raises StorageError."""
    with storing(index / DOUBTED):
        (index / DOUBTED).unlink(missing_ok=True)


def erase(index: Path) -> None:
    """Delete the caches and let no generation serve; `collect` then removes the generations. Raises StorageError."""
    with storing(index):
        (index / CURRENT).unlink(missing_ok=True)
        sync_folder(index)
        remove_cache(index / CACHE)
    prune(index / SCANS, ())


def collect(index: Path, keep: set[str] | None) -> tuple[str, ...]:
    """Remove what killed builds left and every generation that is not in `keep`; if `keep` is None, no generation.

    Returns the names of those that had to stay because a reader holds them. Files beside the generations belong to
    someone else and are left alone. Raises StorageError.
    """
    with storing(index):
        folders = sorted(path for path in (index / GENERATIONS).iterdir() if path.is_dir())
    stay = []
    for folder in folders:
        if folder.name.startswith(ASIDE):
            shutil.rmtree(folder, ignore_errors=True)
        elif keep is not None and folder.name not in keep:
            _remove(folder)
        else:
            continue
        if folder.exists():
            stay.append(folder.name)
    return tuple(stay)


def _remove(folder: Path) -> None:
    gone = folder.with_name(ASIDE + folder.name)
    with unheld(folder / CORPUS) as free, suppress(OSError):  # Windows: open files refuse, and stay
        if free:
            folder.rename(gone)
    if free:
        shutil.rmtree(gone, ignore_errors=True)


def _acquire(lock: FileLock, index: Path) -> bool:
    with storing(index / LOCK):
        try:
            lock.acquire(timeout=0)
            return False
        except Timeout:
            pass
        try:
            lock.acquire(timeout=WAIT_SECONDS, poll_interval=0.1)
            return True
        except Timeout as error:
            raise IndexBusy(
                f"{_owner(index)} is writing the index in {index}. Wait until it is done, or end it, and "
                "run: sourcier index"
            ) from error


def _owner(index: Path) -> str:
    try:
        owner = json.loads((index / OWNER).read_text(encoding="ascii"))
        return f"process {int(owner['pid'])} (since {owner['since']})"
    except (OSError, ValueError, KeyError, TypeError):  # no note, or one half written
        return "another process"
