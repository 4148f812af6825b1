"""The index folder as its readers see it. `index.publish` is the writer's side.

    .sourcier/
      CURRENT                 the name of the generation that serves, replaced atomically
      generations/<name>/     manifest.json, corpus.sqlite, vectors.faiss, lexical/; `index.approximate` names more
      vectors.sqlite          every vector by content, for the next build
      lock, lock.owner        one writer at a time, across processes; the second is there while it writes
      forgotten.json          names of files that are kept out

A generation never changes once it has its name, but for its manifest: that is replaced whole when times or
skipped files alone differ. Nothing here writes.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import socket
import sys
from pathlib import Path

from platformdirs import user_data_path

from index.disk import file_digest
from index.errors import IndexDamaged, IndexMismatch, IndexMissing
from index.manifest import Manifest, load

CURRENT, GENERATIONS, OWNER = "CURRENT", "generations", "lock.owner"
MANIFEST, CORPUS, VECTORS, LEXICAL = "manifest.json", "corpus.sqlite", "vectors.faiss", "lexical"
NAME = re.compile(r"[0-9]{8}T[0-9]{6}Z-[0-9a-f]{8}")
_SMALL = 2**24  # bytes; opening reads files up to this size whole (some 20 ms each), of others the size alone


def index_folder(sources: Path, chosen: Path | None = None) -> Path:
    """Where the index of `sources` lies: `chosen`, else inside, else (unwritable) in the user's data."""
    if chosen is not None:
        return chosen
    inside = sources / ".sourcier"
    nearest = next((folder for folder in (inside, sources) if folder.exists()), None)
    if nearest is None or os.access(nearest, os.W_OK | os.X_OK):
        return inside
    digest = hashlib.sha256(os.fsencode(sources.resolve())).hexdigest()[:16]
    return Path(os.environ.get("SOURCIER_DATA") or user_data_path("sourcier")) / "indexes" / digest


def current(index: Path) -> str | None:
    """The id of the generation that serves, or None if there is none; reads one small file."""
    try:
        return pointer(index)
    except (IndexMissing, IndexDamaged):
        return None


def read_manifest(index: Path) -> Manifest:
    """The manifest as it is now. Raises IndexMissing, IndexDamaged, IndexMismatch (a newer version)."""
    return load_manifest(generation_folder(index, pointer(index)))


def stopped_unclean(index: Path) -> bool:
    """Whether the latest writer died on this machine, before it could take its note away."""
    try:
        owner = json.loads((index / OWNER).read_text(encoding="ascii"))
        return owner["host"] == socket.gethostname() and not _alive(int(owner["pid"]))
    except (OSError, ValueError, KeyError, TypeError):  # no note, or one half written
        return False


def read_names(index: Path) -> tuple[str, ...]:
    """The documents of the index that serves, as far as its manifest can be read."""
    try:
        return tuple(read_manifest(index).sources)
    except (IndexMissing, IndexDamaged, IndexMismatch):
        return ()


def damage(folder: Path, whole: bool = False) -> list[str]:
    """What is wrong with a generation, one sentence a file. `whole` reads large files to the last byte."""
    try:
        return differences(folder, load_manifest(folder), whole)
    except (IndexDamaged, IndexMismatch) as error:
        return [str(error)]


def generation_folder(index: Path, name: str) -> Path:
    """Where the generation of that name lies."""
    return index / GENERATIONS / name


def load_manifest(folder: Path) -> Manifest:
    """The manifest of the generation in `folder`. Raises IndexDamaged, IndexMismatch (a newer version)."""
    path = folder / MANIFEST
    try:
        data = path.read_bytes()
    except OSError as error:
        raise IndexDamaged(unreadable(path, error)) from error
    manifest = load(data, str(path))
    if manifest.generation != folder.name.removeprefix(".tmp-"):
        raise IndexDamaged(f"{path} is the manifest of {manifest.generation}. Run: sourcier index")
    return manifest


def differences(folder: Path, manifest: Manifest, whole: bool) -> list[str]:
    """How the files of a generation differ from what its manifest says of them, one sentence a file."""
    found = []
    for name, (size, digest) in manifest.files.items():
        path = folder / name
        try:
            now = path.stat().st_size
            if now != size:
                found.append(f"{path} has {now} bytes instead of {size}")
            elif (whole or size <= _SMALL) and file_digest(path) != digest:
                found.append(f"{path} is not what was written")
        except OSError as error:
            found.append(f"{path} cannot be read: {error.strerror or error}")
    return found


def pointer(index: Path) -> str:
    """The name of the generation that serves. Raises IndexMissing, IndexDamaged."""
    path = index / CURRENT
    try:
        text = path.read_bytes().decode("ascii", "replace")
    except (FileNotFoundError, NotADirectoryError) as error:
        raise IndexMissing(f"there is no index in {index} yet. Run: sourcier index") from error
    except OSError as error:
        raise IndexDamaged(unreadable(path, error)) from error
    if not text.endswith("\n") or not NAME.fullmatch(text[:-1]):
        raise IndexDamaged(f"{path} is not what was written. Run: sourcier index")
    return text[:-1]


def _alive(pid: int) -> bool:
    if sys.platform == "win32":  # there, signal 0 would end the process
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:  # another user's
        return True
    return True


def unreadable(path: Path, error: OSError) -> str:
    """What is said of a file of the index that cannot be read."""
    return f"{path} cannot be read: {error.strerror or error}. Run: sourcier index"
