"""Why a file is not read, in the language of the page or the command line: the index says it in English."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache, lru_cache

from prompts import LANGUAGES, reasons

LONGEST = 20_000  # characters; a hostile archive may hold names of any length
LONG = 500  # characters of one reason, of which an archive has many
DEEPEST = 6  # reasons inside of reasons
MORE = "{0}, {1:d} more"  # of the names of files that are left out for one reason
_HEAD = re.compile(r"[^{]*\{0:r\}")
PLACES = {"d": r"(?P<d{0}>[\d.]+)", "r": r"(?P<r{0}>.+)", "": r"(?P<s{0}>.+?)"}  # by what stands there


@lru_cache(maxsize=4096)
def reason_in(reason: str, language: str) -> str:
    """`reason` in `language`; in English where it is not listed, or is of a library or the system."""
    if language == "en" or language not in LANGUAGES or len(reason) > LONGEST:
        return reason
    return _said(reason, language, DEEPEST)


def _said(reason: str, language: str, depth: int) -> str:
    for pattern, wording, heads in _table(language):
        found = pattern.fullmatch(reason) if heads or len(reason) <= LONG else None
        if found and depth:
            return _filled(found, wording, language, depth)
    return "; ".join(_member(one, language, depth) for one in _members(reason))


def _filled(found: re.Match[str], wording: str, language: str, depth: int) -> str:
    parts: dict[int, str] = {}
    for name, part in found.groupdict().items():
        kind, number = name[0], int(name[1:])
        said = part.replace(".", ",") if kind == "d" else part
        parts[number] = _said(part, language, depth - 1) if kind == "r" else said
    return wording.format(*(parts[number] for number in sorted(parts)))


def _member(text: str, language: str, depth: int) -> str:
    """A file in a file, and why it was left out: "a.bin, b.bin, 2 more (unknown type)"."""
    names, why = _apart(text)
    said = _said(why, language, depth - 1) if why and depth else why
    if said == why:
        return text
    pattern, wording = _more(language)
    more = pattern.fullmatch(names)
    return f"{_filled(more, wording, language, depth) if more else names} ({said})"


def _members(text: str) -> Iterator[str]:
    """`text` cut at each "; " that is not inside of parentheses."""
    start = level = 0
    for at, character in enumerate(text):
        level = max(0, level + (character == "(") - (character == ")"))
        if not level and text.startswith("; ", at):
            yield text[start:at]
            start = at + 2
    yield text[start:]


def _apart(text: str) -> tuple[str, str]:
    """What stands before the parentheses at the end of `text`, and what in them; "" if there are none."""
    level = 0
    for at in range(len(text) - 1, 0, -1):
        level += (text[at] == ")") - (text[at] == "(")
        if not level:
            return (text[: at - 1], text[at + 1 : -1]) if text[at - 1 : at + 1] == " (" else (text, "")
    return text, ""


@cache
def _table(language: str) -> list[tuple[re.Pattern[str], str, bool]]:
    """Patterns, the one that leaves least open first; and whether it only heads others: "only in part: ..."."""
    listed = sorted((one for one in reasons() if one["en"] != MORE), key=lambda one: _open(one["en"]))
    return [(_pattern(one["en"]), one[language], bool(_HEAD.fullmatch(one["en"]))) for one in listed]


@cache
def _more(language: str) -> tuple[re.Pattern[str], str]:
    return _pattern(MORE), next(one[language] for one in reasons() if one["en"] == MORE)


def _open(english: str) -> tuple[int, int]:
    return english.count("{"), -len(english)


def _pattern(english: str) -> re.Pattern[str]:
    parts = re.split(r"\{(\d)(?::(\w))?\}", english)
    texts, numbers, kinds = parts[::3], parts[1::3], parts[2::3]
    places = [PLACES[kind or ""].format(number) for number, kind in zip(numbers, kinds, strict=True)]
    pairs = zip(texts, [*places, ""], strict=True)
    return re.compile("".join(re.escape(text) + place for text, place in pairs), re.DOTALL)
