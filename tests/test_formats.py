"""Every format: its text, its parts by the names people call them, what it says of itself; and hostile files."""

from __future__ import annotations

import io
import json
import queue
import subprocess
import sys
import threading
import zipfile
from collections.abc import Callable
from copy import deepcopy
from datetime import UTC, date, datetime
from email.message import EmailMessage
from functools import cache
from pathlib import Path
from typing import Any

import docx
import odfdo
import openpyxl
import pptx
import pytest
from folders import HARBOUR, place
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from pptx.chart.data import CategoryChartData
from pptx.enum.chart import XL_CHART_TYPE
from pptx.opc.package import Part
from pptx.opc.packuri import PackURI
from pptx.oxml import parse_xml

from index.errors import Unreadable
from index.formats import FORMATS, UNITS, extract, extracted
from index.formats.extracted import Extracted, day, joined
from index.formats.rows import table
from index.generation import open_generation
from index.ocr import Scans
from index.types import Source
from index.worker import Worker, _listen
from prompts import LANGUAGES, message

SAID = "The fund received 400 million euros in 2025."
NEXT = "Ada Lovelace chairs it."


def saved(write: Callable[[io.BytesIO], object]) -> bytes:
    data = io.BytesIO()
    write(data)
    return data.getvalue()


def make_docx() -> bytes:
    file = docx.Document()
    file.core_properties.title, file.core_properties.author = "Minutes", "Grace Hopper"
    file.core_properties.keywords = "water; law"
    file.core_properties.modified = datetime(2025, 2, 10, tzinfo=UTC)
    file.add_paragraph("Before any heading.")
    file.add_heading("Funding", 1)
    file.add_paragraph(SAID)
    grid = file.add_table(rows=2, cols=2)
    for row, cells in zip(grid.rows, [("Name", "Sum"), ("Current AI", "400")], strict=True):
        for cell, text in zip(row.cells, cells, strict=True):
            cell.text = text
    file.add_heading("People", 1)
    file.add_paragraph(NEXT)
    return saved(file.save)


def make_odt() -> bytes:
    file = odfdo.Document("text")
    file.body.clear()
    file.body.append(odfdo.Header(1, "Funding"))
    file.body.append(odfdo.Paragraph(SAID))
    file.body.append(odfdo.Header(1, "People"))
    file.body.append(odfdo.Paragraph(NEXT))
    file.meta.title, file.meta.keyword = "Minutes", "water, mills"
    return saved(file.save)


def make_pptx() -> bytes:
    deck = pptx.Presentation()
    for title, body in (("Funding", SAID), ("People", NEXT)):
        slide = deck.slides.add_slide(deck.slide_layouts[1])
        slide.shapes.title.text, slide.placeholders[1].text = title, body
    deck.slides[1].notes_slide.notes_text_frame.text = "She began in 2024."
    return saved(deck.save)


def make_xlsx() -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Budget"
    for row in (["Name", "Sum"], ["Current AI", 400.0], [None, None], ["Hiatus", 1.5]):
        sheet.append(row)
    book.create_sheet("People").append(["Ada", "chair"])
    return saved(book.save)


def make_epub(times: int = 1) -> bytes:
    container = '<container><rootfiles><rootfile full-path="o/p.opf"/></rootfiles></container>'
    package = (
        '<package xmlns:dc="http://purl.org/dc/elements/1.1/"><metadata><dc:title>A Fund</dc:title>'
        "<dc:creator>Mary Shelley</dc:creator><dc:date>1818-01-01</dc:date><dc:language>en</dc:language></metadata>"
        '<manifest><item id="a" href="a.xhtml"/><item id="b" href="b%20c.xhtml"/></manifest>'
        "<spine>" + '<itemref idref="a"/>' * times + '<itemref idref="b"/></spine></package>'
    )
    pages = {
        "o/a.xhtml": f"<html><head><title>Funding</title></head><body><p>{SAID}</p></body></html>",
        "o/b c.xhtml": f"<html><head><title>People</title></head><body><p>{NEXT}</p></body></html>",
    }
    return make_zip({"META-INF/container.xml": container, "o/p.opf": package, **pages})


def make_zip(files: dict[str, str | bytes]) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return data.getvalue()


def make_eml() -> bytes:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "Ada <ada@example.org>", "press@example.org", "Funding"
    mail["Date"] = "Mon, 10 Feb 2025 09:30:00 +0100"
    mail.set_content(SAID)
    mail.add_attachment(NEXT.encode(), maintype="text", subtype="plain", filename="people.txt")
    mail.add_attachment(b"\x89PNG", maintype="image", subtype="png", filename="logo.png")
    return mail.as_bytes()


def make_mbox() -> bytes:
    return b"".join(b"From a@b Mon Feb 10 09:30:00 2025\n" + make_eml() + b"\n\n" for _ in range(2))


ATOM = f"""<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom"><title>News</title>
<entry><title>Funding</title><updated>2025-02-10T00:00:00Z</updated>
<content type="html">&lt;p&gt;{SAID}&lt;/p&gt;</content></entry>
<entry><title>People</title><summary>{NEXT}</summary></entry></feed>"""
SRT = f"1\n00:00:01,000 --> 00:00:04,000\n{SAID}\n\n2\n01:02:03,500 --> 01:02:09,000\n<i>{NEXT}</i>\n"
VTT = f"WEBVTT\n\n00:01.000 --> 00:04.000\n{SAID}\n\n01:02:03.500 --> 01:02:09.000\n{NEXT}\n"
JSONL = f'{{"said": "{SAID}"}}\n\n{{"said": "{NEXT}"}}\n'
# suffix -> file, and the label of the part in which SAID stands, and of that of NEXT
MADE: dict[str, tuple[Callable[[], bytes], str, str]] = {
    ".docx": (make_docx, "Funding", "People"),
    ".odt": (make_odt, "Funding", "People"),
    ".pptx": (make_pptx, "1", "2"),
    ".epub": (make_epub, "Funding", "People"),
    ".eml": (make_eml, "body", "people.txt"),
    ".mbox": (make_mbox, "1, Funding", "1, Funding, people.txt"),
    ".atom": (ATOM.encode, "Funding", "People"),
    ".srt": (SRT.encode, "00:00:01", "01:02:03"),
    ".vtt": (VTT.encode, "00:00:01", "01:02:03"),
    ".csv": (f'What,Who\n"{SAID}",x\n"{NEXT}",y\n'.encode, "2", "3"),
    ".tsv": (f"What\tWho\n{SAID}\tx\n{NEXT}\ty\n".encode, "2", "3"),
    ".json": (json.dumps([{"a": {"b": [SAID]}}, {"c": NEXT}]).encode, "1", "2"),
    ".jsonl": (JSONL.encode, "1", "3"),
    ".zip": (lambda: make_zip({"a/b.txt": SAID, "c.docx": make_docx(), "d.png": b"1"}), "a/b.txt", "c.docx"),
}


@cache
def made(suffix: str) -> bytes:
    """One file of the format, the same for all of a test's examples: some hold the time at which they were made."""
    return MADE[suffix][0]()


def outcome(suffix: str, data: bytes) -> str:
    """The text, or the reason why there is none."""
    try:
        return extract(suffix, data).text
    except Unreadable as error:
        return str(error)


def part_with(found: Extracted, words: str) -> str:
    at = found.text.index(words)
    return next(one.label for one in found.sections if one.start <= at < one.end)


@pytest.mark.parametrize("suffix", MADE)
def test_text_and_parts(suffix: str) -> None:
    make, first, second = MADE[suffix]
    found = extract(suffix, make())
    assert part_with(found, SAID) == first
    assert part_with(found, NEXT) == second
    edges = [(one.start, one.end) for one in found.sections]
    assert edges == sorted(edges)
    assert all(found.text[start:end].strip() == found.text[start:end] != "" for start, end in edges)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (rb"\trowd Name\cell Value\row\trowd Rent\cell 400\row", "Name; Value\nName: Rent; Value: 400"),
        (rb"\trowd Rent\cell 400\cell", "Rent 400"),
        (rb"The rent is due.{\footnote By 5 May.", "The rent is due.\nBy 5 May."),
    ],
)
def test_rtf_that_ends_a_cell_a_row_or_a_note_badly_loses_no_word(body: bytes, said: str) -> None:
    assert extract(".rtf", rb"{\rtf1\ansi " + body).text == said


def test_rtf_has_text_alone() -> None:
    found = extract(
        ".rtf", rb"{\rtf1\ansi\ansicpg1252 The caf\'e9 received {\b 400} million.\par Then more.}"
    )
    assert found.text == "The café received 400 million.\nThen more."


def test_rows_of_tables_are_readable_alone() -> None:
    found = extract(".xlsx", make_xlsx())
    assert found.text.split("\n") == [
        "Name; Sum",
        "Name: Current AI; Sum: 400",
        "Name: Hiatus; Sum: 1.5",
        "Ada; chair",
    ]
    assert [one.label for one in found.sections] == ["Budget!1", "Budget!2", "Budget!4", "People!1"]
    assert "Name: Current AI; Sum: 400" in extract(".docx", make_docx()).text


def test_what_files_say_of_themselves() -> None:
    word, book, mail = (extract(s, MADE[s][0]()) for s in (".docx", ".epub", ".eml"))
    assert (word.title, word.author, word.date) == ("Minutes", "Grace Hopper", "2025-02-10")
    assert (book.title, book.author, book.date, book.language) == (
        "A Fund",
        "Mary Shelley",
        "1818-01-01",
        "en",
    )
    assert (mail.title, mail.author, mail.date) == ("Funding", "Ada <ada@example.org>", "2025-02-10")
    front = b"---\ntitle: A note\nauthor: 'Ada'\ndate: 2025-02-10T08:00\nlang: fr\nurl: https://a.example/b\n---\n# X\n"
    note = extract(".md", front)
    assert note == Extracted(front.decode(), "A note", "fr", (), "Ada", "2025-02-10", "https://a.example/b")
    assert word.tags == ("water", "law")
    letter = extract(".odt", make_odt())
    assert (letter.title, letter.tags) == ("Minutes", ("water", "mills"))


def test_mail_names_what_it_cannot_read() -> None:
    text = extract(".eml", make_eml()).text
    assert "Subject: Funding" in text
    assert text.endswith("logo.png")


def test_slides_have_their_notes() -> None:
    assert part_with(extract(".pptx", make_pptx()), "She began in 2024.") == "2"


@pytest.mark.parametrize("suffix", [s for s in FORMATS if s not in (".txt", ".text", ".md", ".markdown")])
@pytest.mark.parametrize("junk", [b"\0" * 100, b"junk", b"PK\x03\x04 cut off", "ligne é".encode("utf-16")])
def test_junk_is_unreadable_or_text(suffix: str, junk: bytes) -> None:
    assert outcome(suffix, junk).strip()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "iso-8859-1", "windows-1250"])
def test_a_chapter_is_read_in_the_encoding_that_it_names(encoding: str) -> None:
    said = "Zażółć gęślą jaźń." if encoding == "windows-1250" else "L'été, l'école coûte cher."
    declared = "" if encoding == "utf-8-sig" else f"<?xml version='1.0' encoding='{encoding}'?>"
    page = f"{declared}<html><body><p>{said}</p></body></html>"
    book = io.BytesIO(make_epub())
    with zipfile.ZipFile(book) as old:
        files: dict[str, str | bytes] = {name: old.read(name) for name in old.namelist()}
    assert (
        extract(".epub", make_zip({**files, "o/a.xhtml": page.encode(encoding)})).text == f"{said}\n\n{NEXT}"
    )


def test_a_slide_says_what_its_charts_and_diagrams_show() -> None:
    deck = pptx.Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[6])
    shown = CategoryChartData(number_format="0.0%")
    shown.categories = [date(2022, 1, 31), date(2023, 1, 31)]
    shown.add_series("Heat", (0.125, None))
    shown.add_series("Light", (0.5, 0.25))
    drawn = slide.shapes.add_chart(XL_CHART_TYPE.COLUMN_CLUSTERED, 0, 0, 900_000, 900_000, shown).chart
    drawn.chart_title.text_frame.text = "Losses"
    space = "http://schemas.openxmlformats.org/drawingml/2006/"
    points = "".join(
        f"<d:pt{kind}><d:t><a:p><a:r><a:t>{said[:4]}</a:t></a:r><a:r><a:t>{said[4:]}</a:t></a:r></a:p></d:t></d:pt>"
        for kind, said in (("", "Write to the desk"), (" type='pres'", "Nothing"), ("", "Wait a month"))
    )
    model = f"<d:dataModel xmlns:d='{space}diagram' xmlns:a='{space}main'><d:ptLst>{points}</d:ptLst></d:dataModel>"
    part = Part(PackURI("/ppt/diagrams/data1.xml"), "application/xml", deck.part.package, model.encode())
    frame = deepcopy(slide.shapes[0]._element)
    data = frame.find(f".//{{{space}main}}graphicData")
    data.remove(data[0])
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    data.set("uri", f"{space}diagram")
    name = slide.part.relate_to(part, f"{office}/diagramData")
    etree.SubElement(data, f"{{{space}diagram}}relIds", {f"{{{office}}}dm": name})
    slide.shapes._spTree.append(frame)
    out = io.BytesIO()
    deck.save(out)
    assert extract(".pptx", out.getvalue()).text == (
        "Losses\n\n2022-01-31; Heat: 12.5%; Light: 50.0%\n2023-01-31; Light: 25.0%\n\nWrite to the desk\nWait a month"
    )


@pytest.mark.parametrize("kind", ["pie3DChart", "bar3DChart", "stockChart", "surfaceChart", "ofPieChart"])
def test_a_chart_of_any_kind_is_read_but_for_the_faults_that_it_shows(kind: str) -> None:
    deck = pptx.Presentation()
    shown = CategoryChartData()
    shown.categories = [date(2022, 1, 31), date(2023, 1, 31)]
    shown.add_series("Heat", (7, 9))
    shown.add_series("Light", (4, 5))
    slide = deck.slides.add_slide(deck.slide_layouts[6])
    chart = slide.shapes.add_chart(XL_CHART_TYPE.COLUMN_CLUSTERED, 0, 0, 900_000, 900_000, shown).chart
    made = etree.tostring(chart.part._element).replace(b"barChart", kind.encode())
    named, cut, values = made.replace(b"<c:v>9</c:v>", b"<c:v>#N/A</c:v>").partition(b"<c:cat>")
    chart.part._element = parse_xml(named + cut + values.replace(b'<c:pt idx="0">', b'<c:pt idx="7">', 1))
    out = io.BytesIO()
    deck.save(out)
    assert extract(".pptx", out.getvalue()).text == "Heat: 7; Light: 4\n2023-01-31; Light: 5\n2022-01-31"


@pytest.mark.parametrize("suffix", [".docx", ".odt", ".pptx", ".xlsx", ".epub", ".zip"])
def test_a_bomb_is_not_unpacked(suffix: str) -> None:
    bomb = make_zip({"xl/workbook.xml": b" " * 60_000_000, "word/document.xml": b"x" * 60_000_000})
    with pytest.raises(Unreadable, match="this looks like a trap"):
        extract(suffix, bomb)


def test_a_parser_s_own_oserror_is_the_file_s_fault() -> None:
    bent = make_zip(
        {"xl/workbook.xml": "<workbook/>", "[Content_Types].xml": "<Types/>", "_rels/.rels": "<r/>"}
    )
    with pytest.raises(Unreadable, match=r"it is no whole XLSX file \(OSError"):
        extract(".xlsx", bent)
    mail = EmailMessage()
    mail["Subject"] = "Funding"
    mail.set_content(SAID)
    mail.add_attachment(bent, maintype="application", subtype="octet-stream", filename="bent.xlsx")
    assert SAID in extract(".eml", mail.as_bytes()).text


def test_a_chapter_is_read_once_however_often_the_spine_names_it() -> None:
    assert extract(".epub", make_epub(3)).text == f"{SAID}\n\n{NEXT}"


def test_entities_stay_closed() -> None:
    laughs = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;"><!ENTITY f SYSTEM "file:///etc/passwd">]>'
    package = f"{laughs}<package><metadata><title>&b;&f;</title></metadata><manifest/><spine/></package>"
    container = '<container><rootfiles><rootfile full-path="p.opf"/></rootfiles></container>'
    with pytest.raises(Unreadable):
        extract(".epub", make_zip({"META-INF/container.xml": container, "p.opf": package}))


def test_nesting_has_an_end() -> None:
    with pytest.raises(Unreadable, match="levels deep"):
        extract(".json", b'{"a":' * 60 + b"1" + b"}" * 60)
    with pytest.raises(Unreadable, match="no JSON"):
        extract(".json", b"[" * 100_000)


def test_every_unit_is_a_word_in_every_language() -> None:
    for unit in set(UNITS.values()):
        for language in LANGUAGES:
            assert "7" in message(f"page_at_{unit}", language, place="7")


@given(st.lists(st.tuples(st.text(max_size=8), st.text(max_size=30)), max_size=8))
def test_parts_are_where_they_are_said_to_be(parts: list[tuple[str, str]]) -> None:
    text, sections = joined(parts)
    kept = [p.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "").strip() for _, p in parts]
    assert [text[one.start : one.end] for one in sections] == [p for p in kept if p]
    assert text == "\n\n".join(p for p in kept if p)


def test_a_table_without_names_keeps_its_cells() -> None:
    assert table([["1", "2"], ["a", ""]]) == [(1, "1; 2"), (2, "a")]
    assert table([["Year", "Sum"], ["2024", "3"], ["", ""], ["2025", ""]]) == [
        (1, "Year; Sum"), (2, "Year: 2024; Sum: 3"), (4, "Year: 2025"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("said", "iso"), [("2025-02-10T09:30", "2025-02-10"), ("2025", "2025"), ("soon", ""), (None, "")]
)
def test_dates(said: object, iso: str) -> None:
    assert day(said) == iso


# the worker


@pytest.fixture
def source(tmp_path: Path) -> Callable[[str, bytes], Source]:
    def make(name: str, data: bytes) -> Source:
        path = tmp_path / name
        path.write_bytes(data)
        return Source(name, path, len(data), 0)

    return make


@pytest.mark.slow
def test_the_worker_reads_what_this_process_would(source: Callable[[str, bytes], Source]) -> None:
    worker = Worker()
    try:
        for suffix in (".docx", ".eml", ".srt", ".txt"):
            data = MADE[suffix][0]() if suffix in MADE else HARBOUR.encode()
            found, digest = worker(source(f"é{suffix}", data))
            assert found == extract(suffix, data, Scans())
            assert len(digest) == 64
        with pytest.raises(Unreadable, match="it is damaged"):
            worker(source("bad.docx", b"junk"))
        assert worker(source("again.docx", make_docx()))[0].title == "Minutes"
    finally:
        worker.close()


@pytest.mark.slow
def test_a_death_or_a_hang_costs_one_file(source: Callable[[str, bytes], Source]) -> None:
    worker = Worker(memory=2**28)
    try:
        with pytest.raises(Unreadable, match="memory"):
            worker(source("big.json", b'["' + b"x" * 90_000_000 + b'"]'))
        assert worker(source("a.srt", SRT.encode()))[0].text.startswith(SAID)
        worker.seconds = 0.0
        with pytest.raises(Unreadable, match="took longer than 0 seconds"):
            worker(source("a.docx", make_docx()))
        worker.seconds = 60.0
        assert worker(source("a.docx", make_docx()))[0].title == "Minutes"
        assert worker._process
        worker._process.kill()  # between two files, which costs neither
        assert worker(source("a.docx", make_docx()))[0].title == "Minutes"
    finally:
        worker.close()


def puppet(does: str) -> Callable[[Worker], subprocess.Popen[str]]:
    """What a worker starts in place of a reader: it takes a file's name and then does this."""

    def start(worker: Worker) -> subprocess.Popen[str]:
        worker._answers = queue.Queue()
        worker._process = subprocess.Popen(
            [sys.executable, "-c", f"import os, sys; sys.stdin.readline(); {does}; os._exit(1)"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        threading.Thread(target=_listen, args=(worker._process.stdout, worker._answers), daemon=True).start()
        return worker._process

    return start


@pytest.mark.parametrize(
    "does", ["pass", "os.write(1, b'{\"extr')", 'print(\'{"broke": "broke down"}\', flush=True)']
)
def test_a_reader_that_breaks_costs_the_file_that_it_read(
    source: Callable[[str, bytes], Source], monkeypatch: pytest.MonkeyPatch, does: str
) -> None:
    """Whether it dies without a word, in the middle of one, or out of memory."""
    monkeypatch.setattr(Worker, "_start", puppet(does))
    worker = Worker()
    with pytest.raises(Unreadable, match="broke down"):
        worker(source("a.docx", b"x"))
    assert worker._process is None


def test_a_file_is_blamed_only_if_a_new_reader_breaks_over_it_too(
    source: Callable[[str, bytes], Source], monkeypatch: pytest.MonkeyPatch
) -> None:
    told = json.dumps({"extracted": {"text": "x", "sections": [], "scanned": "", "tags": []}, "sha256": "ab"})
    worker = Worker()
    puppet("pass")(worker)  # worn out by others
    monkeypatch.setattr(Worker, "_start", puppet(f"print({told!r}, flush=True)"))
    assert worker(source("a.docx", b"x")) == (Extracted("x"), "ab")
    worker.close()


@pytest.mark.parametrize("suffix", [".csv", ".jsonl", ".json", ".srt"])
def test_parts_have_a_limit(suffix: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extracted, "PARTS", 1)
    with pytest.raises(Unreadable, match=r"more than 1 parts \(rows, items, entries\); split it"):
        extract(suffix, made(suffix) * 2 if suffix != ".json" else b"[1, 2, 3]")


@pytest.mark.parametrize("data", [b"<p>" + b"word " * 40 + b"</p>", b"<html><body><p>" + b"word " * 40])
def test_texts_have_a_limit(data: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extracted, "MOST", 100)
    with pytest.raises(Unreadable, match="text is longer than"):
        extract(".html", data)
    # the file itself: its size is limited, and it is not unpacked
    assert len(extract(".txt", data).text) > 100


@pytest.mark.slow
def test_a_folder_of_every_format_is_indexed_with_its_places(tmp_path: Path) -> None:
    here = place(tmp_path)
    for suffix, (make, *_) in MADE.items():
        (here.sources / f"file{suffix}").write_bytes(make())
    (here.sources / "broken.pptx").write_bytes(b"PK junk")
    report = here.build()
    assert report.documents == len(MADE)
    assert [(one.document, one.reason.partition(":")[0]) for one in report.skipped] == [
        ("broken.pptx", "it is damaged"),
        *((f"file.{suffix}", "only in part") for suffix in ("eml", "mbox", "zip")),
    ]
    assert report.skipped[3].reason == "only in part: d.png (the picture is damaged or is none)"
    generation = open_generation(here.index)
    document = generation.document("file.pptx")
    assert document.place_at(document.text.index(NEXT)) == "2"
    assert generation.document("file.eml").author == "Ada <ada@example.org>"
    assert generation.document("file.epub").date == "1818-01-01"
    generation.close()


@pytest.mark.slow
@settings(deadline=None, max_examples=50)
@pytest.mark.parametrize("suffix", MADE)
@given(data=st.data())
def test_mutated_files_never_do_more_than_fail(suffix: str, data: Any) -> None:
    good = bytearray(made(suffix))
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(good) - 1))
        match data.draw(st.sampled_from(["flip", "cut", "copy"])):
            case "flip":
                good[at] ^= 1 << data.draw(st.integers(0, 7))
            case "cut":
                del good[at : at + data.draw(st.integers(1, 200))]
            case _:
                good[at:at] = good[at : at + 100]
        if not good:
            return
    assert outcome(suffix, bytes(good)).strip()
