"""ZIP of documents: a section for each file in it that can be read. Archives in archives are left alone."""

from __future__ import annotations

from collections.abc import Iterator
from zipfile import BadZipFile, ZipFile

from index.errors import Unreadable
from index.formats.extracted import Extracted, joined
from index.formats.zipped import open_zip


def read_zip(data: bytes) -> Extracted:
    """Raises Unreadable, with what was found in it where nothing can be read."""
    archive = open_zip(data)
    left: list[str] = []
    text, sections = joined(_files(archive, left))
    if not sections:
        raise Unreadable(f"nothing in it can be read: {'; '.join(left[:5]) or 'it is empty'}")
    return Extracted(text, sections=sections)


def _files(archive: ZipFile, left: list[str]) -> Iterator[tuple[str, str]]:
    from index.formats import FORMATS, extract

    for entry in archive.infolist():
        suffix = "." + entry.filename.rpartition(".")[2].lower()
        if entry.is_dir() or entry.filename.rpartition("/")[2].startswith("."):
            continue
        if suffix not in FORMATS or suffix == ".zip" or FORMATS[suffix][0] == "image":
            left.append(f"{entry.filename} (not read)")
            continue
        try:
            found = extract(suffix, archive.read(entry))
        except (Unreadable, BadZipFile, ValueError, NotImplementedError, EOFError, OSError) as error:
            left.append(f"{entry.filename} ({error})")
            continue
        yield entry.filename, found.text
