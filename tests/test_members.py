"""Files in archives and mail: read as by themselves, scans too, by the place that people know; what is left is told."""

from __future__ import annotations

import json
from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path

import numpy as np
import pytest
from folders import HARBOUR, Place, content, count_reads, place
from PIL import Image
from scans import BAKER, FERRY, drawn, saved, scanned, typed
from stub_reader import WordReader
from stubs import BagEncoder
from test_formats import make_zip

from assistant.render import to_json, to_text
from assistant.service import Assistant
from assistant.settings import Settings
from assistant.verify import verify_reply
from index.changes import changes
from index.errors import Unreadable
from index.forget import forget
from index.formats import extract
from index.formats.extracted import Extracted, gathered
from index.formats.members import Members
from index.generation import open_generation
from index.ocr import Scans
from index.scanned import COLUMNS, Word, certainty
from index.types import Section, Span

SCANS = Scans("eng+fra")
COMMAND = "it can be read once Tesseract is installed: apt install tesseract-ocr tesseract-ocr-fra"
PHOTO, SCAN = saved(drawn(BAKER), "PNG"), scanned(drawn(FERRY), drawn(BAKER))
LOGO = saved(drawn(FERRY).resize((400, 100)), "PNG")
ASKED = "What does the ferry to Ouessant cost in summer, in euros?"


def archive() -> bytes:
    return make_zip({"in/photo.png": PHOTO, "scan.pdf": SCAN, "note.txt": HARBOUR, "logo.png": LOGO})


def letter() -> bytes:
    mail = EmailMessage()
    mail["From"], mail["Subject"] = "Ada <ada@example.org>", "Timetable"
    mail.set_content(HARBOUR)
    mail.add_attachment(PHOTO, maintype="image", subtype="png", filename="photo.png")
    mail.add_attachment(LOGO, maintype="image", subtype="png", filename="logo.png")
    mail.add_attachment(SCAN, maintype="application", subtype="pdf", filename="scan.pdf")
    return mail.as_bytes()


def box() -> bytes:
    return b"From a@b Mon Feb 10 09:30:00 2025\n" + letter() + b"\n"


HOLDERS: dict[str, tuple[Callable[[], bytes], str]] = {
    ".zip": (archive, ""),
    ".eml": (letter, ""),
    ".mbox": (box, "1, Timetable, "),
}


def words_of(found: Extracted, low: int = 0, high: int = 10**9) -> list[tuple[str, list[int]]]:
    """Each word that OCR read, with its box and how sure it was."""
    rows = np.frombuffer(found.scanned, "<i4").reshape(-1, COLUMNS).tolist()
    return [(found.text[row[0] : row[1]], row[2:]) for row in rows if low <= row[0] < high]


@pytest.mark.slow
@pytest.mark.parametrize("suffix", HOLDERS)
def test_scans_in_it_are_read_as_by_themselves(suffix: str) -> None:
    make, before = HOLDERS[suffix]
    found = extract(suffix, make(), SCANS)
    assert found.left == ""
    places = {one.label: one for one in found.sections}
    photo = "in/photo.png" if suffix == ".zip" else f"{before}photo.png"
    pages = [f"{before}scan.pdf › p. 1", f"{before}scan.pdf › p. 2"]
    assert {photo, *pages} <= set(places)
    alone = extract(".png", PHOTO, SCANS), extract(".pdf", SCAN, SCANS)
    assert alone[0].text in found.text
    assert alone[1].text in found.text
    where = [places[name] for name in (photo, *pages)]
    assert words_of(found, where[0].start, where[0].end) == words_of(alone[0])
    assert words_of(found, where[1].start, where[2].end) == words_of(alone[1])
    assert sum(map(len, map(words_of, alone))) == len(words_of(found))  # the logo was not read
    for page, section in zip(where[1:], alone[1].sections, strict=True):
        assert found.text[page.start : page.end] == alone[1].text[section.start : section.end]


def test_pages_in_it_run_on_and_empty_ones_have_no_place() -> None:
    pdf = typed("The ferry leaves at", "noon, said the captain.", " ", "It is late.")
    found = extract(".zip", make_zip({"a.txt": "  First.  ", "b.pdf": pdf}), Scans("none"))
    assert found.text == "First.\n\nThe ferry leaves at\nnoon, said the captain.\n\n\n\nIt is late."
    assert [(one.label, found.text[one.start : one.end]) for one in found.sections] == [
        ("a.txt", "First."),
        ("b.pdf › p. 1", "The ferry leaves at"),
        ("b.pdf › p. 2", "noon, said the captain."),
        ("b.pdf › p. 4", "It is late."),
    ]


def test_a_first_and_a_last_page_without_text_have_no_place() -> None:
    found = extract(
        ".zip", make_zip({"b.pdf": typed(" ", "It is late.", " "), "c.txt": "Last."}), Scans("none")
    )
    assert found.sections == (Section("b.pdf › p. 2", 0, 11), Section("c.txt", 13, 18))


def test_words_move_with_their_text() -> None:
    row = np.array([[3, 6, 0, 0, 1, 1, 9]], "<i4").tobytes()
    part = Extracted(" \n one ", sections=(Section("1", 0, 7),), scanned=row)
    found = gathered([("a", Extracted("x")), ("b", part), ("c", part)])
    assert found.text == "x\n\none\n\none"
    assert [word for word, _ in words_of(found)] == ["one", "one"]
    assert [(one.label, one.start, one.end) for one in found.sections] == [
        ("a", 0, 1),
        ("b", 3, 6),
        ("c", 8, 11),
    ]


@pytest.mark.parametrize("suffix", HOLDERS)
def test_what_is_left_is_told_with_what_would_help(
    suffix: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    make, before = HOLDERS[suffix]
    monkeypatch.setenv("PATH", str(tmp_path))
    photo = "in/photo.png" if suffix == ".zip" else f"{before}photo.png"
    found = extract(suffix, make(), Scans())
    assert found.left == (
        f"{photo} (a picture; {COMMAND}); {before}scan.pdf (the PDF has no text layer (a scan); {COMMAND})"
    )
    assert "photo.png" in found.text or suffix == ".zip"
    assert "photo.png (a picture; OCR is switched off" in extract(suffix, make(), Scans("none")).left


def test_a_pdf_with_some_scanned_pages_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    mixed = make_zip({"a.pdf": scanned(drawn(BAKER), first="A page of text.")})
    monkeypatch.setenv("PATH", str(tmp_path))
    assert extract(".zip", mixed, Scans()).left == (
        f"a.pdf (1 of its 2 pages have no text. If that is a scan, {COMMAND})"
    )
    assert extract(".zip", mixed, Scans("none")).left == ""


def test_other_files_in_it_are_told() -> None:
    inner = make_zip({"a.txt": HARBOUR})
    odd = make_zip({"a.txt": HARBOUR, "b.exe": b"MZ", "c.zip": inner, "d.docx": b"junk", ".hidden": b"x"})
    assert extract(".zip", odd, SCANS).left == (
        "b.exe (unknown type); c.zip (an archive in an archive; unpack it); "
        "d.docx (it is damaged: File is not a zip file)"
    )
    mail = EmailMessage()
    mail["Subject"] = "Funding"
    mail.set_content(HARBOUR)
    mail.add_attachment(inner, maintype="application", subtype="zip", filename="c.zip")
    mail.add_attachment(b"x", maintype="application", subtype="pkcs7-signature", filename="smime.p7s")
    found = extract(".eml", mail.as_bytes(), SCANS)
    assert found.left == "c.zip (an archive or mail in a mail; save it as a file of its own)"
    assert found.text.endswith("c.zip\n\nsmime.p7s")
    with pytest.raises(Unreadable, match=r"^nothing in it can be read: b\.exe \(unknown type\)$"):
        extract(".zip", make_zip({"b.exe": b"MZ"}), SCANS)
    with pytest.raises(Unreadable, match=r"^nothing in it can be read: it is empty$"):
        extract(".zip", make_zip({".hidden": b"x"}), SCANS)


def test_a_picture_that_upsets_its_reader_costs_itself_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    def upset(*_: object, **__: object) -> None:
        raise AssertionError("bent")

    monkeypatch.setattr("PIL.Image.open", upset)
    found = extract(".zip", make_zip({"a.png": PHOTO, "note.txt": HARBOUR}), SCANS)
    assert (found.text, found.left) == (HARBOUR, "a.png (it is no whole IMAGE file (AssertionError: bent))")


def test_a_bent_file_in_an_archive_costs_itself_alone() -> None:
    data = make_zip({"a.txt": HARBOUR * 9, "note.txt": HARBOUR})
    at = data.index(b"a.txt") + len("a.txt")  # where the first one's packed bytes begin
    found = extract(".zip", data[:at] + b"\xff\xff" + data[at + 2 :], SCANS)
    assert (found.text, found.left) == (
        HARBOUR,
        "a.txt (Error -3 while decompressing data: invalid block type)",
    )


def test_files_left_for_one_reason_are_told_together() -> None:
    members = Members(SCANS)
    assert members.left == ""
    for name in ("0.png", "1.png", "a.exe", "2.png", "3.png", "4.png"):
        members.leave(name, "unknown type" if name == "a.exe" else "a picture")
    assert members.left == "0.png, 1.png, 2.png, 2 more (a picture); a.exe (unknown type)"


def test_a_scan_that_is_there_many_times_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def read(picture: Image.Image, *_: object) -> tuple[str, list[Word]]:
        asked.append(picture.mode)
        return ("", []) if picture.mode == "RGB" else ("One", [Word(0, 3, 0, 0, 1, 1, 0.9)])

    monkeypatch.setattr("index.formats.pictures.recognise", read)
    bare = saved(drawn(BAKER).convert("RGB"), "PNG")
    found = extract(".zip", make_zip({"a.png": PHOTO, "b.png": PHOTO, "c.png": bare, "d.png": bare}), SCANS)
    assert asked == ["L", "RGB"]
    assert (found.text, [word for word, _ in words_of(found)]) == ("One\n\nOne", ["One", "One"])
    assert [one.label for one in found.sections] == ["a.png", "b.png"]
    assert found.left == "c.png, d.png (a picture in which OCR found no text)"


@pytest.fixture
def here(tmp_path: Path) -> Place:
    made = place(tmp_path)
    (made.sources / "papers.zip").write_bytes(
        make_zip({"scan.pdf": scanned(drawn(FERRY)), "note.txt": HARBOUR})
    )
    (made.sources / "photos.zip").write_bytes(make_zip({"photo.png": PHOTO}))
    return made


@pytest.mark.slow
def test_they_are_read_once_tesseract_is_there_and_kept_and_forgotten(
    here: Place, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    read = count_reads(monkeypatch)
    with monkeypatch.context() as without:
        without.setenv("PATH", str(tmp_path))
        listed = {
            "papers.zip": f"only in part: scan.pdf (the PDF has no text layer (a scan); {COMMAND})",
            "photos.zip": f"nothing in it can be read: photo.png (a picture; {COMMAND})",
        }
        assert here.skipped() == listed
        here.write(b=FERRY)
        assert here.skipped() == listed
        assert content(here.index)[1]["papers.zip"] == HARBOUR
    found = changes(here.sources, here.index)
    assert (found.added, found.changed) == (("photos.zip",), ("papers.zip",))
    assert here.skipped() == {}
    assert not changes(here.sources, here.index)
    assert content(here.index)[1]["papers.zip"] == f"{FERRY}\n\n{HARBOUR}"
    before = list(read)
    here.build(encoder=BagEncoder("other@1"))
    assert read[len(before) :] == ["b.txt"]  # of scans, what OCR read was kept
    assert len(list((here.index / "scans").iterdir())) == 2
    forget(here.sources, here.index, ["papers.zip"], here.encoder)
    assert len(list((here.index / "scans").iterdir())) == 1


@pytest.mark.slow
def test_a_citation_of_a_scan_in_an_archive_says_so_and_is_proven(here: Place) -> None:
    one = Assistant(Settings(seeds=here.sources, ocr_languages="eng+fra"), BagEncoder(), WordReader())
    one.build()
    reply = one.ask(ASKED)
    [answer] = reply.answers
    [citation] = answer.citations
    assert (answer.text, citation.document, citation.page, citation.unit) == (
        "19 euros",
        "papers.zip",
        None,
        "file",
    )
    assert citation.place == "scan.pdf"
    assert citation.ocr == pytest.approx(0.95, abs=0.05)
    assert "papers.zip, file scan.pdf, characters" in to_text(reply, "en")
    assert f"OCR, {round(100 * citation.ocr)} % sure" in to_text(reply, "en")
    [verdict] = verify_reply(json.loads(json.dumps(to_json(reply))), here.sources, ocr="eng+fra")
    assert (verdict.state, verdict.start) == ("proven", citation.quote_start)
    generation = open_generation(here.index)
    document = generation.document("papers.zip")
    at = document.text.index(HARBOUR)
    assert certainty(document, Span(at, at + len(HARBOUR))) is None
    generation.close()
    one.close()
