"""How a follow-up was read: shown, changed by one click, or undone by another."""

from __future__ import annotations

from pathlib import Path

import pytest
from pagekit import OpenPage, ask, no_sideways_scroll, seeded, shot
from playwright.sync_api import Locator, Page, expect

from assistant.exchanges import Exchange, asked
from assistant.service import Assistant
from assistant.types import Reply

pytestmark = [pytest.mark.browser, pytest.mark.slow]
FIRST = "Where is the market bread?"
ASKED = "And when was it baked?"
READING = "When was the market bread baked?"


@pytest.fixture
def served(tmp_path: Path) -> Assistant:
    files = {
        "bread.txt": "The market bread is at stall 3.\nThe market bread was baked in 1904.\n",
        "tiles.txt": "The tiles were baked in 1811.\n",
    }
    return seeded(tmp_path / "seeds", files)


def follow_up(page: Page) -> Locator:
    ask(page, FIRST)
    turn = ask(page, ASKED)
    expect(turn.locator(".reading")).to_have_text(f"Read as: {READING}")
    return turn


def test_one_click_puts_the_reading_into_the_box(open_page: OpenPage) -> None:
    page = open_page()
    turn = follow_up(page)
    page.fill("#question", "half a question")
    turn.get_by_role("button", name=f"Edit: {READING}").click()
    expect(page.locator("#question")).to_have_value(READING)
    expect(page.locator("#question")).to_be_focused()
    page.keyboard.press("Control+z")
    expect(page.locator("#question")).to_have_value("half a question")


def test_one_click_asks_it_without_what_came_before(open_page: OpenPage) -> None:
    page = open_page()
    follow_up(page).get_by_role("button", name=f"Ask as it stands: {ASKED}").click()
    turn = page.locator("#turn-3:not(.pending)")
    expect(turn.locator(".question")).to_contain_text(ASKED)
    expect(turn.locator(".reading")).to_have_count(0)
    turn.locator("summary").click()
    expect(turn.locator(".readings")).to_have_text("The question was taken as it stands.")


@pytest.mark.parametrize(
    ("locale", "edit", "alone"),
    [
        ("fr-FR", "Modifier", "Poser telle quelle"),
        ("de-DE", "Bearbeiten", "So stellen, wie sie dasteht"),
        ("es-ES", "Editar", "Preguntar tal cual"),
    ],
)
def test_the_buttons_fit_a_phone_in_each_language(
    open_page: OpenPage, locale: str, edit: str, alone: str
) -> None:
    page = open_page(locale=locale, width=375)
    ask(page, FIRST)
    turn = ask(page, ASKED)
    expect(turn.locator(".read button")).to_have_text([edit, alone])
    assert no_sideways_scroll(page)
    shot(page, f"reading-{locale}")


def test_a_question_asked_alone_is_one_of_the_conversation(served: Assistant) -> None:
    turns: list[Exchange] = []
    for number, question in enumerate((FIRST, ASKED, ASKED), start=1):
        asked(served, turns, {"number": number, "question": question, "alone": number == 3})
    outcomes = [turn.outcome for turn in turns if isinstance(turn.outcome, Reply)]
    assert [one.readings[0] for one in outcomes] == [FIRST, READING, ASKED]
