"""A fast encoder for tests: hashed bags of words, so that texts that share words are near and ranks are real."""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence

import numpy as np

from index.types import Vectors

DIMENSION = 256


class BagEncoder:
    """Implements `index.types.Encoder`; `encoded` counts the passages that it was given."""

    def __init__(self, identity: str = "bag@1") -> None:
        self.identity = identity
        self.name = identity.split("@")[0]
        self.encoded = 0

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        return np.stack([_bag(text) for text in texts]) if texts else np.zeros((0, DIMENSION), np.float32)

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        self.encoded += len(texts)
        return self.encode_queries(texts)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [len(re.findall(r"\w+|[^\w\s]", text)) for text in texts]


def _bag(text: str) -> Vectors:
    vector = np.full(DIMENSION, 1e-3, np.float32)
    for word in re.findall(r"\w+", text.casefold()):
        vector[zlib.crc32(word.encode()) % DIMENSION] += 1
    return vector / np.linalg.norm(vector)
