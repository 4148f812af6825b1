"""How the index stands, looked at for all visitors at once: who asks within a moment gets what another was told."""

from __future__ import annotations

import threading
import time

from assistant.service import Assistant
from assistant.types import Status
from index.errors import SourcierError
from index.store import current

FRESH = 2.0  # seconds for which a look holds, at least
SPARED = 9.0  # and so many times what it took: listing a large folder is not to keep a processor busy


class Looker:
    """Owns the latest look. Threads may share it; while one looks, the others get what was seen before."""

    def __init__(self, assistant: Assistant) -> None:
        self._assistant = assistant
        self._lock = threading.Lock()
        self._until, self._pointed = float("-inf"), ""
        self._seen: Status | SourcierError | None = None

    def look(self) -> Status | SourcierError:
        """The status of the index that serves now, as fresh as `FRESH` and `SPARED` say; or the error that it met."""
        pointed = current(self._assistant.index) or ""
        seen = self._seen
        if seen is not None and pointed == self._pointed:
            if time.monotonic() < self._until or not self._lock.acquire(blocking=False):
                return seen
        else:
            self._lock.acquire()  # another index serves: nobody is told of the one before
        try:
            if self._seen is None or pointed != self._pointed or time.monotonic() >= self._until:
                self._look(pointed)
            return self._seen  # type: ignore[return-value]  # set by now
        finally:
            self._lock.release()

    def again(self) -> None:
        """Let the next one look for itself: something was changed."""
        self._until = float("-inf")

    def _look(self, pointed: str) -> None:
        began = time.monotonic()
        self._until = float("inf")  # but for `again`, which may come meanwhile
        try:
            seen: Status | SourcierError = self._assistant.status()
        except SourcierError as error:
            seen = error
        now = time.monotonic()
        if self._until == float("inf"):
            self._until = now + max(FRESH, SPARED * (now - began))
        self._seen, self._pointed = seen, pointed
