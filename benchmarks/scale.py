"""What a search costs as the index grows: python -m benchmarks.scale DATA [--sizes 10000 100000 1000000] [--at FOLDER]

Passages are drawn after real ones (`benchmarks.drawn`; DATA holds dev/ and train/) and written as the product writes a
generation. A process of its own then opens it and asks real questions, several times over; the quickest counts. Recall
is that of the ten nearest passages, against comparing all vectors. With --at, what was written is kept.
Tables and the plot go into benchmarks/scale/.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.drawn import Drawn, Real, draw, load
from benchmarks.plots import curves
from index.build import _manifest
from index.chunking import Chunking
from index.corpus import Corpus
from index.corpus_writer import CorpusWriter
from index.encoding import SentenceEncoder
from index.filters import EVERYTHING, Filter
from index.generation import open_generation
from index.legs import room_for, write_legs
from index.manifest import SourceState
from index.plan import Listing, Plan
from index.publish import begin, publish, writer
from index.recall import NEAREST, truth
from index.search import CANDIDATES, search
from index.store import CORPUS
from index.types import Document, Passage

HERE = Path(__file__).parent
EACH = 5  # passages of a document
FIFTH = 5  # one question of so many is asked
# each is asked so often, and the quickest time counts: it is the one that no other process delayed
ROUNDS = 4
BARS = {"vector_p95": 30.0, "fused_p95": 60.0, "rss_gb": 1.5, "open_s": 3.0}
COLUMNS = {
    "passages": "passages", "recall": "recall@10", "least": "worst language", "vector_p50": "vectors p50, ms",
    "vector_p95": "vectors p95", "vector_cpu": "of processors", "fused_p50": "both legs p50, ms",
    "fused_p95": "both legs p95", "fused_cpu": "of processors ", "filtered_p95": "filtered p95, ms",
    "rss_gb": "resident, GB", "open_s": "opened, s", "disk_gb": "on disk, GB", "built_cpu_s": "legs built, CPU s",
}  # fmt: skip


def make(real: Real, count: int, folder: Path, encoder: SentenceEncoder) -> None:
    """Write a generation of `count` drawn passages into an index folder, with the questions and the truth beside it."""
    with writer(folder):
        aside = begin(folder)
        kept: dict[str, SourceState] = {}
        vectors = room_for(aside)(count, real.vectors.shape[1])
        corpus = CorpusWriter(aside / CORPUS)
        for drawn, first in _blocks(real, count):
            vectors[np.arange(first, first + len(drawn.of))] = drawn.vectors
            for at in range(0, len(drawn.of), EACH):
                document, passages = _document(real, drawn, at, first)
                corpus.add(document, passages, [b""] * len(passages))
                kept[document.path] = SourceState(1, 1, "")
        corpus.finish()
        corpus.close()
        began = time.process_time()
        read = Corpus(aside / CORPUS)
        write_legs(aside, read, vectors, encoder.encode_queries, lambda _: None)
        spent = time.process_time() - began
        plan = Plan(Listing([], [], 0), kept=kept)
        publish(folder, aside, _manifest(aside, read, vectors.shape[1], encoder, Chunking(), plan, None))
        names = sorted(set(read.languages()))
        codes = np.searchsorted(names, read.languages()).astype(np.uint16)
        read.close()
    again = ((first, drawn.vectors) for drawn, first in _blocks(real, count, texts=False))
    found = truth(again, codes, len(names), real.asked)
    np.savez(folder / "asked.npz", asked=real.asked, rows=found.rows, cosines=found.cosines)
    asked = {"texts": real.questions, "languages": real.asked_in, "built_cpu_s": spent}
    (folder / "asked.json").write_text(json.dumps(asked), encoding="utf-8")


def measure(folder: Path) -> dict[str, float]:
    """Open the index and ask: the figures of COLUMNS."""
    asked = json.loads((folder / "asked.json").read_text(encoding="utf-8"))
    with np.load(folder / "asked.npz") as kept:
        vectors, nearest, cosines = kept["asked"], kept["rows"], kept["cosines"]
    vectors, nearest, cosines = vectors[::FIFTH], nearest[:, ::FIFTH], cosines[:, ::FIFTH]
    texts, languages = asked["texts"][::FIFTH], asked["languages"][::FIFTH]
    began = time.perf_counter()
    generation = open_generation(folder)
    leg, codes = generation.vectors, generation.lexical.codes
    opened = time.perf_counter() - began
    clocks = {name: Clock() for name in ("vector", "fused", "filtered")}
    some = Filter(paths=("*7.txt",))
    for _ in range(ROUNDS):
        near = []
        for vector in vectors:
            with clocks["vector"]:
                near.append(leg.nearest(vector, CANDIDATES, codes))
        for name, where in (("fused", EVERYTHING), ("filtered", some)):
            for text, language, vector in zip(texts, languages, vectors, strict=True):
                with clocks[name]:
                    search(generation, text, vector, language, where=where)
    status = Path("/proc/self/status").read_text(encoding="ascii")
    resident = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS"))
    every, worst = recall([rows for rows, _ in near], nearest, cosines)
    return {
        "passages": len(codes), "recall": every, "least": worst, "open_s": opened, "rss_gb": resident / 1e6,
        **{f"{name}_p{cut}": clock.at(cut) for name, clock in clocks.items() for cut in (50, 95)},
        **{f"{name}_cpu": float(np.percentile(clock.cpu[len(vectors) :], 95)) for name, clock in clocks.items()},
        "disk_gb": sum(size for size, _ in generation.manifest.files.values()) / 1e9,
        "built_cpu_s": asked["built_cpu_s"], "load": os.getloadavg()[0],
    }  # fmt: skip


class Clock:
    """Milliseconds of what is done `with` it: by the wall's clock and by the processors'."""

    def __init__(self) -> None:
        self.wall: list[float] = []
        self.cpu: list[float] = []

    def __enter__(self) -> None:
        self._began = time.perf_counter(), time.process_time()

    def __exit__(self, *_: object) -> None:
        self.wall.append(1000 * (time.perf_counter() - self._began[0]))
        self.cpu.append(1000 * (time.process_time() - self._began[1]))

    def at(self, cut: int) -> float:
        """A percentile over the questions, of the quickest time of each."""
        return float(np.percentile(np.reshape(self.wall, (ROUNDS, -1)).min(axis=0), cut))


def recall(
    near: list[NDArray[np.int64]], nearest: NDArray[np.int64], cosines: NDArray[np.float32]
) -> tuple[float, float]:
    """Of the ten nearest of all passages, and of the ten of each language, the worst; [language, question, place]."""
    every: list[float] = []
    own: list[list[float]] = [[] for _ in nearest]
    for number, rows in enumerate(near):
        best = np.argsort(-cosines[:, number].ravel())[:NEAREST]
        every.append(float(np.isin(nearest[:, number].ravel()[best], rows).mean()))
        for some, true in zip(own, nearest[:, number], strict=True):
            some.append(float(np.isin(true[true >= 0], rows).mean()))
    return float(np.mean(every)), min(float(np.mean(some)) for some in own)


def report(found: list[dict[str, float]]) -> str:
    """The figures as Markdown, and whether each bar was met at the largest size."""
    lines = [f"| {' | '.join(COLUMNS.values())} |", "|" + "--:|" * len(COLUMNS)]
    lines += [f"| {' | '.join(_shown(name, one[name]) for name in COLUMNS)} |" for one in found]
    last = found[-1]
    lines += ["", f"At {last['passages']:,} passages, with a load of {last['load']:.0f} on 2 cores:"]
    bars = [f"{COLUMNS[name].strip()} {last[name]:.2f} (at most {bar:g})" for name, bar in BARS.items()]
    return "\n".join([*lines, *[f"- {line}" for line in bars], ""])


def main() -> int:
    """Print and write the table and the plot."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("data", type=Path, nargs="?")
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--at", type=Path, help="where the indexes are kept")
    parser.add_argument("--measure", type=Path, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.measure:
        print(json.dumps(measure(chosen.measure)))
        return 0
    encoder = SentenceEncoder()
    found: list[dict[str, float]] = []
    with _folder(chosen.at) as at:
        for count in chosen.sizes:
            folder = at / str(count)
            if not (folder / "asked.json").exists():
                make(load(chosen.data, encoder), count, folder, encoder)
            command = [sys.executable, "-m", "benchmarks.scale", "--measure", str(folder)]
            found.append(json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout))
            print(json.dumps(found[-1]), flush=True)
    (HERE / "scale").mkdir(exist_ok=True)
    (HERE / "scale" / "table.md").write_text(report(found), encoding="utf-8")
    series = {
        f"{name} p{cut}": [one[f"{name}_p{cut}"] for one in found]
        for name in ("vector", "fused")
        for cut in (50, 95)
    }
    drawing = curves("A search, by the size of the index", "ms", chosen.sizes, series)
    (HERE / "scale" / "latency.svg").write_text(drawing, encoding="utf-8")
    print(report(found))
    return 0


def _blocks(real: Real, count: int, texts: bool = True) -> Iterator[tuple[Drawn, int]]:
    first = 0
    for drawn in draw(real, count, texts=texts):
        yield drawn, first
        first += len(drawn.of)


def _document(real: Real, drawn: Drawn, at: int, first: int) -> tuple[Document, list[Passage]]:
    name = f"{(first + at) // EACH:07}.txt"
    texts, passages, start = drawn.texts[at : at + EACH], [], 0
    for text, of in zip(texts, drawn.of[at : at + EACH].tolist(), strict=True):
        passages.append(Passage(name, start, start + len(text), text, real.languages[of]))
        start += len(text) + 1
    return Document(name, "txt", "\n".join(texts), name, passages[0].language, "", ""), passages


def _shown(name: str, value: Any) -> str:
    if name == "passages":
        return f"{value:,}"
    return f"{value:.4f}" if name in ("recall", "least") else f"{value:.2f}" if value < 10 else f"{value:.0f}"


@contextmanager
def _folder(at: Path | None) -> Iterator[Path]:
    if at is not None:
        yield at
        return
    with tempfile.TemporaryDirectory() as name:
        yield Path(name)


if __name__ == "__main__":
    sys.exit(main())
