"""Tables and records: XLSX, CSV, JSON and JSON Lines. Each row is a line that is readable alone, and a section."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from datetime import datetime

from index.decoding import decode
from index.errors import Unreadable
from index.formats.extracted import Extracted, day, joined, lines
from index.formats.zipped import open_zip

LONGEST = 10_000_000  # characters of one cell
DEEPEST = 40  # levels of JSON


def read_xlsx(data: bytes) -> Extracted:
    """Every sheet; a formula as the value that was saved with it. Raises Unreadable."""
    archive = open_zip(data)
    if "xl/workbook.xml" not in archive.namelist():
        raise Unreadable("it is no whole XLSX file: it has no workbook")
    import openpyxl

    book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
    text, sections = joined(_sheets(book), between="\n")
    about = book.properties
    return Extracted(
        text, str(about.title or ""), "", sections, str(about.creator or ""), day(about.modified)
    )


def read_csv(data: bytes) -> Extracted:
    """Delimited by comma, semicolon, tab or bar. Raises Unreadable."""
    text = decode(data)
    csv.field_size_limit(LONGEST)
    first = text.partition("\n")[0]
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t|", key=first.count))
    try:
        found, sections = joined(((str(n), line) for n, line in lines(rows)), between="\n")
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
    full = [(n, line) for n, line in enumerate(decode(data).splitlines(), start=1) if line.strip()]
    parts = ((str(n), "\n".join(_lines(_loads(line, f"line {n} is no JSON"), "", 0))) for n, line in full)
    text, sections = joined(parts)
    return Extracted(text, sections=sections)


def _sheets(book: object) -> Iterator[tuple[str, str]]:
    for sheet in book.worksheets:  # type: ignore[attr-defined]  # the library is not followed
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
    return str(value)


def _loads(text: str, what: str) -> object:
    try:
        return json.loads(text.lstrip("\ufeff"))
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
        yield f"{path}: {value}" if path else str(value)
