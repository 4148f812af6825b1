"""The page for everyone: keyboard and focus, reduced motion, large letters, narrow screens, right-to-left sources."""

from __future__ import annotations

import re
from collections.abc import Iterator
from io import BytesIO
from typing import Any

import pypdfium2 as pdfium
import pytest
from pagekit import (
    CHROMIUM,
    EXAMPLES,
    FLAGS,
    QUESTION,
    OpenPage,
    SlowEncoder,
    accounts,
    ask,
    no_sideways_scroll,
    seeded,
    serving,
    shot,
)
from PIL import Image
from playwright.sync_api import Browser, FloatRect, Locator, Page, Route, expect

from assistant.service import Assistant

pytestmark = [pytest.mark.browser, pytest.mark.slow]
ARABIC = "بلغت كلفة ترميم المكتبة القديمة 12 مليون دينار، كما قال رئيس البلدية."
ASKED = "كم بلغت كلفة ترميم المكتبة القديمة؟"
# twice the letters, as the browser's settings have it
LARGE = [*FLAGS, "--blink-settings=defaultFontSize=32"]
LONG = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft" * 2


@pytest.fixture(scope="module")
def encoder() -> SlowEncoder:
    return SlowEncoder()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, encoder: SlowEncoder) -> Assistant:
    files = {
        "accounts.pdf": accounts(),
        "light.txt": "The lighthouse on the pier cost 6 million francs, said the mayor.\n",
        "مكتبة.txt": f"Report 7.\n\n{ARABIC}\n\nThe end.\n",
        f"{LONG}.txt": f"The zeppelin's name is {LONG * 3}, and it weighs 88 tons.\n",
        "empty.txt": "",
        "prix.md": "---\nauthor: Ada\ndate: 2024-05-01\n---\n\nLe pain de seigle coûtait 3 francs au marché couvert.\n",
        **EXAMPLES,
        "rapport-eau-valbrune.pdf": accounts(),  # for the German ones
        "year.md": "---\ndate: 2023\n---\n\nThe pain de seigle was 3 francs at the marché.\n",
    }
    return seeded(tmp_path_factory.mktemp("seeds"), files, encoder)


@pytest.fixture(scope="module")
def url(served: Assistant, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serving(served, tmp_path_factory.mktemp("gradio")) as address:
        yield address


def box_of(part: Locator) -> FloatRect:
    box = part.bounding_box()
    assert box is not None
    return box


def focused(page: Page) -> str:
    """The id of the focused element, or its classes."""
    return str(page.evaluate("document.activeElement.id || document.activeElement.className"))


def test_the_focus_stays_where_one_asks(open_page: OpenPage) -> None:
    page = open_page()
    page.locator(".example").first.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".turn:not(.pending)")).to_be_visible()
    assert focused(page) == "question"
    page.keyboard.type(QUESTION)
    page.keyboard.press("Tab")
    page.keyboard.press("Space")  # the button that asks
    expect(page.locator(".turn:not(.pending)")).to_have_count(2)
    assert focused(page) == "question"
    page.keyboard.type("Who composed the symphony?")
    page.keyboard.press("Enter")
    expect(page.locator(".turn .refusal")).to_have_count(2)
    assert focused(page) == "question"


def test_a_finger_opens_no_keyboard_by_asking(open_page: OpenPage) -> None:
    page = open_page(width=375, height=812, has_touch=True, is_mobile=True)
    page.locator(".example").first.tap()
    expect(page.locator(".turn:not(.pending)")).to_be_visible()
    assert focused(page) == "log"


def test_the_focus_comes_back_from_a_source_whose_answer_was_drawn_anew(open_page: OpenPage) -> None:
    page = open_page()
    ask(page, QUESTION).locator(".cite").first.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#viewer-scroll")).to_be_focused()
    # its words change at once, before the server has drawn it anew
    page.locator(".turn").evaluate("(e) => (e.dataset.old = 1)")
    page.get_by_role("button", name="Deutsch").click()
    expect(page.locator(".turn:not([data-old]) .citations").first).to_contain_text("Englisch")
    page.locator("#viewer-scroll").focus()
    page.keyboard.press("n")
    expect(page.locator(".cite[aria-current]")).to_have_text("[2] accounts")
    page.keyboard.press("Escape")
    expect(page.locator(".cite", has_text="[2]")).to_be_focused()


def test_an_answer_that_is_drawn_anew_keeps_the_focus_and_what_is_open(open_page: OpenPage) -> None:
    page = open_page()
    ask(page, QUESTION).locator(".passages summary").click()
    page.locator(".cite").first.click()
    expect(page.locator(".viewer mark.span")).to_be_visible()
    page.locator(".turn").evaluate("(e) => (e.dataset.old = 1)")
    late: list[Route] = []
    page.route("**/queue/join*", lambda route: late.append(route))
    page.get_by_role("button", name="Deutsch").click()
    page.locator("#viewer-scroll").focus()
    page.keyboard.press("n")
    expect(page.locator(".cite[aria-current]")).to_have_text("[2] accounts")
    page.keyboard.press("Escape")
    expect(page.locator(".cite", has_text="[2]")).to_be_focused()
    for route in late:
        route.continue_()  # the answer in German comes after all that
    expect(page.locator(".turn:not([data-old])")).to_be_visible()
    expect(page.locator(".cite", has_text="[2]")).to_be_focused()
    expect(page.locator(".passages ol")).to_be_visible()


def test_the_focus_is_not_lost_when_the_index_is_rebuilt(open_page: OpenPage, served: Assistant) -> None:
    page = open_page()
    new = served.settings.seeds / "new.txt"
    new.write_text("The harbour has 9 cranes.\n", encoding="utf-8")
    page.locator(".banner .build").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#toast")).to_contain_text("up to date")
    assert focused(page) == "question"


def test_a_link_s_source_gives_the_focus_to_the_conversation(open_page: OpenPage, url: str) -> None:
    page = open_page(f"{url}#doc=light.txt&start=0&end=14&sha256=0&text=The+lighthouse", width=375)
    expect(page.locator(".viewer mark")).to_be_visible()
    expect(page.locator("#viewer-close")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(".viewer")).to_be_hidden()
    assert focused(page) == "log"


def test_every_control_is_reached_by_tab_shows_it_and_has_a_name(open_page: OpenPage) -> None:
    page = open_page()
    turn = ask(page, QUESTION)
    turn.locator(".passages summary").click()
    turn.locator(".cite", has_text="accounts").click()
    page.wait_for_function("document.querySelector('.sheet img')?.naturalWidth > 0")
    controls = "button, summary, input, textarea, [tabindex='0']"
    shown = "(all) => all.filter((e) => e.checkVisibility() && !e.disabled).length"
    wanted = page.locator("#sourcier").locator(controls).evaluate_all(shown)
    page.evaluate("document.activeElement.blur()")
    reached: list[dict[str, Any]] = []
    for _ in range(80):
        page.keyboard.press("Tab")
        at = page.evaluate(
            """() => {
                const e = document.activeElement;
                if (!e.closest("#sourcier") || e.dataset.reached) return null;
                e.dataset.reached = "1";
                const style = getComputedStyle(e);
                return { name: e.ariaLabel || e.textContent.trim() || e.placeholder, style: style.outlineStyle };
            }"""
        )
        if at:
            reached.append(at)
    assert len(reached) == wanted > 25
    assert [one for one in reached if not one["name"] or one["style"] != "solid"] == []


def test_nothing_moves_for_those_who_asked_for_less_motion(
    open_page: OpenPage,
    served: Assistant,
    encoder: SlowEncoder,
) -> None:
    moving = "document.getAnimations().length"
    for motion, moves in (("no-preference", True), ("reduce", False)):
        page = open_page(reduced_motion=motion)
        page.evaluate(
            "document.querySelector('#turns').innerHTML = '<p class=\"reading-now\">Reading the sources…</p>'"
        )
        assert (page.evaluate(moving) > 0) is moves
        page.evaluate("document.querySelector('#turns').replaceChildren()")
        ask(page, QUESTION).locator(".copy").first.click()
        expect(page.locator("#toast")).to_have_class("toast shown")
        page.locator(".cite").first.click()
        expect(page.locator(".viewer mark.span")).to_be_visible()
        if not moves:
            assert page.evaluate(moving) == 0


@pytest.mark.parametrize(("width", "height"), [(640, 360), (320, 256), (1280, 400)])
def test_in_a_low_window_the_document_scrolls(open_page: OpenPage, width: int, height: int) -> None:
    page = open_page(width=width, height=height, locale="de-DE")
    turn = ask(page, QUESTION)
    assert no_sideways_scroll(page)
    assert page.evaluate("scrollY") > 0
    expect(turn.locator(".question")).to_be_in_viewport(ratio=1)
    expect(page.locator("#composer")).to_be_in_viewport(ratio=1)
    log, asking = page.locator("#log").bounding_box(), page.locator("#composer").bounding_box()
    assert log is not None
    assert asking is not None
    assert asking["height"] <= 110
    assert log["height"] > height  # all of it is drawn: nothing of it scrolls by itself
    shot(page, f"low-{width}x{height}")
    for name in ("summary", ".thumb.down", ".cite"):
        turn.locator(name).last.focus()
        focused_box, asking = turn.locator(name).last.bounding_box(), page.locator("#composer").bounding_box()
        assert focused_box is not None
        assert asking is not None
        assert focused_box["y"] >= 0
        assert focused_box["y"] + focused_box["height"] <= asking["y"] + 1
    turn.locator(".cite").last.click()
    expect(page.locator("#viewer mark.span, #viewer .box").first).to_be_visible()
    shot(page, f"low-source-{width}x{height}")
    page.locator("#viewer-close").click()
    page.click("[data-tab=sources]")
    expect(page.locator("#sources table")).to_be_visible()
    page.locator("#sources-judged").scroll_into_view_if_needed()
    expect(page.locator("#sources-judged")).to_be_in_viewport()


def test_a_dot_stands_between_two_facts_and_never_at_the_beginning_of_a_line(open_page: OpenPage) -> None:
    page = open_page(width=375)
    line = ask(page, QUESTION).locator(".cite + .facts").last
    left = box_of(line)["x"]
    dots = {True: 0, False: 0}
    for fact in line.locator(":scope > *").all()[1:]:
        box = box_of(fact)
        clip = {"x": box["x"] - 14, "y": box["y"], "width": 12, "height": box["height"]}
        colours = Image.open(BytesIO(page.screenshot(clip=clip))).convert("RGB").getcolors()
        begins = box["x"] - left < 1
        assert (colours is None or len(colours) > 1) is not begins
        dots[begins] += 1
    assert dots[True]
    assert dots[False]


def test_a_button_that_shows_a_sign_alone_says_on_hover_what_it_does(open_page: OpenPage) -> None:
    page = open_page(locale="fr-FR")
    expect(page.locator("#viewer-next")).to_have_attribute("title", "Citation suivante")
    signs = page.locator("#viewer button", has_text=re.compile(r"^[‹›↑↓+−]$"))
    expect(signs).to_have_count(6)
    assert all(one.get_attribute("title") for one in signs.all())


def test_the_keys_are_shown_to_a_mouse_too(open_page: OpenPage) -> None:
    page = open_page()
    page.get_by_role("button", name="Keys").click()
    expect(page.locator("#keys")).to_contain_text("next citation")
    page.keyboard.press("Escape")
    expect(page.locator("#keys")).to_be_hidden()
    assert focused(page) == "show-keys"


def test_a_narrow_screen_gives_the_title_of_a_source_all_of_its_width(open_page: OpenPage) -> None:
    page = open_page(width=375)
    ask(page, QUESTION).locator(".cite").first.click()
    expect(page.locator("#viewer-title")).to_have_text("light")
    assert box_of(page.locator("#viewer > header > div").first)["width"] > 330
    assert box_of(page.locator("#viewer-close"))["x"] > 280


def test_the_head_says_how_the_index_stands_in_one_running_text(open_page: OpenPage) -> None:
    page = open_page(width=1100)
    built, skipped = page.locator("#index-line .facts > *").last, page.locator("#index-line summary")
    expect(skipped).to_have_text("1 file skipped")
    assert abs(box_of(built)["y"] - box_of(skipped)["y"]) < 4
    assert box_of(page.locator("#index-line"))["height"] < 45  # two lines


def test_all_of_a_conversation_is_printed(open_page: OpenPage) -> None:
    page = open_page(color_scheme="dark")
    for asked in range(1, 7):
        turn = ask(page, QUESTION)
        expect(page.locator(".turn:not(.pending)")).to_have_count(asked)
    turn.locator(".cite").first.click()
    expect(page.locator("#viewer mark.span")).to_be_visible()
    page.emulate_media(media="print", color_scheme="light")
    assert page.evaluate("document.documentElement.scrollHeight") > 1200
    assert page.locator("#log").evaluate("(log) => log.scrollHeight - log.clientHeight") <= 1
    for name in ("#composer", ".controls", ".tabs", "#viewer", ".acts", "#toast"):
        expect(page.locator(name).first).to_be_hidden()
    with pdfium.PdfDocument(page.pdf(format="A4")) as printed:
        text = "".join(sheet.get_textpage().get_text_bounded() for sheet in printed)
    printed_whole = [text.count(part) for part in (QUESTION, "accounts.pdf", "light.txt", "Why this answer?")]
    assert printed_whole == [6, 6, 6, 6]


def test_an_event_that_is_not_taken_is_said_at_once(browser: Browser, url: str) -> None:
    # unwatched: the browser itself says in the console that it failed
    page = browser.new_page(locale="fr-FR")
    page.goto(url)
    page.wait_for_selector("body.started")
    busy = {"status": 503, "content_type": "application/json", "body": '{"detail": "queue_full"}'}
    page.route("**/queue/join*", lambda route: route.fulfill(**busy))
    page.fill("#question", QUESTION)
    page.press("#question", "Enter")
    expect(page.locator(".turn .card.error")).to_contain_text("Sourcier a trop à faire")
    expect(page.locator("#question")).to_have_value(QUESTION)
    expect(page.locator(".toast-wrap")).to_be_hidden()
    page.unroute("**/queue/join*")
    page.press("#question", "Enter")
    expect(page.locator(".turn blockquote").first).to_be_visible()
    page.route("**/queue/join*", lambda route: route.fulfill(**busy))
    page.locator(".thumb.up").first.click()
    expect(page.locator("#toast")).to_contain_text("Sourcier a trop à faire")
    page.close()


def test_behind_the_list_of_keys_they_do_nothing(open_page: OpenPage) -> None:
    page = open_page()
    ask(page, QUESTION)
    page.locator("#log").focus()
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()
    page.keyboard.press("n")
    page.keyboard.press("/")
    page.wait_for_timeout(200)
    expect(page.locator("body.viewing")).to_have_count(0)
    assert page.evaluate("document.querySelector('#keys').contains(document.activeElement)")
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_hidden()
    page.keyboard.press("/")
    expect(page.locator("#question")).to_be_focused()


def states(page: Page) -> Iterator[str]:
    """Takes `page` through its states, one after the other."""
    yield "empty"
    turn = ask(page, QUESTION)
    turn.locator(".passages summary").click()
    yield "answered"
    turn.locator(".cite", has_text="light").click()
    expect(page.locator(".viewer mark.span")).to_be_visible()
    yield "a text"
    page.click("#viewer-close")
    turn.locator(".cite", has_text="accounts").first.click()
    page.wait_for_function("document.querySelector('.sheet img')?.naturalWidth > 0")
    yield "a PDF"
    page.click("#viewer-close")
    page.locator("#log").focus()
    page.keyboard.press("?")
    yield "keys"
    page.keyboard.press("Escape")
    ask(page, "Who composed the symphony?")
    yield "refused"
    page.locator("#index-line .skipped summary").click()
    yield "skipped"
    page.locator("#index-line .skipped summary").click()
    turn = ask(page, "What does the zeppelin weigh in tons, the name?")
    yield "a long word"
    turn.locator(".cite", has_text="Donau").first.click()
    expect(page.locator(".viewer mark.span")).to_be_visible()
    yield "a long word in its source"


CUT_OFF = """() => [...document.querySelectorAll("#sourcier *")].filter((e) => {
    if (!e.checkVisibility() || e.closest(".aside, .toast, .hits p, svg, .sheets, .hint")) return false;
    const box = e.getBoundingClientRect();
    const style = getComputedStyle(e);
    const hidden = ["hidden", "clip"].includes(style.overflowX) && e.scrollWidth > e.clientWidth + 1;
    return box.width && (box.left < -1 || box.right > innerWidth + 1 || hidden);
}).map((e) => e.outerHTML.slice(0, 120))"""


def cut_off(page: Page) -> dict[str, list[str]]:
    """By state: what reaches beyond the window's sides, or is clipped at its own."""
    found = {}
    for state in states(page):
        beyond = page.evaluate(CUT_OFF)
        if beyond or not no_sideways_scroll(page):
            found[state] = beyond
    return found


@pytest.mark.parametrize("language", ["en", "fr", "de", "es"])
@pytest.mark.parametrize("width", [375, 320])
def test_a_narrow_screen_loses_nothing_at_its_sides(open_page: OpenPage, width: int, language: str) -> None:
    assert cut_off(open_page(width=width, height=812, locale=language)) == {}


def test_the_page_may_be_zoomed_to_twice_its_size(open_page: OpenPage) -> None:
    page = open_page(width=640, height=400, device_scale_factor=2)  # what a zoom of 200% makes of 1280 by 800
    assert cut_off(page) == {}


@pytest.fixture(scope="module")
def large(browser: Browser) -> Iterator[Browser]:
    chromium = browser.browser_type.launch(executable_path=CHROMIUM, args=LARGE)
    yield chromium
    chromium.close()


@pytest.mark.parametrize("language", ["en", "de"])
def test_letters_of_twice_the_size_lose_nothing(large: Browser, url: str, language: str) -> None:
    page = large.new_page(viewport={"width": 1280, "height": 800}, locale=language)
    page.goto(url)
    page.wait_for_selector("body.started")
    sizes = "(all) => all.map((e) => parseFloat(getComputedStyle(e).fontSize))"
    assert page.locator("#hint, #question, .example").evaluate_all(sizes) == [32, 32, 32, 32, 32, 26]
    assert cut_off(page) == {}
    page.close()


def test_a_source_from_right_to_left_is_shown_so(open_page: OpenPage) -> None:
    page = open_page()
    page.fill("#question", ASKED)
    assert page.locator("#question").evaluate("(e) => getComputedStyle(e).direction") == "rtl"
    turn = ask(page, ASKED)
    direction = "(e) => [getComputedStyle(e).direction, e.lang]"
    assert turn.locator("blockquote").evaluate(direction) == ["rtl", "ar"]
    assert turn.locator("h2").evaluate("(e) => getComputedStyle(e).direction") == "rtl"
    expect(turn.locator("blockquote mark")).to_have_text("12 مليون")
    quote, answer = turn.locator("blockquote mark").bounding_box(), turn.locator(".answer").bounding_box()
    assert quote
    assert answer
    assert quote["x"] > answer["x"] + 100  # the line begins at the right
    title = turn.locator(".cite").get_attribute("title") or ""
    assert title.endswith(f"\n\u2068{ARABIC}\u2069")  # which its own letters direct
    assert turn.locator(".citations .facts bdi").all_text_contents() == ["مكتبة.txt", "Arabic"]
    assert turn.locator(".facts > bdi").count() == 0  # else the dot that follows it stands before it
    turn.locator(".cite").click()
    expect(page.locator(".viewer mark.span")).to_have_text("12 مليون")
    text = page.locator("#viewer-text").bounding_box()
    marked = page.locator(".viewer mark.quote").first.bounding_box()
    assert text
    assert marked
    # Arabic: at the right
    assert marked["x"] + marked["width"] == pytest.approx(text["x"] + text["width"], abs=2)
    first = page.evaluate(
        """() => {
            const range = document.createRange();
            const walker = document.createTreeWalker(document.querySelector("#viewer-text"), NodeFilter.SHOW_TEXT);
            range.selectNodeContents(walker.nextNode());
            range.setEnd(range.startContainer, 6);
            return range.getBoundingClientRect().left;
        }"""
    )
    assert first == pytest.approx(text["x"], abs=2)  # and the English line before it at the left


@pytest.mark.parametrize(
    ("language", "documents", "quoted", "day"),
    [
        ("en-US", "in 2 documents", "quoted in French, as it stands there; nothing was translated", "May 1, 2024"),
        ("en-GB", "in 2 documents", "quoted in French, as it stands there; nothing was translated", "1 May 2024"),
        ("fr", "dans 2 documents", "cité en français, tel quel ; rien n’a été traduit", "1 mai 2024"),
        ("de", "in 2 Dokumenten", "zitiert auf Französisch, wie es dort steht; nichts wurde übersetzt", "01.05.2024"),
        ("es", "en 2 documentos", "citado en francés, tal como figura allí; no se ha traducido nada", "1 may 2024"),
    ],
)  # fmt: skip
def test_an_answer_says_where_it_stands(
    open_page: OpenPage,
    language: str,
    documents: str,
    quoted: str,
    day: str,
) -> None:
    page = open_page(locale=language)
    turn = ask(page, "What did the pain de seigle cost in the marché couvert?")
    expect(turn.locator(".standing").first.locator("span")).to_have_text([documents, quoted])
    expect(turn.locator(".citations time").first).to_have_text(day)
    expect(turn.locator(".citations time").last).to_have_text("2023")
    expect(turn.locator(".citations .facts").first).to_contain_text("Ada")
    turn = ask(page, "Que coûtait le pain de seigle au marché couvert ?")
    expect(turn.locator(".standing").first.locator("span")).to_have_text([documents])
