"""One build at a time, in a thread of its own, so that the page goes on answering and shows how far it is."""

from __future__ import annotations

import threading
import traceback
from collections.abc import Callable
from dataclasses import dataclass, replace

from index.errors import SourcierError
from index.types import IndexReport, OnProgress, Progress


@dataclass(frozen=True, slots=True)
class Build:
    """How the latest build stands. `number` counts builds from 1; 0 is "none yet"."""

    number: int = 0
    running: bool = False
    progress: Progress | None = None
    report: IndexReport | None = None
    error: Exception | None = None


class Builder:
    """Runs `build` in the background; a second `start` while it runs does nothing."""

    def __init__(self, build: Callable[[OnProgress | None], IndexReport]) -> None:
        self._build = build
        self._lock = threading.Lock()
        self._state = Build()

    @property
    def state(self) -> Build:
        """How the latest build stands now."""
        return self._state

    def start(self) -> None:
        """Begin a build unless one is running."""
        with self._lock:
            if self._state.running:
                return
            self._state = Build(self._state.number + 1, running=True)
        threading.Thread(target=self._run, name="sourcier-build", daemon=True).start()

    def _run(self) -> None:
        try:
            report = self._build(self._note)
        except SourcierError as error:
            self._state = replace(self._state, running=False, error=error)
        except Exception as error:  # a thread has no caller: the page shows that it failed, the terminal why
            traceback.print_exc()
            self._state = replace(self._state, running=False, error=error)
        else:
            self._state = replace(self._state, running=False, report=report)

    def _note(self, progress: Progress) -> None:
        self._state = replace(self._state, progress=progress)
