"""The trained reader through onnxruntime, in int8, in the layout that is quickest on this processor."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from assistant.span_model import BLOCKED, Array, Scorer
from index.onnx_export import exported, runner
from index.onnx_graph import Weights, reader_graph
from index.processor import quickest


def onnx_scorer(base: Path, description_sha: str, weights: Callable[[], Weights], threads: int = 0) -> Scorer:
    """The reader whose weights have the digest `description_sha`, on `threads` threads (0: one for each processor).

    `weights()` is called only if the cache has no whole export of them. Raises ModelError if onnxruntime cannot be
    loaded or the export cannot be written.
    """
    path = exported("reader", description_sha, base, weights, reader_graph, quickest())
    return graph_scorer(base, path, threads)


def graph_scorer(base: Path, model: Path | bytes, threads: int = 0) -> Scorer:
    """Runs a reader's graph on the word vectors of `base`. Raises ModelError."""
    run = runner(model, "scores", base, threads)

    def scores(batch: Sequence[tuple[Sequence[int], int]]) -> list[Array]:
        found = run([ids for ids, _ in batch])
        for one, (ids, first) in zip(found, batch, strict=True):
            one[1:first], one[len(ids) - 1 :] = BLOCKED, BLOCKED
        return found

    return scores
