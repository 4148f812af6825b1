"""The two legs of a search, vectors and words, written for a new generation.

What the generation before has of either is carried over and not made anew.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from index.cache import encoded_text
from index.corpus import Corpus
from index.disk import storing, write_file
from index.errors import IndexDamaged, StorageError
from index.exact import EXACT, ExactVectors, VectorFile
from index.gather import Carried, in_memory
from index.manifest import Manifest
from index.store import CORPUS, LEXICAL, VECTORS, as_written
from index.types import OnProgress, Progress, Vectors

if TYPE_CHECKING:
    from index.lexical import LexicalIndex
    from index.sketching import Code

FLAT = 50_000  # passages; of more, the vectors are searched approximately
Ask = Callable[[Sequence[str]], Vectors]


@dataclass(frozen=True, slots=True)
class Earlier:
    """The generation that the new one is built on: its folder, its manifest, and which of its documents are `kept`."""

    folder: Path
    manifest: Manifest
    kept: Collection[str]

    @property
    def corpus(self) -> Path:
        return self.folder / CORPUS

    def sound(self, names: Collection[str]) -> bool:
        """Whether these of its files are, to the last byte, what was written."""
        return as_written(self.folder, self.manifest, names)


def room_for(aside: Path) -> Callable[[int, int], Vectors | VectorFile]:
    """Makes room for the vectors of a generation: in memory for up to FLAT passages, in a file in `aside` for more."""

    def room(rows: int, width: int) -> Vectors | VectorFile:
        return in_memory(rows, width) if rows <= FLAT else VectorFile(aside / EXACT, rows, width)

    return room


def write_legs(
    aside: Path,
    corpus: Corpus,
    vectors: Vectors | VectorFile,
    ask: Ask,
    on_progress: OnProgress,
    earlier: Earlier | None = None,
) -> str:
    """Write both legs, check that the words can be read, and return the SHA-256 that the file of vectors must have.

    `ask` encodes questions, by which an approximate index is measured. The words and the code of `earlier` are carried
    over, as far as its files are what was written. Raises StorageError.
    """
    from index.lexical import LexicalIndex

    on_progress(Progress("writing", 0, 3))
    digest = _write_vectors(aside, corpus, vectors, ask, earlier)
    on_progress(Progress("writing", 1, 3))
    with storing(aside / LEXICAL):
        (aside / LEXICAL).mkdir()
        _write_words(aside / LEXICAL, corpus, earlier)
    if len(LexicalIndex(aside / LEXICAL)) != corpus.passage_count:
        raise StorageError(f"{aside / LEXICAL} does not read as it was written: check the disk")
    return digest


def carried_vectors(corpus: Corpus, earlier: Earlier | None) -> Carried | None:
    """The exact vectors that `earlier` has of the documents that are kept.

    None where it has no file of them, where that is not what was written, or where there are too few passages now.
    """
    if (
        not earlier
        or corpus.passage_count <= FLAT
        or EXACT not in earlier.manifest.files
        or not earlier.sound({EXACT})
    ):
        return None
    with suppress(IndexDamaged), closing(Corpus(earlier.corpus)) as served:
        exact = ExactVectors(earlier.folder / EXACT, earlier.manifest.dimension)
        if len(exact) == served.passage_count:
            return Carried(exact, origins(served, corpus, earlier.kept))
    return None


def origins(old: Corpus, new: Corpus, kept: Collection[str]) -> NDArray[np.int64]:
    """The row in `old` of each row of `new`, -1 for those of documents that are not `kept`."""
    rows = np.full(new.passage_count, -1, np.int64)
    were = old.places()
    for path, (first, count) in new.places().items():
        if path in kept:
            rows[first : first + count] = np.arange(were[path][0], were[path][0] + count)
    return rows


def _write_vectors(
    aside: Path,
    corpus: Corpus,
    vectors: Vectors | VectorFile,
    ask: Ask,
    earlier: Earlier | None,
) -> str:
    if isinstance(vectors, np.ndarray):
        from index.vectors import pack_vectors

        packed = pack_vectors(vectors)
        with storing(aside / VECTORS):
            write_file(aside / VECTORS, packed)
        return hashlib.sha256(packed).hexdigest()
    from index.recall import measure, questions_of
    from index.sketching import write_sketches

    vectors.close()
    exact = ExactVectors(aside / EXACT, vectors.shape[1])
    with storing(aside / VECTORS):
        languages = corpus.languages()
        digest = write_sketches(aside, exact, languages, _code(earlier, exact.shape[1]) if earlier else None)
        groups = np.searchsorted(sorted(set(languages)), languages).astype(np.uint16)
        measure(aside, groups, ask(questions_of(corpus)))
    return digest


def _code(earlier: Earlier, width: int) -> Code | None:
    """How the earlier generation wrote its sketches; None if it had none for this width, or they are damaged."""
    from index.approximate import SHAPE, load_shape, load_sketches
    from index.sketching import code_of

    names = {VECTORS, SHAPE}
    if names - earlier.manifest.files.keys() or earlier.manifest.dimension != width:
        return None
    if not earlier.sound(names):
        return None
    with suppress(IndexDamaged):
        return code_of(load_sketches(earlier.folder, 1)[0], load_shape(earlier.folder).trained)
    return None


def _write_words(folder: Path, corpus: Corpus, earlier: Earlier | None) -> None:
    from index.lexical import write_lexical

    carried = _carried_words(corpus, earlier) if earlier else None
    old, origin = carried or (None, None)
    texts = (
        encoded_text(passage) for passage in corpus.every(but=earlier.kept if earlier and carried else ())
    )
    write_lexical(texts, corpus.languages(), folder, old, origin)


def _carried_words(corpus: Corpus, earlier: Earlier) -> tuple[LexicalIndex, NDArray[np.int64]] | None:
    """The words of the earlier generation, and the row there of each passage; None if they must be made anew."""
    from index.lexical import LexicalIndex

    if not earlier.sound({name for name in earlier.manifest.files if name.startswith(LEXICAL)}):
        return None
    with suppress(IndexDamaged), closing(Corpus(earlier.corpus)) as served:
        old = LexicalIndex(earlier.folder / LEXICAL)
        if old.carriable and len(old) == served.passage_count:
            return old, origins(served, corpus, earlier.kept)
    return None
