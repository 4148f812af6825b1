"""What a question costs: python -m benchmarks.serving [--passages 1000] [--questions 100]

Indexes generated documents until there are enough passages, asks different questions, prints percentiles and memory.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from pathlib import Path

from assistant.service import Assistant
from assistant.settings import Settings
from benchmarks.towns import write_towns


def main() -> None:
    """Print p50 and p95 of a warm question, by stage, and the memory of the process."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--passages", type=int, default=1000)
    parser.add_argument("--questions", type=int, default=100)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        questions = write_towns(Path(name), args.passages)  # a passage each
        assistant = Assistant(Settings(seeds=Path(name)))
        start = time.perf_counter()
        report = assistant.build()
        print(
            f"{report.passages} passages of {report.documents} documents built in {time.perf_counter() - start:.1f} s"
        )
        asked = questions[:: max(1, len(questions) // args.questions)][: args.questions]
        assistant.ask("Who is the first to ask?")
        totals: list[float] = []
        stages: dict[str, list[float]] = {}
        for question in asked:
            start = time.perf_counter()
            reply = assistant.ask(question.text)
            totals.append((time.perf_counter() - start) * 1000)
            for stage, took in reply.timings_ms.items():
                stages.setdefault(stage, []).append(took)
        cuts = statistics.quantiles(totals, n=20)
        print(f"{len(totals)} questions: p50 {statistics.median(totals):.0f} ms, p95 {cuts[18]:.0f} ms")
        print("p50 by stage:", {stage: round(statistics.median(took), 1) for stage, took in stages.items()})
        print(
            *(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmRSS"))
        )


if __name__ == "__main__":
    main()
