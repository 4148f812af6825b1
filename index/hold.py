"""A reader's shared hold on a file, so that the collector sees that a generation is in use.

The kernel lets go of it when the process dies. Where it does not exist (Windows, some network disks), a file
that is open cannot be removed or stays readable until closed; a hold is nothing but the open file then.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

if sys.platform != "win32":
    import fcntl


class Hold:
    """Held from creation to `release`. Raises OSError if the file cannot be opened."""

    def __init__(self, path: Path) -> None:
        self._file: IO[bytes] = path.open("rb")
        if sys.platform != "win32":
            try:
                fcntl.flock(self._file, fcntl.LOCK_SH)
            except OSError:  # a file system without locks: the open file must do
                return

    def release(self) -> None:
        """Let go; safe to repeat."""
        self._file.close()


@contextmanager
def unheld(path: Path) -> Iterator[bool]:
    """Whether nobody holds the file; nobody can begin to before the block ends."""
    try:
        file = path.open("r+b")
    except OSError:
        yield True  # no file, so no reader
        return
    with file:
        yield _alone(file)


def _alone(file: IO[bytes]) -> bool:
    if sys.platform == "win32":
        return True
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # a file system without locks
        return True
    return True
