"""Language detection: values for real sentences and questions, the fallback for what says nothing."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.language import detect

SENTENCES = {
    "en": "The city council met on Tuesday and voted to rebuild the old bridge before winter.",
    "fr": "Le conseil municipal s’est réuni mardi et a voté la reconstruction du vieux pont.",
    "de": "Der Stadtrat tagte am Dienstag und beschloss, die alte Brücke wieder aufzubauen.",
    "es": "El ayuntamiento se reunió el martes y decidió reconstruir el viejo puente de piedra.",
    "it": "Il consiglio comunale si è riunito martedì e ha deciso di ricostruire il vecchio ponte.",
    "pt": "A câmara municipal reuniu-se na terça-feira e decidiu reconstruir a velha ponte.",
    "nl": "De gemeenteraad kwam dinsdag bijeen en besloot de oude brug te herbouwen.",
    "pl": "Rada miasta zebrała się we wtorek i postanowiła odbudować stary most.",
    "ru": "Городской совет собрался во вторник и решил восстановить старый мост.",
    "el": "Το δημοτικό συμβούλιο συνεδρίασε την Τρίτη και αποφάσισε να ξαναχτίσει τη γέφυρα.",
    "ar": "اجتمع مجلس المدينة يوم الثلاثاء وقرر إعادة بناء الجسر القديم.",
    "he": "מועצת העיר התכנסה ביום שלישי והחליטה לבנות מחדש את הגשר הישן.",
    "zh": "市议会星期二开会，决定重建旧桥。",
    "ja": "市議会は火曜日に開かれ、古い橋を建て直すことを決めた。",
    "ko": "시의회는 화요일에 모여 오래된 다리를 다시 짓기로 결정했다.",
}


@pytest.mark.parametrize("language", SENTENCES)
def test_a_sentence_of_each_language(language: str) -> None:
    assert detect(SENTENCES[language], "xx") == language


@pytest.mark.parametrize(
    ("question", "language"),
    [
        ("what is Current AI's funding?", "en"),
        ("When is the summit?", "en"),
        ("Quel est le financement de Current AI ?", "fr"),
        ("Qui a écrit Les Misérables ?", "fr"),
        ("Wie hoch ist die Finanzierung von Current AI?", "de"),
        ("¿Cuál es la financiación de Current AI?", "es"),
        ("東京はどこですか", "ja"),
    ],
)
def test_a_question(question: str, language: str) -> None:
    assert detect(question, "xx") == language


@pytest.mark.parametrize(
    "text", ["", " ", "12 + 3", "…?!", "OK", "Current AI", "\0\ud800", "🙂🙂🙂🙂", "funding"]
)
def test_too_little_to_tell_gives_the_fallback(text: str) -> None:
    assert detect(text, "fr") == "fr"
    assert detect(text) == "en"


def test_another_script_beats_a_fallback_that_has_none_of_it() -> None:
    assert detect("你好", "fr") == "zh"
    assert detect("Где Москва?", "en") == "ru"
    assert detect("Где Москва?", "bg") == "bg"  # unsure, and the fallback is written so


def test_a_title_in_another_language_does_not_sway_a_long_text() -> None:
    assert detect("Les Misérables\n\n" + SENTENCES["en"] * 3, "fr") == "en"


def test_only_the_beginning_of_a_long_text_is_read() -> None:
    assert detect(SENTENCES["fr"] * 300 + SENTENCES["en"] * 100_000) == "fr"


@given(text=st.text(max_size=200), fallback=st.sampled_from(["en", "fr", "ja"]))
@settings(deadline=None, max_examples=200)
def test_any_text_gives_two_letters(text: str, fallback: str) -> None:
    language = detect(text, fallback)
    assert len(language) == 2
    assert language.isalpha()
    assert language.islower()
