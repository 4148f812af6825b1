"""Pictures of pages to words with their boxes, through Tesseract: a program of its own, found on the PATH."""

from __future__ import annotations

import io
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from typing import TYPE_CHECKING

from index.errors import Unreadable
from index.scanned import Word

if TYPE_CHECKING:
    from PIL.Image import Image

OFF = "none"
DPI = 300  # in which a PDF's page is drawn for it
DOTS = 40_000_000  # of a picture, at most; a larger one is made smaller first
SECONDS = 90.0  # for one page; the worker that this runs in has 120 from page to page
NOISE = 0.5  # surer than this of a mark that is no letter or digit, or it is left out
HOW = "apt install tesseract-ocr tesseract-ocr-fra"


@dataclass(frozen=True, slots=True)
class Scans:
    """How scans are read. `chosen`: Tesseract's names of languages ("fra+deu"), "" for all that it has, "none" to
    read no scans. `beat` is called before each page."""

    chosen: str = ""
    beat: Callable[[], None] = lambda: None


@dataclass(frozen=True, slots=True)
class _Row:
    """A word of Tesseract's table; `line` is its block, paragraph and line."""

    line: tuple[int, int, int]
    box: tuple[int, int, int, int]  # left, top, width, height
    sure: float
    text: str


def languages(chosen: str) -> str:
    """The languages in which scans are read, "fra+deu"; "" if they cannot be read."""
    installed = _installed(shutil.which("tesseract") or "")
    wanted = _names(chosen) or [name for name in installed if name not in ("osd", "equ")]
    return "+".join(wanted) if installed and set(wanted) <= set(installed) else ""


def lacking(chosen: str) -> str:
    """What would help where `languages` gives ""."""
    if chosen == OFF:
        return "OCR is switched off (ocr_languages)"
    program = shutil.which("tesseract")
    if program is None:
        return f"it can be read once Tesseract is installed: {HOW}"
    missing = [name for name in _names(chosen) if name not in _installed(program)] or ["eng"]
    packages = " ".join(f"tesseract-ocr-{name.replace('_', '-').lower()}" for name in missing)
    return f"Tesseract lacks the language {', '.join(missing)}: apt install {packages}"


def recognise(picture: Image, chosen: str, dpi: int | None) -> tuple[str, list[Word]]:
    """The text of a page and where each word stands on it. Raises Unreadable."""
    names = languages(chosen)
    if not names:
        raise Unreadable(f"a scan; {lacking(chosen)}")
    picture = _fitting(picture)
    rows = list(_rows(_tesseract(picture, names, dpi)))
    return _laid_out(rows, *picture.size)


def _names(chosen: str) -> list[str]:
    return [name for name in re.split(r"[+,\s]+", chosen) if name]


@lru_cache(maxsize=8)
def _installed(program: str) -> tuple[str, ...]:
    """The languages that Tesseract has; none without it."""
    if not program:
        return ()
    try:
        listed = subprocess.run(
            [program, "--list-langs"], capture_output=True, text=True, timeout=SECONDS, check=True
        )
    except (OSError, subprocess.SubprocessError):  # as good as not there; `lacking` says what to install
        return ()
    return tuple(sorted(listed.stdout.split("\n")[1:-1]))


def _fitting(picture: Image) -> Image:
    """In grey or colour, on white, and no larger than Tesseract is given."""
    from PIL import Image

    if picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info:
        ground = Image.new("RGBA", picture.size, "white")
        picture = Image.alpha_composite(ground, picture.convert("RGBA"))
    picture = picture if picture.mode == "L" else picture.convert("RGB")
    shrink = (DOTS / (picture.width * picture.height)) ** 0.5
    if shrink < 1:
        picture = picture.resize((int(picture.width * shrink) or 1, int(picture.height * shrink) or 1))
    return picture


def _tesseract(picture: Image, names: str, dpi: int | None) -> str:
    program = shutil.which("tesseract") or "tesseract"
    layout = "1" if "osd" in _installed(program) else "3"  # with it, a page that lies on its side is read too
    command = [
        program,
        "stdin",
        "stdout",
        "-l",
        names,
        "--psm",
        layout,
        *(["--dpi", str(dpi)] if dpi else []),
    ]
    data = io.BytesIO()
    picture.save(data, "PNG", compress_level=1)
    try:
        done = subprocess.run(
            [*command, "tsv"],
            input=data.getvalue(),
            capture_output=True,
            timeout=SECONDS,
            env={
                **os.environ,
                "OMP_THREAD_LIMIT": "1",
            },  # its threads wait for each other more than they work
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise Unreadable(f"OCR of one page took longer than {SECONDS:.0f} seconds") from error
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip().rpartition("\n")[2]
        if "osd" in said.lower() or "too few characters" in said.lower():
            return ""
        raise Unreadable(f"OCR failed: {said or f'Tesseract ended with {done.returncode}'}")
    return done.stdout.decode("utf-8", "replace")


def _rows(table: str) -> Iterator[_Row]:
    for line in table.split("\n")[1:]:
        cells = line.split("\t", 11)
        if len(cells) < 12 or cells[0] != "5" or not cells[11].strip():
            continue
        block, paragraph, row = map(int, cells[2:5])
        left, top, width, height = map(int, cells[6:10])
        sure = min(max(float(cells[10]) / 100, 0.0), 1.0)
        text = "".join(cells[11].split())
        if sure >= NOISE or any(map(str.isalnum, text)):
            yield _Row((block, paragraph, row), (left, top, width, height), sure, text)


def _laid_out(rows: Sequence[_Row], across: int, down: int) -> tuple[str, list[Word]]:
    """Words in lines, a blank line between paragraphs, as far as one does not run on into the next; a word broken at
    the end of a line is put together."""
    text, words = "", []
    lines = [list(line) for _, line in groupby(rows, key=lambda row: row.line)]
    for number, line in enumerate(lines):
        following = lines[number + 1] if number + 1 < len(lines) else []
        for place, row in enumerate(line):
            last = place + 1 == len(line)
            runs_on = last and bool(following) and _runs_on(row, following[0])
            broken = runs_on and _breaks(row.text, following[0].text)
            kept = row.text[:-1] if broken else row.text
            left, top, width, height = row.box
            box = (left / across, top / down, width / across, height / down)
            words.append(Word(len(text), len(text) + len(kept), *box, row.sure))
            between = "\n\n" if last else " "
            if runs_on:
                between = "" if broken else "\n"
            text += kept + between
    return text.rstrip("\n"), words


def _runs_on(row: _Row, following: _Row) -> bool:
    return row.line[:2] == following.line[:2] or following.text[:1].islower()


def _breaks(word: str, following: str) -> bool:
    return len(word) > 2 and word[-1] in "-‐" and word[-2].isalpha() and following[:1].islower()
