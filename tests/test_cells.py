"""Rows of tables: where their values are, which may be an answer, and which row a question names."""

from __future__ import annotations

import re

import numpy as np
import pytest
from stubs import BagEncoder

from assistant.cells import asked_for, column_asked, is_named, values
from assistant.compose import compose
from assistant.reader import Calibration
from assistant.span_reader import SpanReader
from assistant.types import Candidate
from assistant.windows import Window
from index.types import Document, Hit, Passage, Span

ROW = "City: Porto; Population: 232000; Mayor: Rui; Area (km²): 41"
OTHER = "City: Upper Braga; Population: 193000; Mayor: Ana; Area (km²): 183"


def told(sentence: str, spans: list[Span]) -> list[str]:
    return [sentence[span.start : span.end] for span in spans]


@pytest.mark.parametrize(
    ("sentence", "found"),
    [
        (ROW, ["Porto", "232000", "Rui", "41"]),
        ("Name: Ada; wide words; Title: Sudan: a year on", ["Ada; wide words", "Sudan: a year on"]),
        ("Director: Ada Lovelace", []),
        ("He said: come in; she said: go away.", []),
        ("The board met; it chose: Ada; others left.", []),
        ("Time: 7:30; Place: Corn Exchange; Note: It is free.", ["7:30", "Corn Exchange", "It is free."]),
    ],
)
def test_where_the_values_of_a_row_are(sentence: str, found: list[str]) -> None:
    assert told(sentence, values(sentence)) == found


def test_what_the_question_names_is_no_answer() -> None:
    assert told(ROW, asked_for("What is the area of Porto?", ROW)) == ["232000", "Rui", "41"]
    assert told(ROW, asked_for("Which city has 232000 inhabitants?", ROW)) == ["Porto", "232000", "Rui", "41"]
    both = "City: Porto; Mayor: Rui"
    assert told(both, asked_for("Is Rui of Porto?", both)) == ["Porto", "Rui"]


GRANT = "Recipient: The Globe; Grant (GBP): 3200; 2022: 11; 2023: 12; Season 2023/24: 13; Status: Refused"


@pytest.mark.parametrize(
    ("question", "left"),
    [
        ("How much did The Globe earn in 2023?", ["3200", "12", "13", "Refused"]),
        ("How much did The Globe earn in 2021?", ["3200", "13", "Refused"]),
        ("How much more did The Globe earn in 2023 than in 2022?", ["3200", "11", "12", "13", "Refused"]),
    ],
)
def test_a_column_of_another_year_holds_no_answer(question: str, left: list[str]) -> None:
    assert told(GRANT, asked_for(question, GRANT)) == left


TOWN = "Town: Porto; Founded: 1850; Residents 2020: 5000"


@pytest.mark.parametrize(
    ("question", "row", "left"),
    [
        ("How many residents has the town founded in 1850?", TOWN, ["Porto", "1850", "5000"]),
        ("How many residents had the town in 1860?", TOWN, ["Porto", "1850"]),
        ("How did it change in 2023?", "Area: Art; 2022: 3; Change 2022 to 2023: 5", ["Art", "5"]),
    ],
)
def test_a_year_that_tells_the_row_keeps_no_column_out(question: str, row: str, left: list[str]) -> None:
    assert told(row, asked_for(question, row)) == left


@pytest.mark.parametrize(
    ("question", "value"),
    [
        ("What is the status of the grant for The Globe?", "Refused"),
        ("What grant did the recipient The Globe get?", "3200"),
        ("How much did The Globe earn in 2023?", "12"),
        ("Which recipient was refused?", "The Globe"),
        ("How many seats has The Globe?", None),
        ("For a grant of 3200, what is the status?", "Refused"),
        ("What is the status, granted or refused?", None),
    ],
)
def test_the_column_that_a_question_names_first_is_asked_for(question: str, value: str | None) -> None:
    found = column_asked(question, GRANT)
    assert (found and GRANT[found.start : found.end]) == value


@pytest.mark.parametrize(
    ("question", "value"),
    [
        ("How many residents has the town founded in 1850?", "5000"),
        ("How many pupils has it?", None),
        ("How many pupils had it in 2021?", "40"),
    ],
)
def test_the_year_of_a_column_is_no_part_of_what_it_is_asked_by(question: str, value: str | None) -> None:
    row = "Town: Porto; Founded: 1850; Residents 2020: 5000; Pupils 2021: 40; Pupils 2022: 41"
    found = column_asked(question, row)
    assert (found and row[found.start : found.end]) == value


def test_a_choice_that_the_question_offers_stays_open() -> None:
    both = "City: Porto; Mayor: Rui"
    assert told(both, asked_for("Who is the mayor, Rui or Ana?", both)) == ["Porto", "Rui"]
    assert told(both, asked_for("Wer ist es, Rui oder Ana?", both)) == ["Porto", "Rui"]


def test_a_word_of_a_letter_or_two_names_a_row_as_it_is_written() -> None:
    assert not is_named("What is the fee for a class B licence?", "Class: A; Fee: 12")
    assert is_named("What is the fee for class A?", "Class: A; Fee: 12")
    assert not is_named("What do most of us pay?", "Country: US; Fee: 12")


def test_a_row_is_named_by_its_whole_first_cell() -> None:
    assert is_named("What is the area of Upper Braga?", OTHER)
    assert not is_named("What is the area of Lower Braga?", OTHER)
    assert not is_named("What has Ana to do?", OTHER)
    assert is_named("Who is mayor of PORTO", f"No: 7; {ROW}")


class Likes:
    """Reads a token a word, and likes those named best, as the start and the end of an answer."""

    def __init__(self, *words: str) -> None:
        self.words = words

    def __call__(self, question: str, passages: list[str]) -> list[Window]:
        found = []
        for number, text in enumerate(passages):
            spans = [word.span() for word in re.finditer(r"[\w()]+", text)]
            liked = [[float(text[s:e] in self.words)] * 2 for s, e in spans]
            found.append(Window(number, spans, 1, np.array([[0.0, 0.0], *liked], np.float32)))
        return found


@pytest.mark.parametrize(
    ("liked", "shown"),
    [(("City", "41"), "41"), (("Rui", "Area"), "Rui"), (("Area", "(km²)", "41"), "41"), (("Porto", "41"), "41"),
     (("Rui", "41"), "41")],
)  # fmt: skip
def test_a_span_lies_inside_of_one_value(liked: tuple[str, ...], shown: str) -> None:
    hit = Hit(Passage("c.csv", 10, 10 + len(ROW), ROW, "en"), 1, 1.0, 0.9, 1.0)
    reader = SpanReader(BagEncoder(), Likes(*liked), Calibration(0.0, {"margin": 1.0}))
    [found] = reader.read("What is the area of Porto?", "en", [hit])
    assert ROW[found.span.start - 10 : found.span.end - 10] == shown


@pytest.mark.parametrize(
    ("question", "scores", "first"),
    [
        ("Population of Porto?", (0.8, 0.5), "232000"),
        ("Population of Porto?", (0.95, 0.5), "193000"),
        ("Population of Upper Braga?", (0.8, 0.7), "193000"),
        ("Population of Lower Braga?", (0.8, 0.7), "193000"),
    ],
)
def test_of_two_rows_the_one_that_the_question_names_comes_first(
    question: str, scores: tuple[float, float], first: str
) -> None:
    text = f"{OTHER}\n{ROW}"
    rows = Span(0, len(OTHER)), Span(len(OTHER) + 1, len(text))
    places = [text.index("193000"), text.index("232000")]
    candidates = [
        Candidate("c.csv", Span(place, place + 6), row, score, 1)
        for place, row, score in zip(places, rows, scores, strict=True)
    ]
    whole = Document("c.csv", "csv", text, "C", "en", "0" * 64, "1" * 64)
    hits = [Hit(Passage("c.csv", 0, len(text), text, "en"), 1, 1.0, 0.9, 1.0)]
    answers = compose(hits, candidates, lambda _: whole, 0.3, question=question)
    assert answers[0].text == first
    assert [answer.citations[0].number for answer in answers] == [1, 2]
