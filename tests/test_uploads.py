"""Files that are added from the page: safe names, limits, and never over another file."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from pagekit import RuleReader, serving
from stubs import BagEncoder

import assistant.uploads
from assistant import uploads
from assistant.service import Assistant
from assistant.settings import Settings
from assistant.uploads import Exists, checked_name, place
from index.errors import UsageError


@pytest.mark.parametrize(
    "name",
    [
        "a.txt",
        "Été 2025.pdf",
        "a b (1).md",
        "‘quoted’.html",
        "日本.csv",
        "-dash.txt",
        "نامه‌ها.txt",
        "a..b.txt",
        "console.txt",
        "com10.txt",
        "nul or none.txt",
        "x" * 196 + ".txt",
    ],
)
def test_good_names_pass(name: str) -> None:
    assert checked_name(name) == name


def test_a_name_is_composed() -> None:
    assert checked_name("e\u0301te.txt") == "éte.txt"


@pytest.mark.parametrize(
    "name",
    [
        "", ".txt", ".hidden.txt", "../a.txt", "/etc/passwd.txt", "a/b.txt", "a\\b.txt", "C:a.txt", "a.txt:s.txt",
        "a\0.txt", "a\n.txt", "a\u202etxt.exe.txt", "a\u2066.txt", "\ud800.txt", " a.txt", "a.txt ", "a.txt.",
        "con.txt", "NUL.txt", "com1.txt", "nul .txt", "COM¹.txt", "lpt³", "aux .tar.txt",
    ],
)  # fmt: skip
def test_unsafe_names_are_refused(name: str) -> None:
    with pytest.raises(UsageError, match="cannot be the name of a source"):
        checked_name(name)


@pytest.mark.parametrize("name", ["x" * 197 + ".txt", "é" * 99 + ".txt", "日" * 66 + ".txt"])
def test_a_long_name_is_refused_for_its_length(name: str) -> None:
    with pytest.raises(UsageError, match=f"“{name[:50]}…” is too long: shorten it to 200 bytes"):
        checked_name(name)


@pytest.mark.parametrize("name", ["README.md", "readme.txt"])
def test_a_readme_is_refused_for_what_it_is(name: str) -> None:
    with pytest.raises(UsageError, match=f"{name} is about the folder .* another name"):
        checked_name(name)


@pytest.mark.parametrize("name", ["a.exe", "a", "a.txt.exe", "a.sh"])
def test_other_types_are_refused(name: str) -> None:
    with pytest.raises(
        UsageError, match=r"not of a type that can be a source. These are: txt, .* docx, .* zip\."
    ):
        checked_name(name)


def part(folder: Path, text: str) -> Path:
    aside = folder / f".{text}.part"
    aside.write_text(text)
    return aside


@pytest.mark.parametrize("links", [True, False])
def test_another_file_is_never_written_over(
    tmp_path: Path, links: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not links:
        monkeypatch.setattr(uploads.os, "link", _no_links)
    assert place(part(tmp_path, "one"), tmp_path, "a.txt", False) == "a.txt"
    with pytest.raises(Exists, match="left as it is") as other:
        place(part(tmp_path, "two"), tmp_path, "a.txt", False)
    assert not other.value.same
    with pytest.raises(Exists) as same:
        place(part(tmp_path, "one"), tmp_path, "a.txt", False)
    assert same.value.same
    assert place(part(tmp_path, "two"), tmp_path, "a.txt", True) == "a (2).txt"
    assert place(part(tmp_path, "three"), tmp_path, "a.txt", True) == "a (3).txt"
    assert [(tmp_path / name).read_text() for name in ("a.txt", "a (2).txt", "a (3).txt")] == [
        "one", "two", "three",
    ]  # fmt: skip


def _no_links(*_: object) -> None:
    raise PermissionError("no links here")


def test_a_link_in_the_way_is_not_followed(tmp_path: Path) -> None:
    outside = tmp_path / "outside.txt"
    outside.write_text("mine")
    folder = tmp_path / "seeds"
    folder.mkdir()
    (folder / "a.txt").symlink_to(outside)
    (folder / "b.txt").symlink_to(tmp_path / "nowhere.txt")
    for name in ("a.txt", "b.txt"):
        with pytest.raises(Exists):
            place(part(folder, "new"), folder, name, False)
    assert outside.read_text() == "mine"
    assert not (tmp_path / "nowhere.txt").exists()


@pytest.fixture
def seeds(tmp_path: Path) -> Path:
    folder = tmp_path / "seeds"
    folder.mkdir()
    (folder / "a.txt").write_text("There before.\n")
    return folder


@pytest.fixture
def url(seeds: Path, tmp_path: Path) -> Iterator[str]:
    settings = Settings(seeds=seeds, port=0, upload_mb=1, upload_files=3)
    with serving(Assistant(settings, BagEncoder(), RuleReader()), tmp_path / "gradio") as address:
        yield f"{address}add"


def send(url: str, name: str, body: bytes, **more: str) -> httpx.Response:
    return httpx.post(url, params={"name": name, **more}, content=body)


def wait_for(seen: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not seen():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def names(seeds: Path) -> list[str]:
    return sorted(path.name for path in seeds.iterdir() if path.name != ".sourcier")


def test_what_is_sent_lies_in_the_folder(url: str, seeds: Path) -> None:
    reply = send(url, "neu é.txt", b"Something new.\n")
    assert (reply.status_code, reply.json()) == (201, {"name": "neu é.txt"})
    assert (seeds / "neu é.txt").read_bytes() == b"Something new.\n"
    assert os.stat(seeds / "neu é.txt").st_mode & 0o111 == 0
    assert names(seeds) == ["a.txt", "neu é.txt"]


def test_another_of_that_name_stays_as_it_is(url: str, seeds: Path) -> None:
    other = send(url, "a.txt", b"Other.\n")
    assert (other.status_code, other.json()["exists"], other.json()["same"]) == (200, True, False)
    assert send(url, "a.txt", b"There before.\n").json()["same"] is True
    assert send(url, "a.txt", b"Other.\n", beside="1").json() == {"name": "a (2).txt"}
    assert (seeds / "a.txt").read_text() == "There before.\n"
    assert names(seeds) == ["a (2).txt", "a.txt"]


@pytest.mark.parametrize(
    ("name", "body", "said"),
    [
        ("../b.txt", b"x", "cannot be the name"),
        ("b.exe", b"x", "not of a type"),
        ("b.txt", b"", "is empty"),
        ("b.txt", b"x" * 1_000_001, "larger than 1 MB"),
    ],
)
def test_what_is_refused_leaves_nothing(url: str, seeds: Path, name: str, body: bytes, said: str) -> None:
    reply = send(url, name, body)
    assert reply.status_code == 200
    assert said in reply.json()["error"]
    assert names(seeds) == ["a.txt"]


def test_a_body_that_lies_about_its_length_is_cut_off(url: str, seeds: Path) -> None:
    # chunked: no length
    reply = httpx.post(url, params={"name": "b.txt"}, content=iter([b"x" * 600_000] * 2))
    assert "larger than 1 MB" in reply.json()["error"]
    assert names(seeds) == ["a.txt"]


def test_half_a_file_that_is_broken_off_leaves_nothing(
    url: str, seeds: Path, caplog: pytest.LogCaptureFixture
) -> None:
    address = httpx.URL(url)
    head = f"POST {address.path}?name=b.txt HTTP/1.1\r\nHost: {address.netloc.decode()}\r\n"
    with socket.create_connection((address.host, address.port)) as sent:
        sent.sendall(f"{head}Content-Length: 500000\r\n\r\n".encode() + b"x" * 100_000)
        wait_for(lambda: len(names(seeds)) == 2)  # what comes is written aside
    wait_for(lambda: names(seeds) == ["a.txt"])
    assert send(url, "b.txt", b"Whole.\n").json() == {"name": "b.txt"}
    assert not [record for record in caplog.records if record.exc_info]


def test_no_more_files_than_the_settings_allow(url: str, seeds: Path) -> None:
    assert [send(url, f"{n}.txt", b"x").status_code for n in range(4)] == [201, 201, 201, 200]
    assert "3 files have been added" in send(url, "5.txt", b"x").json()["error"]


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://evil.example"},
        {"origin": "null"},
        {"host": "evil.example"},
        {"sec-fetch-site": "cross-site"},
    ],
)
def test_another_site_adds_nothing(url: str, seeds: Path, headers: dict[str, str]) -> None:
    assert httpx.post(url, params={"name": "b.txt"}, content=b"x", headers=headers).status_code == 403
    assert httpx.get(url, params={"name": "b.txt"}).status_code == 404
    assert names(seeds) == ["a.txt"]


def test_a_folder_that_cannot_be_written_says_so(
    url: str, seeds: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(path: Path) -> None:
        # whoever runs the tests: root may write anywhere
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(assistant.uploads, "_new", refused)
    assert "Make the folder writable" in send(url, "b.txt", b"x").json()["error"]
    assert names(seeds) == ["a.txt"]
