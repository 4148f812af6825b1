"""Graphs in onnxruntime: exported once into the cache, checked on every load, run a text at a time."""

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
from numpy.typing import NDArray

from index.disk import file_digest, write_file
from index.errors import ModelError
from index.model import SOURCE_SHA256, cache_folder
from index.onnx_graph import LAYOUT, Weights
from index.words import WordTable

_LOG = logging.getLogger(__name__)
Array = NDArray[np.float32]
Graph = Callable[[Weights, int, str], bytes]


def exported(
    kind: str, revision: str, base: Path, weights: Callable[[], Weights], graph: Graph, products: str
) -> Path:
    """The ONNX file of `graph` over these weights, written into the cache unless a whole one lies there.

    `kind` is "encoder" or "reader", `revision` what tells its weights from others on the same `base`, `products` how
    they are multiplied. `weights()` is called only to write. Raises ModelError if onnxruntime cannot be loaded or
    the file cannot be written.
    """
    path = export_path(kind, f"{revision} {products}", load_onnxruntime().__version__)
    if not _whole(path):
        _write(path, graph(weights(), _heads(base), products))
    return path


def export_path(kind: str, revision: str, runtime: str) -> Path:
    """Where an export lies, or will: one file for each base, revision, layout and version of onnxruntime."""
    key = f"{SOURCE_SHA256} {revision} {LAYOUT} {runtime}"
    return cache_folder() / f"{kind}-{hashlib.sha256(key.encode()).hexdigest()[:16]}.onnx"


def runner(model: Path | bytes, output: str, base: Path, threads: int = 0) -> Callable[..., list[Array]]:
    """A function from texts, each its word ids, to `output` of each, without the batch's dimension; ModelError.

    Each of `threads` threads (0: one for each processor) takes one text at a time: there is nothing to pad, a text's
    values never depend on the others, and the activations of one text stay in the processor's cache.
    """
    session, words = _session(model), WordTable(base)

    def one(ids: Sequence[int]) -> Array:
        found: Array = session.run([output], {"embedded": words(np.array([ids], np.int64))})[0][0]
        return found

    def run(batch: Sequence[Sequence[int]]) -> list[Array]:
        if len(batch) == 1:
            return [one(batch[0])]
        longest_first = sorted(range(len(batch)), key=lambda n: -len(batch[n]))
        with ThreadPoolExecutor(threads or os.cpu_count() or 1) as pool:
            found = dict(zip(longest_first, pool.map(one, (batch[n] for n in longest_first)), strict=True))
        return [found[n] for n in range(len(batch))]

    return run


def load_onnxruntime() -> Any:
    """The library. Raises ModelError."""
    try:
        import onnxruntime
    except ImportError as error:
        raise ModelError(
            f"onnxruntime cannot be loaded ({error}): pip install --force-reinstall onnxruntime"
        ) from error
    return onnxruntime


def _session(model: Path | bytes) -> Any:
    runtime = load_onnxruntime()
    options = runtime.SessionOptions()
    options.intra_op_num_threads = 1  # the caller's own thread
    options.enable_mem_pattern = False  # it plans for shapes that come again, and texts differ in length
    options.log_severity_level = 3  # errors; below them it speaks of its own optimisations
    # Idle threads leave the processor.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    try:
        return runtime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime's own classes have no other base
        raise ModelError(f"onnxruntime {runtime.__version__} cannot run the model: {error}") from error


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
            f"the model could not be written into {path.parent}: {error.strerror or error}. "
            "Free 30 MB there, or set SOURCIER_CACHE to another folder"
        ) from error


def _checksum(path: Path) -> Path:
    return path.with_suffix(".sha256")
