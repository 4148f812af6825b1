"""What overlaps on the page: a thumb while another question is read, a file reopened, a document that changes."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from pagekit import OpenPage, RuleReader, ask, seeded
from playwright.sync_api import Browser, Page, expect
from test_conversation_page import save

from assistant.service import Assistant
from assistant.types import Candidate
from index.types import Hit

pytestmark = [pytest.mark.browser, pytest.mark.slow]
QUESTION = "When was the stone bridge opened?"
OTHER = "What did the market bread cost?"
BRIDGE = "The stone bridge opened in 1932.\n"


class Gate(RuleReader):
    """Reads only while `go` is set."""

    def __init__(self) -> None:
        self.go, self.inside = threading.Event(), threading.Event()
        self.go.set()

    def read(self, question: str, language: str, hits: Sequence[Hit]) -> list[Candidate]:
        self.inside.set()
        assert self.go.wait(30)
        return super().read(question, language, hits)


@pytest.fixture
def gate() -> Iterator[Gate]:
    made = Gate()
    yield made
    made.go.set()


@pytest.fixture
def served(tmp_path: Path, gate: Gate) -> Assistant:
    long = "".join(f"Line {n} of the long tale goes on and on without an end.\n" for n in range(3000))
    made = seeded(
        tmp_path / "seeds",
        {"bridge.txt": BRIDGE, "bread.txt": "The market bread cost 3 francs.\n", "long.txt": long},
    )
    made._reader = gate
    return made


def hold(page: Page, gate: Gate, question: str) -> None:
    """Ask, and wait until it is being read."""
    gate.go.clear()
    gate.inside.clear()
    page.fill("#question", question)
    page.press("#question", "Enter")
    while not gate.inside.is_set():
        page.wait_for_timeout(20)


def turns(file: Path) -> list[tuple[str, dict[str, str]]]:
    return [(turn["question"], turn["judged"]) for turn in json.loads(file.read_text())["turns"]]


def test_a_thumb_pressed_while_another_question_is_read_is_kept(
    open_page: OpenPage, gate: Gate, tmp_path: Path
) -> None:
    page = open_page()
    ask(page, QUESTION)
    hold(page, gate, OTHER)
    page.locator("#turn-1 .thumb.up").click()
    expect(page.locator("#turn-1 .thumb.up")).to_have_attribute("aria-pressed", "true")
    gate.go.set()
    expect(page.locator("#turn-2:not(.pending)")).to_be_visible()
    assert turns(save(page, "Save", tmp_path)) == [(QUESTION, {"0": "up"}), (OTHER, {})]


def test_what_was_started_over_is_not_saved_while_the_next_is_read(open_page: OpenPage, gate: Gate) -> None:
    page = open_page()
    ask(page, QUESTION)
    page.click("#start-over")
    hold(page, gate, OTHER)
    page.click("#conversation summary")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("#toast")).to_contain_text("nothing to save")


def test_a_question_asked_while_a_file_is_reopened_goes_back_into_its_box(
    open_page: OpenPage, gate: Gate, tmp_path: Path
) -> None:
    page = open_page()
    ask(page, QUESTION)
    file = save(page, "Save", tmp_path)
    gate.go.clear()
    page.evaluate(
        """other => {  // as fast as nobody can: the question is on its way before the file is back
          document.querySelector("#reopen-file").addEventListener("change", () => {
            const box = document.querySelector("#question");
            box.value = other;
            setTimeout(() => document.querySelector("#composer").requestSubmit(), 0);
          });
        }""",
        OTHER,
    )
    page.set_input_files("#reopen-file", file)
    expect(page.locator("#turn-1 .facts").first).to_be_visible()
    expect(page.locator(".turn.pending")).to_have_count(0)
    expect(page.locator("#question")).to_have_value(OTHER)
    gate.go.set()
    page.wait_for_timeout(300)
    assert turns(save(page, "Save", tmp_path)) == [(QUESTION, {})]
    ask(page, OTHER)  # and can be asked


def test_starting_over_takes_back_what_is_being_read(open_page: OpenPage, gate: Gate) -> None:
    page = open_page()
    ask(page, QUESTION)
    hold(page, gate, OTHER)
    page.click("#start-over")
    expect(page.locator(".turn")).to_have_count(0)
    expect(page.locator("#question")).to_have_value(OTHER)
    gate.go.set()
    ask(page, OTHER)
    expect(page.locator(".turn")).to_have_count(1)


def test_a_file_is_reopened_while_a_question_is_read(open_page: OpenPage, gate: Gate, tmp_path: Path) -> None:
    page = open_page()
    ask(page, QUESTION)
    file = save(page, "Save", tmp_path)
    page.click("#start-over")
    hold(page, gate, OTHER)
    page.set_input_files("#reopen-file", file)
    expect(page.locator(".turn .question")).to_contain_text([QUESTION])
    expect(page.locator("#question")).to_have_value(OTHER)
    gate.go.set()
    page.wait_for_timeout(300)
    assert turns(save(page, "Save", tmp_path)) == [(QUESTION, {})]


def test_a_question_on_its_way_is_in_the_box_when_the_page_is_loaded_again(
    browser: Browser, url: str, gate: Gate
) -> None:
    page = browser.new_page()  # unwatched: Gradio says in the console that its connection broke off
    page.goto(url)
    page.wait_for_selector("body.started")
    hold(page, gate, OTHER)
    page.reload()
    expect(page.locator("#question")).to_have_value(OTHER)
    gate.go.set()
    ask(page, QUESTION)
    page.reload()
    expect(page.locator(".turn .question")).to_contain_text([QUESTION])
    expect(page.locator("#question")).to_have_value("")
    page.close()


def test_no_link_is_made_of_what_is_not_the_quote(open_page: OpenPage, served: Assistant) -> None:
    page = open_page()
    turn = ask(page, QUESTION)
    turn.locator(".cite").first.click()
    expect(page.locator("#viewer-text mark.span")).to_be_visible()
    link = page.url
    assert "text=The+stone+bridge" in link
    page.click("#viewer-close")
    (served.settings.seeds / "bridge.txt").write_text("A wholly new first line.\n" + BRIDGE)
    served.build()
    turn.locator(".cite").first.click()
    expect(page.locator("#viewer-notice")).to_contain_text("changed")
    assert "#" not in page.url
    page.goto(link)  # in the page that is open
    expect(page.locator("#viewer-text mark.quote").first).to_have_text("The stone bridge opened in 1932.")
    (served.settings.seeds / "bridge.txt").write_text("Nothing of it is left.\n")
    served.build()
    for _ in range(2):  # the link stays what it was
        page.goto(link)
        page.reload()
        expect(page.locator("#viewer-notice")).to_contain_text("no longer in it")
        assert page.url == link


def test_later_text_comes_once_and_of_one_version_alone(open_page: OpenPage, served: Assistant) -> None:
    page = open_page()
    page.click("[data-tab=sources]")
    page.get_by_role("button", name="long.txt", exact=True).click()
    page.locator("#viewer-later").dblclick()
    ats = "[...document.querySelectorAll('#viewer-text [data-at]')].map((one) => one.dataset.at)"
    page.wait_for_function(f"{ats}.length > 1")
    page.wait_for_timeout(300)
    assert page.evaluate(ats) == ["0", "14000"]
    file = served.settings.seeds / "long.txt"
    file.write_text("New.\n" + file.read_text())
    served.build()
    page.click("#viewer-later")
    expect(page.locator("#viewer-notice")).to_contain_text("has changed since it was opened")
    assert page.evaluate(ats) == ["0", "14000"]


def test_escape_and_letters_leave_what_is_being_written(open_page: OpenPage) -> None:
    page = open_page()
    ask(page, QUESTION).locator(".cite").first.click()
    expect(page.locator("#viewer-text mark.span")).to_be_visible()
    page.fill("#question", "half a question")
    page.press("#question", "Escape")
    expect(page.locator("#viewer-text mark.span")).to_be_visible()
    address = page.url
    page.click("[data-tab=sources]")
    page.locator("#sources-filter").press("Escape")
    page.locator("body").press("n")
    assert page.url == address
    page.click("[data-tab=ask]")
    expect(page.locator("#question")).to_have_value("half a question")
