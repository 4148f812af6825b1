"""The names of files that the user wants kept out, and nothing else of them: `forgotten.json` in the index folder."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from index.disk import replace_file, storing
from index.errors import IndexDamaged

NAME = "forgotten.json"
REASON = "forgotten; sourcier forget --undo takes it in again"


def forgotten(index: Path) -> frozenset[str]:
    """The names. Raises IndexDamaged: what was forgotten must not come back because its list broke."""
    path = index / NAME
    try:
        names = json.loads(path.read_bytes())
    except (FileNotFoundError, NotADirectoryError):
        return frozenset()
    except (OSError, ValueError) as error:
        raise _damaged(path, error) from error
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise _damaged(path, "not a list of names")
    return frozenset(names)


def write_forgotten(index: Path, names: Iterable[str]) -> None:
    """Replace the list, at once or not at all. Raises StorageError."""
    with storing(index / NAME):
        replace_file(index / NAME, (json.dumps(sorted(names), indent=1) + "\n").encode())


def _damaged(path: Path, error: object) -> IndexDamaged:
    return IndexDamaged(
        f"{path}, the list of forgotten files, cannot be read ({error}). Mend it: it is a JSON list of names. "
        "Or delete it, and forget those files again"
    )
