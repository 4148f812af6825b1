"""Tables and records: XLSX, CSV, JSON and JSON Lines. Each row is a line that is readable alone, and a section."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from datetime import datetime

from index.decoding import decode
from index.errors import Unreadable
from index.formats.extracted import Extracted, day, joined, lines, tags_in
from index.formats.zipped import described, open_zip

LONGEST = 10_000_000  # characters of one cell
DEEPEST = 40  # levels of JSON
_HALF = re.compile("[\ud800-\udfff]")  # of a character that was cut in two


def read_xlsx(data: bytes) -> Extracted:
    """Every sheet; a formula as the value that was saved with it. Raises Unreadable."""
    archive = open_zip(data)
    if "xl/workbook.xml" not in archive.namelist():
        raise Unreadable("it is no whole XLSX file: it has no workbook")
    import openpyxl

    book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
    text, sections = joined(_sheets(book), between="\n")
    if not described(archive):
        return Extracted(text, sections=sections)
    about = book.properties
    return Extracted(
        text, str(about.title or ""), "", sections, str(about.creator or ""), day(about.modified),
        tags=tags_in(about.keywords),
    )  # fmt: skip


def read_csv(data: bytes) -> Extracted:
    """Delimited by comma, semicolon, tab or bar, or as a first line `sep=;` says. Raises Unreadable."""
    text = decode(data).removeprefix("\ufeff")
    csv.field_size_limit(LONGEST)
    said = re.match(r"sep=([^\r\n])\r?\n", text, re.IGNORECASE)
    text = text[said.end() :] if said else text
    first = re.sub(r'"[^"]*"', "", text.partition("\n")[0])
    rows = csv.reader(
        io.StringIO(text, newline=""), delimiter=said[1] if said else max(",;\t|", key=first.count)
    )
    try:
        found, sections = joined(((str(n + bool(said)), line) for n, line in lines(rows)), between="\n")
    except csv.Error as error:
        raise Unreadable(f"it is no table: {error}") from error
    return Extracted(found, sections=sections)


def read_json(data: bytes) -> Extracted:
    """A line for each value that is no list or object, with the path to it. Raises Unreadable."""
    value = _loads(decode(data), "it is no JSON")
    if isinstance(value, list):
        text, sections = joined(
            ((str(n), "\n".join(_lines(one, "", 0))) for n, one in enumerate(value, start=1)), between="\n\n"
        )
        return Extracted(text, sections=sections)
    return Extracted("\n".join(_lines(value, "", 0)))


def read_jsonl(data: bytes) -> Extracted:
    """A section for each line. Raises Unreadable."""
    full = [
        (n, line) for n, line in enumerate(re.split(r"\r\n|\r|\n", decode(data)), start=1) if line.strip()
    ]
    parts = ((str(n), "\n".join(_lines(_loads(line, f"line {n} is no JSON"), "", 0))) for n, line in full)
    text, sections = joined(parts)
    return Extracted(text, sections=sections)


def _sheets(book: object) -> Iterator[tuple[str, str]]:
    for sheet in book.worksheets:  # type: ignore[attr-defined]  # the library is not followed
        sheet.reset_dimensions()  # some programs write them wrong, and all beyond them would be lost
        rows = ([_cell(value) for value in cells] for cells in sheet.iter_rows(values_only=True))
        for number, line in lines(rows):
            yield f"{sheet.title}!{number}", line


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.isoformat(sep=" ").removesuffix(" 00:00:00")
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, bool):
        return str(value).upper()  # as the sheet shows it
    return str(value)


def _loads(text: str, what: str) -> object:
    try:
        return json.loads(text.lstrip("\ufeff"), parse_float=str, parse_int=str, parse_constant=str)
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"{what}: {error}") from error


def _lines(value: object, path: str, depth: int) -> Iterator[str]:
    if depth > DEEPEST:
        raise Unreadable(f"it is nested more than {DEEPEST} levels deep")
    if isinstance(value, dict):
        for key, one in value.items():
            yield from _lines(one, f"{path}.{key}" if path else str(key), depth + 1)
    elif isinstance(value, list):
        for one in value:
            yield from _lines(one, path, depth + 1)
    elif value is not None and str(value).strip():
        said = str(value).lower() if isinstance(value, bool) else str(value)
        yield _HALF.sub("\ufffd", f"{path}: {said}" if path else said)
