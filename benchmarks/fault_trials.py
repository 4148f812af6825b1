"""Builds that are killed, refused by the disk, or misled by the clock: the index is the one before or the one after."""

from __future__ import annotations

import hashlib
import os
import random
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from folders import content
from stubs import BagEncoder

from benchmarks.apart import Outcome, apart, preloaded
from index.build import build_index
from index.cache import encoded_text
from index.changes import changes
from index.store import current, damage, generation_folder
from index.vectors import pack_vectors


@dataclass(slots=True)
class Tally:
    """What a kind of trial came to: how often it ended how, and what was wrong."""

    name: str
    trials: int = 0
    ends: dict[str, int] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)

    def add(self, end: str, wrong: str = "") -> None:
        """One more trial."""
        self.trials += 1
        self.ends[end] = self.ends.get(end, 0) + 1
        if wrong:
            self.wrong.append(f"{self.name}, trial {self.trials - 1}: {wrong}")


@dataclass(frozen=True, slots=True)
class Folder:
    """Sources with their index beside them, so that only the index is written to."""

    root: Path

    @property
    def sources(self) -> Path:
        return self.root / "sources"

    @property
    def index(self) -> Path:
        return self.root / "index"

    def write(self, edition: int, count: int) -> None:
        """`count` documents of which every sentence bears the edition."""
        self.sources.mkdir(parents=True, exist_ok=True)
        for n in range(count):
            text = f"Edition {edition}: vessel {n * 7} reached port {n % 9}. Edition {edition} has cork and salt {n}."
            (self.sources / f"d{n:03}.txt").write_text(text, encoding="utf-8")

    def build(self) -> int:
        """How many passages were encoded."""
        return build_index(self.sources, self.index, BagEncoder()).encoded


def state(index: Path) -> str:
    """A digest of all that an index says. Raises ValueError if anything in it is wrong."""
    name = str(current(index))
    problems = damage(generation_folder(index, name), whole=True)
    passages, texts, vectors = content(index)
    if any(texts[p.document][p.start : p.end] != p.text for p in passages):
        problems.append("a passage is not where it is said to be")
    if vectors != pack_vectors(BagEncoder().encode_queries([encoded_text(p) for p in passages])):
        problems.append("a vector is not that of its passage")
    if problems:
        raise ValueError("; ".join(problems))
    digest = hashlib.sha256(repr((passages, sorted(texts.items()))).encode() + vectors)
    for file in sorted((generation_folder(index, name) / "lexical").iterdir()):
        digest.update(file.read_bytes())
    return digest.hexdigest()


def judged(here: Folder, outcome: Outcome, before: str, after: str) -> str:
    """What is wrong with an index after an outcome, or ""."""
    if outcome.how in ("hung", "died"):
        return f"the build {outcome.how} ({outcome.error})"
    if outcome.how == "error" and "SourcierError" not in outcome.error:
        return f"the build ended with {outcome.error}: {outcome.words}"
    if outcome.how == "error" and not ("--index" in outcome.words or "sourcier" in outcome.words):
        return f"no way out is named: {outcome.words}"
    found = apart(lambda: state(here.index))
    if found.value not in (before, after):
        return f"the index is neither the one before nor the one after: {found}"
    if outcome.how == "done" and found.value != after:
        return "the build ended well, and the index is still the one before"
    again = apart(lambda: (here.build(), state(here.index))[1])
    if again.value != after:
        return f"the next build does not mend it: {again}"
    left = [path.name for path in (here.index / "generations").iterdir()]
    if len(left) > 2 or any(name.startswith(".tmp") for name in left):
        return f"left behind: {left}"
    return ""


def killed(root: Path, trials: int, seed: int) -> Tally:
    """SIGKILL at moments drawn over the length of a whole build of 70 documents that all changed."""
    tally, rng, here = Tally("killed at a random moment"), random.Random(seed), Folder(root)
    here.write(0, 70)
    here.build()
    before = state(here.index)
    kills = 0
    while kills < trials:
        here.write(tally.trials + 1, 70)
        began = time.monotonic()
        apart(lambda: build_index(here.sources, root / "aside", BagEncoder()))
        length = time.monotonic() - began
        after = state(root / "aside")
        shutil.rmtree(root / "aside")
        outcome = apart(here.build, kill_after=rng.uniform(0, length))
        end = outcome.how
        if end == "killed":
            kills += 1
            end = "killed, the one before serves"
            if apart(lambda: state(here.index)).value == after:
                end = "killed, the one after serves"
        else:
            end = f"{end} before its moment came"
        tally.add(end, judged(here, outcome, before, after))
        before = after
    return tally


# seconds from the true time, build by build
JUMPS = (0, -3_600, 7_200, -86_400 * 400, 86_400 * 30, -5, 0, -1)


def clock(root: Path) -> Tally:
    """A clock that jumps forth and back between builds, files bearing its time: every build sees what changed."""
    tally, here = Tally("a clock that jumps"), Folder(root)
    here.write(0, 12)
    for edition, (was, now) in enumerate(zip((0, *JUMPS), JUMPS, strict=False), start=1):
        here.write(edition, 5)
        for n in range(5):
            stamp = time.time_ns() + now * 10**9
            os.utime(here.sources / f"d{n:03}.txt", ns=(stamp, stamp))
        found = apart(
            _under(
                now,
                lambda: (here.build(), state(here.index), tuple(changes(here.sources, here.index).changed)),
            )
        )
        expected = apart(
            lambda: (build_index(here.sources, root / "aside", BagEncoder()), state(root / "aside"))[1]
        ).value
        shutil.rmtree(root / "aside")
        wrong = "" if found.how == "done" and found.value[1:] == (expected, ()) else f"{found}"
        if found.how == "done" and found.value[0] > 12:
            wrong = f"{found.value[0]} passages were encoded"
        tally.add(f"{now - was:+} s" if not wrong else "wrong", wrong)
    return tally


def _under(seconds: int, work: Callable[[], object]) -> Callable[[], object]:
    def shifted() -> object:
        preloaded().fault_shift(seconds * 10**9)
        return work()

    return shifted
