"""Passages drawn so as to resemble real ones, as many as one likes, for `benchmarks.scale`.

Real passages (the contexts of labelled sets, in eight languages) and real questions are encoded with the bundled model.
A drawn vector is that of a real passage, turned by a fixed share towards the difference between another of its language
and one of that one's nearest, which is how real passages differ from their neighbours; the mean of the language, and
how far its passages lie from it, stay as they are. Its words are the first WORDS of the real passage, from the
twentieth on every second exchanged for one of another of its language.
"""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.types import Encoder, Vectors

CACHE = Path(__file__).parent / ".cache"
MOST = {"en": 5000, "fr": 1500, "es": 900, "it": 700, "de": 400, "pt": 250, "fa": 500, "ja": 500}
ASKED = 100  # questions of each language
LONGEST = 800  # characters of a passage
NEIGHBOURS = 8
WORDS = 60
KEPT = 0.8  # cosine of a drawn passage with its real one, both seen from the mean of their language
AT_ONCE = 250  # texts that are encoded at once
BLOCK = 20_000  # passages drawn at once


@dataclass(frozen=True, slots=True)
class Real:
    """What is drawn from: passages and questions with their languages and unit vectors."""

    texts: list[str]
    languages: list[str]
    vectors: Vectors
    questions: list[str]
    asked_in: list[str]
    asked: Vectors


def load(data: Path, encoder: Encoder) -> Real:
    """The contexts and questions of `data`/dev and /train, up to MOST and ASKED; vectors are kept in CACHE."""
    contexts: dict[str, dict[str, None]] = {name: {} for name in MOST}
    questions: dict[str, dict[str, None]] = {name: {} for name in MOST}
    for file in sorted([*(data / "dev").glob("*.gz"), *(data / "train").glob("*.gz")]):
        with gzip.open(file, "rt", encoding="utf-8") as lines:
            for record in map(json.loads, lines):
                asked = questions.get(record["lang_q"], {})
                held = contexts.get(record["lang_c"], {})
                if len(held) < MOST.get(record["lang_c"], 0):
                    held[record["context"][:LONGEST]] = None
                    if len(asked) < ASKED:
                        asked[record["question"]] = None
    passages = [(text, name) for name, held in contexts.items() for text in held]
    asked_ = [(text, name) for name, held in questions.items() for text in held]
    texts, languages = [text for text, _ in passages], [name for _, name in passages]
    asks, asked_in = [text for text, _ in asked_], [name for _, name in asked_]
    vectors = encoded(texts, encoder.encode_passages, encoder)
    return Real(texts, languages, vectors, asks, asked_in, encoded(asks, encoder.encode_queries, encoder))


def encoded(texts: Sequence[str], encode: Callable[[Sequence[str]], Vectors], encoder: Encoder) -> Vectors:
    """The vectors of these texts, kept as they come for the next run."""
    parts = []
    for at in range(0, len(texts), AT_ONCE):
        some = texts[at : at + AT_ONCE]
        name = json.dumps([encoder.identity, encode.__name__, *some]).encode()
        file = CACHE / f"{hashlib.sha256(name).hexdigest()[:16]}.npy"
        if not file.exists():
            file.parent.mkdir(exist_ok=True)
            np.save(file, encode(some))
        parts.append(np.load(file))
    return np.concatenate(parts)


@dataclass(frozen=True, slots=True)
class Drawn:
    """Passages drawn at once: from which real one each was, its vector, its words."""

    of: NDArray[np.int64]
    vectors: Vectors
    texts: list[str]


def draw(real: Real, count: int, seed: int = 7, texts: bool = True) -> Iterator[Drawn]:
    """`count` passages, a block at a time, in the languages' shares of `real`."""
    rng = np.random.default_rng(seed)
    codes = np.unique(real.languages, return_inverse=True)[1]
    own = [np.flatnonzero(codes == code) for code in range(codes.max() + 1)]
    near = _neighbours(real.vectors, own)
    means = np.stack([real.vectors[rows].mean(axis=0) for rows in own])
    words = [text.split()[:WORDS] for text in real.texts]
    for first in range(0, count, BLOCK):
        of = rng.integers(0, len(codes), min(BLOCK, count - first))
        other, another = _others(rng, of, codes, own), _others(rng, of, codes, own)
        step = real.vectors[other] - real.vectors[near[other, rng.integers(0, NEIGHBOURS, len(of))]]
        mean = means[codes[of]]
        away = real.vectors[of] - mean
        step *= _length(away) / np.maximum(_length(step), 1e-6)
        vectors = (mean + KEPT * away + (1 - KEPT**2) ** 0.5 * step).astype(np.float32)
        vectors /= _length(vectors)
        pairs = zip(of.tolist(), another.tolist(), strict=True) if texts else ()
        yield Drawn(of, vectors, [_mixed(words[a], words[b]) for a, b in pairs])


def _length(vectors: Vectors) -> Vectors:
    lengths: Vectors = np.linalg.norm(vectors, axis=1, keepdims=True)
    return lengths


def _others(
    rng: np.random.Generator, of: NDArray[np.int64], codes: NDArray[np.intp], own: Sequence[NDArray[np.int64]]
) -> NDArray[np.int64]:
    """For each real passage another of its language."""
    share = rng.random(len(of))
    sizes = np.array([len(rows) for rows in own])
    starts = np.append(0, np.cumsum(sizes))[:-1]
    every = np.concatenate(own)
    drawn: NDArray[np.int64] = every[starts[codes[of]] + (share * sizes[codes[of]]).astype(np.int64)]
    return drawn


def _neighbours(vectors: Vectors, own: Sequence[NDArray[np.int64]]) -> NDArray[np.int64]:
    """The NEIGHBOURS of each real passage that are nearest to it in its language."""
    near = np.zeros((len(vectors), NEIGHBOURS), np.int64)
    for rows in own:
        cosines = vectors[rows] @ vectors[rows].T
        np.fill_diagonal(cosines, -1)
        near[rows] = rows[np.argpartition(-cosines, NEIGHBOURS, axis=1)[:, :NEIGHBOURS]]
    return near


def _mixed(words: Sequence[str], others: Sequence[str]) -> str:
    """The words of a passage, in its later part every second exchanged for one of another."""
    return " ".join(
        others[n % len(others)] if n >= 20 and n % 2 and others else word for n, word in enumerate(words)
    )
