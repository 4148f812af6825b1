"""The lexical leg: BM25 over words, each passage's stemmed in its own language."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.errors import IndexDamaged
from index.finding import best
from index.postings import PostingsWriter, load_postings, map_file, term_id
from index.terms import fingerprint, words
from index.types import Vectors

K1, B = 1.2, 0.5  # little reward for short texts: passages are much of a length
SHAPE = "lexical.json"  # how many texts, which languages, by which rules their words were taken
LANGUAGES, LENGTHS = "languages.u16", "lengths.u32"  # of each text: its language's number in SHAPE, its words


def write_lexical(
    texts: Iterable[str],
    languages: Sequence[str],
    folder: Path,
    old: LexicalIndex | None = None,
    origin: NDArray[np.int64] | None = None,
) -> None:
    """Write the index of texts into an existing empty folder, the same bytes for the same texts.

    With `old`, whose rules must be ours (`carriable`), text n is its text `origin[n]`, in the same language; where
    that is -1, it is the next of `texts`. Raises OSError, ValueError if texts and languages do not pair.
    """
    count = len(languages)
    origin = np.full(count, -1, np.int64) if origin is None or old is None else origin
    kept = origin >= 0
    lengths = np.zeros(count, np.uint32)
    writer = PostingsWriter(folder)
    if old is not None:
        to = np.full(len(old), -1, np.int64)
        to[origin[kept]] = np.flatnonzero(kept)
        lengths[kept] = old.lengths[origin[kept]]
        writer.carry(old.postings, to)
    for row, text in zip(np.flatnonzero(~kept).tolist(), texts, strict=True):
        terms = [term_id(term) for term in words(text, languages[row])]
        lengths[row] = len(terms)
        writer.add(row, Counter(terms))
    writer.finish()
    names = sorted(set(languages))
    numbers = {name: number for number, name in enumerate(names)}
    codes = np.fromiter((numbers[language] for language in languages), "<u2", count)
    (folder / LANGUAGES).write_bytes(codes.tobytes())
    (folder / LENGTHS).write_bytes(lengths.astype("<u4").tobytes())
    shape = json.dumps({"texts": count, "languages": names, "rules": fingerprint()})
    (folder / SHAPE).write_text(shape, encoding="utf-8")


class LexicalIndex:
    """Searches what `write_lexical` made; IndexDamaged for anything else. Threads may share it.

    `codes`, shape (n,), number the language of each text in `names`; `lengths`, (n,), count its words.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        try:
            shape = json.loads((folder / SHAPE).read_text(encoding="utf-8"))
            self.names = tuple(str(name) for name in shape["languages"])
            self.carriable = shape["rules"] == fingerprint()
            self.codes: NDArray[np.uint16] = _column(folder / LANGUAGES, "<u2", int(shape["texts"]))
            self.lengths = _column(folder / LENGTHS, "<u4", int(shape["texts"]))
            self.postings = load_postings(folder)
            if len(self) and int(self.codes.max()) >= len(self.names):
                raise ValueError(f"{LANGUAGES} has a language that {SHAPE} does not name")
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise self._damaged(error) from error
        mean = max(float(self.lengths.mean()), 1e-9) if len(self) else 1.0
        self._norms = (K1 * (1 - B + B * self.lengths / mean)).astype(np.float32)

    def __len__(self) -> int:
        return len(self.codes)

    @property
    def languages(self) -> NDArray[np.str_]:
        """The languages, shape (n,), that the texts were written with."""
        return self.language_of(np.arange(len(self)))

    def language_of(self, rows: NDArray[np.int64]) -> NDArray[np.str_]:
        """The languages of these rows."""
        names: NDArray[np.str_] = np.array([*self.names, ""], np.str_)
        found: NDArray[np.str_] = names[self.codes[rows]]
        return found

    def scores(self, question: str, language: str) -> Vectors:
        """BM25 of every text for a question, shape (n,); 0 where no word is shared."""
        scores = np.zeros(len(self), np.float32)
        for term in _unique(words(question, language)):
            rows, counts = self._texts_with(term)
            often = counts.astype(np.float32)
            try:
                scores[rows] += np.float32(self._weight(len(rows))) * (often / (often + self._norms[rows]))
            except IndexError as error:
                # A text that is none: large files are not checked when they are opened.
                raise self._damaged(error) from error
        return scores

    def ceiling(self, question: str, language: str) -> float:
        """The highest score that any text could have for this question: the weights of its words, unknown ones too."""
        terms = _unique(words(question, language))
        return float(sum(self._weight(len(self._texts_with(term)[0])) for term in terms))

    def search(self, question: str, language: str, k: int) -> tuple[NDArray[np.int64], Vectors]:
        """Rows and BM25 scores of at most `k` texts that share a word with the question, best first,
        equal ones by row."""
        scores = self.scores(question, language)
        order = best(scores, k)
        order = order[scores[order] > 0]
        return order, scores[order]

    def _texts_with(self, term: str) -> tuple[NDArray[np.uint32], NDArray[np.uint8]]:
        """Their rows, and how often each has the term. Raises IndexDamaged for more of them than there are."""
        rows, counts = self.postings.of(term_id(term))
        if len(rows) > len(self):
            raise self._damaged(ValueError(f"a word stands in {len(rows)} of {len(self)} texts"))
        return rows, counts

    def _damaged(self, error: Exception) -> IndexDamaged:
        return IndexDamaged(
            f"the word index in {self._folder} cannot be read ({error}); `sourcier index` makes it anew"
        )

    def _weight(self, found: int) -> float:
        """How much a term counts that stands in so many texts."""
        return float(np.log1p((len(self) - found + 0.5) / (found + 0.5)))


def _column(path: Path, kind: str, texts: int) -> NDArray[Any]:
    column = map_file(path, kind)
    if column.shape != (texts,):
        raise ValueError(f"{path.name} has {len(column)} numbers for {texts} texts")
    return column


def _unique(terms: list[str]) -> list[str]:
    return list(dict.fromkeys(terms))
