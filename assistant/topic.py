"""What a conversation is about: the names in its last questions and answers, or the words that say most."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from assistant.nouns import verb_start
from assistant.types import Turn
from index.stopwords import STOP_WORDS
from prompts import followup_words, question_words

TURNS, TOPICS, LONGEST = 3, 3, 60  # turns looked back at; topics; characters of one
# A run of capitalised words, small words between them allowed ("Ligue des droits de l'Homme"), or a quoted title.
_NAME = re.compile(
    r"[«“\"][^»”\"]{2,60}[»”\"]"
    r"|(?:(?:l|d|L|D)['’])?\b[^\W\d_a-zà-ÿ][\w’'-]*"
    r"(?:\s+(?:(?:of|the|and|de|du|des|la|le|les|l['’]|d['’]|von|der|und|del|los|las|y|et)\s*){0,3}"
    r"(?:(?<=['’])|(?<=\s))[^\W\d_a-zà-ÿ][\w’'-]*)*"
)
_SMALL = re.compile(r"^(?:(?:of|the|de|du|des|la|le|les|von|der|und|del|los|las|y|et)\s+|[ld]['’])+")
_NUMBER = re.compile(r"\b\d[\d.,]*\b")
_ARTICLE = re.compile(
    r"\b(?:the|an?|le|la|les|une?|der|die|das|dem|den|eine?[nmr]?|el|los|las|un)\s|\bl['’]", re.I
)


def names(text: str, language: str) -> list[str]:
    """Proper names, in order; German nouns too, which are written like them. The first word of a sentence counts only
    if it is no word that questions begin with.
    """
    found = []
    for match in _NAME.finditer(text):
        name = match[0].strip(' "“”«»')
        start = not re.search(r"\w", re.split(r"[?!¿¡]", text[: match.start()])[-1])
        begins = start or re.search(
            r"\.\s+$", text[: match.start()]
        )  # or an abbreviation: "Dr. Katrin Vogel"
        first = re.split(r"[\s'’-]", name.casefold(), maxsplit=1)[0]
        if begins and (first in question_words().get(language, []) or first in STOP_WORDS.get(language, ())):
            name = _SMALL.sub("", name[len(first) :].lstrip("'’ -"))
            name = name if name[:1].isupper() else ""
        elif start and " " not in name and len(re.findall(r"\w+", text)) > 1:
            continue  # it may be large for no other reason
        if name:
            found.append(re.sub(r"['’]s$", "", name))
    return found


def numbers(text: str) -> list[str]:
    """Figures, in order."""
    return [match[0].rstrip(".,") for match in _NUMBER.finditer(text)]


def after_first(question: str, language: str) -> str:
    """A question without the word that it begins with, if that is one, and without its end: "founded Hiatus"."""
    rest = question.strip(" ¿?!.")
    first = re.split(r"[\s'’]", rest, maxsplit=1)[0]
    asks = first.casefold() in question_words().get(language, [])
    return rest[len(first) :].lstrip(" '’") if asks else rest


def topics(
    history: Sequence[Turn], language: str, of_a_person: bool = False, single: bool = False
) -> list[str]:
    """What the last turns were about, the likeliest first, none twice; `of_a_person` leaves out what is none, and
    `single` puts what was counted behind the rest.
    """
    found: list[str] = []
    for turn in reversed(history[-TURNS:]):
        asked = names(turn.question, language)
        if single and (counted := re.search(followup_words(language).get("counted", "(?!)"), turn.question)):
            asked.sort(key=lambda name: name in counted[0])
        answered = names(f"- {turn.answer}", language) if len(turn.answer) <= LONGEST else []
        if re.match(r"\W*(?:who|whom|qui|wer|wen|quién|quiénes)\b", turn.question, re.IGNORECASE):
            found += answered + asked  # of a person that was asked for, one asks on
            found += _phrase(turn.question, language)[-1:] if answered and not asked else []
        else:
            answered = [] if of_a_person and _asks_for_none(turn.question, language) else answered
            found += asked + answered
        if not found:
            found += _phrase(turn.question, language)
        if of_a_person:
            found = [one for one in found if one in answered or not _is_a_thing(one, turn.question, language)]
        if found:
            break
    return list(dict.fromkeys(found))[:TOPICS]


def _asks_for_none(question: str, language: str) -> bool:
    """Whether the answer is no person: "when", "where"."""
    return bool(re.match(followup_words(language).get("impersonal", "(?!)"), question, re.IGNORECASE))


def _is_a_thing(topic: str, question: str, language: str) -> bool:
    """Whether the question calls it a place or a thing: "Mount Kharum", "the Kessler fire", "in Lyon"."""
    words, name = followup_words(language), re.escape(topic)
    head = re.split(rf"\s(?:{words['owned']})\s", topic)[0]
    behind = rf"\b(?:{words['places']})\s+(?:(?:{words['article']})\s+)?{name}(?!['’\w])"
    return bool(
        re.search(behind, question, re.IGNORECASE)
        or re.match(rf"(?:{words['places']})\s", topic, re.IGNORECASE)
        or re.search(rf"{name}\s+(?:{words['things']})\b", question, re.IGNORECASE)
        or (
            re.search(rf"\b(?:{words['things']})$", head, re.IGNORECASE)
            and not _may_be_a_person(topic, question, words)
        )
    )


def _may_be_a_person(topic: str, question: str, words: dict[str, Any]) -> bool:
    """Whether it is written as a first name and a surname, with no article before it: "Mary Bridge"."""
    article = rf"\b(?:{words['article']})\s+{re.escape(topic)}"
    two = re.fullmatch(r"[^\W\d_a-zà-ÿ][\w-]*\s+[^\W\d_a-zà-ÿ][\w-]*", topic)
    return bool(two) and not re.search(article, question, re.IGNORECASE)


def _looks_back(question: str, words: dict[str, Any]) -> bool:
    """Whether what it is about was said before it, so that its own words name no topic."""
    first = re.split(r"[\s,]", question.casefold().lstrip(" ¿¡"), maxsplit=1)[0]
    return first in words["open"] or any(re.search(gap, question, re.I) for gap, *_ in words["fill"])


def _phrase(question: str, language: str) -> list[str]:
    """From its first article on, and from its last, without the verb behind it; where there is none, the words that
    are no function words.
    """
    rest = question.strip(" ¿?!.")
    verb = [verb_start(rest, one.start(), followup_words(language)) for one in _ARTICLE.finditer(rest)][-1:]
    rest = after_first(rest[: verb[0]].rstrip() if verb else rest, language)
    articles = list(_ARTICLE.finditer(rest))
    if articles:
        return list(dict.fromkeys(rest[one.start() :] for one in (articles[0], articles[-1])))
    if _looks_back(question, followup_words(language)):
        return []
    stop = STOP_WORDS.get(language, frozenset())
    kept = [word for word in re.findall(r"[\w’'-]+", rest) if word.casefold() not in stop]
    return [" ".join(kept)] if kept else []
