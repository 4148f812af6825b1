"""Files as other programs write them: nothing is lost, nothing is made up, and rows keep their columns."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Callable
from typing import Any

import docx
import odfdo
import openpyxl
import pptx
import pytest
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

from index.decoding import decode
from index.errors import Unreadable
from index.formats import extract
from index.formats.extracted import Extracted
from index.sentences import sentences


def saved(write: Callable[[io.BytesIO], object]) -> bytes:
    data = io.BytesIO()
    write(data)
    return data.getvalue()


def without(data: bytes, part: str) -> bytes:
    """An Office file that says nothing of itself."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(made, "w") as new:
        for name in old.namelist():
            if name != part:
                whole = old.read(name).decode("latin-1")
                whole = re.sub(r'<Relationship [^>]*core-properties"[^>]*/>', "", whole)
                whole = re.sub(r'<Override [^>]*core\.xml"[^>]*/>', "", whole)
                new.writestr(name, whole.encode("latin-1"))
    return made.getvalue()


def word(inside: str) -> Any:
    return parse_xml(inside.replace(">", f" {nsdecls('w')}>", 1))


def test_docx_reads_what_was_inserted_and_what_stands_in_controls() -> None:
    file = docx.Document()
    text = file.add_paragraph("The council did ")
    text._p.append(word("<w:ins><w:r><w:t xml:space='preserve'>not </w:t></w:r></w:ins>"))
    text._p.append(word("<w:del><w:r><w:delText>at last </w:delText></w:r></w:del>"))
    text.add_run("approve the budget of ")
    text._p.append(word("<w:sdt><w:sdtContent><w:r><w:t>2024</w:t></w:r></w:sdtContent></w:sdt>"))
    text._p.append(word("<w:fldSimple w:instr='PAGE'><w:r><w:t>, page 7</w:t></w:r></w:fldSimple>"))
    file.element.body.insert(
        1,
        word(
            "<w:sdt><w:sdtContent><w:p><w:r><w:t>A whole paragraph.</w:t></w:r></w:p></w:sdtContent></w:sdt>"
        ),
    )
    grid = file.add_table(rows=1, cols=2)
    grid.rows[0].cells[0].text = "Name"
    grid.rows[0].cells[1].paragraphs[0]._p.append(word("<w:ins><w:r><w:t>Sum</w:t></w:r></w:ins>"))
    found = extract(".docx", saved(file.save))
    assert found.text == (
        "The council did not approve the budget of 2024, page 7\n\nA whole paragraph.\n\nName; Sum"
    )


def test_docx_says_what_stands_above_and_below_its_pages_once_and_after_its_text() -> None:
    file = docx.Document()
    file.add_heading("A letter")
    file.add_section()
    first, second = file.sections
    first.different_first_page_header_footer = True
    first.first_page_header.paragraphs[0].text = "Town of Hameau, file 2024-117"
    grid = first.header.add_table(1, 2, 900_000)
    grid.cell(0, 0).text, grid.cell(0, 1).text = "Phone", "04 12"
    first.footer.paragraphs[0].text = "- 1 -"
    second.footer.is_linked_to_previous = False
    second.footer.paragraphs[0].text = "Town of Hameau, file 2024-117"
    found = extract(".docx", saved(file.save))
    assert found.text == "A letter\n\nTown of Hameau, file 2024-117\n\nPhone; 04 12"
    assert [one.label for one in found.sections] == ["A letter", ""]


def test_office_files_that_say_nothing_of_themselves_have_no_title_and_date() -> None:
    book = openpyxl.Workbook()
    book.active.append(["Name", "Sum"])
    text, deck = docx.Document(), pptx.Presentation()
    text.add_paragraph("Name")
    deck.slides.add_slide(deck.slide_layouts[5]).shapes.title.text = "Name"
    files = {
        ".docx": saved(text.save),
        ".pptx": saved(deck.save),
        ".xlsx": saved(book.save),
    }
    for suffix, data in files.items():
        found = extract(suffix, without(data, "docProps/core.xml"))
        assert (found.title, found.author, found.date) == ("", "", ""), suffix


def test_odt_keeps_notes_and_comments_out_of_its_sentences() -> None:
    note = "<text:note text:id='n'><text:note-citation>1</text:note-citation><text:note-body>"
    note += "<text:p>Decided in May.</text:p></text:note-body></text:note>"
    comment = "<office:annotation><dc:creator>Bob</dc:creator><text:p>Check.</text:p></office:annotation>"
    over = comment.replace("annotation>", "annotation office:name='c'>", 1)
    cell = "<table:table-cell office:value-type='{}' office:{}='{}'><text:p>{}</text:p></table:table-cell>"
    row = "<table:table-row>{}</table:table-row>"
    names = "".join(cell.format("string", "string-value", one, one) for one in ("Item", "Left", "Rate"))
    values = cell.format("string", "string-value", "Pens", "Pens") + cell.format("float", "value", 0, 0)
    values += cell.format("percentage", "value", 0.125, "12,50 %")
    file = odfdo.Document("text")
    file.body.clear()
    for each in (
        f"<text:p>The fee is five euros{note} per day.</text:p>",
        f"<text:p>The {over}curator<office:annotation-end office:name='c'/>{comment} is Martha Stone.</text:p>",
        f"<table:table table:name='t'>{row.format(names)}{row.format(values)}</table:table>",
    ):
        file.body.append(odfdo.Element.from_tag(each))
    assert extract(".odt", saved(file.save)).text == (
        "The fee is five euros per day.\n\nDecided in May.\n\nThe curator is Martha Stone.\n\n"
        "Item; Left; Rate\nItem: Pens; Left: 0; Rate: 12,50 %"
    )


def test_a_label_over_several_rows_of_a_sheet_is_said_in_each() -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    for row in (
        ["Region", "City", "People"],
        ["North", "Lille", 236],
        [None, "Amiens", 236],
        [None, "Reims", 178],
    ):
        sheet.append(row)
    for place in ("A2:A4", "C2:C3", "E1:E3"):
        sheet.merge_cells(place)
    assert extract(".xlsx", saved(book.save)).text == (
        "Region; City; People\nRegion: North; City: Lille; People: 236\nRegion: North; City: Amiens\n"
        "Region: North; City: Reims; People: 178"
    )


def test_a_sheet_is_read_whole_whatever_size_it_says_it_has() -> None:
    book = openpyxl.Workbook()
    for row in (["Budget of the town"], [], ["Item", "Planned", "Spent"], ["Dredging", 5000, True]):
        book.active.append(row)
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(saved(book.save))) as old, zipfile.ZipFile(made, "w") as new:
        for name in old.namelist():
            new.writestr(name, re.sub(rb'<dimension ref="[^"]*"', b'<dimension ref="A1"', old.read(name)))
    assert extract(".xlsx", made.getvalue()).text == (
        "Budget of the town\nItem; Planned; Spent\nItem: Dredging; Planned: 5000; Spent: TRUE"
    )


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ('\ufeff"Last, First","Year"\n"Lovelace, Ada",18\n', "Last, First; Year\nLast, First: Lovelace, Ada; Year: 18"),
        ("sep=;\nName;Year\nAda;1815\n", "Name; Year\nName: Ada; Year: 1815"),
        ('Name;"Sum (net, gross, tax)"\nAda;18\n', "Name; Sum (net, gross, tax)\nName: Ada; Sum (net, gross, tax): 18"),
        ("Budget;;\nItem;Planned;Spent\nPens;5;4\n", "Budget\nItem; Planned; Spent\nItem: Pens; Planned: 5; Spent: 4"),
        ("Country;2023;2024\nFrance;10;20\n", "Country; 2023; 2024\nCountry: France; 2023: 10; 2024: 20"),
        ("Ada;1815;1852\nGrace;1906;1992\n", "Ada; 1815; 1852\nGrace; 1906; 1992"),
    ],
)  # fmt: skip
def test_the_columns_of_a_table(data: str, text: str) -> None:
    assert extract(".csv", data.encode()).text == text


def mail(*lines: str, head: str = "From: a@b.c\r\nSubject: x\r\n") -> Extracted:
    return extract(".eml", (head + "\r\n".join(lines)).encode("latin-1"))


def test_what_is_attached_to_a_signed_mail_is_read() -> None:
    found = mail(
        'Content-Type: multipart/signed; boundary=S', "", "--S", "Content-Type: multipart/mixed; boundary=B", "",
        "--B", "Content-Type: text/plain", "", "See the contract.",
        "--B", "Content-Type: text/plain; name=c.txt", "Content-Disposition: attachment; filename=c.txt", "",
        "The crane was sold.", "--B--", "--S", "Content-Type: application/pgp-signature; name=s.asc", "", "x", "--S--",
    )  # fmt: skip
    assert found.text == "From: a@b.c\nSubject: x\n\nSee the contract.\n\nThe crane was sold.\n\ns.asc"


def test_a_second_text_is_read_and_a_forwarded_mail_is_listed() -> None:
    found = mail(
        "Content-Type: multipart/mixed; boundary=B", "", "--B", "Content-Type: text/plain", "", "First.",
        "--B", "Content-Type: text/plain", "", "Second.",
        "--B", "Content-Type: message/rfc822", "", "Subject: old", "", "Old words.", "--B--",
    )  # fmt: skip
    assert found.text == "From: a@b.c\nSubject: x\n\nFirst.\n\nSecond.\n\nmessage/rfc822"
    assert found.left == "message/rfc822 (an archive or mail in a mail; save it as a file of its own)"


@pytest.mark.parametrize(
    "head",
    ["", "Content-Type: text/plain; charset=us-ascii\r\n", "Content-Type: text/plain; charset=klingon\r\n"],
)
@pytest.mark.parametrize("encoding", ["utf-8", "cp1252"])
def test_letters_of_a_mail_that_does_not_say_how_it_writes_them(head: str, encoding: str) -> None:
    said = "Le café de la médiathèque coûte trois euros à Besançon."
    data = f"From: a@b.c\r\n{head}\r\n{said}".encode(encoding)
    assert extract(".eml", data).text.endswith(said)


def test_a_mailbox_with_lines_that_begin_like_its_own() -> None:
    line = "From a@b Mon Jan  1 00:00:00 2024\n"
    data = f"{line}Subject: one\n\nHello.\n\nFrom now on we open at nine.\n\n{line}\n"
    data += f"{line}Subject: two\n\n>From here, quoted.\n"
    found = extract(".mbox", data.encode())
    assert (
        found.text
        == "Subject: one\n\nHello.\n\nFrom now on we open at nine.\n\nSubject: two\n\nFrom here, quoted."
    )
    assert found.left == "message 2 (it is no mail: it has no header)"
    with pytest.raises(Unreadable, match="it has no header"):
        extract(".mbox", f"{line}\n{line}\n".encode())


def test_numbers_and_half_characters_of_json() -> None:
    data = '{"a": 12.50, "b": true, "c": 1e400, "d": "40 \\ud83d high", "e": 12345678901234567890.123}'
    assert extract(".json", data.encode()).text == (
        "a: 12.50\nb: true\nc: 1e400\nd: 40 \ufffd high\ne: 12345678901234567890.123"
    )
    lines = json.dumps({"a": "one\u2028two"}, ensure_ascii=False) + "\r\n" + json.dumps({"a": 3})
    assert extract(".jsonl", lines.encode()).text == "a: one\u2028two\n\na: 3"


def test_what_is_said_in_subtitles() -> None:
    srt = "1\n00:00:01,000 --> 00:00:02,000\n<i>It cost</i> {about 5} million euros\n"
    assert extract(".srt", srt.encode()).text == "It cost {about 5} million euros"
    vtt = "WEBVTT\n\n00:01.000 --> 00:02.000\n<v Ann>Smith &amp; Sons <00:00:01.500>paid &lt;all&gt;.\n"
    assert extract(".vtt", vtt.encode()).text == "Ann: Smith & Sons paid <all>."


def test_captions_that_roll_up_are_said_once() -> None:
    def cue(start: str, end: str, *lines: str) -> str:
        return f"00:00:0{start} --> 00:00:0{end} align:start\n" + "\n".join(lines) + "\n\n"

    rolling = "WEBVTT\nKind: captions\n\n" + cue("0.000", "2.500", " ", "the<00:00:00.300><c> bridge</c>")
    rolling += cue("2.500", "2.510", "the bridge", " ") + cue(
        "2.510", "5.000", "the bridge", "cost 400<c> euros</c>"
    )
    rolling += cue("5.000", "5.010", "cost 400 euros", " ") + cue(
        "5.010", "8.000", "cost 400 euros", "in all"
    )
    assert extract(".vtt", rolling.encode()).text == "the bridge\ncost 400 euros\nin all"
    spoken = "WEBVTT\n\n" + cue("1.000", "2.000", "No.") + cue("2.000", "3.000", "No.", "Never.")
    assert extract(".vtt", spoken.encode()).text == "No.\nNo.\nNever."


def test_names_of_cues_and_notes_are_not_said() -> None:
    vtt = (
        "WEBVTT\r\n\r\nSTYLE\r\n::cue { color: red }\r\n\r\nfirst\r\n00:01.000 --> 00:02.000\r\nOne.\r\n\r\n"
        "NOTE to check\r\n\r\n2\r\n00:03.000 --> 00:04.000\r\nNOTE that it is late.\r\n\r\n"
        "last one\r\n00:05.000 --> 00:06.000\r\nThree.\r\n"
    )
    assert extract(".vtt", vtt.encode()).text == "One.\nNOTE that it is late.\nThree."


def test_a_feed_without_marks_of_html() -> None:
    rss = (
        "<rss version='2.0'><channel><title>Town</title><item>"
        "<title>Harbour &amp;amp; &lt;b&gt;town&lt;/b&gt;</title>"
        "<description>Ren&amp;eacute; Morel, the mayor&amp;#8217;s brother</description></item></channel></rss>"
    )
    assert extract(".rss", rss.encode()).text == "Harbour & town\n\nRené Morel, the mayor’s brother"


def test_a_text_without_full_stops_is_not_cut_inside_a_figure() -> None:
    words = "a harbour of the old town " * 153 + "cost 14500 euros " + "and a boat of the town " * 100
    for shift in range(8):
        text = "x" * shift + " " + words
        parts = [text[one.start : one.end] for one in sentences(text, "en")]
        assert any("14500" in part for part in parts), shift
        assert not any(part.endswith(("1", "14", "145", "1450")) for part in parts)


PLAIN = "<p>The pool of Hameau reopened after two years of works, the town council said in its report.</p>"


def page(inside: str, head: str = "") -> Extracted:
    return extract(".html", f"<html><head><title>T</title>{head}</head><body>{inside}</body></html>".encode())


def test_a_page_without_an_article_keeps_its_lists_and_headings_and_leaves_its_menu() -> None:
    menu = "<nav><ul><li><a href=/>Home</a></li><li><a href=/n>News</a></li></ul></nav>"
    found = page(
        f"{menu}<h1>The pool</h1>{PLAIN}<h2>Fees</h2><ul><li>Adults pay 12 euros.</li></ul>{PLAIN * 2}"
    )
    assert "Fees\n\n- Adults pay 12 euros." in found.text
    assert "News" not in found.text


def test_times_and_raised_figures_stay_in_their_sentences() -> None:
    found = page(
        f"<article><p>It was signed on <time datetime='2021-05-04'>4 May 2021</time> in Lyon, le 1<sup>er</sup> mai, "
        f"by 522,228<sup>2</sup> people over 10<sup>-6</sup> <label>days</label>.</p>{PLAIN}</article>"
    )
    assert "It was signed on 4 May 2021 in Lyon, le 1er mai, by 522,228² people over 10⁻⁶ days." in found.text


def test_a_list_of_people_is_no_menu() -> None:
    people = "<li><a href=/a>Anne Roux</a>, mayor since 2014</li><li><a href=/b>Bo Lee</a>, deputy for schools</li>"
    found = page(f"<article>{PLAIN}<ul>{people}</ul>{PLAIN}</article>")
    assert "- Anne Roux, mayor since 2014\n- Bo Lee, deputy for schools" in found.text


def test_a_page_has_the_date_that_it_says_it_has() -> None:
    told = (
        "<article><p>The battle took place on 14 May 1995.</p>"
        + PLAIN
        + "</article><footer>© 2019 T</footer>"
    )
    assert page(told).date == ""
    assert page(told, "<meta property='article:published_time' content='2023-02-01'>").date == "2023-02-01"


def test_latin_1_is_read_as_browsers_do() -> None:
    assert decode(b"L\x92entr\xe9e co\xfbte 5 \x80", "iso-8859-1") == "L’entrée coûte 5 €"


@pytest.mark.parametrize(
    ("front", "said"),
    [
        ('title: "A title"\r\nauthor: "Anne Roux"', ("A title", "Anne Roux", "", "")),
        (
            "title: >\n  The great report\n  of the year\nlang: fr-CA",
            ("The great report of the year", "", "fr", ""),
        ),
        ("author: [Anne, 'Bo']\nlang: german\ndate: 2024-13-45", ("Words", "Anne, Bo", "", "")),
        ('author:\n- Anne\n- "Bo"\ntitle: null\ndate: 2024-05', ("Words", "Anne, Bo", "", "2024-05")),
        ('title: "A # b" # c\nauthor: Anne # d', ("A # b", "Anne", "", "")),
        ("title: 'It''s good'\nauthor: \"A \\\"quoted\\\" name\"", ("It's good", 'A "quoted" name', "", "")),
    ],
)
def test_front_matter_as_people_write_it(front: str, said: tuple[str, ...]) -> None:
    found = extract(".md", f"---\n{front}\n---\n# Words\n".replace("\r\n\n", "\r\n").encode())
    assert (found.title, found.author, found.language, found.date) == said


@pytest.mark.parametrize(
    ("front", "tags"),
    [
        ("tags: [water law, 'Mills', mills]", ("water law", "Mills", "mills")),
        ("tags:\n  - water law\n  - mills\nkeywords: rivers; mills", ("water law", "mills", "rivers")),
        ("keywords: '#rivers, #law'", ("rivers", "law")),
        ("tags: []", ()),
        ("title: No tags", ()),
    ],
)
def test_tags_of_front_matter(front: str, tags: tuple[str, ...]) -> None:
    assert extract(".md", f"---\n{front}\n---\n# Words\n".encode()).tags == tags


def test_keywords_of_a_page() -> None:
    assert page(f"<article>{PLAIN}</article>", '<meta name="keywords" content="water, Law">').tags == (
        "water",
        "Law",
    )


def test_a_page_of_few_words_is_not_read_with_its_menu_and_form() -> None:
    menu = "<header>Town library</header><nav><ul><li><a href=/>Home</a></li><li><a href=/n>News</a></li></ul></nav>"
    form = "<form><label>Name</label><input><button>Send</button></form>"
    hours = "<h1>Opening hours</h1><p>It is open from 9 am to 5 pm.</p><p>It is closed on Mondays.</p>"
    assert page(f"{menu}{hours}{form}").text == (
        "Opening hours\n\nIt is open from 9 am to 5 pm.\n\nIt is closed on Mondays."
    )


def test_a_page_that_stands_in_a_form_is_read() -> None:
    found = page(
        f"<form><h2>Fees</h2>{PLAIN}<p>Adults pay 12 euros.</p></form><div>{PLAIN}<p>Write to us.</p></div>"
    )
    assert "Adults pay 12 euros." in found.text


def test_a_list_of_links_with_marks_between_is_a_menu() -> None:
    crumbs = "<ul><li><a href=/>Home</a> | </li><li><a href=/a>About us</a> | </li></ul>"
    assert "About us" not in page(f"{crumbs}<h1>The pool</h1>{PLAIN * 3}<p>It is open on Sundays.</p>").text
