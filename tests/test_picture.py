"""The picture of the sources, in the browser: drawn when it is opened, pointed at by mouse and by keys."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from pagekit import OpenPage, no_sideways_scroll, seeded, serving, shot
from playwright.sync_api import Locator, Page, expect

from assistant.service import Assistant

pytestmark = [pytest.mark.browser, pytest.mark.slow]
TOPICS = {
    "bread": ("The baker sells rye bread and white bread at the market near the mill. ", "2021-03-04"),
    "bridge": ("The stone bridge crosses the river where the ferry was once moored. ", "2023"),
    "pain": ("Le boulanger vend du pain de seigle et de la brioche dans la rue du marché. ", "2024-11"),
    "kuh": ("Die Kuh steht auf der Wiese und frisst das frische Gras neben dem alten Haus. ", ""),
}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Assistant:
    files = {}
    for topic, (text, date) in TOPICS.items():
        for n in range(5):
            head = f"---\ntitle: {topic} {n}\ndate: {date}\n---\n" if date else ""
            files[f"{topic} {n}.md"] = f"{head}{text * (n + 1)}\nNumber {n}.\n"
    return seeded(tmp_path_factory.mktemp("seeds"), files)


@pytest.fixture(scope="module")
def url(served: Assistant, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serving(served, tmp_path_factory.mktemp("gradio")) as address:
        yield address


def picture(page: Page) -> Locator:
    page.click("[data-tab=sources]")
    page.click("#picture summary")
    expect(page.locator("#picture .map")).to_be_visible()
    return page.locator("#picture")


def middle(point: Locator) -> tuple[float, float]:
    box = point.bounding_box()
    assert box
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def test_it_counts_languages_and_dates(open_page: OpenPage) -> None:
    page = open_page()
    page.click("[data-tab=sources]")
    expect(page.locator("#picture-inside")).to_be_empty()  # nothing is computed before it is asked for
    seen = picture(page)
    expect(seen.locator(".bars li")).to_have_text(["English10", "German5", "French5"])
    widths = [seen.locator(".bar-of rect").nth(n).bounding_box() for n in range(3)]
    assert [round(box["width"] / widths[0]["width"], 2) for box in widths if box and widths[0]] == [
        1,
        0.5,
        0.5,
    ]
    told = "Documents by date: 2021: 5, 2023: 5, 2024: 5"
    expect(seen.get_by_role("img", name=told)).to_be_visible()
    expect(seen.locator(".ends span")).to_have_text(["2021", "2024"])
    expect(seen).to_contain_text("5 documents have no date.")
    page.get_by_role("button", name="Français").click()
    expect(seen.locator(".bars li").first).to_have_text("anglais10")
    expect(seen.locator("summary")).to_have_text("Les sources en image")


def test_a_click_near_a_point_names_its_document_and_opens_it(open_page: OpenPage) -> None:
    page = open_page()
    seen = picture(page)
    expect(seen.locator(".pointed")).to_contain_text("Choose a point")
    point = seen.get_by_role("option", name="pain 3 (pain 3.md)")
    x, y = middle(point)
    for _ in range(5):  # points that lie together come one after the other
        page.mouse.click(x, y)
        expect(seen.locator("[aria-selected=true]")).to_have_count(1)
        if point.get_attribute("aria-selected") == "true":
            break
    expect(seen.locator(".pointed")).to_have_text("pain 3 (pain 3.md), French")
    seen.locator(".pointed button").click()
    expect(page.locator("#viewer-title")).to_have_text("pain 3")
    expect(page.locator("#sources")).to_be_hidden()


def test_the_keys_go_from_point_to_point(open_page: OpenPage) -> None:
    page = open_page()
    seen = picture(page)
    page.keyboard.press("Tab")
    chart = seen.get_by_role("listbox", name="Map of 20 documents")
    expect(chart).to_be_focused()
    page.keyboard.press("ArrowRight")
    first = seen.locator("#point-0")
    expect(first).to_have_attribute("aria-selected", "true")
    expect(chart).to_have_attribute("aria-activedescendant", "point-0")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    expect(chart).to_have_attribute("aria-activedescendant", "point-2")
    page.keyboard.press("ArrowLeft")
    expect(chart).to_have_attribute("aria-activedescendant", "point-1")
    page.keyboard.press("End")
    page.keyboard.press("ArrowRight")
    expect(chart).to_have_attribute("aria-activedescendant", "point-19")
    page.keyboard.press("Home")
    name = re.sub("[\u2068\u2069]", "", first.get_attribute("aria-label") or "")
    expect(seen.locator(".pointed button")).to_have_text(name)
    page.keyboard.press("Enter")
    expect(page.locator("#viewer-title")).to_have_text(name.split(" (")[0])


def test_it_follows_the_index(open_page: OpenPage, served: Assistant) -> None:
    page = open_page()
    seen = picture(page)
    new = served.settings.seeds / "neu.md"
    new.write_text("Die Kuh steht auf der Wiese und frisst das frische Gras.\n", encoding="utf-8")
    page.locator("#banner .build").click()
    expect(seen.locator(".bars li").nth(1)).to_have_text("German6")
    expect(seen.locator("[role=option]")).to_have_count(21)
    new.unlink()
    page.locator("#banner .build").click()
    expect(seen.locator("[role=option]")).to_have_count(20)


@pytest.mark.parametrize("width", [1280, 375])
def test_it_fits(open_page: OpenPage, width: int) -> None:
    page = open_page(width=width)
    seen = picture(page)
    page.mouse.click(*middle(seen.locator("#point-7")))
    assert no_sideways_scroll(page)
    for part in (".map", ".columns", ".bars"):
        box = seen.locator(part).bounding_box()
        assert box
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width
        assert box["width"] > 250
    page.locator("#sources").evaluate("(e) => e.scrollTo({ top: 120 })")
    shot(page, f"picture-{width}")
