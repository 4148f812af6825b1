"""The bundled encoder in int8, as a module of sentence-transformers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from sentence_transformers.base.modules import InputModule
from torch.nn.utils.rnn import pad_sequence

from index.onnx_texts import TextEncoder


class OnnxEncoder(InputModule):  # type: ignore[misc]  # the library is not followed
    """Texts to unit vectors, (batch, hidden). Raises ModelError."""

    def __init__(self, texts: TextEncoder) -> None:
        super().__init__()
        self.texts, self.tokenizer = texts, texts.tokenizer

    def preprocess(
        self, inputs: Sequence[str], prompt: str | None = None, **_: object
    ) -> dict[str, torch.Tensor]:
        """Token ids and mask, (batch, tokens), padded: the library sorts and cuts batches of this shape."""
        words = [torch.tensor(ids) for ids in self.texts.words([(prompt or "") + text for text in inputs])]
        masks = [torch.ones_like(ids) for ids in words]
        return {
            "input_ids": pad_sequence(words, batch_first=True),
            "attention_mask": pad_sequence(masks, batch_first=True),
        }

    def forward(self, features: dict[str, Any], **_: object) -> dict[str, Any]:
        """Adds `sentence_embedding`."""
        texts = zip(features["input_ids"], features["attention_mask"], strict=True)
        vectors = self.texts.vectors([ids[mask.bool()].tolist() for ids, mask in texts])
        features["sentence_embedding"] = torch.from_numpy(vectors)
        return features

    def save(self, output_path: str, *args: Any, **kwargs: Any) -> None:
        """Not done: the module is made from the bundled model alone."""
        raise NotImplementedError("the bundled model in int8 has nothing of its own to save")
