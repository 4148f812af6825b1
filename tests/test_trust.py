"""Trust one can see, in the browser: why this answer, why not that sentence, thumbs, and the right answer marked."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from pagekit import OpenPage, RuleReader, ask, no_sideways_scroll, select, shot
from playwright.sync_api import expect
from stubs import BagEncoder

from assistant.feedback import feedback_file
from assistant.service import Assistant
from assistant.settings import Settings

pytestmark = [pytest.mark.browser, pytest.mark.slow]
QUESTION = "When was the stone bridge opened?"
TEXT = "Ein Vorwort \u202e.\r\nThe stone bridge opened in 1932.\r\nNobody was glad of it.\r\n"


@pytest.fixture
def served(tmp_path: Path) -> Assistant:
    seeds = tmp_path / "seeds"
    seeds.mkdir()
    (seeds / "bridge.txt").write_bytes(TEXT.encode())
    for n in range(12):
        (seeds / f"rain {n}.txt").write_text(f"Rain fell on the bridge of town {n}.\n", encoding="utf-8")
    settings = Settings(seeds=seeds, port=0, candidates=6, read=3)
    assistant = Assistant(settings, BagEncoder(), RuleReader())
    assistant.build()
    return assistant


def test_why_this_answer(open_page: OpenPage) -> None:
    turn = ask(open_page(), QUESTION)
    panel = turn.locator("details.passages")
    expect(panel.locator("summary")).to_have_text("Why this answer? 6 passages found, 1 used")
    panel.locator("summary").click()
    expect(panel.locator(".readings")).to_have_text("The question was taken as it stands.")
    used, second = panel.locator("li").first, panel.locator("li").nth(1)
    expect(used.locator(".facts")).to_contain_text(
        re.compile(r"used.*meaning \d.*reader 75 %.*in common: stone")
    )
    assert used.locator("p mark").all_inner_texts() == ["stone", "bridge", "opened"]
    expect(second.locator(".state")).to_have_text("not used")
    expect(panel.locator("li").nth(4).locator(".state")).to_have_text("not read")


def test_how_a_follow_up_was_read(open_page: OpenPage) -> None:
    page = open_page()
    ask(page, "Who built the stone bridge of Avalon?")
    turn = ask(page, "When was it opened?")
    turn.locator("details.passages summary").click()
    expect(turn.locator(".readings")).to_contain_text(re.compile(r"Read as: .*\(support \d+ %\)"))
    expect(turn.locator(".readings")).to_contain_text("Also tried:")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            "Nobody was glad",
            "It was read and found too unsure: 0 %, where 30 % are asked for. Its passage ranked 1 of 6.",
        ),
        ("bridge opened in 1932", "It was used: an answer is quoted from here, with a confidence of 75 %."),
    ],
)
def test_why_not_this_sentence(open_page: OpenPage, words: str, said: str) -> None:
    page = open_page()
    ask(page, QUESTION).locator(".cite").first.click()
    expect(page.locator("mark.quote").first).to_be_visible()
    if words.startswith("bridge"):
        page.locator("#viewer-text mark").first.select_text()
    else:
        select(page, words)
    page.click("#mark-why")
    expect(page.locator("#marking-said")).to_contain_text(f"For “{QUESTION}”")
    expect(page.locator("#marking-said")).to_contain_text(said)
    page.click("#mark-close")
    expect(page.locator("#marking")).to_be_hidden()


def test_why_not_a_passage_that_was_not_read(open_page: OpenPage) -> None:
    page = open_page()
    turn = ask(page, QUESTION)
    turn.locator("details.passages summary").click()
    turn.locator("li .hit").last.click()
    expect(page.locator("#viewer-title")).to_have_text(re.compile("rain"))
    select(page, "Rain fell")
    page.click("#mark-why")
    expect(page.locator("#marking-said")).to_contain_text(
        "at rank 6 of 6, but not read: only the best 3 are."
    )


def test_marking_without_a_question_says_so(open_page: OpenPage, url: str) -> None:
    page = open_page(f"{url}#doc=bridge.txt&start=0&end=4&sha256=0&text=glad")
    expect(page.locator("#viewer-text")).to_contain_text("Nobody was glad")
    select(page, "Nobody was")
    page.click("#mark-why")
    expect(page.locator("#marking-said")).to_contain_text("Ask a question first")


def test_thumbs_and_the_right_answer_are_kept(open_page: OpenPage, served: Assistant) -> None:
    page = open_page()
    turn = ask(page, QUESTION)
    up, down = turn.locator(".thumb.up"), turn.locator(".thumb.down")
    up.click()
    expect(up).to_have_attribute("aria-pressed", "true")
    expect(page.locator("#toast")).to_contain_text("feedback.jsonl")
    down.click()
    expect(down).to_have_attribute("aria-pressed", "true")
    expect(up).to_have_attribute("aria-pressed", "false")
    page.get_by_role("button", name="Français").click()
    # drawn anew, and still known
    expect(page.locator(".thumb.down")).to_have_attribute("aria-pressed", "true")
    page.get_by_role("button", name="English").click()
    expect(page.locator(".thumb.down")).to_have_attribute("title", re.compile("Wrong"))
    page.locator(".cite").first.click()
    select(page, "glad of it")
    page.click("#mark-right")
    expect(page.locator("#marking-said")).to_contain_text(f"Noted as the right answer to “{QUESTION}”")
    lines = [json.loads(line) for line in feedback_file(served.index).read_text("utf-8").splitlines()]
    assert [(line["answerable"], line["start"]) for line in lines] == [
        (False, TEXT.index("The stone")),
        (True, TEXT.index("glad")),
    ]
    page.locator(".thumb.down").click()
    expect(page.locator(".thumb.down")).to_have_attribute("aria-pressed", "false")
    assert len(feedback_file(served.index).read_text("utf-8").splitlines()) == 1


@pytest.mark.parametrize("width", [1280, 375])
def test_nothing_runs_out_of_the_page(open_page: OpenPage, width: int) -> None:
    page = open_page(width=width)
    turn = ask(page, QUESTION)
    turn.locator("details.passages summary").click()
    assert no_sideways_scroll(page)
    shot(page, f"why-{width}")
    turn.locator(".cite").first.click()
    select(page, "Nobody was glad")
    page.click("#mark-why")
    expect(page.locator("#marking-said")).to_contain_text("too unsure")
    assert no_sideways_scroll(page)
    shot(page, f"why-not-{width}")
