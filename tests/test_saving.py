"""Conversations as files: what is saved comes back, and what is no conversation, or lies, is refused."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pagekit import RuleReader, make_assistant
from stubs import BagEncoder

from assistant.cli import main
from assistant.exchanges import Exchange, asked, drawn, reopen, save
from assistant.render import to_markdown
from assistant.saving import Saved, from_file, to_file, to_text
from assistant.service import Assistant
from assistant.types import Reply
from index.errors import UsageError

HOSTILE = "zeppelin <script>alert(1)</script> [m](javascript:alert(1)) ![i](http://evil.example/i.png) # \u202e 77 *x*"


@pytest.fixture
def assistant(tmp_path: Path) -> Assistant:
    (tmp_path / "bridge.txt").write_text("The stone bridge opened in 1932.\n", encoding="utf-8")
    (tmp_path / "bad.txt").write_text(f"{HOSTILE}\n", encoding="utf-8")
    made = make_assistant(tmp_path)
    made.build()
    return made


@pytest.fixture
def turns(assistant: Assistant) -> list[Exchange]:
    found: list[Exchange] = []
    questions = ("When was the stone bridge opened?", "Who composed the symphony?", "What of the zeppelin?")
    for number, question in enumerate(questions, start=1):
        asked(assistant, found, {"question": question, "number": number})
    return found


def saved(turns: list[Exchange]) -> list[Saved]:
    return [Saved(t.question, t.outcome, t.judged) for t in turns if isinstance(t.outcome, Reply)]


def test_what_is_saved_comes_back(turns: list[Exchange]) -> None:
    before = saved([replace(turns[0], judged={0: "up"}), *turns[1:]])
    after = from_file(to_file(before))
    assert [one.judged for one in after] == [{0: "up"}, {}, {}]
    for old, new in zip(before, after, strict=True):
        assert (new.question, new.reply.answers, new.reply.index) == (
            old.question, old.reply.answers, old.reply.index,
        )  # fmt: skip
        assert (new.reply.candidates, new.reply.read, new.reply.closest) == (
            old.reply.candidates, old.reply.read, old.reply.closest,
        )  # fmt: skip
        assert [use.hit.passage.text for use in new.reply.passages] == [
            use.hit.passage.text for use in old.reply.passages
        ]


def test_a_saved_conversation_is_shown_and_says_of_which_index_it_was_asked(
    assistant: Assistant, turns: list[Exchange]
) -> None:
    file = save(turns, {"format": "json"}, "en")["file"]
    assert file["name"].endswith(".json")
    again, said = reopen(assistant, {"name": "mine.json", "text": file["text"]}, "en")
    assert said["reopened"] == 3
    assert said["news"] == "Reopened: mine.json"
    generation = assistant.generation().id
    built = assistant.generation().manifest.built_at
    asked_of = f'<p class="reading" title="{generation}">Asked of the index of <time datetime="{built}">{built}</time>'
    assert f"{asked_of}, the one that serves now.</p>" in said["turns"]["1"]
    plain = drawn(turns, "en")["1"]
    assert plain.split("</h2>")[1] == said["turns"]["1"].split("</p>", 1)[1]  # all else is as it was
    (assistant.settings.seeds / "new.txt").write_text("New.\n")
    assistant.build()
    assert "Another serves now" in drawn(again, "en", assistant.generation().id)["1"]


def test_a_saved_conversation_is_verified(
    assistant: Assistant, turns: list[Exchange], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "saved.json"
    file.write_text(to_file(saved(turns)), encoding="utf-8")
    command = ["verify", str(file), "--seeds", str(assistant.settings.seeds)]
    assert main(command, encoder=BagEncoder(), reader=RuleReader()) == 0
    assert "proven" in capfd.readouterr().out
    (assistant.settings.seeds / "bridge.txt").write_text("Nothing.\n")
    assert main(command, encoder=BagEncoder(), reader=RuleReader()) == 1


def test_the_export_is_text_whatever_the_documents_say(turns: list[Exchange]) -> None:
    text = to_text(saved(turns), "en")
    assert text.startswith(
        "# Conversation\n\n## When was the stone bridge opened?\n\n> The stone bridge opened in **1932**"
    )
    assert "bridge.txt" in text
    assert "Asked of the index of " in text
    assert "\\<script\\>" in text
    assert re.findall(r"(?<!\\)(?:<|\]\()|\u202e", text) == []


def change(text: str, path: str, value: object) -> str:
    whole: Any = json.loads(text)
    at = whole
    *parents, last = [int(step) if step.isdigit() else step for step in path.split(".")]
    for step in parents:
        at = at[step]
    at[last] = value
    return json.dumps(whole)


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("sourcier", "x", "does not say"),
        ("version", 2, "version 2"),
        ("turns", {}, "no question"),
        ("turns", [], "no question"),
        ("turns", {"a": 1}, "no list"),
        ("turns.0.reply", 3, ""),
        ("turns.0.reply.answers.0.citations.0.start", 10_000, "do not fit its quote"),
        ("turns.0.reply.answers.0.citations.0.quote", "short", "do not fit its quote"),
        ("turns.0.reply.answers.0.citations.0.document", 5, "no text"),
        ("turns.0.reply.answers.0.citations.0.date", "![x](http://evil.example)", "no date"),
        ("turns.0.reply.answers.0.citations.0.date", "2024-03-01\n# x", "no date"),
        ("turns.0.reply.answers.0.citations.0.source_sha256", "<b>", "no SHA-256 digest"),
        ("turns.0.reply.answers.0.citations.0.text_sha256", "0" * 63, "no SHA-256 digest"),
        ("turns.0.reply.answers.0.citations.0.unit", "stale", "no part of a document"),
        ("turns.0.reply.answers.0.citations", [], "no citation"),
        ("turns.0.reply.answers.0.confidence", "high", "no number"),
        ("turns.0.reply.passages.0.end", 3, "not as long"),
        ("turns.0.reply.readings", "x", "no list"),
        ("turns.0.reply.support", [0.1, 0.2, 0.3], "how well supported"),
        ("turns.0.candidates", [[1]], ""),
        ("turns.0.reply.read", -1, "no count"),
        ("turns.0.language", None, "no text"),
    ],
)
def test_what_is_no_conversation_is_refused(
    assistant: Assistant, turns: list[Exchange], path: str, value: object, said: str
) -> None:
    text = change(to_file(saved(turns)), path, value)
    with pytest.raises(UsageError, match=f"bad.json is no conversation that Sourcier saved: .*{said}"):
        reopen(assistant, {"name": "bad.json", "text": text}, "en")


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "null", '{"sourcier": "conversation", "version": 1}', "[" * 100_000]
)
def test_other_files_are_refused(text: str) -> None:
    with pytest.raises(UsageError):
        from_file(text)


@pytest.mark.parametrize("date", ["", "1932", "2024-03", "2024-03-01", "2024-03-01T09:30:00+01:00"])
def test_a_date_that_tells_less_or_more_is_one(turns: list[Exchange], date: str) -> None:
    text = change(to_file(saved(turns)), "turns.0.reply.answers.0.citations.0.date", date)
    assert from_file(text)[0].reply.answers[0].citations[0].date == date


def test_the_date_and_the_digest_of_an_export_are_text(turns: list[Exchange]) -> None:
    [first, *_] = saved(turns)
    [answer, *_] = first.reply.answers
    cited = replace(answer.citations[0], date="![x](http://a)", source_sha256="<b>")
    shown = to_markdown(replace(answer, citations=(cited,)))
    assert r"!\[x\](http://a)" in shown
    assert r"\<b\>" in shown


def test_hostile_words_in_a_file_are_text(assistant: Assistant, turns: list[Exchange]) -> None:
    text = change(to_file(saved(turns)), "turns.0.question", "<img src=x onerror=alert(1)>")
    text = change(text, "turns.0.reply.answers.0.citations.0.title", "<b onclick=x>")
    text = change(text, "turns.0.reply.index.generation", "<i>")
    _, said = reopen(assistant, {"name": "x", "text": text}, "en")
    assert "<img" not in said["turns"]["1"]
    assert "<b onclick" not in said["turns"]["1"]
    assert "<i>" not in said["turns"]["1"]
    text = change(text, "turns.0.reply.index.built_at", "{x}\u202e<u>")
    text = change(text, "turns.0.reply.answers.0.citations.0.language", "x\u202e<s>")
    _, said = reopen(assistant, {"name": "x", "text": text}, "en")
    for odd in ("<u>", "<s>", "\u202e"):
        assert odd not in said["turns"]["1"]
    assert '<bdi data-language="x⟨U+202E⟩&lt;s&gt;">x⟨U+202E⟩&lt;s&gt;</bdi>' in said["turns"]["1"]


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "a.txt is no conversation that Sourcier saved: it is no JSON"),
        ("fr", "a.txt n’est pas une conversation enregistrée par Sourcier : ce n’est pas du JSON"),
        ("de", "a.txt ist keine von Sourcier gespeicherte Unterhaltung: die Datei ist kein JSON"),
        ("es", "a.txt no es una conversación guardada por Sourcier: no es JSON"),
    ],
)
def test_what_is_no_json_is_told_in_the_language_of_the_page(
    assistant: Assistant, language: str, said: str
) -> None:
    for text in ("", '{"sourcier": "conversation" "version": 1}', "# Notes"):
        with pytest.raises(UsageError) as error:
            reopen(assistant, {"name": "a.txt", "text": text}, language)
        assert str(error.value) == said


def test_nothing_to_save_is_said() -> None:
    with pytest.raises(UsageError, match="nothing to save"):
        save([], {"format": "json"}, "en")
