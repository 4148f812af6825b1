"""Files to the passage table: what is known is copied over, what is fresh is read and cut."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from itertools import groupby
from pathlib import Path

from index.cache import cache_key, encoded_text
from index.chunking import chunk
from index.corpus_writer import CorpusWriter
from index.disk import storing
from index.documents import Take, document_of, may_pass
from index.errors import Interrupted, SourcierError, StorageError, Unreadable
from index.formats import may_hold_scans
from index.manifest import SourceState
from index.ocr import languages
from index.plan import Job, Plan, state_of
from index.scancache import SCANS, remembering
from index.types import Document, Passage, Progress, Skipped, Source
from index.worker import Worker


def write_corpus(path: Path, old: Path | None, plan: Plan, job: Job) -> Plan:
    """Write the corpus of `plan` to `path`, copying what it keeps from `old`, and reading what is fresh.

    The plan that comes back tells what became of the fresh files; one that cannot be read is skipped, with its reason.
    What OCR reads is kept beside the index. Raises StorageError, ModelError (to count tokens).
    """
    fresh = {source.path: source for source in plan.fresh}
    done = replace(plan, kept=dict(plan.kept), unread=dict(plan.unread), skipped=list(plan.skipped), fresh=[])
    able = languages(job.ocr) if any(map(_may_be_scan, plan.fresh)) else ""
    at = 0  # among the fresh

    def tell() -> None:
        job.on_progress(Progress("reading", at, len(fresh)))

    with storing(path):
        writer = CorpusWriter(path, old)
    with closing(writer) as corpus, closing(Worker(ocr=job.ocr, beat=tell)) as worker:
        take = remembering(worker, job.index / SCANS, able)
        for is_fresh, names in groupby(sorted(plan.kept.keys() | fresh.keys()), key=fresh.__contains__):
            if not is_fresh:
                with storing(path):
                    corpus.copy(list(names))
                continue
            for name in names:
                tell()
                try:
                    document, passages, left = _read(fresh[name], take, job)
                except Unreadable as error:
                    _leave_out(done, fresh[name], error, able)
                else:
                    done.kept[name] = _state(fresh[name], document, left, able)
                    if left:
                        done.skipped.append(Skipped(name, f"only in part: {left}"))
                    keys = [cache_key(job.encoder.identity, encoded_text(passage)) for passage in passages]
                    with storing(path):
                        corpus.add(document, passages, keys)
                at += 1
        tell()
        with storing(path):
            corpus.finish()
    return done


def _leave_out(plan: Plan, source: Source, error: Unreadable, able: str) -> None:
    """Note in `plan` that this file could not be read, and why."""
    tries = plan.tries.get(source.path, 0) + 1 if isinstance(error, Interrupted) else 0
    state = replace(state_of(source), ocr=able if _may_be_scan(source) else None, tries=tries)
    if may_pass(str(error)):
        state = replace(state, sha256="")  # to be read again
    plan.unread[source.path] = state
    plan.skipped.append(Skipped(source.path, str(error)))


def _state(source: Source, document: Document, left: str, able: str) -> SourceState:
    """`able` are the languages that OCR can read now: they count where it has read pages, or could have."""
    scanned = document.scanned or left or _has_empty_page(document)
    return SourceState(source.size, source.mtime_ns, document.source_sha256, able if scanned else None)


def _may_be_scan(source: Source) -> bool:
    """A scan, or what holds some."""
    return may_hold_scans(source.file.suffix.lower())


def _has_empty_page(document: Document) -> bool:
    """It may be a scan."""
    return any(not document.text[page.start : page.end].strip() for page in document.pages)


def _read(source: Source, take: Take, job: Job) -> tuple[Document, list[Passage], str]:
    """A document, its passages, and what of it could not be read."""
    try:
        found, digest = take(source)
        document = document_of(source, found, digest)
        passages = chunk(document, job.encoder.count_tokens, job.chunking)
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
