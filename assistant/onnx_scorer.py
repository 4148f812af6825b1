"""The trained reader through onnxruntime, in int8: exported once into the cache, checked on every load."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

from assistant.onnx_graph import LAYOUT, Weights, reader_graph
from assistant.span_model import BLOCKED, Array, Scorer
from index.disk import file_digest, write_file
from index.errors import ModelError
from index.model import SOURCE_SHA256, cache_folder
from index.words import WordTable

_LOG = logging.getLogger(__name__)


def onnx_scorer(base: Path, description_sha: str, weights: Callable[[], Weights], threads: int = 0) -> Scorer:
    """The reader whose weights have the digest `description_sha`, on `threads` threads (0: one for each processor).

    `weights()` is called only if the cache has no whole export of them. Raises ModelError if onnxruntime cannot be
    loaded or the export cannot be written.
    """
    runtime = _runtime()
    path = export_path(description_sha, runtime.__version__)
    if not _whole(path):
        _write(path, reader_graph(weights(), _heads(base)))
    return graph_scorer(base, path, threads)


def export_path(description_sha: str, runtime: str) -> Path:
    """Where the export lies, or will: one file for each base, reader, layout and version of onnxruntime."""
    key = hashlib.sha256(f"{SOURCE_SHA256} {description_sha} {LAYOUT} {runtime}".encode()).hexdigest()
    return cache_folder() / f"reader-{key[:16]}.onnx"


def graph_scorer(base: Path, model: Path | bytes, threads: int = 0) -> Scorer:
    """Runs a graph of `assistant.onnx_graph` on the word vectors of `base`. Raises ModelError.

    Each thread reads one window at a time: there is nothing to pad, a window's scores never depend on the others, and
    the activations of one window stay in the processor's cache.
    """
    session, words = _session(model), WordTable(base)

    def score(window: tuple[Sequence[int], int]) -> Array:
        ids, first = window
        found: Array = session.run(["scores"], {"embedded": words(np.array([ids], np.int64))})[0][0]
        found[1:first], found[len(ids) - 1 :] = BLOCKED, BLOCKED
        return found

    def scores(batch: Sequence[tuple[Sequence[int], int]]) -> list[Array]:
        longest_first = sorted(range(len(batch)), key=lambda n: -len(batch[n][0]))
        with ThreadPoolExecutor(threads or os.cpu_count() or 1) as pool:
            found = dict(zip(longest_first, pool.map(score, (batch[n] for n in longest_first)), strict=True))
        return [found[n] for n in range(len(batch))]

    return scores


def _session(model: Path | bytes) -> Any:
    runtime = _runtime()
    options = runtime.SessionOptions()
    options.intra_op_num_threads = 1  # the caller's own thread
    options.enable_mem_pattern = False  # it plans for shapes that come again, and windows differ in length
    options.log_severity_level = 3  # errors; below them it speaks of its own optimisations
    options.add_session_config_entry(
        "session.intra_op.allow_spinning", "0"
    )  # idle threads leave the processor
    try:
        return runtime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime's own classes have no other base
        raise ModelError(f"onnxruntime {runtime.__version__} cannot run the reader: {error}") from error


def _runtime() -> Any:
    try:
        import onnxruntime
    except ImportError as error:
        raise ModelError(
            f"onnxruntime cannot be loaded ({error}): pip install --force-reinstall onnxruntime"
        ) from error
    return onnxruntime


def _heads(base: Path) -> int:
    return int(json.loads((base / "config.json").read_text(encoding="utf-8"))["num_attention_heads"])


def _whole(path: Path) -> bool:
    """Whether the export is there and is what was written."""
    try:
        digest = file_digest(path)
        said = _checksum(path).read_text(encoding="ascii").split()
    except FileNotFoundError:
        return False
    except (OSError, ValueError) as error:
        _LOG.warning("%s cannot be read and is made again: %s", path, error)
        return False
    if said[:1] != [digest]:
        _LOG.warning("%s is damaged and is made again", path)
        return False
    return True


def _write(path: Path, model: bytes) -> None:
    said = f"{hashlib.sha256(model).hexdigest()}  {path.name}\n"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f"{path.stem}.", dir=path.parent) as aside:
            for target, data in ((path, model), (_checksum(path), said.encode())):
                write_file(Path(aside, target.name), data)
                os.replace(Path(aside, target.name), target)
    except OSError as error:
        raise ModelError(
            f"the reader could not be written into {path.parent}: {error.strerror or error}. "
            "Free 30 MB there, or set SOURCIER_CACHE to another folder"
        ) from error


def _checksum(path: Path) -> Path:
    return path.with_suffix(".sha256")
