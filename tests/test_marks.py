"""Raised figures stay apart from what they stand on; what is struck, hidden or deleted is not said; notes are read."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import docx
import odfdo
import pptx
import pytest
from docx.enum.style import WD_STYLE_TYPE
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from lxml import etree

from index.formats import extract
from index.raised import raised, with_raised

SAID = "Opened in 2014³, it cost 400² euros for 10⁻⁶ m² on the 1st."
PARTS = [
    ("Opened in 2014", False), ("3", True), (", it cost 400", False), ("2", True), (" euros for 10", False),
    ("-6", True), (" m", False), ("2", True), (" on the 1", False), ("st", True), (".", False),
]  # fmt: skip


def saved(file: Any) -> bytes:
    data = io.BytesIO()
    file.save(data)
    return data.getvalue()


@pytest.mark.parametrize(
    ("text", "before", "said"),
    [
        ("2", "400", "²"), ("3,4", "2014", "³,⁴"), ("(1)", "x", "⁽¹⁾"), ("a", "400", " a"), ("a", "word", "a"),
        ("er", "1", "er"), ("e", "2", "e"), ("*", "400", "*"), ("1/2", "3", " 1/2"), ("b", "", "b"), (" a", "5", " a"),
    ],
)  # fmt: skip
def test_what_is_raised(text: str, before: str, said: str) -> None:
    assert raised(text, before) == said


def test_parts_of_which_some_are_raised() -> None:
    assert with_raised(PARTS) == SAID


def test_docx_keeps_raised_figures_apart_also_by_their_style() -> None:
    file = docx.Document()
    style = file.styles.add_style("Note mark", WD_STYLE_TYPE.CHARACTER)
    style.font.superscript = True
    derived = file.styles.add_style("Other mark", WD_STYLE_TYPE.CHARACTER)
    derived.base_style = style
    text = file.add_paragraph()
    looks = iter([None, style, derived, None, None])
    for part, high in PARTS:
        run = text.add_run(part)
        if high and (look := next(looks)) is not None:
            run.style = look
        elif high:
            run.font.superscript = True
    assert extract(".docx", saved(file)).text == SAID


def test_docx_says_nothing_that_is_struck_or_hidden() -> None:
    file = docx.Document()
    hidden = file.styles.add_style("Hidden mark", WD_STYLE_TYPE.CHARACTER)
    hidden.font.hidden = True
    text = file.add_paragraph("The price is ")
    text.add_run("100 ").font.strike = True
    text.add_run("90 ").font.double_strike = True
    text.add_run("85 ").font.hidden = True
    text.add_run("83 ").style = hidden
    shown = text.add_run("80 euros.")
    shown.style, shown.font.hidden = hidden, False
    assert extract(".docx", saved(file)).text == "The price is 80 euros."


def test_docx_reads_notes_after_the_paragraph_that_refers_to_them() -> None:
    file = docx.Document()
    for kind, reference in (
        ("footnote", RELATIONSHIP_TYPE.FOOTNOTES),
        ("endnote", RELATIONSHIP_TYPE.ENDNOTES),
    ):
        paragraph = file.add_paragraph(f"A text with a {kind}.")
        run = f"<w:r {nsdecls('w')}><w:{kind}Reference w:id='2'/></w:r>"
        paragraph._p.append(parse_xml(run))
        note = f"<w:p><w:r><w:{kind}Ref/></w:r><w:r><w:t xml:space='preserve'> The {kind}, 10</w:t></w:r>"
        note += "<w:r><w:rPr><w:vertAlign w:val='superscript'/></w:rPr><w:t>6</w:t></w:r></w:p>"
        rule = f"<w:{kind} w:id='0' w:type='separator'><w:p/></w:{kind}>"
        notes = f"<w:{kind}s {nsdecls('w')}>{rule}<w:{kind} w:id='2'>{note}</w:{kind}></w:{kind}s>"
        name = PackURI(f"/word/{kind}s.xml")
        file.part.relate_to(Part(name, "application/xml", notes.encode(), file.part.package), reference)
    file.add_paragraph("The end.")
    assert extract(".docx", saved(file)).text == (
        "A text with a footnote.\n\nThe footnote, 10⁶\n\nA text with a endnote.\n\nThe endnote, 10⁶\n\nThe end."
    )


def odt(*blocks: str) -> str:
    file = odfdo.Document("text")
    for name, look in (
        ("Up", "style:text-position='super 58%'"), ("Off", "style:text-line-through-style='solid'"),
    ):  # fmt: skip
        inside = f"<style:text-properties {look}/>"
        style = f"<style:style style:name='{name}' style:family='text'>{inside}</style:style>"
        file.insert_style(odfdo.Element.from_tag(style), automatic=True)
    file.body.clear()
    for block in blocks:
        file.body.append(odfdo.Element.from_tag(block))
    return extract(".odt", saved(file)).text


def span(look: str, text: str) -> str:
    return f"<text:span text:style-name='{look}'>{text}</text:span>"


def test_odt_keeps_raised_figures_apart_and_leaves_out_what_is_struck() -> None:
    said = "".join(span("Up", part) if high else part for part, high in PARTS)
    assert odt(f"<text:p>{said} {span('Off', 'No.')}Yes.</text:p>") == f"{SAID} Yes."


def test_odt_says_what_is_seen_of_links_and_pictures() -> None:
    link = "<text:a xlink:href='mailto:desk@town.example'>desk@<text:span>town.example</text:span></text:a>"
    picture = "<draw:frame><draw:image xlink:href='Pictures/1.png'/><svg:title>A map</svg:title></draw:frame>"
    assert odt(f"<text:p>Write to {link} by <text:a xlink:href='#x'/>3 May.{picture}</text:p>") == (
        "Write to desk@town.example by 3 May."
    )


def test_odt_says_what_stands_above_and_below_its_pages_once_and_after_its_text() -> None:
    file = odfdo.Document("text")
    file.body.clear()
    file.body.append(odfdo.Element.from_tag("<text:h>A letter</text:h>"))
    above = "<text:p>Town of <text:a xlink:href='http://hameau.example'>Hameau</text:a></text:p>"
    for page in file.get_part("styles").get_elements("//style:master-page")[:1]:
        for name, said in (("header", above), ("footer-left", above), ("footer", "<text:p>- 1 -</text:p>")):
            page.append(odfdo.Element.from_tag(f"<style:{name}>{said}</style:{name}>"))
    found = extract(".odt", saved(file))
    assert found.text == "A letter\n\nTown of Hameau"
    assert [one.label for one in found.sections] == ["A letter", ""]


def test_odt_boxes_come_after_their_sentence_and_sections_keep_their_tables() -> None:
    inside = "<text:p>Box: 12 ships</text:p><text:p>5 boats</text:p>"
    box = f"<draw:frame><draw:text-box>{inside}</draw:text-box></draw:frame>"
    row = "<table:table-row>{}</table:table-row>".format
    cell = "<table:table-cell office:value-type='string'><text:p>{}</text:p></table:table-cell>".format
    rows = row(cell("Item") + cell("Cost")) + row(cell("Steel") + cell("12"))
    assert (
        odt(
            f"<text:p>It cost 400{box} euros.</text:p>",
            f"<text:section><text:h>Sums</text:h><table:table table:name='t'>{rows}</table:table></text:section>",
        )
        == "It cost 400 euros.\n\nBox: 12 ships\n5 boats\n\nSums\n\nItem; Cost\nItem: Steel; Cost: 12"
    )


def test_odt_says_which_rows_are_names_and_a_wide_cell_once() -> None:
    cell = "<table:table-cell office:value-type='string' {}><text:p>{}</text:p></table:table-cell>".format
    covered = "<table:covered-table-cell/>"
    names = "".join(cell("", one) for one in ("Name", "Town", "Post"))
    first = (
        cell("table:number-rows-spanned='2'", "Ada")
        + cell("table:number-columns-spanned='2'", "away")
        + covered
    )
    second = covered + cell("", "Bern") + cell("", "Chair")
    lines = "".join(f"<table:table-row>{row}</table:table-row>" for row in (first, second))
    head = f"<table:table-header-rows><table:table-row>{names}</table:table-row></table:table-header-rows>"
    assert odt(f"<table:table table:name='t'>{head}{lines}</table:table>") == (
        "Name; Town; Post\nName: Ada; away\nName: Ada; Town: Bern; Post: Chair"
    )


def test_rtf_keeps_raised_figures_apart_and_leaves_out_what_is_struck_or_deleted() -> None:
    rtf = (
        rb"{\rtf1\ansi{\info{\title The caf\'e9}{\author Ada}{\creatim\yr2024\mo5\dy3\hr1}}"
        rb"Opened in 2014{\super\rtlch \ltrch\loch 3}, it cost 400\super 2\nosupersub  euros"
        rb"{\deleted\revauthdel1 999 {\b deleted}}{\strike  not} for 10{\super -6} m{\super 2}"
        rb"{\v hidden} on the 1{\super st}.\par {\strike\strike0 Kept} as it is.}"
    )
    found = extract(".rtf", rtf)
    assert found.text == f"{SAID}\nKept as it is."
    assert (found.title, found.author, found.date) == ("The café", "Ada", "2024-05-03")


def test_rtf_reads_notes_behind_their_paragraph_and_rows_with_the_names_of_their_columns() -> None:
    row = rb"\trowd\cellx900\cellx1800\cellx2700\pard\intbl %b\cell %b\cell %b\cell\pard\trowd\cellx900\row "
    rtf = (
        rb"{\rtf1\ansi It cost five{\super\chftn{\footnote\pard {\super\chftn} In {\b May} of 2019.}} euros.\par "
        + row % (b"Year", rb"He\par at", b"Cost")
        + row % (b"2022", b"1 200", b"88")
        + row % (b"2023", b"1 340", rb"99{\*\footnote Without tax.}")
        + rb"\pard After it.\par Last{\footnote The end.}}"
    )
    assert extract(".rtf", rtf).text == (
        "It cost five euros.\n In May of 2019.\nYear; He at; Cost\nYear: 2022; He at: 1 200; Cost: 88\n"
        "Year: 2023; He at: 1 340; Cost: 99 Without tax.\nAfter it.\nLast\nThe end."
    )


def test_pptx_keeps_raised_figures_apart_and_reads_what_it_holds_twice() -> None:
    deck = pptx.Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[6])
    box = slide.shapes.add_textbox(0, 0, 9_000_000, 900_000)
    for part, high in (*PARTS, (" Struck.", None)):
        run = box.text_frame.paragraphs[0].add_run()
        run.text = part
        if high is None:
            run.font._element.set("strike", "sngStrike")
        else:
            run.font._element.set("baseline", "30000" if high else "0")
    ns = "http://schemas.openxmlformats.org/markup-compatibility/2006"
    twice = etree.SubElement(slide.shapes.element, f"{{{ns}}}AlternateContent", nsmap={"mc": ns})
    choice = etree.SubElement(twice, f"{{{ns}}}Choice", Requires="a14")
    choice.append(box._element)
    etree.SubElement(twice, f"{{{ns}}}Fallback")
    assert extract(".pptx", saved(deck)).text == SAID


def test_what_a_template_says_of_itself_is_not_said_of_the_file() -> None:
    text, deck = docx.Document(), pptx.Presentation()
    text.add_paragraph("Words.")
    deck.slides.add_slide(deck.slide_layouts[5]).shapes.title.text = "Words."
    deck.core_properties.title = "PowerPoint-Präsentation"
    for suffix, data in ((".docx", saved(text)), (".pptx", saved(deck))):
        assert "docProps/core.xml" in zipfile.ZipFile(io.BytesIO(data)).namelist()
        found = extract(suffix, data)
        assert (found.title, found.author, found.date) == ("", "", ""), suffix
