"""The approximate dense leg: near enough to exact, filters to the row, and damage is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from index import approximate
from index.approximate import SHAPE, SKETCHES, ApproximateIndex
from index.errors import IndexDamaged, IndexMismatch
from index.exact import EXACT, ExactVectors, VectorFile
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


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(approximate, "FEW", 500)


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


@pytest.mark.parametrize("share", [0.0, 0.004, 0.3, 0.5, 0.999])
def test_a_filter_is_exact_and_loses_nothing_near(index: ApproximateIndex, share: float) -> None:
    allowed = np.random.default_rng(3).random(COUNT) < share
    hit = wanted = 0
    for question in QUESTIONS[:30]:
        rows, _ = index.nearest(question, 10, GROUPS, allowed)
        assert allowed[rows].all()
        true = flat(question, 10, allowed)
        assert [int((GROUPS[rows] == group).sum()) for group in range(3)] == [len(some) for some in true]
        hit += sum(len(some & set(rows.tolist())) for some in true)
        wanted += sum(len(some) for some in true)
    assert hit >= LEAST * wanted


@pytest.mark.parametrize(("count", "least"), [(40, 10), (500, 10), (2500, 6)])
def test_a_filter_that_admits_only_what_is_far_finds_the_nearest_of_that(
    index: ApproximateIndex, count: int, least: int
) -> None:
    """The worst case: of the many that it admits, all are far, and sketches tell them apart badly."""
    question = QUESTIONS[0]
    cosines = VECTORS[300:6300] @ question
    far = np.argsort(cosines)[:count] + 300
    rows, _ = index.nearest(question, 40, GROUPS, np.isin(np.arange(COUNT), far))
    assert set(rows.tolist()) <= set(far.tolist())
    assert len(rows) == 40
    assert len(set(rows.tolist()) & set(far[-10:].tolist())) >= least


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
