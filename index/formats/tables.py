"""Tables and records: XLSX, CSV, JSON and JSON Lines. Each row is a line that is readable alone, and a section."""

from __future__ import annotations

import csv
import io
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any
from zipfile import ZipFile

from index.decoding import decode
from index.errors import Unreadable
from index.formats.about import with_properties
from index.formats.extracted import Extracted, joined
from index.formats.header import is_data
from index.formats.rows import lines
from index.formats.shown import shown
from index.formats.zipped import described, open_zip

SAMPLE = 100_000  # characters, and
RECORDS = 50  # lines, that the delimiter of CSV is told from
LONGEST = 10_000_000  # characters of one cell
DEEPEST = 40  # levels of JSON
# Of a cell without a value.
_FORMULA = re.compile(rb"<c\b([^>]*)>\s*<f\b(?:[^>]*/>|[^>]*>[^<]*</f>)\s*(?:<v\s*/>|<v>\s*</v>)?\s*</c>")
_MERGED = re.compile(rb'<mergeCell [^>]*?ref="([A-Z]+\d+:[A-Z]+\d+)"')
_HALF = re.compile("[\ud800-\udfff]")  # of a character that was cut in two


def read_xlsx(data: bytes) -> Extracted:
    """Every sheet; a formula as the value that was saved with it. Raises Unreadable."""
    archive = open_zip(data)
    if "xl/workbook.xml" not in archive.namelist():
        raise Unreadable("it is no whole XLSX file: it has no workbook")
    import openpyxl

    book = openpyxl.load_workbook(
        io.BytesIO(data), read_only=True, data_only=True, keep_links=False, rich_text=True
    )
    text, sections = joined(_sheets(book, archive), between="\n")
    unsaved = _unsaved(archive)
    if unsaved and not text:
        raise Unreadable(unsaved)
    found = Extracted(text, sections=sections, left=unsaved)
    return with_properties(found, book.properties, book.properties.creator) if described(archive) else found


def read_csv(data: bytes) -> Extracted:
    """Delimited by comma, semicolon, tab or bar, or as a first line `sep=;` says. Raises Unreadable."""
    text = decode(data).removeprefix("\ufeff")
    csv.field_size_limit(LONGEST)
    said = re.match(r"sep=([^\r\n])\r?\n", text, re.IGNORECASE)
    text = text[said.end() :] if said else text
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=said[1] if said else _delimiter(text))
    told = lines(((row, False) for row in rows), likely=True)
    try:
        found, sections = joined(((str(n + bool(said)), line) for n, line in told), between="\n")
    except csv.Error as error:
        raise Unreadable(f"it is no table: {error}") from error
    return Extracted(found, sections=sections)


def _delimiter(text: str) -> str:
    """What divides most rows into as many cells, of marks that the first rows hold; commas may be those of decimals."""
    sample = "".join(text[:SAMPLE].splitlines(keepends=True)[:RECORDS])
    evenness = {mark: _evenness(sample, mark) for mark in ";\t,|"}
    first = [line for line in re.sub(r'"[^"]*"', "", sample).splitlines() if line.strip()][:2]
    held = [  # a title above the names may hold a mark that they do not
        mark for mark, (share, _) in evenness.items() if share >= 0.5 and all(mark in line for line in first)
    ]
    return max(held or evenness, key=lambda mark: evenness[mark])


def _evenness(sample: str, mark: str) -> tuple[float, int]:
    """The share of rows that have the width which most have, and less the more cells have quotes left in them."""
    try:
        rows = [row for row in csv.reader(io.StringIO(sample, newline=""), delimiter=mark) if row]
    except csv.Error:
        return 0.0, 0
    wide = Counter(len(row) for row in rows if len(row) > 1)
    return max(wide.values(), default=0) / max(1, len(rows)), -sum(
        '"' in cell for row in rows for cell in row
    )


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


def _sheets(book: Any, archive: ZipFile) -> Iterator[tuple[str, str]]:
    for sheet in book.worksheets:
        sheet.reset_dimensions()  # some programs write them wrong, and all beyond them would be lost
        rows = ([_cell(cell) for cell in cells] for cells in sheet.iter_rows())
        labelled = _labelled(rows, _MERGED.findall(archive.read(sheet._worksheet_path)))
        for number, line in lines(((cells, False) for cells in labelled), likely=True):
            yield f"{sheet.title}!{number}", line


def _labelled(rows: Iterable[list[str]], merged: Iterable[bytes]) -> Iterator[list[str]]:
    """With a label that goes on over the rows below it in each of these; a figure is nobody's but its row's."""
    from openpyxl.utils.cell import range_boundaries

    begun: dict[int, list[tuple[int, int]]] = {}  # by the row below its first: column, and last row
    for left, top, _, bottom in map(range_boundaries, map(bytes.decode, merged)):
        begun.setdefault(top + 1, []).append((left - 1, bottom))
    going: list[tuple[int, int]] = []
    above: list[str] = []
    for number, row in enumerate(rows, start=1):
        going = [(column, last) for column, last in (*going, *begun.get(number, ())) if number <= last]
        for column, _ in going if any(row) else ():
            if column < min(len(above), len(row)) and not is_data(above[column]):
                row[column] = row[column] or above[column]
        yield row
        above = row


def _cell(cell: Any) -> str:
    """As the sheet shows it; nothing for #DIV/0! and the like."""
    if isinstance(cell.value, str):
        return "" if cell.data_type == "e" else cell.value
    if cell.value is None:  # its look costs a search
        return ""
    return shown(cell.value, cell.number_format)


def _unsaved(archive: ZipFile) -> str:
    """What to say of formulas whose values no program has saved, or ""."""
    count = 0
    for name in archive.namelist():
        if name.startswith("xl/worksheets/"):
            found = _FORMULA.finditer(archive.read(name))
            count += sum(b't="str"' not in one[1] for one in found)  # their value is no text at all
    return (
        f"formulas without a saved value: {count}; open the file in its program and save it" if count else ""
    )


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
