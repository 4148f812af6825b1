"""Files in a file, as archives and mail hold them: each is read as it would be by itself, scans too."""

from __future__ import annotations

import hashlib

from index.errors import Unreadable
from index.formats.extracted import Extracted
from index.ocr import Scans
from index.pictures import opened
from index.types import PAGED

SMALL = 250_000  # dots of a picture: below, it is a logo or an ornament, and passed over
NAMED = 3  # files that are named for one reason


class Members:
    """Reads the files in one file, a scan that is there many times once, and notes what is left out."""

    def __init__(self, scans: Scans | None) -> None:
        """`scans` says how scans are read."""
        self._scans = scans
        self._reasons: dict[str, list[str]] = {}
        self._seen: dict[bytes, Extracted | Unreadable] = {}

    @property
    def left(self) -> str:
        """Which files were not read, or not wholly, and why; those of one reason together. "" for none."""
        return "; ".join(f"{_few(names)} ({reason})" for reason, names in self._reasons.items())

    def leave(self, name: str, reason: str) -> None:
        """Note a file that is not read."""
        self._reasons.setdefault(reason, []).append(name)

    def read(self, name: str, suffix: str, data: bytes) -> Extracted | None:
        """A file, its pages and the words that OCR read kept; None if it cannot be read, or is no source."""
        from index.formats import kind_of

        paged = kind_of(suffix) in PAGED
        try:
            if kind_of(suffix) == "image" and _is_small(data):
                return None
            found = self._once(suffix, data) if paged else self._extracted(suffix, data)
        except Unreadable as error:
            self.leave(name, str(error))
            return None
        if found.left:
            self.leave(name, found.left)
        return found if paged else Extracted(found.text, scanned=found.scanned)

    def _once(self, suffix: str, data: bytes) -> Extracted:
        """OCR takes seconds, and every mail of a writer may bear the same banner."""
        digest = hashlib.sha256(data).digest()
        if digest not in self._seen:
            try:
                self._seen[digest] = self._extracted(suffix, data)
            except Unreadable as error:
                self._seen[digest] = error
        found = self._seen[digest]
        if isinstance(found, Unreadable):
            raise found
        return found

    def _extracted(self, suffix: str, data: bytes) -> Extracted:
        from index.formats import extract

        return extract(suffix, data, self._scans)


def _few(names: list[str]) -> str:
    more = [f"{len(names) - NAMED} more"] if len(names) > NAMED else []
    return ", ".join([*names[:NAMED], *more])


def _is_small(data: bytes) -> bool:
    try:
        with opened(data) as image:
            return bool(image.width * image.height < SMALL)
    except Exception:  # a bent picture: `extract`, which opens it next, says what is wrong with it
        return False
