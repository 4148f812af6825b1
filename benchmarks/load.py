"""Many people at once: python -m benchmarks.load [--people 16] [--every 10] [--minutes 5] [--folder DIR]

Indexes 10,000 invented towns with the real model (kept in DIR, if named), serves them by `sourcier chat` in a process
of its own, and lets so many people ask, each every so many seconds, in a session of his own, with a page that looks at
the index as ours does. Prints the time from question to answer, errors, the server's memory over time, and in Chromium
the first paint and the bytes of a first load. Other jobs slow it down: its processor time, and how busy the machine
was, are printed too.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import re
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from assistant.service import Assistant
from assistant.settings import Settings
from benchmarks.paint import WIDTHS, paint
from benchmarks.towns import Question, write_towns

ROOT = Path(__file__).parents[1]
LOOK = 2.5  # seconds between two looks of a page, as in static/page.js
BAR_ANSWER, BAR_PAINT, BAR_GROWTH = 3.0, 2.0, 0.05  # seconds, seconds, share of the memory after a minute


@dataclass(slots=True)
class Heard:
    """What all people met: seconds of each answer and look, errors; of the server, (seconds since the start, MB)."""

    answers: list[float] = field(default_factory=list)
    looks: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    memory: list[tuple[float, float]] = field(default_factory=list)
    load: list[float] = field(default_factory=list)
    processor: list[float] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Page:
    """Where the page's event and functions are."""

    event: int
    component: int


async def person(
    number: int, url: str, page: Page, questions: list[Question], every: float, end: float, heard: Heard
) -> None:
    """One who asks, and whose page looks, until `end`."""
    session = f"person-{number}-{random.getrandbits(40):x}"
    asked = random.Random(number).sample(questions, len(questions))
    async with httpx.AsyncClient(base_url=url, timeout=60) as client:
        (await client.get("/")).raise_for_status()
        await asyncio.sleep(every * (number % 16) / 16)  # nobody asks in step
        looking = asyncio.create_task(_look(client, page, session, end, heard))
        turn = 0
        while time.monotonic() < end:
            began = time.monotonic()
            turn += 1
            try:
                await _ask(client, page, session, turn, asked[turn % len(asked)])
                heard.answers.append(time.monotonic() - began)
            except (httpx.HTTPError, ValueError) as error:
                heard.errors.append(f"{type(error).__name__}: {error}")
            await asyncio.sleep(max(0.0, every - (time.monotonic() - began)))
        await looking


async def _ask(client: httpx.AsyncClient, page: Page, session: str, turn: int, question: Question) -> None:
    """Raises ValueError for anything but a turn that was answered or refused."""
    data = {
        "number": turn,
        "question": question.text,
        "fresh": turn % 5 == 0,
        "language": "en",
        "visitor": session,
    }
    body = {
        "data": [], "fn_index": page.event, "session_hash": session, "event_data": data,
        "trigger_id": page.component,
    }  # fmt: skip
    (await client.post("/gradio_api/queue/join", json=body)).raise_for_status()
    async with client.stream("GET", "/gradio_api/queue/data", params={"session_hash": session}) as stream:
        async for line in stream.aiter_lines():
            said = json.loads(line[5:]) if line.startswith("data:") else {}
            if said.get("msg") == "process_completed":
                shown = json.dumps(said["output"])
                if not said["success"] or "card error" in shown or "<article" not in shown:
                    raise ValueError(shown[:300])
                return
    raise ValueError("no answer came")


async def _look(client: httpx.AsyncClient, page: Page, session: str, end: float, heard: Heard) -> None:
    body = {
        "data": {"language": "en", "visitor": session}, "component_id": page.component, "fn_name": "look",
        "session_hash": session,
    }  # fmt: skip
    while time.monotonic() < end:
        began = time.monotonic()
        try:
            reply = await client.post("/gradio_api/component_server/", json=body)
            if not reply.raise_for_status().json().get("ready"):
                heard.errors.append(f"a look that is not ready: {reply.text[:200]}")
            heard.looks.append(time.monotonic() - began)
        except httpx.HTTPError as error:
            heard.errors.append(f"look: {type(error).__name__}: {error}")
        await asyncio.sleep(LOOK)


async def watch_memory(pid: int, began: float, end: float, heard: Heard) -> None:
    """The server's resident memory, and the machine's load, every ten seconds."""
    while time.monotonic() < end:
        heard.memory.append((time.monotonic() - began, _rss(pid)))
        heard.load.append(os.getloadavg()[0])
        heard.processor.append(_processor(pid))
        await asyncio.sleep(10)


def _rss(pid: int) -> float:
    found = re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())
    return int(found[1]) / 1024 if found else 0.0


def _processor(pid: int) -> float:
    """Seconds of processor time that it has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def find_page(url: str) -> Page:
    """From Gradio's own account of the page."""
    found = re.search(r"window\.gradio_config = (\{.*?\});</script>", httpx.get(url, timeout=60).text)
    if not found:
        raise SystemExit(f"{url} is not the page of Sourcier")
    config: dict[str, Any] = json.loads(found[1])
    [component] = [one["id"] for one in config["components"] if one["type"] == "html"]
    [event] = [one for one in config["dependencies"] if [component, "ask"] in one["targets"]]
    return Page(event["id"], component)


def serve(folder: Path) -> tuple[subprocess.Popen[str], str]:
    """`sourcier chat` in a process of its own, and its address."""
    command = [
        sys.executable,
        "-m",
        "assistant",
        "chat",
        "--seeds",
        str(folder),
        "--no-browser",
        "--port",
        "7990",
    ]
    server = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True)
    for line in server.stderr or ():
        if found := re.search(r"http://[\d.:]+/", line):
            return server, found[0]
    raise SystemExit("the server did not start")


async def run(args: argparse.Namespace, url: str, pid: int, questions: list[Question]) -> Heard:
    """Everybody at once."""
    page, heard = find_page(url), Heard()
    began = time.monotonic()
    end = began + 60 * args.minutes
    people = [person(number, url, page, questions, args.every, end, heard) for number in range(args.people)]
    await asyncio.gather(*people, watch_memory(pid, began, end, heard))
    return heard


def main() -> int:
    """Print all figures; 1 if a bar is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--people", type=int, default=16)
    parser.add_argument("--every", type=float, default=10.0, help="seconds between a person's questions")
    parser.add_argument("--minutes", type=float, default=5.0)
    parser.add_argument("--passages", type=int, default=10_000)
    parser.add_argument("--folder", type=Path, help="where the towns are, or are to be")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = args.folder or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory() as again:  # the same seed makes the same towns
            questions = write_towns(folder if not any(folder.iterdir()) else Path(again), args.passages)
        assistant = Assistant(Settings(seeds=folder))
        report = assistant.build()
        assistant.close()
        server, url = serve(folder)
        try:
            heard = asyncio.run(_warmed(args, url, server.pid, questions))
            paints = {width: paint(url, width) for width in WIDTHS}
        finally:
            server.terminate()
            server.wait(20)
    return _tell(args, report.passages, heard, paints)


async def _warmed(args: argparse.Namespace, url: str, pid: int, questions: list[Question]) -> Heard:
    async with httpx.AsyncClient(base_url=url, timeout=120) as client:
        await _ask(client, find_page(url), "warm", 1, questions[0])
    return await run(args, url, pid, questions)


def _tell(
    args: argparse.Namespace, passages: int, heard: Heard, paints: dict[int, tuple[float, int, float]]
) -> int:
    cuts = statistics.quantiles(heard.answers, n=20)
    after = [mb for at, mb in heard.memory if at >= 60] or [mb for _, mb in heard.memory]
    growth = max(after) / after[0] - 1
    print(
        f"{args.people} people, one question each {args.every:g} s, {args.minutes:g} min, {passages} passages; "
        f"load of the machine {statistics.median(heard.load):.1f} on {os.cpu_count()} processors"
    )
    print(
        f"{len(heard.answers)} answers: p50 {cuts[9]:.2f} s, p95 {cuts[18]:.2f} s, most {max(heard.answers):.2f} s; "
        f"{len(heard.looks)} looks: p95 {statistics.quantiles(heard.looks, n=20)[18]:.2f} s; {len(heard.errors)} errors"
    )
    used = heard.processor[-1] - heard.processor[0]
    span = heard.memory[-1][0] - heard.memory[0][0]
    print(
        f"the server used {used / max(span, 1):.2f} processors, {used / len(heard.answers):.2f} s for each answer"
    )
    print(*heard.errors[:5], sep="\n", end="\n" if heard.errors else "")
    print(
        f"memory after a minute {after[0]:.0f} MB, at most {max(after):.0f} MB, at the end {after[-1]:.0f} MB"
    )
    for width, (painted, taken, ready) in paints.items():
        print(f"{width} px: first paint {painted:.2f} s, ready {ready:.2f} s, {taken / 1e6:.2f} MB fetched")
    met = (
        cuts[18] <= BAR_ANSWER
        and not heard.errors
        and growth <= BAR_GROWTH
        and all(painted <= BAR_PAINT for painted, _, _ in paints.values())
    )
    print("met" if met else "MISSED")
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
