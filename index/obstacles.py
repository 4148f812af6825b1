"""What stands where a file or a folder of the index belongs: moved aside, and never deleted, it hinders no more."""

from __future__ import annotations

from pathlib import Path

from index.cache import CACHE
from index.disk import storing
from index.scancache import SCANS
from index.store import CURRENT, DOUBTED, GENERATIONS, LOCK, OWNER

_FILES = (CURRENT, f"{CURRENT}.new", CACHE, LOCK, OWNER, DOUBTED)
_FOLDERS = (GENERATIONS, SCANS)


def obstacles(index: Path) -> list[Path]:
    """Folders in place of files, files in place of folders, and links that lead nowhere."""
    folders = [index, *(index / name for name in _FOLDERS)]
    files = [index / name for name in _FILES]
    return [path for path in folders if _there(path) and not path.is_dir()] + [
        path for path in files if path.is_dir() or (path.is_symlink() and not path.exists())
    ]


def move_aside(index: Path) -> list[Path]:
    """Give all of these another name, and say which. Raises StorageError."""
    moved = []
    for path in obstacles(index):
        number = 1
        while _there(aside := path.with_name(f"{path.name}.aside-{number}")):
            number += 1
        with storing(path):
            path.rename(aside)
        moved.append(aside)
    return moved


def _there(path: Path) -> bool:
    return path.is_symlink() or path.exists()
