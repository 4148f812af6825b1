"""Forget a source: nothing of its text or vectors stays in the index folder, and its file is never touched."""

from __future__ import annotations

import logging
import time
from collections.abc import Collection, Iterable, Sequence
from contextlib import closing, suppress
from pathlib import Path

from index.approximate import SHAPE
from index.build import DEFAULT_CHUNKING, build_index
from index.cache import CACHE, VectorCache
from index.changes import changes
from index.chunking import Chunking
from index.corpus import Corpus
from index.errors import IndexBusy, IndexDamaged, IndexMismatch, IndexMissing, SourcesError, UsageError
from index.forgotten import FORGOTTEN, among, forgotten, readable, write_forgotten
from index.gather import asked_key
from index.plan import Listing, list_folder
from index.publish import collect, erase, writer
from index.recall import questions_of
from index.scancache import SCANS, prune, scan_keys
from index.store import CORPUS, GENERATIONS, current, generation_folder, read_manifest, read_names
from index.types import Encoder, IndexReport, OnProgress

_LOG = logging.getLogger(__name__)
WAIT_SECONDS = 10.0  # readers let go of an old generation at their next look, some seconds apart


def forget(
    sources: Path,
    index: Path,
    names: Sequence[str],
    encoder: Encoder,
    chunking: Chunking = DEFAULT_CHUNKING,
    on_progress: OnProgress | None = None,
    ocr: str = "",
    known: Collection[str] = (),
) -> IndexReport | None:
    """Put `names` on the list of forgotten files and make the index anew without them.

    Returns the report of the build; None where no other source can be read, and the index was erased. `known` are names
    that may be forgotten besides those of the folder and the index. Raises UsageError for any other name, SourcesError
    where the folder is empty, as where a disk is away (nothing is erased then), IndexBusy while a reader still holds a
    generation with them, and what `build_index` raises. Names that are on the list stay there; calling it again goes
    on.
    """
    # Raises where the index is that of another folder: its list is not written then.
    changes(sources, index, ocr)
    listing = list_folder(sources, index)
    known = {source.path for source in listing.sources} | set(read_names(index)) | listing.out | set(known)
    for name in names:
        if name not in known:
            raise UsageError(
                f"{name} is no source of {sources}, nor in its index: give its path relative to it"
            )
    with writer(index):
        write_forgotten(index, forgotten(index) | set(names))  # as it is now: another may have written it
    try:
        report = build_index(sources, index, encoder, chunking, on_progress, ocr=ocr)
    except SourcesError as error:
        _erase(sources, index, listing, error)
        report = None
    _wipe(index)
    return report


def mend(index: Path, names: Iterable[str]) -> frozenset[str]:
    """Write a damaged list of forgotten files anew, and return it.

    It holds `names`, what can be read of the old list, and what the index left out because of it.
    """
    with writer(index):
        kept = readable(index) | set(names)
        with suppress(IndexMissing, IndexDamaged, IndexMismatch):
            kept |= {entry.document for entry in read_manifest(index).skipped if entry.reason == FORGOTTEN}
        write_forgotten(index, kept)
    return kept


def remember(index: Path, names: Sequence[str]) -> None:
    """Take these names off the list: the next build takes the files in. Raises UsageError, StorageError."""
    with writer(index):
        kept = forgotten(index)
        for name in names:
            if not among([name], kept):
                listed = ", ".join(sorted(kept)) or "none"
                raise UsageError(f"{name} is not among the forgotten files ({listed})")
        write_forgotten(index, kept - among(names, kept))


def _erase(sources: Path, index: Path, before: Listing, error: SourcesError) -> None:
    """Erase the index, of which nothing could be made anew, if all that it holds is forgotten or deleted; else raise.

    Deleted is what was in the folder neither `before` nor now, if anything is: an empty folder may be a disk's place.
    """
    # Raises if it is the folder that is not to be read, and not all of its files.
    now = list_folder(sources, index)
    with writer(index):
        indexed = read_names(index)
        left = set(indexed) - among(forgotten(index), indexed)
        there = {source.path for listing in (before, now) for source in listing.sources}
        missing = not now.sources and not now.skipped
        lost = [path for path in left if missing or path in there or now.may_hold(path)]
        if lost:
            raise SourcesError(
                f"{len(lost)} other files are in the index, and none of them can be read now: the folder {sources} "
                f"seems to be missing, so nothing was erased ({error}). The names are on the list. When the folder "
                "is back, run: sourcier forget FILE again; if the others were deleted, forget them too"
            ) from error
        erase(index)


def _unserved(index: Path) -> None:
    """Drop what builds that were stopped had encoded, or read of scans, before it was indexed."""
    manifest = read_manifest(index)
    folder = generation_folder(index, manifest.generation)
    keys: list[bytes] = []
    try:
        with closing(Corpus(folder / CORPUS)) as corpus:
            keys = corpus.keys()
            if SHAPE in manifest.files:
                keys += [asked_key(manifest.identity, question) for question in questions_of(corpus)]
    except IndexDamaged as error:  # what is to be gone goes first
        _LOG.warning(
            "all vectors are dropped from the cache, and encoded again when they are needed: %s", error
        )
    with closing(VectorCache(index / CACHE)) as cache:
        cache.prune(keys)
    prune(index / SCANS, scan_keys(manifest.sources.values()))


def _wipe(index: Path) -> None:
    """Every generation but the one that serves, all free space of the cache, and what is there of no indexed file."""
    with writer(index):
        end = time.monotonic() + WAIT_SECONDS
        serving = current(index)
        keep = {serving} if serving else set()
        if serving:
            _unserved(index)
        VectorCache.compact(index / CACHE)
        while True:
            left = collect(index, keep)
            if not left:
                return
            if time.monotonic() > end:
                raise IndexBusy(
                    f"another Sourcier still reads {', '.join(left)} in {index / GENERATIONS}, which holds "
                    "the file. Close it, and run: sourcier forget FILE again"
                )
            time.sleep(0.2)
