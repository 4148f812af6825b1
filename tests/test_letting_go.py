"""An idle page holds no old index: what was forgotten in another process is gone from the disk."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from pagekit import make_assistant
from stubs import BagEncoder

from assistant import letting_go as module
from assistant.letting_go import letting_go
from index.forget import forget
from index.store import generation_folder


@pytest.mark.parametrize("all_of_it", [False, True])
def test_what_is_forgotten_while_nobody_asks_is_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, all_of_it: bool
) -> None:
    monkeypatch.setattr(module, "SECONDS", 0.05)
    (tmp_path / "a.txt").write_text("Rain fell on Lisbon.\n")
    (tmp_path / "b.txt").write_text("Snow fell.\n")
    assistant = make_assistant(tmp_path)
    assistant.build()
    old = assistant.generation().id
    names = ["a.txt", "b.txt"] if all_of_it else ["a.txt"]
    with letting_go(assistant):
        forget(tmp_path, assistant.index, names, BagEncoder())  # it waits for readers, and raises in the end
    assert not generation_folder(assistant.index, old).exists()


def test_an_index_that_serves_is_held(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SECONDS", 0.01)
    (tmp_path / "a.txt").write_text("Rain fell.\n")
    assistant = make_assistant(tmp_path)
    assistant.build()
    held = assistant.generation()
    with letting_go(assistant):
        time.sleep(0.2)
    assert assistant.generation() is held
