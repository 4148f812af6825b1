"""The list of all files: each once, in its state, in the order and under the filter that was asked for."""

from __future__ import annotations

import pytest

from assistant.sourcelist import SourceRow, Wanted, chosen, rows
from assistant.sourcesview import summary, table
from index.types import Changes, Listed, Skipped

LISTED = [
    Listed("a.pdf", "pdf", "The accounts", "en", "2024-05", 12, 30),
    Listed("b.txt", "txt", "b", "fr", "", 0, 2),
    Listed("c.txt", "txt", "c", "en", "2023", 0, 3),
    Listed("d <b>.eml", "eml", "<script>", "de", "", 4, 1),
]


def found() -> list[SourceRow]:
    changes = Changes(added=("n.md",), changed=("b.txt",), removed=("c.txt",))
    skipped = [Skipped("x.bin", "unknown type"), Skipped("r.txt", "forgotten; undo")]
    skipped.append(Skipped("a.pdf", "only in part: page 3 is a scan"))
    return rows(LISTED, changes, skipped, {"r.txt"})


def test_every_file_stands_once_in_its_state() -> None:
    assert [(row.name, row.state) for row in found()] == [
        ("a.pdf", "indexed"),
        ("b.txt", "changed"),
        ("c.txt", "gone"),
        ("d <b>.eml", "indexed"),
        ("n.md", "new"),
        ("r.txt", "removed"),
        ("x.bin", "skipped"),
    ]
    by_name = {row.name: row for row in found()}
    assert (by_name["a.pdf"].pages, by_name["b.txt"].pages, by_name["d <b>.eml"].pages) == (12, None, None)
    assert (by_name["x.bin"].reason, by_name["n.md"].kind) == ("unknown type", "md")
    assert by_name["a.pdf"].reason == "only in part: page 3 is a scan"  # and indexed all the same


@pytest.mark.parametrize(
    ("wanted", "names"),
    [
        (Wanted(words="TXT"), "b.txt c.txt r.txt"),
        (Wanted(words="accounts pdf"), "a.pdf"),
        (Wanted(words="unknown"), "x.bin"),
        (Wanted(state="gone"), "c.txt"),
        (Wanted(column="passages", words="txt"), "b.txt c.txt r.txt"),
        (Wanted(column="passages", words="txt", descending=True), "c.txt b.txt r.txt"),
        (Wanted(column="date", state="gone"), "c.txt"),
        (Wanted(column="no such", words="txt"), "b.txt c.txt r.txt"),
        (Wanted(words="nothing like it"), ""),
    ],
)
def test_what_is_wanted_in_the_order_that_is_wanted(wanted: Wanted, names: str) -> None:
    assert " ".join(row.name for row in chosen(found(), wanted)) == names


def test_states_are_sorted_as_they_matter_and_dates_by_time() -> None:
    assert [row.state for row in chosen(found(), Wanted(column="state"))] == [
        "indexed", "indexed", "new", "changed", "gone", "skipped", "removed",
    ]  # fmt: skip
    assert [row.name for row in chosen(found(), Wanted(column="date"))][:2] == ["c.txt", "a.pdf"]


def test_the_table_says_what_can_be_done_and_shows_names_as_text() -> None:
    markup = table(found(), Wanted(column="date", descending=True), 3, "en")
    assert "<script>" not in markup
    assert "d &lt;b&gt;.eml" in markup
    assert markup.count("data-remove=") == 4  # neither of what is gone, skipped or removed
    assert markup.count("data-restore=") == 1
    assert markup.count('aria-sort="descending"') == 1
    assert "Show more; 3 are left" in markup
    assert "No file fits this filter." in table([], Wanted(), 0, "en")


def test_the_states_are_counted() -> None:
    markup = summary(found(), "en")
    assert ">All <b>7</b>" in markup
    assert ">in the index <b>2</b>" in markup
    assert markup.count("<button") == 7
