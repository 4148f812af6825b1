"""The bundled encoder in int8, as a module of sentence-transformers."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from sentence_transformers.base.modules import InputModule
from tokenizers import Tokenizer

from index.onnx_export import exported, runner
from index.onnx_graph import encoder_graph
from index.processor import quickest
from index.words import other_weights

LONGEST = 512  # tokens of a text, as the model has places for


class OnnxEncoder(InputModule):  # type: ignore[misc]  # the library is not followed
    """Texts to the mean of their tokens' vectors, (batch, hidden), not normalised. Raises ModelError."""

    def __init__(self, base: Path) -> None:
        super().__init__()
        self.tokenizer = Tokenizer.from_file(str(base / "tokenizer.json"))
        self.tokenizer.enable_truncation(LONGEST)
        self.tokenizer.enable_padding(pad_id=self.tokenizer.token_to_id("<pad>"), pad_token="<pad>")
        path = exported("encoder", "", base, lambda: other_weights(base), encoder_graph, quickest())
        self.run = runner(path, "vector", base)

    def preprocess(
        self, inputs: Sequence[str], prompt: str | None = None, **_: object
    ) -> dict[str, torch.Tensor]:
        """Token ids and mask, (batch, tokens), padded: the library sorts and cuts batches of this shape."""
        found = self.tokenizer.encode_batch([(prompt or "") + text for text in inputs])
        return {
            "input_ids": torch.tensor([one.ids for one in found]),
            "attention_mask": torch.tensor([one.attention_mask for one in found]),
        }

    def forward(self, features: dict[str, Any], **_: object) -> dict[str, Any]:
        """Adds `sentence_embedding`."""
        texts = zip(features["input_ids"], features["attention_mask"], strict=True)
        vectors = self.run([ids[mask.bool()].tolist() for ids, mask in texts])
        features["sentence_embedding"] = torch.from_numpy(np.stack(vectors))
        return features

    def save(self, output_path: str, *args: Any, **kwargs: Any) -> None:
        """Not done: the module is made from the bundled model alone."""
        raise NotImplementedError("the bundled model in int8 has nothing of its own to save")
