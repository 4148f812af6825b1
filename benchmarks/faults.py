"""Kills, full and faulty disks, damaged files and a jumping clock against real builds: python -m benchmarks.faults

Every trial runs in a process of its own with a time limit, on the tests' bag of words for a model. It needs a C
compiler, as calls are made to fail between Python and the C library (`faults.c`), SQLite's too. As root, it fills a
real small disk as well. What each section came to is kept in benchmarks/.cache/faults; the report,
benchmarks/faults.md, is of all that are there. --only takes some of: kills, writes, disk, permission, clock, damage.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from benchmarks.apart import preload  # noqa: E402
from benchmarks.fault_trials import Tally  # noqa: E402

REPORT = Path(__file__).with_suffix(".md")
KEPT = Path(__file__).parent / ".cache" / "faults"
HEAD = """# Faults

    python -m benchmarks.faults --kills {kills} --seed {seed}

After each trial the index is opened, read to the last byte, compared with the one before and the one after (it must be
wholly one of them), built again and compared with the one after. A damaged index is opened as usual and asked six
questions; one in ten is then built again, which must encode nothing. The thorough check must name the file each time.
Of files over 16 MB, opening checks the size alone: in the second row of each file, all are opened in that way. A
passage or a citation that the sources do not hold would be wrong there; another order of true ones is counted.

| what | trials | how they ended | wrong |
|---|--:|---|--:|
"""


def sections(kills: int, seed: int) -> dict[str, Callable[[Path], Iterator[Tally]]]:
    """What there is to run, each in an empty folder."""
    from benchmarks import fault_damage, fault_disk, fault_trials

    return {
        "kills": lambda root: iter([fault_trials.killed(root, kills, seed)]),
        "writes": fault_disk.every_write,
        "disk": fault_disk.real_disk,
        "permission": fault_disk.read_only,
        "clock": lambda root: iter([fault_trials.clock(root)]),
        "damage": lambda root: fault_damage.damaged(root, seed),
    }


def row(tally: Tally) -> str:
    """One line of the table."""
    ends = ", ".join(f"{count} {end}" for end, count in sorted(tally.ends.items(), key=lambda one: -one[1]))
    return f"| {tally.name} | {tally.trials} | {ends} | {len(tally.wrong)} |"


def main() -> int:
    """Run the chosen sections and write the report; 1 if anything is wrong."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=20261125)
    parser.add_argument("--only", default="")
    parser.add_argument("--scratch", type=Path, default=Path(tempfile.gettempdir()))
    chosen = parser.parse_args()
    preload()
    wanted = sections(chosen.kills, chosen.seed)
    KEPT.mkdir(parents=True, exist_ok=True)
    for name in chosen.only.split(",") if chosen.only else wanted:
        tallies: list[Tally] = []
        with tempfile.TemporaryDirectory(prefix="faults", dir=chosen.scratch) as root:
            for tally in wanted[name](Path(root)):
                print(row(tally), *tally.wrong[:5], sep="\n", flush=True)
                tallies.append(tally)
        (KEPT / f"{name}.json").write_text(json.dumps([asdict(tally) for tally in tallies]), encoding="utf-8")
    return 1 if write_report(list(wanted), chosen.kills, chosen.seed) else 0


def write_report(sections: list[str], kills: int, seed: int) -> list[str]:
    """Of all sections that were run; what is wrong in them."""
    done = [KEPT / f"{name}.json" for name in sections if (KEPT / f"{name}.json").exists()]
    tallies = [Tally(**fields) for file in done for fields in json.loads(file.read_text(encoding="utf-8"))]
    wrong = [line for tally in tallies for line in tally.wrong]
    verdict = f"\n\n{sum(one.trials for one in tallies)} trials; {len(wrong)} wrong.\n"
    text = HEAD.format(kills=kills, seed=seed) + "\n".join(map(row, tallies)) + verdict
    REPORT.write_text(text + "".join(f"- {line}\n" for line in wrong), encoding="utf-8")
    return wrong


if __name__ == "__main__":
    sys.exit(main())
