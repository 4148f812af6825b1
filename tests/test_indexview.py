"""The index as the page shows it: one state at a time, each with its words and its button."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from assistant.building import Build
from assistant.indexview import View, progress_bar, view
from assistant.types import IndexState, Status
from index.errors import Cancelled, IndexMismatch, SourcesError, SourcierError, StorageError
from index.types import Changes, IndexReport, Progress, Skipped
from index.watch import Seen

STATE = IndexState("g", 1, 12, "bag <b>", "2026-01-02T03:04:05+00:00")
REPORT = IndexReport("g", 1, 12, 3, 9, 0, (), 0.1)


def seen(
    index: IndexState | None = STATE,
    changes: Changes | None = None,
    skipped: tuple[Skipped, ...] = (),
    build: Build | None = None,
    problem: str = "",
    language: str = "en",
    error: SourcierError | None = None,
    stored: bool = False,
    watching: bool = False,
    saw: Seen | None = None,
) -> View:
    status = error or Status(index, changes or Changes(), skipped, problem)
    return view(
        status, build or Build(), Path("/x/my seeds"), language, stored=stored, watching=watching, seen=saw
    )


def test_an_index_that_is_up_to_date_shows_its_facts_alone() -> None:
    shown = seen()
    assert shown.ready
    assert (shown.banner, shown.card) == ("", "")
    for fact in ("1 document<", "12 passages", "bag &lt;b&gt;", 'datetime="2026-01-02T03:04:05+00:00"'):
        assert fact in shown.line


def test_skipped_files_are_folded_with_their_reasons() -> None:
    shown = seen(skipped=(Skipped("<i>.pdf", "encrypted & closed"), Skipped("b", "empty")))
    assert "2 files skipped</summary>" in shown.line
    assert "&lt;i&gt;.pdf" in shown.line
    assert "encrypted &amp; closed" in shown.line


def test_reasons_are_in_the_language_of_the_page() -> None:
    shown = seen(skipped=(Skipped("b", "empty"),), language="de")
    assert "<bdi>b</bdi> <span><bdi>leer</bdi></span>" in shown.line


def test_the_banner_names_what_changed_and_offers_to_rebuild() -> None:
    shown = seen(changes=Changes(("new.txt",), ("<b>.md",), ("old\n.pdf",)))
    assert shown.ready
    for word in (
        "new.txt</bdi> <i>new",
        "&lt;b&gt;.md</bdi> <i>changed",
        "old␊.pdf</bdi> <i>gone",
        "Rebuild",
    ):
        assert word in shown.banner


def test_the_banner_names_eight_files_and_counts_the_rest() -> None:
    shown = seen(changes=Changes(tuple(f"f{n}.txt" for n in range(11))), language="fr")
    assert "f7.txt" in shown.banner
    assert "f8.txt" not in shown.banner
    assert "et 3 de plus" in shown.banner


def test_a_running_build_shows_its_progress_and_leaves_the_page_ready() -> None:
    build = Build(1, running=True, progress=Progress("encoding", 5, 20))
    shown = seen(changes=Changes(("a",)), build=build)
    assert shown.ready
    assert shown.building
    assert '<progress max="20" value="5"' in shown.bar
    assert "reading passages: 5 of 20" in shown.bar
    assert '<div class="bar"></div>' in shown.banner
    assert "button" not in shown.banner
    assert shown.finished == 0


def test_a_build_that_may_be_cancelled_has_a_button_that_stays_as_it_is() -> None:
    build = Build(3, running=True, stoppable=True, progress=Progress("encoding", 5, 20))
    shown = seen(build=build)
    assert 'data-cancel="3" aria-label="Cancel the build of the index">Cancel</button>' in shown.banner
    later = seen(build=replace(build, progress=Progress("writing", 1, 3)))
    stopping = seen(build=replace(build, stopping=True))
    assert shown.banner == later.banner == stopping.banner
    assert "stopping after this step" in stopping.bar
    assert "of 20" not in stopping.bar
    first = seen(index=None, changes=Changes(("a",)), build=build, problem="no index")
    assert 'data-cancel="3"' in first.card
    assert '<div class="bar"></div>' in first.card


def test_a_cancelled_build_is_no_failure_and_says_what_is_kept() -> None:
    build = Build(3, error=Cancelled("by hand"), stopping=True)
    shown = seen(changes=Changes(("a",)), build=build)
    for said in (shown.banner, shown.news):
        assert "The build was cancelled. The index is as it was" in said
        assert "kept for the next build" in said
    assert "error" not in shown.banner
    assert "Rebuild</button>" in shown.banner
    first = seen(index=None, changes=Changes(("a",)), build=build, problem="no index")
    assert "The build was cancelled" in first.card
    assert "Build the index</button>" in first.card


def test_a_first_build_is_a_card_and_nothing_can_be_asked_yet() -> None:
    shown = seen(index=None, changes=Changes(("a",)), build=Build(1, running=True), problem="no index")
    assert not shown.ready
    assert "Building the index" in shown.card
    assert "<progress aria-label" in shown.bar
    assert '<div class="bar"></div>' in shown.card


@pytest.mark.parametrize("stage", ["reading", "encoding", "writing"])
@pytest.mark.parametrize("language", ["en", "fr"])
def test_every_stage_has_words(stage: str, language: str) -> None:
    bar = progress_bar(Progress(stage, 3, 7), language)
    assert 'max="7" value="3"' in bar
    assert stage not in bar.split("aria-label")[1] or language == "en"


def test_the_news_of_a_finished_build_are_told() -> None:
    shown = seen(build=Build(2, report=REPORT))
    assert shown.finished == 2
    assert shown.news == "The index is up to date: 1 document, 12 passages; 3 read anew."


def test_a_failed_build_says_why_above_the_banner() -> None:
    failed = Build(1, error=StorageError("the disk is <full>"))
    shown = seen(changes=Changes(("a",)), build=failed)
    assert "could not be updated" in shown.banner
    assert "the disk is &lt;full&gt;" in shown.banner
    assert "Rebuild" in shown.banner
    bug = seen(changes=Changes(("a",)), build=Build(1, error=RuntimeError("secret detail")))
    assert "secret detail" not in bug.banner
    assert "terminal" in bug.banner


def test_no_index_yet_offers_to_build_it() -> None:
    shown = seen(index=None, changes=Changes(("a.txt",)), problem="there is no index")
    assert not shown.ready
    assert "No index yet" in shown.card
    assert "Build the index" in shown.card
    assert shown.line == ""


def test_a_damaged_index_says_what_is_wrong_and_offers_to_build() -> None:
    shown = seen(index=None, problem="passages.json <fails>", stored=True)
    assert "cannot be used" in shown.card
    assert "passages.json &lt;fails&gt;" in shown.card
    assert "Build the index" in shown.card


def test_an_empty_folder_is_named_and_told_what_it_takes() -> None:
    nothing = IndexState("g", 0, 0, "bag", "2026-01-02T03:04:05+00:00")
    for shown in (seen(index=None, problem="none"), seen(index=nothing)):
        assert not shown.ready
        assert "No sources in this folder yet" in shown.card
        assert "my seeds" in shown.card
        assert "button" not in shown.card


def test_an_index_of_nothing_can_be_built_once_files_arrive() -> None:
    nothing = IndexState("g", 0, 0, "bag", "2026-01-02T03:04:05+00:00")
    shown = seen(index=nothing, changes=Changes(("a.txt",)))
    assert "Build the index" in shown.card


def test_a_folder_that_cannot_be_used_is_an_error_card() -> None:
    shown = seen(error=SourcesError("/x is not a folder"))
    assert not shown.ready
    assert "/x is not a folder" in shown.card
    assert 'role="alert"' in shown.card
    assert "The folder cannot be used" in shown.card
    newer = seen(error=IndexMismatch("made by a newer version"), stored=True)
    assert "The index cannot be used" in newer.card


BEHIND = Changes(added=("new.txt",))


def test_a_watched_folder_that_is_behind_asks_for_no_build() -> None:
    for saw in (None, Seen("watching"), Seen("built", report=REPORT)):
        shown = seen(changes=BEHIND, watching=True, saw=saw)
        assert "The folder is watched" in shown.banner
        assert "new.txt" in shown.banner
        assert "<button" not in shown.banner
        assert shown.watching
    assert seen(watching=True).banner == ""


def test_what_watching_cannot_do_is_left_to_the_user() -> None:
    gone = seen(changes=Changes(removed=("a", "b")), watching=True, saw=Seen("vanished", 12))
    assert "12 documents are gone from the folder at once" in gone.banner
    assert "Rebuild</button>" in gone.banner
    failed = seen(changes=BEHIND, watching=True, saw=Seen("failed", error=StorageError("full")))
    assert "Rebuild</button>" in failed.banner


@pytest.mark.parametrize(
    ("left", "said"),
    [
        (None, "4 of 10<"),
        (0.2, "4 of 10 · about 1 s left<"),
        (89.4, "about 89 s left"),
        (150, "about 2 min left"),
    ],
)
def test_how_long_it_still_takes(left: float | None, said: str) -> None:
    assert said in progress_bar(Progress("encoding", 4, 10), "en", left)
