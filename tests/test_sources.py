"""The Sources tab, in the browser: looking, filtering, sorting, adding, removing, undoing, building, watching."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from pagekit import OpenPage, SlowEncoder, ask, no_sideways_scroll, seeded, shot
from playwright.sync_api import Page, Route, expect

from assistant.service import Assistant

pytestmark = [pytest.mark.browser, pytest.mark.slow]
BRIDGE = "The stone bridge opened in 1932.\n"


@pytest.fixture
def served(tmp_path: Path, encoder: SlowEncoder) -> Assistant:
    files = {
        "bridge.txt": BRIDGE,
        "prix é.md": "---\ndate: 2024-03-01\ntitle: Le pain\n---\nLe pain coûtait 3 francs au marché.\n",
        "empty.txt": "",
    }
    return seeded(tmp_path / "seeds", files, encoder)


def sources(page: Page) -> Page:
    page.click("[data-tab=sources]")
    expect(page.locator("#sources table")).to_be_visible()
    return page


def test_the_table_is_filtered_and_sorted(open_page: OpenPage) -> None:
    page = sources(open_page())
    cells = page.locator("tbody tr", has_text="prix é.md").locator("th, td").all_inner_texts()
    assert [cell.split("\n")[-1] for cell in cells[:-1]] == [
        "Le pain",
        "md",
        "French",
        "1 Mar 2024",  # as en-GB has it
        "",
        "1",
        "in the index",
    ]
    expect(page.locator("tbody tr.skipped")).to_contain_text("empty.txt")
    expect(page.locator("tbody tr.skipped .why")).to_have_text("empty")
    page.fill("#sources-filter", "french")
    expect(page.locator("tbody tr")).to_have_count(0)  # files say "fr"
    expect(page.locator("#sources-table")).to_contain_text("No file fits")
    page.fill("#sources-filter", "pain")
    expect(page.locator("tbody tr")).to_have_count(1)
    page.fill("#sources-filter", "")
    expect(page.locator("tbody tr")).to_have_count(3)
    page.click("[data-column=name]")
    expect(page.locator("th[aria-sort=descending]")).to_have_text("Name ▼")
    expect(page.locator("[data-column=name]")).to_be_focused()
    expect(page.locator("tbody tr th").first).to_contain_text("prix é.md")
    page.click("[data-state=skipped]")
    expect(page.locator("tbody tr")).to_have_count(1)
    expect(page.locator("[data-state=skipped]")).to_have_attribute("aria-pressed", "true")


def test_a_name_opens_the_document(open_page: OpenPage) -> None:
    page = sources(open_page())
    page.get_by_role("button", name="bridge.txt", exact=True).click()
    expect(page.locator("#viewer-text")).to_have_text(BRIDGE)
    expect(page.locator("#sources")).to_be_hidden()
    page.keyboard.press("Escape")
    sources(page)
    page.keyboard.press("/")
    expect(page.locator("#question")).to_be_focused()


def test_files_are_added_by_choosing_and_none_is_written_over(
    open_page: OpenPage,
    served: Assistant,
    tmp_path: Path,
) -> None:
    for name, text in (
        ("new.txt", "The new tower is 40 metres high.\n"),
        ("bridge.txt", "Other.\n"),
        ("bad.exe", "x"),
    ):
        (tmp_path / name).write_text(text)
    page = sources(open_page())
    with page.expect_file_chooser() as chooser:
        page.click("#add")
    chooser.value.set_files([tmp_path / name for name in ("new.txt", "bridge.txt", "bad.exe")])
    lines = page.locator("#added li")
    expect(lines.nth(0)).to_contain_text("Added: new.txt")
    expect(lines.nth(1)).to_contain_text(
        "There is another file named bridge.txt already. It was left as it is."
    )
    expect(lines.nth(2)).to_contain_text("bad.exe is not of a type")
    expect(page.locator("#add-limits")).to_contain_text("Types: txt, text, md, markdown, html")
    lines.nth(1).get_by_role("button", name="Add under another name").click()
    expect(lines.nth(1)).to_contain_text("Added: bridge (2).txt")
    seeds = served.settings.seeds
    assert (seeds / "bridge.txt").read_text() == BRIDGE
    assert (seeds / "bridge (2).txt").read_text() == "Other.\n"
    expect(page.locator("tbody tr.new")).to_have_count(2)
    page.locator("#sources .build").click()
    expect(page.locator("tbody tr.indexed")).to_have_count(4)
    page.click("[data-tab=ask]")
    expect(ask(page, "How high is the new tower?").locator("mark").first).to_have_text("40")


def test_adding_that_takes_long_is_cancelled_with_what_comes_after(
    open_page: OpenPage, served: Assistant, tmp_path: Path
) -> None:
    page = sources(open_page())
    (tmp_path / "slow.txt").write_text("Slow. " * 100_000)
    (tmp_path / "later.txt").write_text("Later.\n")
    network = page.context.new_cdp_session(page)
    slow = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": 50_000}
    network.send("Network.emulateNetworkConditions", slow)
    page.set_input_files("#add-files", [tmp_path / "slow.txt", tmp_path / "later.txt"])
    lines = page.locator("#added li")
    expect(lines.nth(0)).to_have_text("Adding slow.txt…")
    expect(lines.nth(0).locator("progress")).to_have_attribute("max", "600000")
    shot(page, "adding")
    page.get_by_role("button", name="Cancel adding slow.txt and any files after it").click()
    expect(lines.nth(0)).to_have_text("slow.txt was not added: cancelled.")
    expect(lines.nth(1)).to_have_text("later.txt was not added: cancelled.")
    expect(page.locator("#add")).to_be_focused()
    network.send("Network.emulateNetworkConditions", slow | {"uploadThroughput": -1})
    page.set_input_files("#add-files", [tmp_path / "later.txt"])
    expect(page.locator("#added li")).to_have_text("Added: later.txt")
    names = {path.name for path in served.settings.seeds.iterdir()}
    assert "later.txt" in names
    assert not {name for name in names if name == "slow.txt" or name.endswith(".part")}


def test_files_chosen_while_others_come_in_wait_for_them(
    open_page: OpenPage, served: Assistant, tmp_path: Path
) -> None:
    page = sources(open_page())
    for name in ("one.txt", "two $& $$.txt"):
        (tmp_path / name).write_text(f"{name}\n")
    held: list[Route] = []
    page.route("**/add?name=one*", lambda route: held.append(route))  # it marks what it is given
    page.set_input_files("#add-files", [tmp_path / "one.txt"])
    lines = page.locator("#added li")
    expect(lines).to_have_text(["Adding one.txt…"])
    page.set_input_files("#add-files", [tmp_path / "two $& $$.txt"])
    expect(lines).to_have_count(2)
    expect(lines.nth(1)).to_have_text("two $& $$.txt")
    held[0].continue_()
    added = [f"Added: {name}" for name in ("one.txt", "two $& $$.txt")]
    expect(lines).to_have_text(added)
    assert (served.settings.seeds / "two $& $$.txt").read_text() == "two $& $$.txt\n"


def test_a_removed_file_that_is_added_again_is_said_to_stay_out(
    open_page: OpenPage, served: Assistant, tmp_path: Path
) -> None:
    page = sources(open_page())
    page.get_by_role("button", name="Remove bridge.txt from the index").click()
    expect(page.locator("tbody tr.removed")).to_contain_text("bridge.txt")
    page.locator("#sources-said button").press("Tab")
    (served.settings.seeds / "bridge.txt").rename(tmp_path / "bridge.txt")
    page.set_input_files("#add-files", [tmp_path / "bridge.txt"])
    expect(page.locator("#added li")).to_contain_text("It was removed from the index before")


def test_a_file_is_added_by_dropping_it(open_page: OpenPage, served: Assistant) -> None:
    page = sources(open_page())
    page.evaluate(
        """() => {
          const data = new DataTransfer();
          data.items.add(new File(["Dropped here.\\n"], "dropped.txt"));
          const zone = document.querySelector("#drop");
          for (const type of ["dragenter", "dragover", "drop"]) {
            zone.dispatchEvent(new DragEvent(type, { bubbles: true, cancelable: true, dataTransfer: data }));
          }
        }"""
    )
    expect(page.locator("#added li")).to_contain_text("Added: dropped.txt")
    assert (served.settings.seeds / "dropped.txt").read_text() == "Dropped here.\n"


def test_a_dropped_folder_is_refused_for_what_it_is(
    open_page: OpenPage, served: Assistant, tmp_path: Path
) -> None:
    page = sources(open_page())
    (tmp_path / "letters").mkdir()
    (tmp_path / "note.txt").write_text("Dropped with it.\n")
    box = page.locator("#drop").bounding_box()
    assert box is not None
    dropping = page.context.new_cdp_session(page)  # a script cannot make a folder
    files = [str(tmp_path / "letters"), str(tmp_path / "note.txt")]
    data = {"items": [], "files": files, "dragOperationsMask": 1}
    for kind in ("dragEnter", "dragOver", "drop"):
        dropping.send(
            "Input.dispatchDragEvent", {"type": kind, "x": box["x"] + 20, "y": box["y"] + 20, "data": data}
        )
    expect(page.locator("#added li")).to_contain_text(
        ["letters is a folder: choose the files in it.", "Added: note.txt"]
    )


def test_removing_and_undoing_leave_the_file(open_page: OpenPage, served: Assistant) -> None:
    page = sources(open_page())
    page.get_by_role("button", name="Remove bridge.txt from the index").click()
    expect(page.locator("#sources-said")).to_contain_text(
        "bridge.txt is taken out of the index; the file itself stays"
    )
    expect(page.locator("tbody tr.removed")).to_contain_text("bridge.txt")
    assert (served.settings.seeds / "bridge.txt").read_text() == BRIDGE
    expect(page.locator("#banner .building")).to_have_count(0)
    wait_until(lambda: not holds(served.index, b"stone bridge"))
    page.locator("#sources-said").get_by_role("button", name="Undo").click()
    expect(page.locator("#sources-said")).to_contain_text("bridge.txt is taken in again")
    expect(page.locator("tbody tr.removed")).to_have_count(0)
    expect(page.locator("tbody tr.indexed")).to_have_count(2)
    page.click("[data-tab=ask]")
    expect(ask(page, "When was the stone bridge opened?").locator("mark").first).to_have_text("1932")


def holds(folder: Path, words: bytes) -> bool:
    return any(words in file.read_bytes() for file in folder.rglob("*") if file.is_file())


def wait_until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + 15
    while not true():
        assert time.monotonic() < end
        time.sleep(0.1)


def test_the_last_source_is_removed_and_taken_in_again(open_page: OpenPage, served: Assistant) -> None:
    page = sources(open_page())
    page.get_by_role("button", name="Remove bridge.txt from the index").click()
    expect(page.locator("tbody tr.removed")).to_have_count(1)
    page.get_by_role("button", name="Remove prix é.md from the index").click()
    expect(page.locator("tbody tr.removed")).to_have_count(2, timeout=20_000)
    page.get_by_role("button", name="Take prix é.md in again").click()
    expect(page.locator("tbody tr.indexed")).to_contain_text("prix é.md")


def test_a_rebuild_shows_its_progress_and_what_is_removed_meanwhile_waits(
    open_page: OpenPage,
    served: Assistant,
    encoder: SlowEncoder,
) -> None:
    page = sources(open_page())
    (served.settings.seeds / "new.txt").write_text("Something new.\n")
    encoder.go.clear()
    page.locator("#sources .build").click()
    expect(page.locator("#banner progress")).to_be_visible()
    expect(page.locator("#banner .stage")).to_contain_text("reading passages: 0 of 1")
    page.get_by_role("button", name="Remove bridge.txt from the index").click()
    expect(page.locator("#sources-said")).to_contain_text("bridge.txt is taken out")
    encoder.go.set()
    expect(page.locator("tbody tr.removed")).to_contain_text("bridge.txt")
    expect(page.locator("tbody tr.indexed")).to_have_count(2)


def test_the_switch_for_watching(open_page: OpenPage, served: Assistant) -> None:
    page = sources(open_page())
    page.check("#watch-switch")
    (served.settings.seeds / "later.txt").write_text("It came later.\n")
    expect(page.locator("tbody tr.indexed", has_text="later.txt")).to_be_visible(timeout=20_000)
    expect(page.locator("#banner .build")).to_have_count(0)
    other = open_page()
    other.click("[data-tab=sources]")
    expect(other.locator("#watch-switch")).to_be_checked()  # the folder is one, whoever looks
    page.uncheck("#watch-switch")
    (served.settings.seeds / "latest.txt").write_text("It came last.\n")
    expect(page.locator("#banner .build")).to_be_visible(timeout=20_000)
    expect(other.locator("#watch-switch")).not_to_be_checked()


def test_the_switch_is_not_turned_back_by_what_was_asked_before_the_click(open_page: OpenPage) -> None:
    page = sources(open_page())
    held: list[Route] = []

    def hold(route: Route) -> None:
        if '"watching"' in (route.request.post_data or ""):
            held.append(route)
        else:
            route.continue_()

    page.route("**/component_server/**", hold)
    page.check("#watch-switch")
    for _ in range(2):  # the page asks how the index stands, and hears that nobody watches
        with page.expect_response("**/component_server/**"):
            pass
        page.wait_for_timeout(200)
    expect(page.locator("#watch-switch")).to_be_checked()
    assert len(held) == 1
    held[0].continue_()
    expect(page.locator("#watch-switch")).to_be_checked()


@pytest.mark.parametrize("width", [1280, 375])
def test_nothing_runs_out_of_the_tab(open_page: OpenPage, served: Assistant, width: int) -> None:
    (served.settings.seeds / ("long " * 30 + ".txt")).write_text("A long name.\n")
    page = sources(open_page(width=width))
    assert no_sideways_scroll(page)
    shot(page, f"sources-{width}")
