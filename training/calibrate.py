"""Fit a reader's confidence: python -m training.calibrate DATA --reader sentence|span (DATA holds dev/).

`trials.py` asks the reader as it is asked in use; its best candidate of each trial is right or not. Trials are split by
article: odd ones fit, even ones are reported. The span reader has a second model, for a single passage, and its
thresholds go into the README.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assistant.measures import auroc, calibration_error
from assistant.reader import Calibration, SentenceReader
from assistant.readers import FOLDER, make_reader
from assistant.settings import Settings
from index.encoding import SentenceEncoder
from training.risk import risk_table, write_table
from training.trials import FEATURES, FILES, NATURAL, Trial, load, searched, single

NOW = Settings().threshold
PENALTY = 1e-3
FEW, FEW_NATURAL = 26, 90  # trials of one context that the model of what is searched is fitted on too, a file
SENTENCES = ["lift", "gap", "spread", "overlap", "same"]
# gap tells no more beside these, and holds down what contradicts the best
SPANS = ["lift", "spread", "overlap", "same", "margin", "chance", "lead"]
# of a single passage: there spread and shared words mislead about which sentence
ALONE = ["lift", "chance", "lead"]
README = Path(__file__).parents[1] / "README.md"


def fit(x: NDArray[np.float64], right: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Logistic regression with a small ridge, by Newton's method: one weight a column of `x`, then the bias."""
    mean, scale = x.mean(0), x.std(0) + 1e-9
    z = np.column_stack([(x - mean) / scale, np.ones(len(x))])
    ridge = PENALTY * len(x) * np.diag([1.0] * x.shape[1] + [0.0])
    w = np.zeros(z.shape[1])
    for _ in range(50):
        p = 1 / (1 + np.exp(-z @ w))
        w -= np.linalg.solve((z.T * (p * (1 - p))) @ z + ridge, z.T @ (p - right) + ridge @ w)
    weights = w[:-1] / scale
    return np.append(weights, w[-1] - weights @ mean)


def fit_best(table: Sequence[Trial]) -> NDArray[np.float64]:
    """Fit to every candidate, which gives an order, and then to the best candidate of each trial."""
    w = fit(np.concatenate([t.features for t in table]), np.concatenate([t.right for t in table]))
    for _ in range(3):
        best = [int(np.argmax(t.features @ w[:-1])) for t in table]
        w = fit(
            np.array([t.features[b] for t, b in zip(table, best, strict=True)]),
            np.array([t.right[b] for t, b in zip(table, best, strict=True)]),
        )
    return w


def answered(
    table: Sequence[Trial], w: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.bool_], NDArray[np.str_]]:
    """For the best candidate of each trial: its confidence, whether it is right, and the trial's kind."""
    best = [int(np.argmax(t.features @ w[:-1])) for t in table]
    logits = np.array([float(t.features[b] @ w[:-1] + w[-1]) for t, b in zip(table, best, strict=True)])
    right = np.array([bool(t.right[b]) for t, b in zip(table, best, strict=True)])
    return 1 / (1 + np.exp(-logits)), right, np.array([t.kind for t in table])


def report(name: str, table: Sequence[Trial], w: NDArray[np.float64]) -> str:
    """One line: order, calibration, and what each threshold answers, and how much of that is right."""
    p, right, kinds = answered(table, w)
    held = kinds == "held"
    line = f"{name:24} n {len(table):5}  right {right[held].mean():.2f}  AUROC {auroc(p, right):.3f}"
    line += f"  held from absent {auroc(p[kinds != 'elsewhere'], held[kinds != 'elsewhere']):.3f}"
    line += f"  ECE {calibration_error(p, right):.3f}"
    for threshold in (0.3, 0.4, 0.5):
        given = p >= threshold
        share = right[given].mean() if given.any() else 1.0
        shares = [f"{kind} {given[kinds == kind].mean():.3f}" for kind in ("held", "absent", "elsewhere")]
        line += f" | >= {threshold}: answered {', '.join(shares)}; right {share:.2f}"
    return line


def only(names: Sequence[str], table: Sequence[Trial]) -> list[Trial]:
    """The same trials with only the features of these names."""
    columns = [FEATURES.index(name) for name in names]
    return [replace(trial, features=trial.features[:, columns]) for trial in table]


def fitted(names: Sequence[str], table: Sequence[Trial]) -> Calibration:
    """The model of these features, fitted to the trials of the fitted half."""
    w = fit_best(only(names, [trial for trial in table if trial.fits]))
    weights = {name: round(float(v), 4) for name, v in zip(names, w[:-1], strict=True)}
    return Calibration(round(float(w[-1]), 4), weights)


def array(model: Calibration) -> NDArray[np.float64]:
    """The weights of a model, then its bias, shape (features + 1,)."""
    return np.array([*model.weights.values(), model.bias])


def main() -> None:
    """Fit, report on the other half, and write the file that ships."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--reader", choices=("sentence", "span"), required=True)
    parser.add_argument("--questions", type=int, default=60, help="of each file")
    chosen = parser.parse_args()
    spans = chosen.reader == "span"
    encoder = SentenceEncoder()
    # by what is fitted so far, the span reader chooses what it reads a second time
    reader = make_reader("span", encoder) if spans else SentenceReader(encoder, Calibration(0.0, {}))
    assert isinstance(reader, SentenceReader)
    corpora = [load(name, chosen.data, encoder, chosen.questions) for name in FILES]
    table = searched(corpora, reader)
    singles = single(corpora, chosen.data, reader) if spans else []
    names = SPANS if spans else SENTENCES
    model = fitted(names, table + few(singles))
    held_out = only(names, [trial for trial in table if not trial.fits])
    for corpus in corpora:
        print(report(corpus.name, [t for t in held_out if t.file == corpus.name], array(model)))
    print(report("all, held out", held_out, array(model)))
    said = described(model, [*FILES, NATURAL] if spans else FILES)
    if spans:
        model_alone = fitted(ALONE, singles)
        p, right, _ = answered(only(ALONE, [t for t in singles if not t.fits]), array(model_alone))
        print(f"of one context, held out: AUROC {auroc(p, right):.3f}  ECE {calibration_error(p, right):.3f}")
        said["alone"] = described(model_alone, [*FILES, NATURAL])
        write_table(README, risk_table(*answered(held_out, array(model)), NOW))
    path = FOLDER / f"{chosen.reader}_reader.json"
    path.write_text(json.dumps(said, indent=2) + "\n", encoding="utf-8")


def few(singles: Sequence[Trial]) -> list[Trial]:
    """The first trials of each file: enough to count beside those of a search, too few to outweigh them."""
    most = dict.fromkeys(FILES, FEW) | {NATURAL: FEW_NATURAL}
    return [
        trial
        for name, count in most.items()
        for trial in [one for one in singles if one.file == name][:count]
    ]


def described(model: Calibration, files: Sequence[str]) -> dict[str, Any]:
    """What the file that ships says of a model."""
    return {
        "fitted_on": f"half of the articles of {', '.join(files)}",
        "bias": model.bias,
        "weights": model.weights,
    }


if __name__ == "__main__":
    main()
