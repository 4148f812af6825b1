"""One build at a time, in a thread of its own, so that the page goes on answering and shows how far it is."""

from __future__ import annotations

import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, replace

from index.build import until
from index.errors import SourcierError
from index.types import IndexReport, OnProgress, Progress

SURE_AFTER = 2.0  # seconds of a stage, before which nobody can tell how long it takes

Work = Callable[[OnProgress | None], IndexReport | None]  # None: no source is left to index


@dataclass(frozen=True, slots=True)
class Build:
    """How the latest build stands. `number` counts builds from 1; 0 is "none yet".

    `began` is when its stage began (seconds of a monotonic clock), with `first` done already. `stoppable`: it may be
    cancelled; `stopping`: it was, and ends at its next step, with `Cancelled` as its error.
    """

    number: int = 0
    running: bool = False
    progress: Progress | None = None
    report: IndexReport | None = None
    error: Exception | None = None
    began: float = 0.0
    first: int = 0
    stoppable: bool = False
    stopping: bool = False

    def left(self, now: float) -> float | None:
        """Seconds that the stage still takes, if it goes on as it went; None while that cannot be told."""
        if not self.running or self.progress is None or now - self.began < SURE_AFTER:
            return None
        done = self.progress.done - self.first
        return (now - self.began) / done * (self.progress.total - self.progress.done) if done > 0 else None


class Builder:
    """Runs `build`, or another work on the index, in the background, one after the other."""

    def __init__(self, build: Work) -> None:
        self._build = build
        self._lock = threading.Lock()  # of the state
        self._turn = threading.Lock()  # of the one that works
        self._state = Build()

    @property
    def state(self) -> Build:
        """How the latest build stands now."""
        return self._state

    def start(self, work: Work | None = None) -> bool:
        """Begin `work`, a build by default, unless one is under way: whether it was begun."""
        if not self._turn.acquire(blocking=False):
            return False
        self._begin(stoppable=True)
        threading.Thread(target=self._in_background, args=[work], name="sourcier-build", daemon=True).start()
        return True

    def queue(self, work: Work, stoppable: bool = True) -> None:
        """Have `work` done in the background once no other is under way. Not `stoppable`: it has to come to its end."""
        threading.Thread(
            target=self._when_free, args=[work, stoppable], name="sourcier-build", daemon=True
        ).start()

    def run(self, work: Work | None = None) -> IndexReport | None:
        """Do `work` here and now, once no other is under way. Raises what it raises, and Cancelled."""
        self._turn.acquire()
        self._begin(stoppable=True)
        try:
            return self._run(work)
        finally:
            self._turn.release()

    def cancel(self, number: int) -> bool:
        """Have the build of that number end at its next step; whether it is the one under way, and may be stopped.

        The index stays as it was, and the vectors of the batches that were encoded stay for the next build.
        """
        with self._lock:
            state = self._state
            if state.number != number or not state.running or not state.stoppable:
                return False
            self._state = replace(state, stopping=True)
            return True

    def _when_free(self, work: Work, stoppable: bool) -> None:
        self._turn.acquire()
        self._begin(stoppable)
        self._in_background(work)

    def _in_background(self, work: Work | None) -> None:
        try:
            self._run(work)
        except SourcierError:  # the state says it
            return
        except Exception:  # a thread has no caller: the page shows that it failed, the terminal why
            traceback.print_exc()
        finally:
            self._turn.release()

    def _begin(self, stoppable: bool) -> None:
        self._state = Build(self._state.number + 1, running=True, stoppable=stoppable)

    def _run(self, work: Work | None) -> IndexReport | None:
        try:
            report = (work or self._build)(until(lambda: self._state.stopping, self._note))
        except Exception as error:
            self._set(running=False, error=error)
            raise
        self._set(running=False, report=report)
        return report

    def _note(self, progress: Progress) -> None:
        before = self._state.progress
        if before is None or before.stage != progress.stage:
            self._set(progress=progress, began=time.monotonic(), first=progress.done)
        else:
            self._set(progress=progress)

    def _set(self, **fields: object) -> None:
        with self._lock:
            self._state = replace(self._state, **fields)  # type: ignore[arg-type]
