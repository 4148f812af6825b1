"""Checkpoints to the files that ship: `python -m training.export --run RUN [--run RUN ...]`.

RUN is a run's folder, one of the checkpoints that it kept (SEEN.pt), or a folder that holds exported weights. Of
several, each continued from the one before, the weights are averaged, those named twice counting double: the mean is
better than any of them (training/README.md has the figures). It may run at any time during training: a checkpoint is
read whole or not at all.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from assistant.windows import LONGEST, OVERLAP, PASSAGE, QUERY, QUESTION_TOKENS, READ_TOKENS
from index.model import NAME, SOURCE_SHA256
from training.model import RANK, SCALE

HERE = Path(__file__).parent
SHIPPED = HERE.parent / "assistant"


def options(arguments: list[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="python -m training.export", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--run", type=Path, action="append", help="several are averaged")
    parser.add_argument("--to", type=Path, default=SHIPPED, help="folder for reader.safetensors, reader.json")
    chosen = parser.parse_args(arguments)
    chosen.run = chosen.run or [HERE / ".runs" / "reader"]
    return chosen


def mean(weights: Sequence[dict[str, Tensor]]) -> dict[str, Tensor]:
    """The mean of each tensor. Raises KeyError if one lacks a tensor of the first."""
    return {name: torch.stack([one[name].float() for one in weights]).mean(0) for name in weights[0]}


def read_weights(run: Path) -> tuple[dict[str, Tensor], Path, int, int]:
    """The trained weights, the folder that they come from, and how many examples and runs made them."""
    if (run / "reader.json").exists():
        told = json.loads((run / "reader.json").read_text(encoding="utf-8"))
        trained = told["trained"]
        return load_file(run / told["weights"]), run, trained["examples"], trained["runs"]
    file = run / "checkpoint.pt" if run.is_dir() else run
    content = torch.load(file, weights_only=True, map_location="cpu")
    return content["weights"], file.parent, content["state"]["seen"], 1


def write_weights(runs: Sequence[Path], path: Path) -> dict[str, Any]:
    """Write the mean of the trained weights as float16, atomically; return what reader.json says of them."""
    found = [read_weights(run) for run in runs]
    tensors = mean([weights for weights, *_ in found])
    aside = path.with_suffix(".part")
    save_file({name: value.to(torch.float16).contiguous() for name, value in tensors.items()}, aside)
    aside.chmod(0o644)  # the library writes for the owner alone; these files ship
    data = aside.read_bytes()
    os.replace(aside, path)
    made = {folder: max((seen, n) for _, f, seen, n in found if f == folder) for _, folder, *_ in found}
    return {
        "weights": path.name,
        "size": len(data),
        "sha256": hashlib.sha256(data).hexdigest(),
        "trained": {
            "examples": sum(seen for seen, _ in made.values()),
            "runs": sum(n for _, n in made.values()),
        },
    }


def export(chosen: argparse.Namespace) -> int:
    """Write both files. Returns the exit status."""
    described: dict[str, Any] = {
        "version": 1,
        "base": {"name": NAME, "sha256": SOURCE_SHA256},
        "rank": RANK,
        "scale": SCALE,
    }
    described |= write_weights(chosen.run, chosen.to / "reader.safetensors")
    described |= {"prefixes": {"question": QUERY, "passage": PASSAGE}, "max_tokens": READ_TOKENS}
    described |= {"overlap": OVERLAP, "question_tokens": QUESTION_TOKENS, "longest_answer": LONGEST}
    path = chosen.to / "reader.json"
    aside = path.with_suffix(".part")
    aside.write_text(json.dumps(described, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    os.replace(aside, path)
    trained = described["trained"]
    print(
        f"{described['size']} bytes, the mean of {trained['runs']} runs, after {trained['examples']} examples"
    )
    return 0


if __name__ == "__main__":
    sys.exit(export(options()))
