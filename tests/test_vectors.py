"""The FAISS leg: exact cosines, deterministic order, and bytes that survive or are refused."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.errors import IndexDamaged, IndexMismatch
from index.types import Vectors
from index.vectors import VectorIndex, pack_vectors


def unit(rows: int, dimension: int = 8, seed: int = 0) -> Vectors:
    vectors = np.random.default_rng(seed).normal(size=(rows, dimension)).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def test_cosines_are_the_products_of_the_vectors_best_first() -> None:
    vectors = np.array([[1, 0], [0, 1], [0.6, 0.8], [-1, 0]], np.float32)
    rows, cosines = VectorIndex(pack_vectors(vectors)).search(np.array([1, 0], np.float32), 4)
    assert rows.tolist() == [0, 2, 1, 3]
    assert cosines.tolist() == pytest.approx([1.0, 0.6, 0.0, -1.0])
    assert rows.dtype == np.int64
    assert cosines.dtype == np.float32


def test_equal_vectors_come_in_the_order_of_their_rows_wherever_the_cut_falls() -> None:
    vectors = unit(300, 4)
    vectors[50:250] = vectors[20]
    index = VectorIndex(pack_vectors(vectors))
    for k in (1, 2, 7, 100, 201):
        rows, _ = index.search(vectors[20], k)
        assert rows.tolist() == [20, *range(50, 250)][:k]


@pytest.mark.parametrize(
    ("k", "found"),
    [
        pytest.param(0, 0, id="none asked for"),
        pytest.param(-3, 0, id="fewer than none"),
        pytest.param(2, 2, id="some"),
        pytest.param(99, 5, id="more than there are"),
    ],
)
def test_k_is_capped_to_what_there_is(k: int, found: int) -> None:
    rows, cosines = VectorIndex(pack_vectors(unit(5))).search(unit(1, seed=1)[0], k)
    assert len(rows) == len(cosines) == found


def test_an_index_of_nothing_finds_nothing() -> None:
    index = VectorIndex(pack_vectors(np.zeros((0, 3), np.float32)))
    assert len(index) == 0
    assert index.dimension == 3
    rows, cosines = index.search(np.ones(3, np.float32), 10)
    assert rows.tolist() == cosines.tolist() == []
    assert index.scores(np.ones(3, np.float32)).tolist() == []


def test_a_cosine_never_leaves_its_range() -> None:
    vector = np.full((1, 3), 0.57735032, np.float32)  # a hair longer than one
    index = VectorIndex(pack_vectors(vector))
    assert index.search(vector[0], 1)[1][0] <= 1.0
    assert index.scores(vector[0])[0] <= 1.0


def test_the_scores_of_all_rows_agree_with_the_search_to_the_last_bit() -> None:
    vectors = unit(40)
    index, query = VectorIndex(pack_vectors(vectors)), unit(1, seed=5)[0]
    scores = index.scores(query)
    assert scores == pytest.approx(vectors @ query, abs=1e-6)
    rows, found = index.search(query, 40)
    assert scores[rows].tolist() == found.tolist()


def test_equal_vectors_have_equal_cosines_to_the_last_bit() -> None:
    vectors = np.repeat(unit(1, 384), 67, axis=0)
    scores = VectorIndex(pack_vectors(vectors)).scores(unit(1, 384, seed=2)[0])
    assert len(set(scores.tolist())) == 1


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 60), st.integers(1, 20), st.integers(1, 70), st.integers(0, 1000))
def test_search_is_the_brute_force(rows: int, dimension: int, k: int, seed: int) -> None:
    vectors, query = unit(rows, dimension, seed), unit(1, dimension, seed + 1)[0]
    found, cosines = VectorIndex(pack_vectors(vectors)).search(query, k)
    exact = vectors @ query
    assert len(found) == min(k, rows)
    assert cosines == pytest.approx(np.sort(exact)[::-1][:k], abs=1e-5)
    assert exact[found] == pytest.approx(cosines, abs=1e-5)


def test_packing_is_repeatable_and_does_not_need_contiguous_rows() -> None:
    vectors = unit(6, 4)
    strided = np.asfortranarray(vectors)
    assert pack_vectors(vectors) == pack_vectors(vectors.copy()) == pack_vectors(strided)


@pytest.mark.parametrize(
    "shape", [pytest.param((4,), id="one vector"), pytest.param((2, 0), id="no dimension")]
)
def test_only_a_table_of_vectors_can_be_packed(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="shape"):
        pack_vectors(np.zeros(shape, np.float32))


def test_a_question_of_another_dimension_is_refused_with_the_mending_command() -> None:
    index = VectorIndex(pack_vectors(unit(3, 8)))
    with pytest.raises(IndexMismatch, match=r"8 numbers.*sourcier index"):
        index.search(np.ones(4, np.float32), 1)
    with pytest.raises(IndexMismatch):
        index.scores(np.ones((1, 8), np.float32))


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(lambda data: b"", id="nothing"),
        pytest.param(lambda data: data[:-1], id="a byte short"),
        pytest.param(lambda data: data[:20], id="cut in the header"),
        pytest.param(lambda data: b"XXXX" + data[4:], id="another magic"),
        pytest.param(lambda data: bytes(len(data)), id="zeros"),
    ],
)
def test_damaged_bytes_are_refused(damage) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(IndexDamaged, match="sourcier index"):
        VectorIndex(damage(pack_vectors(unit(9))))


def test_an_index_of_another_kind_is_refused() -> None:
    import faiss

    other = faiss.IndexFlatL2(4)
    with pytest.raises(IndexDamaged, match="unknown kind"):
        VectorIndex(faiss.serialize_index(other).tobytes())


def test_no_flipped_bit_of_the_head_asks_for_more_room_than_there_is() -> None:
    """Of a large file, opening checks the size alone; FAISS takes the counts at their word, up to terabytes."""
    vectors = unit(50, 32)
    good, refused = pack_vectors(vectors), 0
    for bit in range(8 * 45):
        bad = bytearray(good)
        bad[bit // 8] ^= 1 << bit % 8
        try:
            assert len(VectorIndex(bytes(bad)).scores(vectors[0])) == 50
        except IndexDamaged:
            refused += 1
    assert refused == 231


def test_the_vectors_of_rows_come_in_their_order() -> None:
    vectors = unit(9)
    index = VectorIndex(pack_vectors(vectors))
    assert index.rows(np.array([7, 0, 7])).tolist() == vectors[[7, 0, 7]].tolist()
    assert index.rows(np.zeros(0, np.int64)).shape == (0, 8)
