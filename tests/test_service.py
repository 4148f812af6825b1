"""The assistant as a whole, over real folders, with the bag-of-words encoder."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from stub_reader import WordReader
from stubs import BagEncoder

from assistant.reader import Calibration, SentenceReader
from assistant.service import Assistant
from assistant.settings import Settings
from assistant.types import Turn
from index.errors import IndexMismatch, IndexMissing, UsageError

FERRY = "The ferry to Ouessant costs nine euros.\n\nIt leaves the harbour at noon.\n"
BAKERY = "La boulangerie ouvre à six heures.\n\nElle ferme le lundi.\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "ferry.txt").write_text(FERRY, encoding="utf-8")
    (tmp_path / "boulangerie.md").write_text(BAKERY, encoding="utf-8")
    return tmp_path


def assistant(folder: Path, encoder: BagEncoder | None = None, threshold: float = 0.5) -> Assistant:
    encoder = encoder or BagEncoder()
    settings = Settings(seeds=folder, threshold=threshold)
    return Assistant(settings, encoder, SentenceReader(encoder, Calibration(-2.0, {"lift": 6.0})))


def test_an_answer_is_the_sources_own_words(folder: Path) -> None:
    one = assistant(folder)
    one.build()
    reply = one.ask("What does the ferry to Ouessant cost?")
    [answer] = reply.answers
    [citation] = answer.citations
    assert reply.status == "answered"
    assert answer.text == citation.quote == "The ferry to Ouessant costs nine euros."
    assert FERRY[citation.start : citation.end] == answer.text
    assert (citation.document, citation.number, citation.language) == ("ferry.txt", 1, "en")
    assert reply.language == "en"
    assert (reply.index.documents, reply.index.model) == (2, "bag")
    assert set(reply.timings_ms) == {"open", "encode", "search", "read", "compose"}


def test_a_question_without_an_answer_is_refused_in_its_language(folder: Path) -> None:
    one = assistant(folder)
    one.build()
    reply = one.ask("Pourquoi les volcans grondent-ils ?")
    assert (reply.status, reply.answers) == ("refused", ())
    assert reply.reason.startswith("Les sources")
    assert [use.used for use in reply.passages] == [False] * len(reply.passages)
    assert len(reply.passages) >= 2


def test_what_is_near_but_not_sure_is_shown_as_the_closest_statement(folder: Path) -> None:
    one = assistant(folder, threshold=0.99)
    one.build()
    reply = one.ask("What does the ferry to Ouessant cost?")
    assert (reply.status, reply.answers, reply.refusal) == ("refused", (), "uncertain")
    assert reply.closest is not None
    assert reply.closest.text == "The ferry to Ouessant costs nine euros."
    assert not any(use.used for use in reply.passages)


def test_sources_that_contradict_each_other_are_both_quoted_and_said_to(folder: Path) -> None:
    (folder / "other.txt").write_text("The ferry to Ouessant costs 11 euros.\n", encoding="utf-8")
    (folder / "ferry.txt").write_text("The ferry to Ouessant costs 9 euros.\n", encoding="utf-8")
    encoder = BagEncoder()
    one = Assistant(Settings(seeds=folder, threshold=0.5), encoder, WordReader())
    one.build()
    reply = one.ask("How many euros does the ferry to Ouessant cost?")
    assert sorted(answer.text for answer in reply.answers) == ["11 euros", "9 euros"]
    assert reply.disagreement == (1, 2)
    listed = one.ask("Which euros does the ferry to Ouessant cost?")
    assert len(listed.answers) == 2
    assert (listed.several, listed.disagreement) == (True, ())


def test_without_an_index_it_says_how_to_get_one(folder: Path) -> None:
    one = assistant(folder)
    with pytest.raises(IndexMissing, match="sourcier index"):
        one.ask("Who?")
    status = one.status()
    assert status.index is None
    assert "sourcier index" in status.problem
    assert status.changes.added == ("boulangerie.md", "ferry.txt")


def test_a_change_is_seen_and_the_old_index_serves_until_the_rebuild(folder: Path) -> None:
    one = assistant(folder)
    one.build()
    (folder / "ferry.txt").write_text(FERRY.replace("nine", "eleven"), encoding="utf-8")
    (folder / "boulangerie.md").unlink()
    (folder / "new.txt").write_text("A new source speaks of tides.", encoding="utf-8")
    changes = one.status().changes
    assert (changes.added, changes.changed, changes.removed) == (
        ("new.txt",),
        ("ferry.txt",),
        ("boulangerie.md",),
    )
    assert "nine" in one.ask("What does the ferry to Ouessant cost?").answers[0].text
    report = one.build()
    assert (report.documents, report.removed) == (2, 1)
    assert "eleven" in one.ask("What does the ferry to Ouessant cost?").answers[0].text
    assert not one.status().changes


def test_an_index_of_another_model_is_refused_with_the_command(folder: Path) -> None:
    assistant(folder, BagEncoder("bag@1")).build()
    other = assistant(folder, BagEncoder("bag@2"))
    with pytest.raises(IndexMismatch, match="sourcier index"):
        other.ask("What does the ferry cost?")
    assert "sourcier index" in other.status().problem
    other.build()
    assert other.ask("What does the ferry to Ouessant cost?").status == "answered"


def test_a_question_that_cannot_be_asked_is_refused_before_any_work(folder: Path) -> None:
    with pytest.raises(UsageError, match="is empty"):
        assistant(folder).ask("  ")


def test_a_leaning_question_is_read_with_the_last_one(folder: Path) -> None:
    one = assistant(folder, threshold=0.38)
    one.build()
    assert one.ask("And when?").status == "refused"
    reply = one.ask("And when?", [Turn("When does the ferry leave the harbour at noon?", "")])
    assert reply.readings[0] == "When does the ferry leave the harbour at noon?"
    assert "And when?" in reply.readings[1:]
    assert reply.question == "And when?"
    assert reply.answers[0].text == "It leaves the harbour at noon."


def test_questions_are_answered_while_the_index_is_rebuilt(folder: Path) -> None:
    class SlowEncoder(BagEncoder):
        def __init__(self) -> None:
            super().__init__()
            self.started, self.go = threading.Event(), threading.Event()
            self.slow = False

        def encode_passages(self, texts):  # type: ignore[no-untyped-def]
            if self.slow and any("tides" in text for text in texts):
                self.started.set()
                assert self.go.wait(10)
            return super().encode_passages(texts)

    encoder = SlowEncoder()
    one = assistant(folder, encoder)
    one.build()
    first = one.ask("What does the ferry to Ouessant cost?").index.generation
    encoder.slow = True
    (folder / "new.txt").write_text("A new source speaks of tides.", encoding="utf-8")
    build = threading.Thread(target=one.build)
    build.start()
    try:
        assert encoder.started.wait(10)
        assert one.ask("What does the ferry to Ouessant cost?").index.generation == first
    finally:
        encoder.go.set()
        build.join(10)
    assert one.ask("What does the ferry to Ouessant cost?").index.generation != first


def test_many_threads_may_ask_at_once(folder: Path) -> None:
    one = assistant(folder)
    one.build()
    texts: list[str] = []

    def ask() -> None:
        texts.extend(one.ask("What does the ferry to Ouessant cost?").answers[0].text for _ in range(5))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert texts == ["The ferry to Ouessant costs nine euros."] * 40


def test_warming_up_loads_what_a_question_needs_and_minds_no_missing_index(folder: Path) -> None:
    one = assistant(folder)
    one.warm()
    stub = one.encoder
    assert isinstance(stub, BagEncoder)
    assert stub.encoded == 0
    one.build()
    before = stub.encoded
    one.warm()
    assert stub.encoded > before  # the reader has met the sentences
