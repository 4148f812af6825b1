"""(question, history) -> the readings of a question: alone, and, where it leans on the turns before, filled from them.

A question that stands alone is never bent; but in Spanish the topic is tried, at half its weight, as the subject of one
that names none. What it leans by, and how the gap is filled, is `prompts/followup.toml`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from assistant.instead import fill, instead, sentence
from assistant.question import question_language
from assistant.topic import after_first, names, topics
from assistant.types import Reply, Turn
from prompts import FOLLOWED, followup_words, question_words

FEW = 3  # a question of so few words, none of them a name, seldom stands alone
LONGEST_THING = 5  # words before a comma that may be what the question behind it is about
MOST = 4  # readings; each is searched and read
# How much the support of a reading counts where it isn't the likeliest gap filled; the last, where there may be none.
ALONE, JOINED, LATER, LEFT_OUT = 0.55, 0.85, 0.93, 0.5
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
    language = language_of(question, history)
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
    found.append(Reading(f"{last} {sentence(rest)}", JOINED, question))
    distinct = {one.text.casefold(): one for one in reversed(found)}
    return tuple(one for one in found if distinct[one.text.casefold()] is one)[:MOST]


def _for_a_subject(
    question: str, history: Sequence[Turn], words: dict[str, Any], language: str
) -> Iterator[Reading]:
    """Where a language leaves out the subject that is known, and the question names nothing else that may be it."""
    if "subject" in words and not names(question, language) and not re.search(words["subject"], question):
        for topic in topics(history, language)[:1]:
            yield Reading(sentence(f"{question.rstrip(' ?!.')} {topic}"), LEFT_OUT)


def turn_of(reply: Reply) -> Turn:
    """What later questions may lean on: of two sentences, those of its readings that joined the last question to it
    would make the next ones longer and longer.
    """
    best, *others = reply.readings
    if _joins(best) and not _joins(reply.question):
        best = next((one for one in others if one != reply.question and not _joins(one)), reply.question)
    return Turn(best, reply.answers[0].text if reply.answers else "")


def _joins(text: str) -> bool:
    """Whether it is more than one sentence; an abbreviation ends none."""
    return bool(re.search(r"[?!]\s+\S|[^\W\d_]{5,}\.\s+\S", text))


def language_of(question: str, history: Sequence[Turn] = ()) -> str:
    """ISO 639-1. By the words that it opens with, else as of any question; one of few words is in that of the last."""
    if not history:
        return question_language(question)
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
    for pattern, _, *by in words["fill"]:
        gap = re.search(pattern, question, re.IGNORECASE)
        before = question[: gap.start()] if gap else ""
        of_its_own = not re.search(words.get("nothing", "(?!)"), question, re.IGNORECASE)
        if gap and " " not in gap[0] and "," not in before and of_its_own:  # "wie viele Besucher hat es"
            before = re.sub(words.get("counted", "(?!)"), "", before)
        explained = names(before, language) or ("noun" in by and _subject(before, words))
        if gap and not explained:
            return True
    if "complete" in words and re.match(words["complete"], question, re.IGNORECASE):
        return False
    return len(re.findall(r"\w+", question)) <= FEW and not names(question, language)


def _subject(before: str, words: dict[str, Any]) -> bool:
    """Whether what stands before a pronoun names what it stands for: "when did the mayor announce" his resignation.

    Not where a preposition leads to the pronoun, as in "the name of" its director, nor a lone verb: "le fait"-il.
    """
    found = re.search(
        rf"\b(?:{words['article']})(?<=\w)\s+(?!.*\b(?:{words['article']})\s)(.+)$", before, re.I
    )
    found = found or re.search(r"\bl['’](.+)$", before)
    if not found:
        return False
    said = found[1].split()
    return not {word.casefold() for word in said} & set(words["before"]) and (
        before[-1] == " " or len(said) > 1
    )


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
    of_a_person = bool(re.search(words.get("person", "(?!)"), rest, re.IGNORECASE))
    single = bool(re.search(words.get("single", "(?!)"), rest, re.IGNORECASE))
    spoken_of = topics(history, language, of_a_person, single)
    last = history[-1].question
    if opened and (apart := _apart(rest, language)):
        yield from _of_its_topic(*apart, spoken_of, words, language)
        return
    if opened in ("about", "meant") or (opened and not _asks(rest, language)):
        yield from instead(last, rest, words, language, spoken_of)
        return
    said, asking = re.findall(r"\w+", rest.casefold()), question_words().get(language, [])
    if all(word in asking or word in words["before"] for word in said) and any(
        word in asking for word in said
    ):
        whole = re.split(r"[\s,?!]", last, maxsplit=1)[0].casefold() in words["verbs"]  # wants yes or no
        kept = last[:1].lower() + last[1:].strip(" ?") if whole else _unasked(last, words, language)
        yield sentence(f"{rest.strip(' ?!.')} {kept}")
        spoken_of = spoken_of[:1]
    yield from _about(rest, spoken_of, words, language)


def _about(question: str, spoken_of: Sequence[str], words: dict[str, Any], language: str) -> Iterator[str]:
    """The question of each topic: in its gap, or behind it where it has none and names nothing."""
    for topic in spoken_of:
        text = fill(question, topic, words)
        if text != question:
            yield sentence(text)
        elif not names(question, language):
            yield sentence(f"{question.rstrip(' ?!.')} {topic}")


def _apart(text: str, language: str) -> tuple[str, str] | None:
    """What a question is about, and the question, where a comma parts them: "the museum, what does it cost?"."""
    thing, comma, asked = text.partition(", ")
    short = comma and len(thing.split()) <= LONGEST_THING
    return (thing, asked) if short and _asks(asked, language) and not _asks(thing, language) else None


def _of_its_topic(
    thing: str, asked: str, spoken_of: Sequence[str], words: dict[str, Any], language: str
) -> Iterator[str]:
    """The question that a comma parts from what stands before it; of the last topic where that names none itself."""
    led = re.split(r"\W", thing, maxsplit=1)[0].casefold() in words["before"]
    named = re.match(rf"(?:{words['article']})\b", thing, re.IGNORECASE) or names(f"- {thing}", language)
    timed = re.fullmatch(words["time"], thing, re.IGNORECASE)
    if named and not led and not timed:
        filled = fill(asked, thing, words)
        yield sentence(filled if filled != asked else f"{thing}, {asked}")
    elif not _leans(asked, words, language):
        yield sentence(f"{thing}, {asked}")
    elif _lacks(asked, words):  # a place or a time is not what it is about: "in Lyon, who runs it?"
        yield from (
            sentence(f"{thing}, {text[:1].lower()}{text[1:]}")
            for text in _about(asked, spoken_of, words, language)
        )


def _lacks(asked: str, words: dict[str, Any]) -> bool:
    """Whether a topic fits in it or behind it: not behind "what happens"."""
    gap = any(re.search(pattern, asked, re.IGNORECASE) for pattern, *_ in words["fill"])
    counts = re.match(words["measure"], asked, re.IGNORECASE)
    no_subject = "subject" in words and not re.search(words["subject"], asked)
    return bool(gap or counts or no_subject)


def _unasked(question: str, words: dict[str, Any], language: str) -> str:
    """What a question says beside what it asks for: "did the hall cost" of "how much did the hall cost?"."""
    asks = re.match(rf"(?:{words['measure']})\s+", question.lstrip(" ¿"), re.IGNORECASE)
    return question.lstrip(" ¿")[asks.end() :].strip(" ?!.") if asks else after_first(question, language)


def _asks(text: str, language: str) -> bool:
    """Whether it begins as questions do."""
    first = re.split(r"[\s'’-]", text.casefold().lstrip('¿¡«"“ '), maxsplit=1)[0].strip("?!.,")
    before = followup_words(language)["before"]
    return first in question_words().get(language, []) and first not in before
