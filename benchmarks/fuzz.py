"""Thousands of bent files of every format through real builds: python -m benchmarks.fuzz [--files 2000]

The files are bent copies (`mutations.py`) of small whole ones. They are indexed 250 at a time beside a good file, with
the tests' bag of words for a model, by a process of its own that stands for the user's. It must end well, within its
memory, with the good file in the index and every bent one either in it or named with a reason. Pictures are read by
Tesseract where it is installed, and not at all elsewhere. What is done is kept in
benchmarks/.cache/fuzz, so that a run that was stopped goes on; the report is benchmarks/fuzz.md.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import resource
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from folders import HARBOUR  # noqa: E402
from scans import BAKER, drawn, saved  # noqa: E402
from stubs import BagEncoder  # noqa: E402
from test_formats import ATOM, MADE, NEXT, SAID, make_xlsx  # noqa: E402
from test_pdf import pdf  # noqa: E402

from benchmarks.mutations import mutated  # noqa: E402
from index.build import build_index  # noqa: E402
from index.child import MEMORY  # noqa: E402
from index.formats import FORMATS, PLAIN, kind_of  # noqa: E402

KEPT = Path(__file__).parent / ".cache" / "fuzz" / "batches.jsonl"
REPORT = Path(__file__).with_suffix(".md")
ODD = KEPT.parent / "odd"  # the files that broke something, to be looked at
AT_ONCE = 250
PATIENCE = 3_600  # seconds for one batch
LIMIT_MB = 600  # of the process that builds

RSS = f"""<rss version="2.0"><channel><title>News</title><link>https://a.example/</link><language>en</language>
<item><title>Funding</title><pubDate>Mon, 10 Feb 2025 09:30:00 +0100</pubDate><description>{SAID}</description></item>
<item><title>People</title><description>&lt;p&gt;{NEXT}&lt;/p&gt;</description></item></channel></rss>"""
PAGE = f"""<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>News</title></head><body>
<nav><a href="/">Home</a></nav><article><h1>Funding</h1><p>{SAID} {HARBOUR}</p><ul><li>{NEXT}</li><li>More.</li></ul>
<table><tr><th>Name</th><th>Sum</th></tr><tr><td>Ada</td><td>400</td></tr></table></article><footer>Imprint</footer></body></html>"""
RTF = (
    rb"{\rtf1\ansi\ansicpg1252{\fonttbl{\f0 Times;}}\f0\fs24 The fund {\b 400} million caf\'e9s in \u8364?2025.\par "
    + (NEXT.encode() + rb"\par\pard\trowd\cellx1000 A\cell B\cell\row}")
)
NOTE = f"---\ntitle: A note\nauthor: Ada\ndate: 2025-02-10\nlang: en\n---\n# Funding\n\n{SAID}\n\n- {NEXT}\n"
WHOLE: dict[str, Callable[[], bytes]] = {
    **{suffix: make for suffix, (make, *_) in MADE.items()},
    ".xlsx": make_xlsx, ".rtf": lambda: RTF, ".html": PAGE.encode, ".pdf": lambda: pdf(SAID, f"{HARBOUR}\n{NEXT}"),
    ".rss": RSS.encode, ".xml": (RSS.replace("rss", "rdf") + ATOM).encode, ".md": NOTE.encode,
    ".png": lambda: saved(drawn(BAKER, 100), "PNG"), ".jpg": lambda: saved(drawn(BAKER, 100), "JPEG"),
    ".tiff": lambda: saved(drawn(BAKER, 100), "TIFF", compression="tiff_lzw"),
    ".txt": f"Funding\n\n{SAID}\n\n{HARBOUR} {NEXT} Déjà vu.\n".encode,
}  # fmt: skip


@dataclass(slots=True)
class Batch:
    """What became of one batch. Memory in MB, at its peak: of the process that builds, and of the reader below it."""

    suffix: str
    number: int
    files: int
    ended: str = ""  # "" for well
    read: int = 0
    lost: list[str] = field(default_factory=list)  # neither in the index nor named
    reasons: dict[str, int] = field(default_factory=dict)
    # files that broke the reader, or that it was not ready for
    strange: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0
    builder_mb: int = 0
    reader_mb: int = 0


def run(suffix: str, number: int, files: int, scratch: Path) -> Batch:
    """Make the files of a batch and have them indexed."""
    sources = Path(tempfile.mkdtemp(prefix="fuzz", dir=scratch))
    try:
        (sources / "good.txt").write_text(HARBOUR, encoding="utf-8")
        good = WHOLE[suffix]()
        first = number * AT_ONCE
        names = [f"bent{n:05}{suffix}" for n in range(first, first + files)]
        for n, name in enumerate(names, start=first):
            (sources / name).write_bytes(mutated(good, n, suffix))
        return built(Batch(suffix, number, files), sources, names)
    finally:
        shutil.rmtree(sources)


def built(batch: Batch, sources: Path, names: list[str]) -> Batch:
    """Index the folder in a process of its own, and see what it says."""
    told = sources / ".told.json"
    began = time.monotonic()
    pid = os.fork()
    if pid == 0:
        build_and_tell(sources, told)
    end = began + PATIENCE
    while True:
        done, status, used = os.wait4(pid, os.WNOHANG)
        if done:
            break
        if time.monotonic() > end:
            os.kill(pid, 9)
        time.sleep(0.02)
    batch.seconds = round(time.monotonic() - began, 2)
    batch.builder_mb = used.ru_maxrss // 1024
    if status or not told.exists():
        batch.ended = f"status {os.waitstatus_to_exitcode(status)}"
        return batch
    found = json.loads(told.read_text())
    batch.ended, batch.reader_mb = found["ended"], found["reader_mb"]
    skipped: dict[str, str] = dict(found["skipped"])
    batch.read = len(set(found["documents"]) & set(names))
    batch.lost = sorted({*names, "good.txt"} - set(found["documents"]) - skipped.keys())
    batch.reasons = dict(Counter(kind_of_reason(reason) for reason in skipped.values()))
    batch.strange = {name: reason for name, reason in skipped.items() if STRANGE.search(reason)}
    for name in batch.strange.keys() | set(batch.lost):
        ODD.mkdir(parents=True, exist_ok=True)
        shutil.copy(sources / name, ODD)
    return batch


STRANGE = re.compile(r"broke down|longer than|could not be read|more memory")


def kind_of_reason(reason: str) -> str:
    """A reason without what is of this file alone."""
    return re.sub(r"[:(].*|\d[\d.,]*", "", reason, flags=re.DOTALL).strip()


def build_and_tell(sources: Path, told: Path) -> None:
    """The process that stands for the user's: build, and leave word of how it went."""
    ended, documents, skipped = "", [], []
    try:
        report = build_index(sources, sources / ".sourcier", BagEncoder())
        from index.generation import open_generation

        documents = open_generation(sources / ".sourcier").paths()
        skipped = [(one.document, one.reason) for one in report.skipped]
    except BaseException as error:
        ended = f"{type(error).__name__}: {error}"
    reader = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
    told.write_text(
        json.dumps({"ended": ended, "documents": documents, "skipped": skipped, "reader_mb": reader})
    )
    os._exit(0)


def kept(path: Path) -> dict[tuple[str, int, int], Batch]:
    """The batches that were done before."""
    lines = path.read_text().splitlines() if path.exists() else []
    done = [Batch(**json.loads(line)) for line in lines]
    return {(one.suffix, one.number, one.files): one for one in done}


def batches(suffixes: list[str], files: int) -> Iterator[tuple[str, int, int]]:
    """Which there are: suffix, number, files, the first of each format before the second of any."""
    for number, first in enumerate(range(0, files, AT_ONCE)):
        for suffix in suffixes:
            yield suffix, number, min(AT_ONCE, files - first)


def table(done: list[Batch]) -> str:
    """One row a format."""
    lines = [
        "| format | files | read | listed with a reason | of these, its reader died | took too long | unforeseen | "
        "lost | builds that failed | builder, MB at most | reader, MB at most | ms a file |",
        "|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for suffix in sorted({one.suffix for one in done}):
        own = [one for one in done if one.suffix == suffix]
        strange = [reason for one in own for reason in one.strange.values()]
        files = sum(one.files for one in own)
        inside = kind_of(suffix) in PLAIN
        lines.append(
            f"| {suffix} | {files} | {sum(one.read for one in own)} | "
            f"{sum(sum(one.reasons.values()) for one in own)} | "
            f"{sum('broke down' in reason for reason in strange)} | {sum('longer than' in r for r in strange)} | "
            f"{sum('could not be read' in reason for reason in strange)} | {sum(len(one.lost) for one in own)} | "
            f"{sum(bool(one.ended) for one in own)} | {max(one.builder_mb for one in own)} | "
            f"{'–' if inside else max(one.reader_mb for one in own)} | "
            f"{1000 * sum(one.seconds for one in own) / files:.0f} |"
        )
    return "\n".join(lines)


def faults(done: list[Batch]) -> list[str]:
    """What misses the bar, a sentence each."""
    found = []
    for one in done:
        where = f"{one.suffix}, batch {one.number}"
        if one.ended:
            found.append(f"{where}: the build ended with {one.ended}")
        if one.lost:
            found.append(f"{where}: neither indexed nor named: {', '.join(one.lost[:5])}")
        if one.builder_mb > LIMIT_MB:
            found.append(f"{where}: the building process grew to {one.builder_mb} MB")
        if one.reader_mb > MEMORY / 2**20:
            found.append(f"{where}: the reader grew to {one.reader_mb} MB")
    return found


def main() -> int:
    """Run what is not done yet and write the report; 1 if anything misses the bar."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--files", type=int, default=2_000, help="of each format")
    parser.add_argument("--formats", default=",".join(suffix[1:] for suffix in WHOLE))
    parser.add_argument(
        "--scratch", type=Path, default=Path(tempfile.gettempdir()), help="for the bent files"
    )
    parser.add_argument("--kept", type=Path, default=KEPT)
    parser.add_argument("--report", type=Path, default=REPORT)
    chosen = parser.parse_args()
    import index.lexical
    import index.vectors  # noqa: F401  # once, for all processes that are forked
    from index.language import detect

    detect(SAID, "en")  # so that each does not load what tells languages apart

    suffixes = [f".{name}" for name in chosen.formats.split(",")]
    chosen.kept.parent.mkdir(parents=True, exist_ok=True)
    known = kept(chosen.kept)
    for wanted in batches(suffixes, chosen.files):
        if wanted not in known:
            one = known[wanted] = run(*wanted, chosen.scratch)
            with chosen.kept.open("a") as file:
                file.write(json.dumps(asdict(one)) + "\n")
            print(
                f"{one.suffix} {one.number}: {one.read} read, {one.seconds} s, {one.ended} {one.strange}",
                flush=True,
            )
            write_report(list(known.values()), chosen.files, chosen.report)
    return 1 if write_report(list(known.values()), chosen.files, chosen.report) else 0


def write_report(done: list[Batch], files: int, report: Path) -> list[str]:
    """Of all batches so far; what is wrong in them."""
    wrong = faults(done)
    verdict = "\n".join(f"- {line}" for line in wrong) or "No fault."
    text = f"{HEAD.format(files=files)}\n{table(done)}\n\n{sum(one.files for one in done)} files. {verdict}\n"
    report.write_text(text, encoding="utf-8")
    return wrong


HEAD = f"""# Bent files

    python -m benchmarks.fuzz --files {{files}}

Each is a bent copy of a small whole file: bits flipped, pieces cut, doubled or exchanged, numbers replaced by absurd
ones, tags nested thousands deep, files inside of a ZIP bent, dropped or renamed. They are indexed by real builds. The
bar: no build fails, no file is lost (it is in the index, or listed with its name and a reason), the process that builds
stays under {LIMIT_MB} MB and the reader below it under {MEMORY // 2**20} MB.
"""

if __name__ == "__main__":
    missing = {suffix for suffix in FORMATS if kind_of(suffix) not in {kind_of(one) for one in WHOLE}}
    if missing:
        sys.exit(f"no whole file to bend for {missing}")
    sys.exit(main())
