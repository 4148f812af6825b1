"""The measures, against values worked out by hand."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.measures import (
    Bin,
    Point,
    auroc,
    calibration_error,
    exact,
    f1,
    holds,
    ndcg,
    recall,
    reliability,
    risk_coverage,
    words_of,
)


@pytest.mark.parametrize(
    ("answer", "truth", "expected"),
    [
        pytest.param("the Eiffel Tower", "Eiffel Tower", 1.0, id="English article"),
        pytest.param("La Tour Eiffel", "tour eiffel", 1.0, id="French article"),
        pytest.param("l'université", "Université", 1.0, id="elided article"),
        pytest.param("in der Stadt Berlin", "Berlin", 2 * 1 / (3 + 1), id="one word of three"),
        pytest.param(
            "400 millions d ‘euros", "400 millions d'euros", 2 * 2 / (4 + 3), id="two of four and three"
        ),
        pytest.param(
            "cat cat dog", "cat dog dog", 2 * 2 / 6, id="a repeated word counts as often as it matches"
        ),
        pytest.param("il gatto nero", "un gatto", 2 * 1 / (2 + 1), id="Italian articles"),
        pytest.param("os dois irmãos", "uns dois irmãos", 1.0, id="Portuguese articles"),
        pytest.param("los perros", "unas perros", 1.0, id="Spanish articles"),
        pytest.param("blue", "red", 0.0, id="nothing in common"),
        pytest.param("the", "le", 1.0, id="articles alone"),
        pytest.param("the", "red", 0.0, id="an article is no word"),
    ],
)
def test_f1_by_hand(answer: str, truth: str, expected: float) -> None:
    assert f1(answer, [truth]) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param("A  cat, the dog; an   owl.", ["cat", "dog", "owl"], id="English articles and marks"),
        pytest.param("le chat", ["le", "chat"], id="a foreign article stays"),
        pytest.param("l'été", ["lété"], id="a straight mark goes, its words join"),
        pytest.param("the-end", ["theend"], id="marks go first, then articles"),
        pytest.param("«the» end", ["«", "»", "end"], id="a mark that ASCII lacks stays, and parts words"),
    ],
)
def test_plain_words_are_squads(text: str, words: list[str]) -> None:
    assert words_of(text, plain=True) == words


def test_words_without_typographic_marks_and_articles() -> None:
    assert words_of("« Hiatus », dit-elle…") == ["hiatus", "ditelle"]
    assert words_of("l’État") == words_of("l'État") == ["état"]


def test_plain_scoring_keeps_foreign_articles() -> None:
    assert (exact("le chat", ["chat"]), f1("le chat", ["chien", "chat"])) == (1.0, 1.0)
    assert exact("le chat", ["chat"], plain=True) == 0.0
    assert f1("le chat", ["chat"], plain=True) == pytest.approx(2 / 3)
    assert exact("An  apple.", ["apple"], plain=True) == 1.0


def test_the_best_truth_counts() -> None:
    assert f1("two cats", ["a dog", "two cats", "cats"]) == 1.0
    assert exact("Two cats!", ["a dog", "two cats"]) == 1.0
    assert exact("two cats", ["cats"]) == 0.0


def test_without_truths_silence_is_right() -> None:
    assert (exact("", []), f1("", []), holds("", [])) == (1.0, 1.0, 1.0)
    assert (exact("Ada", []), f1("Ada", []), holds("Ada", [])) == (0.0, 0.0, 0.0)


def test_silence_is_wrong_where_there_is_a_truth() -> None:
    assert (exact("", ["Ada"]), f1("", ["Ada"]), holds("", ["Ada"])) == (0.0, 0.0, 0.0)


def test_holds_wants_the_words_in_a_row_and_whole() -> None:
    sentence = "The treaty was signed in the city of Lille, in May 1990."
    assert holds(sentence, ["city of Lille"]) == 1.0
    assert holds(sentence, ["signed Lille"]) == 0.0
    assert holds(sentence, ["199"]) == 0.0
    assert holds(sentence, ["199", "May 1990"]) == 1.0


@settings(max_examples=80, deadline=None)
@given(st.text(max_size=40), st.text(max_size=40))
def test_f1_is_a_share_and_is_whole_for_the_same_words(one: str, two: str) -> None:
    assert 0.0 <= f1(one, [two]) == f1(two, [one]) <= 1.0
    assert f1(one, [one]) == exact(one, [one]) == 1.0
    assert (f1(one, [two]) == 1.0) >= bool(exact(one, [two]))


def test_auroc_by_hand() -> None:
    # pairs (3 over 1), (3 over 2), (2 ties 2) and (2 over 1): 3.5 of 4
    assert auroc([3, 2, 2, 1], [True, True, False, False]) == pytest.approx(3.5 / 4)
    assert auroc([1, 2], [False, True]) == 1.0
    assert auroc([1, 2], [True, False]) == 0.0
    assert auroc([0.5, 0.5, 0.5], [True, False, True]) == 0.5
    assert math.isnan(auroc([1, 2], [True, True]))
    assert math.isnan(auroc([], []))


SCORES = [0.95, 0.85, 0.81, 0.35, 0.31, 1.0]
RIGHT = [True, True, False, False, True, True]


def test_reliability_by_hand() -> None:
    low, middle, high = reliability(SCORES, RIGHT)
    assert low == Bin(pytest.approx((0.35 + 0.31) / 2), 0.5, 2)
    assert middle == Bin(pytest.approx((0.85 + 0.81) / 2), 0.5, 2)
    assert high == Bin(pytest.approx((0.95 + 1.0) / 2), 1.0, 2)
    assert reliability([], []) == []


def test_calibration_error_by_hand() -> None:
    # steps of 2 each: |0.33 - 0.5|, |0.83 - 0.5|, |0.975 - 1|
    assert calibration_error(SCORES, RIGHT) == pytest.approx((0.17 + 0.33 + 0.025) / 3)
    assert calibration_error([0.7, 0.7, 0.7, 0.7], [True, True, False, False]) == pytest.approx(0.2)
    assert calibration_error([1.0, 0.0], [True, False]) == 0.0
    assert math.isnan(calibration_error([], []))


def test_risk_and_coverage_by_hand() -> None:
    scores = [0.9, 0.8, 0.7, 0.6, 0.5]
    right = [True, False, True, False, False]
    answerable = [True, False, True, True, True]
    half, most, all_ = risk_coverage(scores, right, answerable, (0.5, 0.75, 1.0))
    assert half == Point(coverage=0.5, risk=pytest.approx(1 / 3), threshold=0.7, answered=3)
    assert most == Point(coverage=0.75, risk=0.5, threshold=0.6, answered=4)
    assert all_ == Point(coverage=1.0, risk=pytest.approx(3 / 5), threshold=0.5, answered=5)


def test_equal_confidences_are_answered_together() -> None:
    [point] = risk_coverage(
        [0.5, 0.5, 0.5, 0.1], [True, False, False, True], [True, True, False, True], (0.3,)
    )
    assert point == Point(coverage=pytest.approx(2 / 3), risk=pytest.approx(2 / 3), threshold=0.5, answered=3)


def test_no_coverage_of_nothing() -> None:
    assert risk_coverage([0.5], [False], [False], (0.5, 1.0)) == []


@pytest.mark.parametrize(
    ("ranked", "gain", "found"),
    [
        pytest.param(["a", "x", "y"], 1.0, 1.0, id="first"),
        pytest.param(["x", "a", "y"], 1 / math.log2(3), 1.0, id="second"),
        pytest.param(["x", "y", "a"], 0.5, 1.0, id="third"),
        pytest.param(["x", "y", "z", "a"], 0.0, 0.0, id="beyond the depth"),
        pytest.param([], 0.0, 0.0, id="nothing found"),
    ],
)
def test_one_relevant(ranked: list[str], gain: float, found: float) -> None:
    assert ndcg(ranked, {"a": 1}, 3) == pytest.approx(gain)
    assert recall(ranked, {"a": 1}, 3) == found


def test_several_grades() -> None:
    grades = {"a": 3, "b": 2, "c": 1}
    gained = 1 / 1 + 3 / math.log2(3) + 0 + 2 / math.log2(5)
    ideal = 3 / 1 + 2 / math.log2(3) + 1 / 2
    assert ndcg(["c", "a", "x", "b"], grades, 10) == pytest.approx(gained / ideal)
    assert recall(["c", "a", "x", "b"], grades, 2) == pytest.approx(2 / 3)
