"""The served page without a browser: environment, port, routes, and what they answer."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from pagekit import make_assistant, serving

from assistant.place import Place, digest
from assistant.types import Reply
from assistant.web import HOST, PORTS, clean_environment, listen, serve
from index.errors import UsageError
from index.types import Span

ROOT = Path(__file__).parent.parent
TEXT = (
    "The bridge opened in 1932.\n\n"
    + "Filler stands here for length. " * 2000
    + "\n\nThe toll was 5 crowns.\n"
)


@pytest.fixture(scope="module")
def seeds(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("seeds")
    (folder / "bridge.txt").write_text(TEXT, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def client(seeds: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    assistant = make_assistant(seeds)
    assistant.build()
    with serving(assistant, tmp_path_factory.mktemp("gradio")) as url, httpx.Client(base_url=url) as browser:
        yield browser


def config(client: httpx.Client) -> dict[str, object]:
    found = re.search(r"window\.gradio_config = (\{.*?\});</script>", client.get("/").text)
    assert found
    return dict(json.loads(found[1]))


def call(client: httpx.Client, name: str, data: object) -> dict[str, object]:
    components = config(client)["components"]
    [page] = [c["id"] for c in components if c["type"] == "html"]  # type: ignore[attr-defined]
    body = {"data": data, "component_id": page, "fn_name": name, "session_hash": "s"}
    reply = client.post("/gradio_api/component_server/", json=body)
    assert reply.status_code == 200, reply.text
    return dict(reply.json())


def test_the_environment_is_purged_of_gradio_s_variables(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("GRADIO_ALLOWED_PATHS", "/")
    monkeypatch.setenv("gradio_vibe_mode", "1")
    monkeypatch.setenv("GRADIO_ANALYTICS_ENABLED", "True")
    monkeypatch.setenv("GRADIO_TEMP_DIR", "/elsewhere")
    clean_environment(str(tmp_path))
    left = {name: value for name, value in os.environ.items() if name.upper().startswith("GRADIO_")}
    assert left == {"GRADIO_TEMP_DIR": str(tmp_path), "GRADIO_ANALYTICS_ENABLED": "False"}


def test_gradio_is_told_to_record_nothing_and_to_link_nowhere(client: httpx.Client) -> None:
    settings = config(client)
    assert settings["analytics_enabled"] is False
    assert settings["run_history"] is False
    assert settings["footer_links"] == []
    assert settings["stylesheets"] == []
    assert settings["pwa"] is False
    assert settings["show_error"] is False
    assert settings["mcp_server"] is False


def test_an_open_page_keeps_no_connection(client: httpx.Client) -> None:
    assert config(client)["connect_heartbeat"] is False


def test_the_page_names_no_other_host(client: httpx.Client) -> None:
    address = str(client.base_url).rstrip("/")
    theme = re.findall(r'href="(theme[^"]*)"', client.get("/").text)
    for page in ("/", "/theme.css", "/sourcier/page.css", "/sourcier/page.js", "/sourcier/viewer.js", *theme):
        text = client.get(page).text.replace(address, "").replace("http://www.w3.org/", "")
        assert re.findall(r"(?:https?:)?//[\w.-]+\.\w+", text) == [], page


@pytest.mark.parametrize(
    ("header", "language"),
    [("fr-FR,fr;q=0.9", "fr"), ("en", "en"), ("it, fr;q=0.5", "fr"), ("de-AT, fr;q=0.5", "de"), ("", "en")],
)
def test_the_document_comes_in_the_browser_s_language(
    client: httpx.Client, header: str, language: str
) -> None:
    page = client.get("/", headers={"accept-language": header})
    assert f'lang="{language}"' in page.text[:200]


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"host": "evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({"origin": "http://evil.example"}, 403),
        ({}, 200),
    ],
)
def test_strangers_are_turned_away_at_the_door(
    client: httpx.Client, headers: dict[str, str], status: int
) -> None:
    assert client.get("/", headers=headers).status_code == status
    assert client.get("/sourcier/page.js", headers=headers).status_code == status


@pytest.mark.parametrize(
    "path", ["/gradio_api/file=/etc/passwd", "/gradio_api/upload", "/gradio_api/info", "/docs"]
)
def test_gradio_s_other_routes_are_shut(client: httpx.Client, path: str) -> None:
    assert client.get(path).status_code == 404
    assert client.post(path, files={"files": b"x"}).status_code == 404


@pytest.mark.parametrize("path", ["/sourcier/../web.py", "/sourcier/%2e%2e/web.py", "/sourcier/..%2fweb.py"])
def test_only_the_page_s_own_files_are_served(client: httpx.Client, path: str) -> None:
    assert client.get(path).status_code == 404


def test_the_icon_is_ours(client: httpx.Client) -> None:
    assert client.get("/favicon.ico").headers["content-type"] == "image/svg+xml"


def test_looking_tells_the_index_in_the_language_asked(client: httpx.Client) -> None:
    shown = call(client, "look", {"language": "fr"})
    assert shown["ready"] is True
    assert "1 document<" in str(shown["line"])
    assert "construit" in str(shown["line"])
    assert "built" in str(call(client, "look", {"language": "xx"})["line"])


def place(start: int, end: int, text: str | None = None) -> list[object]:
    quote = TEXT[start:end] if text is None else text
    found = Place("bridge.txt", Span(start, end), Span(start, end), digest(quote))
    return list(json.loads(found.to_json()))


def test_a_place_opens_with_a_window_of_its_document(client: httpx.Client) -> None:
    start = TEXT.index("The toll")
    shown = call(client, "open_place", {"place": place(start, start + 8), "language": "en"})
    assert shown["length"] == len(TEXT)
    assert shown["low"] == start - 6000
    assert shown["high"] == len(TEXT)
    assert f'<mark class="quote span" data-at="{start}">The toll</mark>' in str(shown["text"])
    assert shown["notice"] == ""
    earlier = call(client, "open_place", {"place": place(start, start + 8), "low": 0, "high": 40})
    assert str(earlier["text"]) == f'<span data-at="0">{TEXT[:40]}</span>'


@pytest.mark.parametrize(("low", "high"), [(-5, 10), (0, 10**9), (10**9, 10**9 + 5), (50, 10), (True, "x")])
def test_a_window_never_leaves_the_document(client: httpx.Client, low: object, high: object) -> None:
    shown = call(client, "open_place", {"place": place(0, 3), "low": low, "high": high})
    assert 0 <= int(str(shown["low"])) <= len(TEXT)
    assert len(str(shown["text"])) < 41_000


def test_a_quote_that_no_longer_stands_there_is_not_marked(client: httpx.Client) -> None:
    shown = call(client, "open_place", {"place": place(0, 10, "something else"), "language": "en"})
    assert "has changed since the answer" in str(shown["notice"])
    assert "<mark" not in str(shown["text"])


@pytest.mark.parametrize(
    "data",
    [{"place": ["../../etc/passwd", 0, 1, 0, 1, "x"]}, {"place": ["%2Fetc%2Fpasswd", 0, 1, 0, 1, "x"]},
     {"place": None}, {}, "text", 7, None, [], {"place": ["bridge.txt", 0, 1, 5, 9, "x"]}],
)  # fmt: skip
def test_what_cannot_be_opened_is_a_card_and_no_trace(client: httpx.Client, data: object) -> None:
    shown = call(client, "open_place", data)
    assert set(shown) == {"error", "why"}
    assert "Traceback" not in str(shown)
    assert "root:" not in str(shown)


@pytest.mark.parametrize("name", ["no.txt", "../bridge.txt", "", "bridge"])
def test_what_is_no_file_of_the_folder_is_not_taken_out(client: httpx.Client, name: str) -> None:
    shown = call(client, "remove", {"name": name, "language": "fr"})
    assert set(shown) == {"error", "why"}
    assert str(shown["why"]).startswith(f"{name} n’est pas dans l’index.")
    assert call(client, "look", {})["building"] is False


def test_a_stream_of_no_session_says_so_and_ends(client: httpx.Client) -> None:
    reply = client.get("/gradio_api/queue/data?session_hash=none")  # which raises where it is cut off
    assert reply.status_code == 200
    assert reply.text.count("data: ") == 1
    assert '"session_not_found":true' in reply.text


def test_only_the_named_functions_can_be_called(client: httpx.Client) -> None:
    components = config(client)["components"]
    [page] = [c["id"] for c in components if c["type"] == "html"]  # type: ignore[attr-defined]
    for name in ("get_config", "push_to_hub", "__init__", "ask"):
        body = {"data": "x", "component_id": page, "fn_name": name, "session_hash": "s"}
        assert client.post("/gradio_api/component_server/", json=body).status_code == 404


def test_an_assistant_that_breaks_gives_a_card_and_a_trace_in_the_terminal(
    capsys: pytest.CaptureFixture[str],
) -> None:
    from assistant.exchanges import Exchange, _outcome, body

    def broken() -> Reply:
        raise RuntimeError("secret <detail>")

    outcome = _outcome(broken)
    shown = body(Exchange(1, "q", outcome), "en")
    assert "secret" not in shown
    assert "unexpected" in shown
    assert "RuntimeError: secret" in capsys.readouterr().err

    def gentle() -> Reply:
        raise UsageError("a question needs <words>")

    assert "a question needs &lt;words&gt;" in body(Exchange(1, "q", _outcome(gentle)), "en")
    assert capsys.readouterr().err == ""


def test_a_taken_port_gives_the_next(capsys: pytest.CaptureFixture[str]) -> None:
    taken = listen(0)
    port = taken.getsockname()[1]
    other = listen(port)
    try:
        assert other.getsockname()[0] == HOST
        assert port < other.getsockname()[1] < port + PORTS
    finally:
        taken.close()
        other.close()


def test_no_free_port_is_an_error_that_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: socket.socket, address: object) -> None:
        raise OSError("in use")

    monkeypatch.setattr(socket.socket, "bind", refuse)
    with pytest.raises(UsageError, match=r"No free port from 7860 to 7879.*--port"):
        listen(7860)
    with pytest.raises(UsageError, match="65535"):
        listen(65530)


SCRIPT = """
import os, pathlib, stat, sys
sys.path[:0] = [{tests!r}]
from dataclasses import replace
from pagekit import make_assistant
from assistant.web import serve
assistant = make_assistant(pathlib.Path({seeds!r}))
assistant.build()
def ready(url):
    print(url, oct(stat.S_IMODE(os.stat(os.environ["GRADIO_TEMP_DIR"]).st_mode)), flush=True)
serve(assistant, replace(assistant.settings, port={port}), ready)
print("ended", flush=True)
"""


@pytest.mark.slow
def test_it_serves_on_the_next_port_and_ends_cleanly_on_ctrl_c(seeds: Path) -> None:
    taken = listen(0)
    port = taken.getsockname()[1]
    script = SCRIPT.format(tests=str(ROOT / "tests"), seeds=str(seeds), port=port)
    process = subprocess.Popen(
        [sys.executable, "-c", script], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        url, mode = process.stdout.readline().split()
        assert int(url.rsplit(":", 1)[1].strip("/")) > port
        assert mode == oct(stat.S_IRWXU)
        with httpx.Client(base_url=url) as browser:  # whose connection stays open must not hold it up
            assert browser.get("/").status_code == 200
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=20)
    finally:
        taken.close()
        process.kill()
    assert out == "ended\n"
    assert "Traceback" not in err
    assert f"Port {port} is in use" in err
    assert process.returncode == 0


@pytest.mark.slow
def test_a_served_folder_is_watched_if_the_settings_say_so(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("Rain fell.\n")
    script = SCRIPT.format(tests=str(ROOT / "tests"), seeds=str(tmp_path), port=0)
    script = script.replace("port=0)", "port=0, watch=True)")
    process = subprocess.Popen([sys.executable, "-c", script], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        url = process.stdout.readline().split()[0]
        with httpx.Client(base_url=url) as client:
            assert call(client, "look", {"language": "en"})["watching"] is True
            (tmp_path / "b.txt").write_text("Snow fell.\n")
            end = time.monotonic() + 40
            while "2 documents" not in str(call(client, "look", {"language": "en"})["line"]):
                assert time.monotonic() < end
                time.sleep(0.2)
        process.send_signal(signal.SIGINT)
        assert process.communicate(timeout=20)[0] == "ended\n"
    finally:
        process.kill()


def test_importing_the_module_loads_no_gradio() -> None:
    code = "import sys, assistant.web; print('gradio' in sys.modules, 'torch' in sys.modules)"
    found = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert found.stdout.split() == ["False", "False"]
    assert callable(serve)
