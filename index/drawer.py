"""Pages drawn and measured in a process of its own, with limits: one that takes too much costs itself alone."""

from __future__ import annotations

import atexit
import faulthandler
import os
import pickle
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from typing import Any

from index import pageimage
from index.child import MEMORY, confine, end, start
from index.errors import Unreadable

SECONDS = 5.0  # for one call, after which the process ends itself
AGAIN = 120.0  # seconds after which a call that took too much is tried again: the machine may have been busy
OUTSIDE = (-15, -9)  # how a process ends that somebody else ended: by SIGTERM, or SIGKILL


class Drawer:
    """Calls functions of `index.pageimage`, one at a time; the process stays for the next call."""

    def __init__(self, seconds: float = SECONDS, memory: int = MEMORY) -> None:
        self.seconds, self.memory = seconds, memory
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()
        self._failed: dict[tuple[str, str, int], float] = {}  # and when
        atexit.register(self.close)

    def __call__(self, name: str, digest: str, page: int, *arguments: Any) -> Any:
        """What the function `name` gives for `arguments`, which are about a page of the file of that SHA-256.

        Raises Unreadable: as the function does, or as the call takes too much: then it is left alone for AGAIN seconds.
        """
        with self._lock:
            called = (name, digest, page)
            again = self._failed.get(called, -AGAIN) + AGAIN <= time.monotonic()
            answer, ended = self._asked(name, arguments) if again else (None, None)
            if answer is None:
                if again and ended not in OUTSIDE:
                    self._failed[called] = time.monotonic()
                raise Unreadable(f"drawing it takes more than {self.seconds:.0f} seconds, or too much memory")
        if "unreadable" in answer:
            raise Unreadable(answer["unreadable"])
        return answer["found"]

    def warm(self) -> None:
        """Start the process, so that the next call need not wait for it."""
        with self._lock:
            self._running()

    def close(self) -> None:
        """End the process, if there is one."""
        process, self._process = self._process, None
        if process is not None:
            end(process)

    def _asked(self, name: str, arguments: tuple[Any, ...]) -> tuple[dict[str, Any] | None, int | None]:
        """{"found": …} or {"unreadable": why}; or None, and how the process ended that died over it."""
        process = self._running()
        assert process.stdin
        assert process.stdout
        try:
            pickle.dump((name, arguments), process.stdin)
            process.stdin.flush()
            answer: dict[str, Any] = pickle.load(process.stdout)
        except (OSError, EOFError, ValueError, pickle.UnpicklingError):
            ended = None
            with suppress(subprocess.TimeoutExpired):  # it lives, and answers nonsense
                ended = process.wait(1)
            self.close()
            self._running()  # for the next one
            return None, ended
        return answer, None

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is not None and self._process.poll() is not None:
            self.close()  # it was ended from outside
        if self._process is None:
            self._process = start(f"from index.drawer import serve; serve({self.seconds}, {self.memory})")
        return self._process


def serve(seconds: float, memory: int) -> None:
    """The process's side: calls in, an answer out for each, until the input ends."""
    import PIL.Image
    import pypdfium2  # noqa: F401 (before the first call, which is then fast)

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the page's own process
    asked, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # a library that prints must not speak in between
    confine(memory)
    PIL.Image.init()
    with suppress(EOFError):
        while True:
            name, arguments = pickle.load(asked)
            faulthandler.dump_traceback_later(seconds, exit=True)  # whatever library holds the interpreter
            answer = _answer(name, arguments)
            faulthandler.cancel_dump_traceback_later()
            pickle.dump(answer, answers)
            answers.flush()


def _answer(name: str, arguments: tuple[Any, ...]) -> dict[str, Any]:
    try:
        return {"found": getattr(pageimage, name)(*arguments)}
    except Unreadable as error:
        return {"unreadable": str(error)}
    except Exception as error:  # a library upset by a hostile file
        return {"unreadable": f"it could not be read ({type(error).__name__}: {error})"}
