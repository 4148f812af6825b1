"""One piece of work in a process of its own: with a time limit, killed, or with calls that fail (`faults.c`)."""

from __future__ import annotations

import ctypes
import errno
import os
import pickle
import select
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

WRITES, SYNCS, NAMES = 1, 2, 4  # which calls count: to write, to sync; to make, rename or remove names
ONCE, FROM_THEN_ON, KILL, HALF = 0, 1, 2, 3  # what happens at the chosen one, as in faults.c
SECONDS = 60.0  # for one piece of work; beyond that it hangs


@dataclass(frozen=True, slots=True)
class Fault:
    """The `number`-th call (from 0) of these kinds on files below `folder` fails with `code`, in this manner."""

    folder: Path
    kinds: int
    number: int = -1
    code: int = errno.ENOSPC
    manner: int = ONCE


@dataclass(frozen=True, slots=True)
class Outcome:
    """How it ended: "done" with its `value`, "error" with its kind and words, "killed", "died" or "hung"."""

    how: str
    value: Any = None
    error: str = ""
    words: str = ""
    counted: int = 0


def apart(
    work: Callable[[], Any],
    kill_after: float | None = None,
    fault: Fault | None = None,
    seconds: float = SECONDS,
    user: int = 0,
) -> Outcome:
    """Do `work` in a fork. `user` is whom it runs as, if not as we do."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reading)
        if user:
            os.setgroups([])
            os.setgid(user)
            os.setuid(user)
        _child(work, fault, writing)
    os.close(writing)
    try:
        return _awaited(pid, reading, kill_after, seconds)
    finally:
        os.close(reading)


def _child(work: Callable[[], Any], fault: Fault | None, writing: int) -> None:
    if fault:
        arm(fault)
    try:
        said: tuple[str, Any, str, str] = ("done", work(), "", "")
    except BaseException as error:
        family = " < ".join(kind.__name__ for kind in type(error).__mro__[:2])
        said = ("error", None, family, str(error))
    counted = preloaded().fault_counted() if fault else 0
    if fault:
        arm(Fault(Path("/"), 0))
    with os.fdopen(writing, "wb") as pipe:
        pipe.write(pickle.dumps((*said, counted)))
    os._exit(0)


def _awaited(pid: int, reading: int, kill_after: float | None, seconds: float) -> Outcome:
    data = b""
    end = time.monotonic() + (seconds if kill_after is None else kill_after)
    while True:
        ready, _, _ = select.select([reading], [], [], max(0.0, end - time.monotonic()))
        if not ready:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
            return Outcome("hung" if kill_after is None else "killed")
        piece = os.read(reading, 2**16)
        if not piece:
            break
        data += piece
    _, status = os.waitpid(pid, 0)
    code = os.waitstatus_to_exitcode(status)
    if code or not data:
        return Outcome("killed" if code == -signal.SIGKILL else "died", error=f"status {code}")
    return Outcome(*pickle.loads(data))


def arm(fault: Fault) -> None:
    """From now on, in this process."""
    preloaded().fault_arm(
        os.fsencode(fault.folder), fault.kinds, ctypes.c_long(fault.number), fault.code, fault.manner
    )


def preloaded() -> Any:
    """The functions of faults.c."""
    library = ctypes.CDLL(None)
    library.fault_counted.restype = ctypes.c_long
    library.fault_shift.argtypes = [ctypes.c_longlong]
    return library


def preload() -> None:
    """Start this program again with faults.c between it and the C library, unless it is there. Needs a C compiler."""
    if hasattr(ctypes.CDLL(None), "fault_arm"):
        return
    library = Path(tempfile.gettempdir()) / f"sourcier-faults-{os.getuid()}.so"
    source = Path(__file__).with_name("faults.c")
    aside = library.with_suffix(f".{os.getpid()}")
    subprocess.run(["cc", "-shared", "-fPIC", "-O2", "-o", aside, source, "-ldl"], check=True)
    aside.replace(library)  # another run may be starting too
    os.environ |= {"LD_PRELOAD": str(library), "OMP_NUM_THREADS": "1"}
    os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])
