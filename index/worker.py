"""Extraction in a process of its own, with limits: a file that kills, hangs or bloats its reader costs itself alone."""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import IO, Any

from index.child import MEMORY, confine, end, start
from index.documents import take
from index.errors import Interrupted, Unreadable
from index.formats import PLAIN, kind_of
from index.formats.extracted import Extracted, from_json, to_json
from index.ocr import Scans
from index.types import Source

SECONDS = 120.0  # for one file, or for one page of a scan
BEAT = "...\n"  # what the worker says at each page of a scan


class Worker:
    """Extracts files one after the other; started at the first file that is no plain text, and again after a death."""

    def __init__(
        self,
        seconds: float = SECONDS,
        memory: int = MEMORY,
        ocr: str = "",
        beat: Callable[[], None] = lambda: None,
    ) -> None:
        """`ocr` chooses the languages of scans, `beat` is called before each page of one: `index.ocr.Scans`."""
        self.seconds, self.memory, self.ocr, self.beat = seconds, memory, ocr, beat
        self._process: subprocess.Popen[str] | None = None
        self._answers: queue.Queue[str] = queue.Queue()

    def __call__(self, source: Source) -> tuple[Extracted, str]:
        """The text of a file, and the SHA-256 of the bytes that it was taken from. Raises Unreadable, Interrupted."""
        suffix = source.file.suffix.lower()
        if kind_of(suffix) in PLAIN:
            return take(source)
        used = self._process is not None
        answer = self._asked(str(source.file))
        if "broke" in answer:
            self.close()
            if used:  # what it had read before may be to blame: no file is listed for another's sake
                answer = self._asked(str(source.file))
        if "broke" in answer:
            self.close()
            raise Interrupted(str(answer["broke"]))
        if "unreadable" in answer:
            raise Unreadable(str(answer["unreadable"]))
        return from_json(answer["extracted"]), str(answer["sha256"])

    def close(self) -> None:
        """End the process, if there is one."""
        if self._process is not None:
            end(self._process)
            self._process = None

    def _asked(self, file: str) -> dict[str, Any]:
        """What the process says, or {"broke": why it could not go on}. Raises Interrupted if it takes too long."""
        process = self._process or self._start()
        assert process.stdin
        try:
            process.stdin.write(json.dumps(file) + "\n")
            process.stdin.flush()
            while (line := self._answers.get(timeout=self.seconds)) == BEAT:
                self.beat()
        except queue.Empty:
            self.close()
            raise Interrupted(f"reading it took longer than {self.seconds:.0f} seconds; split it") from None
        except OSError:
            line = ""
        if not line.endswith("\n"):  # it died, perhaps in the middle of what it said
            needed = f"more than {self.memory / 2**30:.0f} GB of memory may have been needed"
            return {"broke": f"its reader broke down over it; {needed}"}
        found: dict[str, Any] = json.loads(line)
        return found

    def _start(self) -> subprocess.Popen[str]:
        self._answers = queue.Queue()
        code = f"from index.worker import serve; serve({self.memory}, {self.ocr!r})"
        self._process = start(code, encoding="ascii")
        threading.Thread(target=_listen, args=(self._process.stdout, self._answers), daemon=True).start()
        return self._process


def serve(memory: int, ocr: str) -> None:
    """The worker's side: file names in, one line of JSON out for each, until the input ends."""
    answers = os.fdopen(os.dup(1), "w", encoding="ascii")
    os.dup2(2, 1)  # a library that prints must not speak in between
    confine(memory)

    def say(line: str) -> None:
        answers.write(line)
        answers.flush()

    scans = Scans(ocr, partial(say, BEAT))
    for line in sys.stdin:
        say(json.dumps(_answer(Path(json.loads(line)), scans)) + "\n")


def _answer(file: Path, scans: Scans) -> dict[str, Any]:
    try:
        found, digest = take(Source(file.name, file, 0, 0), scans)
    except Unreadable as error:
        return {"unreadable": str(error)}
    except MemoryError:
        return {"broke": "reading it needs more memory than one file may have; split it"}
    except Exception as error:  # a parser upset by a hostile file: it is listed with what upset it
        return {"unreadable": f"it could not be read ({type(error).__name__}: {error})"}
    return {"extracted": to_json(found), "sha256": digest}


def _listen(stream: IO[str], answers: queue.Queue[str]) -> None:
    """Each line as it comes, and "" when the process has ended."""
    try:
        for line in stream:
            answers.put(line)
    except ValueError:  # closed under us
        pass
    answers.put("")
