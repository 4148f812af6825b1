"""The conversations of the page's visitors, each under a secret that its tab drew: nobody else can name it."""

from __future__ import annotations

import re
import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from assistant.exchanges import Exchange

MOST = 100  # conversations held at once
IDLE = 3600.0  # seconds without a sign of a tab; one that comes back brings its conversation along
_SECRET = re.compile(r"[0-9A-Za-z-]{16,64}")


@dataclass(slots=True)
class Conversation:
    """Changed in place: its events may overlap, and each writes what is its own.

    `id` tells the tab whether this is still the one that it spoke with before.
    """

    turns: list[Exchange] = field(default_factory=list)
    withdrawn: set[int] = field(default_factory=set)
    id: str = field(default_factory=lambda: secrets.token_hex(8))
    used: float = 0.0


class Visitors:
    """Holds at most MOST conversations, each as long as its tab shows that it is there."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._held: OrderedDict[str, Conversation] = OrderedDict()  # the one unused longest comes first
        self._lock = threading.Lock()

    def of(self, data: Mapping[str, Any]) -> Conversation:
        """That of the tab that sends `data`; a new one that nobody else gets where it names no secret."""
        secret = data.get("visitor")
        if not isinstance(secret, str) or not _SECRET.fullmatch(secret):
            return Conversation()
        with self._lock:
            now = self._clock()
            found = self._held.setdefault(secret, Conversation())
            found.used = now
            self._held.move_to_end(secret)
            while len(self._held) > MOST or next(iter(self._held.values())).used < now - IDLE:
                self._held.popitem(last=False)
        return found
