"""What a user does on the page, in Debian's Chromium, with every other host blocked."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from pagekit import (
    EXAMPLES,
    OpenPage,
    SlowEncoder,
    ask,
    in_view,
    make_assistant,
    no_sideways_scroll,
    seeded,
    serving,
)
from playwright.sync_api import Browser, Page, expect

from assistant.question import LIMIT

BRIDGE = (
    "The ferry crossed the river for two centuries.\n\n"
    + "Rain fell on both muddy banks.\n" * 600
    + "\nThe stone bridge opened in 1932 and replaced the ferry.\n\n"
    + "Since then nobody waits.\n" * 1500
)
HOSTILE_NAME = "a <b>bold<b> ${1+1} {{value}} \u202ename.txt"
HOSTILE = (
    "<script>document.title = 'owned'</script> <img src=x onerror=\"document.title='owned'\"> zeppelin ${6*7} "
    '{{value}} {{{value}}} `${document.title="owned"}` <a href="javascript:alert(1)">zeppelin</a> '
    "![x](http://evil.example/x.png) \u202ezeppelin 77 <iframe src=//evil.example></iframe>.\n"
)

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def seeds(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("seeds")
    (folder / "bridge.txt").write_text(BRIDGE, encoding="utf-8")
    (folder / "prix.md").write_text("# Les prix\n\nLe pain coûtait 3 francs au marché.\n", encoding="utf-8")
    (folder / HOSTILE_NAME).write_text(HOSTILE, encoding="utf-8")
    (folder / "empty.txt").write_text("", encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def encoder() -> SlowEncoder:
    return SlowEncoder()


@pytest.fixture(scope="module")
def url(seeds: Path, encoder: SlowEncoder, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    assistant = make_assistant(seeds, encoder)
    assistant.build()
    with serving(assistant, tmp_path_factory.mktemp("gradio")) as address:
        yield address


def test_ask_read_the_marked_answer_and_open_its_citation(open_page: OpenPage) -> None:
    page = open_page()
    turn = ask(page, "When did the stone bridge open?")
    expect(turn.locator("blockquote")).to_have_text("The stone bridge opened in 1932 and replaced the ferry.")
    expect(turn.locator("blockquote mark")).to_have_text("1932")
    expect(turn.locator(".citations")).to_contain_text("bridge.txt")
    expect(turn.locator(".citations")).to_contain_text("English")
    expect(turn.locator(".citations")).to_contain_text("confidence")
    turn.get_by_role("button", name="[1]").click()
    expect(page.locator(".viewer mark.span")).to_have_text("1932")
    marked = "".join(page.locator(".viewer mark").all_text_contents())
    assert marked == "The stone bridge opened in 1932 and replaced the ferry."
    assert in_view(page, ".viewer mark.span", "#viewer-scroll")
    assert page.evaluate("document.querySelector('#viewer-scroll').scrollTop") > 0
    assert page.evaluate("scrollY") == 0


def test_a_large_document_comes_in_windows_that_join_without_a_seam(open_page: OpenPage) -> None:
    page = open_page()
    ask(page, "When did the stone bridge open?").locator(".cite").click()
    expect(page.locator(".viewer mark.span")).to_be_visible()
    text = page.locator("#viewer-text")
    assert len(text.text_content() or "") == 20_000
    mark = page.locator(".viewer mark.span")
    before_more = mark.bounding_box()
    page.locator("#viewer-earlier").dispatch_event("click")
    expect(page.locator("#viewer-earlier")).to_be_hidden()
    after_more = mark.bounding_box()
    assert before_more is not None
    assert after_more is not None
    assert abs(after_more["y"] - before_more["y"]) <= 1  # what is read stays in place
    while page.locator("#viewer-later").is_visible():
        before = len(text.text_content() or "")
        page.locator("#viewer-later").dispatch_event("click")
        page.wait_for_function(f"document.querySelector('#viewer-text').textContent.length > {before}")
    assert text.text_content() == BRIDGE


def test_all_passages_are_folded_under_the_answer_and_open(open_page: OpenPage) -> None:
    page = open_page()
    turn = ask(page, "Que coûtait le pain au marché ?")
    panel = turn.locator("details.passages")
    expect(panel.locator("ol")).to_be_hidden()
    panel.locator("summary").click()
    expect(panel.locator("li.used").first).to_contain_text("used")
    expect(panel.locator("li.unused").first).to_contain_text("not used")
    expect(panel.locator("li").first).to_contain_text(re.compile(r"score \d\.\d\d"))
    panel.locator("li.unused .hit").first.click()
    expect(page.locator(".viewer mark.quote").first).to_be_visible()
    assert page.locator(".viewer mark.span").count() == 0


def test_a_refusal_says_so_and_shows_what_was_closest(open_page: OpenPage) -> None:
    page = open_page()
    turn = ask(page, "Who composed the symphony?")
    expect(turn.locator(".refusal h3")).to_have_text("Not in the sources")
    expect(turn.locator(".refusal li")).to_have_count(3)
    expect(turn.locator(".refusal li").first).to_contain_text("not used")
    expect(turn.locator("blockquote")).to_have_count(0)
    turn.locator(".refusal .hit").first.click()
    expect(page.locator(".viewer mark").first).to_be_visible()


def test_an_edited_source_is_named_rebuilt_and_answered_anew(
    open_page: OpenPage, seeds: Path, encoder: SlowEncoder
) -> None:
    page = open_page()
    turn = ask(page, "What did le pain coûtait au marché ?")
    expect(turn.locator("blockquote mark")).to_have_text("3 francs")
    (seeds / "prix.md").write_text(
        "# Les prix\n\nEn 9 ans, le pain coûtait 5 francs au marché.\n", encoding="utf-8"
    )
    (seeds / "neuf.txt").write_text("The lighthouse has 88 steps.\n", encoding="utf-8")
    turn.evaluate("(turn) => (turn.dataset.same = 1)")
    banner = page.locator(".banner.stale")
    expect(banner).to_contain_text("prix.md changed")
    expect(banner).to_contain_text("neuf.txt new")
    encoder.go.clear()
    try:
        banner.get_by_role("button", name="Rebuild").click()
        expect(page.locator(".banner.building progress")).to_be_visible()
        during = ask(page, "When was it that stone bridge opened?")  # the old index goes on answering
        expect(during.locator("blockquote mark")).to_have_text("1932")
        expect(page.locator(".banner.building")).to_be_visible()
    finally:
        encoder.go.set()
    expect(turn).to_have_attribute("data-same", "1")  # building gave the server nothing to bring back
    expect(page.locator(".banner")).to_have_count(0)
    expect(page.locator("#toast")).to_contain_text("The index is up to date: 4 documents")
    expect(ask(page, "How many steps has the lighthouse?").locator("blockquote mark")).to_have_text("88")
    expect(ask(page, "Et maintenant, pain coûtait au marché ?").locator("blockquote mark")).to_have_text("9")
    turn.locator(".cite").click()  # the answer of before the change: its place has moved
    expect(page.locator("#viewer-notice")).to_contain_text("has changed since the answer")
    assert page.locator(".viewer mark").count() == 0


def test_a_hostile_document_is_text_wherever_it_appears(open_page: OpenPage) -> None:
    page = open_page()
    turn = ask(page, "Where is the zeppelin <b>now</b> ${1+1} {{value}}?")
    expect(turn.locator("h2")).to_contain_text("<b>now</b> ${1+1} {{value}}")
    expect(turn.locator("blockquote")).to_contain_text("<script>document.title = 'owned'</script>")
    expect(turn.locator(".citations .facts")).to_contain_text(
        "a <b>bold<b> ${1+1} {{value}} ⟨U+202E⟩name.txt"
    )
    turn.locator(".cite").click()
    expect(page.locator("#viewer-text")).to_contain_text('{{value}} {{{value}}} `${document.title="owned"}`')
    expect(page.locator("#viewer-text")).to_contain_text("![x](http://evil.example/x.png)")
    for inside in (".turn", ".viewer"):
        assert page.locator(f"{inside} :is(script, img, iframe, a)").count() == 0
        assert "\u202e" not in page.locator(inside).first.inner_text()
    assert page.title() == "Sourcier"


def test_no_injected_handler_would_run_even_if_markup_slipped_in(browser: Browser, url: str) -> None:
    page = browser.new_page()
    page.goto(url)
    page.wait_for_selector("body.started")
    page.evaluate(
        "() => { const d = document.createElement('div'); document.body.append(d);"
        "d.innerHTML = `<img src=x onerror=\"document.title='owned'\">`"
        " + `<a href=\"javascript:document.title='owned'\">x</a>`;"
        "d.querySelector('a').click(); }"
    )
    page.wait_for_timeout(300)
    assert page.title() == "Sourcier"
    page.close()


def test_french_by_the_browser_and_by_the_switch(open_page: OpenPage) -> None:
    page = open_page(locale="fr-FR")
    expect(page.locator("html")).to_have_attribute("lang", "fr")
    expect(page.locator("#welcome h2")).to_have_text("Que souhaitez-vous savoir ?")
    expect(page.locator("#index-line")).to_contain_text("1 fichier écarté")
    turn = ask(page, "When did the stone bridge open?")
    expect(turn.locator(".citations")).to_contain_text("anglais")
    page.get_by_role("button", name="English").click()
    expect(page.locator("#composer .primary")).to_have_text("Ask")
    expect(page.locator(".turn .citations")).to_contain_text("English")  # what was said is said anew
    expect(page.locator("#index-line")).to_contain_text("1 file skipped")
    again = page.context.new_page()
    again.goto(page.url)
    expect(again.locator("#welcome h2")).to_have_text("What would you like to know?")  # and remembered


@pytest.mark.parametrize(
    ("locale", "button", "welcome", "of_english"),
    [
        pytest.param("de-AT", "Deutsch", "Was möchten Sie wissen?", "Englisch", id="German"),
        pytest.param("es-MX", "Español", "¿Qué desea saber?", "inglés", id="Spanish"),
    ],
)
def test_german_and_spanish_by_the_browser(
    open_page: OpenPage, locale: str, button: str, welcome: str, of_english: str
) -> None:
    page = open_page(locale=locale)
    expect(page.locator("html")).to_have_attribute("lang", locale[:2])
    expect(page.locator("#welcome h2")).to_have_text(welcome)
    expect(page.get_by_role("button", name=button)).to_have_attribute("aria-pressed", "true")
    turn = ask(page, "When did the stone bridge open?")
    expect(turn.locator(".citations")).to_contain_text(of_english)


def test_examples_are_offered_where_their_documents_are(open_page: OpenPage, tmp_path: Path) -> None:
    page = open_page()
    expect(page.locator("#welcome")).to_be_visible()
    expect(page.locator("#offered")).to_be_hidden()
    assistant = seeded(
        tmp_path / "examples", {**EXAMPLES, "bridge.txt": "The stone bridge opened in 1932.\n"}
    )
    with serving(assistant, tmp_path / "gradio") as address:
        examples_ask_and_start_over_clears(open_page(address))


def examples_ask_and_start_over_clears(page: Page) -> None:
    expect(page.locator(".example:visible")).to_have_count(4)
    height = head(page)
    first = page.locator(".example").first
    question = first.text_content() or ""
    first.click()
    expect(page.locator(".turn:not(.pending) h2")).to_contain_text(question)
    expect(page.locator("#welcome")).to_be_hidden()
    assert head(page) == height
    page.get_by_role("button", name="Start over").click()
    expect(page.locator("#start-over")).to_be_hidden()
    expect(page.locator(".turn")).to_have_count(0)
    expect(page.locator("#welcome")).to_be_visible()
    expect(ask(page, "When did the stone bridge open?").locator("blockquote mark")).to_have_text("1932")
    page.get_by_role("button", name="Français").click()
    expect(page.locator(".turn .citations")).to_contain_text("anglais")
    expect(page.locator(".turn")).to_have_count(1)  # the server has forgotten the first one too
    expect(page.locator("#offered")).to_be_hidden()  # the French ones ask for other documents
    page.close()


def head(page: Page) -> float:
    return float(page.evaluate("document.querySelector('.top').getBoundingClientRect().height"))


def test_an_empty_question_is_answered_gently(open_page: OpenPage) -> None:
    page = open_page()
    page.fill("#question", "   ")
    page.press("#question", "Enter")
    expect(page.locator("#hint")).to_contain_text("Write a question first")
    expect(page.locator(".turn")).to_have_count(0)
    page.fill("#question", "x")
    expect(page.locator("#hint")).to_contain_text("Enter asks")


def test_a_question_that_is_too_long_stays_in_its_box(open_page: OpenPage) -> None:
    page = open_page(locale="fr-FR")
    page.fill("#question", "é😀" * (LIMIT // 2) + "?")
    page.press("#question", "Enter")
    expect(page.locator("#hint.warn")).to_have_text(
        re.compile(r"compte 2\s001 caractères, et 2\s000 au plus")
    )
    expect(page.locator(".turn")).to_have_count(0)
    assert len(page.input_value("#question")) == LIMIT + 1
    page.press("#question", "Backspace")
    expect(page.locator("#hint.warn")).to_have_count(0)
    page.press("#question", "Enter")
    asked = page.locator(".turn:not(.pending) .question")
    expect(asked).to_contain_text("é😀")
    box = asked.bounding_box()
    assert box is not None
    assert box["height"] <= 320  # of 800


def test_the_box_is_as_high_as_its_placeholder(open_page: OpenPage) -> None:
    page = open_page(width=375)
    height = (
        "[document.querySelector('#question').clientHeight, document.querySelector('#question').scrollHeight]"
    )
    page.click("[data-tab=sources]")
    page.get_by_role("button", name="Français").click()
    page.click("[data-tab=ask]")
    shown, whole = page.evaluate(height)
    assert whole > 60  # two lines
    assert shown == whole
    page.set_viewport_size({"width": 1280, "height": 800})
    page.wait_for_function("document.querySelector('#question').clientHeight < 50")
    page.set_viewport_size({"width": 375, "height": 800})
    page.wait_for_function("document.querySelector('#question').clientHeight > 60")


def test_forced_colours_keep_the_tabs_apart(open_page: OpenPage) -> None:
    page = open_page(forced_colors="active")
    border = "(tab) => getComputedStyle(tab).borderBottomColor"
    canvas = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert page.locator("[data-tab=sources]").evaluate(border) == canvas
    assert page.locator("[data-tab=ask]").evaluate(border) != canvas


def test_forced_colours_keep_the_answer_apart_from_its_sentence(open_page: OpenPage) -> None:
    page = open_page(forced_colors="active")
    ask(page, "When did the stone bridge open?").locator(".cite").first.click()
    span = page.locator("#viewer-text mark.span")
    expect(span).to_have_text("1932")
    assert span.evaluate("(mark) => getComputedStyle(mark).outlineStyle") == "solid"


def test_a_question_that_cannot_be_asked_is_a_card(open_page: OpenPage) -> None:
    page = open_page()
    page.fill("#question", "?!")
    page.press("#question", "Enter")
    expect(page.locator(".turn .card.error h3")).to_have_text("That did not work")
    expect(page.locator("#composer .primary")).to_be_enabled()


def test_copying_takes_the_quote_with_its_citation(open_page: OpenPage) -> None:
    page = open_page()
    page.evaluate("""() => {
      const Own = ClipboardItem;
      window.ClipboardItem = function (kinds) {
        if (Object.values(kinds).some((one) => !(one instanceof Blob))) throw new TypeError("as older Chromium says");
        return new Own(kinds);
      };
    }""")
    turn = ask(page, "When did the stone bridge open?")
    turn.get_by_role("button", name="Copy with citation").click()
    expect(turn.locator(".copy")).to_have_text("Copied")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith("> The stone bridge opened in **1932** and replaced the ferry.")
    assert "bridge.txt" in copied
    rich = """navigator.clipboard.read().then(async ([one]) => {
      const html = await (await one.getType("text/html")).text();
      return new DOMParser().parseFromString(html, "text/html").body.innerText;
    })"""  # as an office program takes it
    pasted = page.evaluate(rich)
    assert pasted.startswith("The stone bridge opened in 1932 and replaced the ferry.")
    assert "[1] bridge (bridge.txt, characters" in pasted


def test_the_keyboard_alone_is_enough(open_page: OpenPage) -> None:
    page = open_page()

    def tab_to(selector: str) -> None:
        for _ in range(40):
            page.keyboard.press("Tab")
            if page.evaluate("s => document.activeElement.matches(s)", selector):
                return
        raise AssertionError(f"Tab never reaches {selector}")

    tab_to("#question")
    page.keyboard.type("When did the stone bridge open?")
    page.keyboard.press("Enter")
    expect(page.locator(".cite")).to_be_visible()
    page.evaluate("document.activeElement.blur()")
    tab_to(".cite")
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"
    page.keyboard.press("Enter")
    expect(page.locator(".viewer mark.span")).to_be_visible()
    expect(page.locator("#viewer-scroll")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator(".cite")).to_be_focused()
    expect(page.locator(".viewer mark")).to_have_count(0)
    page.keyboard.press("Space")
    expect(page.locator(".viewer mark.span")).to_be_visible()
    page.keyboard.press("Escape")
    tab_to(".copy")
    tab_to(".passages summary")
    page.keyboard.press("Enter")
    tab_to(".hit")


def test_a_phone_has_one_column_and_an_overlay_that_closes(open_page: OpenPage) -> None:
    page = open_page(width=375, height=812, has_touch=True)
    assert no_sideways_scroll(page)
    turn = ask(page, "When did the stone bridge open?")
    assert no_sideways_scroll(page)
    expect(page.locator(".viewer")).to_be_hidden()
    turn.locator(".cite").tap()
    expect(page.locator(".viewer mark.span")).to_be_visible()
    assert in_view(page, ".viewer mark.span", "#viewer-scroll")
    assert no_sideways_scroll(page)
    box = page.locator(".viewer").bounding_box()
    assert box == {"x": 0, "y": 0, "width": 375, "height": 812}
    expect(page.locator("#viewer-close")).to_be_focused()
    page.locator("#viewer-close").tap()
    expect(page.locator(".viewer")).to_be_hidden()
    expect(turn.locator(".cite")).to_be_focused()


def _luminance(colour: str) -> float:
    channels = [int(part) / 255 for part in re.findall(r"\d+", colour)[:3]]
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(page: Page, selector: str) -> float:
    """Of an element's text against the first painted background behind it."""
    pair = page.locator(selector).first.evaluate(
        """element => {
            let behind = element;
            while (getComputedStyle(behind).backgroundColor === "rgba(0, 0, 0, 0)") behind = behind.parentElement;
            return [getComputedStyle(element).color, getComputedStyle(behind).backgroundColor];
        }"""
    )
    light, dark = sorted((_luminance(colour) for colour in pair), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_both_themes_follow_the_system_and_can_be_read(open_page: OpenPage, scheme: str) -> None:
    page = open_page(color_scheme=scheme)
    turn = ask(page, "When did the stone bridge open?")
    turn.locator(".cite").click()
    expect(page.locator(".viewer mark.span")).to_be_visible()
    paper = _luminance(
        page.evaluate("getComputedStyle(document.querySelector('#sourcier .app')).backgroundColor")
    )
    assert (paper > 0.5) == (scheme == "light")
    for selector in (
        ".question", "blockquote", "blockquote mark", ".cite b", ".facts span", "#index-line .facts span", ".copy",
        ".passages summary", "#hint", "#viewer-text", ".viewer mark.span", ".viewer mark.quote", ".viewer .facts",
        ".languages [aria-pressed=true]", ".languages [aria-pressed=false]", "#composer .primary",
    ):  # fmt: skip
        assert contrast(page, selector) >= 4.5, selector


def test_two_visitors_never_see_each_other(open_page: OpenPage) -> None:
    one, other = open_page(), open_page()
    ask(one, "When did the stone bridge open?")
    ask(other, "Who composed the symphony?")
    expect(one.locator(".turn")).to_have_count(1)
    expect(other.locator(".turn")).to_have_count(1)
    one.get_by_role("button", name="Français").click()
    expect(one.locator(".turn .citations")).to_contain_text("anglais")
    expect(one.locator(".turn")).to_have_count(1)
    expect(one.locator(".turn")).not_to_contain_text("symphony")


def test_a_folder_without_an_index_offers_to_build_one(open_page: OpenPage, tmp_path: Path) -> None:
    (tmp_path / "seeds").mkdir()
    (tmp_path / "seeds" / "tower.txt").write_text("The tower is 324 metres high.\n", encoding="utf-8")
    slow = SlowEncoder()
    with serving(make_assistant(tmp_path / "seeds", slow), tmp_path) as address:
        page = open_page(address)
        expect(page.locator(".card h3")).to_have_text("No index yet")
        expect(page.locator("#question")).to_be_disabled()
        slow.go.clear()
        page.get_by_role("button", name="Build the index").click()
        expect(page.locator(".card progress")).to_be_visible()
        expect(page.locator(".card h3")).to_contain_text("Building the index")
        slow.go.set()
        expect(page.locator("#welcome")).to_be_visible()
        expect(ask(page, "How high is the tower?").locator("blockquote mark")).to_have_text("324")
        page.close()


def test_an_empty_folder_says_what_to_put_there_and_notices_it(open_page: OpenPage, tmp_path: Path) -> None:
    seeds = tmp_path / "seeds"
    seeds.mkdir()
    with serving(make_assistant(seeds), tmp_path) as address:
        page = open_page(address, width=375, height=812)
        expect(page.locator(".card h3")).to_have_text("No sources in this folder yet")
        expect(page.locator(".card")).to_contain_text(str(seeds))
        assert no_sideways_scroll(page)
        (seeds / "tower.txt").write_text("The tower is 324 metres high.\n", encoding="utf-8")
        page.get_by_role("button", name="Build the index").click()
        expect(page.locator("#welcome")).to_be_visible()
        page.close()


def test_a_page_outlives_its_server_and_asks_the_next_one(browser: Browser, tmp_path: Path) -> None:
    seeds = tmp_path / "seeds"
    seeds.mkdir()
    (seeds / "tower.txt").write_text("The tower is 324 metres high.\n", encoding="utf-8")
    make_assistant(seeds).build()
    page = browser.new_page()
    from gradio.context import Context

    first = Context.id
    with serving(make_assistant(seeds), tmp_path) as address:
        page.goto(address)
        ask(page, "How high is the tower?")
    expect(page.locator("#banner .card.error")).to_be_visible(timeout=15_000)
    expect(page.locator("#composer .primary")).to_be_disabled()
    port = int(address.rsplit(":", 1)[1].strip("/"))
    Context.id = first  # as in a new process
    with serving(make_assistant(seeds), tmp_path, port):
        expect(page.locator("#banner .card.error")).to_have_count(0, timeout=15_000)
        # once the new server holds the conversation
        expect(page.locator("#composer .primary")).to_be_enabled()
        ask(page, "And the tower is how high now?")
        expect(page.locator(".turn blockquote")).to_have_count(2)
        page.click("#conversation summary")
        with page.expect_download() as download:
            page.get_by_role("button", name="Save", exact=True).click()
        saved = json.loads(download.value.path().read_text())["turns"]  # the new server was given the first
        assert [turn["question"] for turn in saved] == [
            "How high is the tower?", "And the tower is how high now?",
        ]  # fmt: skip
        page.close()


def test_a_server_that_ends_while_it_reads_leaves_the_conversation_in_the_tab(
    browser: Browser, tmp_path: Path
) -> None:
    seeds = tmp_path / "seeds"
    seeds.mkdir()
    (seeds / "tower.txt").write_text("The tower is 324 metres high.\n", encoding="utf-8")
    make_assistant(seeds).build()
    page = browser.new_page()
    from gradio.context import Context

    first, slow = Context.id, SlowEncoder()
    with serving(make_assistant(seeds, slow), tmp_path) as address:
        page.goto(address)
        ask(page, "How high is the tower?")
        page.route("**/queue/data*", lambda route: route.abort())  # its answer breaks off
        page.fill("#question", "Who built the tower?")
        page.press("#question", "Enter")
        page.wait_for_timeout(300)
    page.unroute("**/queue/data*")
    port = int(address.rsplit(":", 1)[1].strip("/"))
    Context.id = first  # as in a new process
    with serving(make_assistant(seeds), tmp_path, port):
        expect(page.locator("#question")).to_have_value("Who built the tower?", timeout=20_000)
        expect(page.locator(".turn .question")).to_contain_text(["How high is the tower?"])
        page.close()


def test_a_folder_that_went_away_and_a_server_that_stopped_are_told(browser: Browser, tmp_path: Path) -> None:
    seeds = tmp_path / "seeds"
    seeds.mkdir()
    (seeds / "tower.txt").write_text("The tower is 324 metres high.\n", encoding="utf-8")
    assistant = make_assistant(seeds)
    assistant.build()
    page = browser.new_page()
    with serving(assistant, tmp_path) as address:
        page.goto(address)
        expect(page.locator("#welcome")).to_be_visible()
        shutil.rmtree(seeds)
        expect(page.locator(".card.error")).to_be_visible()
    expect(page.locator("#banner .card.error")).to_contain_text("Sourcier has stopped", timeout=15_000)
    page.close()


def test_what_a_server_that_was_away_did_not_bring_comes_once_it_is_back(browser: Browser, url: str) -> None:
    page = browser.new_page(locale="en-GB")
    page.goto(url)
    turn = ask(page, "When did the stone bridge open?")
    page.route("**/component_server/**", lambda route: route.abort())
    expect(page.locator("#banner .card.error")).to_be_visible()
    turn.locator(".cite").first.click()
    expect(page.locator("#viewer-notice .error")).to_contain_text("Sourcier has stopped")
    page.click("[data-tab=sources]")
    page.unroute("**/component_server/**")
    expect(page.locator("#sources-table")).to_contain_text("bridge.txt")
    page.click("[data-tab=ask]")
    expect(page.locator("#viewer-text mark.span")).to_have_text("1932")
    expect(page.locator("#viewer-notice")).to_be_empty()
    page.close()
