"""What OCR read, one file for each scan, by its content: a killed build, or another model, reads no page twice."""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Iterable
from pathlib import Path

from index.disk import file_digest, replace_file, storing
from index.documents import Take
from index.formats import may_hold_scans
from index.formats.extracted import Extracted, from_json, to_json
from index.manifest import SourceState
from index.types import Source

SCANS = "scans"  # its name in the index folder
VERSION = 2  # raise it when `index.ocr` or `index.pdf` makes another text of the same pages


def remembering(take: Take, folder: Path, languages: str) -> Take:
    """A `take` that reads no scan again that was read before in these languages.

    What it reads is kept, and durable when it returns. Raises StorageError besides what `take` raises.
    """

    def taken(source: Source) -> tuple[Extracted, str]:
        if not languages or not may_hold_scans(source.file.suffix.lower()):
            return take(source)
        try:
            digest = file_digest(source.file)
        except OSError:  # whoever reads it says why
            return take(source)
        before = _read(folder / scan_key(digest, languages))
        if before is not None:
            return before, digest
        found, digest = take(source)
        if found.scanned:
            _write(folder / scan_key(digest, languages), found)
        return found, digest

    return taken


def scan_key(source_sha256: str, languages: str) -> str:
    """The name of the file that keeps the text of a scan with these bytes, read in these languages."""
    return hashlib.sha256(f"{VERSION} {source_sha256} {languages}".encode()).hexdigest()


def scan_keys(states: Iterable[SourceState]) -> set[str]:
    """The names of the files that keep the texts of these sources, as far as they are scans."""
    return {scan_key(one.sha256, one.ocr) for one in states if one.ocr}


def prune(folder: Path, keep: Iterable[str]) -> None:
    """Remove all files of the folder but these. Raises StorageError."""
    if not folder.exists():
        return
    with storing(folder):
        for name in {path.name for path in folder.iterdir()} - set(keep):
            (folder / name).unlink(missing_ok=True)


def _read(path: Path) -> Extracted | None:
    """None where there is no such file, or not as it was written: then OCR reads the scan again."""
    try:
        data = path.read_bytes()
    except OSError:
        return None
    digest, body = data[:32], data[32:]
    if hashlib.sha256(body).digest() != digest:
        return None
    return from_json(json.loads(zlib.decompress(body)))


def _write(path: Path, found: Extracted) -> None:
    body = zlib.compress(json.dumps(to_json(found)).encode())
    with storing(path):
        path.parent.mkdir(exist_ok=True)
        replace_file(path, hashlib.sha256(body).digest() + body)
