"""The switch for watching the folder: on, its changes are taken in by themselves, as `sourcier watch` does."""

from __future__ import annotations

import threading

from assistant.building import Builder
from assistant.service import Assistant
from index.types import IndexReport
from index.watch import Seen, watch


class Watcher:
    """Watches the folder of `assistant` from a thread of its own while it is on; builds are those of `builder`."""

    def __init__(self, assistant: Assistant, builder: Builder) -> None:
        self._assistant, self._builder = assistant, builder
        self._lock = threading.Lock()
        self._stop: threading.Event | None = None
        self.seen: Seen | None = None

    @property
    def on(self) -> bool:
        """Whether it watches."""
        return self._stop is not None

    def start(self) -> None:
        """Begin to watch; nothing more if it does already."""
        with self._lock:
            if self._stop is None:
                self._stop, self.seen = threading.Event(), None
                threading.Thread(
                    target=self._watch, args=[self._stop], name="sourcier-watch", daemon=True
                ).start()

    def stop(self) -> None:
        """Watch no more; a build under way goes on to its end."""
        with self._lock:
            if self._stop is not None:
                self._stop.set()
            self._stop = self.seen = None

    def _watch(self, stop: threading.Event) -> None:
        folder = self._assistant
        ocr = folder.settings.ocr_languages
        try:
            watch(folder.settings.seeds, folder.index, self._build, self._tell, stop, ocr)
        finally:
            with self._lock:
                if self._stop is stop:  # it ended by itself: nobody is to think that it goes on
                    self._stop = self.seen = None

    def _build(self) -> IndexReport:
        report = self._builder.run(self._assistant.build)
        if report is None:  # a build of a folder without sources raises
            raise RuntimeError("a build ended without a report")
        return report

    def _tell(self, seen: Seen) -> None:
        self.seen = seen
