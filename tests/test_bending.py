"""Follow-ups whose readings were bent into nonsense once, and what they are taken to mean."""

from __future__ import annotations

import pytest

from assistant.followup import readings
from assistant.nouns import group_end, verb_start
from assistant.types import Turn
from prompts import followup_words


def read(last: str, question: str, answer: str = "") -> list[str]:
    return [one.text for one in readings(question, [Turn(last, answer)])][1:-1]  # neither alone nor joined


@pytest.mark.parametrize(
    ("last", "question", "meant"),
    [
        (
            "How much will the renovation of the swimming pool cost?",
            "When was it built?",
            ["When was the renovation of the swimming pool built?", "When was the swimming pool built?"],
        ),
        ("When does the city museum open?", "Who runs it?", ["Who runs the city museum?"]),
        ("How much did the salt battery cost in 2023?", "Who made it?", ["Who made the salt battery?"]),
        (
            "When was the stone tower of the lighthouse built?",
            "Who designed it?",
            ["Who designed the stone tower of the lighthouse?", "Who designed the lighthouse?"],
        ),
        (
            "Combien d'enfants l'école maternelle accueillera-t-elle ?",
            "Et quand ouvrira-t-elle ?",
            ["Quand ouvrira l'école maternelle?"],
        ),
        (
            "Quand est-ce que la piscine municipale ouvre ?",
            "Qui la dirige ?",
            ["Qui dirige la piscine municipale?"],
        ),
    ],
)
def test_a_topic_ends_before_the_verb(last: str, question: str, meant: list[str]) -> None:
    assert read(last, question) == meant


@pytest.mark.parametrize(
    ("language", "text", "group", "verb"),
    [
        ("en", "By how much does the annual rent rise", "the annual rent", "rise"),
        ("en", "What is the maximum speed", "the maximum speed", None),
        ("en", "Who is the retired mayor of Harwick", "the retired mayor", None),
        ("en", "When does the pool open", "the pool", "open"),
        ("en", "Does the pool", "the pool", None),
        ("fr", "Quand ouvre la piscine municipale", "la piscine municipale", None),
        ("fr", "Quand l'école maternelle ouvrira-t-elle", "l'école maternelle", "ouvrira-t-elle"),
        ("de", "Wann öffnet das neue Museum in Lindach", "das neue Museum", None),
        ("es", "Cuándo abre el museo municipal de Lugo", "el museo municipal", None),
    ],
)
def test_the_thing_behind_an_article_ends_before_a_preposition_and_the_verb(
    language: str, text: str, group: str, verb: str | None
) -> None:
    words, start = followup_words(language), text.index(group)
    assert text[start : group_end(text, start, words)] == group
    at = verb_start(text, start, words)
    assert (text[at:] if at is not None else None) == verb
