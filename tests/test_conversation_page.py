"""A conversation in the browser: saved, reopened, exported, started over, and nobody else's."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from pagekit import OpenPage, ask, no_sideways_scroll, seeded, shot
from playwright.sync_api import Browser, Page, expect

from assistant.exchanges import KEPT
from assistant.service import Assistant

pytestmark = [pytest.mark.browser, pytest.mark.slow]
QUESTION = "When was the stone bridge opened?"
OTHER = "What did the market bread cost?"


@pytest.fixture
def served(tmp_path: Path) -> Assistant:
    files = {
        "bridge.txt": "The stone bridge opened in 1932.\n",
        "bread.txt": "The market bread cost 3 francs.\n",
    }
    return seeded(tmp_path / "seeds", files)


def save(page: Page, button: str, folder: Path) -> Path:
    page.click("#conversation summary")
    with page.expect_download() as download:
        page.get_by_role("button", name=button, exact=True).click()
    file = folder / download.value.suggested_filename
    download.value.save_as(file)
    return file


def reopen(page: Page, file: Path) -> None:
    page.click("#conversation summary")
    with page.expect_file_chooser() as chooser:
        page.click("#reopen")
    chooser.value.set_files([file])


def test_saved_started_over_and_reopened(open_page: OpenPage, served: Assistant, tmp_path: Path) -> None:
    page = open_page()
    ask(page, QUESTION).locator(".thumb.up").click()
    expect(page.locator(".thumb.up")).to_have_attribute("aria-pressed", "true")
    ask(page, OTHER)
    file = save(page, "Save", tmp_path)
    assert file.suffix == ".json"
    assert [turn["question"] for turn in json.loads(file.read_text())["turns"]] == [QUESTION, OTHER]
    page.click("#start-over")
    expect(page.locator(".turn")).to_have_count(0)
    page.click("#conversation summary")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("#toast")).to_contain_text("nothing to save")  # what was cleared is cleared
    (served.settings.seeds / "new.txt").write_text("New.\n")
    served.build()
    other = open_page()  # another day, another browser
    reopen(other, file)
    expect(other.locator(".turn")).to_have_count(2)
    expect(other.locator("#turn-1 blockquote mark")).to_have_text("1932")
    expect(other.locator("#turn-1 .reading").first).to_contain_text("Another serves now: ask again")
    expect(other.locator("#turn-1 .thumb.up")).to_have_attribute("aria-pressed", "true")
    other.locator("#turn-1 .cite").click()
    expect(other.locator(".viewer mark.span")).to_have_text("1932")
    expect(ask(other, "And when was the bridge opened?")).to_have_attribute("id", "turn-3")
    expect(page.locator(".turn")).to_have_count(0)


def test_exported_as_markdown(open_page: OpenPage, tmp_path: Path) -> None:
    page = open_page()
    ask(page, QUESTION)
    text = save(page, "Save as Markdown", tmp_path).read_text()
    assert text.startswith(f"# Conversation\n\n## {QUESTION}\n\n> The stone bridge opened in **1932**.")
    assert "bridge.txt" in text
    assert "SHA-256" in text


def test_nothing_to_save_and_a_file_that_is_none(open_page: OpenPage, tmp_path: Path) -> None:
    page = open_page()
    page.click("#conversation summary")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("#toast")).to_contain_text("nothing to save")
    (tmp_path / "no.json").write_text('{"a": 1}')
    reopen(page, tmp_path / "no.json")
    expect(page.locator("#toast")).to_contain_text("no.json is no conversation that Sourcier saved")


def test_the_menu_by_keyboard(open_page: OpenPage) -> None:
    page = open_page()
    page.focus("#conversation summary")
    page.keyboard.press("Enter")
    expect(page.locator("#reopen")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#reopen")).to_be_hidden()
    expect(page.locator("#conversation summary")).to_be_focused()


def test_two_browsers_never_see_each_other_s_conversation(open_page: OpenPage, tmp_path: Path) -> None:
    one, two = open_page(), open_page()
    ask(one, QUESTION)
    expect(two.locator(".turn")).to_have_count(0)
    ask(two, OTHER)
    for page, own, others in ((one, QUESTION, OTHER), (two, OTHER, QUESTION)):
        expect(page.locator(".turn")).to_have_count(1)
        assert others not in page.locator("body").inner_text()
        page.get_by_role("button", name="Français").click()  # all that the server holds for it is drawn anew
        expect(page.locator(".turn summary")).to_contain_text("Pourquoi")
        assert others not in page.locator("body").inner_text()
        page.get_by_role("button", name="English").click()
        expect(page.locator(".turn summary")).to_contain_text("Why")
        saved = save(page, "Save", tmp_path).read_text()
        assert [turn["question"] for turn in json.loads(saved)["turns"]] == [own]
    turn = ask(two, "And why?")
    turn.locator("summary").click()
    expect(turn.locator(".readings")).to_contain_text("bread")  # what it leans on is its own
    assert "bridge" not in turn.locator(".readings").inner_text()
    one.reload()
    expect(one.locator(".turn .question")).to_contain_text([QUESTION])
    third = one.context.new_page()  # of the same browser
    third.goto(one.url)
    third.wait_for_selector("body.started")
    third.wait_for_timeout(300)
    expect(third.locator(".turn")).to_have_count(0)


def test_a_page_that_is_loaded_again_has_its_conversation(open_page: OpenPage, tmp_path: Path) -> None:
    page = open_page()
    ask(page, QUESTION).locator(".thumb.up").click()
    expect(page.locator(".thumb.up")).to_have_attribute("aria-pressed", "true")
    ask(page, OTHER)
    for _ in range(2):
        page.reload()
        expect(page.locator(".turn")).to_have_count(2)
    expect(page.locator("#turn-1 .thumb.up")).to_have_attribute("aria-pressed", "true")
    expect(page.locator("#turn-1 .reading")).to_have_count(0)  # nothing says that it came out of a file
    turn = ask(page, "And why?")
    expect(turn).to_have_attribute("id", "turn-3")
    turn.locator("summary").click()
    expect(turn.locator(".readings")).to_contain_text("bread")  # it leans on what was said before
    page.locator("#turn-1 .thumb.up").click()  # taken back
    expect(page.locator("#turn-1 .thumb.up")).to_have_attribute("aria-pressed", "false")
    page.reload()
    expect(page.locator(".turn")).to_have_count(3)
    saved = json.loads(save(page, "Save", tmp_path).read_text())["turns"]
    assert [(turn["question"], turn["judged"]) for turn in saved] == [
        (QUESTION, {}), (OTHER, {}), ("And why?", {}),
    ]  # fmt: skip
    page.click("#start-over")
    page.reload()
    page.wait_for_selector("body.started")
    page.wait_for_timeout(300)
    expect(page.locator(".turn")).to_have_count(0)


def test_a_server_that_is_busy_costs_no_conversation(browser: Browser, url: str) -> None:
    page = browser.new_page()  # unwatched: the browser says in the console that it was refused
    page.goto(url)
    page.wait_for_selector("body.started")
    ask(page, QUESTION)
    busy = "**/gradio_api/queue/join*"
    page.route(busy, lambda route: route.fulfill(status=503, json={"detail": "Queue is full"}))
    with page.expect_response(busy):
        page.reload()
    page.wait_for_selector("body.started")
    expect(page.locator(".turn")).to_have_count(0)
    page.unroute(busy)
    expect(page.locator(".turn .question")).to_contain_text([QUESTION])
    ask(page, OTHER)
    page.close()


def test_what_a_tab_kept_and_nobody_can_read_goes(open_page: OpenPage) -> None:
    page = open_page()
    page.evaluate("sessionStorage.setItem('sourcier.conversation', '{}')")
    page.reload()
    page.wait_for_function("sessionStorage.getItem('sourcier.conversation') === null")
    ask(page, QUESTION)


def test_a_reopened_conversation_is_kept_as_well(open_page: OpenPage, tmp_path: Path) -> None:
    page = open_page()
    ask(page, QUESTION)
    file = save(page, "Save", tmp_path)
    ask(page, OTHER)
    reopen(page, file)
    expect(page.locator(".turn")).to_have_count(1)
    page.reload()
    expect(page.locator(".turn .question")).to_contain_text([QUESTION])


def test_what_the_tab_has_no_room_for_is_left_out_the_latest_stays(open_page: OpenPage) -> None:
    page = open_page()
    room = "sessionStorage.getItem('sourcier.conversation').length"
    ask(page, QUESTION)
    page.evaluate(f"sessionStorage.setItem('other', 'x'.repeat(5_242_000 - {room}))")
    ask(page, OTHER)
    page.evaluate("sessionStorage.removeItem('other')")
    page.reload()
    expect(page.locator(".turn .question")).to_contain_text([OTHER])


def test_a_conversation_that_outgrows_what_is_held_says_so(open_page: OpenPage, tmp_path: Path) -> None:
    page = open_page()
    ask(page, QUESTION)
    file = save(page, "Save", tmp_path)
    saved = json.loads(file.read_text())
    for turns, left_out in ((KEPT, 0), (KEPT + 1, 1)):
        (tmp_path / "long.json").write_text(json.dumps({**saved, "turns": saved["turns"] * turns}))
        page.evaluate("document.querySelector('.turn').classList.add('before')")
        reopen(page, tmp_path / "long.json")
        expect(page.locator(".turn.before")).to_have_count(0)  # it is there
        expect(page.locator(".turn")).to_have_count(KEPT)
        expect(page.locator("#dropped")).to_be_visible(visible=left_out == 1)
        if not left_out:
            page.fill("#question", OTHER)
            page.press("#question", "Enter")
            expect(page.locator(".turn")).to_have_count(KEPT)
            expect(page.locator(".turn.pending")).to_have_count(0, timeout=30_000)
            expect(page.locator("#dropped")).to_contain_text(f"the latest {KEPT} questions")
    page.click("#start-over")
    expect(page.locator("#dropped")).to_be_hidden()


def test_eight_tabs_of_one_browser_all_answer(open_page: OpenPage) -> None:
    first = open_page()
    tabs = [first]
    for _ in range(7):
        tab = first.context.new_page()
        tab.goto(first.url)
        tab.wait_for_selector("body.started")
        tabs.append(tab)
    for tab in (tabs[-1], first):
        tab.bring_to_front()
        expect(ask(tab, QUESTION).locator("blockquote mark")).to_have_text("1932")


@pytest.mark.parametrize("width", [1280, 375])
def test_the_menu_fits(open_page: OpenPage, width: int) -> None:
    page = open_page(width=width)
    ask(page, QUESTION)
    page.click("#conversation summary")
    expect(page.locator("#reopen")).to_be_in_viewport(ratio=1)
    assert no_sideways_scroll(page)
    shot(page, f"menu-{width}")


def test_a_long_conversation_scrolls_in_its_place_and_not_the_page(open_page: OpenPage) -> None:
    page = open_page()
    for _ in range(5):
        ask(page, QUESTION)
        ask(page, "Who was the first king of Sweden?")
    moved = "() => ['#sourcier', '.app', 'html'].map((one) => document.querySelector(one).scrollTop)"
    assert page.evaluate(moved) == [0, 0, 0]
    assert page.evaluate("() => document.querySelector('#log').scrollTop") > 0
