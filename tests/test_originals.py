"""A web page's own file: it can be saved from the viewer, and never runs on the page's origin."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest
from pagekit import OpenPage, ask, seeded
from playwright.sync_api import expect

from assistant.service import Assistant

pytestmark = [pytest.mark.browser, pytest.mark.slow]
METEORS = (
    "<html><head><title>Meteors</title></head><body><article><h1>Meteors</h1>"
    "<p>On the observatory fell 44 meteors in a single night of August, as its keeper wrote in the book.</p>"
    "<script>window.owned = 1</script></article></body></html>"
)


@pytest.fixture
def served(tmp_path: Path) -> Assistant:
    other = "The pier was free.\n"
    files = {"meteors.html": METEORS, "light.txt": other, "plain.htm": METEORS.replace("44", "45")}
    return seeded(tmp_path / "seeds", files)


def test_it_is_saved_and_never_run(open_page: OpenPage, url: str, tmp_path: Path) -> None:
    page = open_page()
    ask(page, "How many meteors fell on the observatory?").locator(
        ".cite[data-place*='meteors.html']"
    ).click()
    with page.expect_download() as saved:
        page.get_by_role("link", name="Save the original file").click()
    saved.value.save_as(tmp_path / "saved.html")
    assert (tmp_path / "saved.html").read_bytes() == METEORS.encode()
    address = page.locator(".original").get_attribute("href") or ""
    got = httpx.get(url[:-1] + address)
    assert got.status_code == 200
    assert got.headers["content-type"] == "application/octet-stream"
    assert got.headers["content-disposition"].startswith("attachment")
    assert got.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in got.headers["content-security-policy"]
    for wrong in (address[:-1], "/original?doc=light.txt", "/original?doc=..%2Fsecret.html", "/original"):
        assert httpx.get(url[:-1] + wrong).status_code == 404
    assert httpx.get(url[:-1] + address, headers={"host": "evil.example"}).status_code == 403


def test_a_file_that_changed_is_not_offered(open_page: OpenPage, url: str, served: Assistant) -> None:
    page = open_page()
    turn = ask(page, "How many meteors fell on the observatory?")
    turn.locator(".cite").first.click()
    address = page.locator(".original").get_attribute("href") or ""
    for name in ("meteors.html", "plain.htm"):
        (served.settings.seeds / name).write_text("<p>Written anew.</p>", encoding="utf-8")
    assert httpx.get(url[:-1] + address).status_code == 404
    turn.locator(".cite").first.click()
    expect(page.locator(".original")).to_have_count(0)
