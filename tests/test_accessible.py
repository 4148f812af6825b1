"""The page by the rules of WCAG 2.2 AA, as axe-core checks them: each of its states, both themes, two widths."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from pagekit import QUESTION, OpenPage, SlowEncoder, accounts, ask, make_assistant, select, serving
from playwright.sync_api import Browser, Page, expect

from assistant.service import Assistant
from index.errors import SourcesError

pytestmark = [pytest.mark.browser, pytest.mark.slow]
RULES = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "resultTypes": ["violations"],
}
LOOKS = [
    pytest.param(width, scheme, id=f"{width} px, {scheme}")
    for width in (1280, 375)
    for scheme in ("light", "dark")
]
NEAR = "What did the lighthouse, bridge, tower, palace and castle near which pier weigh?"
FAILING = "What does the failing question ask?"
HELD = "What takes long?"
SOURCES = {
    "light.txt": "The lighthouse on the pier cost 6 million francs, said the mayor.\nThe pier itself was free.\n",
    "prix.md": "---\ntitle: Les prix\ndate: 2024-05-01\n---\n\nLe pain de seigle coûtait 3 francs au marché couvert.\n",
    "empty.txt": "",
}


class Failing(Assistant):
    """One question meets an error, another waits for `go`."""

    go = threading.Event()

    def ask(self, question: str, *others: object) -> object:  # type: ignore[override]
        if question == FAILING:
            raise SourcesError("the folder of the sources is not there")
        if question == HELD:
            assert self.go.wait(60)
        return super().ask(question, *others)  # type: ignore[arg-type]


@pytest.fixture
def served(tmp_path: Path, encoder: SlowEncoder) -> Assistant:
    seeds = tmp_path / "seeds"
    seeds.mkdir()
    (seeds / "accounts.pdf").write_bytes(accounts())
    for name, text in SOURCES.items():
        (seeds / name).write_text(text, encoding="utf-8")
    assistant = make_assistant(seeds, encoder)
    failing = Failing(assistant.settings, assistant.encoder, assistant.reader)
    failing.build()
    return failing


def violations(page: Page) -> list[str]:
    """Each rule that is broken, with the element that breaks it."""
    page.emulate_media(reduced_motion="reduce")  # a notice that fades in meanwhile would be judged half faded
    page.wait_for_function("document.getAnimations().every((one) => one.effect.getTiming().iterations > 1)")
    found = Axe().run(page, options=RULES).response["violations"]
    return [f"{one['id']}: {node['html'][:160]}" for one in found for node in one["nodes"]]


class Look:
    """Collects what is wrong in each state of a page."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.wrong: dict[str, list[str]] = {}
        self.states: list[str] = []

    def __call__(self, state: str) -> None:
        self.states.append(state)
        if wrong := violations(self.page):
            self.wrong[state] = wrong


def test_axe_finds_what_is_wrong(open_page: OpenPage) -> None:
    page = open_page()
    assert violations(page) == []
    page.evaluate("document.querySelector('#hint').style.color = '#aaa'")
    page.evaluate("document.querySelector('[data-choice=en]').removeAttribute('aria-label')")
    page.evaluate("document.querySelector('[data-choice=en]').textContent = ''")
    assert [one.split(":")[0] for one in violations(page)] == [
        "button-name",
        "color-contrast",
        "target-size",
    ]


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
def test_a_conversation_breaks_no_rule(open_page: OpenPage, width: int, scheme: str) -> None:
    page = open_page(width=width, color_scheme=scheme)
    look = Look(page)
    look("empty")
    page.press("#question", "Enter")
    look("no question")
    turn = ask(page, QUESTION)
    expect(turn.locator(".disagree")).to_be_visible()
    look("answered, disagreeing")
    turn.locator(".passages summary").click()
    turn.locator(".copy").first.click()
    expect(page.locator("#toast")).to_have_class("toast shown")
    look("passages, copied")
    page.click("#conversation summary")
    look("menu")
    page.keyboard.press("Escape")
    turn.locator(".cite", has_text="light").click()
    expect(page.locator(".viewer mark.span")).to_be_visible()
    look("a text")
    select(page, "The pier itself")
    page.click("#mark-why")
    expect(page.locator("#marking-said")).to_contain_text("Its passage ranked")
    look("marked, why not")
    page.click("#viewer-close")
    turn.locator(".cite", has_text="accounts").first.click()
    page.wait_for_function("document.querySelector('.sheet img')?.naturalWidth > 0")
    look("a PDF")
    page.fill("#viewer-sought", "dull")
    page.press("#viewer-sought", "Enter")
    expect(page.locator("#viewer-found")).to_contain_text("of 100")
    page.click("#viewer-here summary")
    look("found in a PDF, its passages")
    page.click("#viewer-close")
    page.locator("#log").focus()
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()
    look("keys")
    page.keyboard.press("Escape")
    expect(ask(page, "Who composed the symphony?").locator(".refusal h3")).to_have_text("Not in the sources")
    look("refused")
    expect(ask(page, NEAR).locator(".refusal h3")).to_have_text("No sure answer")
    look("uncertain")
    expect(ask(page, FAILING).locator(".card.error")).to_be_visible()
    look("error")
    page.fill("#question", HELD)
    page.press("#question", "Enter")
    expect(page.locator(".withdraw")).to_be_visible()
    look("taking long")
    Failing.go.set()
    expect(page.locator(".turn.pending")).to_have_count(0)
    Failing.go.clear()
    assert look.wrong == {}


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
def test_the_state_of_the_index_breaks_no_rule(
    open_page: OpenPage,
    served: Assistant,
    encoder: SlowEncoder,
    width: int,
    scheme: str,
) -> None:
    page = open_page(width=width, color_scheme=scheme)
    look = Look(page)
    page.locator("#index-line .skipped summary").click()
    look("skipped files")
    page.locator("#index-line .skipped summary").click()
    (served.settings.seeds / "neuf.txt").write_text("The lighthouse has 88 steps.\n", encoding="utf-8")
    expect(page.locator(".banner.stale")).to_be_visible()
    look("stale")
    encoder.go.clear()
    try:
        page.get_by_role("button", name="Rebuild").click()
        expect(page.locator(".banner.building progress")).to_be_visible()
        look("building")
        page.get_by_role("button", name="Cancel the build").click()
        expect(page.locator(".banner .stage")).to_contain_text("stopping")
        look("stopping")
    finally:
        encoder.go.set()
    expect(page.locator(".banner.stale")).to_contain_text("cancelled")
    look("cancelled")
    page.locator(".banner .build").click()
    expect(page.locator("#toast")).to_contain_text("up to date")
    look("built")
    assert look.wrong == {}


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
def test_the_sources_tab_breaks_no_rule(
    open_page: OpenPage,
    served: Assistant,
    tmp_path: Path,
    width: int,
    scheme: str,
) -> None:
    page = open_page(width=width, color_scheme=scheme)
    look = Look(page)
    page.click("[data-tab=sources]")
    expect(page.locator("tbody tr.skipped")).to_be_visible()
    look("sources")
    page.click("#picture summary")
    expect(page.locator("#picture .map")).to_be_visible()
    look("picture")
    page.locator("#picture .map").focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator("#picture .pointed button")).to_be_visible()
    look("a point")
    (tmp_path / "light.txt").write_text("Another.")
    page.locator("#add-files").set_input_files([tmp_path / "light.txt"])
    expect(page.locator("#added .refused")).to_be_visible()
    look("refused file")
    page.get_by_role("button", name="Remove light.txt from the index").click()
    expect(page.locator("tbody tr.removed")).to_be_visible()
    look("removed")
    page.fill("#sources-filter", "nothing like it")
    expect(page.locator("#sources-table .none")).to_be_visible()
    look("no row")
    assert look.wrong == {}


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
def test_what_is_missing_breaks_no_rule(
    open_page: OpenPage,
    url: str,
    tmp_path: Path,
    width: int,
    scheme: str,
) -> None:
    looks = []
    page = open_page(f"{url}#doc=gone.txt&start=0&end=9&sha256=0", width=width, color_scheme=scheme)
    expect(page.locator("#viewer-notice .card")).to_be_visible()
    looks.append(Look(page))
    looks[-1]("a link to nothing")
    page = open_page(
        f"{url}#doc=light.txt&start=0&end=14&sha256=0&text=The+lighthouse", width=width, color_scheme=scheme
    )
    expect(page.locator("#viewer-notice")).to_contain_text("stands here")
    looks.append(Look(page))
    looks[-1]("a link that moved")
    seeds = tmp_path / "others"
    seeds.mkdir()
    with serving(make_assistant(seeds), tmp_path / "second") as address:
        page = open_page(address, width=width, color_scheme=scheme)
        expect(page.locator("#card h3")).to_have_text("No sources in this folder yet")
        looks.append(Look(page))
        looks[-1]("no sources")
        (seeds / "tower.txt").write_text("The tower is 324 metres high.\n", encoding="utf-8")
        expect(page.locator("#card h3")).to_have_text("No index yet")
        looks[-1]("no index")
        page.close()
    assert [look.wrong for look in looks] == [{}, {}, {}]


def test_a_server_that_stopped_breaks_no_rule(browser: Browser, served: Assistant, tmp_path: Path) -> None:
    page = browser.new_page()
    with serving(served, tmp_path / "second") as address:
        page.goto(address)
        expect(page.locator("#welcome")).to_be_visible()
    expect(page.locator("#banner .card.error")).to_be_visible(timeout=15_000)
    assert violations(page) == []
    page.close()
