"""The words that the system says: whole in every language, and with the same blanks to fill."""

from __future__ import annotations

import re
import string
import tomllib
from pathlib import Path
from typing import Any

import pytest

import prompts
from assistant.folding import fold
from index.formats import UNITS
from prompts import (
    FOLLOWED,
    LANGUAGES,
    asking,
    embedding_prompts,
    example_documents,
    examples,
    message,
    messages,
    refusal,
    value_words,
)

FOLDER = Path(prompts.__file__).parent
OTHERS = [language for language in LANGUAGES if language != "en"]


def load(name: str) -> dict[str, Any]:
    return tomllib.loads((FOLDER / name).read_text(encoding="utf-8"))


def blanks(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def test_every_language_has_its_files() -> None:
    for kind in ("messages", "examples"):
        found = {path.name.split(".")[1] for path in FOLDER.glob(f"{kind}.*.toml")}
        assert found == set(LANGUAGES), kind


def test_every_file_is_read_as_toml() -> None:
    names = {path.name for path in FOLDER.glob("*.toml")}
    assert {"embedding.toml", "refusals.toml", "messages.en.toml", "examples.fr.toml"} <= names
    assert all(load(name) for name in names)


@pytest.mark.parametrize("language", OTHERS)
def test_messages_have_the_keys_of_english(language: str) -> None:
    assert sorted(messages(language)) == sorted(messages("en"))


@pytest.mark.parametrize("language", OTHERS)
def test_messages_have_the_blanks_of_english(language: str) -> None:
    english = messages("en")
    differ = {
        key: (blanks(text), blanks(english[key]))
        for key, text in messages(language).items()
        if blanks(text) != blanks(english[key])
    }
    assert differ == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_message_is_empty_or_padded(language: str) -> None:
    for key, text in messages(language).items():
        assert isinstance(text, str), key
        assert text.strip(), key
        # Some stand inside a sentence or a column, and begin or end with the space that they need there.
        assert text == text.strip() or key.startswith("cli_"), key


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_blank_has_a_name(language: str) -> None:
    for key, text in messages(language).items():
        assert all(name.isidentifier() for name in blanks(text)), key


@pytest.mark.parametrize("language", LANGUAGES)
def test_messages_are_in_sections_by_prefix(language: str) -> None:
    section = ""
    for line in (FOLDER / f"messages.{language}.toml").read_text(encoding="utf-8").splitlines():
        if line in ("# page", "# command line", "# confidence"):
            section = {"# page": "page_", "# command line": "cli_"}.get(line, "confidence_")
        elif line and not line.startswith("#"):
            assert line.startswith(section), line
            assert section, line


ALIKE = {  # words that are the same in both
    "fr": {"page_title", "page_viewer", "cli_doctor_name_python", "cli_doctor_name_ocr", "cli_doctor_name_sources",
           "cli_doctor_name_index", "cli_doctor_name_cache", "cli_doctor_name_port", "cli_evaluate_questions",
           "page_sources", "page_column_kind", "page_column_date", "page_column_pages", "page_column_passages",
           "page_conversation"},
    "de": {"page_title", "cli_doctor_name_python", "cli_doctor_name_ocr", "cli_doctor_name_index",
           "cli_doctor_name_cache", "cli_doctor_name_port", "page_column_name"},
    "es": {"page_title", "cli_doctor_name_python", "cli_doctor_name_ocr"},
}  # fmt: skip


@pytest.mark.parametrize("language", OTHERS)
def test_nothing_is_left_in_english(language: str) -> None:
    english, own = messages("en"), messages(language)
    worded = [key for key in own if re.sub(r"{[^}]*}|[^\w]", "", own[key])]
    same = {key for key in worded if own[key] == english[key]}
    assert {key for key in same if not blanks(own[key])} - ALIKE[language] == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_part_of_a_document_has_a_name(language: str) -> None:
    for unit in UNITS.values():
        assert "12" in message(f"page_at_{unit}", language, place="12"), unit


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_check_s_two_marks_are_of_one_width(language: str) -> None:
    assert len(message("cli_good", language)) == len(message("cli_bad", language))


def test_message_fills_its_blanks() -> None:
    for language in LANGUAGES:
        for key, text in messages(language).items():
            plain = {name: 7 for name in blanks(text)}
            assert "7" in message(key, language, **plain) or not plain


def test_a_language_that_is_not_spoken_reads_english() -> None:
    assert messages("xx") == messages("en")
    assert examples("xx") == examples("en")
    assert refusal("nothing", "xx") == refusal("nothing", "en")


def test_a_message_that_is_not_there_is_an_error() -> None:
    with pytest.raises(KeyError):
        message("no_such_key")


def test_refusals_have_the_same_reasons_everywhere() -> None:
    tables = load("refusals.toml")
    assert set(LANGUAGES) <= set(tables)
    for language, table in tables.items():
        assert sorted(table) == sorted(tables["en"]) == ["nothing", "related", "uncertain"], language
        assert all(text.strip() == text and text.endswith(".") for text in table.values()), language
    assert len({table["nothing"] for table in tables.values()}) == len(tables)


def test_every_language_has_a_name_in_every_language() -> None:
    for code, names in load("languages.toml").items():
        assert len(names) == len(LANGUAGES), code
        assert all(name == name.strip() != "" for name in names), code
    assert set(load("refusals.toml")) <= set(load("languages.toml"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_four_examples_each(language: str) -> None:
    questions = examples(language)
    assert len(questions) == len(set(questions)) == 4
    assert all(question.endswith("?") and question.strip() == question for question in questions)


def test_the_first_example_is_the_funding_of_current_ai() -> None:
    assert examples("en")[0] == "What is Current AI's funding?"
    assert "Current AI" in examples("fr")[0]


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_the_examples_ask_for_lies_in_seeds(language: str) -> None:
    named = example_documents(language)
    assert len(named) == 3
    assert [name for name in named if not (FOLDER.parent / "seeds" / name).is_file()] == []


def test_examples_come_as_a_new_list() -> None:
    examples("en").clear()
    assert len(examples("en")) == 4


def test_what_questions_lean_by_is_said_for_each_language() -> None:
    tables = load("followup.toml")
    assert set(tables) == set(FOLLOWED)
    for language, table in tables.items():
        for kind in ("open", "about", "meant", "before"):
            assert table[kind], (language, kind)
            assert all(text == text.strip().casefold() for text in table[kind]), (language, kind)
        assert table["of"].format(thing="a", topic="b").endswith("b")
        for pattern, put, *by in table["fill"]:
            assert by in ([], ["noun"])
            assert "{topic}" in put
            re.compile(pattern)


@pytest.mark.parametrize("name", ["background.toml", "question_words.toml"])
def test_lists_of_words_are_clean(name: str) -> None:
    for language, listed in load(name).items():
        assert listed, language
        assert len(set(listed)) == len(listed), language
        assert all(isinstance(word, str) and word.strip() == word != "" for word in listed), language


@pytest.mark.parametrize(
    ("model", "query"),
    [
        pytest.param("intfloat/multilingual-e5-small", "query: ", id="hub name"),
        pytest.param("/models/multilingual-e5-base/", "query: ", id="folder with a slash at its end"),
        pytest.param("BAAI/bge-m3", "", id="a model that wants none"),
    ],
)
def test_embedding_prompts_by_the_end_of_the_name(model: str, query: str) -> None:
    found = embedding_prompts(model)
    assert found is not None
    assert found["query"] == query
    assert sorted(found) == ["passage", "query"]


def test_an_unlisted_model_has_no_prompts_of_ours() -> None:
    assert embedding_prompts("somebody/some-model") is None


@pytest.mark.parametrize("kind", ["several", "person"])
def test_patterns_of_asking_are_patterns_of_folded_text(kind: str) -> None:
    for language in ("en", "fr", "de", "es", "it", "pt"):
        assert asking(kind, language)
        for pattern in asking(kind, language):
            re.compile(pattern)
            assert pattern.isascii()
    assert asking(kind, "xx") == []


def test_words_of_values_stand_for_one_thing() -> None:
    for name, table in value_words().items():
        if name in ("decimal_point", "numbers", "negations") or isinstance(table, list):
            continue
        listed = [fold(word).text for words in table.values() for word in words]
        assert len(listed) == len(set(listed)), name
