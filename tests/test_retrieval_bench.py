"""The measures of the retrieval benchmark, against values worked out by hand."""

from __future__ import annotations

import math

import pytest

from benchmarks.measures import ndcg, recall


@pytest.mark.parametrize(
    ("ranked", "expected"),
    [
        pytest.param(["a", "x", "y"], 1.0, id="first"),
        pytest.param(["x", "a", "y"], 1 / math.log2(3), id="second"),
        pytest.param(["x", "y", "a"], 0.5, id="third"),
        pytest.param(["x", "y", "z", "a"], 0.0, id="beyond the depth"),
        pytest.param([], 0.0, id="nothing found"),
    ],
)
def test_ndcg_of_one_relevant(ranked: list[str], expected: float) -> None:
    assert ndcg(ranked, {"a": 1}, 3) == pytest.approx(expected)


def test_ndcg_of_several_grades() -> None:
    gained = 1 / 1 + 3 / math.log2(3) + 0 + 2 / math.log2(5)
    ideal = 3 / 1 + 2 / math.log2(3) + 1 / 2
    assert ndcg(["c", "a", "x", "b"], {"a": 3, "b": 2, "c": 1}, 10) == pytest.approx(gained / ideal)
    assert ndcg(["a", "b", "c"], {"a": 3, "b": 2, "c": 1}, 10) == pytest.approx(1.0)


def test_recall() -> None:
    grades = {"a": 1, "b": 2, "zero": 0}
    assert recall(["a", "x", "b"], grades, 3) == 1.0
    assert recall(["a", "x", "b"], grades, 2) == 0.5
    assert recall(["zero", "x"], grades, 2) == 0.0


def test_without_a_relevant_id_both_are_zero() -> None:
    assert ndcg(["a"], {}, 10) == recall(["a"], {}, 10) == 0.0
