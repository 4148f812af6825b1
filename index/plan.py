"""What a build has to do: what changed, by size and time first, by content only where these differ."""

from __future__ import annotations

import stat
import time
from dataclasses import dataclass, field, replace
from pathlib import Path

from index.chunking import Chunking
from index.disk import file_digest
from index.documents import list_sources, out_of_sight
from index.forgotten import FORGOTTEN, among, kept_out
from index.manifest import Manifest, SourceState
from index.ocr import languages
from index.types import Encoder, OnProgress, Skipped, Source

TRIES = 3  # at a file over which the reader dies, or runs out of time


@dataclass(frozen=True, slots=True)
class Job:
    """What a build is asked for: an index of the folder `sources` in the folder `index`, made in this way.

    `ocr` chooses the languages of scans (`index.ocr.Scans`). `on_progress` may raise Cancelled, which ends the build.
    """

    sources: Path
    index: Path
    encoder: Encoder
    chunking: Chunking
    ocr: str
    on_progress: OnProgress


@dataclass(frozen=True, slots=True)
class Listing:
    """The sources folder as it was at `at_ns` (nanoseconds, UTC); `folder` is its `identity`.

    `closed` are the folders and files that cannot be looked into, so that nobody knows whether they are still there;
    `out` are the forgotten names.
    """

    sources: list[Source]
    skipped: list[Skipped]
    at_ns: int
    folder: tuple[int, int] | None = None
    closed: tuple[str, ...] = ()
    out: frozenset[str] = frozenset()

    def may_hold(self, path: str) -> bool:
        """Whether a file that is not listed may still be there."""
        return any(_within(path, place) for place in self.closed) and not among(self.out, [path])


@dataclass(frozen=True, slots=True)
class Plan:
    """Which files the index still knows (`kept`, or tried and `unread`) and which must be read (`fresh`).

    `tries` counts, for some of these, how often their reader died or ran out of time before.
    """

    listing: Listing
    kept: dict[str, SourceState] = field(default_factory=dict)
    unread: dict[str, SourceState] = field(default_factory=dict)
    skipped: list[Skipped] = field(default_factory=list)
    fresh: list[Source] = field(default_factory=list)
    tries: dict[str, int] = field(default_factory=dict)


def list_folder(sources: Path, index: Path) -> Listing:
    """List the folder, without the index where that lies inside. Forgotten files are listed as skipped.

    Raises SourcesError, IndexDamaged (the list of forgotten files).
    """
    at_ns = time.time_ns()  # before: what is touched from here on counts as unsettled
    folder = identity(sources)
    listed, skipped = list_sources(sources)
    names = kept_out(sources, index)
    out = _left_out(listed, names, sources.resolve())
    skipped += [Skipped(source.path, FORGOTTEN) for source in listed if source.path in out]
    listed = [source for source in listed if source.path not in out]
    place = place_in(index, sources)
    if place:
        listed = [source for source in listed if not _within(source.path, place)]
        skipped = [entry for entry in skipped if not _within(entry.document, place)]
    closed = tuple(entry.document for entry in skipped if out_of_sight(entry))
    return Listing(listed, skipped, at_ns, folder, closed, names)


def identity(folder: Path) -> tuple[int, int] | None:
    """Device and inode of a folder, which tell it from another of the same name; None where there is no folder."""
    try:
        state = folder.stat()
    except OSError:
        return None
    return (state.st_dev, state.st_ino) if stat.S_ISDIR(state.st_mode) else None


def compare(listing: Listing, manifest: Manifest | None, ocr: str = "", tries: int = 0) -> Plan:
    """Sort the listed files into those that `manifest` knows and those that must be read; without one, all must be.

    A scan must be read again if OCR can read it in other languages now (`ocr` chooses them), and so must a file whose
    reader died or ran out of time, if that happened fewer than `tries` times. What the manifest knows of files in a
    folder that cannot be listed is kept, as they may still be there.
    """
    plan = Plan(listing, skipped=list(listing.skipped))
    reasons = {entry.document: entry.reason for entry in manifest.skipped} if manifest else {}
    for source in listing.sources:
        state = _known(source, manifest, ocr) if manifest else None
        if state and state.tries > 0:
            plan.tries[source.path] = state.tries
        if manifest is None or state is None or 0 < state.tries < tries:
            plan.fresh.append(source)
        elif source.path in manifest.sources:
            plan.kept[source.path] = state
            if source.path in reasons:  # some of its pages were
                plan.skipped.append(Skipped(source.path, reasons[source.path]))
        else:
            plan.unread[source.path] = state
            plan.skipped.append(Skipped(source.path, reasons[source.path]))
    if manifest and listing.closed:
        _keep_closed(plan, manifest, reasons)
    return plan


def _keep_closed(plan: Plan, manifest: Manifest, reasons: dict[str, str]) -> None:
    listed = {source.path for source in plan.listing.sources}
    for states, into in ((manifest.sources, plan.kept), (manifest.unread, plan.unread)):
        for path, state in states.items():
            if path not in listed and plan.listing.may_hold(path):
                into[path] = state
                if path in reasons and path not in plan.listing.closed:  # that says already why
                    plan.skipped.append(Skipped(path, reasons[path]))


def _left_out(listed: list[Source], names: frozenset[str], root: Path) -> set[str]:
    """The forgotten files, and the links to them: their words are the same."""
    if not names:
        return set()
    out = among(names, [source.path for source in listed])
    links = {source.path: _target(source, root) for source in listed if source.file.is_symlink()}
    targets = among(names, links.values())
    return out | {path for path, target in links.items() if target in targets}


def _target(link: Source, root: Path) -> str:
    try:
        return link.file.resolve().relative_to(root).as_posix()
    except (OSError, RuntimeError, ValueError):  # changed since it was listed
        return ""


def place_in(index: Path, sources: Path) -> str:
    """Where in the sources the index lies; "" if it lies elsewhere."""
    try:
        return index.resolve().relative_to(sources.resolve()).as_posix()
    except ValueError:
        return ""


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
    now = replace(state_of(source), ocr=before.ocr, tries=before.tries)
    return now if now.sha256 == before.sha256 else None


def _within(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder + "/")
