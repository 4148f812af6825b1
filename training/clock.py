"""How far a run is: by examples (repeatable to the bit on one machine), by the time left, or until a signal comes."""

from __future__ import annotations

import signal
import time
from dataclasses import dataclass
from datetime import datetime, timedelta

WARM = 0.03  # the part of a run in which the learning rate rises


@dataclass(slots=True)
class Clock:
    """`progress` runs from 0 to 1. With a deadline, pauses and restarts only make the remaining steps larger."""

    progress: float = 0.0
    examples: int = 0  # the length of the run where there is no deadline
    deadline: float = 0.0  # seconds since the epoch; 0 is none
    last: float = 0.0

    def start(self) -> None:
        """Call at the start and after a pause that should not count."""
        self.last = time.time()

    def advance(self, seen: int) -> None:
        """Move on after a step; `seen` counts all examples of the run so far."""
        if not self.deadline:
            self.progress = min(1.0, seen / self.examples)
            return
        now = time.time()
        left = self.deadline - self.last
        part = 1.0 if now >= self.deadline or left <= 0 else (now - self.last) / left
        self.progress += (1 - self.progress) * part
        self.last = now

    @property
    def rate(self) -> float:
        """The factor on the learning rate: a short rise, then a straight line to 0."""
        if self.progress < WARM:
            return max(0.02, self.progress / WARM)
        return max(0.0, (1 - self.progress) / (1 - WARM))

    def seconds_left(self, seen: int, per_second: float) -> float:
        """Seconds until the end, at the present speed."""
        if self.deadline:
            return max(0.0, self.deadline - time.time())
        return max(0, self.examples - seen) / max(per_second, 1e-9)


def deadline(until: str, minutes: float) -> float:
    """Seconds since the epoch of the next `HH:MM`, or of `minutes` from now; 0.0 if neither is given."""
    if until:
        hours, rest = until.split(":")
        now = datetime.now()
        moment = now.replace(hour=int(hours), minute=int(rest), second=0, microsecond=0)
        return (moment if moment > now else moment + timedelta(days=1)).timestamp()
    return time.time() + 60 * minutes if minutes else 0.0


class Every:
    """A timer: `due` once each so many seconds; with 0, never."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.restart()

    def restart(self) -> None:
        """Count from now on."""
        self.since = time.monotonic()

    def due(self) -> bool:
        """Whether the time is up; if so, it counts from now on."""
        if not self.seconds or time.monotonic() - self.since <= self.seconds:
            return False
        self.restart()
        return True


class Stop:
    """Turns SIGTERM and SIGINT into a flag, so that the step under way ends well."""

    def __init__(self) -> None:
        self.asked = False
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._ask)

    def _ask(self, number: int, frame: object) -> None:
        self.asked = True
