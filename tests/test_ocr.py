"""Scans and pictures are read by the real Tesseract, which `make test` installs; every word keeps its box."""

from __future__ import annotations

import io
import json
import queue
import stat
import struct
import zlib
from importlib.resources import files
from pathlib import Path
from types import SimpleNamespace

import jsonschema
import numpy as np
import pypdfium2
import pytest
from folders import HARBOUR, Place, content, count_reads, place
from PIL import Image
from scans import BAKER, FERRY, document, drawn, saved, scanned, typed
from stub_reader import WordReader
from stubs import BagEncoder

from assistant import doctor, replyview
from assistant.render import to_json, to_markdown, to_text
from assistant.service import Assistant
from assistant.settings import Settings
from assistant.sheets import figures
from assistant.verify import verify_reply
from index import ocr
from index.build import build_index
from index.changes import changes
from index.errors import Cancelled, Unreadable
from index.forget import forget
from index.formats import extract
from index.ocr import Scans, lacking, languages
from index.pageimage import marks, picture, sheet
from index.pictures import DOTS, frame, opened
from index.scanned import Word, certainty, fragments, pack
from index.scanned import words as scanned_words
from index.types import Document, Progress, Span
from index.worker import BEAT, Worker
from prompts import message

ASKED = "What does the ferry to Ouessant cost in summer, in euros?"


def words(text: str) -> list[str]:
    return text.split()


def place_of(found: Document, quote: str) -> Span:
    start = found.text.index(quote)
    return Span(start, start + len(quote))


def under(path: Path, found: Document, span: Span, text: str) -> str:
    """What stands under the marks of `span`, by a PDF of the same page that has its text."""
    page = pypdfium2.PdfDocument(typed(text))[0]
    across, down = page.get_size()
    [(_, on)] = marks(path, found, span).items()
    layer = page.get_textpage()
    return " ".join(
        layer.get_text_bounded(
            m.left * across, (1 - m.top - m.height) * down, (m.left + m.width) * across, (1 - m.top) * down
        )
        for m in on
    )


def test_a_scan_is_read_with_the_box_of_every_word(tmp_path: Path) -> None:
    found = document(tmp_path / "a.pdf", scanned(drawn(FERRY)))
    assert found.text == FERRY
    assert [page.start for page in found.pages] == [0]
    for quote in ("19 euros", "harbour at noon,", "in summer.\nIt leaves"):
        assert words(under(tmp_path / "a.pdf", found, place_of(found, quote), FERRY)) == words(quote)
    assert certainty(found, Span(0, len(FERRY))) == pytest.approx(0.95, abs=0.05)


def test_pages_with_text_keep_theirs_and_the_others_are_read(tmp_path: Path) -> None:
    found = document(tmp_path / "a.pdf", scanned(drawn(BAKER), first="A page of text."))
    assert found.text == f"A page of text.\n\n{BAKER}"
    assert [(s.label, found.text[s.start : s.end]) for s in found.sections] == [
        ("1", "A page of text."),
        ("2", BAKER),
    ]
    assert certainty(found, place_of(found, "page of text")) is None
    assert certainty(found, place_of(found, "le lundi")) == pytest.approx(0.95, abs=0.06)
    both = marks(tmp_path / "a.pdf", found, Span(2, found.text.index("ouvre")))
    assert [(number, len(on)) for number, on in both.items()] == [(1, 1), (2, 1)]
    assert words(under(tmp_path / "a.pdf", found, place_of(found, "19 heures."), BAKER)) == ["19", "heures."]


def clear(page: Image.Image) -> Image.Image:
    """Black ink on nothing."""
    return Image.merge("LA", [Image.new("L", page.size), page.point(lambda value: 255 - value)])


SIDEWAYS = saved(drawn(FERRY).rotate(90, expand=True), "JPEG", exif=b"")
CAMERA = Image.Exif()
CAMERA[0x0112] = 6  # to be turned by a quarter, clockwise


# without dithering, whose specks are read differently on different processors
BLACK = drawn(FERRY).convert("1", dither=Image.Dither.NONE)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        pytest.param("a.png", saved(drawn(FERRY), "PNG"), id="png"),
        pytest.param("a.PNG", saved(drawn(FERRY).convert("P"), "PNG"), id="palette"),
        pytest.param("a.jpg", saved(drawn(FERRY), "JPEG", dpi=(200, 200)), id="jpeg"),
        pytest.param("a.jpeg", SIDEWAYS, id="sideways"),
        pytest.param("a.jpg", saved(drawn(FERRY).rotate(90, expand=True), "JPEG", exif=CAMERA), id="camera"),
        pytest.param("a.tif", saved(BLACK, "TIFF", compression="group4"), id="tiff"),
        pytest.param("a.png", saved(clear(drawn(FERRY)), "PNG"), id="alpha"),
    ],
)  # fmt: skip
def test_pictures_are_read(tmp_path: Path, name: str, data: bytes) -> None:
    found = document(tmp_path / name, data)
    assert (found.kind, words(found.text)) == ("image", words(FERRY))
    assert found.page_at(0) == 1
    shown = sheet(tmp_path / name, 1)
    on = marks(tmp_path / name, found, place_of(found, "ferry"))[1]
    [mark] = on
    image = Image.open(io.BytesIO(picture(tmp_path / name, 1, 1400)))
    assert image.width / image.height == pytest.approx(shown.width / shown.height, abs=0.01)
    pixels = np.asarray(image.convert("RGBA"))
    ink = (pixels[..., 3] > 128) & (pixels[..., :3].mean(axis=2) < 128)
    high, wide = ink.shape
    area = ink[
        round(mark.top * high) : round((mark.top + mark.height) * high),
        round(mark.left * wide) : round((mark.left + mark.width) * wide),
    ]
    assert area.mean() > 0.1


def test_a_tiff_of_two_pages_has_two(tmp_path: Path) -> None:
    data = saved(drawn(FERRY), "TIFF", save_all=True, append_images=[drawn(BAKER)])
    found = document(tmp_path / "a.tiff", data)
    assert found.text == f"{FERRY}\n\n{BAKER}"
    assert found.page_at(found.text.index("boulangerie")) == 2
    assert list(marks(tmp_path / "a.tiff", found, place_of(found, "le lundi"))) == [2]
    assert sheet(tmp_path / "a.tiff", 2).label == "2"
    with pytest.raises(Unreadable, match="no page 3"):
        picture(tmp_path / "a.tiff", 3, 100)


def png_of(width: int, height: int) -> bytes:
    def part(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + part(b"IHDR", header) + part(b"IDAT", zlib.compress(b"")) + part(b"IEND", b"")
    )


@pytest.mark.parametrize(
    ("suffix", "data", "reason"),
    [
        pytest.param(".png", saved(Image.new("L", (600, 400), 255), "PNG"), "found no text", id="blank"),
        pytest.param(".png", saved(drawn(FERRY), "PNG")[:3000], "damaged", id="cut off"),
        pytest.param(".jpg", b"no picture", "damaged or is none", id="none"),
        pytest.param(".png", png_of(30_000, 30_000), "30000 by 30000 dots", id="bomb"),
        pytest.param(
            ".png", saved(Image.new("L", (40, 40)), "GIF"), "damaged or is none", id="another format"
        ),
        pytest.param(".pdf", scanned(Image.new("L", (300, 200), 255)), "OCR found no text", id="blank scan"),
    ],
)
def test_what_cannot_be_read_says_why(suffix: str, data: bytes, reason: str) -> None:
    with pytest.raises(Unreadable, match=reason):
        extract(suffix, data, Scans())


def test_sixteen_bits_are_shown_in_eight() -> None:
    deep = Image.fromarray(np.array([[0, 65535], [32768, 256]], np.uint16))
    with opened(saved(deep, "TIFF")) as image:
        assert np.asarray(frame(image, 1)).tolist() == [[0, 255], [128, 1]]
    assert DOTS < 30_000**2


@pytest.fixture
def here(tmp_path: Path) -> Place:
    made = place(tmp_path)
    made.write(a=HARBOUR)
    (made.sources / "scan.pdf").write_bytes(scanned(drawn(FERRY)))
    (made.sources / "photo.png").write_bytes(saved(drawn(BAKER), "PNG"))
    return made


@pytest.mark.slow
def test_without_tesseract_scans_are_listed_with_the_command_and_read_once_it_is_there(
    here: Place, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with monkeypatch.context() as without:
        without.setenv("PATH", str(tmp_path))
        command = "it can be read once Tesseract is installed: apt install tesseract-ocr tesseract-ocr-fra"
        assert here.skipped() == {
            "scan.pdf": f"the PDF has no text layer (a scan); {command}",
            "photo.png": f"a picture; {command}",
        }
        assert not changes(here.sources, here.index)
        assert lacking("") == command
        [check] = doctor._ocr(Settings(), lambda key, **values: message(f"cli_doctor_{key}", "en", **values))
        assert (check.good, check.detail) == (True, f"scans are not read: {command}")
    assert changes(here.sources, here.index).added == ("photo.png", "scan.pdf")
    assert here.skipped() == {}
    assert not changes(here.sources, here.index)
    with monkeypatch.context() as without:  # what was read stays
        without.setenv("PATH", str(tmp_path))
        assert not changes(here.sources, here.index)
        here.write(b=FERRY)
        assert here.skipped() == {}
    assert not changes(here.sources, here.index)


def test_other_languages_read_scans_again_and_nothing_else(here: Place) -> None:
    assert here.skipped(ocr="eng") == {}
    assert not changes(here.sources, here.index, "eng")
    assert changes(here.sources, here.index, "eng+fra").changed == ("photo.png", "scan.pdf")
    assert not changes(here.sources, here.index, "none")


def test_languages_are_those_installed_unless_chosen() -> None:
    assert {"eng", "fra"} <= set(languages("").split("+"))
    assert "osd" not in languages("")
    assert languages("fra, eng") == "fra+eng"
    assert languages("none") == languages("eng+tlh") == ""
    assert lacking("eng+tlh") == "Tesseract lacks the language tlh: apt install tesseract-ocr-tlh"
    assert lacking("none") == "OCR is switched off (ocr_languages)"
    with pytest.raises(Unreadable, match=r"\(a scan\); OCR is switched off"):
        extract(".pdf", scanned(drawn(FERRY)), Scans("none"))


def program(folder: Path, script: str) -> str:
    path = folder / "tesseract"
    path.write_text(
        f"#!/bin/sh\nif [ \"$1\" = --list-langs ]; then printf 'List\\neng\\n'; exit; fi\n{script}\n"
    )
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(folder)


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ("exec sleep 30", "longer than 1 seconds"),
        ("echo no such thing >&2; exit 3", "OCR failed: no such thing"),
        ("exit 4", "OCR failed: Tesseract ended with 4"),
    ],
)
def test_a_tesseract_that_fails_costs_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, reason: str
) -> None:
    monkeypatch.setenv("PATH", f"{program(tmp_path, script)}:/bin:/usr/bin")
    monkeypatch.setattr(ocr, "SECONDS", 1.0)
    with pytest.raises(Unreadable, match=reason):
        extract(".pdf", scanned(drawn(FERRY)), Scans())


@pytest.mark.slow
def test_the_worker_reads_scans_and_tells_of_every_page(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(scanned(drawn(FERRY), drawn(BAKER)))
    worker = Worker(ocr="eng+fra")
    try:
        found, _ = worker(document_source(path))
        beats: list[str] = []
        assert found == extract(".pdf", path.read_bytes(), Scans("eng+fra", lambda: beats.append("page")))
        assert beats == ["page", "page"]
    finally:
        worker.close()


def document_source(path: Path):  # type: ignore[no-untyped-def]
    return SimpleNamespace(file=path, path=path.name)


def test_the_time_of_a_scan_is_counted_from_page_to_page() -> None:
    beats: list[int] = []
    worker = Worker(seconds=0.05, beat=lambda: beats.append(1))
    worker._process = SimpleNamespace(stdin=io.StringIO())  # type: ignore[assignment]
    worker._answers = queue.Queue()
    for line in (BEAT, BEAT, json.dumps({"unreadable": "so it is"}) + "\n"):
        worker._answers.put(line)
    assert worker._asked("x") == {"unreadable": "so it is"}
    assert len(beats) == 2


@pytest.mark.slow
def test_a_build_is_stopped_between_the_pages_of_a_scan(tmp_path: Path) -> None:
    here = place(tmp_path)
    (here.sources / "scan.pdf").write_bytes(scanned(drawn(FERRY), drawn(BAKER), drawn(FERRY)))
    seen: list[Progress] = []
    with pytest.raises(Cancelled):
        build_index(
            here.sources, here.index, here.encoder, on_progress=seen.append, cancelled=lambda: len(seen) == 3
        )
    assert seen == [Progress("reading", 0, 1)] * 3  # the file, and two of its pages


def table(*rows: str) -> str:
    """Tesseract's table of words, each "block paragraph line text sure"."""
    cells = [row.split() for row in rows]
    lines = [
        f"5\t1\t{b}\t{p}\t{line}\t{n}\t{10 * n}\t20\t9\t8\t{sure}\t{text}"
        for n, (b, p, line, text, sure) in enumerate(cells)
    ]
    return "\n".join(["level\t…", *lines, ""])


def test_lines_paragraphs_and_broken_words() -> None:
    rows = table(
        "1 1 1 New 90", "1 1 1 infor- 80", "1 1 2 mation 70", "1 1 2 | 20", "1 1 2 Etats- 90", "1 1 3 Unis 90",
        "1 2 1 Next- 99", "2 1 1 More 60",
        "2 1 1 of 60", "2 2 1 it. 60",
    )  # fmt: skip
    text, found = ocr._laid_out(list(ocr._rows(rows)), 100, 100)
    assert text == "New information Etats-\nUnis\n\nNext-\n\nMore of\nit."
    assert [text[w.start : w.end] for w in found] == (
        "New infor mation Etats- Unis Next- More of it.".split()
    )
    assert found[1] == Word(4, 9, 0.1, 0.2, 0.09, 0.08, 0.8)


def test_certainty_counts_by_the_character_and_marks_by_the_line() -> None:
    first, second = Word(0, 4, 0.1, 0.1, 0.2, 0.05, 1.0), Word(5, 6, 0.4, 0.11, 0.1, 0.05, 0.5)
    below = Word(7, 9, 0.1, 0.2, 0.1, 0.05, 0.8)
    page = Document("a.png", "image", "abcd e fg", "", "en", "", "", scanned=pack([first, second, below]))
    assert certainty(page, Span(0, 6)) == 0.9
    assert certainty(page, Span(3, 6)) == 0.75
    assert certainty(page, Span(4, 5)) is None
    assert fragments(page, Span(0, 9)) == [pytest.approx((0.1, 0.1, 0.4, 0.06)), (0.1, 0.2, 0.1, 0.05)]
    assert fragments(page, Span(7, 8)) == [(0.1, 0.2, 0.1, 0.05)]
    assert scanned_words(page, Span(5, 9)) == [
        (Span(5, 6), (0.4, 0.11, 0.1, 0.05)),
        (Span(7, 9), (0.1, 0.2, 0.1, 0.05)),
    ]


@pytest.mark.slow
def test_a_citation_of_a_scan_says_so_everywhere_and_is_proven(here: Place) -> None:
    one = Assistant(Settings(seeds=here.sources, ocr_languages="eng+fra"), BagEncoder(), WordReader())
    one.build()
    reply = one.ask(ASKED)
    [answer] = reply.answers
    [citation] = answer.citations
    assert (answer.text, citation.document, citation.page, citation.unit) == (
        "19 euros",
        "scan.pdf",
        1,
        "page",
    )
    sure = citation.ocr
    assert sure == pytest.approx(0.95, abs=0.05)
    badge = f"OCR, {round(100 * sure)} % sure"
    assert f"of its extracted text · {badge} · low confidence" in to_text(reply, "en")
    assert f"text · {badge}; SHA-256" in to_markdown(answer)
    assert f">{badge}</span>" in replyview.reply(reply, "en")
    assert "OCR, sûr à" in replyview.reply(reply, "fr")
    value = json.loads(json.dumps(to_json(reply)))
    schema = json.loads((files("assistant") / "reply.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator(schema).validate(value)
    assert value["answers"][0]["citations"][0]["ocr"] == sure
    [verdict] = verify_reply(value, here.sources, ocr="eng+fra")
    assert (verdict.state, verdict.start) == ("proven", citation.quote_start)
    found = one.document("scan.pdf")
    shown = figures(
        one, found, Span(citation.quote_start, citation.quote_end), Span(citation.start, citation.end), "en"
    )
    assert (shown.count('class="box quote"'), shown.count('class="box span"')) == (1, 1)
    photo = one.document("photo.png")
    assert 'class="box quote"' in figures(one, photo, place_of(photo, "le lundi"), Span(0, 0), "fr")
    one.close()


@pytest.mark.slow
def test_a_killed_build_and_another_model_read_no_scan_twice(
    here: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = count_reads(monkeypatch)

    def killed(progress: Progress) -> None:
        if progress.stage == "encoding":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        here.build(on_progress=killed)
    assert read == ["a.txt", "photo.png", "scan.pdf"]
    here.build()
    assert read[3:] == ["a.txt"]
    before = content(here.index)[1]
    assert before["scan.pdf"] == FERRY
    here.build(encoder=BagEncoder("other@1"))
    assert (read[4:], content(here.index)[1]) == (["a.txt"], before)
    [first, *_] = sorted((here.index / "scans").iterdir())
    first.write_bytes(first.read_bytes()[:-1] + b"x")
    here.build()
    assert (len(read), read[5]) == (7, "a.txt")  # and the damaged one
    assert content(here.index)[1] == before


@pytest.mark.slow
def test_pages_that_could_not_be_read_are_told_until_they_can(
    here: Place, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("scan.pdf", "photo.png"):
        (here.sources / name).unlink()
    (here.sources / "mixed.pdf").write_bytes(scanned(drawn(BAKER), first="A page of text."))
    with monkeypatch.context() as without:
        without.setenv("PATH", str(tmp_path))
        told = {
            "mixed.pdf": "only in part: 1 of its 2 pages have no text. If that is a scan, it can be read once "
            "Tesseract is installed: apt install tesseract-ocr tesseract-ocr-fra"
        }
        assert here.skipped() == told
        here.write(b=FERRY)
        assert here.skipped() == told
        assert here.skipped() == told
        assert content(here.index)[1]["mixed.pdf"].strip() == "A page of text."
    assert changes(here.sources, here.index).changed == ("mixed.pdf",)
    assert not changes(here.sources, here.index, "none")
    assert here.skipped() == {}
    assert content(here.index)[1]["mixed.pdf"] == f"A page of text.\n\n{BAKER}"


@pytest.mark.slow
def test_a_forgotten_scan_leaves_nothing(here: Place) -> None:
    here.build()
    assert len(list((here.index / "scans").iterdir())) == 2
    forget(here.sources, here.index, ["scan.pdf"], here.encoder)
    assert len(list((here.index / "scans").iterdir())) == 1
    forget(here.sources, here.index, ["photo.png", "a.txt"], here.encoder)
    assert list((here.index / "scans").iterdir()) == []
