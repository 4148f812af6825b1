"""What questions are searched in, written for a generation: what the one before has of it is carried over."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Sequence
from contextlib import closing, suppress
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


def room_for(aside: Path) -> Callable[[int, int], Vectors | VectorFile]:
    """Room for the vectors of a generation: memory for few, a file of it for many."""

    def room(rows: int, width: int) -> Vectors | VectorFile:
        return in_memory(rows, width) if rows <= FLAT else VectorFile(aside / EXACT, rows, width)

    return room


def write_legs(
    aside: Path,
    corpus: Corpus,
    vectors: Vectors | VectorFile,
    ask: Ask,
    on_progress: OnProgress,
    before: tuple[Path, Manifest] | None = None,
    kept: Collection[str] = (),
) -> str:
    """Write both legs, try the words, and give the SHA-256 that the vectors must have.

    `ask` encodes questions, by which an approximate index is measured. `before` is the generation whose words and code
    are carried over for the documents `kept`, as far as its files are what was written. Raises StorageError.
    """
    from index.lexical import LexicalIndex

    on_progress(Progress("writing", 0, 3))
    old = before if before and kept else None
    digest = _write_vectors(aside, corpus, vectors, ask, old)
    on_progress(Progress("writing", 1, 3))
    with storing(aside / LEXICAL):
        (aside / LEXICAL).mkdir()
        _write_words(aside / LEXICAL, corpus, old, kept)
    if len(LexicalIndex(aside / LEXICAL)) != corpus.passage_count:
        raise StorageError(f"{aside / LEXICAL} does not read as it was written: check the disk")
    return digest


def carried_vectors(
    corpus: Corpus, before: tuple[Path, Manifest] | None, kept: Collection[str]
) -> Carried | None:
    """The exact vectors of the generation before for the documents `kept`; None where it has no such file, or not as it
    was written, or where they are too few for one now."""
    if not before or not kept or corpus.passage_count <= FLAT or EXACT not in before[1].files:
        return None
    folder, manifest = before
    if not as_written(folder, manifest, {EXACT}):
        return None
    with suppress(IndexDamaged), closing(Corpus(folder / CORPUS)) as served:
        exact = ExactVectors(folder / EXACT, manifest.dimension)
        if len(exact) == served.passage_count:
            return Carried(exact, origins(served, corpus, kept))
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
    before: tuple[Path, Manifest] | None,
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
        digest = write_sketches(aside, exact, languages, _code(*before, exact.shape[1]) if before else None)
        groups = np.searchsorted(sorted(set(languages)), languages).astype(np.uint16)
        measure(aside, groups, ask(questions_of(corpus)))
    return digest


def _code(folder: Path, manifest: Manifest, width: int) -> Code | None:
    """How the generation before wrote its sketches; None if it had none for this width, or they are damaged."""
    from index.approximate import SHAPE, load_shape, load_sketches
    from index.sketching import code_of

    names = {VECTORS, SHAPE}
    if names - manifest.files.keys() or manifest.dimension != width:
        return None
    if not as_written(folder, manifest, names):
        return None
    with suppress(IndexDamaged):
        return code_of(load_sketches(folder, 1)[0], load_shape(folder).trained)
    return None


def _write_words(
    folder: Path, corpus: Corpus, before: tuple[Path, Manifest] | None, kept: Collection[str]
) -> None:
    from index.lexical import write_lexical

    carried = _carried(corpus, *before, kept) if before else None
    old, origin = carried or (None, None)
    texts = (encoded_text(passage) for passage in corpus.every(but=kept if carried else ()))
    write_lexical(texts, corpus.languages(), folder, old, origin)


def _carried(
    corpus: Corpus, folder: Path, manifest: Manifest, kept: Collection[str]
) -> tuple[LexicalIndex, NDArray[np.int64]] | None:
    """The words of the generation before and which are whose; None if they must be made anew."""
    from index.lexical import LexicalIndex

    if not as_written(folder, manifest, {name for name in manifest.files if name.startswith(LEXICAL)}):
        return None
    with suppress(IndexDamaged), closing(Corpus(folder / CORPUS)) as served:
        old = LexicalIndex(folder / LEXICAL)
        if old.carriable and len(old) == served.passage_count:
            return old, origins(served, corpus, kept)
    return None
