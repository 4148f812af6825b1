"""One whole index, open for reading, and which one that is: the latest, or the one before where that is damaged."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from index.contract import Found, Query
from index.corpus import Corpus
from index.errors import IndexDamaged, IndexMismatch, SourcesError
from index.filters import EVERYTHING, Filter
from index.finding import Mask, find
from index.hold import Hold
from index.store import (
    CORPUS,
    GENERATION_NAME,
    GENERATIONS,
    LEXICAL,
    VECTORS,
    differences,
    doubted,
    generation_folder,
    load_manifest,
    pointer,
    unreadable,
)  # fmt: skip
from index.types import Document, Listed, Passage

if TYPE_CHECKING:
    from index.approximate import ApproximateIndex
    from index.lexical import LexicalIndex
    from index.vectors import VectorIndex


def open_generation(index: Path) -> Generation:
    """Open the generation that serves, checked; where it is damaged, the newest whole one, whose `notice` says so.

    Every byte is read if the latest writer did not end well, or a reader met damage. Raises IndexMissing, IndexDamaged,
    IndexMismatch (a newer version).
    """
    name, whole = "", doubted(index)
    try:
        while True:
            name = pointer(index)
            try:
                return Generation(generation_folder(index, name), whole)
            except IndexDamaged:  # or collected a moment ago: then the pointer has moved on
                if pointer(index) == name:
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
        if GENERATION_NAME.fullmatch(folder.name) and folder.name != damaged:
            with suppress(IndexDamaged, IndexMismatch):
                return Generation(folder, whole=True, instead_of=error)
    raise error


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
            raise IndexDamaged(unreadable(folder / CORPUS, error)) from error
        try:
            self.manifest = load_manifest(folder)
            self.id = self.manifest.generation
            problems = differences(folder, self.manifest, whole)
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
                    raise IndexDamaged(unreadable(self._folder / VECTORS, error)) from error
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
            places = self._corpus.places()
            for document in self._corpus.catalogue():
                first, count = places.get(document.path, (0, 0))
                mask[first : first + count] = where.admits(document)
            if where.languages:
                wanted = [n for n, name in enumerate(self.lexical.names) if name in where.languages]
                mask &= np.isin(self.lexical.codes, wanted)
            self._masks = {where: mask}  # the last one alone: a conversation keeps to its filter
        return mask

    def close(self) -> None:
        """Let go of the files; safe to repeat."""
        self._corpus.close()
        self._hold.release()
