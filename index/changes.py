"""How a folder differs from the index that serves."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from index.errors import IndexDamaged, IndexMismatch, IndexMissing
from index.plan import compare, list_folder
from index.standing import check_folder
from index.store import read_manifest
from index.types import Changes


def changes(sources: Path, index: Path, ocr: str = "") -> Changes:
    """What differs between the folder and the index that serves; where no index can be read, every file is `added`.

    A scan has changed if OCR can read it now and could not before, or in other languages (`ocr` chooses them). Raises
    SourcesError, also where the index is that of another folder.
    """
    manifest = None
    with suppress(IndexMissing, IndexDamaged, IndexMismatch):  # `open_generation` says which of them
        manifest = read_manifest(index)
    check_folder(sources, index, manifest)
    plan = compare(list_folder(sources, index), manifest, ocr)
    indexed = manifest.sources if manifest else {}
    added = [source for source in plan.fresh if source.path not in indexed]
    removed = sorted(indexed.keys() - plan.kept.keys() - {source.path for source in plan.fresh})
    new = {(source.size, source.mtime_ns) for source in added}
    return Changes(
        added=tuple(source.path for source in added),
        changed=tuple(source.path for source in plan.fresh if source.path in indexed),
        removed=tuple(removed),
        moved=tuple(path for path in removed if (indexed[path].size, indexed[path].mtime_ns) in new),
    )
