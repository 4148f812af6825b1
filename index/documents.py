"""Source files to documents. A text is fixed here once: every offset, everywhere, refers to it."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath

from index.errors import SourcesError, Unreadable
from index.formats import extract, kind_of
from index.formats.extracted import Extracted
from index.headings import first_title
from index.language import detect
from index.ocr import Scans
from index.types import Document, Skipped, Source

MAX_BYTES = 100_000_000
TITLE_LENGTH = 200
TAGS = 50  # of a document: more are no keywords

# how such reasons begin
_PASSING = ("it was deleted before it could be read", "it cannot be read: ")
_CLOSED = ("the folder cannot be listed: ", "it cannot be looked at: ")
_NOWHERE = {errno.ENOENT, errno.ENOTDIR, errno.ELOOP}

DEFAULT_SCANS = Scans()

Take = Callable[[Source], tuple[Extracted, str]]  # the text, and the SHA-256 of the file's bytes


def take(source: Source, scans: Scans = DEFAULT_SCANS) -> tuple[Extracted, str]:
    """The text of a source and the SHA-256 of its bytes, read in this process. Raises Unreadable.

    `index.worker` does the same in another process, with limits.
    """
    data = read_bytes(source.file)
    return extract(source.file.suffix.lower(), data, scans), hashlib.sha256(data).hexdigest()


def list_sources(folder: Path) -> tuple[list[Source], list[Skipped]]:
    """The files of `folder` that may be sources, and those that may not with the reason, sorted by path.

    Nothing is read. Names that begin with "." are passed over. Raises SourcesError if it cannot be listed.
    """
    look_into(folder)
    root = folder.resolve()
    sources: list[Source] = []
    skipped: list[Skipped] = []
    for entry, path in _walk(folder):
        found = _listed(entry, path, root)
        if isinstance(found, Source):
            sources.append(found)
        elif found:
            skipped.append(found)
    return sorted(sources, key=lambda one: one.path), sorted(skipped, key=lambda one: one.document)


def out_of_sight(skipped: Skipped) -> bool:
    """Whether a skipped file may still be there: it, or the folder that it lies in, cannot be looked at."""
    return skipped.reason.startswith(_CLOSED)


def may_pass(reason: str) -> bool:
    """Whether a file was skipped through no fault of its own: it went away, or the disk failed."""
    return reason.startswith(_PASSING)


def look_into(folder: Path) -> None:
    """Check that `folder` is a folder that can be listed. Raises SourcesError."""
    if not folder.is_dir():
        state = "is not a folder" if folder.exists() else "does not exist"
        raise SourcesError(f"the sources folder {folder} {state}; name one with --seeds DIR")
    try:
        os.scandir(folder).close()
    except OSError as error:
        raise _unlisted(folder, error) from error


def read_document(source: Source, take: Take = take) -> Document:
    """The document of a source file, its text taken by `take`. Raises Unreadable if it holds no usable text."""
    return document_of(source, *take(source))


def document_of(source: Source, found: Extracted, digest: str) -> Document:
    """The document of a source file whose text is `found`; `digest` is the SHA-256 of the file's bytes."""
    text = found.text
    return Document(
        path=source.path,
        kind=kind_of(source.file.suffix.lower()),
        text=text,
        title=_title(found.title or first_title(text) or PurePosixPath(source.path).stem),
        language=detect(text, found.language or "en"),
        source_sha256=digest,
        text_sha256=hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest(),
        sections=found.sections,
        author=_title(found.author),
        date=found.date,
        address=_title(found.address),
        scanned=found.scanned,
        tags=tuple(dict.fromkeys(_title(tag) for tag in found.tags[:TAGS])),
    )


def _walk(folder: Path) -> Iterator[tuple[os.DirEntry[str] | OSError, str]]:
    """Every file, link and device below `folder` but hidden ones; an error for a folder without access."""
    waiting = [(str(folder), "")]  # and no recursion: folders may be nested deeper than Python calls
    while waiting:
        place, prefix = waiting.pop()
        try:
            with os.scandir(place) as listing:
                entries = list(listing)
        except OSError as error:
            if not prefix:
                raise _unlisted(folder, error) from error
            if error.errno not in _NOWHERE:  # else it was deleted a moment ago
                yield error, prefix.rstrip("/")
            continue
        for entry in entries:
            if entry.name.startswith("."):
                continue
            if _is_folder(entry):
                waiting.append((entry.path, f"{prefix}{entry.name}/"))
            else:
                yield entry, prefix + entry.name


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir(follow_symlinks=False)
    except OSError:  # `_listed` says why
        return False


def _listed(entry: os.DirEntry[str] | OSError, path: str, root: Path) -> Source | Skipped | None:
    name = _printable(path)
    if isinstance(entry, OSError):
        return Skipped(name, f"the folder cannot be listed: {entry.strerror}")
    if name != path:
        return Skipped(name, "its name is not UTF-8; rename it")
    try:
        if reason := _refused_link(entry, root) if entry.is_symlink() else "":
            return Skipped(name, reason)
        state = os.stat(entry.path)  # what the folder itself says of a file may be old
    except FileNotFoundError:  # deleted a moment ago
        return None
    except OSError as error:
        return Skipped(name, f"it cannot be looked at: {error.strerror}")
    if reason := _refusal(path, state):
        return Skipped(name, reason)
    return Source(path, Path(entry.path), state.st_size, state.st_mtime_ns)


def _unlisted(folder: Path, error: OSError) -> SourcesError:
    reason = f"cannot be listed ({error.strerror}); make it readable: chmod u+rx"
    return SourcesError(f"the sources folder {folder} {reason}")


def _refused_link(entry: os.DirEntry[str], root: Path) -> str:
    """Why what a link leads to is no source, or "". Raises OSError."""
    try:
        target = Path(entry.path).resolve(strict=True)
    except RuntimeError:  # in a circle
        return "a link that leads nowhere"
    except OSError as error:
        if error.errno not in _NOWHERE:  # its target may be there, in a folder that is closed
            raise
        return "a link that leads nowhere"
    if not target.is_relative_to(root):
        return "a link pointing outside the folder"
    if any(part.startswith(".") for part in target.relative_to(root).parts):
        return "a link to a hidden file"
    return "a link to a folder that is listed itself" if target.is_dir() else ""


def _refusal(path: str, state: os.stat_result) -> str:
    """Why what lies at a path in the folder is no source, or ""."""
    if not stat.S_ISREG(state.st_mode):
        return "not a regular file"
    stem, suffix = os.path.splitext(os.path.basename(path))
    if "/" not in path and stem.casefold() == "readme":
        return "a note about the folder, not a source"
    if not kind_of(suffix.lower()):
        return "unknown type; README.md lists those that are read"
    if state.st_size > MAX_BYTES:
        return _too_large(state.st_size)
    return ""


def _too_large(size: int) -> str:
    return f"too large ({size / 1e6:.0f} MB; the limit is {MAX_BYTES / 1e6:.0f} MB); split it"


def _printable(path: str) -> str:
    return path.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def read_bytes(file: Path) -> bytes:
    """The bytes of a file. Raises Unreadable.

    It is opened without blocking, as a pipe may have taken its place since it was listed.
    """
    try:
        handle = os.open(file, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
        with open(handle, "rb") as opened:
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                raise Unreadable("not a regular file")
            data = opened.read(MAX_BYTES + 1)
    except FileNotFoundError as error:
        raise Unreadable("it was deleted before it could be read") from error
    except PermissionError as error:
        raise Unreadable("permission denied; make it readable: chmod u+r") from error
    except OSError as error:
        raise Unreadable(f"it cannot be read: {error.strerror}") from error
    if len(data) > MAX_BYTES:
        raise Unreadable(_too_large(os.path.getsize(file)))
    return data


def _title(title: str) -> str:
    words = " ".join(title.encode("utf-8", "replace").decode().split())
    return words if len(words) <= TITLE_LENGTH else words[: TITLE_LENGTH - 1] + "…"
