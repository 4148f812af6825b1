"""Where a thing that an article leads ends, and its verb begins: "the annual rent" in "does the annual rent rise"."""

from __future__ import annotations

import re
from typing import Any


def group_end(text: str, start: int, words: dict[str, Any]) -> int:
    """The end of the thing that the article at `start` names: up to a preposition, another thing or a verb."""
    return _group(text, start, words)[0]


def verb_start(text: str, start: int, words: dict[str, Any]) -> int | None:
    """Where the verb stands that ends the thing named by the article at `start`; None where none can be told."""
    return _group(text, start, words)[1]


def _group(text: str, start: int, words: dict[str, Any]) -> tuple[int, int | None]:
    article = re.compile(rf"\b(?:{words['article']})(?:(?<=['’])|\b)\s*", re.IGNORECASE)
    led = article.match(text, start)
    if not led:
        return start, None
    if noun := re.compile(words.get("noun", "(?!)")).match(text, led.end()):
        return noun.end(), None
    stops = "|".join(words[key] for key in ("auxiliary", "passive", "stops") if key in words) or "(?!)"
    said: list[re.Match[str]] = []
    for word in re.compile(r"[^\W_][\w’'-]*").finditer(text, led.end()):
        apart = said and text[said[-1].end() : word.start()] != " "
        if apart or word[0].casefold() in words["before"] or article.match(text, word.start()):
            break
        if said and re.fullmatch(stops, word[0], re.IGNORECASE):
            return said[-1].end(), None
        if re.fullmatch(words.get("inverted", "(?!)"), word[0], re.IGNORECASE):
            return (said[-1].end() if said else start), word.start()
        said.append(word)
    if not said:
        return start, None
    behind = text[said[-1].end() :]
    if len(said) > 1 and not re.match(rf"\s(?:{words['owned']})\b", behind, re.IGNORECASE):
        # One thing may own the next: "will the renovation of the pool cost".
        chain = rf"\s+(?:(?:{words['article']})\s*[\w-]+(?:\s[\w-]+)*?\s(?:{words['owned']})\s+)*$"
        for kind, form in (("auxiliary", r"\w+"), ("passive", words.get("participle", "(?!)"))):
            before = rf"\b(?:{words.get(kind, '(?!)')}){chain}"
            if re.search(before, text[:start], re.IGNORECASE) and re.fullmatch(
                form, said[-1][0], re.IGNORECASE
            ):
                return said[-2].end(), said[-1].start()
    return said[-1].end(), None
