"""The last question with a part of it exchanged, as "And the museum?" wants it; and gaps filled."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from assistant.folding import fold
from assistant.nouns import group_end
from assistant.patterns import table_of
from assistant.scan import Found, Moment, scan
from assistant.topic import names, numbers


@dataclass(frozen=True, slots=True)
class _Exchange:
    """The last question, and what is to stand in it: `thing`, which is `core` behind the preposition `led`.

    `owned`: "that of" stood before it, so it is what the thing asked after belongs to.
    """

    last: str
    thing: str
    core: str
    led: str
    owned: bool
    words: dict[str, Any]
    language: str

    @property
    def article(self) -> str:
        """A pattern of an article."""
        return rf"\b(?:(?:{self.words['article']})\b\s*)"

    @property
    def ordinal(self) -> str:
        """A pattern of what says which one is meant: "first"."""
        return rf"(?:{self.words['ordinals']})\b"

    def with_added(self, exact: object, *found: str) -> list[str]:
        """What was `found`, and where it is not `exact`, the last question with the thing behind it: else it would find
        the answer to the last question again."""
        return [*found] if exact else [*found, sentence(f"{self.last.rstrip(' ?')} {self.thing}")]


def instead(
    last: str, rest: str, words: dict[str, Any], language: str, spoken_of: Sequence[str]
) -> list[str]:
    """The last question with a part of it exchanged for `rest`: a number for a number, a name for a name, "the second"
    for "the first", and one thing for another.
    """
    thing = rest.strip(" ?!.¿")
    of_that = re.match(rf"{words.get('that', '(?!)')}\s+", thing, re.IGNORECASE)
    thing = thing[of_that.end() :] if of_that else thing
    before = sorted(words["before"], key=len, reverse=True)
    core = re.sub(rf"^(?:{'|'.join(before)})\s+", "", thing, flags=re.IGNORECASE)
    asked = _Exchange(last, thing, core, thing.removesuffix(core).strip(), bool(of_that), words, language)
    for exchanged in (_time, _day, _number, _owner, _ordinal, _name, _thing):
        found = exchanged(asked)
        if found:
            return found
    return _topic(asked, spoken_of)


def _time(asked: _Exchange) -> list[str]:
    """ "And on Sundays": nothing of the kind stands there to be exchanged."""
    counted = numbers(asked.core) and numbers(asked.last)
    new = _names_time(asked.core) and not _names_time(asked.last) and not counted
    return asked.with_added(False) if new else []


def _day(asked: _Exchange) -> list[str]:
    old, new = _days(asked.last, asked.language), _days(asked.core, asked.language)
    if not old or not new:
        return []
    day = new[0][0]
    put = _on_another(asked.last, asked.core, old[-1], new[0])
    return [_renamed(put, asked, f"{asked.core[: day.start]} - {asked.core[day.end :]}")]


def _number(asked: _Exchange) -> list[str]:
    old, new = numbers(asked.last), numbers(asked.core)
    if not old or not new:
        return []
    beside = re.split(r"\s+\S*\s*\d", asked.core, maxsplit=1)[0]
    return [_renamed(asked.last.replace(old[-1], new[0]), asked, beside)]


def _owner(asked: _Exchange) -> list[str]:
    owner = asked.owned and re.search(_belongs(asked.words), asked.last, re.IGNORECASE)
    return [f"{asked.last[: owner.start()]} {asked.thing}{asked.last[owner.end() :]}"] if owner else []


def _ordinal(asked: _Exchange) -> list[str]:
    article, ordinal = asked.article, asked.ordinal
    one = re.fullmatch(rf"{article}?({ordinal})(?:\s+ones?)?", asked.core, re.IGNORECASE)
    if not one or not re.search(article + ordinal, asked.last, re.IGNORECASE):
        return []
    put = rf"({article}){ordinal}"
    return [re.sub(put, lambda found: found[1] + one[1], asked.last, count=1, flags=re.IGNORECASE)]


def _name(asked: _Exchange) -> list[str]:
    last, core, article = asked.last, asked.core, asked.article
    old = names(last, asked.language)
    if not old or not names(f"- {core}", asked.language):
        return []
    said = rf"(?:(?:{asked.ordinal}|{asked.words.get('adjective', '(?!)')})\s+)*"
    drop = rf"(?i:{article}{said})?" if re.match(article, core, re.IGNORECASE) else ""
    if re.search(rf"{re.escape(old[-1])}['’]s\b", last):  # which stays
        core = re.sub(r"['’]s$", "", core)
    found = [
        re.sub(
            rf"(?P<article>{drop})(?<!\w){re.escape(name)}(?!\w)",
            lambda found: _contracted(found["article"], core, asked.words),
            last,
        )
        for name in _parts(old, asked.language, " " not in core)
    ]
    behind = rf"\b{re.escape(asked.led)}\s+{article}?{re.escape(old[-1])}"
    return asked.with_added(not asked.led or re.search(behind, last, re.IGNORECASE), *found)


def _thing(asked: _Exchange) -> list[str]:
    last, led = asked.last, asked.led
    found = [
        last[:start] + _contracted(last[start:end], put, asked.words) + last[end:]
        for start, end, put in _things(asked)
    ]
    exact = not led or re.search(rf"\b{re.escape(led)}\s", last, re.IGNORECASE)
    return asked.with_added(exact, *found) if found else []


def _topic(asked: _Exchange, spoken_of: Sequence[str]) -> list[str]:
    """Nothing of the kind was asked after: the thing is one of what is spoken of."""
    if not spoken_of or numbers(asked.core):
        return asked.with_added(False)
    thing, of = asked.thing, asked.words["of"]
    filled = fill(thing, spoken_of[0], asked.words)
    whole = of.format(thing=thing, topic=spoken_of[0])
    return asked.with_added(False, sentence(whole if filled == thing else f"{of.partition('{')[0]}{filled}"))


def _renamed(put: str, asked: _Exchange, beside: str) -> str:
    """With the name that stands `beside` what was exchanged in place of the last one: "on 5 June in Lyon"."""
    old, new = names(asked.last, asked.language), names(f"- {beside}", asked.language)
    return put.replace(old[-1], new[-1]) if old and new else put


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


def _names_time(text: str) -> bool:
    """Whether it names a day of the week or a month."""
    known = table_of("weekdays").keys() | table_of("months").keys() | {"weekend", "weekends", "wochenende"}
    return any({word, word.removesuffix("s")} & known for word in re.findall(r"\w+", fold(text).text))


def _parts(named: list[str], language: str, short: bool) -> list[str]:
    """Which of these names may be meant, likeliest first; in German, whose nouns look like them, of each the last, if
    a `short` one takes its place."""
    likely = [named[-1], named[0]]
    last = [re.split(r"\s(?:von|der|des|in|im)\s", name)[-1] for name in likely if language == "de" and short]
    return list(dict.fromkeys([*last, *likely]))


def _things(asked: _Exchange) -> list[tuple[int, int, str]]:
    """Which parts of the last question may be exchanged: (start, end, put). One behind the same preposition is it, and
    so is one of the same noun: "the renovation of" another thing.
    """
    led, core, last, article = asked.led, asked.core, asked.last, asked.article
    noun = rf"{article}(?:{asked.ordinal}\s+)?[\w-]+"
    belongs = _belongs(asked.words)
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
                return _spans(last, [behind.span(1)], put, asked.words)
            return _spans(
                last, [found.span() for found in re.finditer(noun, last, re.I)][:2], put, asked.words
            )
    return []


def _spans(
    last: str, short: list[tuple[int, int]], put: str, words: dict[str, Any]
) -> list[tuple[int, int, str]]:
    """The two likeliest things of the last question to be exchanged: each whole first, then as `short` has it, with one
    word. One of the same kind is likeliest: "a single ticket" for "a return ticket".
    """
    whole = [(start, group_end(last, start, words)) for start, _ in short]
    one = re.fullmatch(rf"(.+)\s(?:{words.get('one', '(?!)')})", put, re.IGNORECASE)
    if one:  # "the wooden one" for "the stone tower"
        return [(*span, one[1]) for span in _before_nouns(whole, last)]
    first, kind = put.split()[0], f" {put.split()[-1]}"
    led = first if first.casefold() in words["before"] else ""
    whole.sort(key=lambda at: (not last.startswith(led, at[0]), not last[at[0] : at[1]].endswith(kind)))
    spans = [*whole, *short]
    if "adjective" in words:  # before its noun, it alone leaves the noun as it was: "the monthly" rent
        lone = re.fullmatch(rf"\S+\s(?:{words['adjective']})", put, re.IGNORECASE)
        spans = [*_before_nouns(whole, last), *whole] if lone else whole
    return [(*span, put) for span in dict.fromkeys(spans)][:2]


def _before_nouns(whole: list[tuple[int, int]], last: str) -> list[tuple[int, int]]:
    """Each thing without its last word."""
    return [(start, last.rindex(" ", start, end)) for start, end in whole if " " in last[start:end]]


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
            return re.sub(r"\s+", " ", filled)
    return question


def sentence(text: str) -> str:
    """With a capital and one question mark."""
    text = text.strip(" ¿¡")
    return f"{text[:1].upper()}{text[1:].rstrip(' ?')}?"
