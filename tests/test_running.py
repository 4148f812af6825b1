"""Heads and numbers of pages: no sentence that goes on over a page holds them, and the boxes of a quote stay right."""

from __future__ import annotations

from pathlib import Path
from time import perf_counter

import pytest
from fpdf import FPDF

from index.documents import read_document
from index.formats.extracted import paged
from index.pdf import boxes
from index.running import Setting, settings
from index.scanned import Word, words
from index.sentences import sentences
from index.types import Document, Source, Span

FIRST = "The council met in spring.\nAccording to the final accounts, the new bridge of the town has cost 400"
SECOND = "million euros. It was paid by the province.\nIt was opened in the autumn."


def said(*pages: str) -> list[str]:
    text = paged([(page, []) for page in pages]).text
    return [text[one.start : one.end] for one in sentences(text, "en")]


@pytest.mark.parametrize(
    ("above", "below"),
    [
        (["", ""], ["12", "13"]),
        (["", ""], ["- 1 -", "- 2 -"]),
        (["", ""], ["3 / 9", "4 / 9"]),
        (["Page 8", "Page 9"], ["", ""]),
        (["Annual report", "Annual report"], ["iii", "iv"]),
        (["Annual report\nof the town", "Annual report\nof the town"], ["", ""]),
        (["2 THE BRIDGE", "3 THE BRIDGE"], ["Draft", "Draft"]),
    ],
)
def test_a_sentence_reads_on_over_heads_and_numbers_of_pages(above: list[str], below: list[str]) -> None:
    pages = [
        "\n".join(part for part in parts if part) for parts in zip(above, (FIRST, SECOND), below, strict=True)
    ]
    assert f"{FIRST.splitlines()[1]}\nmillion euros." in said(*pages)
    text = paged([(page, []) for page in pages]).text
    assert sorted(text.split()) == sorted(" ".join(pages).split())


def test_a_figure_that_begins_a_page_is_read_on_to() -> None:
    first = "The council met in spring.\nIt was said that the whole of the project would cost about\n5"
    second = "22 million euros, of which the town would pay the half.\nIt rained.\n6"
    assert said(first, second)[2] == (
        "It was said that the whole of the project would cost about\n"
        "22 million euros, of which the town would pay the half."
    )


def test_where_no_sentence_ends_on_the_page_it_is_cut_before_the_number() -> None:
    first, second = "According to the final accounts the new bridge has cost 400\n12", "million euros\n13"
    assert said(first, second) == [
        "According to the final accounts the new bridge has cost 400",
        "12",
        "million euros",
        "13",
    ]


@pytest.mark.parametrize(("one", "two"), [("1.", "2."), ("(1)", "(2)"), ("  1.", "  2.")])
def test_a_number_of_a_paragraph_stays_with_it_at_the_end_of_a_page(one: str, two: str) -> None:
    first = f"{one} The tenant pays the rent.\n{two} The landlord keeps the house in\n17"
    last = "good order at all times. He pays.\n18"
    text = paged([(page, []) for page in (first, last, "Nobody else.\n19")]).text
    assert f"{one.strip()} The tenant pays the rent." in text.split("\n\n")
    assert f"{two.strip()} The landlord keeps the house in\ngood order at all times." in text


def test_a_page_of_blank_lines_and_one_of_long_lines_are_read_soon() -> None:
    began = perf_counter()
    settings(["a\n" + " " * 50_000 + "\nb"] * 2)
    assert settings(["1 " * 20_000 + "\nb"] * 3) == [Setting(feet=1)] * 3
    assert perf_counter() - began < 2


def test_what_is_no_head_and_no_number_of_pages_stays_where_it_is() -> None:
    assert settings(["A\n12", "B\n31"]) == [Setting(), Setting()]
    assert settings(["A\n12", "B\n12"]) == [Setting(), Setting()]
    assert settings(["Ships 12\nB", "Tons 13\nC", ""]) == [Setting(), Setting(), Setting()]
    assert settings(["A\n1", "B\nnotes", "C\n3"]) == [Setting(feet=1), Setting(), Setting(feet=1)]
    assert settings([]) == []


def test_words_of_a_scan_stay_with_their_boxes() -> None:
    first = [
        Word(0, 3, 0.1, 0, 0.1, 0.1, 1),
        Word(4, 11, 0.2, 0, 0.1, 0.1, 1),
        Word(12, 15, 0.3, 0, 0.1, 0.1, 1),
    ]
    found = paged(
        [("It. Counted one\n12", [*first, Word(16, 18, 0.9, 0, 0.1, 0.1, 1)]), ("two ships\n13", [])]
    )
    document = Document("a.pdf", "pdf", found.text, "", "en", "", "", found.sections, scanned=found.scanned)
    at = {found.text[span.start : span.end]: left for span, (left, *_) in words(document, document.pages[0])}
    assert at == pytest.approx({"It.": 0.1, "Counted": 0.2, "one": 0.3, "12": 0.9}, abs=1e-5)


class Report(FPDF):
    def header(self) -> None:
        self.cell(text="Accounts of the harbour", new_x="LMARGIN", new_y="NEXT")

    def footer(self) -> None:
        self.set_y(-20)
        self.cell(text=str(self.page_no() + 11))


def test_the_boxes_of_a_quote_over_a_page_are_those_of_its_words(tmp_path: Path) -> None:
    made = Report(format=(120, 90))
    made.set_font("helvetica", size=12)
    made.add_page()
    made.multi_cell(0, 6, FIRST, align="L", new_x="LMARGIN", new_y="NEXT")
    made.add_page()
    made.multi_cell(0, 6, SECOND, align="L")
    file = tmp_path / "a.pdf"
    file.write_bytes(bytes(made.output()))
    document = read_document(Source("a.pdf", file, file.stat().st_size, 0))
    quote = "has cost 400\nmillion euros."
    start = document.text.index(quote)
    above, below = boxes(file, document, Span(start, start + len(quote)))
    assert (above.page, below.page) == (1, 2)
    [foot] = [boxes(file, document, Span(at, at + 2)) for at in [document.text.index("12")]]
    assert foot[0].page == 1
    assert foot[0].top < above.bottom
    [head] = [boxes(file, document, Span(at, at + 8)) for at in [document.text.rindex("Accounts")]]
    assert head[0].page == 2
    assert head[0].bottom > below.top
