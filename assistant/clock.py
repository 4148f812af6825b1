"""Where the time of an answer goes, and whether it is still wanted."""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter

from index.errors import Cancelled


class Clock:
    """Stands between the steps of an answer: adds up their milliseconds under names, and ends what was cancelled."""

    def __init__(self, cancelled: Callable[[], bool]) -> None:
        self._cancelled = cancelled
        self.laps: dict[str, float] = {}
        self._last = perf_counter()

    def lap(self, name: str) -> None:
        """The step `name` has ended. Raises Cancelled if the answer is not wanted any more."""
        if self._cancelled():
            raise Cancelled("the question was taken back")
        now = perf_counter()
        self.laps[name] = round(self.laps.get(name, 0.0) + (now - self._last) * 1000, 2)
        self._last = now
