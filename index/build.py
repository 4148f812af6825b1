"""Build the index of a folder: read what changed, encode what is new, write aside, swap."""

from __future__ import annotations

import logging
import shlex
import shutil
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from index.cache import CACHE, VectorCache
from index.chunking import Chunking
from index.corpus import Corpus
from index.errors import Cancelled, IndexDamaged, SourcesError, StorageError
from index.forgotten import FORGOTTEN
from index.gather import Asked, gather
from index.legs import Earlier, carried_vectors, room_for, write_legs
from index.manifest import METRIC, VERSION, Manifest, corpus_digest
from index.missing import check_still_there
from index.plan import TRIES, Job, Plan, compare, list_folder
from index.publish import begin, collect, name_of, publish, restate, seal, trusted, writer
from index.reading import write_corpus
from index.scancache import SCANS, prune, scan_keys
from index.standing import check_folder, standing, uncopyable
from index.store import CORPUS, VECTORS, generation_folder
from index.types import Encoder, IndexReport, OnProgress, Progress, Skipped

_LOG = logging.getLogger(__name__)
DEFAULT_CHUNKING = Chunking()


def build_index(
    sources: Path,
    index: Path,
    encoder: Encoder,
    chunking: Chunking = DEFAULT_CHUNKING,
    on_progress: OnProgress | None = None,
    thorough: bool = False,
    ocr: str = "",
    cancelled: Callable[[], bool] = lambda: False,
) -> IndexReport:
    """Bring the index of `sources` up to date; the old one serves until the new one is whole.

    - `thorough`: every byte of the old index is read first, as is done after a writer that did not end well.
    - `ocr`: the languages of scans (`index.ocr.Scans`).
    - `cancelled`: asked before each file, each page of a scan, each batch and each step of writing. When it says so,
      the build ends with Cancelled, and the old index serves on; what was encoded, and the scans that were read whole,
      are kept for the next build.

    With nothing changed, no generation is written, and neither encoder nor search libraries are loaded. In the report,
    `encoded` and `reused` add up to `passages`, `removed` counts documents, and `healed` says which files were damaged.

    Raises SourcesError (nothing to index; the old index stays), IndexBusy, IndexMismatch (a newer version wrote it),
    StorageError, ModelError.
    """
    started = time.monotonic()
    job = Job(sources, index, encoder, chunking, ocr, until(cancelled, on_progress))
    listing = list_folder(sources, index)  # before anything is made: there may be no such folder
    with writer(index) as entry:
        if entry.waited:
            listing = list_folder(sources, index)
        before, healed = standing(index, thorough or entry.unclean)
        check_folder(sources, index, before)
        known = before if before and _fits(before, job) else None
        plan = compare(listing, known, ocr, TRIES)
        if known and not plan.fresh and plan.kept.keys() == known.sources.keys():
            manifest = _restate(job, known, plan)
            encoded = 0
        else:
            wrong = uncopyable(index, known) if known else ""
            if wrong:
                healed.append(wrong)
                plan = compare(listing, None)
            manifest, encoded = _rebuild(job, plan, before)
        held = collect(index, {manifest.generation, manifest.previous})
        if entry.unclean:
            trusted(index)
    gone = before.sources.keys() - manifest.sources.keys() if before else ()
    return IndexReport(
        generation=manifest.generation,
        documents=manifest.documents,
        passages=manifest.passages,
        encoded=encoded,
        reused=manifest.passages - encoded,
        removed=len(gone),
        skipped=manifest.skipped,
        seconds=time.monotonic() - started,
        healed=tuple(healed),
        held=held,
    )


def _fits(manifest: Manifest, job: Job) -> bool:
    return manifest.identity == job.encoder.identity and manifest.chunking == job.chunking


def _restate(job: Job, manifest: Manifest, plan: Plan) -> Manifest:
    """The same generation, its manifest replaced if times, skipped files or the name of the folder are others."""
    now = replace(
        manifest,
        listed_ns=plan.listing.at_ns,
        sources=plan.kept,
        unread=plan.unread,
        skipped=_in_order(plan),
        folder=str(job.sources.resolve()),
    )
    settled = all(now.unmoved(source) == manifest.unmoved(source) for source in plan.listing.sources)
    if settled and now == replace(manifest, listed_ns=now.listed_ns):
        return manifest
    restate(job.index, now)
    return now


def _rebuild(job: Job, plan: Plan, before: Manifest | None) -> tuple[Manifest, int]:
    """Write a new generation aside and let it serve: its manifest, and how many passages were encoded."""
    index, encoder, on_progress = job.index, job.encoder, job.on_progress
    served = generation_folder(index, before.generation) if before else None
    earlier = Earlier(served, before, plan.kept.keys()) if served and before and plan.kept else None
    collect(index, {before.generation, before.previous} if before else None)
    aside = begin(index)
    try:
        done = write_corpus(aside / CORPUS, earlier.corpus if earlier else None, plan, job)
        check_still_there(job.sources, index, plan, done, before)
        if not done.kept:
            raise SourcesError(_nothing(job.sources, done, before))
        with closing(VectorCache(index / CACHE)) as cache:
            with closing(Corpus(aside / CORPUS)) as corpus:
                vectors, encoded = gather(
                    corpus, cache, encoder, on_progress, room_for(aside),
                    carried_vectors(corpus, earlier),  # held no longer: Windows keeps files that are mapped
                )  # fmt: skip
                ask = Asked(cache, encoder, vectors.shape[1])
                packed = write_legs(aside, corpus, vectors, ask, on_progress, earlier)
                on_progress(Progress("writing", 2, 3))
                manifest = _manifest(job, aside, corpus, vectors.shape[1], done, before)
                keys = corpus.keys() + ask.keys
            if VECTORS not in manifest.files:
                raise StorageError(f"{aside} was removed while it was written. Run: sourcier index")
            if manifest.files[VECTORS][1] != packed:
                raise StorageError(f"{aside / VECTORS} does not read as it was written: check the disk")
            publish(index, aside, manifest)
            on_progress(Progress("writing", 3, 3))
            _prune(cache, keys, served / CORPUS if served and manifest.previous else None)
        prune(index / SCANS, scan_keys(done.kept.values()))
    finally:
        shutil.rmtree(aside, ignore_errors=True)  # renamed by now, if all went well
    return manifest, encoded


def _manifest(
    job: Job, aside: Path, corpus: Corpus, dimension: int, done: Plan, before: Manifest | None
) -> Manifest:
    deleted = before.sources.keys() - done.kept.keys() if before else set()
    return Manifest(
        version=VERSION,
        generation=name_of(aside),
        previous=before.generation if before and not deleted else "",  # what is deleted is to be gone
        built_at=datetime.now(UTC).isoformat(timespec="seconds"),
        listed_ns=done.listing.at_ns,
        model=job.encoder.name,
        identity=job.encoder.identity,
        dimension=dimension,
        metric=METRIC,
        chunking=job.chunking,
        documents=corpus.document_count,
        passages=corpus.passage_count,
        corpus_sha256=corpus_digest(corpus.digests()),
        sources=done.kept,
        unread=done.unread,
        skipped=_in_order(done),
        files=seal(aside),
        folder=str(job.sources.resolve()),
    )


def _prune(cache: VectorCache, keys: list[bytes], served: Path | None) -> None:
    """Drop the vectors of neither this generation (`keys`) nor passages of the one before it."""
    try:
        if served is not None:
            with closing(Corpus(served)) as previous:
                keys = keys + previous.keys()
        cache.prune(keys)
    except (StorageError, IndexDamaged) as error:  # the new generation serves already: only space is lost
        _LOG.warning("unused vectors stay in the cache: %s", error)


def _in_order(plan: Plan) -> tuple[Skipped, ...]:
    return tuple(sorted(plan.skipped, key=lambda entry: entry.document))


def _nothing(sources: Path, plan: Plan, before: Manifest | None) -> str:
    if not plan.skipped:
        return f"{sources} is empty. Put documents into it; README.md lists the formats that are read"
    listed = [f"{entry.document} ({entry.reason})" for entry in _in_order(plan)[:5]]
    more = [f"{len(plan.skipped) - 5} more"] if len(plan.skipped) > 5 else []
    text = f"{sources} holds no document that can be read: {', '.join(listed + more)}"
    if before and all(entry.reason == FORGOTTEN for entry in plan.skipped):
        again = shlex.quote(min(plan.listing.out))
        text += f". The index still holds what was there; if that was deleted, run: sourcier forget {again}"
    return text


def until(cancelled: Callable[[], bool], on_progress: OnProgress | None) -> OnProgress:
    """Pass progress on until the build is to stop; once the new index serves, it is too late for that."""

    def note(progress: Progress) -> None:
        served = progress.stage == "writing" and progress.done == progress.total
        if not served and cancelled():
            raise Cancelled(
                "the build was stopped: the index is as it was before, and what was encoded is kept. "
                "To go on, run: sourcier index"
            )
        if on_progress:
            on_progress(progress)

    return note
