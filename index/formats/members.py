"""Files in a file, as archives and mail hold them: each is read as it would be by itself, scans too."""

from __future__ import annotations

from collections.abc import Sequence

from index.errors import Unreadable
from index.formats.extracted import Extracted
from index.ocr import Scans
from index.pictures import opened
from index.types import PAGED

SMALL = 250_000  # dots of a picture: below, it is a logo or an ornament, and passed over
NAMED = 3  # files that are named for one reason

Left = list[tuple[str, str]]  # the files that were not read, or not wholly, and why


def member(name: str, suffix: str, data: bytes, scans: Scans | None, left: Left) -> Extracted | None:
    """A file that lies in another, pages and words by OCR kept; None if it cannot be read, or is no source."""
    from index.formats import extract, kind_of

    kind = kind_of(suffix)
    try:
        if kind == "image" and _is_small(data):
            return None
        found = extract(suffix, data, scans)
    except Unreadable as error:
        left.append((name, str(error)))
        return None
    if found.left:
        left.append((name, found.left))
    return found if kind in PAGED else Extracted(found.text, scanned=found.scanned)


def told(left: Sequence[tuple[str, str]]) -> str:
    """In words: files that were left out for the same reason together."""
    reasons: dict[str, list[str]] = {}
    for name, reason in left:
        reasons.setdefault(reason, []).append(name)
    return "; ".join(f"{_few(names)} ({reason})" for reason, names in reasons.items())


def _few(names: Sequence[str]) -> str:
    more = [f"{len(names) - NAMED} more"] if len(names) > NAMED else []
    return ", ".join([*names[:NAMED], *more])


def _is_small(data: bytes) -> bool:
    with opened(data) as image:
        return bool(image.width * image.height < SMALL)
