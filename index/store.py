"""The index folder as its readers see it. `index.publish` is the writer's side.

    .sourcier/
      CURRENT                 the name of the generation that serves, replaced atomically
      generations/<name>/     manifest.json, corpus.sqlite, vectors.faiss, lexical/; `index.approximate` names more
      vectors.sqlite          every vector by content, for the next build
      scans/                  what OCR read, by content, for the next build
      lock, lock.owner        one writer at a time, across processes; the second is there while it writes
      forgotten.json          names of files that are kept out
      feedback.jsonl          what was said of answers: `assistant.feedback` keeps it
      doubted                 there once a reader met damage, until the next build has read it all
      .gitignore, CACHEDIR.TAG  say that it is no part of the folder, and can be made again

A generation never changes once it has its name, but for its manifest: that is replaced whole when times or
skipped files alone differ. Nothing here writes, but for the note of a doubt.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import socket
import sys
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path

from platformdirs import user_data_path

from index.disk import file_digest
from index.errors import IndexDamaged, IndexMismatch, IndexMissing, UsageError
from index.hold import unheld
from index.manifest import Manifest, load

CURRENT, GENERATIONS, LOCK, OWNER = "CURRENT", "generations", "lock", "lock.owner"
# Left by a reader that met damage: the next to open the index, or to write it, reads it whole.
DOUBTED = "doubted"
ASIDE = ".tmp-"  # how the folder of a generation is called before it has its name, or when it is to go
MANIFEST, CORPUS, VECTORS, LEXICAL = "manifest.json", "corpus.sqlite", "vectors.faiss", "lexical"
GENERATION_NAME = re.compile(r"[0-9]{8}T[0-9]{6}Z-[0-9a-f]{8}")
_SMALL = 2**24  # bytes; opening reads files up to this size whole (some 20 ms each), of others the size alone


def index_folder(sources: Path, chosen: Path | None = None) -> Path:
    """Where the index of `sources` lies: `chosen`, else inside, else (unwritable) in the user's data.

    Raises UsageError if the folder of sources itself is chosen.
    """
    if chosen is not None:
        if chosen.resolve() == sources.resolve():
            raise UsageError(
                f"the index cannot be {chosen}, the folder of sources itself: choose another --index"
            )
        return chosen
    usual = inside(sources)
    nearest = next((folder for folder in (usual, sources) if folder.exists()), None)
    if nearest is None or os.access(nearest, os.W_OK | os.X_OK):
        return usual
    digest = hashlib.sha256(os.fsencode(sources.resolve())).hexdigest()[:16]
    return Path(os.environ.get("SOURCIER_DATA") or user_data_path("sourcier")) / "indexes" / digest


def inside(sources: Path) -> Path:
    """Where the index of `sources` lies by default."""
    return sources / ".sourcier"


def current(index: Path) -> str | None:
    """The id of the generation that serves, or None if there is none; reads one small file."""
    try:
        return pointer(index)
    except (IndexMissing, IndexDamaged):
        return None


def read_manifest(index: Path) -> Manifest:
    """The manifest as it is now. Raises IndexMissing, IndexDamaged, IndexMismatch (a newer version)."""
    return load_manifest(generation_folder(index, pointer(index)))


def doubted(index: Path) -> bool:
    """Whether every byte must be read before the index is trusted.

    So it is if a reader met damage, or the latest writer did not end well.
    """
    return (index / DOUBTED).exists() or stopped_unclean(index)


def doubt(index: Path) -> None:
    """Note, where a note can be written, that every byte of the index must be read at its next opening or build."""
    with suppress(OSError):
        (index / DOUBTED).touch()


def stopped_unclean(index: Path) -> bool:
    """Whether the latest writer died on this machine, before it could take its note away."""
    try:
        owner = json.loads((index / OWNER).read_text(encoding="ascii"))
        if owner["host"] != socket.gethostname():
            return False
    except (OSError, ValueError, KeyError, TypeError):  # no note, or one half written
        return False
    if sys.platform == "win32":  # there, nobody can tell whether it is held
        return False
    with unheld(index / LOCK) as free:  # whoever writes holds it; its number may be another's by now
        return free


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


def generations(index: Path) -> list[str]:
    """The names of all generations, the oldest first; a damaged one counts."""
    try:
        return sorted(
            path.name for path in (index / GENERATIONS).iterdir() if GENERATION_NAME.fullmatch(path.name)
        )
    except OSError:
        return []


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
    if manifest.generation != folder.name.removeprefix(ASIDE):
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


def as_written(folder: Path, manifest: Manifest, names: Collection[str]) -> bool:
    """Whether these files of a generation are, to the last byte, what was written: no damage is to be carried over."""
    try:
        return all(file_digest(folder / name) == manifest.files[name][1] for name in names)
    except OSError:  # unreadable is as bad as wrong
        return False


def pointer(index: Path) -> str:
    """The name of the generation that serves. Raises IndexMissing, IndexDamaged."""
    path = index / CURRENT
    try:
        text = path.read_bytes().decode("ascii", "replace")
    except (FileNotFoundError, NotADirectoryError) as error:
        raise IndexMissing(f"there is no index in {index} yet. Run: sourcier index") from error
    except OSError as error:
        raise IndexDamaged(unreadable(path, error)) from error
    if not text.endswith("\n") or not GENERATION_NAME.fullmatch(text[:-1]):
        raise IndexDamaged(f"{path} is not what was written. Run: sourcier index")
    return text[:-1]


def unreadable(path: Path, error: OSError) -> str:
    """The message for a file of the index that cannot be read."""
    return f"{path} cannot be read: {error.strerror or error}. Run: sourcier index"
