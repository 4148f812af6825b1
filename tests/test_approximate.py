"""The approximate dense leg: near enough to exact, filters to the row, and little made anew when little changes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from index.approximate import LISTS, PACKED, REGIONS, ApproximateIndex, load_regions
from index.clustering import Carried, count_lists, write_lists
from index.errors import IndexDamaged, IndexMismatch
from index.exact import EXACT, ExactVectors, VectorFile
from index.finding import Mask
from index.recall import LEAST, NEAREST, measure, measured, truth
from index.types import Vectors

WIDTH = 24
LANGUAGES = ["de"] * 300 + ["en"] * 4000 + ["fr"] * 1700
GROUPS = np.repeat(np.arange(3, dtype=np.uint16), [300, 4000, 1700])


def clustered(rows: int, seed: int = 0) -> Vectors:
    rng = np.random.default_rng(seed)
    subjects = np.random.default_rng(99).normal(size=(60, WIDTH))
    vectors = subjects[rng.integers(0, 60, rows)] + 0.6 * rng.normal(size=(rows, WIDTH))
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


VECTORS, QUESTIONS = clustered(6000), clustered(60, 5)


def fill(
    folder: Path, vectors: Vectors = VECTORS, languages: list[str] = LANGUAGES, before: Carried | None = None
) -> ApproximateIndex:
    folder.mkdir()
    file = VectorFile(folder / EXACT, *vectors.shape)
    file[np.arange(len(vectors))] = vectors
    file.close()
    write_lists(folder, ExactVectors(folder / EXACT, vectors.shape[1]), languages, before)
    measure(folder, QUESTIONS)
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


def test_each_language_is_searched_by_itself_with_the_recall_that_was_measured(
    index: ApproximateIndex,
) -> None:
    everything = np.ones(6000, bool)
    hit = 0
    for question in QUESTIONS:
        rows, cosines = index.nearest(question, 10, GROUPS)
        assert np.bincount(GROUPS[rows]).tolist() == [10, 10, 10]
        assert cosines == pytest.approx(VECTORS[rows] @ question, abs=2e-3)
        hit += sum(len(true & set(rows.tolist())) for true in flat(question, 10, everything))
    assert hit / (60 * 30) >= LEAST
    assert [region.language for region in index.regions] == ["de", "en", "fr"]
    assert all(region.recall >= LEAST for region in index.regions)
    assert any(region.visits < region.count / 2 for region in index.regions)


@pytest.mark.parametrize("share", [0.0, 0.004, 0.05, 0.5, 0.999])
def test_a_filter_is_exact_and_loses_nothing_near(index: ApproximateIndex, share: float) -> None:
    allowed = np.random.default_rng(3).random(6000) < share
    hit = wanted = 0
    for question in QUESTIONS[:30]:
        rows, _ = index.nearest(question, 10, GROUPS, allowed)
        assert allowed[rows].all()
        true = flat(question, 10, allowed)
        assert [int((GROUPS[rows] == group).sum()) for group in range(3)] == [len(some) for some in true]
        hit += sum(len(some & set(rows.tolist())) for some in true)
        wanted += sum(len(some) for some in true)
    assert hit >= LEAST * wanted


def test_a_filter_that_admits_one_far_document_finds_all_of_it(index: ApproximateIndex) -> None:
    question = QUESTIONS[0]
    far = np.argsort(VECTORS[300:4300] @ question)[:40] + 300
    allowed = np.isin(np.arange(6000), far)
    rows, _ = index.nearest(question, 100, GROUPS, allowed)
    assert set(rows.tolist()) == set(far.tolist())


def test_cosines_of_rows_are_those_of_the_search(index: ApproximateIndex) -> None:
    rows, cosines = index.nearest(QUESTIONS[1], 20, GROUPS)
    assert index.cosines(QUESTIONS[1], rows[::-1]).tolist() == cosines[::-1].tolist()
    assert index.cosines(QUESTIONS[1], rows[:0]).tolist() == []
    assert index.nearest(QUESTIONS[1], 0, GROUPS)[0].tolist() == []
    with pytest.raises(IndexMismatch, match=r"24 numbers.*sourcier index"):
        index.nearest(np.ones(3, np.float32), 1, GROUPS)


def test_the_truth_is_what_comparing_all_finds(index: ApproximateIndex) -> None:
    found = truth(index.exact.blocks(), GROUPS, 3, QUESTIONS[:5])
    for number, question in enumerate(QUESTIONS[:5]):
        true = flat(question, NEAREST, np.ones(6000, bool))
        assert [set(found.rows[group, number].tolist()) for group in range(3)] == true
    few = truth(index.exact.blocks(), np.minimum(np.arange(6000), 1).astype(np.uint16), 2, QUESTIONS[:1])
    assert few.rows[0, 0].tolist().count(-1) == NEAREST - 1


def test_more_visits_find_more(index: ApproximateIndex) -> None:
    from dataclasses import replace

    region, cosines = index.regions[1], truth(index.exact.blocks(), GROUPS, 3, QUESTIONS).cosines[1]
    one, all_ = (replace(region, visits=visits) for visits in (1, region.count))
    assert measured(index, one, cosines, QUESTIONS) < measured(index, all_, cosines, QUESTIONS) == 1.0


def exact_mean(index: ApproximateIndex, languages: list[str], language: str) -> Vectors:
    rows = np.flatnonzero(np.array(languages) == language)
    mean: Vectors = index.exact.rows(rows).mean(axis=0)
    return mean


def carried(index: ApproximateIndex, origin: list[int]) -> Carried:
    return Carried(index.regions, index.centres, index.lists, np.array(origin))


def test_what_is_kept_stays_in_its_list_and_what_is_new_joins_the_nearest(
    index: ApproximateIndex, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("index.clustering._trained", None)  # to call it would be an error
    kept = [row for row in range(6000) if row % 7]
    new = clustered(50, 8)
    vectors = np.concatenate([VECTORS[kept][:1000], new, VECTORS[kept][1000:]])
    languages = [LANGUAGES[row] for row in kept]
    languages[1000:1000] = ["en"] * 50
    grown = fill(
        tmp_path / "grown", vectors, languages, carried(index, [*kept[:1000], *[-1] * 50, *kept[1000:]])
    )
    assert grown.centres.tolist() == index.centres.tolist()
    assert np.delete(grown.lists, np.s_[1000:1050]).tolist() == index.lists[kept].tolist()
    en = index.regions[1]
    mean = exact_mean(grown, languages, "en")
    nearest = (new - mean) @ index.centres[en.first : en.first + en.count].T
    assert (grown.lists[1000:1050] - en.first).tolist() == nearest.argmax(axis=1).tolist()
    assert [region.trained for region in grown.regions] == [300, 4000, 1700]
    groups = np.searchsorted(["de", "en", "fr"], languages).astype(np.uint16)
    rows, _ = grown.nearest(new[7], 1, groups)
    assert 1007 in rows.tolist()


def test_centres_are_made_anew_for_a_language_that_has_grown_by_half(
    index: ApproximateIndex, tmp_path: Path
) -> None:
    more = clustered(900, 4)
    origin = [*range(6000), *[-1] * 900]
    grown = fill(
        tmp_path / "grown",
        np.concatenate([VECTORS, more]),
        [*LANGUAGES, *["fr"] * 899, "it"],
        carried(index, origin),
    )
    assert [(region.language, region.trained) for region in grown.regions] == [
        ("de", 300),
        ("en", 4000),
        ("fr", 2599),
        ("it", 1),
    ]
    en = grown.regions[1]
    assert grown.centres[: en.first + en.count].tolist() == index.centres[: en.first + en.count].tolist()


@pytest.mark.parametrize(
    ("passages", "lists"), [(1, 1), (199, 1), (300, 3), (160_000, 1600), (1_000_000, 4000)]
)
def test_how_many_lists(passages: int, lists: int) -> None:
    assert count_lists(passages) == lists


def test_equal_vectors_have_equal_cosines_and_come_by_row(tmp_path: Path) -> None:
    vectors = clustered(400, 2)
    vectors[100:180] = vectors[7]
    same = fill(tmp_path / "same", vectors, ["en"] * 400)
    rows, cosines = same.nearest(vectors[7], 40, np.zeros(400, np.uint16))
    assert len(set(cosines.tolist())) == 1
    assert set(rows.tolist()) <= {7, *range(100, 180)}
    assert rows.tolist() == sorted(rows.tolist())


@pytest.mark.parametrize("name", [PACKED, EXACT, LISTS, REGIONS])
@pytest.mark.parametrize("damage", ["half", "empty", "junk"])
def test_damaged_files_are_refused(tmp_path: Path, name: str, damage: str) -> None:
    fill(tmp_path / "broken", VECTORS[:500], LANGUAGES[:500]).close()
    path = tmp_path / "broken" / name
    data = path.read_bytes()
    path.write_bytes({"half": data[: len(data) // 2 - 1], "empty": b"", "junk": b"\x01" * 333}[damage])
    with pytest.raises(IndexDamaged, match="sourcier index"):
        ApproximateIndex(tmp_path / "broken")


def test_a_folder_without_lists_has_no_regions(tmp_path: Path) -> None:
    assert load_regions(tmp_path) == ()


def test_exact_vectors_are_read_by_row_in_any_order(index: ApproximateIndex) -> None:
    rows = np.array([5999, 3, 4, 5, 3, 0])
    assert index.exact.rows(rows) == pytest.approx(VECTORS[rows], abs=1e-3)
    assert [first for first, _ in index.exact.blocks()] == [0]
    with pytest.raises(IndexDamaged, match="no row 6000"):
        index.exact.rows(np.array([6000]))
