"""The span reader: the bundled encoder with low-rank updates of its matrices and two outputs on every token.

The base is frozen, in bfloat16 where the processor has it. A matrix and its update are merged before each step, so
that the forward pass is one product; the backward pass never forms the gradient of the whole matrix. Both together
cost 2/3 of training it whole.
"""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.nn import functional

MATRICES = (
    "attention.self.query",
    "attention.self.key",
    "attention.self.value",
    "attention.output.dense",
    "intermediate.dense",
    "output.dense",
)
RANK = 32
SCALE = 2.0
BLOCKED = -1e4  # the score of a token that no span may touch


class _Merged(torch.autograd.Function):
    """x @ whole.T + bias, where whole = base + scale * up @ down; gradients of x, down and up alone."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, whole: Tensor, bias: Tensor, down: Tensor, up: Tensor) -> Tensor:
        ctx.save_for_backward(x, whole, down, up)
        return functional.linear(x, whole, bias)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, None, None, Tensor, Tensor]:
        x, whole, down, up = ctx.saved_tensors
        flat_x, flat = x.flatten(0, -2), grads[0].flatten(0, -2)
        small_up, small_down = up.to(flat.dtype), down.to(flat.dtype)
        inner = flat @ small_up
        grad_down = inner.T @ flat_x
        grad_up = flat.T @ (flat_x @ small_down.T)
        grad_x = (flat @ whole).view_as(x)
        return grad_x, None, None, SCALE * grad_down.to(down.dtype), SCALE * grad_up.to(up.dtype)


class Updated(nn.Module):
    """A frozen linear layer and its trained low-rank update."""

    whole: Tensor
    base: Tensor
    bias: Tensor

    def __init__(self, weight: Tensor, bias: Tensor, rank: int, dtype: torch.dtype) -> None:
        super().__init__()
        self.register_buffer("base", weight, persistent=False)
        self.register_buffer("bias", bias.to(dtype), persistent=False)
        self.register_buffer("whole", weight.to(dtype, copy=True), persistent=False)
        self.down = nn.Parameter(torch.empty(rank, weight.shape[1]))
        self.up = nn.Parameter(torch.zeros(weight.shape[0], rank))
        nn.init.kaiming_uniform_(self.down, a=math.sqrt(5))

    @torch.no_grad()
    def merge(self) -> None:
        """Bring the merged matrix up to date; call it after every change of `down` and `up`."""
        self.whole.copy_(torch.addmm(self.base, self.up, self.down, alpha=SCALE))

    def forward(self, x: Tensor) -> Tensor:
        """(..., in) to (..., out)."""
        merged: Tensor = _Merged.apply(x, self.whole, self.bias, self.down, self.up)
        return merged


class Norm(nn.Module):
    """A frozen layer norm."""

    weight: Tensor
    bias: Tensor

    def __init__(self, weight: Tensor, bias: Tensor, dtype: torch.dtype) -> None:
        super().__init__()
        self.register_buffer("weight", weight.to(dtype), persistent=False)
        self.register_buffer("bias", bias.to(dtype), persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        """Normalise the last axis."""
        return functional.layer_norm(x, x.shape[-1:], self.weight, self.bias, 1e-12)


class Layer(nn.Module):
    """One layer of BERT, after-norm."""

    def __init__(
        self, weights: dict[str, Tensor], prefix: str, heads: int, rank: int, dtype: torch.dtype
    ) -> None:
        super().__init__()
        self.heads = heads
        self.linear = nn.ModuleDict(
            {
                name.replace(".", "_"): Updated(
                    weights[f"{prefix}{name}.weight"], weights[f"{prefix}{name}.bias"], rank, dtype
                )
                for name in MATRICES
            }
        )
        self.after_attention = _norm(weights, f"{prefix}attention.output.LayerNorm", dtype)
        self.after_feed = _norm(weights, f"{prefix}output.LayerNorm", dtype)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """(batch, tokens, hidden) to the same; `mask` is added to the attention scores."""
        batch, tokens, hidden = x.shape
        query, key, value = (
            self.linear[name](x).view(batch, tokens, self.heads, -1).transpose(1, 2)
            for name in ("attention_self_query", "attention_self_key", "attention_self_value")
        )
        mixed = functional.scaled_dot_product_attention(query, key, value, attn_mask=mask)
        mixed = mixed.transpose(1, 2).reshape(batch, tokens, hidden)
        x = self.after_attention(x + self.linear["attention_output_dense"](mixed))
        return self.after_feed(
            x + self.linear["output_dense"](functional.gelu(self.linear["intermediate_dense"](x)))
        )


def _norm(weights: dict[str, Tensor], name: str, dtype: torch.dtype) -> Norm:
    return Norm(weights[f"{name}.weight"], weights[f"{name}.bias"], dtype)


class SpanReader(nn.Module):
    """Scores of start and end for every token; token 0 stands for "no answer"."""

    words: Tensor
    positions: Tensor

    def __init__(self, folder: Path, rank: int = RANK, dtype: torch.dtype = torch.bfloat16) -> None:
        super().__init__()
        config = json.loads((folder / "config.json").read_text())
        weights = load_file(folder / "model.safetensors")
        self.dtype, self.rank = dtype, rank
        self.register_buffer(
            "words", weights["embeddings.word_embeddings.weight"].to(dtype), persistent=False
        )
        places = weights["embeddings.position_embeddings.weight"]
        places = places + weights["embeddings.token_type_embeddings.weight"][0]
        self.register_buffer("positions", places.to(dtype), persistent=False)
        self.norm = _norm(weights, "embeddings.LayerNorm", dtype)
        self.layers = nn.ModuleList(
            Layer(weights, f"encoder.layer.{i}.", config["num_attention_heads"], rank, dtype)
            for i in range(config["num_hidden_layers"])
        )
        self.head = nn.Linear(config["hidden_size"], 2)
        nn.init.normal_(self.head.weight, std=0.02)
        nn.init.zeros_(self.head.bias)

    def hidden(self, ids: Tensor, mask: Tensor) -> Tensor:
        """(batch, tokens) ids and mask (True where a token stands) to (batch, tokens, hidden)."""
        x = self.norm(self.words[ids] + self.positions[: ids.shape[1]])
        added = torch.zeros(mask.shape, dtype=self.dtype, device=ids.device).masked_fill(~mask, BLOCKED)
        added = added[:, None, None, :]
        for layer in self.layers:
            x = layer(x, added)
        return x

    def forward(self, ids: Tensor, mask: Tensor, allowed: Tensor) -> Tensor:
        """fp32 scores (batch, tokens, 2); BLOCKED where `allowed` is False."""
        scores: Tensor = self.head(self.hidden(ids, mask).float())
        return scores.masked_fill(~allowed[..., None], BLOCKED)

    def merge(self) -> None:
        """Merge every update into its matrix."""
        for module in self.modules():
            if isinstance(module, Updated):
                module.merge()

    def trained(self) -> dict[str, Tensor]:
        """What training changes, by name."""
        return {name: value for name, value in self.named_parameters() if value.requires_grad}


def save_weights(model: SpanReader, path: Path, dtype: torch.dtype = torch.float32) -> None:
    """Write the trained weights alone."""
    tensors = {name: value.detach().cpu().to(dtype).contiguous() for name, value in model.trained().items()}
    save_file(tensors, path)


def load_weights(model: SpanReader, path: Path) -> None:
    """Read weights that `save_weights` wrote, and merge them. Raises KeyError if one is missing.

    Those of a lower rank fill the first rows of `down` and columns of `up`; the rest of `up` is 0, so that nothing
    changes but what can still be learned.
    """
    tensors = load_file(path)
    with torch.no_grad():
        for name, value in model.trained().items():
            saved = tensors[name]
            if name.endswith(".up"):
                value.zero_()[:, : saved.shape[1]] = saved
            elif name.endswith(".down"):
                value[: saved.shape[0]] = saved
            else:
                value.copy_(saved)
    model.merge()


def span_loss(scores: Tensor, starts: Tensor, ends: Tensor) -> Tensor:
    """Mean cross-entropy of the start and end tokens (batch,); 0 where there is no answer."""
    start, end = scores.unbind(-1)
    return (functional.cross_entropy(start, starts) + functional.cross_entropy(end, ends)) / 2
