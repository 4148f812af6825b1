"""The bundled encoder in int8, with tokenizers and onnxruntime alone: they load in a second, torch in many."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from index.onnx_export import exported, runner
from index.onnx_graph import encoder_graph
from index.processor import quickest
from index.types import Vectors
from index.words import other_weights

LONGEST = 512  # tokens of a text, as the model has places for


class TextEncoder:
    """The model in the folder `base`. Raises ModelError."""

    def __init__(self, base: Path) -> None:
        from tokenizers import Tokenizer

        self.tokenizer = Tokenizer.from_file(str(base / "tokenizer.json"))
        self.tokenizer.enable_truncation(LONGEST)
        path = exported("encoder", "", base, lambda: other_weights(base), encoder_graph, quickest())
        self._run = runner(path, "vector", base)

    def words(self, texts: Sequence[str]) -> list[list[int]]:
        """The ids of each text's tokens, LONGEST at most."""
        return [one.ids for one in self.tokenizer.encode_batch(list(texts))]

    def vectors(self, words: Sequence[Sequence[int]]) -> Vectors:
        """Unit vectors of texts given as `words`, shape (n, dimension): the mean of the tokens' own, for n > 0."""
        means = np.stack(self._run(words))
        found: Vectors = means / np.linalg.norm(means, axis=1, keepdims=True)
        return found
