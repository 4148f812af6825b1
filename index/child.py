"""A process of our own that reads what strangers wrote: how it is started, what it may not do, and its end."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import suppress
from typing import Any

MEMORY = 3 * 2**30  # bytes of address space


def start(code: str, encoding: str | None = None) -> subprocess.Popen[Any]:
    """Start Python with this code; its pipes carry bytes, or text if `encoding` is given."""
    return subprocess.Popen(
        [sys.executable, "-c", code],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "PYTHONUTF8": "1"},
        encoding=encoding,
    )


def end(process: subprocess.Popen[Any]) -> None:
    """Kill the process, and close its pipes."""
    process.kill()
    process.wait()
    for stream in (process.stdin, process.stdout):
        if stream is not None:
            with suppress(OSError):  # what was to be written to a dead process
                stream.close()


def confine(memory: int) -> None:
    """Limit this process to `memory` bytes, and take the network from it: nothing that it reads needs to fetch."""
    import socket

    def refused(*_: object, **__: object) -> None:
        raise OSError("a document's reader has no network")

    socket.socket.connect = refused  # type: ignore[method-assign]
    socket.getaddrinfo = refused  # type: ignore[assignment]
    if sys.platform != "win32":
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
