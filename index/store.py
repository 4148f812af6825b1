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
import threading
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from platformdirs import user_data_path

from index.contract import Found, Query
from index.corpus import Corpus
from index.disk import file_digest
from index.errors import IndexDamaged, IndexMismatch, IndexMissing, SourcesError
from index.filters import EVERYTHING, Filter
from index.finding import Mask, find
from index.hold import Hold
from index.manifest import Manifest, load
from index.types import Document, Listed, Passage

if TYPE_CHECKING:
    from index.approximate import ApproximateIndex
    from index.lexical import LexicalIndex
    from index.vectors import VectorIndex

CURRENT, GENERATIONS, OWNER = "CURRENT", "generations", "lock.owner"
MANIFEST, CORPUS, VECTORS, LEXICAL = "manifest.json", "corpus.sqlite", "vectors.faiss", "lexical"
_NAME = re.compile(r"[0-9]{8}T[0-9]{6}Z-[0-9a-f]{8}")
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
        return _pointer(index)
    except (IndexMissing, IndexDamaged):
        return None


def read_manifest(index: Path) -> Manifest:
    """The manifest as it is now. Raises IndexMissing, IndexDamaged, IndexMismatch (a newer version)."""
    return load_manifest(generation_folder(index, _pointer(index)))


def open_generation(index: Path) -> Generation:
    """The one that serves, checked; where it is damaged, another whole one, whose `notice` says so.

    Its files are read to the last byte if the latest writer did not end well. Raises IndexMissing, IndexDamaged,
    IndexMismatch (a newer version).
    """
    name, whole = "", stopped_unclean(index)
    try:
        while True:
            name = _pointer(index)
            try:
                return Generation(generation_folder(index, name), whole)
            except IndexDamaged:  # or collected a moment ago: then the pointer has moved on
                if _pointer(index) == name:
                    raise
    except IndexDamaged as error:
        return fall_back(index, error, name)


def fall_back(index: Path, error: IndexDamaged, damaged: str = "") -> Generation:
    """The newest whole generation but the one named `damaged`; where there is none, raises `error`."""
    try:
        folders = sorted((index / GENERATIONS).iterdir(), reverse=True)
    except OSError:
        raise error from None
    for folder in folders:
        if _NAME.fullmatch(folder.name) and folder.name != damaged:
            with suppress(IndexDamaged, IndexMismatch):
                return Generation(folder, whole=True, instead_of=error)
    raise error


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
        return _differences(folder, load_manifest(folder), whole)
    except (IndexDamaged, IndexMismatch) as error:
        return [str(error)]


class Generation:
    """One whole index, open for reading; threads may share it, and it stays readable until `close`.

    Vectors and words are loaded when first asked for. Every method may raise IndexDamaged. `notice` is "" unless it
    serves in place of a damaged one.
    """

    def __init__(self, folder: Path, whole: bool = False, instead_of: IndexDamaged | None = None) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._vectors: VectorIndex | ApproximateIndex | None = None
        self._lexical: LexicalIndex | None = None
        self._masks: dict[Filter, Mask] = {}
        try:
            self._hold = Hold(folder / CORPUS)
        except OSError as error:
            raise IndexDamaged(_unreadable(folder / CORPUS, error)) from error
        try:
            self.manifest = load_manifest(folder)
            self.id = self.manifest.generation
            problems = _differences(folder, self.manifest, whole)
            if problems:
                raise IndexDamaged("; ".join(problems) + ". Run: sourcier index")
            self._corpus = Corpus(folder / CORPUS)
            self.notice = (
                f"{instead_of}. Until then, answers come from the index of {self.manifest.built_at}"
                if instead_of
                else ""
            )
        except BaseException:
            self._hold.release()
            raise

    @property
    def snapshot(self) -> str:
        """The name of the generation."""
        return self.id

    def count(self, where: Filter = EVERYTHING) -> int:
        """How many passages `where` admits."""
        allowed = self._allowed(where)
        return self.manifest.passages if allowed is None else int(np.count_nonzero(allowed))

    def find(self, query: Query, k: int, where: Filter = EVERYTHING) -> Found:
        """See `contract.Store`."""
        return find(self.vectors, self.lexical, self._corpus.openings, query, k, self._allowed(where))

    @property
    def vectors(self) -> VectorIndex | ApproximateIndex:
        """The dense leg; row n is passage n."""
        from index.approximate import SHAPE, ApproximateIndex
        from index.vectors import VectorIndex

        with self._lock:
            if self._vectors is None:
                try:
                    self._vectors = (
                        ApproximateIndex(self._folder)
                        if SHAPE in self.manifest.files
                        else VectorIndex((self._folder / VECTORS).read_bytes())
                    )
                except OSError as error:
                    raise IndexDamaged(_unreadable(self._folder / VECTORS, error)) from error
            return self._vectors

    @property
    def lexical(self) -> LexicalIndex:
        """The lexical leg; row n is passage n."""
        from index.lexical import LexicalIndex

        with self._lock:
            if self._lexical is None:
                self._lexical = LexicalIndex(self._folder / LEXICAL)
            return self._lexical

    def passages(self, rows: Sequence[int]) -> list[Passage]:
        """The passages of these rows, in this order."""
        return self._corpus.passages(rows)

    def document(self, path: str) -> Document:
        """The document of that path. Raises SourcesError if the index has none."""
        document = self._corpus.document(path)
        if document is None and path in self.manifest.sources:
            raise IndexDamaged(f"{self._folder / CORPUS} has lost {path}. Run: sourcier index")
        if document is None:
            raise SourcesError(
                f"{path} is not in the index. `sourcier status` lists what changed or was skipped"
            )
        return document

    def copies(self, path: str) -> list[str]:
        """The paths of the other documents that are the same text or nearly."""
        return self._corpus.copies(path)

    def paths(self) -> list[str]:
        """The documents' paths, sorted."""
        return sorted(self.manifest.sources)

    def languages(self) -> dict[str, int]:
        """How many passages each language has, the largest first."""
        return self._corpus.language_counts()

    def listed(self) -> list[Listed]:
        """Every document, without its text."""
        return self._corpus.listed()

    def _allowed(self, where: Filter) -> Mask | None:
        """Which passages `where` admits, by row; None for all."""
        if not where:
            return None
        mask = self._masks.get(where)
        if mask is None:
            mask = np.zeros(self.manifest.passages, bool)
            for path, kind, date, first, count in self._corpus.catalogue():
                mask[first : first + count] = where.admits(path, kind, date)
            if where.languages:
                wanted = [n for n, name in enumerate(self.lexical.names) if name in where.languages]
                mask &= np.isin(self.lexical.codes, wanted)
            self._masks = {where: mask}  # the last one alone: a conversation keeps to its filter
        return mask

    def close(self) -> None:
        """Let go of the files; safe to repeat."""
        self._corpus.close()
        self._hold.release()


def generation_folder(index: Path, name: str) -> Path:
    """Where the generation of that name lies."""
    return index / GENERATIONS / name


def load_manifest(folder: Path) -> Manifest:
    """The manifest of the generation in `folder`. Raises IndexDamaged, IndexMismatch (a newer version)."""
    path = folder / MANIFEST
    try:
        data = path.read_bytes()
    except OSError as error:
        raise IndexDamaged(_unreadable(path, error)) from error
    manifest = load(data, str(path))
    if manifest.generation != folder.name.removeprefix(".tmp-"):
        raise IndexDamaged(f"{path} is the manifest of {manifest.generation}. Run: sourcier index")
    return manifest


def _differences(folder: Path, manifest: Manifest, whole: bool) -> list[str]:
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


def _pointer(index: Path) -> str:
    path = index / CURRENT
    try:
        text = path.read_bytes().decode("ascii", "replace")
    except (FileNotFoundError, NotADirectoryError) as error:
        raise IndexMissing(f"there is no index in {index} yet. Run: sourcier index") from error
    except OSError as error:
        raise IndexDamaged(_unreadable(path, error)) from error
    if not text.endswith("\n") or not _NAME.fullmatch(text[:-1]):
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


def _unreadable(path: Path, error: OSError) -> str:
    return f"{path} cannot be read: {error.strerror or error}. Run: sourcier index"
