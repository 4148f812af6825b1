"""The contract of a store, held by another engine than ours: a list in memory that is searched one by one."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path

import numpy as np
import pytest
from folders import BREAD, BRIDGE, HARBOUR, place
from stubs import BagEncoder

from index.cache import encoded_text
from index.contract import Found, Query, Store, Writer
from index.filters import EVERYTHING, Described, Filter
from index.generation import open_generation
from index.lexical import LexicalIndex, write_lexical
from index.search import search
from index.types import Passage, Vectors


class Memory:
    """Both halves of the contract."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._number = folder, 0
        self._waiting: list[tuple[Passage, Vectors]] = []
        self._seen: list[tuple[Passage, Vectors]] = []

    def add(self, passages: Sequence[Passage], vectors: Vectors) -> None:
        self._waiting += zip(passages, vectors, strict=True)

    def delete(self, documents: Collection[str]) -> None:
        self._waiting = [one for one in self._waiting if one[0].document not in documents]

    def snapshot(self) -> str:
        self._number += 1
        self._seen = sorted(self._waiting, key=lambda one: (one[0].document, one[0].start))
        folder = self._folder / str(self._number)
        folder.mkdir()
        texts = [encoded_text(passage) for passage, _ in self._seen]
        write_lexical(texts, [passage.language for passage, _ in self._seen], folder)
        self._lexical = LexicalIndex(folder)
        return str(self._number)

    def reader(self) -> Reader:
        return Reader(self._seen, self._lexical, str(self._number))


class Reader:
    def __init__(self, seen: list[tuple[Passage, Vectors]], lexical: LexicalIndex, snapshot: str) -> None:
        self._seen, self._lexical, self.snapshot = seen, lexical, snapshot

    def count(self, where: Filter) -> int:
        return len(self._rows(where))

    def find(self, query: Query, k: int, where: Filter) -> Found:
        """All of them: a store may find more than `k`."""
        rows = np.array(self._rows(where), np.int64)
        dense = np.array([self._seen[row][1] @ query.vector for row in rows], np.float32)
        return Found(
            rows,
            dense,
            np.array([self._opening(row) @ query.vector for row in rows], np.float32),
            self._lexical.scores(query.text, query.language)[rows],
            self._lexical.language_of(rows),
            self._lexical.ceiling(query.text, query.language),
        )

    def _opening(self, row: int) -> Vectors:
        document = self._seen[row][0].document
        return next(vector for passage, vector in self._seen if passage.document == document)

    def passages(self, rows: Sequence[int]) -> list[Passage]:
        return [self._seen[row][0] for row in rows]

    def _rows(self, where: Filter) -> list[int]:
        return [
            row
            for row, (passage, _) in enumerate(self._seen)
            if where.admits(Described(passage.document, passage.document.rpartition(".")[2]))
            and (not where.languages or passage.language in where.languages)
        ]


def ranked(store: Store, question: str, where: Filter) -> list[tuple[str, int, float, float]]:
    vector = BagEncoder().encode_queries([question])[0]
    return [
        (hit.passage.text, hit.rank, pytest.approx(hit.score, abs=1e-5), pytest.approx(hit.dense, abs=1e-5))
        for hit in search(store, question, vector, "en", 20, where)
    ]


@pytest.mark.parametrize("where", [EVERYTHING, Filter(paths=("b*",)), Filter(languages=("fr",))], ids=str)
@pytest.mark.parametrize("question", ["Which bridge was rebuilt?", "Is salt in the harbour bread?"])
def test_two_engines_agree(tmp_path: Path, where: Filter, question: str) -> None:
    here = place(tmp_path)
    here.write(bread=BREAD, bridge=BRIDGE, harbour=HARBOUR, gone="The bridge is gone.")
    here.build()
    generation = open_generation(here.index)
    memory = Memory(tmp_path)
    writer: Writer = memory
    passages = generation.passages(range(generation.manifest.passages))
    writer.add(passages, BagEncoder().encode_passages([encoded_text(passage) for passage in passages]))
    generation.close()
    (here.sources / "gone.txt").unlink()
    here.build()
    writer.delete(["gone.txt"])
    assert writer.snapshot() == "1"
    generation = open_generation(here.index)
    ours: Store = generation
    assert memory.reader().count(where) == ours.count(where) > 0
    assert ranked(memory.reader(), question, where) == ranked(ours, question, where)
    generation.close()
