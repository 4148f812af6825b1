"""What changed between a folder and its index: by size and time first, by content only where these differ."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from pathlib import Path

from index.disk import file_digest
from index.documents import list_sources
from index.forgotten import REASON, forgotten
from index.manifest import Manifest, SourceState
from index.ocr import languages
from index.types import Changes, Skipped, Source

VANISHED = 5  # files


@dataclass(frozen=True, slots=True)
class Listing:
    """The sources folder at `at_ns` (nanoseconds, UTC)."""

    sources: list[Source]
    skipped: list[Skipped]
    at_ns: int


@dataclass(frozen=True, slots=True)
class Plan:
    """Which files the index still knows (`kept`, or tried and `unread`) and which must be read (`fresh`)."""

    listing: Listing
    kept: dict[str, SourceState] = field(default_factory=dict)
    unread: dict[str, SourceState] = field(default_factory=dict)
    skipped: list[Skipped] = field(default_factory=list)
    fresh: list[Source] = field(default_factory=list)


def list_folder(sources: Path, index: Path) -> Listing:
    """List the folder, but for the index where that lies inside, and for forgotten files, which are skipped.

    Raises SourcesError, IndexDamaged (the list of forgotten files).
    """
    at_ns = time.time_ns()  # before: what is touched from here on counts as unsettled
    listed, skipped = list_sources(sources)
    out = forgotten(index)
    skipped += [Skipped(source.path, REASON) for source in listed if source.path in out]
    listed = [source for source in listed if source.path not in out]
    try:
        inside = index.resolve().relative_to(sources.resolve()).as_posix()
    except ValueError:
        return Listing(listed, skipped, at_ns)
    return Listing(
        [source for source in listed if not _within(source.path, inside)],
        [entry for entry in skipped if not _within(entry.document, inside)],
        at_ns,
    )


def compare(listing: Listing, manifest: Manifest | None, ocr: str = "") -> Plan:
    """Sort the listed files by what `manifest` knows of them; without one, all are fresh.

    `ocr` chooses the languages of scans: those that can be read in others than they were are fresh.
    """
    plan = Plan(listing, skipped=list(listing.skipped))
    reasons = {entry.document: entry.reason for entry in manifest.skipped} if manifest else {}
    for source in listing.sources:
        state = _known(source, manifest, ocr) if manifest else None
        if manifest is None or state is None:
            plan.fresh.append(source)
        elif source.path in manifest.sources:
            plan.kept[source.path] = state
            if source.path in reasons:  # some of its pages were
                plan.skipped.append(Skipped(source.path, reasons[source.path]))
        else:
            plan.unread[source.path] = state
            plan.skipped.append(Skipped(source.path, reasons[source.path]))
    return plan


def vanished(changes: Changes, documents: int) -> bool:
    """Whether so much is gone at once that a disk is missing rather than files deleted: over half, and five or more.

    `documents` counts those of the index.
    """
    return len(changes.removed) >= VANISHED and 2 * len(changes.removed) > documents


def state_of(source: Source) -> SourceState:
    """Size and time as listed, with the digest of the bytes as they are now ("" if they cannot be read)."""
    try:
        digest = file_digest(source.file)
    except OSError:  # whoever reads the file next says why
        digest = ""
    return SourceState(source.size, source.mtime_ns, digest)


def _known(source: Source, manifest: Manifest, ocr: str) -> SourceState | None:
    before = manifest.sources.get(source.path) or manifest.unread.get(source.path)
    if before is None or before.size != source.size:
        return None
    if before.ocr is not None and languages(ocr) not in ("", before.ocr):
        return None
    if manifest.unmoved(source):
        return before
    now = replace(state_of(source), ocr=before.ocr)
    return now if now.sha256 == before.sha256 else None


def _within(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder + "/")
