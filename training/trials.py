"""A reader is asked labelled questions as it is asked in use, so that its confidence can be fitted to the outcome.

Each question is asked three times: of the contexts of its file, its own among them; of the same without its own; and of
a few contexts of another file. The reader is given as many of the nearest contexts as in use. The span reader is asked
twice more, of one context each time: the question's own, and the nearest other one. Questions that were written to have
no answer are asked of their own context. A candidate is right if its sentence holds a gold answer or, for the span
reader, if what would be shown has an F1 of at least 0.5.
"""

from __future__ import annotations

import gzip
import json
import random
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assistant.measures import f1
from assistant.reader import Scored, SentenceReader
from assistant.settings import Settings
from assistant.span_reader import SpanReader
from assistant.trim import trim
from index.types import Encoder, Hit, Passage, Vectors

FILES = [
    "piaf.dev.fr-fr", "squad_asai.test.en-fr", "squad_asai.test.fr-fr", "squad_asai.test.fr-en",
    "xquad.test.en-en", "xquad.test.en-de", "xquad.test.de-de", "xquad.test.es-es", "xquad.test.en-es",
    "tydiqa_goldp.dev.en-en", "faquad.dev.pt-pt",
]  # fmt: skip
NATURAL, NATURAL_QUESTIONS = "squad20.dev.en-en", 400  # half of them written to have no answer
CONTEXTS, ELSEWHERE = 120, 12
READ = Settings().read
SHIFT = 5  # the file whose contexts are asked elsewhere: one that is no translation of the same articles
RIGHT = 0.5
FEATURES = ("lift", "gap", "spread", "overlap", "same", "margin", "chance", "lead")  # the columns of a trial


@dataclass(frozen=True, slots=True)
class Trial:
    """One question asked once: features (candidates, FEATURES), and which candidates are right; `kind` says of what."""

    file: str
    group: str
    kind: str  # "held", "absent" or "elsewhere"; "alone" of one context
    features: NDArray[np.float64]
    right: NDArray[np.bool_]

    @property
    def fits(self) -> bool:
        """Whether its article is of the half that is fitted on; the other half is for figures."""
        return zlib.crc32(self.group.encode()) % 2 == 1


@dataclass(frozen=True, slots=True)
class Corpus:
    """A file's questions and its distinct contexts, with their vectors, shape (contexts, dimension)."""

    name: str
    records: list[dict[str, Any]]
    contexts: list[str]
    vectors: Vectors


def load(name: str, data: Path, encoder: Encoder, questions: int, natural: bool = False) -> Corpus:
    """A sample of one file of `data`; `natural` takes questions without an answer too."""
    rng = random.Random(7)
    with gzip.open(data / "dev" / f"{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
        records = [
            r for r in map(json.loads, lines) if (natural or r["answerable"]) and len(r["context"]) < 1500
        ]
    contexts = list(dict.fromkeys(r["context"] for r in records))
    rng.shuffle(contexts)
    contexts = contexts[:CONTEXTS]
    records = [r for r in records if r["context"] in set(contexts)]
    rng.shuffle(records)
    return Corpus(name, records[:questions], contexts, encoder.encode_passages(contexts))


def trials(corpus: Corpus, other: Corpus, reader: SentenceReader) -> Iterator[Trial]:
    """Three trials for each question of `corpus`."""
    questions = reader.encoder.encode_queries([r["question"] for r in corpus.records])
    for n, (record, vector) in enumerate(zip(corpus.records, questions, strict=True)):
        own = corpus.contexts.index(record["context"])
        order = [int(i) for i in np.argsort(-(corpus.vectors @ vector))]
        few = np.arange(n, n + ELSEWHERE) % len(other.contexts)
        nearest = few[np.argsort(-(other.vectors[few] @ vector))].tolist()
        absent = [i for i in order if i != own]
        for kind, asked, read in (
            ("held", corpus, order),
            ("absent", corpus, absent),
            ("elsewhere", other, nearest),
        ):
            scored = reader.scored(record["question"], record["lang_q"], _hits(asked, read[:READ]))
            right = [asked is corpus and _right(record, one, corpus, reader) for one in scored]
            yield from _trial(corpus.name, record, kind, scored, right)


def alone(corpus: Corpus, reader: SentenceReader, wrong: bool) -> Iterator[Trial]:
    """Each question asked of its own context alone; if `wrong`, of the nearest other one too."""
    questions = reader.encoder.encode_queries([r["question"] for r in corpus.records])
    for record, vector in zip(corpus.records, questions, strict=True):
        own = corpus.contexts.index(record["context"])
        order = [int(i) for i in np.argsort(-(corpus.vectors @ vector)) if i != own]
        for context in [own, *order[:wrong]]:
            scored = reader.scored(record["question"], record["lang_q"], _hits(corpus, [context]))
            right = [_right(record, one, corpus, reader) for one in scored]
            yield from _trial(corpus.name, record, "alone", scored, right)


def _trial(
    file: str, record: dict[str, Any], kind: str, scored: Sequence[Scored], right: Sequence[bool]
) -> Iterator[Trial]:
    rows = [[getattr(one.features, name) for name in FEATURES] for one in scored]
    if rows:
        yield Trial(file, str(record["group"]), kind, np.array(rows), np.array(right))


def _hits(corpus: Corpus, rows: Sequence[int]) -> list[Hit]:
    written = corpus.records[0]["lang_c"]
    texts = [corpus.contexts[i] for i in rows]
    return [
        Hit(Passage(str(i), 0, len(text), text, written), rank, 0.0, 0.0, 0.0)
        for rank, (i, text) in enumerate(zip(rows, texts, strict=True), start=1)
    ]


def _right(record: dict[str, Any], one: Scored, corpus: Corpus, reader: SentenceReader) -> bool:
    context = corpus.contexts[int(one.sentence.document)]
    if context != record["context"]:
        return False
    low, high = one.sentence.span.start, one.sentence.span.end
    held = any(low <= a["start"] and a["start"] + len(a["text"]) <= high for a in record["answers"])
    if not isinstance(reader, SpanReader):
        return held
    shown = trim(context, one.span, one.sentence.span, one.sentence.language)
    return f1(context[shown.start : shown.end], [a["text"] for a in record["answers"]]) >= RIGHT


def searched(corpora: Sequence[Corpus], reader: SentenceReader) -> list[Trial]:
    """The trials over what a search finds, of all files."""
    others = [*corpora[SHIFT:], *corpora[:SHIFT]]
    table: list[Trial] = []
    for corpus, other in zip(corpora, others, strict=True):
        table += trials(corpus, other, reader)
        print(f"{corpus.name}: {len(table)} trials so far", flush=True)
    return table


def single(corpora: Sequence[Corpus], data: Path, reader: SentenceReader) -> list[Trial]:
    """The trials over one context, of all files and of the questions written to have no answer."""
    natural = load(NATURAL, data, reader.encoder, NATURAL_QUESTIONS, natural=True)
    table = [one for corpus in corpora for one in alone(corpus, reader, wrong=True)]
    table += alone(natural, reader, wrong=False)
    print(f"{len(table)} trials of one context", flush=True)
    return table
