"""Of two figures in one span, which is shown."""

from __future__ import annotations

import pytest

from assistant.narrow import narrowed
from index.types import Span

CARD = "Die Tageskarte kostet 4,50 Euro für Erwachsene und 2,50 Euro für Kinder."
SPEED = "No vessel shall exceed 6 knots within the inner harbour or 10 knots in the approach channel."
NOISE = "No podrá superar los 55 decibelios de día ni los 45 decibelios de noche."
BARS = "Las terrazas cerrarán a las 0:30 de domingo a jueves, y a la 1:30 los viernes."
ENTRY = "L'entrée coûte aux adultes 12 euros et aux enfants 5 euros."
STAFF = "Elle emploie 40 salariés à Lyon et 25 à Paris."
POOL = "It is 4 euros for adults and 2 euros for children in the town pool."
FEES = "The museum charges adults 12 euros and children 5 euros."
FINE = "Son 50 euros por la primera falta y 100 euros por la segunda."


@pytest.mark.parametrize(
    ("sentence", "span", "question", "language", "shown"),
    [
        (CARD, "4,50 Euro für Erwachsene und 2,50 Euro", "Was zahlen Kinder?", "de", "2,50 Euro"),
        (CARD, "4,50 Euro für Erwachsene und 2,50 Euro", "Was zahlen Erwachsene?", "de", "4,50 Euro"),
        (CARD, "4,50 Euro für Erwachsene und 2,50 Euro", "Was kostet die Karte?", "de", None),
        (CARD, "4,50 Euro für Erwachsene und 2,50 Euro", "Was zahlen Kinder, was Erwachsene?", "de", None),
        (CARD, "4,50 Euro für Erwachsene und 2,50 Euro", "What do Kinder pay?", "en", None),
        (SPEED, "6 knots within the inner harbour or 10 knots", "How fast in the inner harbour?", "en", "6 knots"),
        (SPEED, "6 knots within the inner harbour or 10 knots", "How fast in the channel?", "en", "10 knots"),
        (NOISE, "55 decibelios de día ni los 45 decibelios", "¿Cuánto ruido de noche?", "es", "45 decibelios"),
        (BARS, "0:30 de domingo a jueves, y a la 1:30", "¿Cuándo cierran los viernes?", "es", "1:30"),
        (ENTRY, "12 euros et aux enfants 5 euros", "Que paient les enfants ?", "fr", "5 euros"),
        (ENTRY, "12 euros et aux enfants 5 euros", "Que paient les adultes ?", "fr", "12 euros"),
        (ENTRY, "12 euros et aux enfants 5 euros", "Que coûte l'entrée ?", "fr", None),
        (STAFF, "40 salariés à Lyon et 25", "Combien de salariés ?", "fr", None),
        (STAFF, "40 salariés à Lyon et 25", "Combien de salariés à Paris ?", "fr", "25"),
        (POOL, "4 euros for adults and 2 euros", "What is the entry of the town pool?", "en", None),
        (POOL, "4 euros for adults and 2 euros", "What do adults pay in the town pool?", "en", "4 euros"),
        (FEES, "12 euros and children 5 euros", "What does the museum charge?", "en", None),
        (FINE, "50 euros por la primera falta y 100 euros", "¿Qué multa hay por una falta?", "es", None),
        ("It takes 800 and 1,000 visitors.", "800 and 1,000", "How many visitors?", "en", None),
        ("Adults: 12 euros; Children: 5 euros", "12 euros; Children: 5 euros", "Children?", "en", None),
    ],
)  # fmt: skip
def test_the_figure_that_stands_with_words_of_the_question(
    sentence: str, span: str, question: str, language: str, shown: str | None
) -> None:
    text, start = f"Avant. {sentence}", 7 + sentence.index(span)
    quote = Span(7, len(text))
    written = "de" if sentence == CARD else language
    found = narrowed(text, Span(start, start + len(span)), quote, written, question, language)
    assert text[found.start : found.end] == (shown or span)
