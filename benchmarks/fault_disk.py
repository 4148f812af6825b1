"""Builds that the disk refuses: at every call that writes, on real disks that are too small, and without permission."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from stubs import BagEncoder

from benchmarks.apart import FROM_THEN_ON, HALF, KILL, NAMES, ONCE, SYNCS, WRITES, Fault, Outcome, apart
from benchmarks.fault_trials import Folder, Tally, judged, state
from index.build import build_index

NOBODY = 65534


@dataclass(frozen=True, slots=True)
class Small:
    """A small build to be disturbed: an index of three documents of which two change and one is new."""

    here: Folder
    kept: Path
    before: str
    after: str

    def again(self) -> None:
        """As it was before the build."""
        shutil.rmtree(self.here.index)
        shutil.copytree(self.kept, self.here.index)


def small(root: Path) -> Small:
    """Make one."""
    here = Folder(root)
    here.write(0, 3)
    here.build()
    before = state(here.index)
    shutil.copytree(here.index, root / "kept")
    here.write(1, 2)
    (here.sources / "new.txt").write_text("A new document about rope and tar.", encoding="utf-8")
    here.build()
    return Small(here, root / "kept", before, state(here.index))


WRITE_FAULTS = (
    ("no room (ENOSPC) at the Nth call that writes", WRITES | NAMES, errno.ENOSPC, ONCE),
    ("no room from the Nth call on", WRITES | NAMES, errno.ENOSPC, FROM_THEN_ON),
    ("half of the Nth write, then no room", WRITES, errno.ENOSPC, HALF),
    ("a fault (EIO) at the Nth call that writes", WRITES | NAMES, errno.EIO, ONCE),
    ("a failed fsync (EIO), the Nth", SYNCS, errno.EIO, ONCE),
    ("all fsyncs fail from the Nth on", SYNCS, errno.EIO, FROM_THEN_ON),
    ("killed at the Nth call", WRITES | SYNCS | NAMES, 0, KILL),
)


def every_write(root: Path) -> Iterator[Tally]:
    """Each kind of fault at every call of a small build where it can strike."""
    made = small(root)
    here = made.here
    for name, kinds, code, manner in WRITE_FAULTS:
        made.again()
        calls = apart(here.build, fault=Fault(here.index, kinds)).counted
        tally = Tally(name)
        for number in range(calls):
            made.again()
            outcome = apart(here.build, fault=Fault(here.index, kinds, number, code, manner))
            told = {"done": "done all the same", "error": "StorageError"}.get(outcome.how, outcome.how)
            tally.add(told, judged(here, outcome, made.before, made.after))
        yield tally


def real_disk(root: Path) -> Iterator[Tally]:
    """A disk of every size from nothing to enough, and one that is read-only; as root alone, who may mount them."""
    made = small(root)
    pages = [-(-path.stat().st_size // 4096) + 1 for path in made.kept.rglob("*")]
    needed = 4 * sum(pages)
    full = Tally("a real disk (tmpfs) that is too small")
    for size in range(needed // 2, 2 * needed + 100, 4):
        with mounted(root / "disk", f"size={size}k") as disk:
            if disk is None:
                return
            try:
                shutil.copytree(made.kept, disk / "index")
            except shutil.Error:  # not even the index before fits
                continue
            outcome = apart(lambda: build_index(made.here.sources, disk / "index", BagEncoder()))
            wrong = "" if outcome.how == "done" else _elsewhere(outcome)
            found = apart(lambda: state(disk / "index"))
            if found.value not in (made.before, made.after) or (outcome.how == "done") != (
                found.value == made.after
            ):
                wrong = wrong or f"{outcome.how}, and the index is {found}"
            full.add({"error": "StorageError"}.get(outcome.how, outcome.how), wrong)
    yield full
    tally = Tally("a read-only disk")
    with mounted(root / "disk", "size=20m") as disk:
        if disk is None:
            return
        shutil.copytree(made.kept, disk / "index")
        subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
        tally.add(*_refused(made, disk / "index", 0))
    yield tally


def read_only(root: Path) -> Iterator[Tally]:
    """A folder without permission to write, as somebody who has none: answers go on, a build says so."""
    made = small(root)
    made.again()
    tally = Tally("a folder that may not be written to")
    for folder in [root, *root.rglob("*")]:
        folder.chmod(0o555 if folder.is_dir() else 0o444)
    tally.add(*_refused(made, made.here.index, NOBODY if os.getuid() == 0 else 0))
    for folder in [root, *root.rglob("*")]:
        folder.chmod(0o755 if folder.is_dir() else 0o644)
    yield tally


def _refused(made: Small, index: Path, user: int) -> tuple[str, str]:
    outcome = apart(lambda: build_index(made.here.sources, index, BagEncoder()), user=user)
    wrong = "it was written to" if outcome.how == "done" else _elsewhere(outcome)
    found = apart(lambda: state(index), user=user)
    if found.value != made.before:
        wrong = wrong or f"the index is no longer the one before: {found}"
    return {"error": "StorageError"}.get(outcome.how, outcome.how), wrong


def _elsewhere(outcome: Outcome) -> str:
    if outcome.how != "error" or "StorageError" not in outcome.error or "--index" not in outcome.words:
        return f"ended otherwise than with a way out: {outcome}"
    return ""


@contextmanager
def mounted(place: Path, options: str) -> Iterator[Path | None]:
    """A disk in memory at `place`; None where we may not mount one."""
    place.mkdir(exist_ok=True)
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", options, "tmpfs", place], check=False, capture_output=True
    )
    if done.returncode:
        yield None
        return
    try:
        yield place
    finally:
        subprocess.run(["umount", place], check=True)
