"""The switch for watching: on, changes are taken in by the page's own builder; off, they wait."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pagekit import make_assistant

from assistant import watching as module
from assistant.building import Builder
from assistant.service import Assistant
from assistant.watching import Watcher

pytestmark = pytest.mark.slow


@pytest.fixture
def assistant(tmp_path: Path) -> Assistant:
    (tmp_path / "a.txt").write_text("Rain fell.\n")
    made = make_assistant(tmp_path)
    made.build()
    return made


@pytest.fixture
def watcher(assistant: Assistant) -> Iterator[Watcher]:
    made = Watcher(assistant, Builder(assistant.build))
    yield made
    made.stop()


def wait_until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + 30
    while not true():
        assert time.monotonic() < end
        time.sleep(0.05)


def watching() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "sourcier-watch"]


def test_on_a_change_is_taken_in_and_off_it_waits(assistant: Assistant, watcher: Watcher) -> None:
    wait_until(lambda: not watching())  # another test's may take a moment to end
    watcher.start()
    watcher.start()
    assert watcher.on
    assert len(watching()) == 1
    wait_until(lambda: watcher.seen is not None)
    (assistant.settings.seeds / "b.txt").write_text("Snow fell.\n")
    wait_until(lambda: watcher.seen is not None and watcher.seen.what == "built")
    assert watcher.seen
    assert watcher.seen.report
    assert watcher.seen.report.documents == 2
    watcher.stop()
    assert (watcher.on, watcher.seen) == (False, None)
    wait_until(lambda: not watching())
    (assistant.settings.seeds / "c.txt").write_text("Hail fell.\n")
    assert assistant.status().changes.added == ("c.txt",)


def test_an_error_is_told(assistant: Assistant, watcher: Watcher) -> None:
    watcher.start()
    wait_until(lambda: watcher.seen is not None)
    (assistant.settings.seeds / "a.txt").unlink()
    wait_until(lambda: watcher.seen is not None and watcher.seen.what == "failed")
    assert watcher.seen
    assert "is empty" in str(watcher.seen.error)


def test_a_watch_that_ends_by_itself_is_off_and_had_the_languages_of_scans(
    assistant: Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[str] = []

    def ends(*arguments: Any) -> None:
        given.append(arguments[-1])
        raise RuntimeError("no more watches")

    monkeypatch.setattr(module, "watch", ends)
    monkeypatch.setattr(threading, "excepthook", lambda _: None)
    chosen = Assistant(replace(assistant.settings, ocr_languages="fra"), assistant.encoder)
    made = Watcher(chosen, Builder(chosen.build))
    made.start()
    wait_until(lambda: not made.on)
    assert given == ["fra"]
