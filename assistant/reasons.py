"""Why a file is not read, in the language of the page or the command line: the index says it in English."""

from __future__ import annotations

import re
from functools import cache, lru_cache

from prompts import LANGUAGES, reasons

# A file in a file, and why it was left out: "a.bin, b.bin (unknown type); c.zip (...)".
_MEMBER = re.compile(r"(?P<names>[^;]+?) \((?P<why>(?:[^()]|\([^()]*\))+)\)(?=; |$)")


@lru_cache(maxsize=4096)
def reason_in(reason: str, language: str) -> str:
    """`reason` in `language`; in English where it is not listed, or is of a library or the system."""
    if language == "en" or language not in LANGUAGES:
        return reason
    for pattern, wording in _table(language):
        found = pattern.fullmatch(reason)
        if found:
            return wording.format(*(reason_in(part, language) for part in found.groups()))
    return _MEMBER.sub(lambda member: _member(member, language), reason)


def _member(member: re.Match[str], language: str) -> str:
    why = reason_in(member["why"], language)
    if why == member["why"]:
        return member[0]
    return f"{reason_in(member['names'], language)} ({why})"


@cache
def _table(language: str) -> list[tuple[re.Pattern[str], str]]:
    """Patterns, the one that leaves least open first."""
    listed = sorted(reasons(), key=lambda one: (one["en"].count("{"), -len(one["en"])))
    return [(_pattern(one["en"]), one[language]) for one in listed]


def _pattern(english: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\\{\d\\\}", "(.+?)", re.escape(english)), re.DOTALL)
