"""A checkpoint to the files that ship: `python -m training.export --run FOLDER [--calibrate DATA]`.

It may run at any time during training: the checkpoint is read whole or not at all.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import load_file, save_file

from assistant.windows import LONGEST, OVERLAP, PASSAGE, QUERY, QUESTION_TOKENS, READ_TOKENS, Prediction
from index.model import NAME, SOURCE_SHA256, prepare_model
from training.model import RANK, SCALE, SpanReader, load_weights
from training.prepare import Record, read_records
from training.reading import figures, half, predict
from training.score import f1

HERE = Path(__file__).parent
SHIPPED = HERE.parent / "assistant"
RIGHT = 0.5  # F1 from which an answer counts as right
CALIBRATED = (
    "piaf.dev.fr-fr", "piaf.dev_neg.fr-fr", "squad20.dev.en-en", "xquad.test.en-en", "xquad.test_neg.en-en",
    "xquad.test.en-de", "xquad.test_neg.en-de", "xquad.test.es-es", "xquad.test_neg.es-es",
)  # fmt: skip


def options(arguments: list[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m training.export", description=__doc__)
    parser.add_argument("--run", type=Path, default=HERE / ".runs" / "reader")
    parser.add_argument("--to", type=Path, default=SHIPPED, help="folder for reader.safetensors, reader.json")
    parser.add_argument("--calibrate", type=Path, help="data folder: fit the confidence on half of its dev/")
    parser.add_argument("--limit", type=int, default=120, help="records of each set used for that")
    return parser.parse_args(arguments)


def write_weights(checkpoint: Path, path: Path) -> dict[str, Any]:
    """Write the trained weights as float16, atomically; return what reader.json says of them."""
    content = torch.load(checkpoint, weights_only=True, map_location="cpu")
    tensors = {name: value.to(torch.float16).contiguous() for name, value in content["weights"].items()}
    aside = path.with_suffix(".part")
    save_file(tensors, aside)
    aside.chmod(0o644)  # the library writes for the owner alone; these files ship
    data = aside.read_bytes()
    os.replace(aside, path)
    return {
        "weights": path.name,
        "size": len(data),
        "sha256": hashlib.sha256(data).hexdigest(),
        "trained": {"examples": content["state"]["seen"], "progress": round(content["progress"], 4)},
    }


def fit(margins: Sequence[float], right: Sequence[bool]) -> tuple[float, float]:
    """Slope and offset of P(right) = 1 / (1 + exp(-(slope * margin + offset))), by Newton's method.

    A small penalty keeps the slope finite where the margins separate the two kinds without error.
    """
    x = np.column_stack([np.asarray(margins, dtype=float), np.ones(len(margins))])
    y = np.asarray(right, dtype=float)
    weights = np.zeros(2)
    for _ in range(50):
        chance = 1 / (1 + np.exp(-np.clip(x @ weights, -30, 30)))
        slope = x.T @ (y - chance) - 1e-3 * weights
        curve = (x * (chance * (1 - chance))[:, None]).T @ x + 1e-3 * np.eye(2)
        weights = weights + np.linalg.solve(curve, slope)
    return float(weights[0]), float(weights[1])


def calibration_error(chances: Sequence[float], right: Sequence[bool], bins: int = 10) -> float:
    """Expected calibration error over bins of equal width."""
    values, hits = np.asarray(chances, dtype=float), np.asarray(right, dtype=float)
    place = np.minimum((values * bins).astype(int), bins - 1)
    gaps = [
        abs(values[place == b].mean() - hits[place == b].mean()) * (place == b).mean()
        for b in range(bins)
        if (place == b).any()
    ]
    return float(sum(gaps))


def is_right(record: Record, found: Prediction) -> bool:
    """Whether the best span answers the question."""
    truths = [a["text"] for a in record["answers"]]
    return bool(truths) and f1(record["context"][found.start : found.end], truths) >= RIGHT


def calibrate(folder: Path, data: Path, limit: int) -> dict[str, Any]:
    """Fit the confidence of the shipped weights in `folder` on half 0 of dev; report it on half 1."""
    base = prepare_model()
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(base / "tokenizer.json"))
    model = SpanReader(base)
    load_weights(model, folder / "reader.safetensors")
    torch.set_num_threads(1)
    halves: list[list[tuple[Record, Prediction]]] = [[], []]
    with ThreadPoolExecutor(2, initializer=torch.set_num_threads, initargs=(1,)) as pool:
        for name in CALIBRATED:
            records = read_records(data / "dev" / f"{name}.jsonl.gz")
            for which in (0, 1):
                part = [r for r in records if half(r) == which][:limit]
                found = predict(model, tokenizer, part, pool)
                halves[which] += list(zip(part, found, strict=True))
                print(f"{name} half {which}: {_words(figures(part, found))}", flush=True)
    margins, right = zip(*((p.margin, is_right(r, p)) for r, p in halves[0]), strict=True)
    slope, offset = fit(margins, right)
    chances = [1 / (1 + np.exp(-(slope * p.margin + offset))) for _, p in halves[1]]
    error = calibration_error(chances, [is_right(r, p) for r, p in halves[1]])
    return {
        "slope": round(slope, 5),
        "offset": round(offset, 5),
        "fitted_on": f"half 0 (by article) of {', '.join(CALIBRATED)}, at most {limit} records each",
        "right": f"F1 of at least {RIGHT}",
        "records": len(margins),
        "calibration_error_on_half_1": round(error, 4),
    }


def _words(values: dict[str, float]) -> str:
    return " ".join(f"{name} {value:.1f}" for name, value in values.items())


def export(chosen: argparse.Namespace) -> int:
    """Write both files. Returns the exit status."""
    described: dict[str, Any] = {
        "version": 1,
        "base": {"name": NAME, "sha256": SOURCE_SHA256},
        "rank": RANK,
        "scale": SCALE,
    }
    described |= write_weights(chosen.run / "checkpoint.pt", chosen.to / "reader.safetensors")
    described |= {"prefixes": {"question": QUERY, "passage": PASSAGE}, "max_tokens": READ_TOKENS}
    described |= {"overlap": OVERLAP, "question_tokens": QUESTION_TOKENS, "longest_answer": LONGEST}
    described["calibration"] = (
        calibrate(chosen.to, chosen.calibrate, chosen.limit) if chosen.calibrate else None
    )
    path = chosen.to / "reader.json"
    aside = path.with_suffix(".part")
    aside.write_text(json.dumps(described, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    os.replace(aside, path)
    names = len(load_file(chosen.to / "reader.safetensors"))
    print(f"{names} tensors, {described['size']} bytes, after {described['trained']['examples']} examples")
    return 0


if __name__ == "__main__":
    sys.exit(export(options()))
