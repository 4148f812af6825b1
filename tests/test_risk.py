"""The table of thresholds, worked out by hand, and its place in the README."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from assistant.settings import Settings
from training.risk import BEGIN, END, HEAD, risk_table, write_table

ROOT = Path(__file__).parents[1]


def test_what_each_threshold_answers_and_how_much_of_it_is_wrong() -> None:
    p = np.array([0.95, 0.55, 0.35, 0.15, 0.45, 0.05, 0.35, 0.01])
    right = np.array([True, True, False, True, False, False, False, False])
    kinds = np.array(["held"] * 4 + ["absent"] * 2 + ["elsewhere"] * 2)
    rows = risk_table(p, right, kinds, 0.35).splitlines()
    assert "\n".join(rows[:2]) == HEAD
    table = {row.split(" | ")[0].strip("| *"): row for row in rows[2:]}
    # at 0.35: held 3 of 4, absent 1 of 2, elsewhere 1 of 2; wrong 1 + 0.5 of 3 + 0.5
    assert table["0.35"] == "| **0.35** | **75%** | **50%** | **50%** | **43%** |"
    assert table["0.5"] == "| 0.5 | 50% | 0% | 0% | 0% |"
    assert table["0.1"] == "| 0.1 | 100% | 50% | 50% | 33% |"


def test_a_threshold_that_answers_nothing_has_no_risk() -> None:
    table = risk_table(np.array([0.5]), np.array([True]), np.array(["held"]), 0.3)
    assert table.splitlines()[-1] == "| 0.9 | 0% | – | – | – |"


def test_the_table_is_put_between_its_marks(tmp_path: Path) -> None:
    readme = tmp_path / "README.md"
    readme.write_text(f"a\n{BEGIN}\nold\n{END}\nb\n", encoding="utf-8")
    write_table(readme, "| new |")
    assert readme.read_text(encoding="utf-8") == f"a\n{BEGIN}\n\n| new |\n\n{END}\nb\n"
    readme.write_text("nothing", encoding="utf-8")
    with pytest.raises(ValueError, match="has no place for the table"):
        write_table(readme, "| new |")


def test_the_readme_has_the_table_with_the_default_threshold() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    [table] = [text.partition(BEGIN)[2].partition(END)[0].strip()]
    default = next(f.default for f in Settings.__dataclass_fields__.values() if f.name == "threshold")
    assert table.startswith(HEAD)
    assert f"| **{default:g}** |" in table
