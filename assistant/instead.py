"""The last question with a part of it exchanged, as "And the museum?" wants it; and gaps filled."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from assistant.folding import fold
from assistant.patterns import table_of
from assistant.scan import Found, Moment, scan
from assistant.topic import names, numbers

_APPOSED = re.compile(r"\s+")


def instead(
    last: str, rest: str, words: dict[str, Any], language: str, spoken_of: Sequence[str]
) -> Iterator[str]:
    """The last question with a part of it exchanged for `rest`: a number for a number, a name for a name, "the second"
    for "the first", and one thing for another.
    """
    thing = rest.strip(" ?!.¿")
    of_that = re.match(rf"{words.get('that', '(?!)')}\s+", thing, re.IGNORECASE)
    thing = thing[of_that.end() :] if of_that else thing
    before = sorted(words["before"], key=len, reverse=True)
    core = re.sub(rf"^(?:{'|'.join(before)})\s+", "", thing, flags=re.IGNORECASE)
    article = rf"\b(?:(?:{words['article']})\b\s*)"
    ordinal = rf"(?:{words['ordinals']})\b"
    one = re.fullmatch(rf"{article}?({ordinal})(?:\s+ones?)?", core, re.IGNORECASE)
    named = names(f"- {core}", language) and names(last, language)
    led = thing.removesuffix(core).strip()
    added = f"{last.rstrip(' ?')} {thing}"
    if _time(core) and not (_time(last) or (numbers(core) and numbers(last))):
        yield sentence(added)  # "and on Sundays": nothing of the kind stands there to be exchanged
        return
    exact = True  # what was put in another's place was the like of it
    days = [_days(text, language) for text in (core, last)]
    owner = of_that and re.search(_belongs(words), last, re.IGNORECASE)
    if all(days):
        put, day = _on_another(last, core, days[1][-1], days[0][0]), days[0][0][0]
        old, new = names(last, language), names(f"- {core[: day.start]} - {core[day.end :]}", language)
        yield put.replace(old[-1], new[-1]) if old and new else put  # "on 5 June in Lyon"
    elif numbers(core) and numbers(last):
        put = last.replace(numbers(last)[-1], numbers(core)[0])
        beside = re.split(r"\s+\S*\s*\d", core, maxsplit=1)[0]
        old, new = names(last, language), names(f"- {beside}", language)
        yield put.replace(old[-1], new[-1]) if old and new else put
    elif owner:
        yield f"{last[: owner.start()]} {thing}{last[owner.end() :]}"
    elif one and re.search(article + ordinal, last, re.IGNORECASE):
        yield re.sub(
            rf"({article}){ordinal}", lambda old: old[1] + one[1], last, count=1, flags=re.IGNORECASE
        )
    elif named:
        drop = rf"(?i:{article}(?:{ordinal}\s+)?)?" if re.match(article, core, re.IGNORECASE) else ""
        for name in _parts(names(last, language), language, " " not in core):
            whole = rf"(?P<article>{drop})(?<!\w){re.escape(name)}(?!\w)"
            yield re.sub(whole, lambda old: _contracted(old["article"], core, words), last)
        behind = rf"\b{re.escape(led)}\s+{article}?{re.escape(names(last, language)[-1])}"
        exact = not led or bool(re.search(behind, last, re.IGNORECASE))
    elif things := _things(led, core, last, words):
        for start, end, put in things:
            yield last[:start] + _contracted(last[start:end], put, words) + last[end:]
        exact = not led or bool(re.search(rf"\b{re.escape(led)}\s", last, re.IGNORECASE))
    else:
        exact = False
        if spoken_of and not numbers(core):
            filled = fill(thing, spoken_of[0], words)
            whole = words["of"].format(thing=thing, topic=spoken_of[0])
            yield sentence(whole if filled == thing else f"{words['of'].partition('{')[0]}{filled}")
    if not exact:  # else it would find the answer to the last question again
        yield sentence(added)


def _days(text: str, language: str) -> list[tuple[Found, int | None]]:
    """The days of a calendar that a text names, and of which year each is."""
    return [
        (one, one.value.year)
        for one in scan(text, language)
        if isinstance(one.value, Moment) and one.value.days
    ]


def _on_another(last: str, core: str, old: tuple[Found, int | None], new: tuple[Found, int | None]) -> str:
    """The last question of another day; of the same year, where only it names one."""
    (was, year), (now, other) = old, new
    added = f" {year}" if year and not other else ""
    return f"{last[: was.start]}{core[now.start : now.end]}{added}{last[was.end :]}"


def _time(text: str) -> bool:
    """Whether it names a day of the week or a month."""
    known = table_of("weekdays").keys() | table_of("months").keys() | {"weekend", "weekends", "wochenende"}
    return any({word, word.removesuffix("s")} & known for word in re.findall(r"\w+", fold(text).text))


def _parts(named: list[str], language: str, short: bool) -> list[str]:
    """Which of these names may be meant, likeliest first; in German, whose nouns look like them, of each the last, if
    a `short` one takes its place."""
    likely = [named[-1], named[0]]
    last = [re.split(r"\s(?:von|der|des|in|im)\s", name)[-1] for name in likely if language == "de" and short]
    return list(dict.fromkeys([*last, *likely]))


def _things(led: str, core: str, last: str, words: dict[str, Any]) -> list[tuple[int, int, str]]:
    """Which parts of `last` may be exchanged for `core`, which the preposition `led` leads: (start, end, put). One
    behind the same preposition is it, and so is one of the same noun: "the renovation of" another thing.
    """
    article = rf"\b(?:(?:{words['article']})\b\s*)"
    noun = rf"{article}(?:(?:{words['ordinals']})\b\s+)?[\w-]+"
    belongs = _belongs(words)
    of = re.fullmatch(rf"{article}([\w-]+){belongs}", core, re.IGNORECASE)
    if of:
        same = re.search(rf"{article}{re.escape(of[1])}{belongs}", last, re.IGNORECASE)
        same = same or re.search(rf"{noun}{belongs}", last, re.IGNORECASE)
        return [(*same.span(), core)] if same else []
    bare = led and re.fullmatch(r"[\w-]+", core)
    other = bare and re.search(rf"\b{re.escape(led)}\s+(?!{article})([\w-]+)", last, re.IGNORECASE)
    if other and re.search(r"s$", core) and re.search(r"s$", other[1]):  # "for lorries" for "for cars"
        return [(*other.span(1), core)]
    for put in (core, f"{led} {core}".strip()):
        if re.fullmatch(rf"{article}[\w-]+(?:\s+[\w-]+)?", put, re.IGNORECASE):
            behind = led and re.search(rf"\b{re.escape(led)}\s+({noun})", last, re.IGNORECASE)
            if behind:
                return [(*behind.span(1), put)]
            return [(*found.span(), put) for found in re.finditer(noun, last, re.IGNORECASE)][:2]
    return []


def _belongs(words: dict[str, Any]) -> str:
    """A pattern of what a thing belongs to: " of the library"."""
    led = "|".join(words["before"])
    return rf"\s+(?:{led})\b\s*(?:\b(?:{words['article']})\b\s*)?[\w-]+"


def _contracted(old: str, put: str, words: dict[str, Any]) -> str:
    """`put` in the place of what began with an article that a preposition has run into: "du" is "de" and "le"."""
    first = re.split(r"\W", old, maxsplit=1)[0].casefold()
    preposition = words.get("contracted", {}).get(first)
    return f"{preposition} {put}" if preposition and put.split()[0].casefold() != first else put


def fill(question: str, topic: str, words: dict[str, Any]) -> str:
    """The question with `topic` in its gap, by the first pattern that fits; as it is if none does."""
    for pattern, put, *_ in words["fill"]:
        filled = re.sub(
            pattern, put.replace("{topic}", topic.replace("\\", "")), question, flags=re.IGNORECASE
        )
        if filled != question:
            return _APPOSED.sub(" ", filled)
    return question


def sentence(text: str) -> str:
    """With a capital and one question mark."""
    text = text.strip(" ¿¡")
    return f"{text[:1].upper()}{text[1:].rstrip(' ?')}?"
