"""The bent files of benchmarks/fuzz.py are the same each time, so that a fault can be looked at again."""

from __future__ import annotations

import pytest
from test_formats import made

from benchmarks.mutations import LONGEST, mutated


@pytest.mark.parametrize("suffix", [".docx", ".eml", ".json", ".srt"])
def test_the_same_number_gives_the_same_file(suffix: str) -> None:
    good = made(suffix)
    bent = [mutated(good, number, suffix) for number in range(40)]
    assert bent == [mutated(good, number, suffix) for number in range(40)]
    assert len(set(bent)) > 30
    assert sum(one == good for one in bent) < 5
    assert max(map(len, bent)) < 3 * LONGEST
