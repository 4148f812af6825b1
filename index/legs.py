"""What questions are searched in, written for a generation: what the one before has of it is carried over."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from contextlib import closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from index.cache import encoded_text
from index.corpus import Corpus
from index.disk import file_digest, storing, write_file
from index.errors import IndexDamaged, StorageError
from index.manifest import Manifest
from index.store import CORPUS, LEXICAL, VECTORS
from index.types import OnProgress, Progress, Vectors

if TYPE_CHECKING:
    from index.lexical import LexicalIndex


def write_legs(
    aside: Path,
    corpus: Corpus,
    vectors: Vectors,
    on_progress: OnProgress,
    before: tuple[Path, Manifest] | None = None,
    kept: Collection[str] = (),
) -> str:
    """Write both legs, try the words, and give the SHA-256 that the vectors must have.

    `before` is the generation whose words are carried over for the documents `kept`, as far as its files are what was
    written. Raises StorageError.
    """
    from index.lexical import LexicalIndex
    from index.vectors import pack_vectors

    on_progress(Progress("writing", 0, 3))
    packed = pack_vectors(vectors)
    with storing(aside / VECTORS):
        write_file(aside / VECTORS, packed)
    on_progress(Progress("writing", 1, 3))
    with storing(aside / LEXICAL):
        (aside / LEXICAL).mkdir()
        _write_words(aside / LEXICAL, corpus, before, kept)
    if len(LexicalIndex(aside / LEXICAL)) != corpus.passage_count:
        raise StorageError(f"{aside / LEXICAL} does not read as it was written: check the disk")
    return hashlib.sha256(packed).hexdigest()


def origins(old: Corpus, new: Corpus, kept: Collection[str]) -> NDArray[np.int64]:
    """The row in `old` of each row of `new`, -1 for those of documents that are not `kept`."""
    rows = np.full(new.passage_count, -1, np.int64)
    were = old.places()
    for path, (first, count) in new.places().items():
        if path in kept:
            rows[first : first + count] = np.arange(were[path][0], were[path][0] + count)
    return rows


def _write_words(
    folder: Path, corpus: Corpus, before: tuple[Path, Manifest] | None, kept: Collection[str]
) -> None:
    from index.lexical import write_lexical

    carried = _carried(corpus, *before, kept) if before and kept else None
    old, origin = carried or (None, None)
    texts = (encoded_text(passage) for passage in corpus.every(but=kept if carried else ()))
    write_lexical(texts, corpus.languages(), folder, old, origin)


def _carried(
    corpus: Corpus, folder: Path, manifest: Manifest, kept: Collection[str]
) -> tuple[LexicalIndex, NDArray[np.int64]] | None:
    """The words of the generation before and which are whose; None if they must be made anew."""
    from index.lexical import LexicalIndex

    if not _as_written(folder, manifest):
        return None
    with suppress(IndexDamaged), closing(Corpus(folder / CORPUS)) as served:
        old = LexicalIndex(folder / LEXICAL)
        if old.carriable and len(old) == served.passage_count:
            return old, origins(served, corpus, kept)
    return None


def _as_written(folder: Path, manifest: Manifest) -> bool:
    """Whether the words of a generation are, to the last byte, what was written: no damage is to be carried."""
    files = [
        (folder / name, digest) for name, (_, digest) in manifest.files.items() if name.startswith(LEXICAL)
    ]
    try:
        return all(file_digest(path) == digest for path, digest in files)
    except OSError:  # unreadable is as bad as wrong
        return False
