"""The encoder's word vectors, read from its file row by row.

The table is 384 MB and a question needs a few hundred of its rows. Mapped into memory, every row would bring in 64 KB
of its neighbours, and soon the whole.
"""

from __future__ import annotations

import json
import struct
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.errors import ModelError

NAME = "embeddings.word_embeddings.weight"
LONGEST_HEADER = 2**24  # bytes; ours has 20,000
Array = NDArray[np.float32]


class WordTable:
    """Looks up the vectors of words in `model.safetensors` in a model's folder. Raises ModelError."""

    def __init__(self, base: Path) -> None:
        self.path = base / "model.safetensors"
        try:
            with self.path.open("rb") as file:
                (size,) = struct.unpack("<Q", file.read(8))
                entry = json.loads(file.read(min(size, LONGEST_HEADER)))[NAME]
                (self.count, self.hidden), (start, _) = entry["shape"], entry["data_offsets"]
        except (OSError, ValueError, KeyError, TypeError, struct.error) as error:
            raise self._damaged(str(error)) from error
        if entry["dtype"] != "F32":
            raise self._damaged(f"its words are {entry['dtype']}, not F32")
        self.start = 8 + size + start

    def __call__(self, ids: NDArray[np.int64]) -> Array:
        """(batch, tokens) ids to (batch, tokens, hidden)."""
        wanted, places = np.unique(ids, return_inverse=True)
        rows = np.empty((len(wanted), self.hidden), "<f4")
        try:
            with self.path.open("rb", buffering=0) as file:
                for row, word in zip(rows, wanted.tolist(), strict=True):
                    if not 0 <= word < self.count:
                        raise IndexError(f"there is no word {word} among {self.count}")
                    file.seek(self.start + word * row.nbytes)
                    if file.readinto(row) != row.nbytes:
                        raise self._damaged(f"it ends before word {word}")
        except OSError as error:
            raise self._damaged(error.strerror or str(error)) from error
        return rows[places.reshape(ids.shape)]

    def _damaged(self, what: str) -> ModelError:
        return ModelError(
            f"{self.path} cannot be read ({what}). Delete {self.path.parent}, and it is unpacked again"
        )


def other_weights(base: Path) -> dict[str, Array]:
    """The model's tensors by name, all but its words."""
    from safetensors import safe_open

    with safe_open(base / "model.safetensors", framework="numpy") as file:
        return {name: file.get_tensor(name) for name in file.keys() if name != NAME}  # noqa: SIM118
