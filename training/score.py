"""Exact match, F1 and AUROC. Articles of six languages are dropped; `plain` drops the English ones alone."""

from __future__ import annotations

import re
import string
import unicodedata
from collections import Counter
from collections.abc import Sequence

import numpy as np

ENGLISH = {"a", "an", "the"}
ARTICLES = ENGLISH | set(
    "le la les l un une des du el los las unos unas lo der die das den dem des ein eine einen einem einer eines"
    " il i gli uno o os as um uma uns umas".split()
)
ELIDED = re.compile(r"\b(l|un)['’‘`´]\s?", re.IGNORECASE)


def words_of(text: str, plain: bool = False) -> list[str]:
    """Lower-case words without punctuation and articles."""
    if not plain:
        text = ELIDED.sub(r"\1 ", text)
    kept = "".join(c for c in text.lower() if not _punctuation(c, plain))
    return [w for w in kept.split() if w not in (ENGLISH if plain else ARTICLES)]


def _punctuation(character: str, plain: bool) -> bool:
    if plain:
        return character in string.punctuation
    return character in string.punctuation or unicodedata.category(character)[0] == "P"


def exact(answer: str, truths: Sequence[str], plain: bool = False) -> float:
    """1.0 if the answer is one of the truths; no truths means that there is nothing to say."""
    if not truths:
        return float(not answer)
    return float(any(words_of(answer, plain) == words_of(truth, plain) for truth in truths))


def f1(answer: str, truths: Sequence[str], plain: bool = False) -> float:
    """Best overlap of words with any truth, in [0, 1]."""
    if not truths:
        return float(not answer)
    return max(_overlap(words_of(answer, plain), words_of(truth, plain)) for truth in truths)


def _overlap(said: list[str], true: list[str]) -> float:
    if not said or not true:
        return float(said == true)
    common = sum((Counter(said) & Counter(true)).values())
    return 2 * common / (len(said) + len(true))


def auroc(scores: Sequence[float], labels: Sequence[bool]) -> float:
    """How often a labelled one scores above an unlabelled one (ties count half); nan if either is missing."""
    values, marked = np.asarray(scores, dtype=float), np.asarray(labels, dtype=bool)
    positive, negative = int(marked.sum()), int((~marked).sum())
    if not positive or not negative:
        return float("nan")
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[inverse]
    return float((ranks[marked].sum() - positive * (positive + 1) / 2) / (positive * negative))
