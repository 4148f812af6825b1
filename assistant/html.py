"""Text, boxes and document windows as HTML fragments. What comes from a source or a user is plain text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape as _escape
from itertools import pairwise

from assistant.place import Place
from assistant.render import one_line, visible
from index.blocks import field_of
from index.frontmatter import body_at
from index.types import Document, Span
from prompts import message

_LINES = str.maketrans({"\r": "\n", "\v": "\n", "\f": "\n"})
# The end of a long line that goes on with a word: most likely wrapped by an editor. The page may show it as a space.
_WRAPPED = re.compile(r"(?<=[^\n]{55})\r?\n(?=[^\W\d_]|[\"'«“‘(])")
FIELD = 100  # characters, by which a line is known for a field
ROWS = ("csv", "xlsx", "json", "jsonl")  # kinds in which each line is one of its own


def text(value: str) -> str:
    """Text of a source as HTML text, its lines kept."""
    return _escape(visible(value.replace("\r\n", "\n").translate(_LINES)))


def name(value: str) -> str:
    """A path, a title or a reason, on one line and unable to turn its neighbours around."""
    return f"<bdi>{_escape(one_line(value))}</bdi>"


def attribute(value: str) -> str:
    """Plain text as the value of an attribute, on one line."""
    return _escape(one_line(value), quote=True)


def say(key: str, language: str, **values: object) -> str:
    """A message of the page as HTML text."""
    return _escape(message(key, language, **values))


def fact(shown: str) -> str:
    """One of the facts of a line; `shown` is HTML of this module."""
    return f"<span>{shown}</span>"


def language_tag(code: str) -> str:
    """A language's code, which the page writes as a name; it may be anything that a file says."""
    return fact(f'<bdi data-language="{_escape(one_line(code))}">{_escape(one_line(code))}</bdi>')


def date(said: str) -> str:
    """A date or a moment in ISO 8601, which the page writes as its reader does."""
    return f'<time datetime="{_escape(one_line(said))}">{_escape(one_line(said))}</time>'


def turn(number: int, question: str, body: str, language: str) -> str:
    """One exchange of the log; `body` is HTML of this module."""
    asked = f'<span class="aside" dir="ltr">{say("page_you", language)} </span>{text(question)}'
    heading = f'<h2 class="question" dir="auto">{asked}</h2>'
    return f'<article class="turn" id="turn-{number}">{heading}{body}</article>'


def card(title: str, body: str, *, kind: str = "error", button: str = "") -> str:
    """A titled box; `title` is plain text, `body` and `button` HTML of this module."""
    role = ' role="alert"' if kind == "error" else ""
    return f'<div class="card {kind}"{role}><h3>{_escape(title)}</h3>{body}{button}</div>'


def paragraph(value: str) -> str:
    """Plain text as a paragraph."""
    return f"<p>{text(value)}</p>"


def window(
    document: Document, low: int, high: int, place: Place | None, language: str, others: Sequence[Span] = ()
) -> str:
    """`document.text[low:high]` with marks: the sentence of class `quote`, the answer of class `span`.

    `others` are the quotes of the answer's other citations of this document, of class `other`. Each piece says in
    `data-at` where in the document it begins: by that and `assistant.marking` a selection finds its offsets.
    """
    quote, span = (place.quote, place.span) if place else (Span(0, 0), Span(0, 0))
    pages = {page.start: n for n, page in enumerate(document.pages, start=1) if low <= page.start < high}
    cuts = {low, high, *pages} | {
        min(max(cut, low), high) for s in (quote, span, *others) for cut in (s.start, s.end)
    }
    ordered = sorted(cuts)
    parts = []
    for start, end in pairwise(ordered):
        if start in pages:
            label = say("page_page", language, page=pages[start])
            parts.append(f'<span class="page-start" data-page="{label}"></span>')
        kind = _kind(start, end, quote, span, others)
        piece = _rewrapped(document, start, end)
        tag = f'mark class="{kind}"' if kind else "span"
        parts.append(f'<{tag} data-at="{start}">{piece}</{tag.split(" ")[0]}>')
    return "".join(parts)


def _kind(start: int, end: int, quote: Span, span: Span, others: Sequence[Span]) -> str:
    """The classes of the mark of a piece; "" where it is none."""
    if _inside(start, end, span):
        return "quote span"
    if _inside(start, end, quote):
        return "quote"
    return "other" if any(_inside(start, end, other) for other in others) else ""


def _rewrapped(document: Document, start: int, end: int) -> str:
    """The document's `text[start:end]`, each wrapped line's end of class `wrap`; the text itself is unchanged."""
    whole, parts = document.text, []
    first = body_at(whole) if document.kind == "md" else 0  # above it, each line is a field
    for found in _WRAPPED.finditer(whole, start, end):
        following = whole[found.end() : found.end() + FIELD]
        if document.kind in ROWS or found.start() < first or field_of(following):
            continue
        parts += [text(whole[start : found.start()]), '<span class="wrap">\n</span>']
        start = found.end()
    return "".join([*parts, text(whole[start:end])])


def document_facts(document: Document, language: str) -> str:
    """The viewer's line under the title: the path, and what the document says of itself. An address is not linked: what
    a document names is not for the page to lead to."""
    said = (document.path, document.author, document.address, ", ".join(document.tags))
    path, author, *others = (name(one) if one else "" for one in said)
    dated = date(document.date) if document.date else ""
    shown = "".join(fact(one) for one in (path, author, dated, *others) if one)
    shown += language_tag(document.language)
    return shown if document.kind in ("txt", "md") else shown + fact(say("page_offsets", language))


def _inside(start: int, end: int, span: Span) -> bool:
    return span.start <= start and end <= span.end
