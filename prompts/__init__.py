"""The words that the system says, and those it puts before a text for the encoder: data, and its loading."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

LANGUAGES = ("en", "fr", "de", "es")
FOLLOWED = ("en", "fr", "de", "es")  # in which a question may lean on the ones before


@cache
def _load(name: str) -> dict[str, Any]:
    return tomllib.loads((files(__name__) / name).read_text(encoding="utf-8"))


def embedding_prompts(model: str) -> dict[str, str] | None:
    """The prefixes {"query", "passage"} of `model` (a name or a folder), or None if it is not listed."""
    for name, prompts in _load("embedding.toml").items():
        if model.rstrip("/\\").endswith(name):
            return dict(prompts)
    return None


def message(key: str, language: str = "en", **values: object) -> str:
    """The sentence `key` in `language` (English where we don't speak it), its placeholders filled."""
    table = _load(f"messages.{language if language in LANGUAGES else 'en'}.toml")
    return str(table[key]).format(**values)


def messages(language: str) -> dict[str, str]:
    """All sentences of one language, by key."""
    return dict(_load(f"messages.{language if language in LANGUAGES else 'en'}.toml"))


def examples(language: str) -> list[str]:
    """Four example questions."""
    return list(_load(f"examples.{language if language in LANGUAGES else 'en'}.toml")["questions"])


def example_documents(language: str) -> list[str]:
    """The documents, by their paths, that answer the example questions."""
    return list(_load(f"examples.{language if language in LANGUAGES else 'en'}.toml")["documents"])


def refusal(key: str, language: str) -> str:
    """Why there is no answer ("nothing" or "related"), in `language` (English where we don't speak it)."""
    tables = _load("refusals.toml")
    return str(tables.get(language, tables["en"])[key])


def reasons() -> list[dict[str, str]]:
    """Why a file is not read, by language: `reasons.toml` as it stands."""
    return list(_load("reasons.toml")["reason"])


def language_name(code: str, language: str = "en") -> str:
    """What the language `code` is called in `language`; the code itself where it is not listed."""
    names = _load("languages.toml").get(code)
    return str(names[LANGUAGES.index(language) if language in LANGUAGES else 0]) if names else code


def background() -> dict[str, list[str]]:
    """Sentences about nothing in particular, by language."""
    return dict(_load("background.toml"))


def question_words() -> dict[str, list[str]]:
    """The words that questions begin with, by language."""
    return dict(_load("question_words.toml"))


def followup_words(language: str) -> dict[str, Any]:
    """By what a question in `language` leans on the turns before (English where we don't know it): `followup.toml`."""
    tables = _load("followup.toml")
    return dict(tables.get(language, tables["en"]))


def value_words() -> dict[str, Any]:
    """The words of figures and dates in all languages: `values.toml` as it stands."""
    return _load("values.toml")


def denials(language: str) -> dict[str, Any]:
    """By what a sentence in `language`, one of FOLLOWED, denies what it says: `denials.toml`."""
    return dict(_load("denials.toml")[language])


def asking(kind: str, language: str) -> list[str]:
    """The patterns by which questions in `language` ask for "several" things, one "person", and so on; [] for none."""
    return list(_load("asking.toml")[kind].get(language, []))
