"""Which language a text is in, offline; the classifier is loaded once, at first use."""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import cache
from typing import Any

import numpy as np

SAMPLE = 20_000  # characters looked at: more of a text changes nothing
SURE = 0.6  # least probability that overrides the fallback
MIN_LETTERS = 4  # fewer say nothing in an alphabet

# Near relatives (Scots for English, Galician for Spanish) win short texts by a hair; a prior corrects it.
COMMON = frozenset(
    re.findall(r"\w+", "ar cs da de el en es fa fi fr he hi hu it ja ko nl no pl pt ro ru sv th tr uk vi zh")
)
PRIOR = 3.0
FOLDED = {"nn": "no"}  # two ways of writing one language: apart, neither is ever likely enough
LATIN = frozenset(("en", "fr", "de", "es", "it", "pt", "nl"))


@cache
def _classifier() -> tuple[Any, tuple[str, ...], Any]:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages([label for label in identifier.labels if len(label) == 2])
    labels = tuple(identifier.nb_classes)
    prior = np.array([PRIOR if label in COMMON else 1.0 for label in labels])
    return identifier, labels, prior


def detect(text: str, fallback: str = "en", among: Collection[str] = ()) -> str:
    """The text's language as ISO 639-1; `fallback` where it is too short or too mixed to tell.

    With `among`, the likeliest of those, however unsure.
    """
    sample = text[:SAMPLE]
    letters = [char for char in sample if char.isalpha()]
    foreign = _no_latin(letters)
    if len(letters) < (1 if foreign else MIN_LETTERS):
        return fallback
    identifier, labels, prior = _classifier()
    chances = dict.fromkeys(labels, 0.0)
    for label, chance in identifier.rank(sample):
        chances[FOLDED.get(label, label)] += chance
    if among:
        return max(among, key=lambda label: chances.get(label, 0.0))
    weighted = np.array([chances[label] for label in labels]) * prior
    best = int(weighted.argmax())
    sure = weighted[best] / max(float(weighted.sum()), 1e-9) >= SURE
    # In another script, the best guess is nearer than a fallback that cannot be written in it.
    return labels[best] if sure or (foreign and fallback in LATIN) else fallback


def _no_latin(letters: list[str]) -> bool:
    latin = sum(char < "\u0250" or "\u1e00" <= char <= "\u1eff" for char in letters)
    return bool(letters) and latin * 2 < len(letters)
