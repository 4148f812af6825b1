"""Numbers that a word processor counts by itself: they are read where a person sees them."""

from __future__ import annotations

import io
from typing import Any

import docx
import pytest
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

from index.formats.numbering import LONGEST, Counted, Level, written
from index.formats.word import read_docx

W = nsdecls("w")


def level(number: int, text: str, form: str = "decimal", start: int = 1, more: str = "") -> str:
    said = f'<w:start w:val="{start}"/><w:numFmt w:val="{form}"/>{more}<w:lvlText w:val="{text}"/>'
    return f'<w:lvl w:ilvl="{number}">{said}</w:lvl>'


def place(number: str, at: int | str = "") -> Any:
    said = f'<w:ilvl w:val="{at}"/>' if at != "" else ""
    return parse_xml(f'<w:numPr {W}>{said}<w:numId w:val="{number}"/></w:numPr>')


class Contract:
    """A document with one list, number 77, of these levels."""

    def __init__(self, *levels: str) -> None:
        self.document = docx.Document()
        self.numbers = self.document.part.numbering_part.element
        kind = f'<w:abstractNum {W} w:abstractNumId="77">{"".join(levels)}</w:abstractNum>'
        self.numbers.insert(0, parse_xml(kind))
        self.number("77")

    def number(self, name: str, override: str = "") -> None:
        said = f'<w:num {W} w:numId="{name}"><w:abstractNumId w:val="77"/>{override}</w:num>'
        self.numbers.append(parse_xml(said))

    def style(self, name: str, at: int | str = "") -> None:
        self.document.styles[name].element.get_or_add_pPr().append(place("77", at))

    def add(self, text: str, at: int | str = 0, number: str = "77") -> None:
        self.document.add_paragraph(text)._p.get_or_add_pPr().append(place(number, at))

    def read(self) -> list[str]:
        written = io.BytesIO()
        self.document.save(written)
        self.sections = read_docx(written.getvalue()).sections
        return read_docx(written.getvalue()).text.split("\n\n")


def test_clauses_have_the_numbers_of_their_headings_and_lists() -> None:
    contract = Contract(
        level(0, "%1.", more='<w:pStyle w:val="Heading1"/>'),
        level(1, "%1.%2", more='<w:pStyle w:val="Heading2"/>'),
        level(2, "(%3)", "lowerLetter"),
    )
    contract.style("Heading 1")
    contract.style("Heading 2")  # which level that is, the list says
    contract.document.add_heading("Term", 1)
    contract.document.add_heading("Length", 2)
    contract.document.add_paragraph("It lasts five years.")
    contract.document.add_heading("Termination", 2)
    contract.add("By notice.", 2)
    contract.add("By death.", 2)
    contract.document.add_heading("Rent", 1)
    contract.document.add_heading("Sum", 2)
    contract.add("Monthly.", 2)
    assert contract.read() == [
        "1. Term", "1.1 Length", "It lasts five years.", "1.2 Termination", "(a) By notice.", "(b) By death.",
        "2. Rent", "2.1 Sum", "(a) Monthly.",
    ]  # fmt: skip
    assert [one.label for one in contract.sections][2] == "1.2 Termination"


def test_a_list_begins_where_it_says_and_goes_on_after_other_text() -> None:
    contract = Contract(level(0, "§ %1", start=3), level(1, "%1-%2", "upperRoman", more="<w:isLgl/>"))
    contract.number("78", '<w:lvlOverride w:ilvl="0"><w:startOverride w:val="1"/></w:lvlOverride>')
    contract.add("Third.")
    contract.document.add_paragraph("Between.")
    contract.add("Fourth.")
    contract.add("Below.", 1)
    contract.add("Anew.", number="78")
    contract.add("Second.", number="78")
    assert contract.read() == [
        "§ 3 Third.",
        "Between.",
        "§ 4 Fourth.",
        "4-1 Below.",
        "§ 1 Anew.",
        "§ 2 Second.",
    ]


def test_bullets_and_what_is_taken_out_of_a_list_have_no_number() -> None:
    contract = Contract(level(0, "o", "bullet"))
    contract.add("A point.")
    contract.add("Out of it.", number="0")
    contract.add("In a list that is not there.", number="9999")
    assert contract.read() == ["A point.", "Out of it.", "In a list that is not there."]


def test_numbers_that_make_no_sense_cost_nothing() -> None:
    contract = Contract(level(0, "x" * 10_000 + "%1"), '<w:lvl w:ilvl="-4"/>')
    contract.add("Long.")
    contract.add("Deep.", 99_999)
    contract.add("Odd.", "second")
    assert contract.read() == [f"{'x' * LONGEST} Long.", "Deep.", f"{'x' * LONGEST} Odd."]


def test_what_is_deeper_begins_anew_and_what_was_never_counted_at_its_start() -> None:
    counted = Counted({0: Level(1, "decimal", "%1", False), 1: Level(1, "decimalZero", "%1.%2", False)})
    assert [counted.next(at) for at in (1, 1, 0, 1)] == ["1.01", "1.02", "2", "2.01"]


@pytest.mark.parametrize(
    ("number", "form", "said"),
    [
        (4, "decimal", "4"), (7, "decimalZero", "07"), (1, "lowerLetter", "a"), (27, "upperLetter", "AA"),
        (1999, "upperRoman", "MCMXCIX"), (48, "lowerRoman", "xlviii"), (0, "lowerRoman", "0"),
        (10**6, "lowerLetter", "1000000"), (3, "chineseCounting", "3"),
    ],
)  # fmt: skip
def test_forms_of_numbers(number: int, form: str, said: str) -> None:
    assert written(number, form) == said
