"""The source beside the chat: a PDF's page with the quote on it, steps between citations, keys, and links that last."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest
from pagekit import QUESTION, OpenPage, accounts, ask, in_view, seeded, shot
from playwright.sync_api import Page, Route, expect
from test_drawer import MOAT, bomb

from assistant import sheets
from assistant.service import Assistant
from index.documents import read_document
from index.drawer import Drawer
from index.types import Source

pytestmark = [pytest.mark.browser, pytest.mark.slow]
SAND = (
    "In the desert lie 99 grains of sand.\n\n" + "A café noir was had.\n\n" + "The wind blew on.\n\n" * 2000
    + "Café\nNoir again.\n\n" + "The wind blew on.\n\n" * 900 + "The last cafe\u0301 noir.\n"
)  # fmt: skip
SERVER = re.compile("/component_server")
LIGHT = "The lighthouse on the pier cost 6 million francs, said the mayor."


@pytest.fixture
def served(tmp_path: Path) -> Assistant:
    files = {
        "accounts é.pdf": accounts(),
        "light.txt": f"{LIGHT}\nThe pier itself was free.\n",
        "sand.txt": SAND,
    }
    return seeded(tmp_path / "seeds", files)


def test_a_pdf_opens_on_its_page_with_the_quote_boxed(open_page: OpenPage) -> None:
    page = open_page()
    ask(page, QUESTION).locator(".cite", has_text="accounts").first.click()
    sheet = page.locator(".sheet")
    expect(sheet).to_have_attribute("data-number", "4")
    expect(sheet.locator("figcaption")).to_have_text("Page 4, of 5")
    page.wait_for_function("document.querySelector('.sheet img').naturalWidth > 1390")
    boxes = [page.locator(f".box.{kind}").first.bounding_box() for kind in ("quote", "span")]
    paper = page.locator(".paper").bounding_box()
    assert all(boxes)
    assert paper
    around, inner = boxes
    assert around
    assert inner
    assert paper["x"] < around["x"] < inner["x"]
    assert inner["x"] + inner["width"] < around["x"] + around["width"] < paper["x"] + paper["width"]
    assert abs(inner["y"] - around["y"]) < 3
    page.emulate_media(forced_colors="active")
    painted = "(box) => getComputedStyle(box).backgroundColor"
    assert page.locator(".box.quote").first.evaluate(painted) == "rgb(253, 233, 169)"
    assert page.locator(".box.span").first.evaluate(painted) == "rgb(255, 201, 77)"
    page.emulate_media(forced_colors="none")
    assert 0 < inner["y"] < 800  # in view
    expect(page.locator("#viewer-text mark.span")).to_have_text("7 million francs")
    page.click("#viewer-after")
    expect(page.locator(".sheet").nth(1)).to_have_attribute("data-number", "5")
    expect(page.locator("#viewer-after")).to_have_attribute("aria-disabled", "true")  # that was the last
    page.locator("#viewer-after").dispatch_event("click")
    page.click("#viewer-before")
    expect(page.locator(".sheet").first).to_have_attribute("data-number", "3")
    expect(page.locator("#viewer-notice")).to_be_empty()
    assert page.locator(".sheet").count() == 3
    before = page.locator(".paper").first.bounding_box()
    page.click("#viewer-larger")
    after = page.locator(".paper").first.bounding_box()
    assert before
    assert after
    assert after["width"] == pytest.approx(1.25 * before["width"], rel=0.01)


def test_steps_and_keys(open_page: OpenPage) -> None:
    page = open_page()
    turn = ask(page, QUESTION)
    page.locator("#log").focus()
    page.keyboard.press("n")
    expect(page.locator("#viewer-title")).to_have_text(re.compile("light|accounts"))
    first = page.locator("#viewer-title").inner_text()
    current = turn.locator(".cite[aria-current]")
    assert current.count() == 1
    page.keyboard.press("n")
    expect(page.locator("#viewer-title")).not_to_have_text(first)
    page.keyboard.press("p")
    expect(page.locator("#viewer-title")).to_have_text(first)
    page.click("#viewer-next")
    expect(page.locator("#viewer-title")).not_to_have_text(first)
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#keys")).to_be_hidden()
    expect(page.locator("#viewer-close")).to_be_visible()  # that Escape was the dialog's
    page.keyboard.press("/")
    expect(page.locator("#question")).to_be_focused()
    page.keyboard.type("n?/p")
    expect(page.locator("#question")).to_have_value("n?/p")


def test_a_citation_shows_its_quote_on_hover(open_page: OpenPage) -> None:
    cite = ask(open_page(), QUESTION).locator(".cite", has_text="light")
    assert (cite.get_attribute("title") or "").endswith(f"\n\u2068{LIGHT}\u2069")


def link_of(page: Page) -> str:
    ask(page, QUESTION).locator(".cite", has_text="light").click()
    expect(page.locator(".viewer mark.span")).to_have_text("6 million francs")
    assert "#doc=light.txt&start=0&end=65&sha256=" in page.url
    return page.url


def test_a_link_opens_the_same_place_another_day(open_page: OpenPage) -> None:
    link = link_of(open_page())
    page = open_page(link)
    expect(page.locator(".viewer mark")).to_have_text(LIGHT)
    expect(page.locator("#viewer-notice")).to_be_empty()


@pytest.mark.parametrize(
    ("text", "said", "marked"),
    [
        (f"A new first line.\n{LIGHT}\n", "The quote now stands here.", LIGHT),
        ("All of it was written anew.\n", "the quote is no longer in it.", None),
    ],
)
def test_a_link_to_a_changed_document_says_where_the_quote_went(
    open_page: OpenPage,
    served: Assistant,
    text: str,
    said: str,
    marked: str | None,
) -> None:
    link = link_of(open_page())
    (served.settings.seeds / "light.txt").write_text(text, encoding="utf-8")
    served.build()
    page = open_page(link)
    expect(page.locator("#viewer-notice")).to_contain_text(said)
    if marked:
        expect(page.locator(".viewer mark")).to_have_text(marked)
    else:
        expect(page.locator(".viewer mark")).to_have_count(0)


@pytest.mark.parametrize(
    ("link", "said"),
    [
        ("doc=gone.txt&start=0&end=9&sha256=0", "gone.txt n’est pas dans l’index."),
        ("doc=%25E9%25ZZ", "Ce lien est incomplet"),
        ("doc=light.txt&start=first", "Ce lien est incomplet"),
    ],
)
def test_a_link_to_nothing_is_a_card_in_the_page_s_language(
    open_page: OpenPage, url: str, link: str, said: str
) -> None:
    page = open_page(f"{url}#{link}", locale="fr-FR")
    expect(page.locator("#viewer-notice")).to_contain_text(said)
    page.keyboard.press("Escape")
    expect(page.locator("#viewer-notice")).to_be_empty()


@pytest.mark.parametrize("version", ["&sha256=" + "0" * 64, ""])
def test_a_link_without_words_to_another_version_says_so_and_stays(
    open_page: OpenPage, url: str, version: str
) -> None:
    link = f"{url}#doc=light.txt&start=32&end=48{version}"
    page = open_page(link)
    expect(page.locator("#viewer-notice")).to_contain_text("the link holds none of its words")
    expect(page.locator(".viewer mark")).to_have_count(0)
    assert page.url == link


def test_a_link_to_a_document_alone_opens_its_beginning(open_page: OpenPage, url: str) -> None:
    page = open_page(f"{url}#doc=light.txt")
    expect(page.locator("#viewer-text")).to_contain_text(LIGHT)
    expect(page.locator("#viewer-notice")).to_be_empty()
    expect(page.locator("#viewer-scroll")).to_be_focused()


def test_escape_closes_the_source_after_a_click_on_its_heading(open_page: OpenPage) -> None:
    page = open_page()
    ask(page, QUESTION).locator(".cite").first.click()
    page.click("#viewer-title")
    page.keyboard.press("Escape")
    expect(page.locator("#viewer-close")).to_be_hidden()
    expect(page.locator(".cite").first).to_be_focused()


def held(page: Page, asked: str) -> list[Route]:
    """The first request that holds `asked`, from now on: it does not come through."""
    late: list[Route] = []

    def hold(route: Route) -> None:
        if not late and asked in (route.request.post_data or ""):
            late.append(route)
        else:
            route.continue_()

    page.route(SERVER, hold)
    return late


def test_more_of_a_document_is_never_put_under_another(open_page: OpenPage) -> None:
    page = open_page()
    ask(page, "How many grains of sand lie in the desert?").locator(".cite", has_text="sand").click()
    late = held(page, "open_place")
    page.click("#viewer-later")
    page.evaluate("location.hash = 'doc=light.txt&start=0&end=3'")
    expect(page.locator("#viewer-title")).to_have_text("light")
    expect(page.locator(".steps")).to_be_hidden()  # no answer led here
    assert len(late) == 1
    with page.expect_response(SERVER):
        late[0].continue_()
    page.locator("#viewer-later").dispatch_event("click")
    expect(page.locator("#viewer-text")).to_have_text(f"{LIGHT}\nThe pier itself was free.\n")


def test_a_citation_that_comes_late_does_not_take_the_place_of_a_link(open_page: OpenPage) -> None:
    page = open_page()
    cite = ask(page, QUESTION).locator(".cite", has_text="accounts").first
    late = held(page, "open_place")
    cite.click()
    page.evaluate("location.hash = 'doc=light.txt'")
    expect(page.locator("#viewer-title")).to_have_text("light")
    with page.expect_response(SERVER):
        late[0].continue_()
    page.evaluate("() => new Promise((done) => setTimeout(done, 100))")
    expect(page.locator("#viewer-title")).to_have_text("light")


def test_what_more_of_a_source_meets_is_said(open_page: OpenPage, served: Assistant) -> None:
    page = open_page()
    turn = ask(page, QUESTION)
    turn.locator(".cite", has_text="accounts").first.click()
    page.wait_for_function("document.querySelector('.sheet img')?.naturalWidth > 0")
    (served.settings.seeds / "accounts é.pdf").write_bytes(b"%PDF")
    page.click("#viewer-after")
    expect(page.locator("#viewer-notice")).to_contain_text("accounts é.pdf has changed or is gone")
    ask(page, "How many grains of sand lie in the desert?").locator(".cite", has_text="sand").click()
    expect(page.locator("#viewer-notice")).to_be_empty()
    (served.settings.seeds / "sand.txt").unlink()
    served.build()
    page.click("#viewer-later")
    expect(page.locator("#viewer-notice")).to_contain_text("sand.txt is not in the index.")


def test_what_the_source_covers_is_not_reached_by_tab(open_page: OpenPage) -> None:
    page = open_page(width=375)
    ask(page, QUESTION).locator(".cite").first.click()
    expect(page.locator("#viewer-close")).to_be_focused()
    inside = "document.activeElement === document.body || document.activeElement.closest('#viewer') !== null"
    for _ in range(25):
        page.keyboard.press("Tab")
        assert page.evaluate(inside)
    page.locator("#viewer-scroll").focus()
    page.keyboard.press("/")
    expect(page.locator("#question")).to_be_focused()
    expect(page.locator(".viewer")).to_be_hidden()
    page.locator("[data-tab=sources]").click()
    expect(page.locator("#sources")).to_be_visible()


def test_a_window_made_narrow_on_another_tab_covers_nothing(open_page: OpenPage) -> None:
    page = open_page()
    ask(page, QUESTION).locator(".cite", has_text="light").click()
    expect(page.locator(".viewer mark.span")).to_be_visible()
    page.click("[data-tab=sources]")
    page.set_viewport_size({"width": 640, "height": 400})
    page.click("[data-tab=ask]")
    expect(page.locator(".viewer mark.span")).to_be_visible()
    expect(page.locator("#viewer-close")).to_be_focused()
    page.click("#viewer-close")
    page.fill("#question", "x")
    expect(page.locator("#question")).to_have_value("x")


def test_text_is_marked_by_the_keys_alone(open_page: OpenPage) -> None:
    page = open_page()
    ask(page, QUESTION).locator(".cite", has_text="light").first.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#viewer-scroll")).to_be_focused()
    for _ in range(3):
        page.keyboard.press("Shift+ArrowRight")
    expect(page.locator("#marked-text")).to_have_text("The lighthouse on")
    page.keyboard.press("Shift+ArrowLeft")
    expect(page.locator("#marked-text")).to_have_text("The lighthouse")
    page.locator("#mark-why").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#marking-said")).to_contain_text("It was used: an answer is quoted from here")


def test_words_are_found_in_the_whole_document(open_page: OpenPage) -> None:
    page = open_page()
    ask(page, "How many grains of sand lie in the desert?").locator(".cite", has_text="sand").click()
    expect(page.locator(".viewer mark.span")).to_have_text("99")
    page.locator("#viewer-scroll").focus()
    page.keyboard.press("Control+f")
    expect(page.locator("#viewer-sought")).to_be_focused()
    page.keyboard.type("CAFE  noir")
    page.keyboard.press("Enter")
    expect(page.locator("#viewer-found")).to_have_text("1 of 3")
    expect(page.locator(".viewer mark.span")).to_have_text("café noir")
    page.keyboard.press("Enter")
    expect(page.locator("#viewer-found")).to_have_text("2 of 3")
    expect(page.locator(".viewer mark.span")).to_have_text("Café\nNoir")
    assert in_view(page, ".viewer mark.span", "#viewer-scroll")
    expect(page.locator("#viewer-sought")).to_be_focused()
    page.keyboard.press("Shift+Enter")
    page.click("#viewer-place-before")
    expect(page.locator("#viewer-found")).to_have_text("3 of 3")
    page.fill("#viewer-sought", "nowhere at all")
    expect(page.locator("#viewer-found")).to_be_empty()
    page.press("#viewer-sought", "Enter")
    expect(page.locator("#viewer-found")).to_have_text("Not found")
    page.keyboard.press("Escape")
    expect(page.locator("#viewer-scroll")).to_be_focused()
    expect(page.locator("#viewer-title")).to_have_text("sand")
    page.keyboard.press("Escape")
    expect(page.locator("#viewer-find")).to_be_hidden()
    shot(page, "find")


def test_words_are_found_on_the_pages_of_a_pdf(open_page: OpenPage) -> None:
    page = open_page()
    ask(page, QUESTION).locator(".cite", has_text="accounts").first.click()
    expect(page.locator(".sheet")).to_have_attribute("data-number", "4")
    page.fill("#viewer-sought", "were long and dull")
    page.press("#viewer-sought", "Shift+Enter")
    expect(page.locator("#viewer-found")).to_have_text("80 of 100")
    page.press("#viewer-sought", "Enter")
    page.press("#viewer-sought", "Enter")
    expect(page.locator("#viewer-found")).to_have_text("82 of 100")
    expect(page.locator(".sheet")).to_have_attribute("data-number", "5")
    expect(page.locator(".box.span").first).to_be_visible()
    shot(page, "find-pdf")


def test_the_passages_of_an_open_document_are_listed(open_page: OpenPage) -> None:
    page = open_page()
    turn = ask(page, QUESTION)
    turn.locator(".cite", has_text="accounts").first.click()
    rows = turn.locator(".passages .hits li", has_text="accounts é.pdf")
    here = page.locator("#viewer-passages li")
    expect(here).to_have_count(rows.count())
    page.click("#viewer-here summary")
    expect(page.locator("#viewer-here summary")).to_have_text(f"Passages of this document: {rows.count()}")
    expect(here.first.locator(".facts")).to_contain_text("rank")
    assert here.locator(".state").all_text_contents() == rows.locator(".state").all_text_contents()
    shot(page, "passages")
    last = here.last.locator("button").inner_text()[:30]
    here.last.locator("button").click()
    expect(page.locator("#viewer-text mark.quote").first).to_contain_text(last)
    page.keyboard.press("Escape")
    expect(page.locator("#log")).to_be_focused()  # its button is folded away


def test_page_images_are_given_for_pages_of_the_index_alone(served: Assistant, url: str) -> None:
    path = served.settings.seeds / "accounts é.pdf"
    digest = read_document(Source(path.name, path, 0, 0)).source_sha256
    address = f"{url}page-image?doc={quote(path.name)}&page="
    good = httpx.get(f"{address}4&sha256={digest}")
    assert (good.status_code, good.headers["content-type"]) == (200, "image/png")
    assert good.content.startswith(b"\x89PNG")
    for rest in (f"6&sha256={digest}", f"0&sha256={digest}", f"x&sha256={digest}", "4&sha256=0", "4"):
        assert httpx.get(address + rest).status_code == 404
    for name in ("light.txt", "../seeds/accounts é.pdf", "/etc/passwd", "none.pdf"):
        assert httpx.get(f"{url}page-image?doc={quote(name)}&page=1&sha256={digest}").status_code == 404
    foreign = httpx.get(f"{address}4&sha256={digest}", headers={"host": "evil.example"})
    assert foreign.status_code == 403
    path.write_bytes(accounts() + b"\n")
    assert httpx.get(f"{address}4&sha256={digest}").status_code == 404


def test_a_page_that_cannot_be_drawn_is_shown_as_its_text(
    open_page: OpenPage, served: Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    quick = Drawer(seconds=2.0)
    monkeypatch.setattr(sheets, "DRAWER", quick)
    (served.settings.seeds / "castle.pdf").write_bytes(bomb())
    served.build()
    page = open_page()
    ask(page, "How many metres wide was the moat of the castle?").locator(".cite", has_text="castle").click()
    expect(page.locator(".undrawn")).to_contain_text(
        f"This page cannot be drawn. This is its text:{MOAT}", timeout=20_000
    )
    expect(page.locator("#viewer-text mark.span")).to_have_text("7")
    quick.close()


def test_a_pdf_that_changed_shows_its_indexed_text_alone(open_page: OpenPage, served: Assistant) -> None:
    page = open_page()
    turn = ask(page, QUESTION)
    (served.settings.seeds / "accounts é.pdf").unlink()
    turn.locator(".cite", has_text="accounts").first.click()
    expect(page.locator("#viewer-text mark.span")).to_have_text("7 million francs")
    expect(page.locator(".sheet")).to_have_count(0)
