"""BERT as an ONNX graph, its matrices in int8: the encoder, and the reader trained on it.

BLOCKS: matrices and activations are quantised in blocks of 64 values along a row, each with a scale of its own.
onnxruntime's own dynamic quantiser has one scale for all activations of a batch, and cost the reader two points of F1.
ROWS: each whole row has a scale. It is less exact, and twice as fast on a processor that cannot add up products of
bytes by itself (AVX-512 VNNI), where BLOCKS are slower than float32.

Both graphs begin at `embedded`, the words' vectors, float32 (batch, tokens, hidden): the table of words is most of the
model, and stays in its file (`index.words`). There is no mask: texts of one batch are of one length.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

EXACT, BLOCKS, ROWS = "exact", "blocks", "rows"  # how the matrices are held and multiplied
LAYOUT = 3  # raise it when the graph changes
OPSET, IR = 20, 10
EPSILON = 1e-12  # of the layer norms
BLOCK = 64  # values that share a scale; hidden sizes are multiples of it
ZERO = 128  # the byte that stands for 0
INT8 = 4  # the accuracy level of MatMulNBits that quantises activations too
# Without VNNI, two products of an activation's byte and a matrix's are added up in 16 bits, and cut off beyond. With
# matrices of seven bits they never are; what comes out of GELU is small, and more exact with eight.
SAFE, FULL = 63, 127
Array = NDArray[np.float32]
Weights = Mapping[str, Array]


def quantise(matrix: Array) -> tuple[NDArray[np.uint8], Array]:
    """(out, in) to bytes (out, in / BLOCK, BLOCK) and scales (out, in / BLOCK): a value is (byte - ZERO) * scale."""
    blocks = matrix.reshape(len(matrix), -1, BLOCK)
    scales = np.abs(blocks).max(axis=2) / 127
    scales = np.where(scales > 0, scales, 1).astype(np.float32)
    whole = np.clip(np.rint(blocks / scales[..., None]), -127, 127)
    return (whole + ZERO).astype(np.uint8), scales


def quantise_rows(matrix: Array, most: int) -> tuple[NDArray[np.int8], Array]:
    """(out, in) to signed bytes of at most `most`, and scales (out,)."""
    scales = np.abs(matrix).max(axis=1) / most
    scales = np.where(scales > 0, scales, 1).astype(np.float32)
    return np.clip(np.rint(matrix / scales[:, None]), -most, most).astype(np.int8), scales


@dataclass(slots=True)
class _Graph:
    """Nodes and constants, collected; a value is known by its name."""

    products: str  # EXACT, BLOCKS or ROWS
    nodes: list[Any] = field(default_factory=list)
    constants: list[Any] = field(default_factory=list)

    def constant(self, values: object, dtype: type[np.generic] = np.float32) -> str:
        from onnx import numpy_helper

        name = f"constant_{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(values, dtype), name))
        return name

    def split(self, kind: str, *inputs: str, outputs: int, domain: str = "", **settings: Any) -> list[str]:
        from onnx import helper

        names = [f"value_{len(self.nodes)}_{n}" for n in range(outputs)]
        self.nodes.append(helper.make_node(kind, inputs, names, domain=domain, **settings))
        return names

    def add(self, kind: str, *inputs: str, domain: str = "", **settings: Any) -> str:
        return self.split(kind, *inputs, outputs=1, domain=domain, **settings)[0]

    def norm(self, x: str, weights: Weights, name: str) -> str:
        gain, shift = (self.constant(weights[f"{name}.{part}"]) for part in ("weight", "bias"))
        return self.add("LayerNormalization", x, gain, shift, epsilon=EPSILON)

    def linear(self, x: str, matrix: Array, bias: Array, steps: int = SAFE) -> str:
        """x @ matrix.T + bias; `steps` is the largest byte of a matrix in ROWS."""
        if self.products == EXACT:
            return self.add("Add", self.add("MatMul", x, self.constant(matrix.T)), self.constant(bias))
        if self.products == ROWS:
            return self._rows(x, matrix, bias, steps)
        (rows, columns), (whole, scales) = matrix.shape, quantise(matrix)
        return self.add(
            "MatMulNBits", x, self.constant(whole, np.uint8), self.constant(scales), "", "", self.constant(bias),
            domain="com.microsoft", N=rows, K=columns, bits=8, block_size=BLOCK, accuracy_level=INT8,
        )  # fmt: skip

    def _rows(self, x: str, matrix: Array, bias: Array, steps: int) -> str:
        """Only one text at a time: its rows are its tokens."""
        whole, scales = quantise_rows(matrix, steps)
        top = self.add("ReduceMax", self.add("Abs", x), self.constant([0, 2], np.int64), keepdims=0)
        least = self.constant(np.finfo(np.float32).tiny)
        scale = self.add("Mul", self.add("Max", top, least), self.constant(1 / 127))
        zero = self.constant(ZERO, np.uint8)
        zeros = self.add("Expand", zero, self.add("Shape", scale))
        found = self.add(
            "MatMulIntegerToFloat", self.add("QuantizeLinear", x, scale, zeros, axis=1),
            self.constant(whole.T, np.int8), self.constant(1.0), self.constant(scales), zero, domain="com.microsoft",
        )  # fmt: skip
        wide = self.add("Unsqueeze", scale, self.constant([1], np.int64))
        return self.add("Add", self.add("Mul", found, wide), self.constant(bias))


def encoder_graph(weights: Weights, heads: int, products: str = BLOCKS) -> bytes:
    """The encoder as an ONNX file, from `embedded` to `vector`: the mean over the tokens, (batch, hidden), float32.

    `weights` go by BERT's names. Raises KeyError if one is missing.
    """
    graph = _Graph(products)
    last = _body(graph, weights, heads)
    mean = graph.add("ReduceMean", last, graph.constant([1], np.int64), keepdims=0)
    return _packed(graph, mean, "vector", ["batch", _hidden(weights)], _hidden(weights))


def reader_graph(weights: Weights, heads: int, products: str = BLOCKS) -> bytes:
    """The reader as an ONNX file, from `embedded` to `scores`: two for every token, (batch, tokens, 2), float32.

    `weights` go by BERT's names, with `head.weight` and `head.bias`. Raises KeyError if one is missing.
    """
    graph = _Graph(products)
    last = _body(graph, weights, heads)
    scores = graph.add("MatMul", last, graph.constant(weights["head.weight"].T))
    scores = graph.add("Add", scores, graph.constant(weights["head.bias"]))
    return _packed(graph, scores, "scores", ["batch", "tokens", 2], _hidden(weights))


def _hidden(weights: Weights) -> int:
    return len(weights["embeddings.LayerNorm.weight"])


def _body(graph: _Graph, weights: Weights, heads: int) -> str:
    """From `embedded` to the last layer, (batch, tokens, hidden)."""
    kind = weights["embeddings.token_type_embeddings.weight"][0]
    places = graph.constant(weights["embeddings.position_embeddings.weight"] + kind)
    zero, tokens = graph.constant([0], np.int64), graph.add("Shape", "embedded", start=1, end=2)
    x = graph.add("Add", "embedded", graph.add("Slice", places, zero, tokens, zero))
    x = graph.norm(x, weights, "embeddings.LayerNorm")
    layer = 0
    while f"encoder.layer.{layer}.output.dense.weight" in weights:
        x = _layer(graph, x, weights, f"encoder.layer.{layer}", heads)
        layer += 1
    return x


def _layer(graph: _Graph, x: str, weights: Weights, name: str, heads: int) -> str:
    """One layer, after-norm."""
    mixed = _attention(graph, x, weights, f"{name}.attention.self", heads)
    mixed = graph.linear(mixed, *_both(weights, f"{name}.attention.output.dense"))
    x = graph.norm(graph.add("Add", x, mixed), weights, f"{name}.attention.output.LayerNorm")
    inner = graph.add("Gelu", graph.linear(x, *_both(weights, f"{name}.intermediate.dense")))
    inner = graph.linear(inner, *_both(weights, f"{name}.output.dense"), FULL)
    return graph.norm(graph.add("Add", x, inner), weights, f"{name}.output.LayerNorm")


def _attention(graph: _Graph, x: str, weights: Weights, name: str, heads: int) -> str:
    """Query, key and value as one product, so that the activations are quantised once."""
    parts = [_both(weights, f"{name}.{part}") for part in ("query", "key", "value")]
    hidden = len(parts[0][1])
    scale = np.float32((hidden // heads) ** -0.5)
    parts[0] = parts[0][0] * scale, parts[0][1] * scale
    matrix, bias = (np.concatenate([part[n] for part in parts]) for n in (0, 1))
    widths, shape = graph.constant([hidden] * 3, np.int64), graph.constant([0, 0, heads, -1], np.int64)
    split = graph.split("Split", graph.linear(x, matrix, bias), widths, outputs=3, axis=-1)
    query, key, value = (
        graph.add("Transpose", graph.add("Reshape", part, shape), perm=order)
        for part, order in zip(split, ([0, 2, 1, 3], [0, 2, 3, 1], [0, 2, 1, 3]), strict=True)
    )
    share = graph.add("Softmax", graph.add("MatMul", query, key), axis=-1)
    mixed = graph.add("Transpose", graph.add("MatMul", share, value), perm=[0, 2, 1, 3])
    return graph.add("Reshape", mixed, graph.constant([0, 0, hidden], np.int64))


def _both(weights: Weights, name: str) -> tuple[Array, Array]:
    return weights[f"{name}.weight"], weights[f"{name}.bias"]


def _packed(graph: _Graph, result: str, name: str, shape: list[str | int], hidden: int) -> bytes:
    from onnx import TensorProto, helper

    graph.nodes.append(helper.make_node("Identity", [result], [name]))
    before = helper.make_tensor_value_info("embedded", TensorProto.FLOAT, ["batch", "tokens", hidden])
    after = helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
    body = helper.make_graph(graph.nodes, name, [before], [after], graph.constants)
    sets = [helper.make_opsetid("", OPSET), helper.make_opsetid("com.microsoft", 1)]
    data: bytes = helper.make_model(body, opset_imports=sets, ir_version=IR).SerializeToString()
    return data
