"""A folder that goes away is no folder of deleted files: during a build, in part, or under another name."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from folders import BREAD, HARBOUR, Place, close_folder, content, place
from stubs import BagEncoder

from index import worker
from index.build import build_index
from index.changes import changes
from index.errors import SourcesError
from index.missing import vanished
from index.plan import TRIES
from index.store import read_manifest
from index.types import Changes, Progress, Skipped


@pytest.fixture
def here(tmp_path: Path) -> Place:
    """Its index lies elsewhere, as with a disk that can be pulled out."""
    return replace(place(tmp_path), index=tmp_path / "index")


def piers(here: Place, count: int) -> None:
    here.write(**{f"d{n}": f"{HARBOUR} Pier {n}." for n in range(count)})


def at(done: int, work: Callable[[], object]) -> Callable[[Progress], None]:
    """Do it once, when so many files are read."""

    def note(progress: Progress) -> None:
        if progress.stage == "reading" and progress.done == done and progress.total > done:
            work()

    return note


@pytest.mark.parametrize(("count", "mount_point"), [(3, False), (3, True), (12, True)])
def test_a_folder_that_goes_away_during_a_build_keeps_its_index(
    here: Place, tmp_path: Path, count: int, mount_point: bool
) -> None:
    piers(here, count)
    before = here.build().generation

    def pull_out() -> None:
        here.sources.rename(tmp_path / "disk")
        if mount_point:
            here.sources.mkdir()

    with pytest.raises(
        SourcesError, match=r"does not exist|went away while it was read.*run: sourcier index"
    ):
        here.build(at(1, pull_out), encoder=BagEncoder("other@1"))
    assert read_manifest(here.index).generation == before
    shutil.rmtree(here.sources, ignore_errors=True)
    (tmp_path / "disk").rename(here.sources)
    assert not changes(here.sources, here.index)


def test_most_of_a_folder_that_goes_away_during_a_build_keeps_its_index(here: Place) -> None:
    piers(here, 8)
    here.build()

    def delete() -> None:
        for n in range(1, 7):
            (here.sources / f"d{n}.txt").unlink()

    with pytest.raises(SourcesError, match="6 files could not be"):
        here.build(at(1, delete), encoder=BagEncoder("other@1"))
    assert len(content(here.index)[1]) == 8
    assert here.build().documents == 2  # it is their state now


def test_one_file_deleted_during_a_build_is_just_deleted(here: Place) -> None:
    piers(here, 3)
    report = here.build(at(1, (here.sources / "d2.txt").unlink))
    assert report.documents == 2
    assert report.skipped == (Skipped("d2.txt", "it was deleted before it could be read"),)
    assert not changes(here.sources, here.index)


@pytest.mark.parametrize("error", [errno.EACCES, errno.EIO, errno.ESTALE])
def test_a_folder_that_cannot_be_listed_keeps_its_place_in_the_index(
    here: Place, monkeypatch: pytest.MonkeyPatch, error: int
) -> None:
    (here.sources / "share" / "deep").mkdir(parents=True)
    (here.sources / "share" / "deep" / "a.txt").write_text(HARBOUR)
    (here.sources / "share" / "empty.txt").write_text("")
    here.write(b=BREAD)
    here.build()
    with monkeypatch.context() as patched:
        close_folder(patched, here.sources / "share", error)
        assert not changes(here.sources, here.index)
        report = here.build()
        reason = f"the folder cannot be listed: {os.strerror(error)}"
        assert report.skipped == (Skipped("share", reason), Skipped("share/empty.txt", "empty"))
        here.write(c="Rain fell on the quay for nine days.")
        assert here.build().documents == 3
        assert sorted(content(here.index)[1]) == ["b.txt", "c.txt", "share/deep/a.txt"]
    assert not changes(here.sources, here.index)
    assert here.build().skipped == (Skipped("share/empty.txt", "empty"),)


def test_a_folder_that_was_deleted_leaves_the_index(here: Place) -> None:
    (here.sources / "share").mkdir()
    (here.sources / "share" / "a.txt").write_text(HARBOUR)
    here.write(b=BREAD)
    here.build()
    shutil.rmtree(here.sources / "share")
    assert changes(here.sources, here.index) == Changes(removed=("share/a.txt",))
    assert here.build().documents == 1


def test_a_folder_under_another_name_is_not_gone(here: Place) -> None:
    (here.sources / "old").mkdir()
    for n in range(8):
        (here.sources / "old" / f"d{n}.txt").write_text(f"{HARBOUR} Pier {n}.")
    here.build()
    (here.sources / "old").rename(here.sources / "new")
    found = changes(here.sources, here.index)
    assert (len(found.added), len(found.removed), found.moved) == (8, 8, found.removed)
    assert not vanished(found, 8)
    shutil.rmtree(here.sources / "new")
    assert vanished(changes(here.sources, here.index), 8)


def test_a_reader_that_died_is_tried_again_but_not_for_ever(
    here: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    here.write(b=BREAD)
    (here.sources / "p.html").write_text("<html><body><p>The weir was closed in 1931.</p></body></html>")
    real, started = worker.Worker._start, []

    def killed(self: worker.Worker) -> Any:
        process = real(self)
        process.kill()
        started.append(process)
        return process

    with monkeypatch.context() as patched:
        patched.setattr(worker.Worker, "_start", killed)
        assert here.build().documents == 1
        assert not changes(here.sources, here.index)  # no question waits for it
    assert here.build().documents == 2
    monkeypatch.setattr(worker.Worker, "_start", killed)
    (here.sources / "p.html").write_text("<html><body><p>The weir was opened in 1932.</p></body></html>")
    for _ in range(TRIES):
        assert here.build().documents == 1
    started.clear()
    assert here.build().documents == 1
    assert started == []


def test_a_file_that_the_disk_did_not_give_is_read_again(
    here: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    piers(here, 2)
    real = os.open

    def faulty(path: Any, flags: int, *more: Any, **named: Any) -> int:
        if Path(os.fsdecode(path)).name == "d1.txt":
            raise OSError(errno.EIO, "Input/output error")
        return real(path, flags, *more, **named)

    with monkeypatch.context() as patched:
        patched.setattr("index.documents.os.open", faulty)
        report = build_index(here.sources, here.index, here.encoder)
        assert report.skipped == (Skipped("d1.txt", "it cannot be read: Input/output error"),)
    assert changes(here.sources, here.index).added == ("d1.txt",)
    assert here.build().documents == 2
