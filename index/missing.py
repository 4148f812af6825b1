"""Whether files were deleted, or the disk that they lie on is away: nothing is given up for a cable pulled out."""

from __future__ import annotations

from pathlib import Path

from index.documents import may_pass
from index.errors import SourcesError
from index.manifest import Manifest
from index.plan import Plan, list_folder
from index.types import Changes

VANISHED = 5  # files


def vanished(changes: Changes, documents: int) -> bool:
    """Whether so many files are gone at once, five or more and over half, that a disk must be missing.

    A file that came back under another name is not gone. `documents` counts those of the index.
    """
    return _most(len(changes.removed) - len(changes.moved), documents)


def check_still_there(sources: Path, index: Path, plan: Plan, done: Plan, before: Manifest | None) -> None:
    """Raise SourcesError if files could not be read because the folder went away, and not because they were deleted.

    `plan` is what was to be read, `done` the same after reading.
    """
    fresh = {source.path for source in plan.fresh}
    lost = {one.document for one in done.skipped if one.document in fresh and may_pass(one.reason)}
    if not lost:
        return
    now = list_folder(sources, index)
    gone = lost - {source.path for source in now.sources}
    gone |= lost & before.sources.keys() if before else set()
    if now.folder != plan.listing.folder or _most(len(gone), len(plan.listing.sources)):
        raise SourcesError(
            f"the folder {sources} went away while it was read: {len(lost)} files could not be. The index is as it "
            "was before. When the folder is back, run: sourcier index"
        )


def _most(gone: int, documents: int) -> bool:
    return gone >= VANISHED and 2 * gone > documents
