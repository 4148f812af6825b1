"""One build at a time, in the background, its progress and its end kept."""

from __future__ import annotations

import threading
import time
from dataclasses import replace

import pytest

from assistant.building import Build, Builder
from index.errors import Cancelled, StorageError
from index.types import IndexReport, OnProgress, Progress

REPORT = IndexReport("g", 1, 2, 2, 0, 0, (), 0.1)


class Work:
    """A build that waits to be let go, and counts its runs."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error, self.runs = error, 0
        self.started, self.go = threading.Event(), threading.Event()

    def __call__(self, on_progress: OnProgress | None) -> IndexReport:
        self.runs += 1
        assert on_progress is not None
        on_progress(Progress("encoding", 1, 2))
        self.started.set()
        assert self.go.wait(10)
        if self.error:
            raise self.error
        return REPORT


def finish(work: Work) -> None:
    work.go.set()
    for thread in threading.enumerate():
        if thread.name == "sourcier-build":
            thread.join(10)


def test_a_build_shows_its_progress_and_then_its_report() -> None:
    work = Work()
    builder = Builder(work)
    assert builder.state.number == 0
    builder.start()
    assert work.started.wait(10)
    assert builder.state.running
    assert builder.state.progress == Progress("encoding", 1, 2)
    finish(work)
    state = builder.state
    assert (state.number, state.running, state.report, state.error) == (1, False, REPORT, None)


def test_a_second_start_while_one_runs_does_nothing() -> None:
    work = Work()
    builder = Builder(work)
    builder.start()
    assert work.started.wait(10)
    builder.start()
    finish(work)
    assert work.runs == 1
    builder.start()
    finish(work)
    assert work.runs == 2
    assert builder.state.number == 2


def test_how_long_a_stage_still_takes() -> None:
    build = Build(1, True, Progress("encoding", 30, 90), began=100.0, first=10)
    assert build.left(104.0) == 12.0  # 20 of them took 4 seconds
    assert build.left(101.0) is None  # too early to tell
    assert replace(build, first=30).left(104.0) is None
    assert replace(build, running=False).left(104.0) is None
    assert Build(1, True).left(104.0) is None


def test_another_work_than_a_build_and_one_that_is_waited_for() -> None:
    work = Work()
    builder = Builder(work)
    assert builder.start(lambda note: None)
    finish(work)
    assert (builder.state.number, builder.state.report, work.runs) == (1, None, 0)
    assert builder.run() == REPORT  # here and now: it has come back
    assert builder.state.number == 2
    failing = Work(StorageError("full"))
    failing.go.set()
    with pytest.raises(StorageError):
        builder.run(failing)
    assert str(builder.state.error) == "full"
    waiting = Work()
    builder.queue(waiting)
    assert waiting.started.wait(10)  # the turn was given back
    assert not builder.start()
    finish(waiting)
    assert (waiting.runs, builder.state.report) == (1, REPORT)


class Steps:
    """A build of four steps, each of which waits to be let go; `taken` are those that it got past."""

    def __init__(self) -> None:
        self.taken: list[Progress] = []
        self.go = threading.Semaphore(0)

    def __call__(self, on_progress: OnProgress | None) -> IndexReport:
        assert on_progress is not None
        for step in (("encoding", 0, 9), ("encoding", 3, 9), ("writing", 2, 3), ("writing", 3, 3)):
            on_progress(Progress(*step))
            self.taken.append(Progress(*step))
            assert self.go.acquire(timeout=10)
        return REPORT

    def take(self, steps: int) -> None:
        """Waits until it stands behind that many steps."""
        end = time.monotonic() + 10
        while len(self.taken) < steps:
            assert time.monotonic() < end
            time.sleep(0.01)


def ended(builder: Builder) -> Build:
    for thread in threading.enumerate():
        if thread.name == "sourcier-build":
            thread.join(10)
    return builder.state


def test_a_build_that_is_cancelled_ends_at_its_next_step(capsys: pytest.CaptureFixture[str]) -> None:
    work = Steps()
    builder = Builder(work)
    assert not builder.cancel(0)
    builder.start()
    work.take(1)
    assert builder.state.stoppable
    assert not builder.cancel(2)  # of another number
    assert builder.cancel(1)
    assert builder.state.stopping
    assert builder.state.running
    work.go.release()
    state = ended(builder)
    assert work.taken == [Progress("encoding", 0, 9)]
    assert isinstance(state.error, Cancelled)
    assert (state.running, state.report) == (False, None)
    assert capsys.readouterr().err == ""
    assert not builder.cancel(1)  # it has ended
    assert builder.start()  # the turn was given back
    for _ in range(4):
        work.go.release()
    assert ended(builder).report == REPORT
    assert not builder.state.stopping


def test_what_serves_already_is_not_cancelled() -> None:
    work = Steps()
    builder = Builder(work)
    builder.start()
    for _ in range(2):
        work.go.release()
    work.take(3)  # writing, step 2 of 3
    assert builder.cancel(1)
    work.go.release()
    work.go.release()
    state = ended(builder)
    assert (state.report, state.error) == (REPORT, None)


def test_work_that_has_to_end_is_not_cancelled() -> None:
    work = Work()
    builder = Builder(work)
    builder.queue(work, stoppable=False)
    assert work.started.wait(10)
    assert not builder.state.stoppable
    assert not builder.cancel(1)
    finish(work)
    assert builder.state.report == REPORT


def test_an_error_of_ours_is_kept_for_the_page(capsys: pytest.CaptureFixture[str]) -> None:
    work = Work(StorageError("the disk is full"))
    builder = Builder(work)
    builder.start()
    finish(work)
    assert str(builder.state.error) == "the disk is full"
    assert not builder.state.running
    assert capsys.readouterr().err == ""


def test_an_unexpected_error_is_kept_and_written_to_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    work = Work(RuntimeError("a bug"))
    builder = Builder(work)
    builder.start()
    finish(work)
    assert isinstance(builder.state.error, RuntimeError)
    assert "RuntimeError: a bug" in capsys.readouterr().err
    work.go.clear()  # the second run waits, or its own error may come before the check
    builder.start()
    assert builder.state.error is None
    finish(work)
