"""PDF: text, pages and boxes of files that fpdf2 writes; what cannot be read says why."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from fpdf import FPDF

from index.errors import Unreadable
from index.formats.paged import read_pages
from index.pdf import Box, boxes
from index.types import Document, Span

SIZE = 12
LINE = 6  # millimetres
POINTS = 72 / 25.4
MARGIN = 10 * POINTS


def pdf(*pages: str, title: str = "", password: str = "") -> bytes:
    made = FPDF()
    made.set_margin(10)
    made.set_font("helvetica", size=SIZE)
    if title:
        made.set_title(title)
    if password:
        made.set_encryption(owner_password="owner", user_password=password)
    for page in pages:
        made.add_page()
        made.multi_cell(0, LINE, page, align="L")
    return bytes(made.output())


def read(data: bytes) -> tuple[str, tuple[Span, ...], str]:
    """Text, pages and title, without OCR."""
    found = read_pages(data, None)
    return found.text, tuple(Span(one.start, one.end) for one in found.sections), found.title


def document(data: bytes) -> Document:
    found = read_pages(data, None)
    digest = hashlib.sha256(found.text.encode()).hexdigest()
    return Document("a.pdf", "pdf", found.text, found.title, "en", "0" * 64, digest, found.sections)


def test_text_pages_and_title() -> None:
    text, pages, title = read(pdf("The fund\nIt holds 400 millions.", "Second page.", title="Le Fonds d’été"))
    assert text == "The fund\nIt holds 400 millions.\n\nSecond page."
    assert [text[page.start : page.end] for page in pages] == [
        "The fund\nIt holds 400 millions.",
        "Second page.",
    ]
    assert title == "Le Fonds d’été"


def test_author_date_and_keywords() -> None:
    made = FPDF()
    made.set_author("Anna Novak")
    made.set_keywords("harbours, ships; trade")
    made.set_creation_date(datetime(2024, 3, 5, tzinfo=UTC))
    made.set_font("helvetica", size=SIZE)
    made.add_page()
    made.cell(text="A text.")
    found = read_pages(bytes(made.output()), None)
    assert (found.author, found.date, found.tags) == (
        "Anna Novak",
        "2024-03-05",
        ("harbours", "ships", "trade"),
    )


@pytest.mark.parametrize("author", ["", "anonymous", "(Unspecified)", "00417", "Writer of PDFs 3.1"])
def test_what_is_no_author(author: str) -> None:
    made = FPDF()
    made.set_author(author)
    made.set_producer("Writer of PDFs 3.1")
    made.set_font("helvetica", size=SIZE)
    made.add_page()
    made.cell(text="A text.")
    assert read_pages(bytes(made.output()), None).author == ""


def test_page_of_an_offset() -> None:
    doc = document(pdf("One.", "Two.", "Three."))
    assert [doc.page_at(doc.text.index(word)) for word in ("One", "Two", "Three")] == [1, 2, 3]
    assert doc.page_at(len(doc.text)) == 3


def test_a_sentence_runs_on_over_a_page() -> None:
    text, pages, _ = read(pdf("The council met on", "tuesday in May."))
    assert text == "The council met on\ntuesday in May."
    assert pages == (Span(0, 18), Span(19, 34))


def test_hyphens_at_the_end_of_a_line() -> None:
    text, _, _ = read(pdf("New infor-\nmation on the Etats-\nUnis and a well-known fact."))
    assert text == "New information on the Etats-Unis and a well-known fact."


def test_no_word_is_broken_behind_a_single_letter() -> None:
    text, _, _ = read(pdf("C'est-à-\ndire un e-\nmail: qu'a-t-\nil dit, d'ici-\nbas à demi-\nmot?"))
    assert text == "C'est-à-dire un e-mail: qu'a-t-il dit, d'icibas à demimot?"


def form(
    words: list[tuple[int, int, str]], *filled: tuple[str, str], turned: int = 0, across: str = "1 0 0 1"
) -> bytes:
    """A page with words at places, in points, and annotations on it, each with its place.

    The page is shown `turned` by so many degrees; `across` is the way the words run.
    """
    shown = "".join(f"{across} {x} {y} Tm ({said}) Tj " for x, y, said in words)
    content = f"BT /F 12 Tf {shown}ET"
    kids = " ".join(f"{number} 0 R" for number in range(6, 6 + len(filled)))
    objects = [
        f"<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[{kids}]/DR<</Font<</F 5 0 R>>>>>>>>",
        "<</Type/Pages/Kids[3 0 R]/Count 1>>",
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>"
        f"/Rotate {turned}/Annots[{kids}]>>",
        f"<</Length {len(content)}>>stream\n{content}\nendstream",
        "<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>",
        *(f"<</Type/Annot/P 3 0 R/F 4/T(t{n})/Rect[{at}]{said}>>" for n, (at, said) in enumerate(filled)),
    ]
    data, starts = "%PDF-1.7\n", list[int]()
    for number, one in enumerate(objects, start=1):
        starts.append(len(data))
        data += f"{number} 0 obj{one}endobj\n"
    table = "".join(f"{start:010} 00000 n \n" for start in starts)
    size = len(objects) + 1
    data += f"xref\n0 {size}\n0000000000 65535 f \n{table}trailer<</Size {size}/Root 1 0 R>>\nstartxref\n"
    return f"{data}{data.index('xref')}\n%%EOF".encode()


TEXT = "/Subtype/Widget/FT/Tx/V({})".format


def test_what_is_filled_in_stands_beside_its_label_and_is_boxed(tmp_path: Path) -> None:
    data = form(
        [
            (50, 700, "Name:"),
            (300, 700, "Born:"),
            (50, 660, "Town"),
            (50, 600, "Remarks"),
            (50, 500, "The end."),
        ],
        ("400 695 500 712", TEXT("1815")),
        ("100 695 290 712", TEXT("Ada Lovelace")),
        ("100 655 290 672", "/Subtype/Widget/FT/Ch/Ff 131072/Opt[[(L)(London)][(P)(Paris)]]/V(P)"),
        ("50 540 400 590", TEXT("She wrote\\nprograms.")),
        ("50 450 400 470", "/Subtype/FreeText/Contents(Received on 5 May)"),
        ("20 500 40 512", "/Subtype/Widget/FT/Btn/V/Yes/AS/Yes"),
        ("20 300 40 312", "/Subtype/Text/Contents(A sticky note)"),
        ("100 300 200 312", TEXT("Nobody sees it") + "/F 2"),
        ("100 200 100 200", TEXT("Nor this")),
        ("100 250 200 262", TEXT("s3cret") + "/Ff 8192"),
    )
    doc = document(data)
    assert doc.text == (
        "Name: Ada Lovelace Born: 1815\nTown Paris\nRemarks\nShe wrote programs.\nThe end.\nReceived on 5 May"
    )
    (tmp_path / "form.pdf").write_bytes(data)
    at = doc.text.index("Lovelace")
    assert boxes(tmp_path / "form.pdf", doc, Span(at, at + 8)) == [Box(1, 100, 695, 290, 712)]


def test_of_a_form_for_other_programs_too_nobody_is_told_how_pdfium_is_built(
    caplog: pytest.LogCaptureFixture,
) -> None:
    data = form([(50, 700, "Name:")], ("100 695 290 712", TEXT("Ada"))).replace(
        b"/AcroForm<<", b"/AcroForm<</XFA[(a) 4 0 R]"
    )
    assert document(data).text == "Name: Ada"
    assert caplog.text == ""


@pytest.mark.parametrize(
    ("turned", "across", "at"),
    [
        (90, "0 1 -1 0", lambda x, y: (600 - y, x)),
        (180, "-1 0 0 -1", lambda x, y: (600 - x, 800 - y)),
        (270, "0 -1 1 0", lambda x, y: (y, 800 - x)),
    ],
)
def test_on_a_turned_page_too(
    turned: int, across: str, at: Callable[[int, int], tuple[int, int]], tmp_path: Path
) -> None:
    words = [(*at(50, 500), "Name of the applicant:"), (*at(50, 460), "Town:"), (*at(300, 460), "Code:")]
    filled = {"Ada": (200, 495, 290, 512), "Paris": (100, 455, 290, 472), "E1": (350, 455, 400, 472)}
    corners = {said: (*at(*place[:2]), *at(*place[2:])) for said, place in filled.items()}
    fields = [(" ".join(map(str, place)), TEXT(said)) for said, place in corners.items()]
    data = form(words, *fields, turned=turned, across=across)
    doc = document(data)
    assert doc.text == "Name of the applicant: Ada\nTown: Paris Code: E1"
    (tmp_path / "form.pdf").write_bytes(data)
    at_town = doc.text.index("Paris")
    left, low, right, high = corners["Paris"]
    assert boxes(tmp_path / "form.pdf", doc, Span(at_town, at_town + 5)) == [
        Box(1, min(left, right), min(low, high), max(left, right), max(low, high))
    ]


def test_a_page_without_text_is_an_empty_page() -> None:
    text, pages, _ = read(pdf("One.", "", "Three."))
    assert text == "One.\n\n\n\nThree."
    assert pages == (Span(0, 4), Span(6, 6), Span(8, 14))


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        pytest.param(pdf("secret", password="user"), "encrypted", id="encrypted"),
        pytest.param(pdf("A text. " * 200)[:-400], "cut off", id="truncated"),
        pytest.param(pdf("A text. " * 200)[:600], "cut off", id="truncated early"),
        pytest.param(b"%PDF-1.7\n%%EOF", "damaged", id="hollow"),
        pytest.param(b"hello %%EOF", "damaged", id="no PDF"),
        pytest.param(pdf(""), "no text layer", id="scan"),
        pytest.param(pdf(" ", " "), "no text layer", id="blank"),
    ],
)
def test_what_cannot_be_read(data: bytes, reason: str) -> None:
    with pytest.raises(Unreadable, match=reason):
        read(data)


def test_a_pdf_that_opens_without_a_password_is_read() -> None:
    made = FPDF()
    made.set_font("helvetica", size=SIZE)
    made.set_encryption(owner_password="owner")
    made.add_page()
    made.cell(text="Open to all.")
    assert read(bytes(made.output()))[0] == "Open to all."


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "a file.pdf"
    path.write_bytes(pdf("Alpha beta gamma\ndelta epsilon", "Other words here."))
    return path


def box_of(file: Path, words: str) -> list[Box]:
    doc = document(file.read_bytes())
    start = doc.text.index(words)
    return boxes(file, doc, Span(start, start + len(words)))


def width(words: str) -> float:
    made = FPDF()
    made.set_font("helvetica", size=SIZE)
    return float(made.get_string_width(words)) * POINTS


def test_a_box_stands_where_the_words_were_written(file: Path) -> None:
    (box,) = box_of(file, "beta")
    left = MARGIN + 1 * POINTS + width("Alpha ")  # fpdf2 pads a cell by 1 mm
    assert box.page == 1
    assert box.left == pytest.approx(left, abs=1.5)
    assert box.right == pytest.approx(left + width("beta"), abs=1.5)
    top = 297 * POINTS - MARGIN
    assert top - LINE * POINTS <= box.bottom < box.top <= top + 1.5


def test_one_box_for_each_line(file: Path) -> None:
    first, second = box_of(file, "gamma\ndelta")
    assert first.page == second.page == 1
    assert first.left > second.left
    assert first.bottom >= second.bottom + LINE * POINTS - 0.5
    assert second.right - second.left == pytest.approx(width("delta"), abs=1.5)


def test_boxes_on_each_page_of_a_span(file: Path) -> None:
    doc = document(file.read_bytes())
    found = boxes(file, doc, Span(0, len(doc.text)))
    assert [box.page for box in found] == [1, 1, 2]
    assert boxes(file, doc, Span(5, 5)) == []


def test_boxes_after_a_broken_word_are_not_shifted(tmp_path: Path) -> None:
    file = tmp_path / "b.pdf"
    file.write_bytes(pdf("New infor-\nmation stands"))
    (box,) = box_of(file, "stands")
    assert box.left == pytest.approx(MARGIN + POINTS + width("mation "), abs=1.5)
    first, second = box_of(file, "information")
    assert first.left == pytest.approx(MARGIN + POINTS + width("New "), abs=1.5)
    assert second.right == pytest.approx(MARGIN + POINTS + width("mation"), abs=1.5)


def test_boxes_of_a_changed_or_lost_file(file: Path) -> None:
    doc = document(file.read_bytes())
    file.write_bytes(pdf("Alpha beta gamma\ndelta epsilon changed", "Other words here."))
    with pytest.raises(Unreadable, match="changed"):
        boxes(file, doc, Span(0, 5))
    file.write_bytes(pdf("Alpha beta gamma\ndelta epsilon"))
    with pytest.raises(Unreadable, match="changed"):
        boxes(file, doc, Span(len(doc.text) - 3, len(doc.text)))
    file.unlink()
    with pytest.raises(Unreadable, match="cannot be read"):
        boxes(file, doc, Span(0, 5))
