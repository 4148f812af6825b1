"""nDCG@10 and recall@10 of each way to rank, on French sheets asked in French and in English.

    python -m benchmarks.retrieval --data FOLDER [--whole] [--tune]

FOLDER holds corpus.jsonl, queries.jsonl and qrels.tsv. The English questions are ours (questions_en.tsv).
"""

from __future__ import annotations

import argparse
import hashlib
import json
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

import numpy as np
from numpy.typing import NDArray

import index.search
from assistant.measures import ndcg, recall
from index.cache import encoded_text
from index.chunking import chunk
from index.contract import Found, Query
from index.encoding import SentenceEncoder
from index.filters import EVERYTHING, Filter
from index.finding import find
from index.lexical import LexicalIndex, write_lexical
from index.search import CANDIDATES, candidates, fuse, levelled, lexical_weights, search
from index.types import Document, Passage, Vectors
from index.vectors import VectorIndex, pack_vectors

HERE = Path(__file__).parent
DEPTH = 10
RRF = 60
WEIGHTS = (0.0, 0.1, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0)


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, its language and vector, and what it should find."""

    text: str
    language: str
    vector: Vectors
    grades: Mapping[str, int]


class Shelf:
    """The sheets' passages in memory, as `index.contract.Store`."""

    def __init__(self, passages: Sequence[Passage], vectors: Vectors) -> None:
        self._passages = passages
        names = [passage.document for passage in passages]
        self._first = np.array([names.index(name) for name in names])
        self.vectors = VectorIndex(pack_vectors(vectors))
        with tempfile.TemporaryDirectory() as folder:
            texts = [encoded_text(passage) for passage in passages]
            write_lexical(texts, [passage.language for passage in passages], Path(folder))
            self.lexical = LexicalIndex(Path(folder))

    snapshot = "in memory"

    def count(self, where: Filter = EVERYTHING) -> int:
        return len(self._passages)

    def find(self, query: Query, k: int, where: Filter = EVERYTHING) -> Found:
        return find(self.vectors, self.lexical, self._openings, query, k)

    def _openings(self, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        return self._first[rows]

    def passages(self, rows: Sequence[int]) -> list[Passage]:
        return [self._passages[row] for row in rows]

    def sheets(self, rows: Sequence[int]) -> list[str]:
        """The sheets of ranked passages: each stands where its best passage does."""
        return list(dict.fromkeys(self._passages[row].document for row in rows))


def read_lines(file: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def read_grades(file: Path) -> dict[str, dict[str, int]]:
    grades: dict[str, dict[str, int]] = {}
    for line in file.read_text(encoding="utf-8").splitlines()[1:]:
        question, sheet, grade = line.split("\t")
        grades.setdefault(question, {})[sheet] = int(grade)
    return grades


def cut(sheets: Sequence[Mapping[str, str]], encoder: SentenceEncoder, whole: bool) -> list[Passage]:
    """The passages that the product would make of the sheets, or each sheet as one."""
    passages: list[Passage] = []
    for sheet in sheets:
        text = sheet["text"]
        if whole:
            passages.append(Passage(sheet["_id"], 0, len(text), text, "fr"))
        else:
            document = Document(sheet["_id"], "txt", text, sheet["title"], "fr", "", "")
            passages.extend(chunk(document, encoder.count_tokens))
    return passages


def encoded(
    texts: Sequence[str], encode: Callable[[Sequence[str]], Vectors], encoder: SentenceEncoder
) -> Vectors:
    """The vectors of these texts, kept beside this file for the next run."""
    name = json.dumps([encoder.identity, encode.__name__, *texts]).encode()
    file = HERE / ".cache" / f"{hashlib.sha256(name).hexdigest()[:16]}.npy"
    if not file.exists():
        file.parent.mkdir(exist_ok=True)
        np.save(file, encode(texts))
    vectors: Vectors = np.load(file)
    return vectors


def questions(data: Path, encoder: SentenceEncoder) -> tuple[list[Asked], list[Asked], list[Asked]]:
    """All French questions; those among them that people sent in; the same in English."""
    lines, grades = read_lines(data / "queries.jsonl"), read_grades(data / "qrels.tsv")
    french = _asked([(line["_id"], line["text"]) for line in lines], "fr", grades, encoder)
    sent = [asked for line, asked in zip(lines, french, strict=True) if line["kind"] == "user"]
    rows = [row.split("\t") for row in (HERE / "questions_en.tsv").read_text(encoding="utf-8").splitlines()]
    english = _asked([(f"user-{number}", text) for number, text in rows], "en", grades, encoder)
    if [a.grades for a in sent] != [a.grades for a in english]:
        raise SystemExit("questions_en.tsv does not follow the order of queries.jsonl")
    return french, sent, english


def _asked(
    rows: Sequence[tuple[str, str]],
    language: str,
    grades: Mapping[str, Mapping[str, int]],
    encoder: SentenceEncoder,
) -> list[Asked]:
    vectors = encoded([text for _, text in rows], encoder.encode_queries, encoder)
    return [
        Asked(text, language, vector, grades[name])
        for (name, text), vector in zip(rows, vectors, strict=True)
    ]


def by_dense(shelf: Shelf, asked: Asked) -> list[str]:
    return shelf.sheets(shelf.vectors.search(asked.vector, CANDIDATES)[0].tolist())


def by_bm25(shelf: Shelf, asked: Asked) -> list[str]:
    return shelf.sheets(shelf.lexical.search(asked.text, asked.language, CANDIDATES)[0].tolist())


def by_rrf(shelf: Shelf, asked: Asked) -> list[str]:
    scores: dict[int, float] = {}
    legs = (
        shelf.vectors.search(asked.vector, CANDIDATES)[0],
        shelf.lexical.search(asked.text, asked.language, CANDIDATES)[0],
    )
    for rows in legs:
        for rank, row in enumerate(rows.tolist(), start=1):
            scores[row] = scores.get(row, 0.0) + 1 / (RRF + rank)
    return shelf.sheets(sorted(scores, key=lambda row: (-scores[row], row)))


def by_search(shelf: Shelf, asked: Asked) -> list[str]:
    hits = search(shelf, asked.text, asked.vector, asked.language, 2 * CANDIDATES)
    return list(dict.fromkeys(hit.passage.document for hit in hits))


def measured(rankings: Sequence[tuple[Sequence[str], Mapping[str, int]]]) -> str:
    """Mean nDCG@10 and recall@10, as a cell of the table."""
    gains = [ndcg(ranked, grades, DEPTH) for ranked, grades in rankings]
    found = [recall(ranked, grades, DEPTH) for ranked, grades in rankings]
    return f"{np.mean(gains):.3f} / {np.mean(found):.3f}"


def compare(shelf: Shelf, sets: Mapping[str, Sequence[Asked]]) -> None:
    """Print the table: a row for each way to rank, a column for each set of questions."""
    print(f"\n| nDCG@10 / recall@10 | {' | '.join(f'{name}, {len(s)}' for name, s in sets.items())} |")
    print("|---" * (len(sets) + 1) + "|")
    ways = {"dense": by_dense, "BM25": by_bm25, "RRF": by_rrf, "weighted sum": by_search}
    for name, way in ways.items():
        cells = [measured([(way(shelf, asked), asked.grades) for asked in s]) for s in sets.values()]
        print(f"| {name} | {' | '.join(cells)} |")


def tune(shelf: Shelf, sets: Mapping[str, Sequence[Asked]]) -> None:
    """Print what each weight of words, and of the beginning, gives on each half of the questions and on both."""
    for name, asked in sets.items():
        words = "SAME_LANGUAGE" if asked[0].language == "fr" else "OTHER_LANGUAGE"
        for constant in (words, "OPENING"):
            print(f"\n| {constant} | {name}: even | odd | all |\n|---|---|---|---|")
            for weight in WEIGHTS:
                with patch.object(index.search, constant, weight):
                    found = [(by_search(shelf, a), a.grades) for a in asked]
                print(f"| {weight} | {measured(found[::2])} | {measured(found[1::2])} | {measured(found)} |")


def two_languages(shelf: Shelf, french: Sequence[Asked], english: Sequence[Asked]) -> None:
    """Print what a folder of two languages gives, half of the sheets standing in for another language.

    Nothing of the kind exists with answers in both, so a random half is scored with the English wording of
    the question: for it, the question is in another language.
    """
    names = shelf.sheets(range(len(shelf.vectors)))
    print(
        "\n| nDCG@10 / recall@10 | sheet in the question's language | in another | all |\n|---|---|---|---|"
    )
    for label, reserve in (("weighted sum alone", np.inf), ("and languages levelled", index.search.RESERVE)):
        found: dict[str, list[tuple[list[str], Mapping[str, int]]]] = {"same": [], "other": []}
        for seed in range(5):
            own = set(np.random.default_rng(seed).permutation(names)[: len(names) // 2].tolist())
            with patch.object(index.search, "RESERVE", reserve):
                for one, two in zip(french, english, strict=True):
                    side = "same" if set(one.grades) <= own else "other"
                    found[side].append((_mixed(shelf, one, two, own), one.grades))
        cells = (measured(found["same"]), measured(found["other"]), measured(found["same"] + found["other"]))
        print(f"| {label} | {' | '.join(cells)} |")


def _mixed(shelf: Shelf, one: Asked, two: Asked, own: set[str]) -> list[str]:
    rows = range(len(shelf.vectors))
    same = np.array([passage.document in own for passage in shelf.passages(rows)])
    languages = np.where(same, one.language, two.language)
    dense = np.where(same, shelf.vectors.scores(one.vector), shelf.vectors.scores(two.vector))
    words = np.where(
        same,
        shelf.lexical.scores(one.text, one.language),
        shelf.lexical.scores(two.text, two.language),
    )
    ceiling = shelf.lexical.ceiling(one.text, one.language)
    level = levelled(dense, languages, one.language)
    best = candidates(level, words)
    fused = fuse(level[best], words[best], ceiling, lexical_weights(languages[best], one.language))
    return shelf.sheets(best[np.argsort(-fused, kind="stable")].tolist())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--whole", action="store_true", help="encode each sheet as one passage")
    parser.add_argument("--tune", action="store_true", help="also try other weights")
    options = parser.parse_args()
    encoder = SentenceEncoder()
    sheets = read_lines(options.data / "corpus.jsonl")
    passages = cut(sheets, encoder, options.whole)
    vectors = encoded([encoded_text(passage) for passage in passages], encoder.encode_passages, encoder)
    shelf = Shelf(passages, vectors)
    print(f"{len(sheets)} sheets, {len(passages)} passages, {encoder.name}")
    french, sent, english = questions(options.data, encoder)
    compare(shelf, {"fr-fr": french, "fr-fr, sent in": sent, "en-fr, the same": english})
    two_languages(shelf, sent, english)
    if options.tune:
        tune(shelf, {"fr-fr": french, "en-fr": english})


if __name__ == "__main__":
    main()
