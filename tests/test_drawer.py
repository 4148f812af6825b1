"""Pages are drawn in a process of its own: what hangs, breaks or needs too much there costs itself alone."""

from __future__ import annotations

import os
import signal
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from fpdf import FPDF

from assistant import sheets
from index import pageimage
from index.documents import read_document
from index.drawer import AGAIN, Drawer
from index.errors import Unreadable
from index.pageimage import Sheet
from index.types import Document, Source, Span

MOAT = "The moat of the castle was 7 metres wide."
SLOW = "drawing it takes more than 2 seconds, or too much memory"


def plain() -> bytes:
    pdf = FPDF(format="A5")
    pdf.set_font("Times", size=12)
    pdf.add_page()
    pdf.multi_cell(0, 7, MOAT)
    return bytes(pdf.output())


def bomb(shadings: int = 60_000) -> bytes:
    """A PDF of a few thousand bytes whose page takes minutes to draw, by one shading painted again and again."""

    def stream(head: bytes, body: bytes) -> bytes:
        return b"<<%s/Length %d>>stream\n%s\nendstream" % (head, len(body), body)

    drawn = b"BT /F1 14 Tf 72 700 Td (%s) Tj ET\n" % MOAT.encode() + b"/S1 sh\n" * shadings
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R"
        b"/Resources<</Font<</F1 5 0 R>>/Shading<</S1 6 0 R>>>>>>",
        stream(b"/Filter/FlateDecode", zlib.compress(drawn)),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
        b"<</ShadingType 1/ColorSpace/DeviceRGB/Domain[0 1 0 1]/Matrix[595 0 0 842 0 0]/Function 7 0 R>>",
        stream(b"/FunctionType 4/Domain[0 1 0 1]/Range[0 1 0 1 0 1]", b"{ 2 copy mul sin exch pop dup dup }"),
    ]
    body, places = b"%PDF-1.4\n", []
    for number, one in enumerate(objects, start=1):
        places.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, one)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(objects) + 1
    body += b"xref\n0 %d\n0000000000 65535 f \n%s" % (size, table)
    return body + b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % (size, body.index(b"xref\n"))


@pytest.fixture
def drawer() -> Iterator[Drawer]:
    made = Drawer(seconds=2.0)
    yield made
    made.close()


@pytest.fixture
def read(tmp_path: Path) -> Callable[[str, bytes], tuple[Path, Document]]:
    def one(name: str, data: bytes) -> tuple[Path, Document]:
        (tmp_path / name).write_bytes(data)
        return tmp_path / name, read_document(Source(name, tmp_path / name, 0, 0))

    return one


Read = Callable[[str, bytes], tuple[Path, Document]]


def test_it_gives_what_this_process_would(drawer: Drawer, read: Read) -> None:
    file, document = read("a.pdf", plain())
    span = Span(4, 8)
    assert drawer("marks", "a", 1, file, document, span) == pageimage.marks(file, document, span)
    assert drawer("layer", "a", 1, file, document, 1) == pageimage.layer(file, document, 1)
    assert drawer("sheet", "a", 1, file, 1) == Sheet(1, "1", pytest.approx(419.53), pytest.approx(595.28))
    assert drawer("picture", "a", 1, file, 1, 300) == pageimage.picture(file, 1, 300)


def test_what_the_function_refuses_is_refused_here(drawer: Drawer, read: Read) -> None:
    file, _ = read("a.pdf", plain())
    for _ in range(2):
        with pytest.raises(Unreadable, match="the PDF has no page 2"):
            drawer("sheet", "a", 2, file, 2)
    with pytest.raises(Unreadable, match=r"it could not be read \(TypeError: "):
        drawer("sheet", "a", 1, file)
    assert drawer("sheet", "a", 1, file, 1).number == 1


def test_a_page_that_takes_too_long_is_tried_once_and_holds_up_no_other(drawer: Drawer, read: Read) -> None:
    file, document = read("bomb.pdf", bomb())
    good, _ = read("a.pdf", plain())
    assert document.text == MOAT
    assert len(drawer("marks", "bomb", 1, file, document, Span(0, 8))[1]) == 1
    begun = time.monotonic()
    with pytest.raises(Unreadable, match=SLOW):
        drawer("picture", "bomb", 1, file, 1, 1400)
    assert time.monotonic() - begun < 20
    assert drawer("picture", "a", 1, good, 1, 300).startswith(b"\x89PNG")
    begun = time.monotonic()
    with pytest.raises(Unreadable, match=SLOW):
        drawer("picture", "bomb", 1, file, 1, 1400)
    assert time.monotonic() - begun < 0.1
    assert drawer("sheet", "bomb", 1, file, 1).label == "1"


def test_a_page_that_took_too_long_is_tried_again_after_a_while(
    drawer: Drawer, read: Read, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, _ = read("a.pdf", plain())
    real = Drawer._asked
    monkeypatch.setattr(Drawer, "_asked", lambda *_: (None, 1))
    with pytest.raises(Unreadable):
        drawer("sheet", "a", 1, file, 1)
    monkeypatch.setattr(Drawer, "_asked", real)
    with pytest.raises(Unreadable):
        drawer("sheet", "a", 1, file, 1)
    now = time.monotonic() + AGAIN
    monkeypatch.setattr("index.drawer.time.monotonic", lambda: now)
    assert drawer("sheet", "a", 1, file, 1).number == 1


def test_a_process_killed_at_work_costs_that_call_alone(drawer: Drawer, read: Read) -> None:
    file, _ = read("bomb.pdf", bomb())
    drawer.warm()
    process = drawer._process
    assert process
    killer = threading.Timer(1.0, process.kill)
    killer.start()
    with pytest.raises(Unreadable):
        drawer("picture", "bomb", 1, file, 1, 1400)
    killer.join()
    assert not drawer._failed


def test_a_page_that_needs_too_much_memory_is_refused(read: Read) -> None:
    file, _ = read("a.pdf", plain())
    small = Drawer(memory=1)  # less than any picture needs
    with pytest.raises(Unreadable):
        small("picture", "a", 1, file, 1, 1400)
    small.close()


def test_a_process_that_was_ended_is_started_again(drawer: Drawer, read: Read) -> None:
    file, _ = read("a.pdf", plain())
    drawer.warm()
    assert drawer._process
    os.kill(drawer._process.pid, signal.SIGKILL)
    drawer._process.wait()
    assert drawer("sheet", "a", 1, file, 1).number == 1


def test_the_process_ends_with_its_input_and_not_by_ctrl_c(drawer: Drawer, read: Read) -> None:
    file, _ = read("a.pdf", plain())
    assert drawer("sheet", "a", 1, file, 1).number == 1
    process = drawer._process
    assert process
    assert process.stdin
    process.send_signal(signal.SIGINT)
    assert drawer("sheet", "a", 1, file, 1).number == 1
    process.stdin.close()
    assert process.wait(10) == 0


def test_a_page_that_cannot_be_drawn_has_no_picture(read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    file, document = read("bomb.pdf", bomb())
    quick = Drawer(seconds=2.0)
    monkeypatch.setattr(sheets, "DRAWER", quick)

    class Held:
        settings = type("Settings", (), {"seeds": file.parent})

        def document(self, path: str) -> Document:
            return replace(document, path=path)

    asked = {"doc": "bomb.pdf", "page": "1", "sha256": document.source_sha256}
    assert sheets.image(Held(), asked) == b""  # type: ignore[arg-type]
    assert sheets.image(Held(), {**asked, "page": "2"}) is None  # type: ignore[arg-type]
    shown = sheets.figures(Held(), document, Span(0, 8), Span(0, 3), "en")  # type: ignore[arg-type]
    assert MOAT in shown
    quick.close()
