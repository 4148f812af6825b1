"""Document to passages: whole sentences of one section where that fills a passage, overlapping by a sentence.

Sentences are merged by their numbers and divided by position, so no offset is ever searched for by text.
"""

from __future__ import annotations

import bisect
import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from index.blocks import trimmed
from index.frontmatter import told_apart
from index.headings import heading_words, is_heading
from index.language import detect
from index.sentences import sentences
from index.types import Document, Passage, Span

CountTokens = Callable[[Sequence[str]], list[int]]

OWN_LANGUAGE = 80  # letters that a passage needs for a language of its own


@dataclass(frozen=True, slots=True)
class Chunking:
    """How documents are cut. Lengths are tokens of the encoder; `version` changes with the code below."""

    max_tokens: int = 180
    min_tokens: int = 80
    overlap_sentences: int = 1
    version: int = 1


@dataclass(frozen=True, slots=True)
class _Unit:
    """A sentence, or a piece of one that is longer than a passage."""

    start: int
    end: int
    tokens: int
    heading: bool


def chunk(document: Document, count_tokens: CountTokens, chunking: Chunking = Chunking()) -> list[Passage]:
    """The document's passages in order; every character but white space lies inside at least one, but for what front
    matter says of the document: its title, its author and its date answer no question about what it tells of.

    Each is a slice of `document.text`, at most `max_tokens` long but where a part without a letter or digit
    is added to its neighbour.
    """
    units = _units(document, count_tokens, chunking)
    runs: list[tuple[int, int]] = []
    for section in _sections(units, chunking):
        runs.extend(_runs(units, section, chunking))
    headings = [unit for unit in units if unit.heading]
    readable = _readable(document.text, units, runs, 2 * chunking.max_tokens)
    spans = [Span(units[first].start, units[last - 1].end) for first, last in readable]
    return [_passage(document, span, headings) for span in spans]


def _units(document: Document, count_tokens: CountTokens, chunking: Chunking) -> list[_Unit]:
    text = document.text
    spans = sentences(_told(document), document.language) or sentences(text, document.language)
    counts = count_tokens([text[span.start : span.end] for span in spans])
    units: list[_Unit] = []
    for span, tokens in zip(spans, counts, strict=True):
        if tokens > chunking.max_tokens:
            units.extend(_divided(text, span, tokens, count_tokens, chunking.max_tokens))
        else:
            units.append(_Unit(span.start, span.end, tokens, is_heading(text, span)))
    return units


def _told(document: Document) -> str:
    """The text with line breaks, as many, in the place of what front matter says of the document."""
    text = document.text
    for one in told_apart(text) if document.kind == "md" else ():
        text = text[: one.start] + "\n" * (one.end - one.start) + text[one.end :]
    return text


def _divided(text: str, span: Span, tokens: int, count_tokens: CountTokens, limit: int) -> Iterator[_Unit]:
    """An overlong sentence in pieces of at most `limit` tokens, cut after clauses, words, or anywhere."""
    from langchain_text_splitters import RecursiveCharacterTextSplitter

    sentence = text[span.start : span.end]
    size = max(1, len(sentence) * limit // (tokens + limit // 4))
    splitter = RecursiveCharacterTextSplitter(
        separators=["\n", "; ", " : ", ", ", "\u3001", "\uff0c", " ", ""],
        keep_separator="end",
        chunk_size=size,
        chunk_overlap=0,
        length_function=len,
        strip_whitespace=False,
    )
    pieces = splitter.split_text(sentence)
    if "".join(pieces) != sentence:
        raise ValueError("the text splitter did not keep every character of a sentence")
    end = span.start
    for piece, count in zip(pieces, count_tokens(pieces), strict=True):
        start, end = end, end + len(piece)
        if count > limit and len(piece) > 1:
            yield from _divided(text, Span(start, end), count, count_tokens, limit)
        elif kept := trimmed(text, start, end):
            yield _Unit(kept.start, kept.end, count, heading=False)


def _sections(units: Sequence[_Unit], chunking: Chunking) -> list[tuple[int, int]]:
    """Runs of units `[first, last)` that begin with a heading, each long enough for a passage of its own."""
    sections: list[tuple[int, int]] = []
    first, tokens = 0, 0
    for number, unit in enumerate(units):
        if unit.heading and tokens >= chunking.min_tokens:
            sections.append((first, number))
            first, tokens = number, 0
        tokens += unit.tokens
    if sections and tokens < chunking.min_tokens:
        first = sections.pop()[0]
    return [*sections, (first, len(units))] if units else []


def _runs(units: Sequence[_Unit], section: tuple[int, int], chunking: Chunking) -> list[tuple[int, int]]:
    """A section as runs of units `[first, last)` of at most `max_tokens`, each overlapping the one before."""
    limit = chunking.max_tokens - _reserve(units[slice(*section)], chunking)
    runs: list[tuple[int, int]] = []
    for first, last in _merged(units, section, limit):
        floor = max(section[0], first - chunking.overlap_sentences)
        run = _grown(units, (first, last), floor, chunking.max_tokens, chunking.max_tokens)
        if last == section[1]:
            run = _grown(units, run, section[0], chunking.min_tokens, chunking.max_tokens)
        while runs and runs[-1][0] >= run[0]:
            runs.pop()  # its sentences are all in the next
        runs.append(run)
    return runs


def _merged(units: Sequence[_Unit], section: tuple[int, int], limit: int) -> list[tuple[int, int]]:
    """langchain's merge, given the numbers of units in place of their text."""
    from langchain_text_splitters import TextSplitter

    class Merger(TextSplitter):
        def split_text(self, text: str) -> list[str]:
            return self._merge_splits(text.split(), " ")

    merger = Merger(
        chunk_size=limit,
        chunk_overlap=0,
        length_function=lambda number: min(units[int(number)].tokens, limit) if number.strip() else 0,
    )
    merged = [chunk.split() for chunk in merger.split_text(" ".join(map(str, range(*section))))]
    return [(int(numbers[0]), int(numbers[-1]) + 1) for numbers in merged]


def _reserve(units: Sequence[_Unit], chunking: Chunking) -> int:
    """Tokens to leave free for the overlap: that many usual sentences, a third of a passage at most."""
    usual = sorted(unit.tokens for unit in units)[len(units) // 2]
    return min(usual * chunking.overlap_sentences, chunking.max_tokens // 3)


def _grown(
    units: Sequence[_Unit], run: tuple[int, int], floor: int, wanted: int, limit: int
) -> tuple[int, int]:
    """The run with units before it added, down to `floor`, until it has `wanted` tokens; never over `limit`."""
    first, last = run
    tokens = sum(unit.tokens for unit in units[first:last])
    while first > floor and tokens < wanted and tokens + units[first - 1].tokens <= limit:
        first -= 1
        tokens += units[first].tokens
    return first, last


def _readable(
    text: str, units: Sequence[_Unit], runs: Sequence[tuple[int, int]], limit: int
) -> list[tuple[int, int]]:
    """The runs, one without a letter or digit joined to a neighbour with, up to `limit` tokens for both."""
    joined: list[tuple[int, int]] = []
    for first, last in runs:
        begin = joined[-1][0] if joined else first
        one_sided = joined and _words(text, units, first, last) != _words(text, units, *joined[-1])
        if one_sided and sum(unit.tokens for unit in units[begin:last]) <= limit:
            joined[-1] = (begin, last)
        else:
            joined.append((first, last))
    return joined


def _words(text: str, units: Sequence[_Unit], first: int, last: int) -> bool:
    return any(map(str.isalnum, text[units[first].start : units[last - 1].end]))


def _passage(document: Document, span: Span, headings: Sequence[_Unit]) -> Passage:
    text = document.text[span.start : span.end]
    own = sum(map(str.isalpha, text)) >= OWN_LANGUAGE
    language = detect(text, document.language) if own else document.language
    return Passage(document.path, span.start, span.end, text, language, _context(document, span, headings))


def _context(document: Document, span: Span, headings: Sequence[_Unit]) -> str:
    """The document's title and the nearest heading above, where the passage does not hold them itself."""
    above = bisect.bisect_right(headings, span.start, key=lambda heading: heading.start)
    parts = [document.title]
    if above and (nearest := headings[above - 1]).start < span.start:
        parts.append(heading_words(document.text[nearest.start : nearest.end]))
    text = document.text[span.start : span.end]
    missing = [part for part, _ in itertools.groupby(parts) if part and part not in text]
    return " – ".join(missing)
