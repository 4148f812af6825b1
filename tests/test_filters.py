"""Which documents a filter admits, and that a search keeps to it."""

from __future__ import annotations

from pathlib import Path

import pytest
from folders import BREAD, BRIDGE, HARBOUR, Place, place
from stubs import BagEncoder

from index.errors import UsageError
from index.filters import EVERYTHING, Described, Filter
from index.generation import open_generation
from index.search import search


@pytest.mark.parametrize(
    ("wanted", "path", "admitted"),
    [
        ("reports", "reports/a.md", True),
        ("reports/", "reports/2024/a.md", True),
        ("reports", "reports.md", False),
        ("reports/a.md", "reports/a.md", True),
        ("Reports", "reports/a.md", False),
        ("*.md", "reports/a.md", True),
        ("reports/*/a.*", "reports/2024/a.pdf", True),
        ("report?", "reports", True),
        ("[ab].md", "c.md", False),
        ("", "anything.txt", True),
    ],
)
def test_paths(wanted: str, path: str, admitted: bool) -> None:
    assert Filter(paths=("elsewhere", wanted)).admits(Described(path, "md")) is admitted


@pytest.mark.parametrize(
    ("since", "until", "date", "admitted"),
    [
        ("2024", "", "2024-01-01", True),
        ("2024", "", "2023-12-31", False),
        ("2024", "", "", False),
        ("", "2024", "", False),
        ("", "2024", "2024-12-31T23:00:00Z", True),
        ("", "2024", "2025-01-01", False),
        ("2024-03", "2024-03", "2024-03-31", True),
        ("2024-03-02", "", "2024-03", False),
        ("", "2024-03", "2024", False),
        ("", "2024-03", "2023", True),
        ("2024-03", "", "2025", True),
    ],
)
def test_dates(since: str, until: str, date: str, admitted: bool) -> None:
    assert Filter(since=since, until=until).admits(Described("a.md", "md", date=date)) is admitted


@pytest.mark.parametrize("date", ["yesterday", "24", "2024-3", "2024-03-", "2024-03-09T10", "２０２４"])
def test_what_is_no_date_is_refused(date: str) -> None:
    with pytest.raises(UsageError, match="is no date"):
        Filter(since=date)


def test_kinds_and_nothing() -> None:
    assert Filter(kinds=("pdf", "md")).admits(Described("a", "md"))
    assert not Filter(kinds=("pdf",)).admits(Described("a", "md"))
    assert EVERYTHING.admits(Described("a", "md"))
    assert not EVERYTHING
    assert Filter(languages=("fr",))


@pytest.mark.parametrize(
    ("where", "admitted"),
    [
        (Filter(authors=("woolf",)), True),
        (Filter(authors=("Plath", "Virginia")), True),
        (Filter(authors=("Plath",)), False),
        (Filter(tags=("rivers",)), True),
        (Filter(tags=("river",)), False),
        (Filter(tags=("law", "Mills")), True),
        (Filter(tags=("mills",), authors=("Plath",)), False),
    ],
    ids=str,
)
def test_authors_by_a_part_of_their_names_and_tags_by_the_whole(where: Filter, admitted: bool) -> None:
    assert where.admits(Described("a.md", "md", "Virginia Woolf", "1927", ("Rivers", "mills"))) is admitted
    assert where


@pytest.fixture
def here(tmp_path: Path) -> Place:
    found = place(tmp_path)
    (found.sources / "ports").mkdir()
    (found.sources / "ports" / "lisbon.md").write_text(
        f"---\nauthor: Ann Baker\ntags: [ports, Lisbon]\n---\n{HARBOUR}", encoding="utf-8"
    )
    found.write(bread=BREAD, bridge=BRIDGE)
    found.build()
    return found


@pytest.mark.parametrize(
    ("where", "names"),
    [
        (EVERYTHING, {"bread.txt", "bridge.txt", "ports/lisbon.md"}),
        (Filter(paths=("ports",)), {"ports/lisbon.md"}),
        (Filter(languages=("fr",)), {"bread.txt"}),
        (Filter(languages=("en",), kinds=("txt",)), {"bridge.txt"}),
        (Filter(languages=("xx",)), set()),
        (Filter(since="1900"), set()),
        (Filter(tags=("PORTS",)), {"ports/lisbon.md"}),
        (Filter(authors=("Baker",), tags=("ports",)), {"ports/lisbon.md"}),
        (Filter(authors=("Cook",)), set()),
    ],
)
def test_a_search_finds_all_that_is_admitted_and_nothing_else(
    here: Place, where: Filter, names: set[str]
) -> None:
    generation = open_generation(here.index)
    question = "In which year was the bridge over the harbour rebuilt?"
    vector = BagEncoder().encode_queries([question])[0]
    for _ in range(2):  # the second time from what is remembered
        hits = search(generation, question, vector, "en", 20, where)
        assert {hit.passage.document for hit in hits} == names
        assert generation.count(where) == len(hits)
    assert generation.snapshot == generation.manifest.generation
    generation.close()


def test_a_filter_changes_no_score_of_meaning_or_words(here: Place) -> None:
    generation = open_generation(here.index)
    vector = BagEncoder().encode_queries(["bridge"])[0]
    every = {hit.passage.document: hit for hit in search(generation, "bridge", vector, "en")}
    one = search(generation, "bridge", vector, "en", 20, Filter(paths=("bridge.txt",)))[0]
    assert (one.dense, one.lexical) == (every["bridge.txt"].dense, every["bridge.txt"].lexical)
    generation.close()
