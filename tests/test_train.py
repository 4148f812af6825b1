"""Whole runs of training: a stopped one ends where a whole one does, and what is exported of it."""

from __future__ import annotations

import json
import re
import time
import tomllib
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from safetensors.torch import load_file
from tiny import record, tiny_base, write

from assistant.windows import (
    tokenise,
)
from training import export, reading, train
from training.clock import Clock, deadline
from training.model import SpanReader


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_base(tmp_path_factory.mktemp("base"))


def test_progress_by_examples() -> None:
    clock = Clock(examples=1000)
    rates = []
    for seen in (10, 30, 515, 1000):
        clock.advance(seen)
        rates.append(clock.rate)
    assert rates == [pytest.approx(1 / 3), pytest.approx(1.0), pytest.approx(0.5), 0.0]
    assert clock.seconds_left(400, 6.0) == pytest.approx(100)


def test_progress_by_deadline_outlives_a_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1000.0
    monkeypatch.setattr(time, "time", lambda: now)
    clock = Clock(examples=0, deadline=2000.0)
    clock.start()
    now = 1250.0
    clock.advance(1)
    assert clock.progress == pytest.approx(0.25)
    now = 1750.0  # paused in between
    clock.advance(2)
    assert clock.progress == pytest.approx(0.75)
    now = 2100.0
    clock.advance(3)
    assert (clock.progress, clock.rate) == (1.0, 0.0)


def test_resumed_progress_goes_on_to_a_new_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 5000.0
    monkeypatch.setattr(time, "time", lambda: now)
    clock = Clock(progress=0.6, deadline=6000.0)
    clock.start()
    now = 5500.0
    clock.advance(1)
    assert clock.progress == pytest.approx(0.8)


def test_deadline_is_the_next_such_time() -> None:
    assert deadline("", 0) == 0.0
    assert 0 < deadline("00:00", 0) - time.time() <= 86400
    assert deadline("", 2) - time.time() == pytest.approx(120, abs=5)


@pytest.fixture
def place(base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder with a learnable task, and the tiny model in place of the real one."""
    names = ["Ada", "Paris", "born", "1815"]
    train_set = [record(str(i), f"the {names[i % 4]} in {i}", names[i % 4]) for i in range(48)]
    write(tmp_path / "data" / "train" / "t.en-en.jsonl.gz", train_set)
    write(
        tmp_path / "data" / "dev" / "d.en-en.jsonl.gz", [record(f"d{i}", f"Ada {i}", "Ada") for i in range(8)]
    )
    (tmp_path / "m.toml").write_text('seed = 1\nmost = 99\n[[source]]\nname = "t.en-en"\ndraw = 30\n')
    monkeypatch.setattr(train, "prepare_model", lambda: base)
    monkeypatch.setattr(reading, "WATCHED", (("d.en-en", 8),))
    return tmp_path


def run(place: Path, name: str, *more: str) -> dict[str, torch.Tensor]:
    arguments = ["--data", str(place / "data"), "--mixture", str(place / "m.toml"), "--batch", "8"]
    arguments += ["--prepared", str(place / "cut"), "--run", str(place / name), *more]
    assert train.train(train.options(arguments)) == 0
    return load_file(place / name / "weights.safetensors")


class StopsAfter:
    """Stands in for the signal: asks to stop at the n-th look."""

    looks = 0
    after = 0

    @property
    def asked(self) -> bool:
        StopsAfter.looks += 1
        return StopsAfter.looks > StopsAfter.after


def test_stopped_and_resumed_equals_uninterrupted(
    place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = run(place, "whole", "--examples", "120")
    for after in (3, 5):  # stops twice, the second time in the next round
        with monkeypatch.context() as patch:
            StopsAfter.looks, StopsAfter.after = 0, after
            patch.setattr(train, "Stop", StopsAfter)
            run(place, "parts", "--examples", "120")
            assert "stopped; the same command goes on" in capsys.readouterr().out
    parts = run(place, "parts", "--examples", "120")
    out = capsys.readouterr().out
    assert "going on after" in out
    assert "finished" in out
    assert whole.keys() == parts.keys()
    for name, value in whole.items():
        torch.testing.assert_close(value, parts[name], rtol=0, atol=0)


def test_training_learns_and_logs(place: Path) -> None:
    run(place, "run", "--examples", "1200", "--lr", "1e-2", "--workers", "2")
    entries = [json.loads(line) for line in (place / "run" / "log.jsonl").read_text().splitlines()]
    losses = [e["loss"] for e in entries if "loss" in e]
    assert losses[-1] < 0.7 * losses[0]
    assert entries[-1]["dev"]["d.en-en"]["records"] == sum(
        reading.half(record(f"d{i}", f"Ada {i}", "Ada")) == 0 for i in range(8)
    )


def test_workers_change_nothing_but_rounding(place: Path) -> None:
    one = run(place, "one", "--examples", "32", "--workers", "1")
    two = run(place, "two", "--examples", "32", "--workers", "2")
    for name in ("head.weight", "layers.0.linear.output_dense.up"):
        assert float((one[name] - two[name]).abs().max()) < 5e-3


def test_start_from_takes_the_weights(place: Path) -> None:
    first = run(place, "first", "--examples", "16")
    again = run(
        place,
        "again",
        "--examples",
        "16",
        "--lr",
        "0",
        "--start-from",
        str(place / "first/weights.safetensors"),
    )
    for name, value in first.items():
        assert torch.equal(value, again[name])


@pytest.mark.parametrize(("has", "dtype"), [(True, torch.bfloat16), (False, torch.float32)])
def test_the_base_is_in_bfloat16_only_where_the_processor_has_it(
    place: Path, monkeypatch: pytest.MonkeyPatch, has: bool, dtype: torch.dtype
) -> None:
    made = []

    def make(*args: object, **more: object) -> SpanReader:
        made.append(SpanReader(*args, **more))  # type: ignore[arg-type]
        return made[-1]

    monkeypatch.setattr(train, "SpanReader", make)
    monkeypatch.setattr(train, "has_bfloat16", lambda: has)
    run(place, "run", "--examples", "8")
    assert [model.dtype for model in made] == [dtype]


def test_a_term_signal_sets_the_flag() -> None:
    import os
    import signal

    before = signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)
    try:
        stop = train.Stop()
        assert not stop.asked
        os.kill(os.getpid(), signal.SIGTERM)
        assert stop.asked
    finally:
        signal.signal(signal.SIGTERM, before[0])
        signal.signal(signal.SIGINT, before[1])


@pytest.mark.parametrize("dev_minutes", ["0", "1e-9"])
def test_a_signal_stops_the_dev_scores_too(
    place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], dev_minutes: str
) -> None:
    stop = SimpleNamespace(asked=False)

    def ask(*_: object) -> object:
        stop.asked = True
        return tokenise(*_)

    with monkeypatch.context() as patch:
        patch.setattr(train, "Stop", lambda: stop)
        patch.setattr(reading, "tokenise", ask)  # the signal comes when the scoring has begun
        run(place, "run", "--examples", "16", "--dev-minutes", dev_minutes)
    assert "stopped; the same command goes on" in capsys.readouterr().out
    assert not (place / "run" / "log.jsonl").exists()
    run(place, "run", "--examples", "16")
    assert "finished" in capsys.readouterr().out
    [entry] = [json.loads(line) for line in (place / "run" / "log.jsonl").read_text().splitlines()]
    assert (list(entry), entry["progress"]) == (["seen", "progress", "dev"], 1.0)


def test_what_is_missing_is_said_before_anything_is_made(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mixture = place / "m.toml"
    mixture.write_text(mixture.read_text() + '[[source]]\nname = "t.en-en.mined"\ndraw = 3\n')
    arguments = ["--data", str(place / "data"), "--mixture", str(mixture), "--prepared", str(place / "cut")]
    arguments += ["--run", str(place / "run"), "--mined", str(place / "mined")]
    assert train.main(arguments) == 2
    missing, command = place / "mined" / "t.en-en.mined.jsonl.gz", "python -m training.mine --data DATA --out"
    assert capsys.readouterr().err == f"{missing} is missing: {command} {place / 'mined'}\n"
    assert not (place / "cut").exists()


def test_a_round_is_as_large_as_the_readme_says() -> None:
    listed = tomllib.loads((train.HERE / "mixture.toml").read_text(encoding="utf-8"))
    drawn = sum(entry["draw"] for entry in listed["source"])
    readme = (train.HERE / "README.md").read_text(encoding="utf-8")
    assert re.findall(r"a round (?:is|of) ([\d,]+)", readme) == [f"{drawn:,}"] * 2


def test_export_describes_what_it_writes(place: Path) -> None:
    import hashlib

    weights = run(place, "run", "--examples", "32")
    shipped = place / "shipped"
    shipped.mkdir()
    assert export.export(export.options(["--run", str(place / "run"), "--to", str(shipped)])) == 0
    described = json.loads((shipped / "reader.json").read_text())
    data = (shipped / "reader.safetensors").read_bytes()
    assert described["sha256"] == hashlib.sha256(data).hexdigest()
    # 8 + 8 + 8 + 6, and 8 of the next round
    assert (described["size"], described["trained"]) == (len(data), {"examples": 38, "runs": 1})
    for name, value in load_file(shipped / "reader.safetensors").items():
        torch.testing.assert_close(value.float(), weights[name], rtol=1e-3, atol=1e-4)
    assert sorted(p.name for p in shipped.iterdir()) == ["reader.json", "reader.safetensors"]


def test_several_runs_are_averaged(place: Path) -> None:
    one = run(place, "one", "--examples", "16")
    two = run(place, "two", "--examples", "24", "--start-from", str(place / "one" / "weights.safetensors"))
    runs = ["--run", str(place / "one"), "--run", str(place / "two")]
    assert export.export(export.options([*runs, "--to", str(place)])) == 0
    assert json.loads((place / "reader.json").read_text())["trained"]["runs"] == 2
    for name, value in load_file(place / "reader.safetensors").items():
        torch.testing.assert_close(value.float(), (one[name] + two[name]) / 2, rtol=1e-3, atol=1e-4)
    assert not torch.equal(one["head.weight"], two["head.weight"])


def test_exported_weights_and_kept_checkpoints_are_averaged_too(place: Path) -> None:
    one = run(place, "one", "--examples", "16")
    shipped = place / "shipped"
    shipped.mkdir()
    assert export.export(export.options(["--run", str(place / "one"), "--to", str(shipped)])) == 0
    start = str(shipped / "reader.safetensors")
    two = run(place, "two", "--examples", "24", "--start-from", start, "--keep-minutes", "1e-9")
    kept = {int(path.stem): path for path in (place / "two").glob("[0-9]*.pt")}
    assert len(kept) == 4  # one a step: batches of 8 and 6
    first = torch.load(kept[min(kept)], weights_only=True)["weights"]
    runs = [
        "--run",
        str(shipped),
        "--run",
        str(shipped),
        "--run",
        str(kept[min(kept)]),
        "--run",
        str(place / "two"),
    ]
    assert export.export(export.options([*runs, "--to", str(place)])) == 0
    assert json.loads((place / "reader.json").read_text())["trained"] == {"examples": 22 + 30, "runs": 2}
    for name, value in load_file(place / "reader.safetensors").items():
        wanted = (2 * one[name] + first[name] + two[name]) / 4
        torch.testing.assert_close(value.float(), wanted, rtol=1e-3, atol=1e-4)
    assert not torch.equal(first["head.weight"], two["head.weight"])
