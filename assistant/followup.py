"""(question, history) -> the readings of a question: alone, and, where it leans on the turns before, filled from them.

A question that stands alone is never bent; but in Spanish the topic is tried, at half its weight, as the subject of one
that names none. What it leans by, and how the gap is filled, is `prompts/followup.toml`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from assistant.question import question_language
from assistant.topic import after_first, names, numbers, topics
from assistant.types import Reply, Turn
from prompts import FOLLOWED, followup_words, question_words

FEW = 3  # a question of so few words, none of them a name, seldom stands alone
MOST = 4  # readings; each is searched and read
# How much the support of a reading counts where it isn't the likeliest gap filled; the last, where there may be none.
ALONE, JOINED, LATER, LEFT_OUT = 0.55, 0.85, 0.93, 0.5
_APPOSED = re.compile(r"\s+")
_THERE_IS = re.compile(r"\W*y (?:a|avait|aura)\b", re.IGNORECASE)  # French, and no Spanish "and"


@dataclass(frozen=True, slots=True)
class Reading:
    """A question as it is searched for, and as it is read in what is found, where that differs.

    `weight` multiplies the confidence of what it finds, when readings compete.
    """

    text: str
    weight: float = 1.0
    read_as: str = ""


def readings(question: str, history: Sequence[Turn]) -> tuple[Reading, ...]:
    """The question alone, first; then, if it leans on `history` (oldest first), what it may mean, likeliest first."""
    if not history:
        return (Reading(question),)
    language = _language(question, history)
    words = followup_words(language)
    opened, rest = _opened(question, words)
    whole = not opened or (opened == "open" and _asks(rest, language))
    if whole and not _leans(rest, words, language):
        return (Reading(question), *_for_a_subject(rest, history, words, language))
    last = history[-1].question
    found = [Reading(question, ALONE)]
    filled = _filled(opened, rest, history, words, language)
    found += [Reading(text, LATER**number) for number, text in enumerate(filled)]
    # Read together, the last question would find its own answer again: it only leads to the passages.
    found.append(Reading(f"{last} {_sentence(rest)}", JOINED, question))
    distinct = {one.text.casefold(): one for one in reversed(found)}
    return tuple(one for one in found if distinct[one.text.casefold()] is one)[:MOST]


def _for_a_subject(
    question: str, history: Sequence[Turn], words: dict[str, Any], language: str
) -> Iterator[Reading]:
    """Where a language leaves out the subject that is known, and the question names nothing else that may be it."""
    if "subject" in words and not names(question, language) and not re.search(words["subject"], question):
        for topic in topics(history, language)[:1]:
            yield Reading(_sentence(f"{question.rstrip(' ?!.')} {topic}"), LEFT_OUT)


def turn_of(reply: Reply) -> Turn:
    """What later questions may lean on."""
    return Turn(reply.readings[0], reply.answers[0].text if reply.answers else "")


def _language(question: str, history: Sequence[Turn]) -> str:
    """By the words that it opens with, else as of any question; one of few words is in the language of the last."""
    may = [code for code in FOLLOWED if code != "es" or not _THERE_IS.match(question)]
    left = {code: len(_opened(question, followup_words(code))[1]) for code in may}
    opening = [code for code in may if left[code] == min(left.values())]
    if len(opening) == 1:
        return opening[0]
    first = re.split(r"[\s,'’]", question.casefold().lstrip(" ¿¡"), maxsplit=1)[0].strip("?!.")
    asking = [code for code, listed in question_words().items() if first in listed]
    if len(re.findall(r"\w+", question)) <= FEW and len(asking) != 1:
        return question_language(history[-1].question)
    return question_language(question)


def _leans(question: str, words: dict[str, Any], language: str) -> bool:
    """By a pronoun that nothing before it in the question explains, or by how little it says."""
    for pattern, _ in words["fill"]:
        gap = re.search(pattern, question, re.IGNORECASE)
        if gap and not names(question[: gap.start()], language):
            return True
    return len(re.findall(r"\w+", question)) <= FEW and not names(question, language)


def _opened(question: str, words: dict[str, Any]) -> tuple[str, str]:
    """How the question opens ("open", "about", "meant" or "") and the rest of it."""
    rest, how = question.strip(" ¿¡"), ""
    for kind in ("meant", "open", "open", "about"):  # "ok, and"
        for opener in sorted(words[kind], key=len, reverse=True):
            if re.match(rf"{re.escape(opener)}(?!\w)", rest, re.IGNORECASE):
                rest, how = rest[len(opener) :].lstrip(" ,:"), kind
                break
    return (how, rest) if re.search(r"\w", rest) else ("", question)


def _filled(
    opened: str, rest: str, history: Sequence[Turn], words: dict[str, Any], language: str
) -> Iterator[str]:
    spoken_of = topics(history, language)
    last = history[-1].question
    if opened in ("about", "meant") or (opened and not _asks(rest, language)):
        yield from _instead(last, rest, words, language, spoken_of)
        return
    said, asking = re.findall(r"\w+", rest.casefold()), question_words().get(language, [])
    if all(word in asking or word in words["before"] for word in said) and any(
        word in asking for word in said
    ):
        whole = re.split(r"[\s,?!]", last, maxsplit=1)[0].casefold() in words["verbs"]  # wants yes or no
        kept = last[:1].lower() + last[1:].strip(" ?") if whole else after_first(last, language)
        yield _sentence(f"{rest.strip(' ?!.')} {kept}")
        spoken_of = spoken_of[:1]
    for topic in spoken_of:
        text = _fill(rest, topic, words)
        if text != rest:
            yield _sentence(text)
        elif not names(rest, language):
            yield _sentence(f"{rest.rstrip(' ?!.')} {topic}")


def _instead(
    last: str, rest: str, words: dict[str, Any], language: str, spoken_of: Sequence[str]
) -> Iterator[str]:
    """The last question with a part of it exchanged for `rest`: a number for a number, a name for a name, "the second"
    for "the first", and one thing for another.
    """
    thing = rest.strip(" ?!.¿")
    before = sorted(words["before"], key=len, reverse=True)
    core = re.sub(rf"^(?:{'|'.join(before)})\s+", "", thing, flags=re.IGNORECASE)
    article = rf"\b(?:(?:{words['article']})\b\s*)"
    ordinal = rf"(?:{words['ordinals']})\b"
    one = re.fullmatch(rf"{article}?({ordinal})(?:\s+ones?)?", core, re.IGNORECASE)
    named = names(f"- {core}", language) and names(last, language)
    if numbers(core) and numbers(last):
        yield last.replace(numbers(last)[-1], numbers(core)[0])
    elif one and re.search(article + ordinal, last, re.IGNORECASE):
        yield re.sub(
            rf"({article}){ordinal}", lambda old: old[1] + one[1], last, count=1, flags=re.IGNORECASE
        )
    elif named:
        drop = rf"(?i:{article}(?:{ordinal}\s+)?)?" if re.match(article, core, re.IGNORECASE) else ""
        for name in dict.fromkeys(named[n] for n in (-1, 0)):
            whole = rf"(?P<article>{drop})(?<!\w){re.escape(name)}(?!\w)"
            yield re.sub(whole, lambda old: _contracted(old["article"], core, words), last)
    elif things := _things(thing, core, last, article, ordinal):
        for start, end, put in things:
            yield last[:start] + _contracted(last[start:end], put, words) + last[end:]
    elif spoken_of and not numbers(core):
        filled = _fill(thing, spoken_of[0], words)
        whole = words["of"].format(thing=thing, topic=spoken_of[0])
        yield _sentence(whole if filled == thing else f"{words['of'].partition('{')[0]}{filled}")
    yield _sentence(f"{last.rstrip(' ?')} {thing}")


def _things(thing: str, core: str, last: str, article: str, ordinal: str) -> list[tuple[int, int, str]]:
    """Which parts of `last` may be exchanged for what: (start, end, put). One behind the same preposition is it."""
    noun = rf"{article}(?:{ordinal}\s+)?[\w-]+"
    for put in (core, thing):
        if re.fullmatch(rf"{article}[\w-]+(?:\s+[\w-]+)?", put, re.IGNORECASE):
            led = thing.removesuffix(core).strip()
            behind = led and re.search(rf"\b{re.escape(led)}\s+({noun})", last, re.IGNORECASE)
            if behind:
                return [(*behind.span(1), put)]
            return [(*found.span(), put) for found in re.finditer(noun, last, re.IGNORECASE)][:2]
    return []


def _contracted(old: str, put: str, words: dict[str, Any]) -> str:
    """`put` in the place of what began with an article that a preposition has run into: "du" is "de" and "le"."""
    first = re.split(r"\W", old, maxsplit=1)[0].casefold()
    preposition = words.get("contracted", {}).get(first)
    return f"{preposition} {put}" if preposition and put.split()[0].casefold() != first else put


def _fill(question: str, topic: str, words: dict[str, Any]) -> str:
    for pattern, put in words["fill"]:
        filled = re.sub(
            pattern, put.replace("{topic}", topic.replace("\\", "")), question, flags=re.IGNORECASE
        )
        if filled != question:
            return _APPOSED.sub(" ", filled)
    return question


def _asks(text: str, language: str) -> bool:
    """Whether it begins as questions do."""
    first = re.split(r"[\s'’-]", text.casefold().lstrip('¿¡«"“ '), maxsplit=1)[0].strip("?!.,")
    before = followup_words(language)["before"]
    return first in question_words().get(language, []) and first not in before


def _sentence(text: str) -> str:
    text = text.strip(" ¿¡")
    return f"{text[:1].upper()}{text[1:].rstrip(' ?')}?"
