"""Files to the passage table: what is known is copied over, what is fresh is read and cut."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from index.cache import cache_key, encoded_text
from index.chunking import Chunking, chunk
from index.corpus_writer import CorpusWriter
from index.disk import storing
from index.documents import Take, document_of, may_pass
from index.errors import Interrupted, SourcierError, StorageError, Unreadable
from index.formats import may_hold_scans
from index.manifest import SourceState
from index.ocr import languages
from index.plan import Plan, state_of
from index.scancache import remembering
from index.types import Document, Encoder, OnProgress, Passage, Progress, Skipped, Source
from index.worker import Worker


def write_corpus(
    path: Path,
    old: Path | None,
    scans: Path,
    plan: Plan,
    encoder: Encoder,
    chunking: Chunking,
    on_progress: OnProgress,
    ocr: str = "",
) -> Plan:
    """Write the corpus of `plan` to `path`, its `kept` from `old`; the plan comes back with nothing fresh.

    What OCR reads is kept in the folder `scans`; `ocr` chooses its languages. A file that cannot be read is
    skipped with its reason. Raises StorageError, ModelError (to count tokens).
    """
    kept, unread, skipped = dict(plan.kept), dict(plan.unread), list(plan.skipped)
    fresh = {source.path: source for source in plan.fresh}
    with storing(path):
        corpus = CorpusWriter(path, old)
    done = 0
    worker = Worker(ocr=ocr, beat=lambda: on_progress(Progress("reading", done - 1, len(fresh))))
    able = languages(ocr) if any(map(_may_be_scan, plan.fresh)) else ""
    take = remembering(worker, scans, able)
    try:
        known: list[str] = []  # are copied together, before the next that is new
        for name in sorted(kept.keys() | fresh.keys()):
            if name in kept:
                known.append(name)
                continue
            with storing(path):
                corpus.copy(known)
            known = []
            on_progress(Progress("reading", done, len(fresh)))
            done += 1
            try:
                document, passages, left = _read(fresh[name], take, encoder, chunking)
            except Unreadable as error:
                tries = plan.tries.get(name, 0) + 1 if isinstance(error, Interrupted) else 0
                unread[name] = _unread(fresh[name], str(error), able, tries)
                skipped.append(Skipped(name, str(error)))
                continue
            read_in = able if document.scanned or left or _has_empty_page(document) else None
            kept[name] = SourceState(fresh[name].size, fresh[name].mtime_ns, document.source_sha256, read_in)
            if left:
                skipped.append(Skipped(name, f"only in part: {left}"))
            keys = [cache_key(encoder.identity, encoded_text(passage)) for passage in passages]
            with storing(path):
                corpus.add(document, passages, keys)
        on_progress(Progress("reading", done, done))
        with storing(path):
            corpus.copy(known)
            corpus.finish()
    finally:
        worker.close()
        corpus.close()
    return replace(plan, kept=kept, unread=unread, skipped=skipped, fresh=[])


def _unread(source: Source, reason: str, able: str, tries: int) -> SourceState:
    state = replace(state_of(source), ocr=able if _may_be_scan(source) else None, tries=tries)
    return replace(state, sha256="") if may_pass(reason) else state  # "": to be read again


def _may_be_scan(source: Source) -> bool:
    """A scan, or what holds some."""
    return may_hold_scans(source.file.suffix.lower())


def _has_empty_page(document: Document) -> bool:
    """It may be a scan."""
    return any(not document.text[page.start : page.end].strip() for page in document.pages)


def _read(
    source: Source, take: Take, encoder: Encoder, chunking: Chunking
) -> tuple[Document, list[Passage], str]:
    """A document, its passages, and what of it could not be read."""
    try:
        found, digest = take(source)
        document = document_of(source, found, digest)
        passages = chunk(document, encoder.count_tokens, chunking)
    except (SourcierError, ImportError):  # Unreadable, or a fault that is not the file's
        raise
    except OSError as error:
        # Not the file's either: libraries unpack their data, and there is no room for it.
        raise StorageError(
            f"{source.path} could not be taken in: {error.strerror or error}. "
            "Free some space, also for temporary files, and run: sourcier index"
        ) from error
    except Exception as error:  # a parser upset by a hostile file must not stop the build: it is listed
        raise Unreadable(f"it could not be read ({type(error).__name__}: {error})") from error
    if not passages:
        raise Unreadable("it has no text")
    return document, passages, found.left
