"""Which generation answers: the newest whole one, or another where that is found damaged, until it serves no more."""

from __future__ import annotations

import threading
from pathlib import Path

from index.chunking import Chunking
from index.errors import IndexDamaged
from index.generation import Generation, fall_back, open_generation
from index.manifest import check
from index.store import current, doubt
from index.types import Encoder


class Serving:
    """Holds the open generation of the index in the folder `index`. Threads may share it."""

    def __init__(self, index: Path, encoder: Encoder) -> None:
        self._index = index
        self._encoder = encoder
        self._generation: Generation | None = None
        self._pointed = ""  # where the index pointed when it was opened
        self._opening = threading.Lock()

    def generation(self) -> Generation:
        """The newest whole generation, opened. One that a question still reads lives until it is let go.

        Raises IndexMissing, IndexDamaged or IndexMismatch.
        """
        with self._opening:
            pointed = current(self._index) or ""
            if not pointed:
                self._generation = None  # all was forgotten: nothing of it may be held
            if self._generation is None or self._pointed != pointed:
                generation = open_generation(self._index)
                check(generation.manifest, self._encoder, Chunking())
                self._generation, self._pointed = generation, pointed
            return self._generation

    def step_back(self, error: IndexDamaged) -> None:
        """Serve another whole generation than the one that `error` was found in; raises it where there is none."""
        doubt(self._index)  # it may be in a large file, of which a build looks at the size alone
        with self._opening:
            if self._generation is None or self._generation.notice:
                raise error
            self._generation = fall_back(self._index, error, self._generation.id)

    def let_go(self) -> None:
        """Let go of a generation that serves no more: it may hold what was forgotten since."""
        with self._opening:
            if self._generation is not None and self._pointed != (current(self._index) or ""):
                self._generation = None

    def close(self) -> None:
        """Let go of the index."""
        with self._opening:
            if self._generation is not None:
                self._generation.close()
            self._generation = None
