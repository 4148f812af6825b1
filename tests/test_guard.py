"""Who may talk to the page, by which routes, and with which headers it answers."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient

from assistant.guard import HEADERS, MOST, Guard, hosts, refusal

PORT = 7861
HOME = f"127.0.0.1:{PORT}"


def refused(method: str = "GET", path: str = "/", **headers: str) -> int | None:
    named = {key.replace("_", "-"): value for key, value in {"host": HOME, **headers}.items()}
    answer = refusal(method, path, Headers(named), hosts(PORT))
    return None if answer is None else answer[0]


@pytest.mark.parametrize(
    "host", [f"127.0.0.1:{PORT}", f"localhost:{PORT}", f"[::1]:{PORT}", f"LocalHost:{PORT}"]
)
def test_this_machine_s_names_are_let_in(host: str) -> None:
    assert refused(host=host) is None


@pytest.mark.parametrize(
    "host",
    [
        pytest.param("evil.example", id="another site (DNS rebinding)"),
        pytest.param(f"evil.example:{PORT}", id="another site at our port"),
        pytest.param("127.0.0.1", id="no port"),
        pytest.param("127.0.0.1:1", id="another port"),
        pytest.param(f"127.0.0.1.evil.example:{PORT}", id="our address as a prefix"),
        pytest.param(f"192.168.1.7:{PORT}", id="a LAN address"),
        pytest.param(f"0.0.0.0:{PORT}", id="any address"),
        pytest.param("", id="empty"),
    ],
)
def test_a_foreign_host_is_turned_away(host: str) -> None:
    assert refused(host=host) == 403


def test_two_host_headers_are_turned_away() -> None:
    headers = Headers(raw=[(b"host", HOME.encode()), (b"host", b"evil.example")])
    assert refusal("GET", "/", headers, hosts(PORT)) == (403, "This page answers only to its own address.")
    assert refusal("GET", "/", Headers(raw=[]), hosts(PORT)) is not None


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "GET"])
@pytest.mark.parametrize(
    "origin",
    ["null", "http://evil.example", f"https://{HOME}", f"http://localhost:{PORT}", "http://127.0.0.1:1", ""],
)
def test_a_foreign_or_null_origin_is_turned_away(method: str, origin: str) -> None:
    assert refused(method, "/gradio_api/queue/join", origin=origin) == 403


@pytest.mark.parametrize("site", ["cross-site", "same-site", "none", "nonsense"])
def test_state_changes_come_from_our_own_page_alone(site: str) -> None:
    assert refused("POST", "/gradio_api/queue/join", sec_fetch_site=site) == 403
    assert refused("GET", "/", sec_fetch_site=site) is None  # a link from elsewhere opens the page


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize(
    "path",
    [
        "/gradio_api/queue/data",
        "/original",
        "/page-image",
        "/config",
        "/sourcier/page.js",
        "/assets/index.js",
    ],
)
def test_nothing_but_the_page_itself_is_given_to_another_site(method: str, path: str) -> None:
    sites = ("cross-site", "same-site", "none", "same-origin")
    assert [refused(method, path, sec_fetch_site=site) for site in sites] == [403, 403, None, None]
    assert [refused(method, "/", sec_fetch_site=site) for site in sites] == [None, None, None, None]


def test_our_own_page_and_programs_without_an_origin_pass() -> None:
    assert (
        refused("POST", "/gradio_api/queue/join", origin=f"http://{HOME}", sec_fetch_site="same-origin")
        is None
    )
    assert refused("POST", "/gradio_api/queue/join") is None


@pytest.mark.parametrize(
    "path",
    [
        "/gradio_api/upload", "/gradio_api/file=/etc/passwd", "/gradio_api/file/etc/passwd", "/file=/etc/passwd",
        "/gradio_api/proxy=http://evil.example", "/monitoring", "/gradio_api/monitoring/summary",
        "/gradio_api/vibe-edit", "/gradio_api/vibe-edit/", "/gradio_api/stream/x", "/gradio_api/dev/reload",
        "/gradio_api/call/ask", "/gradio_api/run/ask", "/gradio_api/runs", "/gradio_api/info", "/docs",
        "/openapi.json", "/login", "/gradio_api/deep_link", "/gradio_api/heartbeat/abc", "/x", "/sourcier",
        "/gradio_api/profiling/traces", "/svelte/x", "/custom_component/1/client/component/x.js", "/\n",
    ],
)  # fmt: skip
def test_routes_that_the_page_does_not_use_are_shut(path: str) -> None:
    assert refused("GET", path) == 404
    assert refused("POST", path) == 404


@pytest.mark.parametrize(
    "path",
    [
        "/", "/config", "/theme.css", "/favicon.ico", "/assets/index.js", "/static/img/logo.svg",
        "/sourcier/page.js", "/gradio_api/queue/data", "/gradio_api/component_server/",
        "/page-image", "/original",
    ],
)  # fmt: skip
def test_routes_that_the_page_uses_are_open(path: str) -> None:
    assert refused("GET", path) is None


def test_port_80_is_not_written_in_a_host() -> None:
    assert "localhost" in hosts(80)
    assert "localhost" not in hosts(PORT)


def _client(*, raising: bool = False) -> TestClient:
    def home(request: Request) -> Response:
        return PlainTextResponse("home", headers={"referrer-policy": "origin"})

    inner = Starlette(routes=[Route("/", home, methods=["GET", "POST"])])
    return TestClient(Guard(inner, PORT), base_url=f"http://{HOME}", raise_server_exceptions=raising)


def test_every_reply_carries_the_headers_even_a_refusal() -> None:
    client = _client()
    for reply, status in (
        (client.get("/"), 200),
        (client.get("/nowhere"), 404),
        (client.get("/", headers={"host": "evil.example"}), 403),
        (client.post("/", headers={"origin": "null"}), 403),
    ):
        assert reply.status_code == status
        for name, value in HEADERS.items():
            if name != "referrer-policy":
                assert reply.headers[name] == value
    assert client.get("/").headers["referrer-policy"] == "origin"  # what the page says of itself stays


def test_a_refused_request_never_reaches_the_page() -> None:
    reply = _client().post("/", headers={"origin": "http://evil.example"})
    assert reply.text == "This request comes from another site.\n"


@pytest.mark.parametrize(
    ("path", "size", "status"),
    [
        ("/", MOST, 200),
        ("/", MOST + 1, 413),
        ("/gradio_api/queue/join", MOST + 1, 413),
        ("/add", MOST + 1, 200),
    ],
)
def test_what_is_too_large_is_cut_off_but_for_files(path: str, size: int, status: int) -> None:
    came = 0

    async def read(request: Request) -> Response:
        nonlocal came
        async for block in request.stream():
            came += len(block)
        return PlainTextResponse("read")

    def blocks() -> Iterator[bytes]:  # in pieces, and without a length
        for at in range(0, size, 1_000_000):
            yield b"x" * min(1_000_000, size - at)

    inner = Starlette(
        routes=[Route(at, read, methods=["POST"]) for at in ("/", "/add", "/gradio_api/queue/join")]
    )
    client = TestClient(Guard(inner, PORT), base_url=f"http://{HOME}")
    reply = client.post(path, content=blocks())
    assert reply.status_code == status
    assert reply.headers["x-frame-options"] == "DENY"
    assert came <= size


def test_web_sockets_are_closed() -> None:
    from starlette.websockets import WebSocketDisconnect

    with pytest.raises(WebSocketDisconnect), _client(raising=True).websocket_connect("/"):
        raise AssertionError("the socket was opened")
