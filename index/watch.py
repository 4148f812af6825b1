"""Watch a folder of sources, and build its index once a change has settled. A folder that vanishes is waited for."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Set
from dataclasses import dataclass
from pathlib import Path

from index.changes import changes
from index.errors import Cancelled
from index.missing import vanished
from index.plan import identity
from index.store import read_names
from index.types import IndexReport

SETTLE_MS = 1_000  # without a change, before a build, so that a file that still grows is not read half
LONGEST_MS = 60_000  # for a folder that never rests
LOOK_MS = 2_000  # between two looks whether a folder is there again
STEP_MS = 50
AGAIN = (5.0, 30.0, 300.0)  # seconds after the first failure, the second, and each further one
REMOTE = {"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "afs", "davfs", "ceph", "vboxsf", "virtiofs"}
LOCAL = {
    "fuseblk", "fuse.ntfs-3g", "fuse.ntfs", "fuse.exfat", "fuse.ext2", "fuse.zfs", "fuse.bindfs", "fuse.lxcfs",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Seen:
    """What happened: "watching", "away" (no such folder), "vanished" (`count` files), "built" or "failed"."""

    what: str
    count: int = 0
    report: IndexReport | None = None
    error: Exception | None = None


def watch(
    sources: Path,
    index: Path,
    build: Callable[[], IndexReport],
    tell: Callable[[Seen], None],
    stop: threading.Event,
    ocr: str = "",
) -> None:
    """Call `build` whenever `sources` differs from its index and has come to rest, until `stop` is set.

    Where most files are gone at once, a disk is missing rather than files deleted: that is told, and nothing is built
    until they are back or someone builds by hand. What failed is tried again later. `tell` hears of each thing
    once; `ocr` is as in `changes`.
    """

    def batches(poll: bool) -> Iterator[Set[object]]:
        return _batches(sources.resolve(), index.resolve(), stop, poll)

    def catch_up(before: Seen | None) -> Seen | None:
        seen = _build_if_behind(sources, index, build, ocr)
        if seen and (seen.report or not before or _said(seen) != _said(before)):  # no trouble twice in a row
            tell(seen)
        return seen

    away = False
    while not stop.is_set():
        found = identity(sources)
        if found is None:
            if not away:
                tell(Seen("away"))
            away = True
            stop.wait(LOOK_MS / 1000)
            continue
        away = False
        tell(Seen("watching"))
        _follow(sources, found, _until_gone(batches, _is_remote(sources.resolve())), catch_up)


def _follow(
    sources: Path,
    found: tuple[int, int],
    batches: Iterator[Set[object]],
    catch_up: Callable[[Seen | None], Seen | None],
) -> None:
    """Catch up whenever the changes have settled, as long as `sources` is the folder `found`."""
    seen, failures = None, 0
    since = tried = time.monotonic()  # of the first change that no build has seen yet; 0 for none
    for batch in batches:
        if identity(sources) != found:
            return
        now = time.monotonic()
        if batch:
            since = since or now
        settled = since and (not batch or 1000 * (now - since) > LONGEST_MS)
        if settled or (failures and not batch and now - tried > AGAIN[min(failures, len(AGAIN)) - 1]):
            seen, since = catch_up(seen), 0.0
            failures, tried = _failures(seen, failures), time.monotonic()


def _batches(root: Path, inside: Path, stop: threading.Event, poll: bool) -> Iterator[Set[object]]:
    """Changes below `root`, together as they come, and an empty set after SETTLE_MS without any.

    Hidden files do not count, nor what is `inside` the index.
    """
    from watchfiles import watch as events

    def counts(_: object, name: str) -> bool:
        path = Path(name)
        if path.is_relative_to(inside) or not path.is_relative_to(root):
            return False
        return not any(part.startswith(".") for part in path.relative_to(root).parts)

    return events(
        root,
        watch_filter=counts,
        step=STEP_MS,
        stop_event=stop,
        rust_timeout=SETTLE_MS,
        yield_on_timeout=True,
        force_polling=poll or None,
        ignore_permission_denied=True,
        raise_interrupt=False,
    )


def _failures(seen: Seen | None, before: int) -> int:
    """How often in a row it failed, or found most files gone; what somebody stopped is not tried again."""
    again = seen and seen.what in ("failed", "vanished") and not isinstance(seen.error, Cancelled)
    return before + 1 if again else 0


def _until_gone(batches: Callable[[bool], Iterator[Set[object]]], poll: bool) -> Iterator[Set[object]]:
    """The batches of changes, until the folder goes away. Where the kernel's watches are used up, by polling."""
    try:
        yield from batches(poll)
    except (FileNotFoundError, NotADirectoryError):
        return  # it went while the watcher was set up
    except (OSError, RuntimeError):
        if poll:
            raise
        yield {"what was missed meanwhile"}
        yield from _until_gone(batches, True)


def _build_if_behind(sources: Path, index: Path, build: Callable[[], IndexReport], ocr: str) -> Seen | None:
    """What came of it; None if the index is not behind."""
    try:
        behind = changes(sources, index, ocr)
        if not behind:
            return None
        if vanished(behind, len(read_names(index))):
            return Seen("vanished", len(behind.removed))
        return Seen("built", report=build())
    except Exception as error:  # whatever it is, it is told, and the watch goes on
        return Seen("failed", error=error)


def _said(seen: Seen) -> tuple[str, int, str]:
    return seen.what, seen.count, str(seen.error)


def _is_remote(folder: Path) -> bool:
    """Whether the folder lies on a network disk, which tells of no changes; it must be looked at again and again."""
    try:
        lines = (
            Path("/proc/self/mountinfo").read_text(encoding="utf-8", errors="surrogateescape").splitlines()
        )
    except OSError:
        return False
    best, kind = "", ""
    for line in lines:
        fields, _, rest = line.partition(" - ")
        point = fields.split()[4].replace("\\040", " ")
        if len(point) >= len(best) and folder.is_relative_to(point):
            best, kind = point, rest.split()[0]
    return kind in REMOTE or (kind.startswith("fuse") and kind not in LOCAL)
