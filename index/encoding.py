"""Text to vectors, many through sentence-transformers. The prefixes are put on here alone, so none is mixed up."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from index.errors import ModelError
from index.model import NAME, SOURCE_SHA256, prepare_model
from index.onnx_graph import LAYOUT, ROWS
from index.onnx_texts import TextEncoder
from index.processor import quickest
from index.types import Vectors
from index.words import WordTable
from prompts import embedding_prompts

BATCH = 32
# So few texts, less than a batch of a build, are encoded without sentence-transformers, which loads for many seconds.
FEW = 63
BY_ROWS = ".rows"  # in an identity


class SentenceEncoder:
    """Any sentence-transformers model, by name or folder; "" is the bundled one. Loaded at first use.

    The bundled one runs in int8 through onnxruntime, or with `precision` "float32" through torch, on a GPU if there
    is one. Another model runs as it is. Of no more than FEW texts, the first gives the very same vectors at once.

    In int8 a vector depends a little on the kind of processor (cosine to float32 at least 0.9997 or 0.998): `identity`
    tells that too.
    """

    def __init__(self, model: str = "", precision: str = "int8") -> None:
        self.model = model
        self.in_int8 = not model and precision == "int8"

    @cached_property
    def name(self) -> str:
        """What the manifest and the page call the model."""
        return Path(self.model).name if self.model else NAME

    @cached_property
    def prompts(self) -> dict[str, str]:
        """The prefixes {"query": ..., "passage": ...}: ours, else those of the model's own configuration."""
        listed = embedding_prompts(self.model or NAME)
        if listed is not None:
            return listed
        own: dict[str, str] = self._model.prompts or {}
        return {"query": own.get("query", ""), "passage": own.get("passage", own.get("document", ""))}

    @cached_property
    def identity(self) -> str:
        """Model, revision and prefixes in one line; vectors of different identities are never in one index."""
        if not self.model:
            revision = SOURCE_SHA256[:16]
            if self.in_int8:
                revision += f"+int8.{LAYOUT}" + BY_ROWS * (quickest() == ROWS)
        elif Path(self.model).is_dir():
            revision = folder_digest(Path(self.model))
        else:
            revision = "hub"
        return f"{self.model or NAME}@{revision}|{self.prompts['query']!r}|{self.prompts['passage']!r}"

    @cached_property
    def _texts(self) -> TextEncoder:
        base = prepare_model()
        os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
        try:
            return TextEncoder(base)
        except ModelError as error:
            raise ModelError(
                f"{error}. To run the model on torch instead, set SOURCIER_PRECISION=float32"
            ) from error
        except Exception as error:  # tokenizers and safetensors raise many kinds
            raise _unusable(base, error) from error

    @cached_property
    def _model(self) -> Any:
        source = self.model or str(prepare_model())
        os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
        if not self.model:
            os.environ["HF_HUB_OFFLINE"] = "1"  # nothing to fetch: the model is on disk
        from sentence_transformers import SentenceTransformer
        from transformers.utils import logging

        logging.disable_progress_bar()  # loading takes a second, and the report on it means nothing to a user
        logging.set_verbosity_error()
        try:
            if self.in_int8:
                from index.onnx_encoder import OnnxEncoder

                return SentenceTransformer(modules=[OnnxEncoder(self._texts)], device="cpu")
            loaded = SentenceTransformer(source, device=None, local_files_only=Path(source).is_dir())
        except ModelError:
            raise
        except Exception as error:  # the library raises many kinds; each means that the model is unusable
            raise _unusable(source, error) from error
        if not self.model and loaded.device.type == "cpu":
            _leave_words_on_disk(loaded, Path(source))
        return loaded

    @cached_property
    def tokenizer(self) -> Any:
        """A `tokenizers.Tokenizer` that cuts and pads nothing, its vocabulary shared with the model's (280 MB)."""
        from tokenizers import Tokenizer

        own = (self._texts if self.in_int8 else self._model).tokenizer
        own = getattr(own, "backend_tokenizer", own)
        shared = Tokenizer(own.model)
        shared.normalizer, shared.pre_tokenizer = own.normalizer, own.pre_tokenizer
        return shared

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors of questions, shape (n, dimension)."""
        return self._encode(texts, self.prompts["query"])

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors of passages, shape (n, dimension)."""
        return self._encode(texts, self.prompts["passage"])

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text, without prefix and special tokens."""
        if self.in_int8:
            encoded = self.tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)
            return [len(one) for one in encoded]
        found = self._model.tokenizer(list(texts), add_special_tokens=False, verbose=False)
        return [len(ids) for ids in found["input_ids"]]

    def _encode(self, texts: Sequence[str], prefix: str) -> Vectors:
        prompted = [prefix + text for text in texts]
        if self.in_int8 and 0 < len(prompted) <= FEW:
            return self._texts.vectors(self._texts.words(prompted))
        vectors: Vectors = self._model.encode(
            prompted,
            batch_size=BATCH,
            normalize_embeddings=not self.in_int8,  # they are unit vectors already
            show_progress_bar=False,
        )
        return np.ascontiguousarray(vectors, dtype=np.float32)


def _unusable(model: str | Path, error: Exception) -> ModelError:
    return ModelError(f"the model {model} could not be loaded: {error}")


def _leave_words_on_disk(loaded: Any, folder: Path) -> None:
    """Saves 380 MB of memory, and costs about a hundredth of the encoder's time."""
    import torch

    words = WordTable(folder)

    class Words(torch.nn.Module):  # type: ignore[misc]  # torch is not followed
        def forward(self, ids: Any) -> Any:
            return torch.from_numpy(words(ids.numpy()))

    loaded[0].auto_model.embeddings.word_embeddings = Words()


def folder_digest(folder: Path) -> str:
    """A digest of the names and bytes of all files of a model's folder. Raises OSError."""
    digest = hashlib.sha256()
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        digest.update(path.relative_to(folder).as_posix().encode() + b"\0")
        with path.open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()[:16]
