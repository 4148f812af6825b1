"""A served page for tests: a reader of plain rules, a bag-of-words encoder, and Chromium, every other host blocked."""

from __future__ import annotations

import os
import re
import shutil
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from fpdf import FPDF
from playwright.sync_api import Browser, Locator, Page, Request, Route, expect, sync_playwright
from stubs import BagEncoder

from assistant.service import Assistant
from assistant.settings import Settings
from assistant.sheets import DRAWER
from assistant.types import Candidate
from assistant.web import clean_environment, create_app, listen
from index.types import Hit, Span, Vectors

CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"  # `make test` installs it
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
# Gradio's client, as a page is loaded again
CUT_OFF = re.compile(r"^AbortError.*/assets/|Connection errored out", re.S)
OpenPage = Callable[..., Page]
expect.set_options(timeout=15_000)  # a machine that is busy is no fault of the page
QUESTION = "What did the lighthouse on the pier cost in francs?"  # two documents say otherwise


EXAMPLES: dict[str, str] = {  # documents for which the page offers its English example questions
    "sommet-ia-paris-2025.md": "Nothing of the summit.\n",
    "library-reopening.html": "<p>Nothing of the library.</p>",
    "guide-to-public-records.md": "Nothing of records.\n",
}


class RuleReader:
    """The line that shares most long words with the question, and in it the first number."""

    name = "rules"

    def read(self, question: str, language: str, hits: Sequence[Hit]) -> list[Candidate]:
        asked = set(re.findall(r"\w{4,}", question.casefold()))
        found = []
        for hit in hits:
            for sentence in re.finditer(r"[^\n]+", hit.passage.text):
                shared = asked & set(re.findall(r"\w{4,}", sentence[0].casefold()))
                number = re.search(r"\d[\d ]*\d|\d", sentence[0])
                start = hit.passage.start + sentence.start()
                span = Span(start + number.start(), start + number.end()) if number else None
                quote = Span(start, start + len(sentence[0]))
                score = len(shared) / max(len(asked), 1)
                found.append(
                    Candidate(hit.passage.document, span or quote, quote, min(score, 0.99), hit.rank)
                )
        return sorted(found, key=lambda candidate: -candidate.score)


class SlowEncoder(BagEncoder):
    """Encodes passages only once `go` is set, so that a test can look at a build under way."""

    def __init__(self) -> None:
        super().__init__()
        self.go = threading.Event()
        self.go.set()

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        assert self.go.wait(30)
        return super().encode_passages(texts)


def make_assistant(seeds: Path, encoder: BagEncoder | None = None) -> Assistant:
    return Assistant(Settings(seeds=seeds, port=0, read=20), encoder or BagEncoder(), RuleReader())


def seeded(folder: Path, files: Mapping[str, str | bytes], encoder: BagEncoder | None = None) -> Assistant:
    """An assistant over a new folder of these files, indexed."""
    folder.mkdir(exist_ok=True)
    for name, content in files.items():
        data = content.encode("utf-8") if isinstance(content, str) else content
        (folder / name).write_bytes(data)
    assistant = make_assistant(folder, encoder)
    assistant.build()
    return assistant


@contextmanager
def serving(assistant: Assistant, scratch: Path, port: int = 0) -> Iterator[str]:
    """The address of the page of `assistant`, served from a thread."""
    clean_environment(str(scratch))
    import uvicorn

    listener = listen(port)
    port = listener.getsockname()[1]
    app = create_app(assistant, assistant.settings, port)
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", timeout_graceful_shutdown=1))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    DRAWER.warm()  # as `serve` does
    while not server.started and thread.is_alive():
        time.sleep(0.02)
    try:
        yield f"http://127.0.0.1:{port}/"
    finally:
        server.should_exit = True
        thread.join(10)
        app.state.watcher.stop()  # as `serve` does: a test may leave it on
        listener.close()
        assistant.close()


@dataclass
class Watched:
    """What went wrong or elsewhere in the pages of one test."""

    elsewhere: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def encoder() -> SlowEncoder:
    return SlowEncoder()


@pytest.fixture
def url(served: Assistant, tmp_path: Path) -> Iterator[str]:
    """The page of the test's own `served`."""
    with serving(served, tmp_path / "gradio") as address:
        yield address


@pytest.fixture
def open_page(browser: Browser, url: str) -> Iterator[OpenPage]:
    """Opens pages; afterwards none may have sent a request elsewhere, nor met an error in its scripts."""
    watched = Watched()
    contexts = []

    def guard(route: Route, request: Request) -> None:
        if re.match(r"http://127\.0\.0\.1:\d+/|data:", request.url):
            route.continue_()
        else:
            watched.elsewhere.append(request.url)
            route.abort()

    def note(error: str) -> None:
        if not CUT_OFF.search(error):
            watched.errors.append(error)

    def open_one(address: str = url, *, width: int = 1280, height: int = 800, **options: object) -> Page:
        size = {"width": width, "height": height}
        context = browser.new_context(viewport=size, **{"locale": "en-GB", **options})
        contexts.append(context)
        context.set_default_timeout(15_000)
        context.grant_permissions(["clipboard-read", "clipboard-write"])
        context.route("**/*", guard)
        page = context.new_page()
        page.on("pageerror", lambda error: note(str(error)))
        page.on("console", lambda said: note(said.text) if said.type == "error" else None)
        page.goto(address)
        page.wait_for_selector("body.started, #card .card")
        return page

    yield open_one
    for context in contexts:
        context.close()
    assert watched.elsewhere == []
    assert watched.errors == []


def ask(page: Page, question: str) -> Locator:
    """The turn that answers."""
    page.fill("#question", question)
    page.press("#question", "Enter")
    turn = page.locator(".turn:not(.pending)", has_text=question).last
    expect(turn).to_be_visible()
    return turn


def in_view(page: Page, inner: str, outer: str) -> bool:
    boxes = [page.locator(selector).first.bounding_box() for selector in (inner, outer)]
    assert boxes[0] is not None
    assert boxes[1] is not None
    a, b = boxes[0], boxes[1]
    viewport = page.viewport_size
    assert viewport is not None
    return b["y"] <= a["y"] and a["y"] + a["height"] <= min(b["y"] + b["height"], viewport["height"])


def no_sideways_scroll(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


def select(page: Page, words: str) -> None:
    """Mark these words in the viewer, as a mouse would."""
    expect(page.locator("#viewer-text")).to_contain_text(words)
    page.evaluate(
        """words => {
          const walk = document.createTreeWalker(document.querySelector("#viewer-text"), NodeFilter.SHOW_TEXT);
          for (let node = walk.nextNode(); node; node = walk.nextNode()) {
            const at = node.data.indexOf(words);
            if (at < 0) continue;
            getSelection().setBaseAndExtent(node, at, node, at + words.length);
            return;
          }
          throw new Error(`not shown: ${words}`);
        }""",
        words,
    )
    expect(page.locator("#marking")).to_be_visible()
    expect(page.locator("#marked-text")).to_have_text(words)


def shot(page: Page, name: str) -> None:
    """A picture in both themes, for people to look at, where SOURCIER_SHOTS names a folder."""
    if folder := os.environ.get("SOURCIER_SHOTS"):
        for theme in ("light", "dark"):
            page.emulate_media(color_scheme=theme)
            page.screenshot(path=f"{folder}/{name}-{theme}.png")


def accounts() -> bytes:
    pdf = FPDF(format="A4")
    pdf.set_font("Times", size=12)
    for n in range(5):
        pdf.add_page()
        pdf.multi_cell(
            0, 7, "The accounts were long and dull. " * 20, align="J", new_x="LMARGIN", new_y="NEXT"
        )
        if n == 3:
            pdf.multi_cell(0, 7, "The lighthouse on the pier cost 7 million francs, and nobody was glad.")
    return bytes(pdf.output())
