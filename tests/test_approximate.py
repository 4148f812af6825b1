"""The approximate dense leg: near enough to exact, filters to the row, and damage is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from index.approximate import SHAPE, SKETCHES, ApproximateIndex
from index.errors import IndexDamaged, IndexMismatch
from index.exact import EXACT, ExactVectors, VectorFile, whole
from index.finding import Mask
from index.recall import AIM, NEAREST, chosen, measure, truth
from index.sketching import Code, code_of, write_sketches
from index.types import Vectors

LEAST = 0.98
WIDTH = 24
COUNT = 9000
LANGUAGES = ["de"] * 300 + ["en"] * 6000 + ["fr"] * 2700
GROUPS = np.repeat(np.arange(3, dtype=np.uint16), [300, 6000, 2700])


def clustered(rows: int, seed: int = 0) -> Vectors:
    rng = np.random.default_rng(seed)
    subjects = np.random.default_rng(99).normal(size=(60, WIDTH)) + 1
    vectors = subjects[rng.integers(0, 60, rows)] + 0.6 * rng.normal(size=(rows, WIDTH))
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


VECTORS, QUESTIONS = clustered(COUNT), clustered(60, 5)
HALVES = VECTORS.astype(np.float16).astype(np.float32)


def fill(
    folder: Path, vectors: Vectors = VECTORS, languages: list[str] = LANGUAGES, before: Code | None = None
) -> ApproximateIndex:
    folder.mkdir()
    file = VectorFile(folder / EXACT, *vectors.shape)
    order = np.random.default_rng(1).permutation(len(vectors))  # they come in any order
    file[order] = vectors[order]
    file.close()
    write_sketches(folder, ExactVectors(folder / EXACT, vectors.shape[1]), languages, before)
    groups = np.searchsorted(sorted(set(languages)), languages).astype(np.uint16)
    measure(folder, groups, QUESTIONS)
    return ApproximateIndex(folder)


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> ApproximateIndex:
    return fill(tmp_path_factory.mktemp("approximate") / "filled")


def flat(question: Vectors, k: int, allowed: Mask) -> list[set[int]]:
    """The true `k` nearest in each group."""
    cosines = VECTORS @ question
    found = []
    for group in range(3):
        rows = np.flatnonzero(allowed & (group == GROUPS))
        found.append(set(rows[np.argsort(-cosines[rows])[:k]].tolist()))
    return found


def complete(question: Vectors, rows: NDArray[np.int64], k: int, allowed: Mask) -> None:
    """Assert that these are the `k` nearest in each group, of vectors as they are kept, in halves."""
    cosines = HALVES @ question
    assert allowed[rows].all()
    assert len(set(rows.tolist())) == len(rows)
    for group in range(3):
        true = np.sort(cosines[allowed & (group == GROUPS)])[::-1][:k]
        assert np.sort(cosines[rows[GROUPS[rows] == group]])[::-1] == pytest.approx(true, abs=1e-6)


def test_each_language_is_searched_by_itself_with_the_recall_that_was_measured(
    index: ApproximateIndex,
) -> None:
    hit = 0
    for question in QUESTIONS:
        rows, cosines = index.nearest(question, 10, GROUPS)
        assert np.bincount(GROUPS[rows]).tolist() == [10, 10, 10]
        assert cosines == pytest.approx(VECTORS[rows] @ question, abs=2e-3)
        hit += sum(len(t & set(rows.tolist())) for t in flat(question, 10, np.ones(COUNT, bool)))
    assert hit / (60 * 30) >= LEAST
    regions = index.shape.regions
    assert [(region.language, region.passages) for region in regions] == [
        ("de", 300),
        ("en", 6000),
        ("fr", 2700),
    ]
    assert all(region.recall >= AIM for region in regions)
    assert all(1 < region.again < region.passages / 10 for region in regions[1:])


@pytest.mark.parametrize("share", [0.0, 0.004, 0.3, 0.5, 0.999, 1.0])
def test_under_a_filter_the_nearest_are_found_all_of_them(index: ApproximateIndex, share: float) -> None:
    allowed = np.random.default_rng(3).random(COUNT) < share
    for question in QUESTIONS[:30]:
        rows, cosines = index.nearest(question, 10, GROUPS, allowed)
        assert cosines == pytest.approx(VECTORS[rows] @ question, abs=2e-3)
        complete(question, rows, 10, allowed)


@settings(max_examples=60, deadline=None)
@given(
    question=st.integers(0, len(QUESTIONS) - 1),
    first=st.integers(0, COUNT),
    count=st.integers(0, COUNT),
    k=st.integers(1, 300),
)
def test_however_far_all_lies_that_a_filter_admits(
    index: ApproximateIndex, question: int, first: int, count: int, k: int
) -> None:
    """The worst case for sketches: a band of passages that are all about as far from the question."""
    asked = QUESTIONS[question]
    allowed = np.zeros(COUNT, bool)
    allowed[np.argsort(-(VECTORS @ asked))[first : first + count]] = True
    rows, _ = index.nearest(asked, k, GROUPS, allowed)
    complete(asked, rows, k, allowed)


def test_halves_are_widened_as_numpy_widens_them() -> None:
    every = np.arange(2**16, dtype="<u2").view("<f2")
    finite = every[np.isfinite(every)]
    wide = whole(finite)
    assert wide.dtype == np.float32
    assert wide.tobytes() == finite.astype(np.float32).tobytes()


def test_cosines_of_rows_are_those_of_the_search(index: ApproximateIndex) -> None:
    rows, cosines = index.nearest(QUESTIONS[1], 20, GROUPS)
    assert index.cosines(QUESTIONS[1], rows[::-1]).tolist() == cosines[::-1].tolist()
    assert index.cosines(QUESTIONS[1], rows[:0]).tolist() == []
    assert index.nearest(QUESTIONS[1], 0, GROUPS)[0].tolist() == []
    with pytest.raises(IndexMismatch, match=r"24 numbers.*sourcier index"):
        index.nearest(np.ones(3, np.float32), 1, GROUPS)


def test_the_truth_is_what_comparing_all_finds() -> None:
    blocks = [(0, VECTORS[:4000]), (4000, VECTORS[4000:])]
    found = truth(blocks, GROUPS, 3, QUESTIONS[:5])
    for number, question in enumerate(QUESTIONS[:5]):
        true = flat(question, NEAREST, np.ones(COUNT, bool))
        assert [set(found.rows[group, number].tolist()) for group in range(3)] == true
    few = truth(blocks, np.minimum(np.arange(COUNT), 1).astype(np.uint16), 2, QUESTIONS[:1])
    assert few.rows[0, 0].tolist().count(-1) == NEAREST - 1


def test_what_lies_deep_among_the_sketches_is_looked_for_further(
    index: ApproximateIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = np.flatnonzero(GROUPS == 1)
    nearest = truth([(0, VECTORS)], GROUPS, 3, QUESTIONS).rows[1]
    usual = chosen(index, 1, own, nearest, QUESTIONS)
    monkeypatch.setattr("index.recall.WIDE", 2)
    further = chosen(index, 1, own, nearest, QUESTIONS)
    assert usual == index.shape.regions[1]
    assert (further.again, further.recall) == (
        pytest.approx(usual.again, rel=0.1),
        pytest.approx(usual.recall, abs=0.01),
    )
    far = np.argsort(VECTORS[own] @ QUESTIONS[0])[:NEAREST] + 300
    hard = chosen(index, 1, own, far[np.newaxis], QUESTIONS[:1])
    assert (hard.again, hard.recall) == (pytest.approx(6000, abs=60), 1.0)


def test_the_code_is_kept_until_the_index_has_grown_by_half(index: ApproximateIndex, tmp_path: Path) -> None:
    code = code_of(index.sketches[0], index.shape.trained)
    assert code.trained == COUNT
    more = clustered(4500, 4)
    once = fill(tmp_path / "once", np.concatenate([VECTORS, more]), [*LANGUAGES, *["it"] * 4500], code)
    assert code_of(once.sketches[3], 0).table.tolist() == code.table.tolist()
    assert once.shape.trained == COUNT
    groups = np.repeat(np.arange(4, dtype=np.uint16), [300, 6000, 2700, 4500])
    assert once.nearest(more[7], 1, groups)[0].tolist()[3] == COUNT + 7
    anew = fill(tmp_path / "anew", np.concatenate([VECTORS, more, more[:1]]), ["en"] * 13501, code)
    assert anew.shape.trained == 13501
    assert code_of(anew.sketches[0], 0).table.tolist() != code.table.tolist()


def test_equal_vectors_have_equal_cosines_and_come_by_row(tmp_path: Path) -> None:
    vectors = clustered(400, 2)
    vectors[100:180] = vectors[7]
    same = fill(tmp_path / "same", vectors, ["en"] * 400)
    rows, cosines = same.nearest(vectors[7], 40, np.zeros(400, np.uint16))
    assert len(set(cosines.tolist())) == 1
    assert rows.tolist() == [7, *range(100, 139)]


def test_very_few_passages(tmp_path: Path) -> None:
    few = fill(tmp_path / "few", VECTORS[:3], ["en", "fr", "en"])
    assert set(few.nearest(VECTORS[1], 5, np.array([0, 1, 0], np.uint16))[0].tolist()) == {0, 1, 2}


@pytest.mark.parametrize("name", [SKETCHES, EXACT, SHAPE])
@pytest.mark.parametrize("damage", ["half", "empty", "junk"])
def test_damaged_files_are_refused(tmp_path: Path, name: str, damage: str) -> None:
    fill(tmp_path / "broken", VECTORS[:500], LANGUAGES[:500])
    path = tmp_path / "broken" / name
    data = path.read_bytes()
    path.unlink()
    path.write_bytes({"half": data[: len(data) // 2 - 1], "empty": b"", "junk": b"\x01" * 333}[damage])
    with pytest.raises(IndexDamaged, match="sourcier index"):
        ApproximateIndex(tmp_path / "broken")


def test_languages_that_are_counted_otherwise_are_damage(tmp_path: Path) -> None:
    fill(tmp_path / "other", VECTORS[:500], LANGUAGES[:500])
    with pytest.raises(IndexDamaged, match="counts the languages otherwise"):
        ApproximateIndex(tmp_path / "other").nearest(QUESTIONS[0], 1, np.zeros(500, np.uint16))


def test_exact_vectors_are_read_by_row_in_any_order(index: ApproximateIndex) -> None:
    rows = np.array([5999, 3, 4, 5, 3, 0])
    assert index.exact.rows(rows) == pytest.approx(VECTORS[rows], abs=1e-3)
    blocks = list(index.exact.blocks())
    assert [first for first, _ in blocks] == [0, 8192]
    assert np.concatenate([block for _, block in blocks]) == pytest.approx(VECTORS, abs=1e-3)
