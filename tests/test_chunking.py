"""Passages: verbatim, complete, of the right size, each with what stands above it as context."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from stubs import BagEncoder
from test_sentences import HOSTILE, uncovered

from index.chunking import Chunking, chunk
from index.headings import first_title, heading_words, is_heading, markdown_title
from index.sentences import sentences
from index.types import Document, Passage, Span

tokens = BagEncoder().count_tokens
SMALL = Chunking(max_tokens=30, min_tokens=12)
SENTENCE = "The council of town number {} voted for a new bridge over the river."  # 14 tokens


def document(text: str, title: str = "", language: str = "en") -> Document:
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    return Document("a/b.md", "md", text, title, language, digest, digest)


def count(text: str) -> int:
    return tokens([text])[0]


def hold_promises(doc: Document, passages: Sequence[Passage]) -> None:
    """What holds of any document: verbatim slices in order, and nothing but white space outside them."""
    for passage in passages:
        assert doc.text[passage.start : passage.end] == passage.text == passage.text.strip() != ""
        assert passage.document == doc.path
    spans = [Span(passage.start, passage.end) for passage in passages]
    assert uncovered(doc.text, spans).strip() == ""
    assert [span.start for span in spans] == sorted({span.start for span in spans})
    assert [span.end for span in spans] == sorted({span.end for span in spans})


@given(text=HOSTILE, small=st.booleans())
@example(text="A\ufeff. \0\u200b", small=True)
@example(text="---\n\n***\n\n___", small=True)
@settings(deadline=None, max_examples=200)
def test_promises_hold_for_hostile_text(text: str, small: bool) -> None:
    doc = document(text, title="T")
    passages = chunk(doc, tokens, Chunking(max_tokens=4, min_tokens=2) if small else Chunking())
    hold_promises(doc, passages)
    if any(map(str.isalnum, text)) and not small:
        assert all(any(map(str.isalnum, passage.text)) for passage in passages)


@pytest.mark.parametrize(
    ("unit", "size"),
    [
        ("a", 1_000_000),
        ("ab ", 1_000_000),
        *[(unit, 200_000) for unit in ("word. ", "e\u0301\u0323", "👩\u200d🚀", "。", "שלום ", "x,y;", "- ")],
    ],
)
def test_promises_hold_for_a_long_text_without_a_newline(unit: str, size: int) -> None:
    doc = document(unit * (size // len(unit)))
    passages = chunk(doc, lambda texts: [1 + len(text) // 3 for text in texts])
    hold_promises(doc, passages)
    assert max(len(passage.text) for passage in passages) <= 180 * 3 + 3


def test_sizes_and_overlap_of_plain_prose() -> None:
    doc = document(" ".join(SENTENCE.format(number) for number in range(100)))
    passages = chunk(doc, tokens)
    hold_promises(doc, passages)
    numbers = [re.findall(r"number (\d+) voted", passage.text) for passage in passages]
    # 11 sentences of 14 tokens leave room for the overlap: 12 make 168 <= 180
    assert numbers[:3] == [
        list(map(str, range(11))),
        list(map(str, range(10, 22))),
        list(map(str, range(21, 33))),
    ]
    assert all(one[-1] == other[0] for one, other in pairwise(numbers[:-1]))
    assert all(80 <= count(passage.text) <= 180 for passage in passages)
    assert all(
        passage.text.startswith("The council") and passage.text.endswith("river.") for passage in passages
    )


@pytest.mark.parametrize("overlap", [0, 1, 2])
def test_overlap_is_counted_in_sentences(overlap: int) -> None:
    doc = document(" ".join(SENTENCE.format(number) for number in range(40)))
    passages = chunk(doc, tokens, Chunking(overlap_sentences=overlap))
    shared = [one.end - other.start for one, other in pairwise(passages[:-1])]
    length = len(SENTENCE.format(10))
    expected = {0: -1, 1: length, 2: 2 * length + 1}[overlap]
    assert set(shared[1:]) == {expected}


def test_a_short_end_is_filled_from_before() -> None:
    doc = document(" ".join(SENTENCE.format(number) for number in range(12)))
    first, second = chunk(doc, tokens)
    assert re.findall(r"number (\d+)", first.text) == list(map(str, range(11)))
    assert re.findall(r"number (\d+)", second.text) == list(map(str, range(6, 12)))  # 6 x 14 >= 80


def test_a_sentence_longer_than_a_passage_is_divided_after_a_clause() -> None:
    clause = "the council of the town voted for a bridge, "
    doc = document("At noon " + clause * 40 + "and went home.")
    passages = chunk(doc, tokens, SMALL)
    hold_promises(doc, passages)
    assert all(count(passage.text) <= 30 for passage in passages)
    assert all(passage.text.endswith(",") for passage in passages[:-1])


def test_repeated_text_keeps_its_own_offsets() -> None:
    doc = document("Same words here. " * 60)
    passages = chunk(doc, tokens, SMALL)
    hold_promises(doc, passages)
    starts = [passage.start for passage in passages]
    # 4 tokens each: 6 new ones and one of before, 7 x 4 <= 30
    assert starts == [0, *(17 * (6 * number - 1) for number in range(1, 10))]
    assert [passage.end for passage in passages] == [17 * 6 * number - 1 for number in range(1, 11)]


def test_headings_are_context_and_are_quoted_once() -> None:
    body = " ".join(SENTENCE.format(number) for number in range(4))
    text = f"# The Report\n\n{body}\n\n## **Funding** of 2025 ##\n\n{body}\n\nA plain heading\n\n{body}\n"
    doc = document(text, title="The Report")
    passages = chunk(doc, tokens, SMALL)
    hold_promises(doc, passages)
    seen = [(passage.context, passage.text.splitlines()[0][:12]) for passage in passages]
    assert seen == [
        ("", "# The Report"),
        *[("The Report", "The council ")] * 3,
        ("The Report", "## **Funding"),
        *[("The Report – Funding of 2025", "The council ")] * 3,
        ("The Report", "A plain head"),
        *[("The Report – A plain heading", "The council ")] * 3,
    ]


def test_a_section_too_short_for_a_passage_joins_the_next() -> None:
    doc = document("# One\n\nShort.\n\n# Two\n\nShort too.\n\n# Three\n\n" + SENTENCE.format(3))
    (passage,) = chunk(doc, tokens, SMALL)
    assert (passage.start, passage.end) == (0, len(doc.text))


def test_a_part_without_words_joins_its_neighbour() -> None:
    doc = document(SENTENCE.format(1) + "\n\n" + "- - - - - - - -\n\n" * 4 + SENTENCE.format(2))
    passages = chunk(doc, tokens, SMALL)
    hold_promises(doc, passages)
    assert all(any(map(str.isalnum, passage.text)) for passage in passages)


def test_what_front_matter_says_of_the_document_is_in_no_passage() -> None:
    said = "---\ntitle: The bridge\ndate: 2024-03-14\ntags:\n- a\nbudget: 5 million\n---\n"
    text = f"{said}# The bridge\n\nIt was opened on 9 March 2024.\n"
    [passage] = chunk(document(text), tokens)
    assert passage.text == "budget: 5 million\n---\n# The bridge\n\nIt was opened on 9 March 2024."
    plain = Document("a.txt", "txt", text, "", "en", "", "")
    assert chunk(plain, tokens)[0].text.startswith("---\ntitle: The bridge")
    alone = document("---\ntitle: The bridge\n---\n")
    assert [one.text for one in chunk(alone, tokens)] == ["---\ntitle: The bridge\n---"]


def test_a_passage_in_another_language_says_so() -> None:
    english = " ".join(SENTENCE.format(number) for number in range(12))
    french = "Le conseil municipal a voté mardi la reconstruction du vieux pont de la ville. " * 14
    languages = [passage.language for passage in chunk(document(f"{english}\n\n{french}"), tokens)]
    assert languages[0] == "en"
    assert languages[-1] == "fr"
    assert chunk(document("Bonjour à tous.", language="de"), tokens)[0].language == "de"


def test_tokens_are_counted_in_one_call() -> None:
    calls: list[int] = []

    def counting(texts: Sequence[str]) -> list[int]:
        calls.append(len(texts))
        return tokens(texts)

    doc = document(" ".join(SENTENCE.format(number) for number in range(50)))
    chunk(doc, counting)
    assert calls == [50]


@pytest.mark.parametrize("text", ["", " \n\r\n\t\u2003"])
def test_white_space_gives_no_passage(text: str) -> None:
    assert chunk(document(text), tokens) == []


def test_the_settings_of_the_default() -> None:
    assert Chunking() == Chunking(max_tokens=180, min_tokens=80, overlap_sentences=1, version=1)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("# Fund\n\nIt opens.", ["# Fund"], id="Markdown"),
        pytest.param("The fund\n========\nIt opens.", ["The fund"], id="underlined"),
        pytest.param("The fund\n\nIt opens.", ["The fund"], id="plain"),
        pytest.param("Is it open?\n\nIt is.", [], id="a question"),
        pytest.param("- The fund\n- The bank", [], id="items"),
        pytest.param("1. The fund\n2. The bank\n", [], id="numbered items"),
        pytest.param("1. The fund\n\nIt opens.", ["1. The fund"], id="numbered"),
        pytest.param("small letters\n\nIt is.", [], id="small letters"),
        pytest.param("It is. The fund\n\nSo.", [], id="not alone on its line"),
        pytest.param("Word " * 30 + "\n\nSo.", [], id="long"),
        pytest.param("=====\n\nSo.", [], id="a rule"),
    ],
)
def test_which_sentences_are_headings(text: str, expected: list[str]) -> None:
    spans = sentences(text, "en")
    assert [text[span.start : span.end] for span in spans if is_heading(text, span)] == expected


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("\ufeff# The *Big* [Fund](http://x) #\n", "The Big Fund"),
        ("Intro.\n\nThe fund\n---\n", "The fund"),
        ("No heading here.", ""),
        ("#hashtag\n", ""),
    ],
)
def test_markdown_title(text: str, title: str) -> None:
    assert markdown_title(text) == title


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("Menu\nHome\n\nThe new bridge of Lyon\n\nIt opens.", "The new bridge of Lyon"),
        ("It is a full sentence here.\nSo is this one.", ""),
        ("Ville : «accélérer» ou «résister»\n", "Ville : «accélérer» ou «résister»"),
        ("", ""),
    ],
)
def test_first_title(text: str, title: str) -> None:
    assert first_title(text) == title


def test_heading_words_fit_one_line() -> None:
    assert heading_words("##  A\u00a0 `b`  __c__ ##") == "A b c"


@pytest.mark.parametrize(
    ("text", "headings"),
    [
        ("Director: Ada Ek\n\nBudget 2024: 1.8 million euros\n\nSeat: Ghent\n", []),
        ("Product: Cider; Price: 4 euros\n", []),
        ("Sudan: a year on\n\nThe war in Sudan goes on.\n", ["Sudan: a year on"]),
        ("Part one: the start\n\nNote: you must apply early, by post.\n", ["Part one: the start"]),
        (f"Part one: the start\n\nNote: you must {'apply ' * 20}\n", ["Part one: the start"]),
    ],
)
def test_a_field_of_a_form_is_no_heading(text: str, headings: list[str]) -> None:
    found = [text[s.start : s.end] for s in sentences(text, "en") if is_heading(text, s)]
    assert found == headings


@pytest.mark.parametrize(
    ("language", "text", "headings"),
    [
        ("en", "# T\n\n## 2. Car park in Mill Street\n\nIt was sold.", ["# T", "## 2. Car park in Mill Street"]),
        ("en", "## Clause 7. Governing law\nIt is that of Wales.", ["## Clause 7. Governing law"]),
        ("en", "It ends.\n\nArticle 4. Board of directors\n\nIt meets.", ["Article 4. Board of directors"]),
        ("en", "§ 3. Opening hours\nFrom 7 am. All week.", ["§ 3. Opening hours"]),
        ("en", "It ends.\n\n2. Annual fee\n\nIt is 5 euros.", ["2. Annual fee"]),
        ("en", "II. History of the town\n\nIt is old.", ["II. History of the town"]),
        ("en", "It ends.\n\nI. Introduction\n\nIt is old.", ["I. Introduction"]),
        ("fr", "Art. 12. – Cotisation annuelle\n\nElle est due.", ["Art. 12. – Cotisation annuelle"]),
        ("es", "Anexo A. Tarifas\n\nSon estas.", ["Anexo A. Tarifas"]),
        ("de", "§ 5. Haftung des Mieters\n\nDer Mieter haftet.", ["§ 5. Haftung des Mieters"]),
    ],
)  # fmt: skip
def test_a_numbered_heading_is_one(language: str, text: str, headings: list[str]) -> None:
    assert [text[s.start : s.end] for s in sentences(text, language) if is_heading(text, s)] == headings


@pytest.mark.parametrize(
    ("language", "text", "parts"),
    [
        ("en", "1. The council adopted the budget.", ["1. The council adopted the budget."]),
        ("en", "Clause 7. The tenant pays the rent.", ["Clause 7.", "The tenant pays the rent."]),
        ("en", "Clause 8. He pays the rent. He pays monthly", ["Clause 8.", "He pays the rent.", "He pays monthly"]),
        ("en", "It ends here.\nII. He pays", ["It ends here.", "II.", "He pays"]),
        ("en", "Section 4. see below", ["Section 4.", "see below"]),
        ("de", "Am 3. Oktober kam er. Er ging.", ["Am 3. Oktober kam er.", "Er ging."]),
        ("de", "4. März 2025 eröffnete die Halle. Sie ist alt.", ["4. März 2025 eröffnete die Halle.", "Sie ist alt."]),
    ],
)  # fmt: skip
def test_a_numbered_sentence_is_no_heading(language: str, text: str, parts: list[str]) -> None:
    spans = sentences(text, language)
    assert [text[s.start : s.end] for s in spans] == parts
    assert not any(is_heading(text, s) for s in spans)


@pytest.mark.parametrize(
    ("language", "text", "parts"),
    [
        ("en", "Art. 4. The monthly rent is 640 euros", ["Art. 4.", "The monthly rent is 640 euros"]),
        ("en", "Step 2. Press the red button and wait", ["Step 2.", "Press the red button and wait"]),
        ("en", "Rule 4. Dogs must be kept on a lead", ["Rule 4.", "Dogs must be kept on a lead"]),
        ("en", "4.1. The fee is 12 euros", ["4.1.", "The fee is 12 euros"]),
        ("en", "June 5. School closed", ["June 5.", "School closed"]),
        ("en", "V. Putin was born in Leningrad", ["V. Putin was born in Leningrad"]),
        ("en", "I. Newton was born in 1643", ["I. Newton was born in 1643"]),
        ("fr", "Art. 4. Le loyer est de 500 euros", ["Art. 4.", "Le loyer est de 500 euros"]),
        ("fr", "Février 5. Fermeture", ["Février 5.", "Fermeture"]),
        ("es", "Art. 4. La renta es de 500 euros", ["Art. 4.", "La renta es de 500 euros"]),
        ("de", "§ 3. Der Mieter zahlt alle Kosten der Heizung", ["§ 3. Der Mieter zahlt alle Kosten der Heizung"]),
        ("en", "# 1. The fee is 12 euros. It rises", ["# 1.", "The fee is 12 euros.", "It rises"]),
        ("en", "# A plan. It works", ["# A plan.", "It works"]),
    ],
)  # fmt: skip
def test_a_numbered_clause_without_a_stop_stays_a_sentence(
    language: str, text: str, parts: list[str]
) -> None:
    text = f"It ends.\n\n{text}\n\nIt goes on."
    spans = sentences(text, language)
    assert [text[s.start : s.end] for s in spans[1:-1]] == parts
    assert not any(is_heading(text, s) for s in spans)
