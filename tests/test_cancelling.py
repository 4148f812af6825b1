"""What takes long is cancelled: a build between two batches, what it encoded kept; a question, taken back."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from pagekit import OpenPage, RuleReader, ask, no_sideways_scroll, serving, shot
from playwright.sync_api import Page, expect
from stubs import BagEncoder

from assistant.service import Assistant
from assistant.settings import Settings
from assistant.types import Candidate
from index.errors import Cancelled
from index.gather import BATCH
from index.types import Hit, Vectors
from prompts import messages

pytestmark = [pytest.mark.browser, pytest.mark.slow]
BRIDGE = "When was the stone bridge opened?"
HELD = "Who waits for the stone bridge?"
WORDS = {
    "en": ("Rebuild", "Cancel the build of the index", "The build was cancelled"),
    "fr": ("Reconstruire", "Annuler la construction de l’index", "La construction a été annulée"),
    "de": ("Aktualisieren", "Erstellen des Index abbrechen", "Das Erstellen wurde abgebrochen"),
    "es": ("Actualizar", "Cancelar la creación del índice", "La creación se canceló"),
}
STOPPING = {language: messages(language)["page_stopping"] for language in WORDS}


class BatchEncoder(BagEncoder):
    """Encodes a batch of passages whenever one is let go."""

    def __init__(self) -> None:
        super().__init__()
        self.free = True
        self.one = threading.Semaphore(0)

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        assert self.free or self.one.acquire(timeout=30)
        return super().encode_passages(texts)


class HeldReader(RuleReader):
    """Reads for the question HELD only once `go` is set; `began` when it was asked."""

    def __init__(self) -> None:
        self.go, self.began = threading.Event(), threading.Event()

    def read(self, question: str, language: str, hits: Sequence[Hit]) -> list[Candidate]:
        if question == HELD:
            self.began.set()
            assert self.go.wait(30)
        return super().read(question, language, hits)


@pytest.fixture
def encoder() -> BatchEncoder:
    return BatchEncoder()


@pytest.fixture
def reader() -> HeldReader:
    return HeldReader()


@pytest.fixture
def served(tmp_path: Path, encoder: BatchEncoder, reader: HeldReader) -> Assistant:
    seeds = tmp_path / "seeds"
    seeds.mkdir()
    (seeds / "bridge.txt").write_text("The stone bridge opened in 1932.\n", encoding="utf-8")
    assistant = Assistant(Settings(seeds=seeds, port=0, read=20), encoder, reader)
    assistant.build()
    return assistant


@pytest.fixture
def url(served: Assistant, encoder: BatchEncoder, reader: HeldReader, tmp_path: Path) -> Iterator[str]:
    with serving(served, tmp_path / "gradio") as address:
        yield address
        reader.go.set()
        encoder.free = True
        encoder.one.release(99)


@pytest.fixture
def towns(served: Assistant, encoder: BatchEncoder) -> int:
    """New files that take two batches, held back; how many passages they have."""
    for n in range(BATCH + 6):
        (served.settings.seeds / f"town {n}.txt").write_text(f"Town {n} has {n + 7} towers.\n")
    encoder.free, encoder.encoded = False, 0
    return BATCH + 6


def rebuild(page: Page, button: str = "Rebuild") -> None:
    page.locator("#banner").get_by_role("button", name=button).click()
    expect(page.locator("#banner progress")).to_be_visible()


def test_a_rebuild_is_cancelled_between_batches_and_goes_on_from_there(
    open_page: OpenPage,
    served: Assistant,
    encoder: BatchEncoder,
    towns: int,
) -> None:
    page = open_page()
    before = served.generation().id
    rebuild(page)
    expect(page.locator("#banner .stage")).to_contain_text(f"reading passages: 0 of {towns}")
    page.get_by_role("button", name="Cancel the build of the index").click()
    expect(page.locator("#banner .stage")).to_have_text(
        "stopping after this step; the passages read so far are kept"
    )
    expect(page.locator("#toast")).to_contain_text("stopping")
    encoder.one.release()
    expect(page.locator("#banner .stale")).to_contain_text("The build was cancelled. The index is as it was")
    expect(page.locator("#toast")).to_contain_text("kept for the next build")
    expect(page.locator("#banner .card")).to_have_count(0)
    assert (encoder.encoded, served.generation().id) == (BATCH, before)
    expect(ask(page, BRIDGE).locator("blockquote mark")).to_have_text("1932")
    encoder.free = True
    rebuild_button = page.locator("#banner").get_by_role("button", name="Rebuild")
    rebuild_button.click()
    expect(page.locator("#toast")).to_contain_text(f"{towns + 1} documents")
    assert encoder.encoded == towns  # none was encoded twice
    expect(ask(page, "How many towers has Town 61?").locator("blockquote mark").first).to_have_text("61")


@pytest.mark.parametrize("language", WORDS)
def test_cancelling_by_keyboard_in_every_language(
    open_page: OpenPage,
    encoder: BatchEncoder,
    towns: int,
    language: str,
) -> None:
    page = open_page(locale=language)
    start, cancel, cancelled = WORDS[language]
    rebuild(page, start)
    button = page.get_by_role("button", name=cancel)
    button.focus()
    held = button.element_handle()
    page.wait_for_timeout(1500)  # two looks at the index, that leave it alone
    assert page.evaluate("one => one === document.activeElement", held)
    page.keyboard.press("Enter")
    expect(button).to_be_disabled()
    expect(page.locator("progress").first).to_have_attribute("aria-label", STOPPING[language])
    expect(button).to_be_focused()
    encoder.one.release()
    expect(page.locator("#banner .stale")).to_contain_text(cancelled)
    expect(page.locator("#question")).to_be_focused()


@pytest.mark.parametrize("width", [1280, 375])
def test_the_sources_tab_cancels_too(
    open_page: OpenPage,
    encoder: BatchEncoder,
    towns: int,
    width: int,
) -> None:
    page = open_page(width=width)
    page.click("[data-tab=sources]")
    page.locator("#sources .build").click()
    button = page.get_by_role("button", name="Cancel the build of the index")
    expect(button).to_be_visible()
    expect(page.locator("#banner .stage")).to_contain_text("reading passages")
    assert no_sideways_scroll(page)
    shot(page, f"cancel-{width}")
    button.focus()
    page.keyboard.press("Space")
    expect(page.locator("#banner .stage")).to_have_text(STOPPING["en"])
    encoder.one.release()
    expect(page.locator("#banner .stale")).to_contain_text("The build was cancelled")
    expect(page.locator("tbody tr.new")).to_have_count(towns)
    expect(page.locator("[data-tab=sources]")).to_be_focused()
    shot(page, f"cancelled-{width}")


def test_a_first_build_is_cancelled(open_page: OpenPage, tmp_path: Path) -> None:
    seeds = tmp_path / "others"
    seeds.mkdir()
    for n in range(BATCH + 6):
        (seeds / f"town {n}.txt").write_text(f"Town {n} has {n + 7} towers.\n")
    encoder = BatchEncoder()
    encoder.free = False
    assistant = Assistant(Settings(seeds=seeds, port=0), encoder, RuleReader())
    with serving(assistant, tmp_path / "second") as address:
        page = open_page(address)
        page.get_by_role("button", name="Build the index").click()
        page.locator(".card").get_by_role("button", name="Cancel the build of the index").click()
        expect(page.locator(".card .stage")).to_contain_text("stopping")
        encoder.one.release()
        expect(page.locator(".card")).to_contain_text("The build was cancelled")
        encoder.free = True
        page.get_by_role("button", name="Build the index").click()
        expect(page.locator("#welcome")).to_be_visible()
        assert encoder.encoded == BATCH + 6
        page.close()


def test_watching_waits_for_the_next_change_after_a_build_was_cancelled(
    open_page: OpenPage,
    served: Assistant,
    encoder: BatchEncoder,
) -> None:
    page = open_page()
    page.click("[data-tab=sources]")
    page.check("#watch-switch")
    encoder.free = False
    for n in range(BATCH + 6):
        (served.settings.seeds / f"town {n}.txt").write_text(f"Town {n} has {n + 7} towers.\n")
    page.get_by_role("button", name="Cancel the build of the index").click(timeout=20_000)
    expect(page.locator("#banner .stage")).to_have_text(STOPPING["en"])
    encoder.one.release()
    expect(page.locator("#banner .stale")).to_contain_text("The build was cancelled")
    expect(page.locator("#banner .build")).to_be_visible()  # by hand, it goes on
    encoder.free = True
    (served.settings.seeds / "later.txt").write_text("It came later.\n")
    expect(page.locator("#toast")).to_contain_text(f"{BATCH + 8} documents", timeout=20_000)
    page.uncheck("#watch-switch")
    expect(page.locator("#watch-switch")).not_to_be_checked()  # its thread ends, too


def test_what_is_removed_is_not_left_half_removed(
    open_page: OpenPage,
    served: Assistant,
    encoder: BatchEncoder,
    towns: int,
) -> None:
    page = open_page()
    page.click("[data-tab=sources]")
    page.get_by_role("button", name="Remove bridge.txt from the index").click()
    expect(page.locator("#banner progress")).to_be_visible()
    expect(page.get_by_role("button", name="Cancel the build of the index")).to_have_count(0)
    encoder.one.release(2)
    expect(page.locator("tbody tr.indexed")).to_have_count(towns)


def test_a_question_is_taken_back_after_two_seconds(open_page: OpenPage, reader: HeldReader) -> None:
    page = open_page()
    ask(page, BRIDGE)
    page.fill("#question", HELD)
    page.press("#question", "Enter")
    expect(page.locator(".turn.pending")).to_be_visible()
    expect(page.locator(".withdraw")).to_have_count(0)  # most answers are there before it is
    cancel = page.get_by_role("button", name="Cancel this question")
    expect(cancel).to_have_text("Cancel")
    assert reader.began.wait(10)
    page.keyboard.press("Shift+Tab")
    expect(cancel).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(".turn")).to_have_count(1)
    expect(page.locator("#question")).to_have_value(HELD)
    expect(page.locator("#question")).to_be_focused()
    expect(page.locator("#toast")).to_have_text("Question cancelled.")
    turn = ask(page, "And when was the bridge opened?")  # while the other is still being read
    expect(turn.locator("blockquote mark")).to_have_text("1932")
    reader.go.set()
    page.wait_for_timeout(500)
    page.get_by_role("button", name="Français").click()  # all that the server holds is drawn anew
    expect(page.locator(".turn summary").last).to_contain_text("Pourquoi")
    expect(page.locator(".turn h2")).to_have_count(2)
    page.click("#conversation summary")
    with page.expect_download() as download:
        page.click("[data-save=json]")
    saved = download.value.path().read_text()
    assert HELD not in saved
    again = "And when was the bridge opened?"
    assert [turn["question"] for turn in json.loads(saved)["turns"]] == [BRIDGE, again]


def test_a_question_that_is_taken_back_begins_anew_what_it_was_to_begin(
    open_page: OpenPage,
    reader: HeldReader,
) -> None:
    page = open_page()
    ask(page, BRIDGE)
    page.click("#start-over")
    page.fill("#question", HELD)
    page.press("#question", "Enter")
    page.locator(".withdraw").click()
    expect(page.locator("#welcome")).to_be_visible()
    reader.go.set()
    turn = ask(page, "And why?")
    turn.locator("summary").click()
    expect(turn.locator(".readings")).to_have_text("The question was taken as it stands.")


def test_an_answer_is_ended_between_two_steps(served: Assistant, reader: HeldReader) -> None:
    wanted = iter([False, True])
    with pytest.raises(Cancelled):
        served.ask(HELD, (), lambda: next(wanted))
    assert not reader.began.is_set()  # it was ended before it was read
    assert served.ask(BRIDGE, (), lambda: False).answers[0].text == "1932"


def test_a_focus_on_the_button_is_not_lost(open_page: OpenPage, reader: HeldReader) -> None:
    page = open_page()
    page.fill("#question", HELD)
    page.press("#question", "Enter")
    page.locator(".withdraw").focus()
    shot(page, "withdraw-1280")
    reader.go.set()
    expect(page.locator(".turn:not(.pending)")).to_be_visible()
    expect(page.locator("#question")).to_be_focused()
