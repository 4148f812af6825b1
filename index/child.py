"""A process of our own that reads what strangers wrote: how it is started, what it may not do, and its end."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import suppress
from typing import Any

MEMORY = 3 * 2**30  # bytes of address space


def start(code: str, encoding: str | None = None) -> subprocess.Popen[Any]:
    """Python with that code, spoken to through pipes: in bytes, or in text of that encoding."""
    return subprocess.Popen(
        [sys.executable, "-c", code],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "PYTHONUTF8": "1"},
        encoding=encoding,
    )


def end(process: subprocess.Popen[Any]) -> None:
    """Kill it, and close the pipes."""
    process.kill()
    process.wait()
    for stream in (process.stdin, process.stdout):
        if stream is not None:
            with suppress(OSError):  # what was to be written to a dead process
                stream.close()


def confine(memory: int) -> None:
    """Less memory, and no network: nothing that is read here has to fetch anything."""
    import socket

    def refused(*_: object, **__: object) -> None:
        raise OSError("a document's reader has no network")

    socket.socket.connect = refused  # type: ignore[method-assign]
    socket.getaddrinfo = refused  # type: ignore[assignment]
    if sys.platform != "win32":
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
