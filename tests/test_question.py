"""What can be asked, and which language it is in."""

from __future__ import annotations

import pytest

from assistant.question import LIMIT, asks_for_a_person, asks_for_several, check_question, question_language
from index.errors import UsageError


def test_white_space_round_a_question_goes() -> None:
    assert check_question("  Who?\n") == "Who?"


@pytest.mark.parametrize(
    ("question", "says"),
    [
        pytest.param("", "is empty", id="empty"),
        pytest.param(" \t\n ", "is empty", id="white space"),
        pytest.param("?!…—", "holds no word", id="punctuation"),
        pytest.param("caf\udce9?", "no UTF-8", id="bytes that are no UTF-8"),
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


@pytest.mark.parametrize(
    ("question", "language", "several"),
    [
        ("Which organisations started the movement?", "en", True),
        ("Who all signed it, and who were the hosts?", "en", True),
        ("What are the four topics?", "en", True),
        ("What topics were discussed?", "en", True),
        ("List the members", "en", True),
        ("What is the boiling point?", "en", False),
        ("Which company makes it?", "en", False),
        ("Which was the first?", "en", False),
        ("Who wrote Les Misérables?", "en", False),
        ("Quels sont les quatre sujets ?", "fr", True),
        ("Qui étaient les hôtes ?", "fr", True),
        ("Dans quelles villes ?", "fr", True),
        ("Quel est le prix ?", "fr", False),
        ("Welche Städte haben teilgenommen?", "de", True),
        ("Welche Stadt ist die Hauptstadt?", "de", False),
        ("¿Cuáles son los temas?", "es", True),
        ("¿Qué organizaciones lo lanzaron?", "es", True),
        ("¿Qué es Hiatus?", "es", False),
        ("Quali sono i temi?", "it", True),
        ("Qual è il tema?", "it", False),
        ("Quais são os temas?", "pt", True),
        ("Qual é o tema?", "pt", False),
        ("Which organisations?", "xx", False),
        ("¿En qué país está Lima?", "es", False),
        ("Em que país fica Lisboa?", "pt", False),
        ("Welcher Architekt baute das Haus?", "de", False),
        ("Welchen Anteil zahlte die Region?", "de", False),
        ("In welchen Städten wohnen sie?", "de", True),
        ("Welche großen Städte nahmen teil?", "de", True),
        ("Which Paris museum was renovated?", "en", False),
        ("Which Paris museums were renovated?", "en", True),
        ("Which Nobel Prizes did she win?", "en", True),
        ("WHICH COUNTRIES JOINED?", "en", True),
        ("Welche drei Städte sind genannt?", "de", True),
        ("Welche Länder nennt der Bericht?", "de", True),
        ("Welche Summe zahlte die Stadt?", "de", False),
        ("Welche Partei gewann?", "de", False),
        ("What share of participants had a car?", "en", False),
        ("Which gas is it?", "en", False),
        ("¿Qué interés tiene?", "es", False),
    ],
)
def test_which_questions_want_a_list(question: str, language: str, several: bool) -> None:
    assert asks_for_several(question, language) is several


@pytest.mark.parametrize(
    ("question", "language", "one"),
    [
        ("Who is the mayor?", "en", True),
        ("Who founded it?", "en", False),
        ("Who is mayor of Lund?", "en", True),
        ("Who is Lund's mayor?", "en", True),
        ("What is the name of the mayor?", "en", True),
        ("Comment s'appelle le maire ?", "fr", True),
        ("Wer ist Bürgermeister von Lund?", "de", True),
        ("¿Quién dirige el museo?", "es", True),
        ("Qui est le maire ?", "fr", True),
        ("Qui est-ce ?", "fr", False),
        ("Wer ist der Bürgermeister?", "de", True),
        ("¿Quién es el alcalde?", "es", True),
        ("Chi è il sindaco?", "it", True),
        ("Quem é o presidente?", "pt", True),
    ],
)
def test_which_questions_want_one_person(question: str, language: str, one: bool) -> None:
    assert asks_for_a_person(question, language) is one
