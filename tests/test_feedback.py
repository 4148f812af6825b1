"""What the user said of answers: a file that `sourcier evaluate` takes, and that holds nothing of a forgotten file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pagekit import RuleReader, make_assistant
from stubs import BagEncoder

from assistant.cli import main
from assistant.exchanges import Exchange, asked, judge, mark
from assistant.feedback import around, count, drop, feedback_file, named
from assistant.labelled import read_questions
from assistant.service import Assistant
from index.errors import StorageError, UsageError
from index.types import Span

QUESTION = "When did the stone bridge open?"
TEXT = "The ferry sank in 1900.\nThe stone bridge opened in 1932.\nIt is long.\n"


@pytest.fixture
def assistant(tmp_path: Path) -> Assistant:
    (tmp_path / "bridge.txt").write_text(TEXT, encoding="utf-8")
    (tmp_path / "sea.txt").write_text("Salt tastes of nothing else.\n", encoding="utf-8")
    made = make_assistant(tmp_path)
    made.build()
    return made


@pytest.fixture
def turns(assistant: Assistant) -> list[Exchange]:
    found: list[Exchange] = []
    asked(assistant, found, {"question": QUESTION, "number": 1})
    return found


def lines(assistant: Assistant) -> list[dict[str, Any]]:
    return [json.loads(line) for line in feedback_file(assistant.index).read_text("utf-8").splitlines()]


def selection(start: int, end: int) -> list[list[int]]:
    return [[0, start], [0, end]]


def test_a_thumb_up_is_a_labelled_question(assistant: Assistant, turns: list[Exchange]) -> None:
    said = judge(assistant, turns, {"number": 1, "answer": 0, "verdict": "up"}, "en")
    assert turns[0].judged == {0: "up"}
    assert said["judged"] == [1, 0, "up"]
    assert str(assistant.index.absolute() / "feedback.jsonl") in said["news"]
    [line] = lines(assistant)
    assert (line["question"], line["answerable"], line["document"]) == (QUESTION, True, "bridge.txt")
    assert line["context"] == TEXT
    [answer] = line["answers"]
    assert answer["text"] == "1932"
    assert line["context"][answer["start"] :].startswith("1932")
    [question] = read_questions(feedback_file(assistant.index))
    assert question.truths == ("1932",)


def test_a_thumb_is_changed_and_taken_back(assistant: Assistant, turns: list[Exchange]) -> None:
    judge(assistant, turns, {"number": 1, "answer": 0, "verdict": "up"}, "en")
    judge(assistant, turns, {"number": 1, "answer": 0, "verdict": "down"}, "en")
    [line] = lines(assistant)
    assert (line["answerable"], line["context"]) == (False, "The stone bridge opened in 1932.")
    assert turns[0].judged == {0: "down"}
    said = judge(assistant, turns, {"number": 1, "answer": 0, "verdict": ""}, "en")
    assert (turns[0].judged, lines(assistant), count(assistant.index)) == ({}, [], 0)
    assert said["news"].startswith("Taken back")


def test_the_right_answer_is_marked_and_outdoes_a_thumb_down(
    assistant: Assistant, turns: list[Exchange]
) -> None:
    judge(assistant, turns, {"number": 1, "answer": 0, "verdict": "down"}, "en")
    start = TEXT.index("in 1932")
    place = {"document": "bridge.txt", "sha256": assistant.document("bridge.txt").text_sha256}
    said = mark(assistant, turns, {**place, "number": 1, "selection": selection(start, start + 7)}, "en")
    assert QUESTION in said["marked"]
    [line] = lines(assistant)
    assert [one["text"] for one in line["answers"]] == ["in 1932"]
    assert (line["start"], line["end"]) == (start, start + 7)


def test_marking_wants_a_question_a_text_and_the_document_as_it_is(
    assistant: Assistant, turns: list[Exchange]
) -> None:
    good = {
        "document": "bridge.txt", "sha256": assistant.document("bridge.txt").text_sha256,
        "number": 1, "selection": selection(0, 4),
    }  # fmt: skip
    for wrong, said in (
        ({"number": 9}, "Ask a question first"),
        ({"selection": selection(3, 4)}, "Mark a text"),
        ({"sha256": "0"}, "has changed"),
    ):
        with pytest.raises(UsageError, match=said):
            mark(assistant, turns, {**good, **wrong}, "en")
    with pytest.raises(UsageError):
        judge(assistant, turns, {"number": 1, "answer": 7, "verdict": "up"}, "en")
    assert not feedback_file(assistant.index).exists()


def test_evaluate_takes_the_file(
    assistant: Assistant, turns: list[Exchange], capfd: pytest.CaptureFixture[str]
) -> None:
    judge(assistant, turns, {"number": 1, "answer": 0, "verdict": "up"}, "en")
    wrong = [asked(assistant, [], {"question": "When was the ferry salt long?", "number": 2})]
    place = {"document": "sea.txt", "sha256": assistant.document("sea.txt").text_sha256}
    mark(assistant, wrong, {**place, "number": 2, "selection": selection(0, 4)}, "en")
    for mode in ("reading", "open"):
        code = main(
            ["evaluate", str(feedback_file(assistant.index)), "--json", "--mode", mode],
            encoder=BagEncoder(), reader=RuleReader(),
        )  # fmt: skip
        found = json.loads(capfd.readouterr().out)
        assert code == 0
        assert found["records"] == found["answerable"] == 2


def test_nothing_of_a_forgotten_file_stays_and_foreign_lines_do(
    assistant: Assistant, turns: list[Exchange]
) -> None:
    judge(assistant, turns, {"number": 1, "answer": 0, "verdict": "up"}, "en")
    file = feedback_file(assistant.index)
    assistant.close()
    file.write_text("not json\n" + file.read_text("utf-8"), encoding="utf-8")
    code = main(
        ["forget", "bridge.txt", "--seeds", str(assistant.settings.seeds)],
        encoder=BagEncoder(), reader=RuleReader(),
    )  # fmt: skip
    assert code == 0
    assert file.read_text("utf-8") == "not json\n"
    drop(assistant.index, ["other.txt"])
    assert count(assistant.index) == 1


def forget(assistant: Assistant, name: str) -> int:
    arguments = ["forget", name, "--seeds", str(assistant.settings.seeds)]
    return main(arguments, encoder=BagEncoder(), reader=RuleReader())


def test_what_was_said_of_a_file_under_another_name_goes_with_it(
    assistant: Assistant, turns: list[Exchange]
) -> None:
    judge(assistant, turns, {"number": 1, "answer": 0, "verdict": "up"}, "en")
    seeds = assistant.settings.seeds
    (seeds / "bridge.txt").rename(seeds / "new.txt")
    assistant.build()
    assistant.close()
    assert forget(assistant, "new.txt") == 0
    assert feedback_file(assistant.index).read_text("utf-8") == ""


def test_a_file_that_is_deleted_and_only_judged_can_be_forgotten(
    assistant: Assistant, turns: list[Exchange]
) -> None:
    judge(assistant, turns, {"number": 1, "answer": 0, "verdict": "up"}, "en")
    (assistant.settings.seeds / "bridge.txt").unlink()
    assistant.build()
    assistant.close()
    assert named(assistant.index) == {"bridge.txt"}
    assert forget(assistant, "bridge.txt") == 0
    assert feedback_file(assistant.index).read_text("utf-8") == ""


def test_a_file_that_is_no_text_is_an_error_and_stays(assistant: Assistant, turns: list[Exchange]) -> None:
    feedback_file(assistant.index).write_bytes(b"\xff\xfe\n")
    with pytest.raises(StorageError, match="not UTF-8"):
        judge(assistant, turns, {"number": 1, "answer": 0, "verdict": "up"}, "en")
    assert feedback_file(assistant.index).read_bytes() == b"\xff\xfe\n"


@settings(deadline=None)
@given(st.text(alphabet="ab\n", max_size=4000), st.data())
def test_what_stands_around_holds_the_place_and_has_an_end(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    found = around(text, Span(start, end))
    assert 0 <= found.start <= start <= end <= found.end <= len(text)
    assert start - found.start <= 1500
    assert found.end - end <= 1500
