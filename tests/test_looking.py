"""One look at the index for all visitors, fresh enough, and of no index but the one that serves."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from pagekit import make_assistant

from assistant import looking
from assistant.looking import Looker
from assistant.service import Assistant
from assistant.types import Status
from index.errors import SourcesError


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def monotonic(self) -> float:
        return self.now


class Counted(Assistant):
    """Counts its looks, each of which takes `takes` seconds of the clock."""

    clock: Clock
    looks = 0
    takes = 0.0

    def status(self) -> Status:
        self.looks += 1
        self.clock.now += self.takes
        return super().status()


@pytest.fixture
def assistant(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Counted:
    (tmp_path / "a.txt").write_text("Rain fell.\n")
    made = make_assistant(tmp_path)
    made.build()
    counted = Counted(made.settings, made.encoder, made.reader)
    counted.clock = Clock()
    monkeypatch.setattr(looking, "time", counted.clock)
    return counted


def test_a_look_holds_for_a_moment(assistant: Counted) -> None:
    looker = Looker(assistant)
    first = looker.look()
    assistant.clock.now += 1.9
    assert looker.look() is first
    assert assistant.looks == 1
    assistant.clock.now += 0.2
    looker.look()
    assert assistant.looks == 2


def test_a_look_that_takes_long_holds_longer(assistant: Counted) -> None:
    assistant.takes = 3.0
    looker = Looker(assistant)
    looker.look()
    assistant.clock.now += 26.0
    looker.look()
    assert assistant.looks == 1
    assistant.clock.now += 1.5
    looker.look()
    assert assistant.looks == 2


def test_another_index_or_a_change_is_seen_at_once(assistant: Counted) -> None:
    looker = Looker(assistant)
    looker.look()
    (assistant.settings.seeds / "b.txt").write_text("Snow fell.\n")
    looker.again()
    seen = looker.look()
    assert isinstance(seen, Status)
    assert seen.changes.added == ("b.txt",)
    assistant.build()
    seen = looker.look()
    assert isinstance(seen, Status)
    assert seen.index
    assert (seen.index.documents, seen.changes.added) == (2, ())


def test_an_error_is_what_was_seen(tmp_path: Path) -> None:
    assert isinstance(Looker(make_assistant(tmp_path / "gone")).look(), SourcesError)


def test_who_comes_meanwhile_gets_what_was_seen_before(assistant: Counted) -> None:
    looker = Looker(assistant)
    first = looker.look()
    began, go = threading.Event(), threading.Event()

    def slow() -> Status:
        began.set()
        assert go.wait(10)
        return Assistant.status(assistant)

    assistant.status = slow  # type: ignore[method-assign]
    looker.again()
    thread = threading.Thread(target=looker.look)
    thread.start()
    assert began.wait(10)
    assert looker.look() is first
    go.set()
    thread.join(10)
    assert looker.look() is not first
