"""ZIP of documents: a section for each file in it that can be read. Archives in archives are left alone."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import replace
from zipfile import BadZipFile, ZipFile

from index.errors import Unreadable
from index.formats.extracted import Extracted, gathered
from index.formats.members import Members
from index.formats.zipped import open_zip
from index.ocr import Scans


def read_zip(data: bytes, scans: Scans | None) -> Extracted:
    """Raises Unreadable, with what was found in it where nothing can be read."""
    archive = open_zip(data)
    members = Members(scans)
    found = gathered(_files(archive, members))
    if not found.sections:
        raise Unreadable(f"nothing in it can be read: {members.left or 'it is empty'}")
    return replace(found, left=members.left)


def _files(archive: ZipFile, members: Members) -> Iterator[tuple[str, Extracted]]:
    from index.formats import FORMATS

    for entry in archive.infolist():
        name = entry.filename
        suffix = "." + name.rpartition(".")[2].lower()
        if entry.is_dir() or name.rpartition("/")[2].startswith("."):
            continue
        if suffix == ".zip":
            members.leave(name, "an archive in an archive; unpack it")
        elif suffix not in FORMATS:
            members.leave(name, "unknown type")
        else:
            try:
                data = archive.read(entry)
            except (BadZipFile, ValueError, NotImplementedError, EOFError, OSError, zlib.error) as error:
                members.leave(name, str(error))
                continue
            found = members.read(name, suffix, data)
            if found:
                yield name, found
