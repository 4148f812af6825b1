"""The trained reader through onnxruntime, in int8, in the layout that is quickest on this processor."""

from __future__ import annotations

import platform
from collections.abc import Callable, Sequence
from pathlib import Path

from assistant.span_model import BLOCKED, Array, Scorer
from index.onnx_export import exported, runner
from index.onnx_graph import BLOCKS, ROWS, Weights, reader_graph


def onnx_scorer(base: Path, description_sha: str, weights: Callable[[], Weights], threads: int = 0) -> Scorer:
    """The reader whose weights have the digest `description_sha`, on `threads` threads (0: one for each processor).

    `weights()` is called only if the cache has no whole export of them. Raises ModelError if onnxruntime cannot be
    loaded or the export cannot be written.
    """
    products = BLOCKS if has_vnni() else ROWS

    def graph(tensors: Weights, heads: int) -> bytes:
        return reader_graph(tensors, heads, products)

    return graph_scorer(
        base, exported("reader", f"{description_sha} {products}", base, weights, graph), threads
    )


def has_vnni() -> bool:
    """Whether the processor adds up products of bytes by itself, as NumPy found; ARM's do it in a way of their own."""
    if platform.machine().lower() not in ("x86_64", "amd64"):
        return True
    from numpy._core import _multiarray_umath  # type: ignore[attr-defined]  # nothing public tells it

    return bool(getattr(_multiarray_umath, "__cpu_features__", {}).get("AVX512VNNI"))


def graph_scorer(base: Path, model: Path | bytes, threads: int = 0) -> Scorer:
    """Runs a reader's graph on the word vectors of `base`. Raises ModelError."""
    run = runner(model, "scores", base, threads)

    def scores(batch: Sequence[tuple[Sequence[int], int]]) -> list[Array]:
        found = run([ids for ids, _ in batch])
        for one, (ids, first) in zip(found, batch, strict=True):
            one[1:first], one[len(ids) - 1 :] = BLOCKED, BLOCKED
        return found

    return scores
