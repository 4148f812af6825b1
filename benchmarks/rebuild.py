"""What a rebuild costs, each step a whole process: python -m benchmarks.rebuild [--documents 500] [--bag | --drawn]

Builds the index of generated documents from nothing, then after one of them changed, then with nothing changed, and
prints what was encoded, the seconds, the share of the full build, and the memory at its highest. "One more, while
running" is what the page and `sourcier watch` do: a process that has built before builds again after another change;
its seconds are of that build alone. `--bag` puts the tests' bag of words in the model's place: then the figures are of
everything but encoding. `--drawn` draws the vectors of the full build, which spares the hour that 10,000 documents
take, and does all after it with the model. `--command` measures another program, without that step; {sources} in it is
the folder, and what it prints is read as the JSON of `sourcier index --json`.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shlex
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
COMMAND = f"{shlex.quote(sys.executable)} -m assistant index --seeds {{sources}} --json"
BAG = f"{shlex.quote(sys.executable)} {shlex.quote(str(Path(__file__).resolve()))} --build {{sources}}"
DRAWN = f"{BAG} --drawn"
MODEL, RUNNING = " --model", " --running"  # of --build
BAR = 1 / 20  # of the full build, for a rebuild with nothing changed

NOUNS = "harbour bridge ferry council market school orchard mill library railway canal tower museum garden"
VERBS = "opened closed burned moved reopened flooded merged expanded paused returned"
CAUSES = "after a vote|for want of money|because of the winter|by order of the province|as the river rose"


@dataclass(frozen=True, slots=True)
class Step:
    """One run of the command: its report, how long the whole process took, and its memory at the highest, in MB."""

    name: str
    seconds: float
    memory: float
    report: dict[str, Any]


def write_documents(folder: Path, count: int, seed: int = 7) -> None:
    """`count` articles of some 3 KB, no sentence in two of them."""
    rng = random.Random(seed)
    nouns, verbs, causes = NOUNS.split(), VERBS.split(), CAUSES.split("|")
    for number in range(count):
        lines = [f"# Report {number} of the district\n"]
        for year in range(1900, 1940):
            noun, verb, cause = rng.choice(nouns), rng.choice(verbs), rng.choice(causes)
            lines.append(f"In {year} the {noun} of town {number}-{rng.randrange(10**6)} {verb} {cause}.")
            if year % 5 == 4:
                lines.append("")
        (folder / f"report-{number:05}.md").write_text("\n".join(lines), encoding="utf-8")


def measure(name: str, command: str, sources: Path) -> Step:
    """Run the command once. Raises CalledProcessError, its words printed, if it fails."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "tests")])}
    words = [word.replace("{sources}", str(sources)) for word in shlex.split(command)]
    began = time.perf_counter()
    with tempfile.TemporaryFile("w+", encoding="utf-8") as said:
        process = subprocess.Popen(words, env=environment, stdout=said)
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        seconds = time.perf_counter() - began
        said.seek(0)
        words_said = said.read()
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, words, words_said)
    return Step(name, seconds, used.ru_maxrss / 1024, json.loads(words_said))


def run(command: str, documents: int, first: str = "", running: str = "") -> list[Step]:
    """The steps, in a folder of their own: the full build by `first`, if that is another command, and the last, if
    there is one, by `running`.
    """
    with tempfile.TemporaryDirectory() as name:
        sources = Path(name)
        write_documents(sources, documents)
        full = measure("full build", first or command, sources)
        change(sources, 1941)
        one = measure("one changed", command, sources)
        steps = [full, one, measure("nothing changed", command, sources)]
        if running:
            last = measure("one more, while running", running, sources)
            steps.append(replace(last, seconds=last.report["seconds"]))
        return steps


def change(sources: Path, year: int) -> None:
    """Add a sentence to the document in the middle of the folder."""
    names = sorted(sources.glob("report-*.md"))
    with names[len(names) // 2].open("a", encoding="utf-8") as file:
        file.write(f"\nThe ferry was sold in {year}.\n")


def build(sources: Path, drawn: bool, model: bool, running: bool) -> None:
    """`sourcier index --json`: with the bag of words for a model, with the `model`, or with its name and `drawn`
    vectors; `running` builds after each of two changes, and prints the report of the second.
    """
    import numpy as np
    from stubs import BagEncoder

    from index.build import build_index
    from index.encoding import SentenceEncoder
    from index.store import index_folder
    from index.types import Encoder, Vectors

    class Drawn(SentenceEncoder):
        def encode_passages(self, texts: Sequence[str]) -> Vectors:
            vectors: Vectors = rng.standard_normal((len(texts), 384), np.float32)
            vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
            return vectors

    rng = np.random.default_rng(7)
    encoder: Encoder = Drawn() if drawn else SentenceEncoder() if model else BagEncoder()
    if running:
        change(sources, 1942)
        build_index(sources, index_folder(sources), encoder)
        change(sources, 1943)
    print(json.dumps(asdict(build_index(sources, index_folder(sources), encoder))))


def table(steps: Sequence[Step]) -> str:
    """The steps as Markdown."""
    lines = [
        "| step | documents | passages | encoded | seconds | of the full build | memory, MB |",
        "|---|--:|--:|--:|--:|--:|--:|",
    ]
    for step in steps:
        report = step.report
        counts = f"{report['documents']} | {report['passages']} | {report['encoded']}"
        lines.append(
            f"| {step.name} | {counts} | {step.seconds:.2f} | {step.seconds / steps[0].seconds:.3f} |"
            f" {step.memory:.0f} |"
        )
    return "\n".join(lines)


def main() -> int:
    """Print the table; 1 if the rebuild with nothing changed takes more than its share or encodes anything."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--documents", type=int, default=500)
    instead = parser.add_mutually_exclusive_group()
    instead.add_argument("--bag", action="store_true", help="a bag of words in the model's place")
    instead.add_argument("--drawn", action="store_true", help="the full build's vectors are drawn")
    instead.add_argument("--command", default="", help="another program to measure")
    parser.add_argument("--build", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--model", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--running", action="store_true", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.build:
        build(chosen.build, chosen.drawn, chosen.model, chosen.running)
        return 0
    command = chosen.command or (BAG if chosen.bag else COMMAND)
    running = "" if chosen.command else f"{BAG}{RUNNING}" if chosen.bag else f"{BAG}{MODEL}{RUNNING}"
    steps = run(command, chosen.documents, DRAWN if chosen.drawn else "", running)
    full, one, nothing = steps[:3]
    share = nothing.seconds / full.seconds
    kept = one.report["passages"] - one.report["encoded"]
    print(table(steps))
    print(f"\nOne changed document: {one.report['encoded']} passages encoded, {kept} kept.")
    if chosen.bag or chosen.drawn:  # a full build without a model is too quick to measure against
        return 0
    met = share <= BAR and nothing.report["encoded"] == 0
    print(
        f"Nothing changed: {share:.3f} of the full build (at most {BAR:.3f}): {'met' if met else 'MISSED'}."
    )
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
