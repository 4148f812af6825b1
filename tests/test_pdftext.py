"""The text of a page of a PDF: raised figures, TeX's characters, broken words, fonts that tell nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from fpdf import FPDF

from index.documents import read_document
from index.errors import Unreadable
from index.formats.paged import read_pages
from index.pdf import boxes
from index.types import Source, Span

HELVETICA = b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding<</Differences[127/uni2010]>>>>"
MUTE = (
    b"<</Type/Font/Subtype/Type0/BaseFont/X/Encoding/Identity-H/DescendantFonts[<</Type/Font/Subtype"
    b"/CIDFontType2/BaseFont/X/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>"
    b"/FontDescriptor<</Type/FontDescriptor/FontName/X/Flags 4>>>>]>>"
)
BITMAPS = (
    b"<</Type/Font/Subtype/Type3/FontBBox[0 0 9 9]/FontMatrix[.1 0 0 .1 0 0]/FirstChar 0/LastChar 127"
    b"/Widths[%s]/CharProcs<</a 4 0 R>>/Encoding<</Differences[0%s]>>>>" % (b"5 " * 128, b"/a" * 128)
)


def drawn(content: bytes, font: bytes = HELVETICA) -> bytes:
    """A PDF of one page with this content, in which /F is the font."""
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 400 400]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(content), content),
        font,
    ]
    body = b"".join(b"%d 0 obj%s endobj\n" % (number, one) for number, one in enumerate(objects, start=1))
    return b"%PDF-1.4\n" + body + b"trailer<</Root 1 0 R>>\n%%EOF"


def raising(*parts: str) -> bytes:
    """A PDF of one line; every second part stands raised."""
    made = FPDF()
    made.set_font("helvetica", size=12)
    made.add_page()
    for number, part in enumerate(parts):
        made.char_vpos = "SUP" if number % 2 else "LINE"
        made.write(6, part)
    return bytes(made.output())


def text(data: bytes) -> str:
    return read_pages(data, None).text


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        (("It was said in 2010", "3", ", and denied."), "It was said in 2010³, and denied."),
        (("The library spent 12.5", "1", " million."), "The library spent 12.5¹ million."),
        (("It weighs 10", "-4", " kg on 25 m", "2", "."), "It weighs 10⁻⁴ kg on 25 m²."),
        (("It closed in 2014.", "12", " It rained."), "It closed in 2014.¹² It rained."),
        (("As Miller says", "1,2", " and Roy"), "As Miller says¹,² and Roy"),
        (("The 5", "th", " of May 2010, at 10, in 12.5 m"), "The 5th of May 2010, at 10, in 12.5 m"),
    ],
)
def test_a_raised_figure_is_no_digit_of_the_number_before_it(parts: tuple[str, ...], expected: str) -> None:
    assert text(raising(*parts)) == expected


def test_figures_of_another_size_on_the_same_line_are_no_raised_ones() -> None:
    assert (
        text(drawn(b"BT /F 18 Tf 20 300 Td (Room 4) Tj /F 9 Tf (711 is shut) Tj ET")) == "Room 4711 is shut"
    )
    assert text(drawn(b"BT /F 12 Tf 20 300 Td (CO) Tj /F 8 Tf -3 Ts (2) Tj ET")) == "CO2"


def test_the_boxes_of_a_quote_with_a_raised_figure_lie_on_it(tmp_path: Path) -> None:
    file = tmp_path / "a.pdf"
    file.write_bytes(raising("It was said in 2010", "3", ", and denied."))
    found = read_document(Source("a.pdf", file, file.stat().st_size, 0))
    year, note, rest = (
        boxes(file, found, Span(start, start + len(words)))[0]
        for words in ("2010", "³", ", and")
        for start in [found.text.index(words)]
    )
    assert year.right == pytest.approx(note.left, abs=1)
    assert note.right == pytest.approx(rest.left, abs=1)
    assert note.top > rest.top - 3
    assert note.bottom > rest.bottom + 2


@pytest.mark.parametrize("font", [HELVETICA, BITMAPS])
def test_tex_s_own_numbers_of_ligatures_dashes_and_quotes_are_read(font: bytes) -> None:
    words = b"(\x10e\x1ecient o\x1eces\x11, di\x1ecult \x1cnds, 2010\x152014) Tj ET"
    expected = "“efficient offices”, difficult finds, 2010–2014"
    assert text(drawn(b"BT /F 10 Tf 20 300 Td " + words, font)) == expected


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        (b"the adminis\x7f", b"tration of it", "the administration of it"),
        (b"the anti\x7f", b"European one", "the anti-European one"),
        (b"a state-of-", b"the-art lab", "a state-of-the-art lab"),
        (b"a well-known infor-", b"mation desk", "a well-known information desk"),
    ],
)
def test_a_word_broken_at_a_line_s_end_is_one(first: bytes, second: bytes, expected: str) -> None:
    assert text(drawn(b"BT /F 12 Tf 20 300 Td (%s) Tj 0 -14 Td (%s) Tj ET" % (first, second))) == expected


def test_a_page_whose_font_tells_no_characters_has_no_text() -> None:
    with pytest.raises(Unreadable, match="no text layer"):
        read_pages(drawn(b"BT /F 12 Tf 20 300 Td <002400250003004500460003004700480003> Tj ET", MUTE), None)
