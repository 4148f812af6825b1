"""What a format's reader gives: a text, its parts by the names that people call them, what the file says of itself."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from typing import Any

from index.errors import Unreadable
from index.running import Page, arranged, settings
from index.scanned import Word, moved, pack
from index.types import Section

MOST = 50_000_000  # characters of a text
PARTS = 500_000  # rows, items, cues: each costs memory, also of the process that builds
LETTER = re.compile(r"[^\W\d_]")  # which the number of a page has not
_ISO = re.compile(r"\d{4}(?:-\d{2}(?:-\d{2})?)?")


@dataclass(frozen=True, slots=True)
class Extracted:
    """`date` is ISO 8601 ("2025", "2025-02" or "2025-02-10"); all but the text may be ""."""

    text: str
    title: str = ""
    language: str = ""
    sections: tuple[Section, ...] = ()
    author: str = ""
    date: str = ""
    address: str = ""
    scanned: bytes = b""  # what OCR read of it: `index.scanned`
    left: str = ""  # what of it could not be read, and why
    tags: tuple[str, ...] = ()


def to_json(found: Extracted) -> dict[str, Any]:
    """As JSON takes it."""
    return {**asdict(found), "scanned": base64.b64encode(found.scanned).decode()}


def from_json(value: dict[str, Any]) -> Extracted:
    """Back from `to_json`."""
    sections = tuple(Section(**one) for one in value["sections"])
    scanned = base64.b64decode(value["scanned"])
    return Extracted(**{**value, "sections": sections, "scanned": scanned, "tags": tuple(value["tags"])})


def joined(parts: Iterable[tuple[str, str]], between: str = "\n\n") -> tuple[str, tuple[Section, ...]]:
    """One text of named parts, and where each stands; parts of white space alone are left out. Raises Unreadable."""
    found = gathered(((label, Extracted(text)) for label, text in parts), between)
    return found.text, found.sections


def gathered(parts: Iterable[tuple[str, Extracted]], between: str = "\n\n") -> Extracted:
    """`joined` of parts that may have pages, which are sections then, and words that OCR read."""
    texts: list[str] = []
    sections: list[Section] = []
    scanned: list[bytes] = []
    at = 0
    for label, part in parts:
        text = clean(part.text)
        start = len(text) - len(text.lstrip())
        text = text.strip()
        if not text:
            continue
        at += len(between) if texts else 0
        texts.append(text)
        sections += _sections(" ".join(label.split()), part, text, at, start)
        if part.scanned:
            scanned.append(moved(part.scanned, at - start))
        at += len(text)
        within(at, len(sections))
    return Extracted(between.join(texts), sections=tuple(sections), scanned=b"".join(scanned))


def _sections(label: str, part: Extracted, text: str, at: int, start: int) -> list[Section]:
    """Of a part whose `text` stands at `at`, without the white space before `start`: one, or one for each page."""
    if len(part.sections) < 2:
        return [Section(label, at, at + len(text))]
    found = []
    for page in part.sections:
        low, high = (min(max(place - start, 0), len(text)) for place in (page.start, page.end))
        if text[low:high].strip():
            found.append(Section(f"{label} › p. {page.label}", at + low, at + high))
    return found


def paged(pages: Sequence[tuple[str, Sequence[Word]]]) -> Extracted:
    """Pages in one text, called by their numbers: a blank line between two, a mere line break where a sentence runs
    on; what stands above and below each page is set apart. The words are those that OCR read, their places in the
    page's text. Raises Unreadable."""
    parts: list[str] = []
    sections: list[Section] = []
    scanned: list[bytes] = []
    end, runs_on = 0, False
    for setting, (text, words) in zip(settings([text for text, _ in pages]), pages, strict=True):
        page = arranged(text, setting)
        if sections:
            parts.append("\n" if runs_on and page.first else "\n\n")
            end += len(parts[-1])
        runs_on = setting.unended and page.last
        sections.append(Section(str(len(sections) + 1), end, end + len(page.text)))
        if words:
            scanned.append(pack(_set(words, page), end))
        parts.append(page.text)
        end += len(page.text)
        within(end)
    return Extracted("".join(parts), sections=tuple(sections), scanned=b"".join(scanned))


def _set(words: Sequence[Word], page: Page) -> list[Word]:
    """The words of a page where they stand in it as it is set, in their order there."""
    now = {place: at for at, place in enumerate(page.places)}
    found = [replace(word, start=now[word.start], end=now[word.end - 1] + 1) for word in words]
    return sorted(found, key=lambda word: word.start)


def within(characters: int, parts: int = 0) -> None:
    """Raise Unreadable for a text of so many that it would be a burden."""
    if characters > MOST:
        raise Unreadable(f"its text is longer than {MOST // 1_000_000} million characters; split it")
    if parts > PARTS:
        raise Unreadable(f"it has more than {PARTS} parts (rows, items, entries); split it")


def clean(text: str) -> str:
    """Without NUL and with line ends of one kind: formats that are not plain text do not mean them."""
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")


def day(value: object) -> str:
    """A date as ISO 8601, or "" where it is none."""
    if isinstance(value, datetime | date):
        return value.isoformat()[:10]
    found = _ISO.match(str(value or "").strip())
    if not found:
        return ""
    try:
        date.fromisoformat(f"{found[0]}-01-01"[:10])
    except ValueError:
        return ""
    return found[0]


def tags_in(written: object) -> tuple[str, ...]:
    """Keywords that stand in one line, with commas or semicolons between them, each once."""
    found = (" ".join(tag.split()).lstrip("#") for tag in re.split("[,;\n]", str(written or "")))
    return tuple(dict.fromkeys(tag for tag in found if tag))


def by_heading(blocks: Iterator[tuple[bool, str]]) -> Iterator[tuple[str, str]]:
    """(heading, the text under it, itself included) of blocks, for each of which is told whether it is a heading."""
    heading, under = "", list[str]()
    for is_heading, text in blocks:
        if is_heading and text.strip():
            yield heading, "\n\n".join(filter(str.strip, under))
            heading, under = text.strip(), []
        under.append(text)
    yield heading, "\n\n".join(filter(str.strip, under))
