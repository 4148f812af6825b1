"""Watching: a change is built once it has settled; bursts, growing files, and folders that vanish."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import watchfiles
from folders import BREAD, BRIDGE, HARBOUR, Place, content, place

from index import watch as module
from index.errors import Cancelled, IndexMissing, StorageError
from index.store import current
from index.types import IndexReport
from index.watch import Seen, watch

PATIENCE = 60.0  # seconds; a loaded machine is slow


class Watcher:
    """A watch in a thread, and what it told."""

    def __init__(self, here: Place, build: Callable[[], IndexReport] | None = None) -> None:
        self.here = here
        self.build = build or here.build
        self.seen: list[Seen] = []
        self.stop = threading.Event()
        self.thread = threading.Thread(target=self._run)
        self.thread.start()

    def _run(self) -> None:
        watch(self.here.sources, self.here.index, self.build, self.seen.append, self.stop)

    def wait(self, *told: str, since: int = 0) -> None:
        """Until these things were told, in this order, among those after `since`."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            whats = iter([one.what for one in self.seen[since:]])
            if all(what in whats for what in told):
                return
            time.sleep(0.05)
        pytest.fail(f"told {[one.what for one in self.seen]}, not {told}")

    def documents(self) -> dict[str, str]:
        try:
            return content(self.here.index)[1]
        except IndexMissing:
            return {}

    def until(self, wanted: dict[str, str]) -> None:
        """Until the index holds exactly these texts, and that was told."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            told = [one.report.generation for one in self.seen if one.report]
            if self.documents() == wanted and told[-1:] == [current(self.here.index)]:
                return
            time.sleep(0.1)
        pytest.fail(f"the index holds {sorted(self.documents())}, not {sorted(wanted)}")


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    monkeypatch.setattr(module, "LOOK_MS", 200)
    return place(tmp_path)


@pytest.fixture
def watcher(here: Place) -> Iterator[Watcher]:
    here.write(**{f"d{n}": f"{HARBOUR} Pier {n}." for n in range(6)})
    started = Watcher(here)
    started.wait("watching", "built")
    yield started
    started.stop.set()
    started.thread.join(PATIENCE)
    assert not started.thread.is_alive()


def texts(here: Place) -> dict[str, str]:
    return {path.name: path.read_text() for path in here.sources.glob("*.txt")}


@pytest.mark.slow
def test_saves_deletions_and_hidden_files(here: Place, watcher: Watcher) -> None:
    here.write(d0=BREAD)
    watcher.until(texts(here))
    (here.sources / "d1.txt").unlink()
    (here.sources / "new").mkdir()
    watcher.until(texts(here))
    built = len(watcher.seen)
    (here.sources / ".swap").write_text("an editor's own")
    time.sleep(2.5)
    assert len(watcher.seen) == built


@pytest.mark.slow
def test_a_burst_is_one_build(here: Place, watcher: Watcher) -> None:
    builds = sum(one.what == "built" for one in watcher.seen)
    for n in range(300):
        (here.sources / f"burst{n}.txt").write_text(f"{BRIDGE} Arch {n}.")
    watcher.until(texts(here))
    assert sum(one.what == "built" for one in watcher.seen) - builds <= 2


@pytest.mark.slow
def test_a_file_that_grows_is_read_when_it_rests(here: Place, watcher: Watcher) -> None:
    told = len(watcher.seen)
    with (here.sources / "slow.txt").open("w") as file:
        for n in range(12):
            file.write(f"Crate {n} was unloaded at the pier. ")
            file.flush()
            time.sleep(0.3)
    watcher.until(texts(here))
    watcher.wait("built", since=told)
    assert len(watcher.seen) == told + 1


@pytest.mark.slow
def test_an_unmounted_folder_is_not_deleted_files(here: Place, watcher: Watcher) -> None:
    before = watcher.documents()
    away = here.sources.with_name("away")
    told = len(watcher.seen)
    here.sources.rename(away)  # the index goes with it, as on a disk
    watcher.wait("away", since=told)
    away.rename(here.sources)
    watcher.wait("away", "watching", since=told)
    assert watcher.documents() == before
    here.write(d0=BREAD)
    watcher.until(texts(here))


@pytest.mark.slow
def test_an_empty_mount_point_is_told_and_nothing_is_built(tmp_path: Path, here: Place) -> None:
    elsewhere = Place(here.sources, tmp_path / "index", here.encoder)
    (here.sources / "disk").mkdir()
    for n in range(8):
        (here.sources / "disk" / f"d{n}.txt").write_text(f"{HARBOUR} Pier {n}.")
    here.write(own=BREAD)
    watcher = Watcher(elsewhere)
    try:
        watcher.wait("built")
        before = watcher.documents()
        shutil.move(here.sources / "disk", tmp_path / "disk")
        watcher.wait("vanished")
        assert watcher.seen[-1].count == 8
        assert watcher.documents() == before
        shutil.move(tmp_path / "disk", here.sources / "disk")
        told = len(watcher.seen)
        here.write(own=BRIDGE)
        watcher.wait("built", since=told)
        assert len(watcher.documents()) == 9
    finally:
        watcher.stop.set()
        watcher.thread.join(PATIENCE)


def test_without_watches_left_the_folder_is_polled(here: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """The kernel gives out a number of watches; other programs may have them all."""
    real, polled = watchfiles.watch, []

    def scarce(*paths: Path, force_polling: bool | None, **options: Any) -> Iterator[Any]:
        polled.append(force_polling)
        if not force_polling:
            raise OSError("OS file watch limit reached. about []")
        return real(*paths, force_polling=True, **options)

    monkeypatch.setattr(watchfiles, "watch", scarce)
    here.write(d0=HARBOUR)
    watcher = Watcher(here)
    try:
        watcher.wait("watching", "built")
        here.write(d1=BREAD)
        watcher.until(texts(here))
        assert polled == [None, True]
    finally:
        watcher.stop.set()
        watcher.thread.join(PATIENCE)


def test_a_network_disk_is_polled(monkeypatch: pytest.MonkeyPatch) -> None:
    table = (
        "22 1 0:20 / / rw - ext4 /dev/sda rw\n"
        "23 22 0:21 / /mnt/news\\040room rw shared:1 - nfs4 server:/x rw\n"
        "24 23 0:22 / /mnt/news\\040room/local rw - ext4 /dev/sdb rw\n"
    )
    monkeypatch.setattr(Path, "read_text", lambda *_, **__: table)
    assert module._is_remote(Path("/mnt/news room/2024"))
    assert not module._is_remote(Path("/mnt/news room/local/a"))
    assert not module._is_remote(Path("/home/me"))


@pytest.mark.parametrize(
    ("kind", "remote"),
    [
        ("fuse.gvfsd-fuse", True),
        ("fuse.s3fs", True),
        ("vboxsf", True),
        ("fuse.unheard-of", True),
        ("ext4", False),
        ("fuseblk", False),
        ("fuse.ntfs-3g", False),
    ],
)
def test_what_tells_of_no_changes_is_polled(monkeypatch: pytest.MonkeyPatch, kind: str, remote: bool) -> None:
    table = f"22 1 0:20 / / rw - {kind} somewhere rw\n"
    monkeypatch.setattr(Path, "read_text", lambda *_, **__: table)
    assert module._is_remote(Path("/home/me")) is remote


@pytest.mark.parametrize("error", [StorageError("the disk is full"), RecursionError("too deep")])
def test_what_failed_is_tried_again_and_told_once(
    here: Place, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    monkeypatch.setattr(module, "AGAIN", (0.1, 0.1))
    here.write(a=HARBOUR)
    tries: list[int] = []
    real = here.build

    def build() -> IndexReport:
        tries.append(1)
        if len(tries) < 4:
            raise error
        return real()

    watcher = Watcher(here, build)
    try:
        watcher.wait("watching", "failed", "built")
        assert [one.what for one in watcher.seen] == ["watching", "failed", "built"]
        assert watcher.seen[1].error is error
    finally:
        watcher.stop.set()
        watcher.thread.join(PATIENCE)


def test_what_changes_during_the_first_build_is_not_missed(here: Place) -> None:
    here.write(a=HARBOUR)
    builds: list[int] = []

    def build() -> IndexReport:
        report = here.build()
        if not builds:
            here.write(b=BREAD)
        builds.append(report.documents)
        return report

    watcher = Watcher(here, build)
    try:
        watcher.wait("watching", "built", "built")
        assert builds == [1, 2]
    finally:
        watcher.stop.set()
        watcher.thread.join(PATIENCE)


def test_what_somebody_stopped_is_not_tried_again(here: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "AGAIN", (0.1, 0.1))
    here.write(a=HARBOUR)
    tries: list[int] = []

    def build() -> IndexReport:
        tries.append(1)
        raise Cancelled("stopped")

    watcher = Watcher(here, build)
    try:
        watcher.wait("failed")
        time.sleep(2.5)
        assert len(tries) == 1
    finally:
        watcher.stop.set()
        watcher.thread.join(PATIENCE)
