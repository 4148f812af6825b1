"""When a question leans on the last one."""

from __future__ import annotations

import pytest

from assistant.followup import readings
from assistant.types import Turn

HISTORY = (Turn("Who wrote it?", "Nobody."), Turn("What is Current AI?", "A foundation."))


@pytest.mark.parametrize("question", ["And who runs it?", "Why?", "Et son budget ?", "What are its members?"])
def test_a_leaning_question_is_also_read_with_the_last_one(question: str) -> None:
    assert readings(question, HISTORY) == (question, f"What is Current AI? {question}")


@pytest.mark.parametrize(
    "question", ["When does the library in Valbrune open?", "Combien coûte la rénovation ?"]
)
def test_a_complete_question_is_never_bent(question: str) -> None:
    assert readings(question, HISTORY) == (question,)


def test_without_a_history_there_is_one_reading() -> None:
    assert readings("Why?", ()) == ("Why?",)
