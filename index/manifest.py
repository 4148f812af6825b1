"""The manifest of a generation: what made it, from which files, and what each of its own files must be."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, fields
from typing import Any

from index.chunking import Chunking
from index.encoding import BY_ROWS
from index.errors import IndexDamaged, IndexMismatch
from index.types import Encoder, Skipped, Source

VERSION = 11  # raise it when the shape of a generation changes, or what is read of a file
METRIC = "inner product of unit vectors"
_SETTLED_NS = 2_000_000_000  # file systems count modification times in steps of up to two seconds


@dataclass(frozen=True, slots=True)
class SourceState:
    """A source file as it was read. `sha256` is "" where its bytes could not be read.

    `ocr` names the languages in which its scanned pages were read, "" if they could not be; None where it has none.
    `tries` counts how often its reader died or ran out of time over it.
    """

    size: int
    mtime_ns: int
    sha256: str
    ocr: str | None = None
    tries: int = 0


@dataclass(frozen=True, slots=True)
class Manifest:
    """All that must agree between an index and those who use it.

    `previous` is the generation before, or "". `listed_ns` is when the folder was listed (nanoseconds, UTC).
    `sources` holds the indexed files and `unread` those that were tried and skipped, by path. `files` maps
    each file of the generation to size and SHA-256. `folder` is the folder of sources, resolved.
    """

    version: int
    generation: str
    previous: str
    built_at: str
    listed_ns: int
    model: str
    identity: str
    dimension: int
    metric: str
    chunking: Chunking
    documents: int
    passages: int
    corpus_sha256: str
    sources: dict[str, SourceState]
    unread: dict[str, SourceState]
    skipped: tuple[Skipped, ...]
    files: dict[str, tuple[int, str]]
    folder: str = ""

    def unmoved(self, source: Source) -> bool:
        """Whether size and time alone prove that `source` is still the file that was read.

        A file touched while the folder was being listed proves nothing: a later write may bear that time.
        """
        state = self.sources.get(source.path) or self.unread.get(source.path)
        return (
            state is not None
            and state.sha256 != ""
            and (state.size, state.mtime_ns) == (source.size, source.mtime_ns)
            and state.mtime_ns < self.listed_ns - _SETTLED_NS
        )


def dump(manifest: Manifest) -> bytes:
    """JSON whose first line holds the SHA-256 of all the rest."""
    shallow = {field.name: getattr(manifest, field.name) for field in fields(manifest)}
    body = json.dumps(shallow, default=asdict)[1:].encode()
    return _seal(body) + body


def load(data: bytes, name: str = "manifest.json") -> Manifest:
    """The inverse of `dump`. Raises IndexDamaged, or IndexMismatch for a newer version."""
    seal, newline, body = data.partition(b"\n")
    if not newline or seal + newline != _seal(body):
        raise IndexDamaged(f"{name} is not what was written. Run: sourcier index")
    found: dict[str, Any] = json.loads(b"{" + body)
    _check_version(found["version"])
    return Manifest(
        **{
            **found,
            "chunking": Chunking(**found["chunking"]),
            "sources": {path: SourceState(**state) for path, state in found["sources"].items()},
            "unread": {path: SourceState(**state) for path, state in found["unread"].items()},
            "skipped": tuple(Skipped(**entry) for entry in found["skipped"]),
            "files": {path: (size, digest) for path, (size, digest) in found["files"].items()},
        }
    )


def check(manifest: Manifest, encoder: Encoder, chunking: Chunking) -> None:
    """Raise IndexMismatch, which names the old and the new, unless the index was made with this model and chunking.

    An index made on another kind of processor passes: it can be asked as it is, and the next build encodes it anew.
    """
    if _anywhere(manifest.identity) != _anywhere(encoder.identity):
        raise IndexMismatch(
            f"the index was made with the model {manifest.identity}, and the model is now "
            f"{encoder.identity}. Run: sourcier index"
        )
    if manifest.chunking != chunking:
        raise IndexMismatch(
            f"the index was cut with {manifest.chunking}, and it is now {chunking}. Run: sourcier index"
        )


def _anywhere(identity: str) -> str:
    """An identity without what kind of processor computed: vectors of two kinds can be compared."""
    return identity.replace(f"{BY_ROWS}|", "|", 1)


def corpus_digest(documents: list[tuple[str, str, str]]) -> str:
    """One SHA-256 for (path, source SHA-256, text SHA-256) of all documents, whatever their order."""
    digest = hashlib.sha256()
    for path, source, text in sorted(documents):
        digest.update(path.encode("utf-8", "surrogatepass") + f"\0{source}\0{text}\n".encode())
    return digest.hexdigest()


def _seal(body: bytes) -> bytes:
    return b'{"sha256": "' + hashlib.sha256(body).hexdigest().encode() + b'",\n'


def _check_version(version: int) -> None:
    if version > VERSION:
        raise IndexMismatch(
            f"the index was written by a newer Sourcier (version {version} of the format, this one writes "
            f"{VERSION}). Upgrade Sourcier, or choose another place with --index"
        )
    if version < VERSION:  # nothing to lose: the build makes it again
        raise IndexDamaged(
            f"the index has version {version} of the format, and this Sourcier reads {VERSION}. "
            "Run: sourcier index"
        )
