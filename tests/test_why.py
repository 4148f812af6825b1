"""Why this answer, and why not that sentence: each state of a place, and the words that the search compares."""

from __future__ import annotations

from pathlib import Path

import pytest
from pagekit import RuleReader
from stubs import BagEncoder

from assistant.cli import main
from assistant.service import Assistant
from assistant.settings import Settings
from assistant.types import Candidate, Reply
from assistant.why import WhyNot, matched, weigh, why_not
from assistant.whyview import sentence, why_text
from index.types import Span

QUESTION = "When was the stone bridge opened?"


def marked(question: str, language: str, text: str, written: str) -> list[str]:
    return [text[span.start : span.end] for span in matched(question, language, text, written)]


@pytest.mark.parametrize(
    ("question", "language", "text", "written", "found"),
    [
        pytest.param(
            "Which bridges opened?", "en", "The bridge is open.", "en", ["bridge", "open"], id="stems"
        ),
        pytest.param(
            "Le prix du pain ?", "fr", "L’été, le pain a son prix.", "fr", ["pain", "prix"], id="elided"
        ),
        pytest.param(
            "What is Current AI?", "en", "Current AI reçoit tout.", "fr", ["Current", "AI"], id="names"
        ),
        pytest.param("Who paid 1 200 euros?", "en", "1,200 euros", "en", ["1,200", "euros"], id="numbers"),
        pytest.param("東京タワー", "ja", "東京は大きい", "ja", ["東京"], id="pairs"),
        pytest.param("Who is it?", "en", "Who it is.", "en", [], id="function words"),
    ],
)
def test_matched_words_stand_where_they_stand(
    question: str, language: str, text: str, written: str, found: list[str]
) -> None:
    assert marked(question, language, text, written) == found


@pytest.fixture
def assistant(tmp_path: Path) -> Assistant:
    (tmp_path / "bridge.txt").write_text("The stone bridge opened in 1932.\nIt is long.\n", encoding="utf-8")
    for n in range(40):
        (tmp_path / f"rain-{n}.txt").write_text(f"Rain fell on the bridge of town {n}.\n", encoding="utf-8")
    (tmp_path / "sea.txt").write_text("Salt tastes of nothing else.\n", encoding="utf-8")
    settings = Settings(seeds=tmp_path, candidates=6, read=3, threshold=0.5)
    made = Assistant(settings, BagEncoder(), RuleReader())
    made.build()
    return made


def test_a_weighed_passage_has_the_readers_confidence_if_it_was_read(assistant: Assistant) -> None:
    reply = assistant.ask(QUESTION)
    first, second, third, fourth, *_ = weigh(reply)
    assert (reply.read, len(reply.passages)) == (3, 6)
    assert first.confidence == reply.answers[0].confidence == 0.75
    assert first.words == ("stone", "bridge", "opened")
    assert second.confidence == third.confidence == 0.25
    assert fourth.confidence is None
    assert reply.support == (0.75,)


def ask_why(assistant: Assistant, reply: Reply, document: str, start: int = 0, end: int = 10) -> WhyNot:
    return assistant.why_not(reply, document, Span(start, end))


def test_each_state_of_a_place(assistant: Assistant) -> None:
    reply = assistant.ask(QUESTION)
    ranks = {use.hit.rank: use.hit.passage.document for use in reply.passages}
    used = ask_why(assistant, reply, "bridge.txt")
    assert (used.state, used.rank, used.confidence) == ("used", 1, 0.75)
    unsure = ask_why(assistant, reply, "bridge.txt", 34, 40)
    assert (unsure.state, unsure.rank, unsure.confidence, unsure.threshold) == ("unsure", 1, 0.0, 0.5)
    unread = ask_why(assistant, reply, ranks[4])
    assert (unread.state, unread.rank, unread.confidence, unread.read) == ("unread", 4, None, 3)
    others = {f"rain-{n}.txt" for n in range(40)} - set(ranks.values())
    below = [ask_why(assistant, reply, name) for name in sorted(others)]
    assert {one.state for one in below} == {"unretrieved"}
    assert sorted(one.rank or 0 for one in below) == list(range(7, 7 + len(others)))


def test_what_is_sure_and_not_shown_what_is_no_sentence_and_what_is_far(assistant: Assistant) -> None:
    reply = assistant.ask(QUESTION)
    hits = [use.hit for use in reply.passages]
    place = Span(0, 10)
    document = hits[1].passage.document
    sure = Candidate(document, place, place, 0.8, 2)
    changed = Reply(**{**fields(reply), "candidates": (sure,)})
    assert why_not(changed, hits, document, place, 0.5).state == "surplus"
    assert why_not(changed, hits, "bridge.txt", place, 0.5).state == "no_sentence"
    far = why_not(reply, hits, "sea.txt", place, 0.5)
    assert (far.state, far.rank, far.ranked) == ("far", None, 6)


def fields(reply: Reply) -> dict[str, object]:
    return {name: getattr(reply, name) for name in Reply.__dataclass_fields__}


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ("used", "an answer is quoted from here, with a confidence of 40 %. Its passage ranked 2."),
        ("unsure", "too unsure: 40 %, where 50 % are asked for. Its passage ranked 2 of 20."),
        ("unread", "at rank 2 of 20, but not read: only the best 5 are."),
        ("unretrieved", "it ranks 2 for this question, and the best 20 are taken."),
        ("far", "not among the 150 that come nearest"),
        ("surplus", "more answers were found than are shown"),
        ("no_sentence", "a heading or a single word"),
    ],
)
def test_a_state_in_words(state: str, said: str) -> None:
    assert said in sentence(WhyNot(state, 2, 0.4, 0.5, 5, 20, 150), "en")
    assert sentence(WhyNot(state, 2, 0.4, 0.5, 5, 20, 150), "fr")


def test_why_in_the_terminal(assistant: Assistant, capfd: pytest.CaptureFixture[str]) -> None:
    seeds = str(assistant.settings.seeds)
    code = main(["ask", QUESTION, "--why", "--seeds", seeds], encoder=BagEncoder(), reader=RuleReader())
    out = capfd.readouterr().out
    assert code == 0
    assert "Why this answer?\n  The question was taken as it stands.\n    1. bridge.txt, 0-" in out
    assert "words in common: stone, bridge, opened" in out
    assert "reader 75 %" in out


def test_readings_are_listed_with_their_support() -> None:
    reply = Reply(
        "Why?",
        ("Why did it open?", "Why?"),
        "refused",
        "-",
        (),
        (),
        None,
        "en",
        support=(0.8, 0.1),  # type: ignore[arg-type]
    )
    lines = why_text(reply, "en").split("\n")
    assert lines[1:] == [
        "  Read as: Why did it open? (support 80 %)",
        "  Also tried: Why? (support 10 %)",
    ]
