"""Every error that Sourcier raises on purpose; each message says what happened, to what, and what mends it.

SourcierError
├── SourcesError        the sources folder is missing, empty or unreadable
├── Unreadable          one file cannot be a source; its text is the reason
│   └── Interrupted     its reader died or ran out of time: it may be read another time
├── ModelError          the embedding model or the reader is missing or damaged
├── IndexMissing        no index was built yet
├── IndexMismatch       the index was made with another model, chunking or version
├── IndexDamaged        a file of the index is not what its manifest says
├── IndexBusy           another process is writing the index
├── Cancelled           a build or a question was told to stop
├── StorageError        the index, an added file or an opinion could not be written (full disk, read-only folder)
├── UsageError          a question, file or setting that cannot be used
└── Exists              a file that is added has the name of another: `assistant.uploads` has it
"""

from __future__ import annotations


class SourcierError(Exception):
    """The one base to catch."""


class SourcesError(SourcierError):
    """The sources folder cannot be used."""


class Unreadable(SourcierError):
    """One file cannot be a source; `str(error)` is the reason, without the file's name."""


class Interrupted(Unreadable):
    """One file whose reader came to no end, for want of memory or time."""


class ModelError(SourcierError):
    """The embedding model or the reader cannot be used."""


class IndexMissing(SourcierError):
    """There is no index yet."""


class IndexMismatch(SourcierError):
    """The index was made by another model, chunking or version."""


class IndexDamaged(SourcierError):
    """A file of the index fails its check."""


class IndexBusy(SourcierError):
    """Another process holds the writer's lock."""


class Cancelled(SourcierError):
    """A build or a question was told to stop: the index is as it was, and what was encoded is kept."""


class StorageError(SourcierError):
    """The index, or what else is kept, cannot be written."""


class UsageError(SourcierError):
    """A question, a file or a setting that cannot be used."""
