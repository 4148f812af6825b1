"""What is shown of a span: whole figures and dates, no stray marks, nothing outside of its sentence."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.trim import trim
from index.types import Span

ARTICLE = (
    "Cette fondation, dotée dans un premier temps de 400 millions d ‘euros, aura pour objectif de fournir."
)
SUMMIT = "Le sommet organisé par la France les 10 et 11 février est donc l’occasion d’ouvrir le débat."


@pytest.mark.parametrize(
    ("sentence", "span", "shown", "language"),
    [
        (ARTICLE, "400", "400 millions d ‘euros", "fr"),
        (ARTICLE, "millions", "400 millions d ‘euros", "fr"),
        (ARTICLE, "de 400 millions", "de 400 millions d ‘euros", "fr"),
        (ARTICLE, "400 millions d ‘euros,", "400 millions d ‘euros", "fr"),
        (SUMMIT, "10", "10 et 11 février", "fr"),
        (SUMMIT, "11 février", "10 et 11 février", "fr"),
        (SUMMIT, "les 10 et 11 février", "les 10 et 11 février", "fr"),
        ("It began on 10 February 2025, in Paris.", "10 February", "10 February 2025", "en"),
        ("It began on February 10, 2025, in Paris.", "February 10", "February 10, 2025", "en"),
        ("Se celebró el 10 de febrero de 2025 en París.", "10 de febrero", "10 de febrero de 2025", "es"),
        ("Es begann am 10. Februar 2025 in Paris.", "10.", "10. Februar 2025", "de"),
        ("Si aprì il 10 febbraio 2025 a Parigi.", "febbraio", "febbraio 2025", "it"),
        ("Começou em 10 de fevereiro de 2025.", "2025", "2025", "pt"),
        ("Começou em 10 de fevereiro de 2025.", "10", "10 de fevereiro de 2025", "pt"),
        ("It cost €400 in all.", "400", "€400", "en"),
        ("La ville a payé 60\u202f% du prix.", "60", "60\u202f%", "fr"),
        ("Un habitant consomme 127 litres d'eau.", "127", "127", "fr"),
        ("Un habitant consomme 127 litres d'eau.", "litres", "127 litres", "fr"),
        ("It took twenty-five days.", "five", "twenty-five days", "en"),
        ("They cut 587.000 square kilometres.", "587.000", "587.000", "en"),
        ("It is 5 °C cold.", "5", "5 °C", "en"),
        ("They spent 5 million there.", "5", "5 million", "en"),
        ("La vitesse est de 300 km/h en ligne.", "300 km", "300 km/h", "fr"),
        ("The rate was .5 percent.", ".5 percent", ".5 percent", "en"),
        ("It is made with .NET today.", ".NET", ".NET", "en"),
        ("Le coût est de 400 M d'euros.", "400", "400 M d'euros", "fr"),
        ("Il costo è di 3,2 mld di euro.", "3,2", "3,2 mld di euro", "it"),
        ("Il a baptisé son mouvement «Hiatus» en 2025.", "«Hiatus»", "Hiatus", "fr"),
        ("Elle a pris le nom de « Hiatus ».", "Hiatus »", "Hiatus", "fr"),
        ('They call it the "Great" War now.', 'the "Great" War', 'the "Great" War', "en"),
        ('They call it "Great" now.', '"Great"', "Great", "en"),
        ("He moved to the U.S.", "U.S.", "U.S.", "en"),
        ("He moved to Lyon.", "Lyon.", "Lyon", "en"),
        ("Apple Inc. grew.", "Apple Inc.", "Apple Inc.", "en"),
        ("It was Vienna (Austria), then.", "Vienna (Austria),", "Vienna (Austria)", "en"),
        ("He moved to Lyon.", "He moved to Lyon.", "He moved to Lyon.", "en"),
        ("«He moved to Lyon.»", "He moved to Lyon.", "He moved to Lyon.", "en"),
        ("There are at\nmost three wolves there.", "three", "at\nmost three", "en"),
        ("A limit of no more than 7.5 tonnes.", "7.5 tonnes", "no more than 7.5 tonnes", "en"),
        ("They lose up to £90,000 a week.", "£90,000", "up to £90,000", "en"),
        ("He ate 5 apples.", "5", "5", "en"),
        ("Il y eut près de 3 tonnes.", "3 tonnes", "près de 3 tonnes", "fr"),
        ("Es kostet mindestens 5 Millionen Euro.", "5 Millionen Euro", "mindestens 5 Millionen Euro", "de"),
        ("Costará más de 3 millones.", "3 millones", "más de 3 millones", "es"),
        (
            "It costs between £1.4 million and £1.8 million.",
            "£1.4 million and £1.8 million",
            "between £1.4 million and £1.8 million",
            "en",
        ),
        ("Zwischen 800 und 1.000 Besucher.", "800 und 1.000", "Zwischen 800 und 1.000", "de"),
        ("Between us 5 came.", "5", "5", "en"),
        ("Dogs are not allowed there, nor cats.", "Dogs are not", "Dogs are not allowed there", "en"),
        ("It may not exceed 7.5 knots, says Ada.", "It may not", "It may not exceed 7.5 knots", "en"),
        (
            "Es darf nicht mehr als 1.500 Euro sein.",
            "Es darf nicht",
            "Es darf nicht mehr als 1.500 Euro sein",
            "de",
        ),
        ("No podrá superar 3,5 años.", "No", "No podrá superar 3,5 años", "es"),
        ("Ce n'est pas M. Dupont.", "Ce n'est pas", "Ce n'est pas M. Dupont", "fr"),
        ("No se permiten en agosto.", "No", "No se permiten en agosto", "es"),
        (
            'They showed "Nets", "Lines" and "Harbour".',
            '"Nets", "Lines" and "Harbour',
            '"Nets", "Lines" and "Harbour"',
            "en",
        ),
        ("It cost 14 and not 12 million euros.", "12 million euros", "not 12 million euros", "en"),
        ("The board did not approve the sale.", "approve the sale", "not approve the sale", "en"),
        ("Le conseil n'a pas approuvé la vente.", "approuvé", "pas approuvé", "fr"),
        ("Der Rat hat keine Mittel bewilligt.", "Mittel", "keine Mittel", "de"),
        ("Fica no Porto desde então.", "Porto", "Porto", "pt"),
        ("Opus No 5 is short.", "5", "5", "en"),
        ("Faites trois pas vers le nord.", "vers le nord", "vers le nord", "fr"),
        ("Dijo que no María vendrá.", "María", "María", "es"),
        ("Participaron más o menos 300 personas.", "300 personas", "más o menos 300 personas", "es"),
        ("Keep it at minus 20 degrees.", "20 degrees", "minus 20 degrees", "en"),
        ("Of the 40 schools, 12 may be closed.", "12", "12", "en"),
        ("该奖于2023年5月8日颁发。", "2023年", "2023年5月8日", "zh"),
        ("全长1,385公里。", "385", "1,385公里", "zh"),
        ("It is not permitted after 10 pm.", "not permitted after 10 pm.", "not permitted after 10 pm", "en"),
        ("The gate is open from 7 am.", "7", "7 am", "en"),
        ("The gate is open from 7 a.m.", "7", "7 a.m.", "en"),
        ("It opens at 7 am. and shuts at 9.", "7 am.", "7 am.", "en"),
        ("?!", "?!", "?!", "en"),
    ],
)
def test_what_is_shown(sentence: str, span: str, shown: str, language: str) -> None:
    before = "400 avant. 10 février "
    text = f"{before}{sentence} 2025 euros"
    start = len(before) + sentence.index(span)
    found = trim(
        text, Span(start, start + len(span)), Span(len(before), len(before) + len(sentence)), language
    )
    assert text[found.start : found.end] == shown


@given(
    st.text(st.characters(codec=None), min_size=1, max_size=60)
    | st.text(
        st.sampled_from("«»\"'()., 0123456789€%\u202f\u00a0éàmillionsdeurofv"), min_size=1, max_size=60
    ),
    st.sampled_from(["en", "fr", "de", "xx"]),
    st.data(),
)
@settings(deadline=None, max_examples=500)
def test_it_stays_in_the_sentence_and_is_never_empty(text: str, language: str, data: st.DataObject) -> None:
    low = data.draw(st.integers(0, len(text) - 1))
    high = data.draw(st.integers(low + 1, len(text)))
    start = data.draw(st.integers(low, high - 1))
    end = data.draw(st.integers(start + 1, high))
    found = trim(text, Span(start, end), Span(low, high), language)
    assert low <= found.start < found.end <= high
    assert trim(text, found, Span(low, high), language) == found
