"""(question, history) -> the readings of a question: alone, and, where it leans on the last one, joined with it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.types import Turn
from prompts import leaning_words

FEW = 3  # a question of so few words seldom stands alone


def readings(question: str, history: Sequence[Turn]) -> tuple[str, ...]:
    """The question alone, first; then the last question and this one together, if this one leans on it."""
    if not history or not _leans(question):
        return (question,)
    return (question, f"{history[-1].question} {question}")


def _leans(question: str) -> bool:
    found = re.findall(r"\w+", question.casefold())
    return len(found) <= FEW or any(word in leaning_words() for word in found)
