"""The Sources tab as HTML: a table of all files of the folder, with what can be done to each."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from urllib.parse import quote

from assistant.html import date, language_tag, name, say
from assistant.place import Place, digest
from assistant.render import count, one_line
from assistant.sourcelist import COLUMNS, STATES, SourceRow, Wanted
from index.types import Span

NUMBERS = ("pages", "passages")


def table(rows: Sequence[SourceRow], wanted: Wanted, more: int, language: str) -> str:
    """The rows under headings that sort; `more` counts those that are not shown."""
    if not rows:
        return f'<p class="none">{say("page_sources_none", language)}</p>'
    heads = "".join(_head(column, wanted, language) for column in COLUMNS)
    acts = f'<th scope="col"><span class="aside">{say("page_sources_acts", language)}</span></th>'
    body = "".join(_row(row, language) for row in rows)
    left = ""
    if more > 0:
        words = say("page_sources_more", language, n=more)
        left = f'<button type="button" class="quiet more" data-more>{words}</button>'
    caption = f'<caption class="aside">{say("page_sources", language)}</caption>'
    return f"<table>{caption}<thead><tr>{heads}{acts}</tr></thead><tbody>{body}</tbody></table>{left}"


def summary(rows: Sequence[SourceRow], language: str) -> str:
    """How many files there are in each state, as buttons that filter by it."""
    numbers = {state: sum(row.state == state for row in rows) for state in STATES}
    parts = [("all", len(rows)), *((state, n) for state, n in numbers.items() if n)]
    return "".join(
        f'<button type="button" class="quiet state" data-state="{state}">'
        f"{say(f'page_state_{state}', language)} <b>{n}</b></button>"
        for state, n in parts
    )


def shown(n: int, language: str) -> str:
    """How many rows fit what is wanted, for those who hear the page."""
    return count("page_sources_shown", n, language)


def _head(column: str, wanted: Wanted, language: str) -> str:
    own = column == wanted.column
    order = "descending" if wanted.descending else "ascending"
    sort = f' aria-sort="{order}"' if own else ""
    arrow = ("▼" if wanted.descending else "▲") if own else ""
    return (
        f'<th scope="col"{sort}><button type="button" data-column="{column}">'
        f'{say(f"page_column_{column}", language)} <span aria-hidden="true">{arrow}</span></button></th>'
    )


def _row(row: SourceRow, language: str) -> str:
    label = name(row.name)
    if row.passages:
        place = escape(Place(row.name, Span(0, 0), Span(0, 0), digest("")).to_json())
        label = f'<button type="button" class="hit" data-place="{place}">{label}</button>'
    titled = f'<span class="title">{name(row.title)}</span>' if row.title and row.title != row.name else ""
    cells = "".join(_cell(column, row, language) for column in COLUMNS[1:])
    return f'<tr class="{row.state}"><th scope="row">{label}{titled}</th>{cells}<td>{_act(row, language)}</td></tr>'


def _cell(column: str, row: SourceRow, language: str) -> str:
    value = getattr(row, column)
    label = say(f"page_column_{column}", language)
    if column == "state":
        said = say(f"page_state_{row.state}", language)
        why = f'<span class="why">{name(row.reason)}</span>' if row.reason else ""
        inside = f"<b>{said}</b>{why}"
    elif value in (None, ""):
        inside = ""
    elif column == "language":
        inside = language_tag(value)
    elif column == "date":
        inside = date(value)
    elif column in NUMBERS:
        inside = f"{value:,}".replace(",", "\u202f")
    else:
        inside = name(str(value))
    kind = ' class="number"' if column in NUMBERS else ""
    return f'<td data-head="{label}"{kind}>{inside}</td>'


def _act(row: SourceRow, language: str) -> str:
    """Removing, or undoing it. What was skipped or is gone has nothing in the index to remove."""
    if row.state in ("skipped", "gone"):
        return ""
    act = "restore" if row.state == "removed" else "remove"
    spoken = say(f"page_{act}_named", language, name=one_line(row.name))
    path = escape(quote(row.name, errors="surrogatepass"))
    return (
        f'<button type="button" class="quiet" data-{act}="{path}" aria-label="{spoken}">'
        f"{say(f'page_{act}', language)}</button>"
    )
