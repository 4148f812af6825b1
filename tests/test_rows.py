"""Rows of tables: they have the names of their columns where a row of names can be told, and no others."""

from __future__ import annotations

import io
from datetime import datetime, time, timedelta

import docx
import openpyxl
import pptx
import pytest
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont

from index.errors import Unreadable
from index.formats import extract
from index.formats.rows import table
from index.formats.shown import shown

FACTS = [["Director", "Anna Novak"], ["Treasurer", "Peter Blom"], ["Budget", "3 million"], ["Since", "5 May"]]
FACTS_SAID = ["Director: Anna Novak", "Treasurer: Peter Blom", "Budget: 3 million", "Since: 5 May"]


def in_csv(rows: list[list[str]]) -> list[str]:
    return extract(".csv", "\n".join(";".join(row) for row in rows).encode()).text.split("\n")


def in_xlsx(rows: list[list[str]]) -> list[str]:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    data = io.BytesIO()
    book.save(data)
    return extract(".xlsx", data.getvalue()).text.split("\n")


def in_docx(rows: list[list[str]], bold: bool = False, told: bool = False) -> list[str]:
    file = docx.Document()
    grid = file.add_table(rows=len(rows), cols=len(rows[0]))
    for line, row in zip(grid.rows, rows, strict=True):
        for cell, text in zip(line.cells, row, strict=True):
            cell.text = text
    for cell in grid.rows[0].cells if bold else ():
        cell.paragraphs[0].runs[0].bold = True
    if told:
        grid.rows[0]._tr.get_or_add_trPr().append(parse_xml(f"<w:tblHeader {nsdecls('w')}/>"))
    data = io.BytesIO()
    file.save(data)
    return extract(".docx", data.getvalue()).text.split("\n")


def in_pptx(rows: list[list[str]]) -> list[str]:
    deck = pptx.Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[6])
    grid = slide.shapes.add_table(len(rows), len(rows[0]), 0, 0, 9_000_000, 900_000).table
    for number, row in enumerate(rows):
        for column, text in enumerate(row):
            grid.cell(number, column).text = text
    data = io.BytesIO()
    deck.save(data)
    return extract(".pptx", data.getvalue()).text.split("\n")


@pytest.mark.parametrize("write", [in_csv, in_xlsx, in_docx, in_pptx])
def test_a_sheet_of_facts_has_each_beside_its_label(write) -> None:  # type: ignore[no-untyped-def]
    assert write(FACTS) == FACTS_SAID


PEOPLE = [["Name", "City", "Post"], ["Ada", "Bern", "Chair"], ["Bo", "Rome", "Cook"]]
PEOPLE_NAMED = ["Name; City; Post", "Name: Ada; City: Bern; Post: Chair", "Name: Bo; City: Rome; Post: Cook"]
PEOPLE_BARE = ["Name; City; Post", "Ada; Bern; Chair", "Bo; Rome; Cook"]


def test_words_over_words_are_names_in_data_files_and_where_a_document_says_so() -> None:
    assert in_csv(PEOPLE) == in_xlsx(PEOPLE) == in_pptx(PEOPLE) == PEOPLE_NAMED
    assert in_docx(PEOPLE, bold=True) == in_docx(PEOPLE, told=True) == PEOPLE_NAMED
    assert in_docx(PEOPLE) == PEOPLE_BARE


def test_a_row_with_figures_is_none_of_names_because_of_its_look() -> None:
    budget = [["Total budget", "5,000"], ["Rent", "3,000"], ["Food", "2,000"]]
    assert in_docx(budget, bold=True) == ["Total budget: 5,000", "Rent: 3,000", "Food: 2,000"]
    assert in_docx(budget, told=True) == ["Total budget; 5,000", "Total budget: Rent; 5,000: 3,000",
                                          "Total budget: Food; 5,000: 2,000"]  # fmt: skip
    assert in_pptx([["Ada", "5", "6"], ["Bob", "7", "8"], ["Cy", "9", "1"]]) == [
        "Ada; 5; 6",
        "Bob; 7; 8",
        "Cy; 9; 1",
    ]
    towns = [["Town", "2020", "2021"], ["Bern", "many", "few"]]
    assert in_pptx(towns) == ["Town; 2020; 2021", "Town: Bern; 2020: many; 2021: few"]


def test_a_table_without_a_grid_and_marks_that_nobody_can_read() -> None:
    file = docx.Document()
    marks = file.add_paragraph().add_run("As it was").element.get_or_add_rPr()
    marks.append(parse_xml(f'<w:strike {nsdecls("w")} w:val="yes"/>'))
    grid = file.add_table(rows=2, cols=3, style="Light List Accent 1")
    for line, row in zip(grid.rows, PEOPLE, strict=False):
        for cell, text in zip(line.cells, row, strict=True):
            cell.text = text
    bold = grid.cell(0, 0).paragraphs[0].runs[0].element.get_or_add_rPr()
    bold.append(parse_xml(f'<w:b {nsdecls("w")} w:val="yes"/>'))
    grid._tbl.remove(grid._tbl.tblGrid)
    data = io.BytesIO()
    file.save(data)
    assert extract(".docx", data.getvalue()).text.split("\n") == ["As it was", "", *PEOPLE_NAMED[:2]]


def test_two_columns_of_words_in_a_data_file_have_names() -> None:
    rows = [["Name", "City"], ["Ada", "Bern"], ["Bo", "Rome"]]
    assert in_csv(rows) == ["Name; City", "Name: Ada; City: Bern", "Name: Bo; City: Rome"]


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([["", "2022", "2023"], ["North", "5", "6"]], ["2022; 2023", "North; 2022: 5; 2023: 6"]),
        (
            [["Area", "Head", "2023 (€)", "2024 (€)"], ["Art", "Ada", "5", "6"], ["Sport", "Bo", "7", "8"]],
            ["Area; Head; 2023 (€); 2024 (€)", "Area: Art; Head: Ada; 2023 (€): 5; 2024 (€): 6",
             "Area: Sport; Head: Bo; 2023 (€): 7; 2024 (€): 8"],
        ),
        ([["Region", "2019", "2021"], ["North", "5", "6"]], ["Region; 2019; 2021", "Region: North; 2019: 5; 2021: 6"]),
        ([["Name", "Score", "Score"], ["Ada", "5", "6"]], ["Name; Score; Score", "Name: Ada; Score: 5; Score: 6"]),
        (
            [["Item", "1. Quartal", "2. Quartal"], ["A", "5", "6"]],
            ["Item; 1. Quartal; 2. Quartal", "Item: A; 1. Quartal: 5; 2. Quartal: 6"],
        ),
        ([["Paris", "France", "2.1"], ["Berlin", "Germany", "3.6"]], ["Paris; France; 2.1", "Berlin; Germany; 3.6"]),
        ([["Paris", "France", "Seine"], ["Berlin", "Germany", "Spree"]],
         ["Paris; France; Seine", "Berlin; Germany; Spree"]),
        ([["Ada", "Bern", "Cook"], ["Bo", "Bern", "Chair"], ["Cy", "Rome", "Cook"]],
         ["Ada; Bern; Cook", "Bo; Bern; Chair", "Cy; Rome; Cook"]),
        ([["Generated by", "SAP"], ["Region", "Sales"], ["North", "5"]],
         ["Generated by: SAP", "Region: Sales", "North: 5"]),
        (
            [["Generated by", "SAP", ""], ["Region", "Sales", "Profit"], ["North", "5", "1"]],
            ["Generated by; SAP", "Region; Sales; Profit", "Region: North; Sales: 5; Profit: 1"],
        ),
        (
            [["", "2022", "", "2023", ""], ["Region", "Men", "Women", "Men", "Women"], ["North", "1", "2", "3", "4"]],
            ["2022; 2023", "Region; Men; Women; Men; Women",
             "Region: North; 2022 Men: 1; 2022 Women: 2; 2023 Men: 3; 2023 Women: 4"],
        ),
        ([["Answer", "Share"], ["Yes", "45%"], ["Source: the town", ""]],
         ["Answer; Share", "Answer: Yes; Share: 45%", "Source: the town"]),
    ],
)  # fmt: skip
def test_a_first_row(rows: list[list[str]], said: list[str]) -> None:
    assert in_csv(rows) == said


def test_a_second_table_has_its_own_names_or_none() -> None:
    ages = [["Name", "Age"], ["Ada", "36"]]
    named = ["Name; Age", "Name: Ada; Age: 36"]
    towns = [["City", "Mayor", "Since"], ["Lisbury", "Anna Novak", "2014"]]
    towns_named = ["City; Mayor; Since", "City: Lisbury; Mayor: Anna Novak; Since: 2014"]
    assert in_csv([*ages, [], *towns]) == named + towns_named
    assert in_csv([*ages, ["Bo", "40"], [], *towns]) == [*named, "Name: Bo; Age: 40", *towns_named]
    assert in_csv([*ages, [], ["Bo", "40"]]) == [*named, "Name: Bo; Age: 40"]
    words = [["Name", "City"], ["Ada", "Bern"], ["Bo", "Rome"], []]
    said = ["Name; City", "Name: Ada; City: Bern", "Name: Bo; City: Rome"]
    lands = [["Country", "Capital", "Sea"], ["Italy", "Rome", "Ionian"]]
    assert in_csv([*words, *lands]) == [*said, "Country; Capital; Sea", "Italy; Rome; Ionian"]
    assert in_csv([*words, ["Cy", "Oslo"], ["Di", "Bonn"]]) == [
        *said, "Name: Cy; City: Oslo", "Name: Di; City: Bonn",
    ]  # fmt: skip
    assert in_csv([*words, ["City", "People"], ["Bern", "5"]]) == [
        *said,
        "City; People",
        "City: Bern; People: 5",
    ]
    assert in_csv([*ages, [], ["Town", "People"], ["Bern", "5"]]) == [
        *named,
        "Town; People",
        "Town: Bern; People: 5",
    ]
    assert in_csv([["Name", "Post", "Year"], [], ["Ada", "Chair", "2014"]]) == [
        "Name; Post; Year", "Name: Ada; Post: Chair; Year: 2014",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("Name,Score,Remark\nAda,5,good\nBen,6,good\nDan,absent,\nEve,7,\nFay,8,\n",
         ["Name; Score; Remark", "Name: Ada; Score: 5; Remark: good", "Name: Ben; Score: 6; Remark: good",
          "Name: Dan; Score: absent", "Name: Eve; Score: 7", "Name: Fay; Score: 8"]),
        ("Name,City\nAda,Rome\nBob,Paris,see note,later\nCy,Oslo,x,y\nDan,Bonn\n",
         ["Name; City", "Name: Ada; City: Rome", "Name: Bob; City: Paris; see note; later",
          "Name: Cy; City: Oslo; x; y", "Name: Dan; City: Bonn"]),
        ("Name,City,Job\nAda,Rome,clerk\n\nBob,Paris,nurse\n\nCy,Oslo,cook\n",
         ["Name; City; Job", "Name: Ada; City: Rome; Job: clerk", "Name: Bob; City: Paris; Job: nurse",
          "Name: Cy; City: Oslo; Job: cook"]),
        ("Name,City\r\r\nAda,Rome\r\r\nBob,Paris\r\r\n",
         ["Name; City", "Name: Ada; City: Rome", "Name: Bob; City: Paris"]),
        ("Name,Phone\nAda,123 456\nBob,555 123\n\nCy,\nDan,444 333\n",
         ["Name; Phone", "Name: Ada; Phone: 123 456", "Name: Bob; Phone: 555 123", "Cy", "Name: Dan; Phone: 444 333"]),
        ("Name,Age\n\nAda,36\n\nBo,40\n\n\nTown,People\n\nBern,5\n",
         ["Name; Age", "Name: Ada; Age: 36", "Name: Bo; Age: 40", "Town; People", "Town: Bern; People: 5"]),
    ],
)  # fmt: skip
def test_names_hold_for_rows_with_gaps_or_more_cells(written: str, said: list[str]) -> None:
    assert extract(".csv", written.encode()).text.split("\n") == said


def test_a_cell_over_several_columns_is_said_once_and_without_a_name() -> None:
    assert table([["Name", "2022", "2023"], ["North", "5", None], ["South", "6", "7"]]) == [
        (1, "Name; 2022; 2023"), (2, "Name: North; 5"), (3, "Name: South; 2022: 6; 2023: 7"),
    ]  # fmt: skip
    file = docx.Document()
    grid = file.add_table(rows=4, cols=3)
    cells = [("Town", "Men", "Women"), ("Bern", "5", ""), ("", "6", "7"), ("Rome", "8", "9")]
    for line, row in zip(grid.rows, cells, strict=True):
        for cell, text in zip(line.cells, row, strict=True):
            cell.text = text
    grid.cell(1, 1).merge(grid.cell(1, 2))
    grid.cell(1, 0).merge(grid.cell(2, 0))
    data = io.BytesIO()
    file.save(data)
    assert extract(".docx", data.getvalue()).text.split("\n") == [
        "Town; Men; Women", "Town: Bern; 5", "Town: Bern; Men: 6; Women: 7", "Town: Rome; Men: 8; Women: 9",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("Umsatz, in Mio\nRegion;Umsatz;Gewinn\nNord;1,5;0,3\nSüd;2,5;0,4\n",
         "Umsatz, in Mio\nRegion; Umsatz; Gewinn\nRegion: Nord; Umsatz: 1,5; Gewinn: 0,3\n"
         "Region: Süd; Umsatz: 2,5; Gewinn: 0,4"),
        ("Region, Land;Umsatz, Mio, netto\nNord;1,5\nSüd;2,5\n",
         "Region, Land; Umsatz, Mio, netto\nRegion, Land: Nord; Umsatz, Mio, netto: 1,5\n"
         "Region, Land: Süd; Umsatz, Mio, netto: 2,5"),
        ('Name,Note\nAda,"one; two"\nBo,three; four\nCy,five\n',
         "Name; Note\nName: Ada; Note: one; two\nName: Bo; Note: three; four\nName: Cy; Note: five"),
        ('Ada,"x; y",1815\nBob,"u; v",1900\nCy,"a; b",1950\n',
         "Ada; x; y; 1815\nBob; u; v; 1900\nCy; a; b; 1950"),
        ("date,text\n2024-01-01,a;b\n2024-01-02,c;d\n2024-01-03,e,f;g\n",
         "date; text\ndate: 2024-01-01; text: a;b\ndate: 2024-01-02; text: c;d\n"
         "date: 2024-01-03; text: e; f;g"),
    ],
)  # fmt: skip
def test_a_mark_divides_cells_where_it_does_so_in_most_rows(written: str, text: str) -> None:
    assert extract(".csv", written.encode()).text == text


@pytest.mark.parametrize(
    ("value", "look", "said"),
    [
        (0.253, "0.0%", "25.3%"), (0.1 + 0.2, "General", "0.3"), (400.0, "General", "400"),
        (3.14159, "0.00", "3.14159"),
        (-1234.5, "#,##0.00\\ [$€-407]", "-1234.50 €"), (1234.5, '"$"#,##0.00_);[Red]\\("$"#,##0.00\\)', "$1234.50"),
        (5, '_-* #,##0.00 "€"_-;-* #,##0.00 "€"_-', "5.00 €"), (1200, "# ##0 €", "1200 €"),
        (12500000, '#,##0.0,,"M"', "12.5M"), (70, '0" kg"', "70 kg"), (1234, "00000", "01234"), (0.5, "# ?/?", "0.5"),
        (5, '[<10]"few";0" many"', "5"), (0.0012, "0.00E+00", "0.0012"), (-0.001, "0.0%", "-0.1%"),
        (-0.0001, "0.0%", "0.0%"), (True, "General", "TRUE"), (None, "General", ""), ("as it is", "0.0%", "as it is"),
        (datetime(2020, 1, 1), "yyyy", "2020"), (datetime(2020, 5, 1), "mmm yyyy", "2020-05"),
        (datetime(2024, 5, 3), "dd.mm.yyyy", "2024-05-03"),
        (datetime(2024, 5, 3, 9, 30), "d/m/yy h:mm", "2024-05-03 09:30:00"),
        (time(12), "hh:mm", "12:00"), (time(12, 0, 5), "hh:mm:ss", "12:00:05"),
        (timedelta(hours=30), "[h]:mm", "30:00"), (timedelta(hours=-1, minutes=-5), "[h]:mm:ss", "-1:05:00"),
    ],
)  # fmt: skip
def test_a_cell_says_what_the_sheet_shows(value: object, look: str, said: str) -> None:
    assert shown(value, look) == said


def test_a_raised_figure_in_a_cell() -> None:
    small, struck = InlineFont(vertAlign="superscript"), InlineFont(strike=True)
    rich = CellRichText("Paid 400", TextBlock(small, "2"), TextBlock(struck, " million"), " euros")
    assert shown(rich, "General") == "Paid 400² euros"


def test_errors_of_a_sheet_are_left_out_and_formulas_without_a_value_are_told() -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    for row in (["Item", "Cost", "Rate"], ["Pens", 2, "#DIV/0!"], ["Sum", "=SUM(B2:B2)", "=B2/3"]):
        sheet.append(row)
    data = io.BytesIO()
    book.save(data)
    found = extract(".xlsx", data.getvalue())
    assert found.text == "Item; Cost; Rate\nItem: Pens; Cost: 2\nSum"
    assert found.left == "formulas without a saved value: 2; open the file in its program and save it"
    bare = openpyxl.Workbook()
    bare.active.append(["=1+1"])
    data = io.BytesIO()
    bare.save(data)
    with pytest.raises(Unreadable, match="formulas without a saved value: 1"):
        extract(".xlsx", data.getvalue())
