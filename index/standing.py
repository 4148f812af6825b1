"""What stands of the old index, for the next to be built on: nothing damaged is carried over."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from index.errors import IndexDamaged, IndexMissing, SourcesError
from index.manifest import Manifest
from index.plan import place_in
from index.store import CORPUS, as_written, damage, generation_folder, read_manifest


def standing(index: Path, whole: bool) -> tuple[Manifest | None, list[str]]:
    """The manifest of the generation that serves if it is sound, else None and what is wrong with it, a sentence each.

    Where there is no index, nothing is wrong. `whole` reads every byte. Raises IndexMismatch (a newer version).
    """
    try:
        manifest = read_manifest(index)
        problems = damage(generation_folder(index, manifest.generation), whole)
    except IndexMissing:
        return None, []
    except IndexDamaged as error:
        problems = [str(error)]
    if problems:
        return None, problems
    return manifest, []


def uncopyable(index: Path, manifest: Manifest) -> str:
    """What is wrong with the old corpus, or "": no damage is to be copied under a new checksum."""
    folder = generation_folder(index, manifest.generation)
    return "" if as_written(folder, manifest, [CORPUS]) else f"{folder / CORPUS} is not what was written"


def check_folder(sources: Path, index: Path, manifest: Manifest | None) -> None:
    """Raise SourcesError if the index is that of another folder: one that is still there, and not `sources`.

    A folder that was moved or copied takes the index in it along. An empty one is where a disk was once.
    """
    if manifest is None or not manifest.folder or place_in(index, sources):
        return
    other = Path(manifest.folder)
    with suppress(OSError):  # it is not there
        if other.is_dir() and not other.samefile(sources) and not _empty(other):
            raise SourcesError(
                f"the index in {index} is that of {other}, not of {sources}: choose another place with --index"
            )


def _empty(folder: Path) -> bool:
    """Whether it is known to hold nothing."""
    try:
        return next(folder.iterdir(), None) is None
    except OSError:
        return False
