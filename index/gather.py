"""The vectors of a corpus, and of questions: from the cache where it has them, from the encoder where not."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from index.cache import VectorCache, cache_key, encoded_text
from index.corpus import Corpus
from index.errors import ModelError
from index.exact import ExactVectors
from index.types import Encoder, OnProgress, Progress, Vectors

BATCH = 64  # passages; each batch is durable once encoded
AT_ONCE = 4096  # passages that are looked up at once


class Room(Protocol):
    """What vectors are written into, (rows, width): an array, or a file of them."""

    @property
    def shape(self) -> tuple[int, ...]: ...

    def __setitem__(self, rows: NDArray[np.int64], vectors: Vectors, /) -> None: ...


@dataclass(frozen=True, slots=True)
class Carried:
    """The vectors of an earlier index; `origin` (n,) is the row in it of each passage, -1 where it has none."""

    exact: ExactVectors
    origin: NDArray[np.int64]


R = TypeVar("R", bound=Room)


def in_memory(rows: int, width: int) -> Vectors:
    """Room for vectors in an array of zeros."""
    return np.zeros((rows, width), np.float32)


def gather(
    corpus: Corpus,
    cache: VectorCache,
    encoder: Encoder,
    on_progress: OnProgress,
    room: Callable[[int, int], R],
    carried: Carried | None = None,
) -> tuple[R, int]:
    """Unit vectors of all passages, shape (passages, dimension), and how many of them were encoded now.

    Passages of the same key are encoded once; what is `carried` is not looked up. Raises ModelError if the encoder
    gives anything but one finite vector a text, StorageError.
    """
    keys = corpus.keys()

    def fill(vectors: R | None, rows: Sequence[int]) -> tuple[R | None, int, int]:
        """The vectors with these rows, how many were encoded, and the other width that the encoder gives, or 0."""
        vectors, missing = _look_up(cache, keys, rows, room, vectors)
        encoded = 0
        for new, batch in _encode_missing(corpus, cache, encoder, on_progress, missing):
            encoded += len(new)
            width = batch.shape[1]
            if vectors is None:
                vectors = room(len(keys), width)
            if width != vectors.shape[1]:
                return vectors, encoded, width
            counts = [len(missing[key]) for key in new]
            vectors[np.array([row for key in new for row in missing[key]])] = np.repeat(batch, counts, axis=0)
        return vectors, encoded, 0

    if carried:
        old = room(len(keys), carried.exact.shape[1])
        vectors, encoded, width = fill(old, _carry(carried, old))
    else:
        vectors, encoded, width = fill(None, range(len(keys)))
    if width:  # the cache's are of another model, whatever their key says
        vectors, more, other = fill(room(len(keys), width), range(len(keys)))
        if other:
            raise _two_widths(encoder, width, other)
        encoded += more
    return vectors if vectors is not None else room(0, 0), encoded


def _look_up(
    cache: VectorCache,
    keys: list[bytes],
    wanted: Sequence[int],
    room: Callable[[int, int], R],
    vectors: R | None,
) -> tuple[R | None, dict[bytes, list[int]]]:
    """The vectors with the rows that the cache has of those `wanted`, and the rows that it has not, by their keys.

    Without `vectors` there is room made for the first that is found.
    """
    missing: dict[bytes, list[int]] = {}
    for at in range(0, len(wanted), AT_ONCE):
        some = {row: keys[row] for row in wanted[at : at + AT_ONCE]}
        found = dict(cache.get(list(dict.fromkeys(some.values()))))
        if vectors is None and found:
            vectors = room(len(keys), len(next(iter(found.values()))))
        rows, block = [], []
        for row, key in some.items():
            if vectors is not None and key in found and len(found[key]) == vectors.shape[1]:
                rows.append(row)
                block.append(found[key])
            else:
                missing.setdefault(key, []).append(row)
        if vectors is not None and rows:
            vectors[np.array(rows)] = np.stack(block)
    return vectors, missing


def _encode_missing(
    corpus: Corpus,
    cache: VectorCache,
    encoder: Encoder,
    on_progress: OnProgress,
    missing: dict[bytes, list[int]],
) -> Iterator[tuple[list[bytes], Vectors]]:
    """(keys, their vectors) a batch at a time, the longest texts first; each is durable by then."""
    lengths = corpus.lengths() if missing else []
    waiting = sorted(missing, key=lambda key: -lengths[missing[key][0]])
    for at in range(0, len(waiting), BATCH):
        on_progress(Progress("encoding", at, len(waiting)))
        new = waiting[at : at + BATCH]
        texts = [encoded_text(passage) for passage in corpus.passages([missing[key][0] for key in new])]
        batch = _checked(encoder.encode_passages(texts), encoder, len(texts))
        cache.put(new, batch)
        yield new, batch
    on_progress(Progress("encoding", len(waiting), len(waiting)))


def _carry(carried: Carried, vectors: Room) -> list[int]:
    """Copy what is carried; the rows that are not."""
    rows = np.flatnonzero(carried.origin >= 0)
    for at in range(0, len(rows), AT_ONCE):
        some = rows[at : at + AT_ONCE]
        vectors[some] = carried.exact.rows(carried.origin[some])
        carried.exact.release()
    return np.flatnonzero(carried.origin < 0).tolist()


class Asked:
    """Encodes questions to vectors of `width` numbers, taking those from the cache that it has.

    `keys` are the cache keys of all that were asked.
    """

    def __init__(self, cache: VectorCache, encoder: Encoder, width: int) -> None:
        self._cache, self._encoder, self._width = cache, encoder, width
        self.keys: list[bytes] = []

    def __call__(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors, shape (texts, dimension). Raises ModelError, StorageError."""
        keys = [asked_key(self._encoder.identity, text) for text in texts]
        self.keys += keys
        found = {key: one for key, one in self._cache.get(keys) if len(one) == self._width}
        new = {key: text for key, text in zip(keys, texts, strict=True) if key not in found}
        if new:
            vectors = _checked(self._encoder.encode_queries(list(new.values())), self._encoder, len(new))
            if vectors.shape[1] != self._width:
                raise _two_widths(self._encoder, self._width, vectors.shape[1])
            self._cache.put(list(new), vectors)
            found.update(zip(new, vectors, strict=True))
        return np.stack([found[key] for key in keys])


def asked_key(identity: str, text: str) -> bytes:
    """The cache key of a text's vector as a question."""
    return cache_key(f"{identity}|asked", text)


def _checked(vectors: Vectors, encoder: Encoder, texts: int) -> Vectors:
    if vectors.ndim != 2 or len(vectors) != texts or not vectors.shape[1]:
        raise ModelError(f"{encoder.name} gave an array of shape {vectors.shape} for {texts} texts")
    if not np.isfinite(vectors).all():
        raise ModelError(f"{encoder.name} gave vectors that are not finite numbers")
    return vectors


def _two_widths(encoder: Encoder, one: int, other: int) -> ModelError:
    return ModelError(f"{encoder.name} gives vectors of {one} and of {other} numbers")
