"""The text on the picture of a page: selected with the mouse, it is marked like that of the text below."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pypdfium2
import pytest
from pagekit import QUESTION, OpenPage, accounts, ask, seeded, shot
from playwright.sync_api import Page, expect

from assistant.feedback import feedback_file
from assistant.service import Assistant

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def served(tmp_path: Path, request: pytest.FixtureRequest) -> Assistant:
    return seeded(tmp_path / "seeds", {"accounts.pdf": turned_by(getattr(request, "param", 0))})


def turned_by(degrees: int) -> bytes:
    pdf, data = pypdfium2.PdfDocument(accounts()), io.BytesIO()
    for sheet in pdf:
        sheet.set_rotation(degrees)
    pdf.save(data)
    return data.getvalue()


WHERE = """([line, char, end]) => {
    const piece = document.querySelectorAll(".layer text")[line];
    piece.scrollIntoView({ block: "center", inline: end ? "end" : "start" });
    const at = end ? piece.getEndPositionOfChar(char - 1) : piece.getStartPositionOfChar(char);
    const high = piece.getAttribute("font-size") * 0.3; // the middle of the line
    const inside = new DOMPoint(at.x + (end ? -1 : 1), at.y - high);
    const shown = inside.matrixTransform(piece.getScreenCTM());
    return [shown.x, shown.y];
}"""


def lines(page: Page) -> list[str]:
    return page.locator(".layer text").all_text_contents()


def find(page: Page, words: str) -> tuple[int, int]:
    """The line in which these words stand, and where in it."""
    return next((n, line.index(words)) for n, line in enumerate(lines(page)) if words in line)


def drag(page: Page, first: tuple[int, int], last: tuple[int, int]) -> None:
    """Select with the mouse, on the page's picture, from a character of a line up to, without it, another."""
    page.evaluate(WHERE, [*last, True])
    x, y = page.evaluate(WHERE, [*first, False])
    page.mouse.move(x, y)
    page.mouse.down()
    to_x, to_y = page.evaluate(WHERE.replace("piece.scroll", "0 && piece.scroll"), [*last, True])
    page.mouse.move((x + to_x) / 2, (y + to_y) / 2, steps=4)
    page.mouse.move(to_x, to_y, steps=4)
    page.mouse.up()


def opened(page: Page) -> None:
    ask(page, QUESTION).locator(".cite").first.click()
    page.wait_for_function("document.querySelector('.sheet img')?.naturalWidth > 0")


@pytest.mark.parametrize("width", [1280, 375])
def test_the_right_answer_is_marked_on_the_picture_of_the_page(
    open_page: OpenPage,
    served: Assistant,
    width: int,
) -> None:
    page = open_page(width=width)
    opened(page)
    line, at = find(page, "7 million francs")
    drag(page, (line, at), (line, at + len("7 million francs")))
    expect(page.locator("#marked-text")).to_have_text("7 million francs")
    shot(page, f"layer-{width}")
    page.click("#mark-right")
    expect(page.locator("#marking-said")).to_contain_text("Noted as the right answer")
    [kept] = [json.loads(one) for one in feedback_file(served.index).read_text("utf-8").splitlines()]
    assert kept["start"] == served.document("accounts.pdf").text.index("7 million francs")
    assert kept["answers"][0]["text"] == "7 million francs"


@pytest.mark.parametrize(("served", "turned"), [(n, n) for n in (90, 180, 270)], indirect=["served"])
def test_text_runs_as_its_page_is_turned(open_page: OpenPage, served: Assistant, turned: int) -> None:
    page = open_page()
    opened(page)
    line, at = find(page, "7 million francs")
    drag(page, (line, at), (line, at + len("7 million francs")))
    expect(page.locator("#marked-text")).to_have_text("7 million francs")
    shot(page, f"layer-{turned}")
    x, y = page.evaluate(WHERE, [line, at, False])
    to_x, to_y = page.evaluate(WHERE, [line, at + len("7 million francs"), True])
    box = page.locator(".box.span").bounding_box()
    assert box
    ends = {90: (y, box["y"]), 180: (x, box["x"] + box["width"]), 270: (y, box["y"] + box["height"])}[turned]
    assert ends[0] == pytest.approx(ends[1], abs=6)
    assert {90: to_y > y, 180: to_x < x, 270: to_y < y}[turned]


def test_over_two_lines_and_zoomed(open_page: OpenPage, served: Assistant) -> None:
    page = open_page()
    opened(page)
    page.click("#viewer-larger")
    drag(page, (1, 4), (2, 12))
    wanted = f"{lines(page)[1][4:]} {lines(page)[2][:12]}"
    expect(page.locator("#marked-text")).to_have_text(wanted.strip())
    page.click("#mark-why")
    expect(page.locator("#marking-said")).to_contain_text("passage")
    page.click("#mark-right")
    expect(page.locator("#marking-said")).to_contain_text("Noted")
    [kept] = [json.loads(one) for one in feedback_file(served.index).read_text("utf-8").splitlines()]
    assert kept["answers"][0]["text"].split() == wanted.split()


def test_the_layer_covers_its_ink_and_is_unseen(open_page: OpenPage) -> None:
    page = open_page()
    opened(page)
    paper, box = page.locator(".paper").bounding_box(), page.locator(".box.span").bounding_box()
    assert paper
    assert box
    assert page.locator(".layer").bounding_box() == pytest.approx(
        {key: size + {"x": 1, "y": 1}.get(key, -2) for key, size in paper.items()}, abs=1
    )  # inside of the border
    piece = page.locator(".layer text", has_text="7 million francs")
    assert piece.evaluate("(e) => getComputedStyle(e).fill") == "rgba(0, 0, 0, 0)"
    line, at = find(page, "7 million francs")
    x, y = page.evaluate(WHERE, [line, at, False])
    to_x, _ = page.evaluate(WHERE, [line, at + len("7 million francs"), True])
    box = page.locator(".box.span").bounding_box()
    assert box
    assert (x, to_x) == pytest.approx((box["x"], box["x"] + box["width"]), abs=6)
    assert box["y"] < y < box["y"] + box["height"]
