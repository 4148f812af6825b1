"""Whether the boxes that the viewer draws lie on the quote: python -m benchmarks.boxes [--quotes 200] [--font FILE]

PDFs are made in five ways out of the prose of `seeds/`. Of random quotes of what Sourcier read in each, the boxes are
asked for as the viewer does, and the characters whose middles lie in them are taken out of the file again by pdfium;
those of the scan out of the PDF that it was drawn from, in which alone there are characters.
"""

from __future__ import annotations

import argparse
import io
import math
import random
import re
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path

import numpy as np
import pypdfium2
from fpdf import FPDF
from PIL import Image

from index.documents import read_document
from index.pageimage import FINE, Mark, marks
from index.pdftext import LIGATURES
from index.types import Document, Source, Span

HERE = Path(__file__).parent
FONT = Path("/usr/share/fonts/truetype/dejavu/DejaVuSerif.ttf")
SENTENCES, SEED = 120, 20261125
DPI, NOISE, QUALITY, SKEW = 200, 25, 60, 0.6  # of the scan: levels of grey of 255, of JPEG, degrees
SHORTEST, LONGEST = 10, 250  # characters of a quote


@dataclass(frozen=True, slots=True)
class Tally:
    """Characters of quotes, how many of them lie under the boxes, and how many others do; whole quotes."""

    quotes: int = 0
    whole: int = 0
    characters: int = 0
    covered: int = 0
    others: int = 0

    def __add__(self, other: Tally) -> Tally:
        return Tally(
            self.quotes + other.quotes,
            self.whole + other.whole,
            self.characters + other.characters,
            self.covered + other.covered,
            self.others + other.others,
        )

    def row(self, name: str) -> str:
        """A line of the table."""
        part, more = self.covered / self.characters, self.others / self.characters
        return f"| {name} | {self.quotes} | {self.characters} | {part:.2%} | {self.whole} | {more:.2%} |"


def main() -> int:
    """Print the table; 1 if less than 99% is covered."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--quotes", type=int, default=200)
    parser.add_argument("--font", type=Path, default=FONT, help="one that has the ligatures ﬁ and ﬂ")
    options = parser.parse_args()
    if not options.font.exists():
        parser.error(
            f"{options.font} is not there: apt install fonts-dejavu-core, or name another with --font"
        )
    rng = random.Random(SEED)
    print("| made as | quotes | characters | covered | whole quotes | others under the boxes |")
    print("|---|---|---|---|---|---|")
    total = Tally()
    with tempfile.TemporaryDirectory() as name:
        for way, make in ways(options.font).items():
            file, truth = Path(name, f"{way.replace(' ', '-')}.pdf"), Path(name, "truth.pdf")
            truth.write_bytes(make())
            file.write_bytes(scanned(truth.read_bytes()) if way == "scan" else truth.read_bytes())
            tally = measured(file, truth, options.quotes // 5, rng, SKEW if way == "scan" else 0.0)
            print(tally.row(way), flush=True)
            total += tally
    print(total.row("all"))
    return int(total.covered < 0.99 * total.characters)


def ways(font: Path) -> dict[str, Callable[[], bytes]]:
    """How the PDFs are made, by name."""
    return {
        "two columns, hyphenated": columns,
        "ligatures": lambda: ligatures(font),
        "rotated page": lambda: turned(plain("L")),
        "justified": lambda: plain("J"),
        "scan": lambda: plain("J"),
    }


def measured(file: Path, truth: Path, quotes: int, rng: random.Random, skew: float) -> Tally:
    """Random quotes of what is read in `file`, against what stands under their boxes in `truth`, askew by degrees."""
    document = read_document(Source(file.name, file, file.stat().st_size, 0))
    pdf = pypdfium2.PdfDocument(truth)
    total = Tally()
    for _ in range(quotes):
        span = quote_of(document, rng)
        wanted = squeezed(document.text[span.start : span.end])
        found = marks(file, document, span)
        under = squeezed("".join(beneath(pdf[number - 1], on, skew) for number, on in found.items()))
        matcher = SequenceMatcher(None, wanted, under, autojunk=False)
        covered = sum(block.size for block in matcher.get_matching_blocks())
        total += Tally(1, int(covered == len(wanted)), len(wanted), covered, len(under) - covered)
    return total


def quote_of(document: Document, rng: random.Random) -> Span:
    """Whole words at a random place, over lines and columns and now and then over a page."""
    words = [found.span() for found in re.finditer(r"\S+", document.text)]
    first = rng.randrange(len(words) - 60)
    length = rng.randrange(SHORTEST, LONGEST)
    start = words[first][0]
    end = max(end for _, end in words[first : first + 60] if end <= max(start + length, words[first][1]))
    return Span(start, end)


def beneath(page: pypdfium2.PdfPage, on: list[Mark], skew: float) -> str:
    """The characters whose middles lie in the marks, mark by mark."""
    layer = page.get_textpage()
    places = []
    for number in range(layer.count_chars()):
        left, bottom, right, top = layer.get_charbox(number)
        if right > left or top > bottom:
            text = layer.get_text_range(number, 1)
            x, y = _shown(page, (left + right) / 2, (bottom + top) / 2)
            places.append((*_askew(x, y, page.get_width() / page.get_height(), skew), text))
    return "".join(
        text
        for m in on
        for x, y, text in places
        if m.left <= x <= m.left + m.width and m.top <= y <= m.top + m.height
    )


def _shown(page: pypdfium2.PdfPage, x: float, y: float) -> tuple[float, float]:
    from ctypes import byref, c_int

    from pypdfium2.raw import FPDF_PageToDevice

    across, down = c_int(), c_int()
    FPDF_PageToDevice(page, 0, 0, FINE, FINE, 0, x, y, byref(across), byref(down))
    return across.value / FINE, down.value / FINE


def _askew(x: float, y: float, ratio: float, skew: float) -> tuple[float, float]:
    """A point, in parts of a page's width and height, after the page was turned about its middle."""
    angle = math.radians(skew)
    across, down = (x - 0.5) * ratio, y - 0.5
    return (
        (across * math.cos(angle) + down * math.sin(angle)) / ratio + 0.5,
        down * math.cos(angle) - across * math.sin(angle) + 0.5,
    )


def squeezed(text: str) -> str:
    """Without white space, hyphens of line ends and ligatures, which the text of a document does not have."""
    for ligature, letters in LIGATURES.items():
        text = text.replace(ligature, letters)
    return re.sub(r"[\s\x02\xad\ufffe-]+", "", text)


def prose(seed: int) -> str:
    """Sentences of `seeds/` in random order, in Latin-1, five to a paragraph."""
    found = []
    for name in ("guide-to-public-records.md", "citer-ses-sources.md", "sommet-ia-paris-2025.md"):
        text = (HERE.parent / "seeds" / name).read_text(encoding="utf-8")
        text = re.sub(r"[#*_>`|\[\]]", "", text).translate(str.maketrans("’‘“”–—œ", "''\"\"--o"))
        found += re.findall(
            r"(?<=\. )[A-ZÀÉ][^.\n]{30,200}\.", text.encode("latin-1", "ignore").decode("latin-1")
        )
    drawn = random.Random(seed).choices(found, k=SENTENCES)
    return "\n\n".join(" ".join(drawn[at : at + 5]) for at in range(0, len(drawn), 5))


def plain(align: str) -> bytes:
    """One column."""
    pdf = FPDF(format="A4")
    pdf.set_font("Times", size=11)
    pdf.add_page()
    pdf.multi_cell(0, 6, prose(len(align)), align=align)
    return bytes(pdf.output())


def columns() -> bytes:
    """Two columns, justified, long words broken at the ends of lines."""
    pdf = FPDF(format="A4")
    pdf.set_font("Times", size=10)
    pdf.add_page()
    broken = re.sub(r"(\w{4})(?=\w{3})", "\\1\u00ad", prose(2))
    with pdf.text_columns(ncols=2, gutter=7, text_align="J", line_height=1.2) as text:
        text.write(broken)
    return bytes(pdf.output())


def ligatures(font: Path) -> bytes:
    """With ﬁ, ﬂ and ﬀ wherever they can stand."""
    pdf = FPDF(format="A4")
    pdf.add_font("font", fname=font)
    pdf.set_font("font", size=10)
    pdf.add_page()
    text = prose(3)
    for ligature, letters in sorted(LIGATURES.items(), key=lambda one: -len(one[1])):
        text = text.replace(letters, ligature) if letters != "st" else text
    pdf.multi_cell(0, 6, text, align="J")
    return bytes(pdf.output())


def turned(data: bytes) -> bytes:
    """Each page turned by a quarter more than the one before."""
    pdf = pypdfium2.PdfDocument(data)
    for number in range(len(pdf)):
        pdf[number].set_rotation(90 * (number % 3 + 1))
    written = io.BytesIO()
    pdf.save(written)
    return written.getvalue()


def scanned(data: bytes) -> bytes:
    """Its pages as pictures, askew, noisy, and pressed by JPEG."""
    pdf = FPDF(format="A4")
    rng = np.random.default_rng(SEED)
    for page in pypdfium2.PdfDocument(data):
        picture = page.render(scale=DPI / 72, grayscale=True).to_pil()
        picture = picture.rotate(SKEW, Image.Resampling.BICUBIC, fillcolor=255)
        grey = np.asarray(picture) + rng.normal(0, NOISE, (picture.height, picture.width))
        pressed = io.BytesIO()
        Image.fromarray(grey.clip(0, 255).astype(np.uint8)).save(pressed, "JPEG", quality=QUALITY)
        pdf.add_page()
        pdf.image(pressed, 0, 0, pdf.w, pdf.h)
    return bytes(pdf.output())


if __name__ == "__main__":
    sys.exit(main())
