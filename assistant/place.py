"""A place in a document as the page passes it to and fro: a quote and, inside it, the answer."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from urllib.parse import quote as _percent
from urllib.parse import unquote as _unpercent

from assistant.types import Citation
from index.types import Passage, Span


@dataclass(frozen=True, slots=True)
class Place:
    """What the viewer opens: a quote in a document and, inside it, the answer's span (empty for a passage).

    `check` is `digest` of the quote: where it no longer fits the document's text, nothing is marked.
    """

    document: str
    quote: Span
    span: Span
    check: str

    @classmethod
    def of_citation(cls, citation: Citation) -> Place:
        """The place of a citation."""
        quote = Span(citation.quote_start, citation.quote_end)
        return cls(citation.document, quote, Span(citation.start, citation.end), digest(citation.quote))

    @classmethod
    def of_passage(cls, passage: Passage) -> Place:
        """The place of a retrieved passage."""
        quote = Span(passage.start, passage.end)
        return cls(passage.document, quote, Span(passage.start, passage.start), digest(passage.text))

    def to_json(self) -> str:
        """For the page's `data-place`; a path with any character in it comes through as ASCII."""
        numbers = [self.quote.start, self.quote.end, self.span.start, self.span.end]
        return json.dumps([_percent(self.document, errors="surrogatepass"), *numbers, self.check])

    @classmethod
    def from_json(cls, data: object) -> Place:
        """Back from the page. Raises ValueError for anything that `to_json` does not write."""
        match data:
            case [str(path), int(a), int(b), int(c), int(d), str(check)] if 0 <= a <= c <= d <= b:
                return cls(_unpercent(path, errors="surrogatepass"), Span(a, b), Span(c, d), check)
        raise ValueError(f"not a place in a document: {data!r:.200}")


def digest(text: str) -> str:
    """Sixteen hexadecimal digits that stand for `text`."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]
