"""Level how sure the span reader is of a single passage: python -m training.level DATA PREDICTIONS

PREDICTIONS is a folder of what `sourcier evaluate` wrote in reading mode of files in DATA's dev/, one NAME.jsonl each,
as `benchmarks.evaluate_all` keeps them; they must have been made with the model that ships now.

`training.calibrate` fits the model on few files, with as many questions that have an answer as have none, and neither
is so in use. Here the weights keep their proportions, so the same sentences are chosen. What is fitted anew, on the odd
articles, is one factor for all of them, the bias, and what a passage in the question's language adds, and one in
English. Even articles are reported.
"""

from __future__ import annotations

import argparse
import gzip
import json
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from assistant.measures import auroc, calibration_error, f1
from assistant.reader import Calibration
from assistant.readers import FOLDER
from training.calibrate import fit
from training.trials import RIGHT

FILE = FOLDER / "span_reader.json"
LEVELLED = ("same", "english")  # features that are one for the whole passage
SURE = 1e-6  # nearest to 0 and 1 that a confidence counts


@dataclass(frozen=True, slots=True)
class Given:
    """Predictions of all files: confidence, the features LEVELLED (n, 2), whether right, and whether fitted on."""

    confidence: NDArray[np.float64]
    levelled: NDArray[np.float64]
    right: NDArray[np.bool_]
    fits: NDArray[np.bool_]

    @property
    def logits(self) -> NDArray[np.float64]:
        p = np.clip(self.confidence, SURE, 1 - SURE)
        levels: NDArray[np.float64] = np.log(p / (1 - p))
        return levels


def load(data: Path, predictions: Path) -> Given:
    """The predictions of every file in that folder, judged by the labels of `data`.

    Raises OSError, KeyError (a question that `data` does not have).
    """
    rows = []
    for file in sorted(predictions.glob("*.jsonl")):
        with gzip.open(data / "dev" / f"{file.name}.gz", "rt", encoding="utf-8") as lines:
            asked = {record["id"]: record for record in map(json.loads, lines)}
        for said in map(json.loads, file.read_text(encoding="utf-8").splitlines()):
            record = asked[said["id"]]
            truths = [one["text"] for one in record["answers"]] if record["answerable"] else []
            right = bool(truths) and f1(said["answer"], truths) >= RIGHT
            same, english = record["lang_q"] == record["lang_c"], record["lang_c"] == "en"
            fits = zlib.crc32(str(record["group"]).encode()) % 2 == 1
            rows.append((said["confidence"], same, english, right, fits))
    table = np.array(rows, dtype=float)
    return Given(table[:, 0], table[:, 1:3], table[:, 3] > 0, table[:, 4] > 0)


def level(model: Calibration, given: Given) -> Calibration:
    """`model`, which gave these confidences, made as sure as the fitted half of them was right."""
    x = np.column_stack([given.logits, given.levelled])
    slope, *added, bias = fit(x[given.fits], given.right[given.fits])
    weights = {name: slope * weight for name, weight in model.weights.items()}
    for name, more in zip(LEVELLED, added, strict=True):
        weights[name] = weights.get(name, 0.0) + more
    rounded = {name: round(float(weight), 4) for name, weight in weights.items()}
    return Calibration(round(float(slope * model.bias + bias), 4), rounded)


def levelled(model: Calibration, given: Given, now: Calibration) -> NDArray[np.float64]:
    """The confidences that `now` would have given where `model` gave those of `given`."""
    [name, *_] = [name for name in model.weights if name not in LEVELLED]
    slope = now.weights[name] / model.weights[name]
    added = [now.weights.get(n, 0.0) - slope * model.weights.get(n, 0.0) for n in LEVELLED]
    logits = slope * (given.logits - model.bias) + now.bias + given.levelled @ np.array(added)
    sure: NDArray[np.float64] = 1 / (1 + np.exp(-logits))
    return sure


def main() -> None:
    """Fit, report on the other half before and after, and write the model of a single passage."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("predictions", type=Path)
    chosen = parser.parse_args()
    given = load(chosen.data, chosen.predictions)
    said = json.loads(FILE.read_text(encoding="utf-8"))
    if "levelled_on" in said["alone"]:
        raise SystemExit(
            f"{FILE} is levelled already: begin with python -m training.calibrate DATA --reader span"
        )
    before = Calibration(said["alone"]["bias"], said["alone"]["weights"])
    now = level(before, given)
    kept = ~given.fits
    for name, p in (("before", given.confidence), ("after", levelled(before, given, now))):
        ece, order = calibration_error(p[kept], given.right[kept]), auroc(p[kept], given.right[kept])
        print(f"{name:7} held out {kept.sum()}: ECE {ece:.3f}  AUROC {order:.3f}")
    files = ", ".join(sorted(file.stem for file in chosen.predictions.glob("*.jsonl")))
    said["alone"] |= {
        "levelled_on": f"half of the articles of {files}", "bias": now.bias, "weights": now.weights,
    }  # fmt: skip
    FILE.write_text(json.dumps(said, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
