"""Words in a document: found without regard to case, accents and white space, each at its own characters."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.finding import MOST, places
from assistant.folding import fold
from index.types import Span


def found(text: str, sought: str) -> list[str]:
    return [text[span.start : span.end] for span in places(text, sought)]


@pytest.mark.parametrize(
    ("text", "sought", "said"),
    [
        ("Un café. Le CAFÉ noir.", "cafe", ["café", "CAFÉ"]),
        ("un cafe\u0301 noir", "café noir", ["cafe\u0301 noir"]),
        ("Die Straße, die STRASSE", "strasse", ["Straße", "STRASSE"]),
        ("Die Straße", "stras", ["Straß"]),
        ("one\r\n  two, one two", " one   two ", ["one\r\n  two", "one two"]),
        ("l’été d'hiver", "L'ÉTÉ", ["l’été"]),
        ("a.c abc", "a.c", ["a.c"]),
        ("exam\u00adple", "example", ["exam\u00adple"]),
        ("nothing", "  ", []),
        ("nothing", "thing more", []),
        ("", "a", []),
        ("\ud800 lone 🙂 end", "🙂 END", ["🙂 end"]),
    ],
)
def test_words_are_found(text: str, sought: str, said: list[str]) -> None:
    assert found(text, sought) == said


def test_they_stand_where_it_says() -> None:
    assert places("ab AB", "ab") == [Span(0, 2), Span(3, 5)]


def test_no_more_than_can_be_shown_are_counted() -> None:
    assert len(places("a " * (MOST + 9), "a")) == MOST + 1


@settings(deadline=None, max_examples=200)
@given(st.text(alphabet="aéß e\u0301\n🙂\u00adÉ", max_size=20), st.data())
def test_what_is_copied_out_of_a_text_is_found_in_it(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    part = text[start : data.draw(st.integers(start, len(text)))]
    sought = " ".join(fold(part).text.split())
    hits = places(text, part)
    assert bool(hits) == bool(sought)
    for span in hits:
        assert sought in " ".join(fold(text[span.start : span.end]).text.split())


def test_ten_million_characters_take_less_than_two_seconds() -> None:
    text = "The wind blew over the café and the straße. " * 230_000 + "Here is the Needle."
    begun = time.process_time()
    assert found(text, "néedle") == ["Needle"]
    assert time.process_time() - begun < 2
