"""The README's table of thresholds: what each of them answers, and how much of that is wrong."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

THRESHOLDS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
BEGIN = "<!-- thresholds: written by `python -m training.calibrate DATA --reader span` -->"
END = "<!-- thresholds end -->"
COLUMNS = (
    "`threshold`",
    "answers, of what the sources hold",
    "of what they only come near",
    "of what is about something else",
    "wrong, of the answers given",
)
HEAD = f"| {' | '.join(COLUMNS)} |\n{'|---' * len(COLUMNS)}|"
ABSENT = 0.5  # the weight of a question that they only come near: of three, two have an answer


def risk_table(p: NDArray[np.float64], right: NDArray[np.bool_], kinds: NDArray[np.str_], now: float) -> str:
    """Markdown: a row for each threshold, that of `now` in bold. `p` are confidences of best candidates, `kinds`
    "held", "absent" or "elsewhere"; the last column leaves "elsewhere" out.
    """
    rows = []
    for threshold in sorted({*THRESHOLDS, now}):
        given = p >= threshold
        shares = [_share(given[kinds == kind]) for kind in ("held", "absent", "elsewhere")]
        weights = np.select([kinds == "held", kinds == "absent"], [1.0, ABSENT], 0.0) * given
        wrong = _share(~right, weights)
        cells = [f"{threshold:g}", *shares, wrong]
        rows.append("| " + " | ".join(f"**{cell}**" if threshold == now else cell for cell in cells) + " |")
    return "\n".join([HEAD, *rows])


def write_table(readme: Path, table: str) -> None:
    """Put the table in its place in the README. Raises ValueError where the place is not marked."""
    text = readme.read_text(encoding="utf-8")
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{readme} has no place for the table: put the lines {BEGIN} and {END} into it")
    readme.write_text(f"{before}{BEGIN}\n\n{table}\n\n{END}{after}", encoding="utf-8")


def _share(marked: NDArray[np.bool_], weights: NDArray[np.float64] | None = None) -> str:
    total = len(marked) if weights is None else weights.sum()
    return f"{100 * np.average(marked, weights=weights):.0f}%" if total else "–"
