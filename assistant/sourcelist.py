"""Every file of the folder as one list: what is indexed, has changed, was skipped and why, or was removed."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from index.formats import kind_of
from index.types import Changes, Listed, Skipped

STATES = ("indexed", "new", "changed", "gone", "skipped", "removed")
COLUMNS = ("name", "kind", "language", "date", "pages", "passages", "state")


@dataclass(frozen=True, slots=True)
class SourceRow:
    """A file by its path. `pages` is None where its format has none, `passages` where it is not indexed; `reason` says
    why it was skipped, or what of it, or ""."""

    name: str
    title: str
    kind: str
    language: str
    date: str
    pages: int | None
    passages: int | None
    state: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be listed: files with `words` in name, title, kind or language, of one `state` ("" for all), in the
    order of a column."""

    words: str = ""
    state: str = ""
    column: str = "name"
    descending: bool = False


def rows(
    listed: Sequence[Listed], changes: Changes, skipped: Sequence[Skipped], removed: Collection[str]
) -> list[SourceRow]:
    """All files of folder and index, each once, by name. `removed` are the forgotten ones."""
    found = {one.path: _indexed(one, changes) for one in listed if one.path not in removed}
    reasons = {one.document: one.reason for one in skipped if one.document not in removed}
    for path, reason in reasons.items():
        found[path] = (
            replace(found[path], reason=reason) if path in found else _outside(path, "skipped", reason)
        )
    for path in changes.added:
        found.setdefault(path, _outside(path, "new"))
    for path in removed:
        found[path] = _outside(path, "removed")
    return [found[path] for path in sorted(found)]


def chosen(found: Sequence[SourceRow], wanted: Wanted) -> list[SourceRow]:
    """Those that are wanted, in the order that is wanted; what has no value in a column comes last."""
    words = wanted.words.casefold().split()
    some = [row for row in found if wanted.state in ("", row.state) and _has(row, words)]
    column = wanted.column if wanted.column in COLUMNS else "name"
    filled = [row for row in some if getattr(row, column) not in (None, "")]
    empty = [row for row in some if getattr(row, column) in (None, "")]
    return sorted(filled, key=lambda row: _rank(row, column), reverse=wanted.descending) + empty


def _indexed(one: Listed, changes: Changes) -> SourceRow:
    state = "changed" if one.path in changes.changed else "gone" if one.path in changes.removed else "indexed"
    pages = one.sections if one.kind == "pdf" else None
    return SourceRow(one.path, one.title, one.kind, one.language, one.date, pages, one.passages, state)


def _outside(path: str, state: str, reason: str = "") -> SourceRow:
    kind = kind_of(PurePosixPath(path).suffix.lower())
    return SourceRow(path, "", kind, "", "", None, None, state, reason)


def _has(row: SourceRow, words: Sequence[str]) -> bool:
    text = f"{row.name} {row.title} {row.kind} {row.language} {row.date} {row.reason}".casefold()
    return all(word in text for word in words)


def _rank(row: SourceRow, column: str) -> tuple[int, str]:
    value = getattr(row, column)
    if column == "state":
        return STATES.index(value), ""
    return (value, "") if isinstance(value, int) else (0, str(value).casefold())
