"""The source beside the chat: a PDF's page with the quote on it, steps between citations, keys, and links that last."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest
from pagekit import QUESTION, OpenPage, accounts, ask, seeded
from playwright.sync_api import Page, expect

from assistant.service import Assistant
from index.documents import read_document
from index.types import Source

pytestmark = [pytest.mark.browser, pytest.mark.slow]
LIGHT = "The lighthouse on the pier cost 6 million francs, said the mayor."


@pytest.fixture
def served(tmp_path: Path) -> Assistant:
    files = {"accounts é.pdf": accounts(), "light.txt": f"{LIGHT}\nThe pier itself was free.\n"}
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
    assert 0 < inner["y"] < 800  # in view
    expect(page.locator("#viewer-text mark.span")).to_have_text("7 million francs")
    page.click("#viewer-after")
    expect(page.locator(".sheet").nth(1)).to_have_attribute("data-number", "5")
    page.click("#viewer-after")
    page.click("#viewer-before")
    expect(page.locator(".sheet").first).to_have_attribute("data-number", "3")
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


def test_a_link_to_nothing_is_a_card(open_page: OpenPage, url: str) -> None:
    page = open_page(f"{url}#doc=gone.txt&start=0&end=9&sha256=0")
    expect(page.locator("#viewer-notice")).to_contain_text("gone.txt is not in the index")


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


def test_a_pdf_that_changed_shows_its_indexed_text_alone(open_page: OpenPage, served: Assistant) -> None:
    page = open_page()
    turn = ask(page, QUESTION)
    (served.settings.seeds / "accounts é.pdf").unlink()
    turn.locator(".cite", has_text="accounts").first.click()
    expect(page.locator("#viewer-text mark.span")).to_have_text("7 million francs")
    expect(page.locator(".sheet")).to_have_count(0)
