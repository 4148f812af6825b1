"""The folder at a glance: counts by language and date, which rows place a document, and where it lies on the map."""

from __future__ import annotations

import numpy as np
import pytest

from assistant.landscape import (
    COLUMNS,
    POINTS,
    SAMPLED,
    Dates,
    by_date,
    by_language,
    project,
    sampled,
    survey,
)
from assistant.landscapeview import drawn
from index.types import Listed, Vectors


def listed(n: int, language: str = "en", date: str = "", passages: int = 2, title: str = "") -> Listed:
    return Listed(f"d{n}.txt", "txt", title, language, date, 0, passages)


def test_languages_by_number_and_the_rest_as_one() -> None:
    assert by_language(["en", "fr", "en", "de"]) == (("en", 2), ("de", 1), ("fr", 1))
    found = by_language(["en"] * 9 + ["fr"] * 8 + ["de"] * 7 + ["es"] * 6 + ["it"] * 5 + ["pt", "pl", "pl"])
    assert found == (("en", 9), ("fr", 8), ("de", 7), ("es", 6), ("it", 5), ("", 3))
    assert by_language([]) == ()


@pytest.mark.parametrize(
    ("dates", "periods", "undated"),
    [
        pytest.param([], (), 0, id="nothing"),
        pytest.param(["", "soon"], (), 2, id="no dates"),
        pytest.param(
            ["2024-11-03", "2025-01", "2025-01-31", ""],
            (("2024-11", 1), ("2024-12", 0), ("2025-01", 2)),
            1,
            id="months, a gap between",
        ),
        pytest.param(["2024-11-03", "2026"], (("2024", 1), ("2025", 0), ("2026", 1)), 0, id="one names its year alone"),
        pytest.param(["2000-01", "2003-02"], (("2000", 1), ("2001", 0), ("2002", 0), ("2003", 1)), 0, id="years"),
        pytest.param(["2024<img src=x>", "2024"], (("2024", 1),), 1, id="no date at all"),
    ],
)  # fmt: skip
def test_periods(dates: list[str], periods: tuple[tuple[str, int], ...], undated: int) -> None:
    assert by_date(dates) == Dates(periods, undated)


def test_long_times_are_counted_by_tens_and_hundreds() -> None:
    tens = by_date(["1801", "1809-02-03", "1999"])
    assert tens.periods[0] == ("1800–1809", 2)
    assert tens.periods[-1] == ("1990–1999", 1)
    assert len(tens.periods) == 20
    assert sum(n for _, n in tens.periods) == 3
    for dates in (["0001", "9999"], ["0000", "0470"]):
        assert len(by_date(dates).periods) <= COLUMNS


def test_rows_of_a_document_follow_one_another_and_are_evenly_taken() -> None:
    found = sampled([2, 3, 2 * SAMPLED])
    assert [rows.tolist() for rows in found.values()] == [
        [0, 1],
        [2, 3, 4],
        list(range(5, 5 + 2 * SAMPLED, 2)),
    ]
    many = sampled([1] * (4 * POINTS))
    assert len(many) == POINTS
    assert list(many)[:3] == [0, 4, 8]
    assert many[8].tolist() == [8]


def test_the_map_keeps_the_distances_of_what_lies_in_a_plane() -> None:
    plane = np.array([[0, 0], [4, 0], [4, 2], [0, 2]], np.float32)
    turned, _ = np.linalg.qr(np.random.default_rng(7).normal(size=(9, 2)))
    means = (plane @ turned.T).astype(np.float32)
    places, share = project(means)
    assert share == pytest.approx(1, abs=1e-5)
    assert places.min(axis=0) == pytest.approx([0, 0], abs=1e-6)
    assert places.max(axis=0) == pytest.approx([1, 0.5], abs=1e-5)
    far = np.linalg.norm(places[:, None] - places[None], axis=2)
    wanted = np.linalg.norm(plane[:, None] - plane[None], axis=2) / 4
    assert far == pytest.approx(wanted, abs=1e-5)


def test_documents_that_are_all_the_same_lie_on_one_point() -> None:
    places, share = project(np.ones((3, 5), np.float32))
    assert places.tolist() == [[0, 0]] * 3
    assert share == 0
    for width in (1, 2):
        places, share = project(np.arange(3 * width, dtype=np.float32).reshape(3, width))
        assert places == pytest.approx(np.array([[0, 0], [0.5, 0], [1, 0]]), abs=1e-6)
        assert share == pytest.approx(1)


def vectors_of(topics: list[int], per: int = 2) -> Vectors:
    rows = np.repeat(np.eye(8, dtype=np.float32)[topics], per, axis=0)
    noise = np.random.default_rng(1).normal(scale=0.05, size=rows.shape)
    return (rows + noise).astype(np.float32)


def test_documents_of_one_topic_lie_together() -> None:
    topics = [0, 0, 0, 1, 1, 1, 2, 2, 2]
    vectors = vectors_of(topics)
    documents = [listed(n, "fr" if n else "en", "2024") for n in range(9)]
    found = survey(documents, lambda rows: vectors[rows])
    assert (found.documents, found.languages) == (9, (("fr", 8), ("en", 1)))
    assert found.dates.periods == (("2024", 9),)
    at = {point.document.path: (point.x, point.y) for point in found.points}
    assert {point.kind for point in found.points if point.document.path == "d0.txt"} == {1}
    for n in range(9):
        near = sorted(range(9), key=lambda m: np.hypot(*np.subtract(at[f"d{n}.txt"], at[f"d{m}.txt"])))
        assert {topics[m] for m in near[:3]} == {topics[n]}
    assert 0.8 < found.share <= 1


def test_of_very_many_some_are_shown_and_it_is_said() -> None:
    documents = [listed(n, passages=1) for n in range(2 * POINTS)]
    vectors = np.random.default_rng(3).normal(size=(2 * POINTS, 16)).astype(np.float32)
    found = survey(documents, lambda rows: vectors[rows])
    assert len(found.points) == POINTS
    html = drawn(found, "en")
    assert f"It holds {POINTS} of the {2 * POINTS} documents, evenly chosen." in html
    assert html.count('role="option"') == POINTS
    assert len(html) < 400 * POINTS


def test_two_documents_are_no_map() -> None:
    found = survey([listed(0), listed(1)], lambda rows: np.ones((len(rows), 4), np.float32))
    assert found.points == ()
    assert "A map takes at least 3 documents." in drawn(found, "en")
    assert drawn(survey([], lambda rows: np.ones((0, 4), np.float32)), "fr").count("<svg") == 0


def test_every_number_is_in_words_too() -> None:
    documents = [
        listed(0, "fr", "2024-03", title="Le pain"),
        listed(1, "en", "2024-05"),
        listed(2),
        listed(3, "xx"),
    ]
    html = drawn(survey(documents, lambda rows: vectors_of([0, 1, 2, 3])[rows]), "en")
    assert '<span data-language="en">English</span>' in html
    assert 'aria-label="Documents by date: 2024-03: 1, 2024-05: 1"' in html
    assert "<title>2024-03: 1</title>" in html
    assert "2 documents have no date." in html
    assert 'aria-label="\u2068Le pain (d0.txt)\u2069, French"' in html
    assert 'aria-label="Map of 4 documents. The arrow keys' in html


def test_points_lie_inside_the_map() -> None:
    for topics in ([0, 0, 0, 1, 1, 1], [0, 1, 2, 3, 4, 5], [0, 0, 0, 0, 0, 0]):
        vectors = vectors_of(topics)
        html = drawn(survey([listed(n) for n in range(6)], lambda rows, v=vectors: v[rows]), "en")
        width, height = (
            float(one) for one in html.split('class="map" viewBox="0 0 ')[1].split('"')[0].split()
        )
        for part in html.split("translate(")[1:]:
            x, y = (float(one) for one in part.split(")")[0].split())
            assert 10 <= x <= width - 10
            assert 10 <= y <= height - 10


def test_a_hostile_document_is_text() -> None:
    evil = '"><script>x</script>\u202e'
    one = Listed(evil, "txt", evil, evil, evil, 0, 2)
    html = drawn(survey([one, listed(1), listed(2)], lambda rows: vectors_of([0, 1, 2])[rows]), "en")
    assert "<script" not in html
    assert "\u202e" not in html
    assert "&quot;&gt;&lt;script&gt;" in html
