"""The three faces of a reply; what comes from a source can neither command a terminal nor mark up a page."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.render import confidence_words, dumps, escape, one_line, to_json, to_markdown, to_text, visible
from assistant.types import Answer, Citation, IndexState, PassageUse, Reply
from index.types import Hit, Passage

TEXT = "Avant. La fondation reçoit 400 millions d'euros. Après."
QUOTE = "La fondation reçoit 400 millions d'euros."
SPAN = "400 millions d'euros"
ANY = st.text(st.characters(codec=None), max_size=60)  # lone surrogates too


def citation(
    number: int = 1, text: str = TEXT, quote: str = QUOTE, span: str = SPAN, **fields: object
) -> Citation:
    begin, start = text.index(quote), text.index(quote) + quote.index(span)
    made = Citation(
        number=number,
        document="notes/a.md",
        title="Notes",
        language="fr",
        page=None,
        start=start,
        end=start + len(span),
        quote=quote,
        quote_start=begin,
        quote_end=begin + len(quote),
        prefix=text[max(0, begin - 32) : begin],
        suffix=text[begin + len(quote) :][:32],
        source_sha256="a" * 64,
        text_sha256="b" * 64,
    )
    return replace(made, **fields)  # type: ignore[arg-type]


def use(rank: int, text: str, used: bool = False) -> PassageUse:
    passage = Passage(f"d{rank}.txt", 10 * rank, 10 * rank + len(text), text, "en", context="never shown")
    return PassageUse(Hit(passage, rank, 1 / rank, 0.8, 0.1), used)


def reply(*citations: Citation, passages: tuple[PassageUse, ...] = (), reason: str = "") -> Reply:
    answers = (Answer(SPAN, 0.9, citations),) if citations else ()
    return Reply(
        question="Combien ?",
        readings=("Combien ?",),
        status="answered" if answers else "refused",
        reason="" if answers else reason or "The sources say nothing about this.",
        answers=answers,
        passages=passages,
        index=IndexState("g1", 2, 5, "bag", "2025-02-10T12:00:00+00:00"),
        language="fr",
        timings_ms={"encode": 1.5},
    )


def test_json_holds_exactly_the_contract() -> None:
    value = to_json(
        reply(
            citation(
                page=3,
                unit="page",
                place="3",
                author="Ada",
                date="2025",
                address="https://a.example/b",
                tags=("water", "law"),
                copies=("b.md",),
                ocr=0.87,
                offsets="extracted",
            ),
            passages=(use(1, "one", True),),
        )
    )
    assert value == {
        "question": "Combien ?",
        "readings": ["Combien ?"],
        "status": "answered",
        "reason": "",
        "refusal": "",
        "answers": [
            {
                "text": SPAN,
                "confidence": 0.9,
                "citations": [
                    {
                        "number": 1,
                        "document": "notes/a.md",
                        "title": "Notes",
                        "language": "fr",
                        "page": 3,
                        "start": 27,
                        "end": 47,
                        "quote": QUOTE,
                        "quote_start": 7,
                        "quote_end": 48,
                        "prefix": "Avant. ",
                        "suffix": " Après.",
                        "source_sha256": "a" * 64,
                        "text_sha256": "b" * 64,
                        "unit": "page",
                        "place": "3",
                        "author": "Ada",
                        "date": "2025",
                        "address": "https://a.example/b",
                        "tags": ("water", "law"),
                        "copies": ("b.md",),
                        "ocr": 0.87,
                        "offsets": "extracted",
                    }
                ],
            }
        ],
        "several": False,
        "disagreement": [],
        "closest": None,
        "support": [],
        "read": 0,
        "passages": [
            {
                "rank": 1,
                "document": "d1.txt",
                "language": "en",
                "start": 10,
                "end": 13,
                "text": "one",
                "score": 1.0,
                "dense": 0.8,
                "lexical": 0.1,
                "confidence": None,
                "words": [],
                "used": True,
            }
        ],
        "index": {
            "generation": "g1",
            "documents": 2,
            "passages": 5,
            "model": "bag",
            "built_at": "2025-02-10T12:00:00+00:00",
        },
        "timings_ms": {"encode": 1.5},
    }
    assert TEXT[27:47] == SPAN


def test_json_of_a_refusal() -> None:
    value = to_json(reply(passages=(use(1, "near"),)))
    assert (value["status"], value["reason"], value["answers"]) == (
        "refused",
        "The sources say nothing about this.",
        [],
    )
    assert value["passages"][0]["used"] is False


def test_a_disagreement_is_said_first_and_a_closest_statement_after_the_reason() -> None:
    two = Answer(SPAN, 0.7, (citation(2, document="b.md"),))
    both = replace(reply(citation()), disagreement=(1, 2))
    both = replace(both, answers=(*both.answers, two))
    assert to_text(both, "en").startswith("The sources disagree: [1], [2] cannot all be right.\n\n[1] ")
    assert to_json(both)["disagreement"] == [1, 2]
    near = Answer(QUOTE, 0.2, (citation(start=7, end=48),))
    refused = replace(reply(), refusal="uncertain", closest=near)
    assert to_text(refused, "en") == (
        "The sources say nothing about this.\n\nThe closest statement, which is not an answer:\n"
        f"  {QUOTE}\n  notes/a.md, characters 7-48 · low confidence"
    )
    assert to_json(refused)["closest"]["text"] == QUOTE
    assert to_json(refused)["closest"]["citations"][0]["quote"] == QUOTE


@given(ANY, st.booleans())
@settings(deadline=None, max_examples=300)
def test_json_text_gives_back_every_character(text: str, ascii_only: bool) -> None:
    printed = dumps({"text": text}, ascii_only=ascii_only)
    printed.encode("utf-8")  # no lone surrogate is left to break a stream
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", printed)
    if not re.search("[\ud800-\udbff][\udc00-\udfff]", text):  # JSON reads such a pair as one character
        assert json.loads(printed) == {"text": text}


def test_json_text_stays_readable() -> None:
    assert dumps({"a": "d'été ‘euros’ 🙂"}, indent=None) == '{"a": "d\'été ‘euros’ 🙂"}'
    assert dumps("é", ascii_only=True) == '"\\u00e9"'
    assert dumps("\ud800\x9b") == '"\\ud800\\u009b"'


def test_text_marks_the_answer_in_its_sentence() -> None:
    assert to_text(reply(citation()), "en") == (
        "[1] La fondation reçoit ⟦400 millions d'euros⟧.\n    notes/a.md, characters 27-47 · high confidence"
    )
    shown = to_text(reply(citation(page=2, unit="page", place="2", offsets="extracted")), "fr", bold=True)
    assert shown == (
        "[1] La fondation reçoit \x1b[1m400 millions d'euros\x1b[0m.\n"
        "    notes/a.md, page 2, caractères 27 à 47 de son texte extrait · confiance élevée"
    )


def test_brackets_are_never_those_of_the_source() -> None:
    quote = "Le ⟦ reçoit 400 millions d'euros ⟫."
    shown = to_text(reply(citation(text=quote, quote=quote)), "en")
    assert "Le ⟦ reçoit ⦗400 millions d'euros⦘ ⟫." in shown


def test_citations_and_answers_are_told_apart() -> None:
    two = Answer(SPAN, 0.7, (citation(2, document="b.md"), citation(3, document="c.md")))
    shown = to_text(replace(reply(citation()), answers=(Answer(SPAN, 0.9, (citation(),)), two)), "en")
    first, second = shown.split("\n\n")
    assert [line[:3] for line in first.splitlines()] == ["[1]", "   "]
    assert [line.split(",")[0].strip() for line in second.splitlines()[1::2]] == ["b.md", "c.md"]
    assert "[2]" in second
    assert "[3]" in second
    assert second.count("fair confidence") == 2


def test_a_sentence_over_several_lines_keeps_them() -> None:
    quote = "La fondation\r\nreçoit 400\nmillions."
    shown = to_text(reply(citation(text=quote, quote=quote, span="400\nmillions")), "en")
    assert shown.startswith("[1] La fondation\n    reçoit ⟦400\n    millions⟧.\n    notes/a.md")


def test_refusal_shows_the_three_closest_as_not_used() -> None:
    uses = (use(2, "second"), use(1, "first\nline"), use(4, "fourth"), use(3, "x" * 400))
    assert to_text(reply(passages=uses), "en") == (
        "The sources say nothing about this.\n\nThe closest passages, not used:\n"
        "- not used: d1.txt, characters 10-20\n  first\n  line\n"
        "- not used: d2.txt, characters 20-26\n  second\n"
        f"- not used: d3.txt, characters 30-430\n  {'x' * 300}…"
    )
    assert to_text(reply(reason="Rien."), "fr") == "Rien."
    assert "non utilisé : d1.txt" in to_text(reply(passages=uses), "fr")


@given(ANY.filter(lambda text: text.strip() != ""), st.booleans())
@settings(deadline=None, max_examples=200)
def test_nothing_from_a_source_commands_the_terminal(text: str, answered: bool) -> None:
    shown = (
        to_text(reply(citation(text=text, quote=text, span=text, document=text)), "en")
        if answered
        else to_text(reply(passages=(use(1, text),)), "en")
    )
    shown.encode("utf-8")
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]", shown.replace("\t", ""))


def test_placeholders() -> None:
    assert visible("a\x1b[31mb\x00\x7f\x9b\u202e\ud800\r\n\tc\rd") == (
        "a␛[31mb␀␡⟨U+009B⟩⟨U+202E⟩⟨U+D800⟩\n\tc␍d"
    )
    assert one_line("a\nb\tc\r\n") == "a␊b␉c␍␊"
    assert visible("d'été 🙂 שלום e\u0301 \u00a0 \u200f") == "d'été 🙂 שלום e\u0301 \u00a0 \u200f"


def test_markdown_quotes_and_names_the_place() -> None:
    assert to_markdown(Answer(SPAN, 0.9, (citation(page=4, unit="page", place="4"),))) == (
        "> La fondation reçoit **400 millions d'euros**.\n>\n"
        f"> \\[1\\] Notes (notes/a.md, page 4, characters 27-47; SHA-256 {'a' * 64})"
    )
    both = to_markdown(Answer(SPAN, 0.9, (citation(1), citation(2))), "fr")
    assert both.count("\n\n> La fondation") == 1
    assert "\\[2\\] Notes (notes/a.md, caractères 27 à 47;" in both


def test_markdown_shows_markup_as_text() -> None:
    quote = "<b>x</b> [a](http://b) `c` 5*6 a_b #d |\n- item\n1. one\n    code & $e$ ![i](j) = \\n\n===\n> q"
    shown = to_markdown(Answer("x", 1, (citation(text=quote, quote=quote, span="x"),)))
    lines = shown.split("\n")
    assert lines[0] == "> \\<b\\>**x**\\</b\\> \\[a\\](http://b) \\`c\\` 5\\*6 a\\_b \\#d \\|"
    assert lines[1:6] == [
        "> \\- item",
        "> 1\\. one",
        "> code \\& \\$e\\$ !\\[i\\](j) = \\\\n",
        "> \\===",
        "> \\> q",
    ]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a-b", "a-b"),
        ("-b", "\\-b"),
        ("2025. x", "2025\\. x"),
        (". x", ". x"),
        ("2-3", "2-3"),
        ("3) x", "3\\) x"),
        ("d'or", "d'or"),
        ("1.5", "1\\.5"),
    ],
)
def test_escape(text: str, shown: str) -> None:
    assert escape(text) == shown


def test_bold_markdown_leaves_white_space_outside() -> None:
    quote = "a b c"
    made = citation(text=quote, quote=quote, span=" b ")
    assert to_markdown(Answer(" b ", 1, (made,))).startswith("> a **b** c\n")


@pytest.mark.parametrize(
    ("confidence", "en", "fr"),
    [
        (1.0, "high confidence", "confiance élevée"),
        (0.85, "high confidence", "confiance élevée"),
        (0.84, "fair confidence", "confiance moyenne"),
        (0.65, "fair confidence", "confiance moyenne"),
        (0.64, "low confidence", "confiance faible"),
        (0.0, "low confidence", "confiance faible"),
    ],
)
def test_confidence_in_words(confidence: float, en: str, fr: str) -> None:
    assert (confidence_words(confidence, "en"), confidence_words(confidence, "fr")) == (en, fr)
    assert confidence_words(confidence, "it") == en
