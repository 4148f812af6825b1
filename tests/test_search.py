"""Fusion: what meaning finds and what words find, passage by passage, in an order that never varies."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from stubs import BagEncoder

from index.contract import Found, Query
from index.filters import EVERYTHING, Filter
from index.finding import find
from index.lexical import LexicalIndex, write_lexical
from index.search import (
    CANDIDATES,
    OPENING,
    OTHER_LANGUAGE,
    SAME_LANGUAGE,
    fuse,
    levelled,
    lexical_weights,
    search,
)
from index.types import Hit, Passage, Vectors
from index.vectors import VectorIndex, pack_vectors


class Shelf:
    """A few passages in memory, as `contract.Store`."""

    def __init__(
        self,
        folder: Path,
        texts: Sequence[tuple[str, str]],
        vectors: Vectors | None = None,
        first: Sequence[int] = (),
    ) -> None:
        """`first` are the first passages of each one's document: else each is a document of its own."""
        folder.mkdir(exist_ok=True)
        self._first = np.array(first or range(len(texts)))
        self._passages = [
            Passage(f"{row}.txt", 0, len(text), text, language) for row, (text, language) in enumerate(texts)
        ]
        write_lexical([text for text, _ in texts], [language for _, language in texts], folder)
        self.lexical = LexicalIndex(folder)
        encoded = BagEncoder().encode_passages([text for text, _ in texts]) if vectors is None else vectors
        self.vectors = VectorIndex(pack_vectors(encoded))

    def find(self, query: Query, k: int, where: Filter = EVERYTHING) -> Found:
        return find(self.vectors, self.lexical, lambda rows: self._first[rows], query, k)

    def passages(self, rows: Sequence[int]) -> list[Passage]:
        return [self._passages[row] for row in rows]

    def ask(self, question: str, language: str, k: int = 20) -> list[Hit]:
        return search(self, question, BagEncoder().encode_queries([question])[0], language, k)


def names(hits: Sequence[Hit]) -> list[str]:
    return [hit.passage.document for hit in hits]


def flat(cosines: Sequence[float]) -> Vectors:
    """Vectors in the plane whose cosines with (1, 0) are the given ones."""
    near = np.array(cosines, np.float32)
    return np.stack([near, np.sqrt(1 - near**2)], axis=1)


EAST = np.array([1, 0], np.float32)


def test_a_document_s_beginning_speaks_for_all_of_its_passages(tmp_path: Path) -> None:
    texts = [(word, "xx") for word in ("alpha", "beta", "gamma", "delta")]
    cosines = [0.9, 0.70, 0.6, 0.72]  # two documents of two passages
    shelf = Shelf(tmp_path, texts, flat(cosines), first=[0, 0, 2, 2])
    hits = search(shelf, "nothing", EAST, "xx", 4)
    assert names(hits) == ["0.txt", "1.txt", "3.txt", "2.txt"]  # by itself the last would be second
    assert [round(hit.dense, 2) for hit in hits] == [0.9, 0.7, 0.72, 0.6]  # what is told is each one's own
    near = [
        (own + OPENING * cosines[first]) / (1 + OPENING)
        for own, first in zip(cosines, [0, 0, 2, 2], strict=True)
    ]
    scaled = [(one - min(near)) / (max(near) - min(near)) / 2 for one in near]
    assert [hit.score for hit in hits] == pytest.approx([scaled[n] for n in (0, 1, 3, 2)], abs=1e-3)


def test_the_passage_that_shares_the_question_s_words_comes_first(tmp_path: Path) -> None:
    shelf = Shelf(
        tmp_path,
        [
            ("Le sommet se tient à Paris.", "fr"),
            ("La fondation dispose de 400 millions d'euros.", "fr"),
            ("Il pleut.", "fr"),
        ],
    )
    hits = shelf.ask("De combien de millions d’euros la fondation dispose-t-elle ?", "fr")
    assert names(hits)[0] == "1.txt"
    assert [hit.rank for hit in hits] == [1, 2, 3]
    assert hits[0].score > hits[1].score >= hits[2].score


def test_words_decide_between_passages_of_equal_meaning(tmp_path: Path) -> None:
    shelf = Shelf(
        tmp_path, [("le budget", "fr"), ("le sommet", "fr"), ("la date", "fr")], flat([0.8, 0.8, 0.8])
    )
    assert names(search(shelf, "sommet", EAST, "fr"))[0] == "1.txt"


def test_meaning_decides_where_no_word_is_known(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path, [("budget", "fr"), ("sommet", "fr"), ("date", "fr")], flat([0.7, 0.9, 0.8]))
    hits = search(shelf, "qqqq ???", EAST, "fr")
    assert names(hits) == ["1.txt", "2.txt", "0.txt"]
    assert [hit.lexical for hit in hits] == [0.0, 0.0, 0.0]


def test_words_of_another_language_hardly_count(tmp_path: Path) -> None:
    texts = [("agent important", "fr"), ("autre chose", "fr"), ("encore rien", "fr")]
    shelf = Shelf(tmp_path, texts, flat([0.80, 0.83, 0.75]))
    assert names(search(shelf, "agent important", EAST, "fr"))[0] == "0.txt"
    assert names(search(shelf, "agent important", EAST, "en"))[0] == "1.txt"


def test_a_number_breaks_a_tie_across_languages(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path, [("le budget", "fr"), ("400 millions", "fr")], flat([0.8, 0.8]))
    assert names(search(shelf, "What about 400?", EAST, "en"))[0] == "1.txt"


def test_the_weight_goes_by_each_passage_s_language(tmp_path: Path) -> None:
    weights = lexical_weights(np.array(["fr", "en", "fr"]), "fr")
    assert weights.tolist() == pytest.approx([SAME_LANGUAGE, OTHER_LANGUAGE, SAME_LANGUAGE])
    assert OTHER_LANGUAGE < SAME_LANGUAGE / 2
    shelf = Shelf(tmp_path, [("agent", "fr"), ("agent", "en"), ("rien", "fr"), ("nothing", "en")])
    assert names(shelf.ask("agent", "fr"))[:2] == ["0.txt", "1.txt"]
    assert names(shelf.ask("agent", "en"))[:2] == ["1.txt", "0.txt"]


def test_a_whole_language_is_raised_to_the_level_of_the_question_s() -> None:
    languages = np.array(["fr"] * 40 + ["en"] * 40)
    dense = np.concatenate([np.full(40, 0.85), np.full(39, 0.75), [0.82]]).astype(np.float32)
    level = levelled(dense, languages, "fr")
    gap = 0.85 - (19 * 0.75 + 0.82) / 20
    assert level[:40] == pytest.approx(dense[:40])
    assert level[40:] == pytest.approx(dense[40:] + gap * (20 / 21) ** 2, abs=1e-6)
    assert level[79] > level[0]


@pytest.mark.parametrize(
    ("languages", "language"),
    [
        pytest.param(["fr", "fr", "fr"], "fr", id="one language, the question's"),
        pytest.param(["fr", "fr", "fr"], "en", id="one language, another"),
        pytest.param(["fr", "en", "en"], "de", id="two, neither the question's"),
        pytest.param(["en", "fr", "fr"], "fr", id="the other language is nearer already"),
    ],
)
def test_levelling_leaves_alone_what_has_no_head_start(languages: list[str], language: str) -> None:
    dense = np.array([0.9, 0.8, 0.7], np.float32)
    assert levelled(dense, np.array(languages), language).tolist() == dense.tolist()


def test_a_single_passage_of_another_language_is_raised_less() -> None:
    dense = np.array([0.9] * 30 + [0.7], np.float32)
    level = levelled(dense, np.array(["fr"] * 30 + ["en"]), "fr")
    assert level[30] == pytest.approx(0.7 + 0.2 * (1 / 2) * (20 / 21))


def test_an_answer_in_another_language_is_found_among_many_in_the_question_s(tmp_path: Path) -> None:
    texts = [(f"rien {row}", "fr") for row in range(60)] + [(f"nothing {row}", "en") for row in range(60)]
    cosines = [0.83 - 0.0001 * row for row in range(60)] + [0.76 - 0.0001 * row for row in range(60)]
    cosines[90] = 0.82  # lower than every French one, and far above the English
    hits = search(Shelf(tmp_path, texts, flat(cosines)), "question", EAST, "fr", k=5)
    assert names(hits)[0] == "90.txt"
    assert hits[0].dense == pytest.approx(0.82)


def test_hits_carry_the_exact_cosine_and_the_raw_bm25(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path, [("le budget", "fr"), ("le sommet", "fr")], flat([0.75, 0.5]))
    by_name = {hit.passage.document: hit for hit in search(shelf, "sommet", EAST, "fr")}
    assert by_name["0.txt"].dense == pytest.approx(0.75)
    assert by_name["1.txt"].dense == pytest.approx(0.5)
    assert by_name["0.txt"].lexical == 0.0
    assert by_name["1.txt"].lexical == pytest.approx(float(shelf.lexical.scores("sommet", "fr")[1]))


def test_a_passage_that_only_words_find_has_its_true_cosine(tmp_path: Path) -> None:
    count = CANDIDATES * 2
    cosines = [0.9 - 0.001 * row for row in range(count)]
    texts = [("rien", "fr")] * (count - 1) + [("le mot unique", "fr")]
    shelf = Shelf(tmp_path, texts, flat(cosines))
    found = {hit.passage.document: hit for hit in search(shelf, "unique", EAST, "fr", k=count)}
    last = found[f"{count - 1}.txt"]
    assert last.dense == pytest.approx(cosines[-1], abs=1e-6)
    assert last.lexical > 0
    assert len(found) == CANDIDATES + 1


def test_equal_passages_come_in_the_order_of_their_rows_every_time(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path, [("le même texte", "fr")] * 150)
    first = shelf.ask("texte", "fr", k=150)
    assert names(first) == [f"{row}.txt" for row in range(len(first))]
    assert first == shelf.ask("texte", "fr", k=150)


@pytest.mark.parametrize(
    ("k", "expected"), [pytest.param(-1, 0), pytest.param(0, 0), pytest.param(2, 2), pytest.param(50, 3)]
)
def test_k_hits_at_most(tmp_path: Path, k: int, expected: int) -> None:
    shelf = Shelf(tmp_path, [("un chat", "fr"), ("un chien", "fr"), ("un cheval", "fr")])
    assert len(shelf.ask("chat", "fr", k)) == expected


def test_an_empty_index_has_no_hits(tmp_path: Path) -> None:
    assert Shelf(tmp_path, [], np.zeros((0, 256), np.float32)).ask("chat", "fr") == []


@pytest.mark.parametrize("question", ["", "?!", "\x00", "法国", "le la les"])
def test_a_question_without_words_still_gets_the_nearest(tmp_path: Path, question: str) -> None:
    hits = Shelf(tmp_path, [("un chat", "fr"), ("", "fr")]).ask(question, "fr")
    assert [hit.rank for hit in hits] == [1, 2]
    assert all(0 <= hit.score <= 1 for hit in hits)


def test_fuse_by_hand() -> None:
    dense = np.array([0.9, 0.8, 0.7], np.float32)
    lexical = np.array([0.0, 6.0, 3.0], np.float32)
    weights = np.array([0.6, 0.6, 0.0], np.float32)
    expected = np.array([1 + 0, 0.5 + 0.6 * 0.5, 0 + 0]) / (1 + SAME_LANGUAGE)
    assert fuse(dense, lexical, 12.0, weights) == pytest.approx(expected, abs=1e-6)


def test_small_differences_of_meaning_are_not_blown_up() -> None:
    dense, nothing = np.array([0.800, 0.799], np.float32), np.zeros(2, np.float32)
    first, second = fuse(dense, nothing, 0.0, nothing)
    assert 0 < first - second < 0.02


@settings(max_examples=100, deadline=None)
@given(
    arrays(np.float32, 5, elements=st.floats(-1, 1, width=32)),
    arrays(np.float32, 5, elements=st.floats(0, 30, width=32)),
    st.floats(30, 60),
    st.lists(st.sampled_from([OTHER_LANGUAGE, SAME_LANGUAGE]), min_size=5, max_size=5),
)
def test_scores_stay_in_range_and_rise_with_either_leg(
    dense: Vectors, lexical: Vectors, ceiling: float, weights: list[float]
) -> None:
    weight = np.array(weights, np.float32)
    fused = fuse(dense, lexical, ceiling, weight)
    assert ((fused >= 0) & (fused <= 1)).all()
    more = fuse(dense, np.minimum(lexical + 1, ceiling).astype(np.float32), ceiling, weight)
    assert (more >= fused - 1e-6).all()
