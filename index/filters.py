"""Which passages a search may find: by path, language, kind of file and date, all of them exact."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fnmatch import fnmatchcase

from index.errors import UsageError

_WILD = frozenset("*?[")
_DATE = re.compile(r"[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?")


@dataclass(frozen=True, slots=True)
class Described:
    """What is known of a document without its text; see `index.types.Document`."""

    path: str
    kind: str = ""
    author: str = ""
    date: str = ""
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Filter:
    """What is asked of a passage; an empty field asks nothing, several values of one field are alternatives.

    `paths` are files, folders (with all in them), or patterns of `fnmatch`, in which `*` crosses folders; case counts.
    `languages` are the passages' own, ISO 639-1; `kinds` those of `Document.kind`. `since` and `until`, both included,
    begin an ISO 8601 date ("2024", "2024-03", "2024-03-09"): a document is not found then if it has no date, or one too
    vague to tell. `authors` are names, or parts of them, and `tags` whole ones, as the document gives them; their case
    does not count. Raises UsageError for a date that is none.
    """

    paths: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    since: str = ""
    until: str = ""
    authors: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for date in (self.since, self.until):
            if date and not _DATE.fullmatch(date):
                raise UsageError(f'"{date}" is no date: write 2024, 2024-03 or 2024-03-09')

    def __bool__(self) -> bool:
        return self != Filter()

    def admits(self, document: Described) -> bool:
        """Whether a document's passages may be found, their language aside."""
        date, author = document.date, document.author.casefold()
        tags = {tag.casefold() for tag in document.tags}
        return (
            (not self.paths or any(_lies_in(document.path, wanted) for wanted in self.paths))
            and (not self.kinds or document.kind in self.kinds)
            and (not self.since or self.since <= date[: len(self.since)])
            and (not self.until or _ends_by(date, self.until))
            and (not self.authors or any(name.casefold() in author for name in self.authors))
            and (not self.tags or any(tag.casefold() in tags for tag in self.tags))
        )


EVERYTHING = Filter()


def _ends_by(date: str, until: str) -> bool:
    vague = len(date) < len(until) and until.startswith(date)  # "2024" until "2024-03": who knows; "" as well
    return not vague and date[: len(until)] <= until


def _lies_in(path: str, wanted: str) -> bool:
    if _WILD & set(wanted):
        return fnmatchcase(path, wanted)
    folder = wanted.rstrip("/")
    return path == folder or path.startswith(folder + "/") or not folder
