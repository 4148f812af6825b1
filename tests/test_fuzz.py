"""Fifty bent files of every format, through real builds, as benchmarks/fuzz.py does it with thousands."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from index.formats import FORMATS, kind_of

ROOT = Path(__file__).parents[1]
FILES = 50


@pytest.mark.slow
def test_bent_files_cost_no_build_and_none_is_lost(tmp_path: Path) -> None:
    kept, report = tmp_path / "batches.jsonl", tmp_path / "report.md"
    command = [sys.executable, "-m", "benchmarks.fuzz", "--files", str(FILES), "--scratch", str(tmp_path)]
    done = subprocess.run([*command, "--kept", str(kept), "--report", str(report)], cwd=ROOT, text=True)
    assert report.read_text(encoding="utf-8").endswith("files. No fault.\n")
    assert done.returncode == 0
    batches = [json.loads(line) for line in kept.read_text(encoding="utf-8").splitlines()]
    assert {kind_of(batch["suffix"]) for batch in batches} == {kind_of(suffix) for suffix in FORMATS}
    for batch in batches:
        assert (batch["files"], batch["ended"], batch["lost"]) == (FILES, "", []), batch["suffix"]
        assert batch["read"] + sum(batch["reasons"].values()) >= FILES
