"""Every figure from its definition: answers against truths, confidences against what was right, rankings."""

from __future__ import annotations

import math
import re
import string
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = Sequence[float] | NDArray[np.float64]
Flags = Sequence[bool] | NDArray[np.bool_]
ARTICLES = frozenset(
    "a an the le la les l un une des du el los las unos unas lo der die das den dem des ein eine einen einem"
    " einer eines il i gli uno o os as um uma uns umas".split()
)
ENGLISH = re.compile(r"\b(?:a|an|the)\b")
ELIDED = re.compile(r"\b(l|un)['’‘`´]\s?", re.IGNORECASE)
BINS = 10


@dataclass(frozen=True, slots=True)
class Point:
    """What a threshold gives: the share of answerable questions answered, and of answers that are wrong."""

    coverage: float
    risk: float
    threshold: float
    answered: int


@dataclass(frozen=True, slots=True)
class Bin:
    """Answers of about the same confidence: how sure they were on average, and the share that is right."""

    confidence: float
    right: float
    count: int


def words_of(text: str, plain: bool = False) -> list[str]:
    """Lower-case words without punctuation and articles of six languages; `plain` is SQuAD's own way."""
    if plain:
        kept = "".join(c for c in text.lower() if c not in string.punctuation)
        return ENGLISH.sub(" ", kept).split()
    kept = "".join(c for c in ELIDED.sub(r"\1 ", text).lower() if not _punctuation(c))
    return [word for word in kept.split() if word not in ARTICLES]


def _punctuation(character: str) -> bool:
    return character in string.punctuation or unicodedata.category(character)[0] == "P"


def exact(answer: str, truths: Sequence[str], plain: bool = False) -> float:
    """1.0 if the answer is one of the truths; without truths, if there is no answer."""
    if not truths:
        return float(not answer)
    return float(any(words_of(answer, plain) == words_of(truth, plain) for truth in truths))


def f1(answer: str, truths: Sequence[str], plain: bool = False) -> float:
    """The best overlap of words with any truth, in [0, 1]; without truths, 1.0 if there is no answer."""
    if not truths:
        return float(not answer)
    return max(_overlap(words_of(answer, plain), words_of(truth, plain)) for truth in truths)


def _overlap(said: list[str], true: list[str]) -> float:
    if not said or not true:
        return float(said == true)
    common = sum((Counter(said) & Counter(true)).values())
    return 2 * common / (len(said) + len(true))


def holds(answer: str, truths: Sequence[str]) -> float:
    """1.0 if the answer's words hold those of a truth in a row; without truths, if there is no answer."""
    if not truths:
        return float(not answer)
    said = f" {' '.join(words_of(answer))} "
    return float(any(f" {' '.join(words_of(truth))} " in said for truth in truths))


def auroc(scores: Floats, labels: Flags) -> float:
    """How often a labelled one scores above an unlabelled one (ties count half); nan if either is missing."""
    values, marked = np.asarray(scores, dtype=float), np.asarray(labels, dtype=bool)
    positive, negative = int(marked.sum()), int((~marked).sum())
    if not positive or not negative:
        return float("nan")
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[inverse]
    return float((ranks[marked].sum() - positive * (positive + 1) / 2) / (positive * negative))


def reliability(scores: Floats, right: Flags, bins: int = BINS) -> list[Bin]:
    """Confidences in [0, 1] in equal steps, those that hold any: what they promised and what came true."""
    values, came_true = np.asarray(scores, dtype=float), np.asarray(right, dtype=bool)
    step = np.minimum((values * bins).astype(int), bins - 1)
    held = [step == number for number in range(bins)]
    return [
        Bin(float(values[mask].mean()), float(came_true[mask].mean()), int(mask.sum()))
        for mask in held
        if mask.any()
    ]


def calibration_error(scores: Floats, right: Flags, bins: int = BINS) -> float:
    """Expected calibration error: how far promised and true are apart in a step, on average; nan of nothing."""
    table = reliability(scores, right, bins)
    if not table:
        return float("nan")
    return sum(b.count * abs(b.confidence - b.right) for b in table) / sum(b.count for b in table)


def risk_coverage(
    scores: Sequence[float], right: Sequence[bool], answerable: Sequence[bool], coverages: Sequence[float]
) -> list[Point]:
    """For each coverage, in (0, 1], the highest threshold that answers that share of the answerable.

    Every question of at least that confidence counts as answered; [] if none is answerable.
    """
    values = np.asarray(scores, dtype=float)
    came_true, marked = np.asarray(right, dtype=bool), np.asarray(answerable, dtype=bool)
    ordered = np.sort(values[marked])[::-1]
    points = []
    for coverage in coverages if len(ordered) else ():
        wanted = min(len(ordered), math.ceil(coverage * len(ordered) - 1e-9))
        threshold = float(ordered[wanted - 1])
        given = values >= threshold
        points.append(
            Point(
                coverage=float(given[marked].mean()),
                risk=float((~came_true[given]).mean()),
                threshold=threshold,
                answered=int(given.sum()),
            )
        )
    return points


def ndcg(ranked: Sequence[str], grades: Mapping[str, int], depth: int) -> float:
    """Normalised discounted cumulative gain of the first `depth` ids, in [0, 1]; 0 without a relevant id."""
    gained = sum(grades.get(name, 0) / math.log2(place + 1) for place, name in enumerate(ranked[:depth], 1))
    ideal = sorted(grades.values(), reverse=True)[:depth]
    best = sum(grade / math.log2(place + 1) for place, grade in enumerate(ideal, 1))
    return gained / best if best else 0.0


def recall(ranked: Sequence[str], grades: Mapping[str, int], depth: int) -> float:
    """The share of the relevant ids that are among the first `depth`; 0 without a relevant id."""
    relevant = {name for name, grade in grades.items() if grade > 0}
    return len(relevant & set(ranked[:depth])) / len(relevant) if relevant else 0.0
