"""The names of files that the user wants kept out, and nothing else of them: `forgotten.json` in the index folder.

It holds their digest too: a name that a flipped bit changes would let its file back in. A list without one, as it was
written before, is read as well.
"""

from __future__ import annotations

import hashlib
import json
import unicodedata
from collections.abc import Collection, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

from index.disk import replace_file, storing
from index.errors import IndexDamaged
from index.store import inside

NAME = "forgotten.json"
FORGOTTEN = "forgotten; sourcier forget --undo takes it in again"


def forgotten(index: Path) -> frozenset[str]:
    """The forgotten names. Raises IndexDamaged: none of them may come back because the list broke."""
    path = index / NAME
    try:
        data = path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return frozenset()
    except OSError as error:
        raise IndexDamaged(
            f"{path}, the list of forgotten files, cannot be read ({error.strerror or error}), and nothing is "
            f'indexed without it: none of them is to come back. Make it readable: chmod u+r "{path}"'
        ) from error
    try:
        return _names(json.loads(data))
    except (ValueError, TypeError, KeyError) as error:
        left = ", ".join(sorted(readable(index))) or "no name"
        raise IndexDamaged(
            f"{path}, the list of forgotten files, is not what was written, and nothing is indexed until it is: none "
            f"of them is to come back. What can be read of it: {left}. Run, with every file that is to stay out: "
            "sourcier forget FILE"
        ) from error


def kept_out(sources: Path, index: Path) -> frozenset[str]:
    """The names that an index of `sources` leaves out: those of its own list and of the list in the folder itself.

    An index is made elsewhere where the folder cannot be written, and what was forgotten in the folder stays forgotten.
    Raises IndexDamaged.
    """
    return forgotten(index) | forgotten(inside(sources))


def among(names: Collection[str], listed: Iterable[str]) -> set[str]:
    """Those of `listed` that are one of `names`: a disk may spell an accented letter in two ways."""
    wanted = {_one_spelling(name) for name in names}
    return {name for name in listed if _one_spelling(name) in wanted} if wanted else set()


def readable(index: Path) -> frozenset[str]:
    """What looks like a name in a damaged list; some may be wrong. Raises OSError."""
    found = set()
    for line in (index / NAME).read_text(encoding="utf-8", errors="replace").split("\n"):
        with suppress(ValueError):
            name = json.loads(line.strip().removesuffix(","))
            found |= {name} if isinstance(name, str) else set()
    return frozenset(found)


def write_forgotten(index: Path, names: Iterable[str]) -> None:
    """Replace the list, at once or not at all. Raises StorageError."""
    listed = sorted(names)
    data = json.dumps({"names": listed, "sha256": _digest(listed)}, indent=1) + "\n"
    with storing(index / NAME):
        replace_file(index / NAME, data.encode())


def _names(found: Any) -> frozenset[str]:
    names = found if isinstance(found, list) else found["names"]
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise ValueError("not a list of names")
    if names is not found and found["sha256"] != _digest(names):
        raise ValueError("other names than were written")
    return frozenset(names)


def _one_spelling(name: str) -> str:
    return unicodedata.normalize("NFC", name)


def _digest(names: list[str]) -> str:
    return hashlib.sha256(json.dumps(names).encode()).hexdigest()
