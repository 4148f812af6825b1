"""In how many documents an answer stands, in whose language, and of what date: said in each of our languages."""

from __future__ import annotations

from dataclasses import replace

import pytest
from test_render import citation, reply

from assistant.provenance import dated, in_documents, untranslated
from assistant.render import to_markdown, to_text
from assistant.types import Answer
from prompts import LANGUAGES, language_name

ONE = citation(1, text_sha256="1" * 64)
SAME_PLACE_TWICE = replace(ONE, number=2)
COPY = replace(ONE, number=2, document="copy.txt")
OTHER = replace(ONE, number=2, document="other.txt", text_sha256="2" * 64)
THIRD = replace(ONE, number=3, document="third.txt", text_sha256="3" * 64)


@pytest.mark.parametrize(
    ("citations", "said"),
    [
        pytest.param((ONE,), "", id="one citation names its own"),
        pytest.param((ONE, OTHER), "in 2 documents", id="two"),
        pytest.param((ONE, OTHER, THIRD), "in 3 documents", id="three"),
        pytest.param((ONE, SAME_PLACE_TWICE), "in 1 document", id="twice in one"),
        pytest.param((ONE, COPY), "in 1 document", id="a copy says nothing more"),
        pytest.param((ONE, COPY, THIRD), "in 2 documents", id="a copy and another"),
    ],
)
def test_documents_are_counted_by_their_text(citations: tuple, said: str) -> None:  # type: ignore[type-arg]
    assert in_documents(Answer("x", 0.9, citations), "en") == said


@pytest.mark.parametrize(
    ("language", "documents", "quoted", "date"),
    [
        ("en", "in 2 documents", "quoted in French, as it stands there; nothing was translated", "dated 2024"),
        ("fr", "dans 2 documents", "cité en français, tel quel ; rien n’a été traduit", "date : 2024"),
        ("de", "in 2 Dokumenten", "zitiert auf Französisch, wie es dort steht; nichts wurde übersetzt", "Datum: 2024"),
        ("es", "en 2 documentos", "citado en francés, tal como figura allí; no se ha traducido nada", "fecha: 2024"),
    ],
)  # fmt: skip
def test_it_is_said_in_each_language(language: str, documents: str, quoted: str, date: str) -> None:
    dateless, other = replace(ONE, date=""), replace(OTHER, date="2024")
    said = replace(reply(dateless, other), language="en")
    assert to_text(said, language).splitlines()[1:] == [
        f"    {part}"
        for part in (
            f"notes/a.md, {place(language)} · {sure(language)}",
            quoted,
        )
    ] + [
        "[2] La fondation reçoit ⟦400 millions d'euros⟧.",
        f"    other.txt, {place(language)} · {date} · {sure(language)}",
        f"    {quoted}",
        f"    {documents}",
    ]


def place(language: str) -> str:
    return {
        "en": "characters 27-47", "fr": "caractères 27 à 47", "de": "Zeichen 27 bis 47", "es": "caracteres 27 a 47",
    }[language]  # fmt: skip


def sure(language: str) -> str:
    return {
        "en": "high confidence", "fr": "confiance élevée", "de": "hohe Gewissheit", "es": "confianza alta",
    }[language]  # fmt: skip


def test_a_quote_in_the_question_s_language_says_nothing_of_it() -> None:
    assert untranslated(ONE, "fr", "en") == ""
    assert "translated" not in to_text(reply(ONE), "en")
    assert dated(ONE, "en") == ""


def test_the_closest_statement_says_so_too() -> None:
    refused = replace(reply(reason="Nothing."), language="en", closest=Answer("x", 0.2, (ONE,)))
    assert "\n  quoted in French, as it stands there; nothing was translated" in to_text(refused, "en")


def test_a_copied_quote_carries_its_date() -> None:
    digest = "a" * 64
    dated_one = Answer("x", 0.9, (replace(ONE, date="2024-05-01"),))
    assert to_markdown(dated_one).endswith(f"characters 27-47; 2024-05-01; SHA-256 {digest})")
    assert to_markdown(Answer("x", 0.9, (ONE,))).endswith(f"characters 27-47; SHA-256 {digest})")


def test_a_date_cannot_command_a_terminal() -> None:
    said = to_text(reply(replace(ONE, date="2024\x1b[2J")), "en")
    assert "\x1b" not in said
    assert "dated 2024␛[2J" in said


@pytest.mark.parametrize("language", LANGUAGES)
def test_languages_are_named_in_each_language(language: str) -> None:
    names = {"en": "Spanish", "fr": "espagnol", "de": "Spanisch", "es": "español"}
    assert language_name("es", language) == names[language]
    assert language_name("tlh", language) == "tlh"
    assert language_name("es", "xx") == "Spanish"
