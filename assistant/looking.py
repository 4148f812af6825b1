"""How the index stands, looked at for all visitors at once: who asks within a moment gets what another was told."""

from __future__ import annotations

import threading
import time

from assistant.service import Assistant
from assistant.types import Status
from index.errors import SourcierError
from index.store import current

FRESH = 2.0  # seconds for which a look holds: listing a large folder takes a good part of one


class Looker:
    """Owns the latest look. Threads may share it; while one looks, the others wait for what it sees."""

    def __init__(self, assistant: Assistant) -> None:
        self._assistant = assistant
        self._lock = threading.Lock()
        self._at, self._pointed = float("-inf"), ""
        self._seen: Status | SourcierError | None = None

    def look(self) -> Status | SourcierError:
        """The status, at most `FRESH` seconds old and of the index that serves now; or the error that it met."""
        with self._lock:
            pointed = current(self._assistant.index) or ""
            if self._seen is None or pointed != self._pointed or time.monotonic() - self._at > FRESH:
                try:
                    self._seen = self._assistant.status()
                except SourcierError as error:
                    self._seen = error
                self._at, self._pointed = time.monotonic(), pointed
            return self._seen

    def again(self) -> None:
        """Let the next one look for itself: something was changed."""
        with self._lock:
            self._at = float("-inf")
