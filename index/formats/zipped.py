"""ZIP, which half of the formats are: opened only if what it unpacks to is of a sane size."""

from __future__ import annotations

import io
import zipfile

from index.errors import Unreadable

UNPACKED = 500_000_000  # bytes of all files together
RATIO = 150  # packed XML reaches 30; a bomb, 1000
SMALL = 10_000_000  # up to here any ratio will do
FILES = 10_000


def open_zip(data: bytes) -> zipfile.ZipFile:
    """The archive, its sizes checked (zipfile reads no more of a file than it says). Raises Unreadable."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
        listed = archive.infolist()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as error:
        raise Unreadable(f"it is damaged: {error}") from error
    total = sum(entry.file_size for entry in listed)
    if len(listed) > FILES:
        raise Unreadable(f"it holds {len(listed)} files; the limit is {FILES}")
    if total > UNPACKED or (total > SMALL and total > RATIO * len(data)):
        raise Unreadable(
            f"it unpacks to {total / 1e6:.0f} MB, from {len(data) / 1e6:.1f}: this looks like a trap"
        )
    if any(entry.flag_bits & 1 for entry in listed):
        raise Unreadable("it is encrypted; save it without a password")
    return archive


def described(archive: zipfile.ZipFile) -> bool:
    """Whether an Office file says anything of itself: where it does not, its reader makes up a title and a date."""
    try:
        return b"core-properties" in archive.read("_rels/.rels")
    except KeyError:
        return False
