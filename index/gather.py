"""The vectors of a corpus: from the cache where it has them, from the encoder where not."""

from __future__ import annotations

import numpy as np

from index.cache import VectorCache, encoded_text
from index.corpus import Corpus
from index.errors import ModelError
from index.types import Encoder, OnProgress, Progress, Vectors

BATCH = 64  # passages; each batch is durable once encoded


def gather(
    corpus: Corpus, cache: VectorCache, encoder: Encoder, on_progress: OnProgress, width: int = 0
) -> tuple[Vectors, int]:
    """Unit vectors of all passages, shape (passages, dimension), and how many of them were encoded now.

    Passages of the same key are encoded once. A `width` other than 0 is the dimension that cached vectors
    must have. Raises ModelError if the encoder gives anything but one finite vector a text, StorageError.
    """
    keys = corpus.keys()
    first: dict[bytes, int] = {}
    for row, key in enumerate(keys):
        first.setdefault(key, row)
    vectors = np.zeros((len(keys), width), np.float32)
    found = set()
    for key, vector in cache.get(list(first)):
        if not vectors.shape[1]:
            vectors = np.zeros((len(keys), len(vector)), np.float32)
        if len(vector) == vectors.shape[1]:
            vectors[first[key]] = vector
            found.add(key)
    lengths = corpus.lengths()
    missing = sorted((row for key, row in first.items() if key not in found), key=lambda row: -lengths[row])
    for at in range(0, len(missing), BATCH):
        on_progress(Progress("encoding", at, len(missing)))
        rows = missing[at : at + BATCH]
        batch = _encode(encoder, [encoded_text(passage) for passage in corpus.passages(rows)])
        cache.put([keys[row] for row in rows], batch)
        if not vectors.shape[1]:
            vectors = np.zeros((len(keys), batch.shape[1]), np.float32)
        if batch.shape[1] != vectors.shape[1]:  # the cache's are of another model, whatever their key says
            if width:
                raise ModelError(f"{encoder.name} gives vectors of {width} and of {batch.shape[1]} numbers")
            vectors, encoded = gather(corpus, cache, encoder, on_progress, batch.shape[1])
            return vectors, encoded + at + len(rows)
        vectors[rows] = batch
    on_progress(Progress("encoding", len(missing), len(missing)))
    for row, key in enumerate(keys):
        if first[key] != row:
            vectors[row] = vectors[first[key]]
    return vectors, len(missing)


def _encode(encoder: Encoder, texts: list[str]) -> Vectors:
    vectors = encoder.encode_passages(texts)
    if vectors.ndim != 2 or len(vectors) != len(texts) or not vectors.shape[1]:
        raise ModelError(f"{encoder.name} gave an array of shape {vectors.shape} for {len(texts)} passages")
    if not np.isfinite(vectors).all():
        raise ModelError(f"{encoder.name} gave vectors that are not finite numbers")
    return vectors
