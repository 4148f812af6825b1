"""Text to sentences, of any language: sentencex reads each of the blocks that `index.blocks` finds."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from index.blocks import blocks, trimmed
from index.headings import is_one_heading
from index.types import Span

MAX_SENTENCE = 2_000  # characters; what is longer is cut at white space
WINDOW = 4_000  # characters given to sentencex at once: unpaired quotes cost it the square of the length

_SPACE = re.compile(r"[^\S ]")  # of any kind but the plain one: sentencex breaks down over some of them
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
# After these a full stop ends no sentence. sentencex knows many more; these are the ones it was seen to miss.
_ABBREVIATION = re.compile(
    r"(?:(?<![^\W_])(?<![\u0300-\u036f\u0591-\u05c7\u064b-\u065f\u0670°º])(?:[^\W\d_]|Mme|Mlle|Mmes|MM|Mgr|Me|Dr|Pr|Prof|Mr|Mrs|Ms|St|Ste|Sr|Sra|Hr|Fr"
    r"|Fa|zzgl|inkl|exkl|no|n°|nos|art|cf|fig|p|pp|vol|chap|éd|env|av|apr|ca|vs|bzw|Nr|Bd|al|kl))\.$"
)
# After these none ends where a figure or a small letter follows.
_BEFORE_FIGURES = re.compile(
    r"(?<![^\W_])(?:approx|max|min|incl|excl|acc|vol|tel|tél|nos|janv|févr|juill|sept|oct|nov|déc|jan|feb|mar|apr|jun|jul|aug"
    r"|sep|dec|civ|pén|inkl|exkl|zzgl|okt|dez|séc|sec|pág|págs|pag|pagg|lgs|ene|dic|ago|abr|fev|set|gen|giu|lug|ott|aprox"
    r"|(?-i:Figs|Apt|Ref|Exp|Av)|eqs?|refs|secs|ch|sched|avr|juil|cass|réf|éq|núms|sez|trib|nn|proc|máx|mín)\.$",
    re.IGNORECASE,
)
# And after these, which are words of other languages, in one.
_BEFORE_FIGURES_IN = {
    language: re.compile(rf"(?<![^\W_])(?:{words})\.$", re.IGNORECASE)
    for language, words in {
        "en": "(?-i:est)|circa|paras?",
        "it": "sent|cap",
        "es": "cap",
        "pt": "cap|out",
    }.items()
}
_FIGURES = re.compile(r"\s*(?:[\da-zà-ÿ]|[IVX]+\b)")
_ENGLISH_FIGURES = re.compile(r"\s*(?:[\da-zà-ÿ]|(?!I\b)[IVX]+\b)")  # a lone "I" is a word
_ITEM = re.compile(r"\((\w{1,5})\)(?=\s)")  # "(1)", behind which sentencex cuts nothing
_NEVER_FIRST = frozenset([",", ";", "،", "؛"])
_MEASURE = re.compile(r"\d[ \u00a0\u202f]?[hmlgt°]\.$")  # "13 h.": no initial and no "m. Chr."
_WORD = re.compile(r"\s*(?![IVX]+\b)[A-ZÀ-ÖØ-Þ]")  # "Elle", but "t. 3 l. II"
_NOTE = re.compile(r"[⁰¹²³⁴⁵⁶⁷⁸⁹]+(?=\s|$)")  # of a note, behind the stop of the sentence that it belongs to
_NUMBER = re.compile(r"[^\w\s]?\d{1,3}[.)]$")
_ORDINAL = re.compile(r"\b\d{1,2}\.$")
ORDINALS = frozenset(["de", "no", "da", "fi", "is", "et", "cs", "sk", "sl", "hr", "sr", "hu", "tr", "lv"])


def sentences(text: str, language: str) -> list[Span]:
    """The sentences in order, trimmed of white space; every other character lies inside exactly one."""
    found: list[Span] = []
    for block in blocks(text):
        heading = trimmed(text, block.start, block.end) if is_one_heading(text, block) else None
        if heading:
            found.append(heading)
            continue
        for sentence in _inside(text[block.start : block.end], block.start, language):
            found.extend(_capped(text, sentence))
    return found


def _inside(block: str, offset: int, language: str) -> Iterator[Span]:
    """The sentences of one block; cuts come from sentencex, so nothing between two cuts can be lost."""
    readable = _LONE_SURROGATE.sub("\ufffd", _SPACE.sub(" ", block))
    start = 0
    cuts = [*_cuts(readable, language), len(block)]
    for cut in cuts:
        if cut < len(block) and _runs_on(
            readable[max(start, cut - 12) : cut], readable[cut : cut + 12], language
        ):
            continue
        note = _NOTE.match(block, cut)
        cut = note.end() if note else cut
        span = trimmed(block, start, cut)
        start = cut
        if span:
            yield Span(offset + span.start, offset + span.end)


def _cuts(block: str, language: str) -> Iterator[int]:
    """Where sentences begin, but the first. A window may cut its last one, so the next starts with that."""
    start = 0
    while start < len(block):
        window = block[start : start + WINDOW]
        begins = sorted({begin for begin in _begins(window, language) if 0 < begin < len(window)})
        yield from (start + begin for begin in begins)
        if start + WINDOW >= len(block):
            return
        if not begins:
            start = _cut_before(block, start, start + WINDOW)
            yield start
        else:
            start += begins[-1]


def _begins(window: str, language: str) -> list[int]:
    from sentencex import get_sentence_boundaries

    window = _ITEM.sub(r"X\1X", window)
    try:
        return [int(each["start_index"]) for each in get_sentence_boundaries(language or "en", window)]
    except BaseException as error:
        # Where its Rust code breaks down, which is no Exception: it is one sentence.
        if type(error).__name__ != "PanicException":
            raise
        return []


def _runs_on(start: str, rest: str, language: str) -> bool:
    """Whether a sentence that starts so cannot end there: an abbreviation, an ordinal, an item's number."""
    end = start.rstrip()
    if rest.lstrip()[:1] in _NEVER_FIRST:
        return True
    own = _BEFORE_FIGURES_IN.get(language)
    figures = _ENGLISH_FIGURES if language == "en" else _FIGURES
    if (_BEFORE_FIGURES.search(end) or (own and own.search(end))) and figures.match(rest):
        return True
    if _ABBREVIATION.search(end):
        return not (language == "en" and end.endswith(" I.")) and not (
            _MEASURE.search(end) and _WORD.match(rest)
        )
    return bool(_NUMBER.match(end) or (language in ORDINALS and _ORDINAL.search(end)))


def _capped(text: str, sentence: Span) -> Iterator[Span]:
    start = sentence.start
    while sentence.end - start > MAX_SENTENCE:
        cut = _cut_before(text, start, start + MAX_SENTENCE)
        part = trimmed(text, start, cut)
        if part:
            yield part
        start = cut
    rest = trimmed(text, start, sentence.end)
    if rest:
        yield rest


def _cut_before(text: str, start: int, limit: int) -> int:
    """The last place up to `limit` to cut: after white space, else where no letter loses its accents."""
    for place in range(limit, start + MAX_SENTENCE // 2, -1):
        if text[place - 1].isspace():
            return place
    for place in range(limit, limit - 100, -1):
        if not _joins(text[place]) and text[place - 1] != "\u200d":
            return place
    return limit


def _joins(char: str) -> bool:
    return (
        unicodedata.category(char)[0] == "M" or char in "\u200d\ufe0f" or "\U0001f3fb" <= char <= "\U0001f3ff"
    )
