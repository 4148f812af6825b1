"""What can be asked, and which language it is in."""

from __future__ import annotations

import pytest

from assistant.question import LIMIT, check_question, question_language
from index.errors import UsageError


def test_white_space_round_a_question_goes() -> None:
    assert check_question("  Who?\n") == "Who?"


@pytest.mark.parametrize(
    ("question", "says"),
    [
        pytest.param("", "is empty", id="empty"),
        pytest.param(" \t\n ", "is empty", id="white space"),
        pytest.param("?!…—", "holds no word", id="punctuation"),
        pytest.param("a" * 20_000, "20,000 characters", id="far too long"),
        pytest.param("a" * (LIMIT + 1), "fewer words", id="just too long"),
    ],
)
def test_what_cannot_be_asked_says_why(question: str, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        check_question(question)


def test_the_longest_question_passes() -> None:
    assert len(check_question("a" * LIMIT)) == LIMIT


@pytest.mark.parametrize(
    ("question", "language"),
    [
        ("When is the summit?", "en"),
        ("Who wrote Les Misérables?", "en"),
        ("“What is Current AI's funding?”", "en"),
        ("Qui finance Current AI ?", "fr"),
        ("Que signifie UMC ?", "fr"),
        ("Qu’est-ce que c’est ?", "fr"),
        ("Wie hoch ist die Finanzierung von Current AI?", "de"),
        ("¿Cuál es la financiación de Current AI?", "es"),
        ("Qual è il finanziamento di Current AI?", "it"),
        ("Qual é o financiamento da Current AI?", "pt"),
        ("Какое финансирование у Current AI?", "ru"),
        ("法国的资金是多少？", "zh"),
        ("Current AI", "en"),
    ],
)
def test_the_language_of_short_questions(question: str, language: str) -> None:
    assert question_language(question) == language
