"""What `sourcier watch` does with a burst, a slow copy and a disk that is gone: python -m benchmarks.watching

On the tests' bag of words for a model, so that the seconds are of everything but encoding. As root, a real disk (in
memory) is mounted and unmounted; otherwise a folder is moved away. The report is benchmarks/watching.md.
"""

from __future__ import annotations

import argparse
import io
import subprocess
import sys
import tarfile
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from folders import BRIDGE, HARBOUR, content  # noqa: E402
from stubs import BagEncoder  # noqa: E402

from index.build import build_index  # noqa: E402
from index.errors import IndexMissing  # noqa: E402
from index.store import current  # noqa: E402
from index.types import IndexReport  # noqa: E402
from index.watch import Seen, watch  # noqa: E402

REPORT = Path(__file__).with_suffix(".md")
PATIENCE = 300.0  # seconds for anything to happen
BURST, SLOW_SECONDS = 5_000, 20.0


@dataclass(slots=True)
class Watched:
    """A folder that is watched in a thread, and what was told, with the time."""

    sources: Path
    index: Path
    told: list[tuple[float, Seen]] = field(default_factory=list)
    started: list[float] = field(default_factory=list)

    def build(self) -> IndexReport:
        self.started.append(time.monotonic())
        return build_index(self.sources, self.index, BagEncoder())

    def texts(self) -> dict[str, str]:
        """What the index holds."""
        try:
            return content(self.index)[1]
        except IndexMissing:
            return {}

    def whats(self, since: int = 0) -> list[str]:
        return [seen.what for _, seen in self.told[since:]]

    def until(self, done: Callable[[], bool], what: str) -> float:
        """The moment at which it was done. Raises TimeoutError."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            if done():
                return time.monotonic()
            time.sleep(0.05)
        raise TimeoutError(f"{what} did not happen in {PATIENCE:.0f} s; told: {self.whats()}")


@contextmanager
def watched(sources: Path, index: Path) -> Iterator[Watched]:
    """Watch until the block ends."""
    here, stop = Watched(sources, index), threading.Event()

    def tell(seen: Seen) -> None:
        here.told.append((time.monotonic(), seen))

    thread = threading.Thread(target=watch, args=(sources, index, here.build, tell, stop))
    thread.start()
    try:
        here.until(lambda: "watching" in here.whats(), "watching")
        yield here
    finally:
        stop.set()
        thread.join(PATIENCE)


@dataclass(frozen=True, slots=True)
class Case:
    """One row of the report."""

    name: str
    figure: str
    good: bool


def burst(root: Path) -> Iterator[Case]:
    """Thousands of files at once."""
    sources = root / "sources"
    sources.mkdir()
    (sources / "first.txt").write_text(HARBOUR)
    with watched(sources, root / "index") as here:
        here.until(lambda: "built" in here.whats(), "the first build")
        builds = len(here.started)
        texts = {f"d{n}.txt": f"{BRIDGE} Arch {n}." for n in range(BURST)}
        packed = root / "burst.tar"
        with tarfile.open(packed, "w") as archive:
            for name, text in texts.items():
                entry = tarfile.TarInfo(name)
                entry.size, entry.mtime = len(text), int(time.time())
                archive.addfile(entry, io.BytesIO(text.encode()))
        began = time.monotonic()
        subprocess.run(["tar", "-xf", packed, "-C", sources], check=True)
        written = time.monotonic()
        built = here.until(
            lambda: here.whats().count("built") > builds and here.texts().keys() > texts.keys(), "the build"
        )
        time.sleep(5)
        whole = here.texts() == {"first.txt": HARBOUR, **texts}
        count = len(here.started) - builds
        yield Case(
            f"{BURST} files unpacked in {written - began:.1f} s",
            f"{count} build{'s' * (count > 1)}, begun {here.started[builds] - written:.1f} s after the last file, done "
            f"after {built - written:.1f} s; {'all' if whole else 'NOT all'} in the index",
            whole and count <= 2,
        )


def slow_copy(root: Path, pause: float) -> Iterator[Case]:
    """One file that grows; `pause` seconds between two pieces."""
    sources = root / "sources"
    sources.mkdir()
    (sources / "first.txt").write_text(HARBOUR)
    with watched(sources, root / "index") as here:
        here.until(lambda: "built" in here.whats(), "the first build")
        builds, began, number = len(here.started), time.monotonic(), 0
        halves = set()
        with (sources / "slow.txt").open("w") as file:
            while time.monotonic() < began + SLOW_SECONDS:
                file.write(f"Crate {number} was unloaded at the pier. ")
                file.flush()
                number += 1
                time.sleep(pause)
                halves.add(here.texts().get("slow.txt", ""))
        ended = time.monotonic()
        text = (sources / "slow.txt").read_text()
        built = here.until(lambda: here.texts().get("slow.txt") == text, "the build")
        time.sleep(3)
        yield Case(
            f"a file that grows for {SLOW_SECONDS:.0f} s, a piece each {pause:g} s",
            f"{len(halves - {''})} unfinished states in the index, {len(here.started) - builds} builds, whole in it "
            f"{built - ended:.1f} s after the last piece",
            not (halves - {""}) or pause > 1,
        )


def unmounted(root: Path) -> Iterator[Case]:
    """The disk of the sources is gone for a while: with the index on it, and with the index elsewhere."""
    yield _gone(root / "disk1", root / "disk1" / ".sourcier", "on it")
    yield _gone(root / "disk2", root / "index", "elsewhere")


def _gone(place: Path, index: Path, where: str) -> Case:
    away = place.with_name(f"{place.name}.away")
    place.mkdir()
    how = "unmounted" if _mount(place) else "moved away"
    for n in range(50):
        (place / f"d{n}.txt").write_text(f"{HARBOUR} Pier {n}.")
    with watched(place, index) as here:
        here.until(lambda: "built" in here.whats(), "the first build")
        before, builds, since = here.texts(), len(here.started), len(here.told)
        name = current(index)
        _take(place, away, how)
        here.until(lambda: len(here.told) > since, "word of it")
        time.sleep(5)
        told = ", ".join(here.whats(since))
        kept = where == "on it" or (current(index) == name and here.texts() == before)
        _give_back(place, away, how)
        here.until(lambda: (place / "d0.txt").exists() and here.texts() == before, "the disk's return")
        time.sleep(3)
        idle = len(here.started) == builds
        (place / "new.txt").write_text(BRIDGE)
        here.until(lambda: here.texts() == {**before, "new.txt": BRIDGE}, "a build after its return")
    _unmount(place)
    return Case(
        f"a folder of 50 files {how} for 5 s, its index {where}",
        f"told: {told}; {'nothing' if idle else 'SOMETHING'} built for it, {'nothing' if kept else 'SOMETHING'} lost; "
        "a new file afterwards is indexed",
        kept and idle,
    )


def _mount(place: Path) -> bool:
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=50m", "tmpfs", place], check=False, capture_output=True
    )
    return done.returncode == 0


def _unmount(place: Path) -> None:
    subprocess.run(["umount", "-l", place], check=False, capture_output=True)


def _take(place: Path, away: Path, how: str) -> None:
    if how == "unmounted":
        away.mkdir()
        # so that its files are there when it comes back
        subprocess.run(["mount", "--bind", place, away], check=True)
        _unmount(place)
    else:
        place.rename(away)
        place.mkdir()  # as a mount point is when nothing is mounted


def _give_back(place: Path, away: Path, how: str) -> None:
    if how == "unmounted":
        subprocess.run(["mount", "--bind", away, place], check=True)
        _unmount(away)
    else:
        place.rmdir()
        away.rename(place)


def main() -> int:
    """Run all cases and write the report; 1 if one is not good."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--scratch", type=Path, default=Path(tempfile.gettempdir()))
    chosen = parser.parse_args()
    cases: list[Case] = []
    runs: tuple[Callable[[Path], Iterator[Case]], ...] = (
        burst, lambda root: slow_copy(root, 0.25), lambda root: slow_copy(root, 4.0), unmounted,
    )  # fmt: skip
    for run in runs:
        with tempfile.TemporaryDirectory(dir=chosen.scratch) as root:
            for case in run(Path(root)):
                print(case, flush=True)
                cases.append(case)
    rows = "\n".join(f"| {case.name} | {case.figure} | {'yes' if case.good else 'NO'} |" for case in cases)
    REPORT.write_text(f"{HEAD}{rows}\n", encoding="utf-8")
    return 0 if all(case.good for case in cases) else 1


HEAD = """# Watching

    python -m benchmarks.watching

Good: a burst is one build or two and all of it is in the index; a file that grows without a pause of a second is
indexed when it is whole (one that pauses longer is indexed as it is, and again when it has grown); a disk that is gone
costs nothing. Measured on two cores that others used too.

| case | what happened | good |
|---|---|---|
"""

if __name__ == "__main__":
    sys.exit(main())
