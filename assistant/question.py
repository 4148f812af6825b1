"""What can be asked, and in which language it is."""

from __future__ import annotations

import re

from assistant.folding import fold
from index.errors import UsageError
from index.language import detect
from prompts import asking, question_words

# A name before a thing; no thing that is written large, nor a title in capitals.
_NAMED = re.compile(
    r"(?<=[a-z] )[A-Z][a-z'’-]+ (?=[a-z])(?!(?:did|do|does|are|were|have|had|can|will)\b|\w+ed\b|\w+\W*$)"
)
LIMIT = 2000  # characters; about what the encoder reads: `static/asking.js`


def check_question(question: str) -> str:
    """The question without white space round it. Raises UsageError if it cannot be asked."""
    question = question.strip()
    if not question:
        raise UsageError("the question is empty: write one with at least one word")
    if len(question) > LIMIT:
        raise UsageError(
            f"the question has {len(question):,} characters and {LIMIT:,} can be read: ask it in fewer words"
        )
    if any("\ud800" <= c <= "\udfff" for c in question):
        raise UsageError("the question holds bytes that are no UTF-8: write it in UTF-8")
    if not any(c.isalnum() for c in question):
        raise UsageError(f"the question {question[:20]!r} holds no word: write it with letters or figures")
    return question


def question_language(question: str) -> str:
    """ISO 639-1. The first word decides where it can: a short question is often full of foreign names."""
    first = re.split(r"[\s'’]", question.casefold().lstrip('¿¡«"“ '), maxsplit=1)[0].strip("?!.,؟")
    known = [language for language, listed in question_words().items() if first in listed]
    return known[0] if len(known) == 1 else detect(question, fallback="en", among=known)


def asks_for_several(question: str, language: str) -> bool:
    """Whether a question wants a list: "which organisations", "quels sont", "welche Städte haben"."""
    if language == "en":  # "which Paris museum": a name says nothing of how many
        question = question[:1] + _NAMED.sub("", question[1:])
    return asks_for("several", question, language)


def asks_for_a_person(question: str, language: str) -> bool:
    """Whether one person is the only answer: "who is the mayor"."""
    return asks_for("person", question, language)


def asks_for(kind: str, question: str, language: str) -> bool:
    """Whether a question asks in one of the ways of `asking.toml`."""
    folded = fold(question.strip(' ¿¡«"“')).text
    return any(re.search(pattern, folded) for pattern in asking(kind, language))
