"""Sixteen processes that ask while an index is rebuilt fifty times: python -m benchmarks.readers

Every sentence of every document bears the number of its edition, and each rebuild changes all of them, so that a reply
made of two generations would show two numbers. The readers are real processes with an `Assistant` each, on the tests'
bag of words for a model. The report is benchmarks/readers.md.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from pagekit import RuleReader  # noqa: E402
from stubs import BagEncoder  # noqa: E402

from assistant.service import Assistant  # noqa: E402
from assistant.settings import Settings  # noqa: E402
from assistant.types import Reply  # noqa: E402
from index.build import build_index  # noqa: E402

REPORT = Path(__file__).with_suffix(".md")
DOCUMENTS = 40
LIMIT = 600.0  # seconds for all of it; beyond that something hangs
QUESTIONS = ("Which vessel reached port {n}?", "How much cork is in store {n}?", "Who signed in office {n}?")
_EDITION = re.compile(r"[Ee]dition (\d+)")


@dataclass(slots=True)
class Told:
    """What one reader saw."""

    replies: int = 0
    answered: int = 0
    generations: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    slowest_ms: float = 0.0


def write(sources: Path, edition: int) -> None:
    """All documents of one edition."""
    for n in range(DOCUMENTS):
        text = (
            f"Edition {edition}: vessel {n * 7} reached port {n}.\n\n"
            f"Edition {edition}: store {n} holds {n * 3} tons of cork.\n\n"
            f"Edition {edition}: clerk {n + 100} signed in office {n}.\n"
        )
        (sources / f"d{n:03}.txt").write_text(text, encoding="utf-8")


def wrong_with(reply: Reply, editions: dict[str, str]) -> str:
    """Why a reply cannot be of one generation, or ""; `editions` gathers the edition of each generation."""
    texts = [use.hit.passage.text for use in reply.passages]
    answers = [*reply.answers, *([reply.closest] if reply.closest else [])]
    texts += [
        part for answer in answers for one in answer.citations for part in (one.prefix, one.quote, one.suffix)
    ]
    found = {number for text in texts for number in _EDITION.findall(text)}
    if len(found) != 1:
        return f"it speaks of the editions {sorted(found)}"
    edition = found.pop()
    if editions.setdefault(reply.index.generation, edition) != edition:
        return f"generation {reply.index.generation} speaks of {edition} and of {editions[reply.index.generation]}"
    return ""


def read(sources: Path, index: Path, stop: Path, told: Path, number: int) -> None:
    """One reader: ask until `stop` is there, then leave word in `told`."""
    result = Told()
    assistant = Assistant(Settings(seeds=sources, index=index, read=20), BagEncoder(), RuleReader())
    editions: dict[str, str] = {}
    last = False
    while not last:
        last = stop.exists()  # once more after the last rebuild
        question = QUESTIONS[result.replies % len(QUESTIONS)].format(
            n=(result.replies * 11 + number) % DOCUMENTS
        )
        began = time.perf_counter()
        try:
            reply = assistant.ask(question)
            wrong = wrong_with(reply, editions)
            result.answered += reply.status == "answered"
        except Exception as error:
            wrong = f"{type(error).__name__}: {error}"
        result.slowest_ms = max(result.slowest_ms, 1000 * (time.perf_counter() - began))
        result.replies += 1
        if wrong:
            result.wrong.append(f"{question} {wrong}")
    result.generations = sorted(editions)
    told.write_text(json.dumps(asdict(result)))


@contextmanager
def readers(count: int, sources: Path, index: Path, stop: Path, told: Path) -> Iterator[list[int]]:
    """So many processes that read."""
    pids = []
    for number in range(count):
        pid = os.fork()
        if pid == 0:
            try:
                read(sources, index, stop, told / f"{number}.json", number)
            finally:
                os._exit(0)
        pids.append(pid)
    try:
        yield pids
    finally:
        end = time.monotonic() + 60
        while pids:
            pids = [pid for pid in pids if os.waitpid(pid, os.WNOHANG)[0] == 0]
            if time.monotonic() > end:
                for pid in pids:
                    os.kill(pid, signal.SIGKILL)
            time.sleep(0.05)


def run(root: Path, count: int, rebuilds: int) -> tuple[list[Told], int, float, int]:
    """What the readers saw, how many died or hung, the seconds of the builds, and the generations left at the end."""
    sources, index, told, stop = root / "sources", root / "index", root / "told", root / "stop"
    sources.mkdir()
    told.mkdir()
    write(sources, 0)
    build_index(sources, index, BagEncoder())
    began = time.monotonic()
    with readers(count, sources, index, stop, told):
        for edition in range(1, rebuilds + 1):
            write(sources, edition)
            build_index(sources, index, BagEncoder())
            if time.monotonic() - began > LIMIT:
                break
        seconds = time.monotonic() - began
        stop.touch()
    done = [Told(**json.loads(file.read_text())) for file in sorted(told.iterdir())]
    build_index(sources, index, BagEncoder())  # nobody reads any more: what was held may go
    return done, count - len(done), seconds, len(list((index / "generations").iterdir()))


def report(
    done: list[Told], missing: int, seconds: float, left: int, count: int, rebuilds: int
) -> tuple[str, bool]:
    """The report, and whether all is well."""
    wrong = [line for one in done for line in one.wrong]
    replies = sum(one.replies for one in done)
    seen = sorted(len(one.generations) for one in done)
    good = not wrong and not missing and left <= 2
    lines = [
        "# Many readers", "",
        f"    python -m benchmarks.readers --readers {count} --rebuilds {rebuilds}", "",
        f"{count} processes ask one index of {DOCUMENTS} documents without a pause while it is rebuilt",
        f"{rebuilds} times, every document changed each time. A reply is wrong if it fails, if its passages and",
        "citations are of more than one edition, or of another edition than its generation had before.",
        "",
        "| what | figure |", "|---|--:|",
        f"| replies | {replies} |", f"| of these answered, not refused | {sum(one.answered for one in done)} |",
        f"| generations that a reader saw, least to most | {seen[0]}-{seen[-1]} of {rebuilds + 1} |",
        f"| readers that died or hung | {missing} |", f"| wrong replies | {len(wrong)} |",
        f"| slowest reply, ms ({os.cpu_count()} cores) | {max(one.slowest_ms for one in done):.0f} |",
        f"| seconds of the rebuilds | {seconds:.1f} |", f"| generations on disk afterwards | {left} |",
    ]  # fmt: skip
    return "\n".join([*lines, *(f"- {line}" for line in wrong[:50])]) + "\n", good


def main() -> int:
    """Print and write the report; 1 if anything is wrong."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--readers", type=int, default=16)
    parser.add_argument("--rebuilds", type=int, default=50)
    parser.add_argument("--scratch", type=Path, default=Path(tempfile.gettempdir()))
    chosen = parser.parse_args()
    os.environ["OMP_NUM_THREADS"] = "1"
    import index.lexical
    import index.vectors  # noqa: F401  # once, for all

    with tempfile.TemporaryDirectory(dir=chosen.scratch) as root:
        done, missing, seconds, left = run(Path(root), chosen.readers, chosen.rebuilds)
    text, good = report(done, missing, seconds, left, chosen.readers, chosen.rebuilds)
    REPORT.write_text(text, encoding="utf-8")
    print(text)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
