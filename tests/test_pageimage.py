"""Pages as pictures: marks lie on the characters of the quote, however the page lies; what is not there is refused."""

from __future__ import annotations

import io
import random
from itertools import pairwise
from pathlib import Path

import pypdfium2
import pytest
from fpdf import FPDF
from PIL import Image

from index.documents import read_document
from index.errors import Unreadable
from index.pageimage import Mark, layer, marks, picture, sheet
from index.pdf import Box, boxes
from index.types import Document, Source, Span

WORDS = (
    "the council of the harbour met on a cold morning and spoke about cork salt and the price of a crossing "
    "nobody was sure what officials would find in the office files of the first affluent merchants"
).split()
SEED = 20261125


def prose(words: int, seed: int) -> str:
    rng = random.Random(seed)
    return " ".join(f"{rng.choice(WORDS)}{rng.randrange(90)}" for _ in range(words))


def justified() -> FPDF:
    pdf = FPDF(format="A5")
    pdf.set_font("Times", size=11)
    for page in range(3):
        pdf.add_page()
        pdf.multi_cell(0, 6, prose(160, page), align="J")
    return pdf


def columns() -> FPDF:
    pdf = FPDF(format="A4")
    pdf.set_font("Helvetica", size=9)
    pdf.add_page()
    with pdf.text_columns(ncols=2, gutter=8, text_align="J") as text:
        text.write(prose(500, 7))
    return pdf


def headings() -> FPDF:
    pdf = FPDF(format="letter")
    pdf.add_page()
    for n in range(6):
        pdf.set_font("Times", "B", 8 + 3 * n)
        pdf.cell(0, 12, f"Chapter {n}: {prose(2, n)}", new_x="LMARGIN", new_y="NEXT")
        pdf.set_font("Courier", size=8 + n)
        pdf.multi_cell(0, 8, prose(20, 40 + n))
    return pdf


def saved(pdf: FPDF, path: Path, turned: int = 0) -> Path:
    data = bytes(pdf.output())
    if turned:
        opened = pypdfium2.PdfDocument(data)
        for page in opened:
            page.set_rotation(turned)
        written = io.BytesIO()
        opened.save(written)
        data = written.getvalue()
    path.write_bytes(data)
    return path


def document(path: Path) -> Document:
    return read_document(Source(path.name, path, path.stat().st_size, 0))


def centred(pdf: pypdfium2.PdfDocument, box: Box) -> str:
    """The characters whose middle lies in the box."""
    text = pdf[box.page - 1].get_textpage()
    found = []
    for number in range(text.count_chars()):
        left, bottom, right, top = text.get_charbox(number)
        if box.left < (left + right) / 2 < box.right and box.bottom < (bottom + top) / 2 < box.top:
            found.append(text.get_text_range(number, 1))
    return "".join(found)


def squeezed(text: str) -> str:
    return "".join(text.split())


@pytest.mark.parametrize("turned", [0, 90])
@pytest.mark.parametrize("make", [justified, columns, headings])
def test_under_its_boxes_stands_the_quote(tmp_path: Path, make: object, turned: int) -> None:
    path = saved(make(), tmp_path / "a.pdf", turned)  # type: ignore[operator]
    found = document(path)
    rng, right = random.Random(SEED), 0
    pdf = pypdfium2.PdfDocument(path)
    for _ in range(40):
        start = rng.randrange(len(found.text) - 80)
        span = Span(start, start + rng.randrange(5, 80))
        under = "".join(centred(pdf, box) for box in boxes(path, found, span))
        right += squeezed(under) == squeezed(found.text[span.start : span.end])
    assert right == 40


@pytest.mark.parametrize("turned", [90, 180, 270])
def test_marks_turn_with_the_page(tmp_path: Path, turned: int) -> None:
    upright, other = saved(columns(), tmp_path / "a.pdf"), saved(columns(), tmp_path / "b.pdf", turned)
    words = document(upright).text[300:330]
    [before], [after] = (
        marks(path, found, Span(start, start + len(words))).values()
        for path in (upright, other)
        for found in [document(path)]
        for start in [found.text.index(words)]
    )
    turn = {
        90: lambda m: Mark(1 - m.top - m.height, m.left, m.height, m.width),
        180: lambda m: Mark(1 - m.left - m.width, 1 - m.top - m.height, m.width, m.height),
        270: lambda m: Mark(m.top, 1 - m.left - m.width, m.height, m.width),
    }[turned]
    for one, two in zip(map(turn, before), after, strict=True):
        assert (one.left, one.top, one.width, one.height) == pytest.approx(
            (two.left, two.top, two.width, two.height), abs=1e-5
        )
    upright_size, turned_size = sheet(upright, 1), sheet(other, 1)
    same = turned == 180
    assert (turned_size.width == pytest.approx(upright_size.width)) == same


@pytest.mark.parametrize("page", [0, 90, 180, 270])
@pytest.mark.parametrize("text", [0, 90, 180, 270])
def test_each_line_says_which_way_it_runs(tmp_path: Path, page: int, text: int) -> None:
    pdf = FPDF(format="A4")
    pdf.add_page()
    pdf.set_font("Helvetica", size=12)
    with pdf.rotation(-text, 105, 150):  # clockwise
        pdf.text(85, 150, "Seven of the ferries")
    path = saved(pdf, tmp_path / "a.pdf", page)
    found = document(path)
    start = found.text.index("Seven")
    [[mark]] = marks(path, found, Span(start, start + len("Seven of"))).values()
    assert mark.turned == (page + text) % 360
    [[first]] = marks(path, found, Span(start, start + 1)).values()
    ends = {  # where the first letter stands in it
        0: first.left - mark.left,
        90: first.top - mark.top,
        180: mark.left + mark.width - first.left - first.width,
        270: mark.top + mark.height - first.top - first.height,
    }
    assert ends[mark.turned] == pytest.approx(0, abs=1e-5)


def test_letters_of_a_negative_size_run_as_they_are_shown(tmp_path: Path) -> None:
    upright = FPDF(format="A4")
    upright.add_page()
    upright.set_font("Helvetica", size=12)
    with upright.rotation(180, 105, 150):
        upright.text(85, 150, "Seven of the ferries")
    upright.set_compression(False)  # type: ignore[no-untyped-call]
    data = bytes(upright.output()).replace(b"/F1 12.00 Tf", b"/F1 -12.0 Tf")
    (tmp_path / "a.pdf").write_bytes(data)
    found = document(tmp_path / "a.pdf")
    [[mark]] = marks(tmp_path / "a.pdf", found, Span(0, len("Seven of the ferries"))).values()
    assert mark.turned == 0


def test_the_ink_is_under_the_marks(tmp_path: Path) -> None:
    path = saved(justified(), tmp_path / "a.pdf")
    found = document(path)
    page = found.sections[1]
    image = Image.open(io.BytesIO(picture(path, 2, 1000))).convert("L")
    assert image.width == 1000
    [on] = marks(path, found, Span(page.start, page.end)).values()
    for mark in on:
        box = (mark.left, mark.top, mark.left + mark.width, mark.top + mark.height)
        edges = [int(part * size) for part, size in zip(box, image.size * 2, strict=True)]
        image.paste(255, (edges[0] - 2, edges[1] - 2, edges[2] + 2, edges[3] + 2))
    # the marks cover all of the page's text, and that was all its ink
    assert image.getextrema() == (255, 255)


def test_a_quote_over_two_pages_is_marked_on_both(tmp_path: Path) -> None:
    path = saved(justified(), tmp_path / "a.pdf")
    found = document(path)
    end = found.sections[0].end
    assert list(marks(path, found, Span(end - 30, end + 30))) == [1, 2]


@pytest.mark.parametrize("turned", [0, 90])
@pytest.mark.parametrize("make", [justified, columns, headings])
def test_the_layer_is_the_page_s_text_each_piece_on_its_place(
    tmp_path: Path, make: object, turned: int
) -> None:
    path = saved(make(), tmp_path / "a.pdf", turned)  # type: ignore[operator]
    found = document(path)
    for number, page in enumerate(found.pages, start=1):
        pieces = layer(path, found, number)
        texts = [found.text[span.start : span.end] for span, _ in pieces]
        assert squeezed("".join(texts)) == squeezed(found.text[page.start : page.end])
        assert all(text == text.strip() for text in texts)
        assert all(a.end <= b.start for (a, _), (b, _) in pairwise(pieces))
        for span, mark in pieces[::7]:
            assert marks(path, found, span) == {number: [mark]}
    with pytest.raises(Unreadable, match="has no page 9"):
        layer(path, found, 9)


def test_what_is_not_there(tmp_path: Path) -> None:
    path = saved(justified(), tmp_path / "a.pdf")
    found = document(path)
    for number in (0, 4, -1):
        with pytest.raises(Unreadable, match=f"no page {number}"):
            picture(path, number, 100)
    saved(columns(), path)
    with pytest.raises(Unreadable, match="has changed since"):
        marks(path, found, Span(0, 20))
    path.unlink()
    with pytest.raises(Unreadable, match="cannot be read"):
        sheet(path, 1)


def test_a_huge_page_makes_no_huge_picture(tmp_path: Path) -> None:
    pdf = FPDF(unit="pt", format=(14_000, 14_000))
    pdf.add_page()
    path = saved(pdf, tmp_path / "a.pdf")
    image = Image.open(io.BytesIO(picture(path, 1, 10_000)))
    assert image.width * image.height <= 4_100_000
