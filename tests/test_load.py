"""The benchmark of many people at once still speaks as the page does: it asks, and looks, without an error."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest
from pagekit import seeded

from assistant.service import Assistant
from benchmarks.load import Heard, find_page, person
from benchmarks.towns import Question


@pytest.fixture
def served(tmp_path: Path) -> Assistant:
    return seeded(tmp_path / "seeds", {"bridge.txt": "The stone bridge opened in 1932.\n"})


@pytest.mark.slow
def test_a_person_asks_and_looks(url: str) -> None:
    heard = Heard()
    asked = [Question("When was the stone bridge opened?", "en", "bridge.txt", "")] * 2
    asyncio.run(person(0, url, find_page(url), asked, 0.5, time.monotonic() + 2, heard))
    assert heard.errors == []
    assert len(heard.answers) > 1
    assert len(heard.looks) > 0
