"""The trained reader's weights: checked on load, merged with the bundled encoder's, and run by torch.

`reader.safetensors` holds what training added (low-rank updates and two outputs); `reader.json` describes it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from index.errors import ModelError
from index.model import SOURCE_SHA256
from index.words import WordTable, other_weights

DESCRIPTION, VERSION = "reader.json", 1
BLOCKED = -1e4  # the score of a token that no span may touch
BATCH = 4
Array = NDArray[np.float32]


class Scorer(Protocol):
    """Scores windows `(ids, first)`: per window, (tokens, 2) scores of start and end, BLOCKED outside the passage."""

    def __call__(self, batch: Sequence[tuple[Sequence[int], int]]) -> list[Array]: ...


@dataclass(frozen=True, slots=True)
class Description:
    """What `reader.json` says: the file of weights, its digest, and how the updates are added."""

    weights: Path
    sha256: str
    scale: float


def load_description(folder: Path) -> Description:
    """Read `reader.json` in `folder` and check the weights that it names. Raises ModelError."""
    path = folder / DESCRIPTION
    mend = "Install Sourcier again: its files are not whole"
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
        weights = folder / said["weights"]
        digest = hashlib.sha256(weights.read_bytes()).hexdigest()
        described = Description(weights, said["sha256"], float(said["scale"]))
        version, base = said["version"], said["base"]["sha256"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelError(f"the reader in {folder} cannot be read ({error}). {mend}") from error
    if digest != described.sha256:
        raise ModelError(f"{weights} is not the file that {path} describes. {mend}")
    if (version, base) != (VERSION, SOURCE_SHA256):
        raise ModelError(f"{path} was made for another version of Sourcier or of the model. {mend}")
    return described


def merged_weights(base: Path, described: Description) -> dict[str, Array]:
    """The encoder's tensors by name, updates added, with `head.weight` and `head.bias`; the word table left out."""
    from safetensors.numpy import load_file

    tensors = other_weights(base)
    trained = {name: value.astype(np.float32) for name, value in load_file(described.weights).items()}
    for name, up in trained.items():
        if name.endswith(".up"):
            layer, matrix = name.removesuffix(".up").split(".linear.")
            down = trained[f"{layer}.linear.{matrix}.down"]
            tensors[f"encoder.{_layer(layer)}.{_matrix(matrix)}.weight"] += described.scale * up @ down
    return tensors | {name: trained[name] for name in ("head.weight", "head.bias")}


def _layer(name: str) -> str:
    return name.replace("layers.", "layer.")


def _matrix(name: str) -> str:
    """`attention_self_query` to `attention.self.query`."""
    return name.replace("_", ".")


def in_batches(
    batch: Sequence[tuple[Sequence[int], int]], run: Callable[[NDArray[np.int64], NDArray[np.bool_]], Array]
) -> list[Array]:
    """Scores in the order given: windows of like length go through `run(ids, mask)` together, padded."""
    scores: list[Array] = [np.zeros((0, 2), np.float32)] * len(batch)
    order = sorted(range(len(batch)), key=lambda n: len(batch[n][0]))
    for group in (order[i : i + BATCH] for i in range(0, len(order), BATCH)):
        longest = max(len(batch[n][0]) for n in group)
        ids = np.ones((len(group), longest), np.int64)
        mask = np.zeros((len(group), longest), bool)
        for row, n in enumerate(group):
            ids[row, : len(batch[n][0])], mask[row, : len(batch[n][0])] = batch[n][0], True
        for n, found in zip(group, run(ids, mask), strict=True):
            tokens, first = batch[n]
            scores[n] = np.full((len(tokens), 2), BLOCKED, np.float32)
            scores[n][0], scores[n][first : len(tokens) - 1] = found[0], found[first : len(tokens) - 1]
    return scores


def has_bfloat16() -> bool:
    """Whether the processor computes in bfloat16 by itself: where it does not, torch needs eight times as long."""
    import torch

    return bool(getattr(torch.cpu, "_is_avx512_bf16_supported", bool)())


def torch_scorer(base: Path, described: Description, exact: bool = False) -> Scorer:
    """Runs the merged weights in torch: in float32 if `exact`, or where the processor has no bfloat16."""
    import torch
    from torch.nn import functional

    dtype = torch.bfloat16 if not exact and has_bfloat16() else torch.float32
    w = {name: torch.from_numpy(value).to(dtype) for name, value in merged_weights(base, described).items()}
    words, config = WordTable(base), json.loads((base / "config.json").read_text())
    heads, layers = config["num_attention_heads"], config["num_hidden_layers"]
    places = w["embeddings.position_embeddings.weight"] + w["embeddings.token_type_embeddings.weight"][0]

    def norm(x: Any, name: str) -> Any:
        return functional.layer_norm(x, x.shape[-1:], w[f"{name}.weight"], w[f"{name}.bias"], 1e-12)

    def linear(x: Any, name: str) -> Any:
        return functional.linear(x, w[f"{name}.weight"], w[f"{name}.bias"])

    def layer(x: Any, blocked: Any, name: str) -> Any:
        query, key, value = (
            linear(x, f"{name}.attention.self.{part}").unflatten(-1, (heads, -1)).transpose(1, 2)
            for part in ("query", "key", "value")
        )
        mixed = functional.scaled_dot_product_attention(query, key, value, attn_mask=blocked)
        mixed = linear(mixed.transpose(1, 2).flatten(2), f"{name}.attention.output.dense")
        x = norm(x + mixed, f"{name}.attention.output.LayerNorm")
        inner = functional.gelu(linear(x, f"{name}.intermediate.dense"))
        return norm(x + linear(inner, f"{name}.output.dense"), f"{name}.output.LayerNorm")

    def run(ids: NDArray[np.int64], mask: NDArray[np.bool_]) -> Array:
        with torch.inference_mode():
            x = torch.from_numpy(words(ids)).to(dtype)
            x = norm(x + places[: ids.shape[1]], "embeddings.LayerNorm")
            blocked = torch.zeros(mask.shape, dtype=dtype).masked_fill(~torch.from_numpy(mask), BLOCKED)
            for n in range(layers):
                x = layer(x, blocked[:, None, None, :], f"encoder.layer.{n}")
            scores: Array = linear(x, "head").float().numpy()
        return scores

    return lambda batch: in_batches(batch, run)
