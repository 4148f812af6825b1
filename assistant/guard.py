"""The page's outer wall: who may talk to it (Host, Origin), by which routes, how much, and what its replies forbid."""

from __future__ import annotations

import re
from collections.abc import Iterable
from contextlib import suppress

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEADERS = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'; sandbox",
}
# bytes of a request: a conversation that is reopened; files come to /add, which counts itself
MOST = 25_000_000
# Gradio offers far more (uploads, a file server, a proxy, monitoring, code editing): what is unused is shut.
ROUTES = re.compile(
    r"/|/favicon\.ico|/page-image|/original|/add|/theme\.css|/config/?|/(?:assets|static|sourcier)/.*"
    r"|/gradio_api/(?:queue/(?:join|data)|component_server/?|startup-events|app_id/?|cancel|reset/?)"
)


def hosts(port: int) -> frozenset[str]:
    """The values of the Host header that mean this machine itself, at `port`."""
    names = ("127.0.0.1", "localhost", "[::1]")
    return frozenset(f"{name}:{port}" for name in names) | (frozenset(names) if port == 80 else frozenset())


def refusal(method: str, path: str, headers: Headers, allowed: Iterable[str]) -> tuple[int, str] | None:
    """Why a request is turned away, as (status, reason), or None where it may pass.

    Another site's page reaches a local server only under a foreign Host (DNS rebinding), with a foreign or "null"
    Origin, or from a Sec-Fetch-Site that is not ours; programs that are no browser send none of these and pass.
    """
    named = headers.getlist("host")
    if len(named) != 1 or named[0].lower() not in allowed:
        return 403, "This page answers only to its own address."
    if any(origin.lower() != f"http://{named[0].lower()}" for origin in headers.getlist("origin")):
        return 403, "This request comes from another site."
    site = headers.get("sec-fetch-site", "same-origin")
    # a link to the page, or an address that was typed
    followed = method in ("GET", "HEAD") and (path == "/" or site == "none")
    if site != "same-origin" and not followed:
        return 403, "This request comes from another site."
    if not ROUTES.fullmatch(path):
        return 404, "There is nothing here."
    return None


class Guard:
    """ASGI middleware: turns away what `refusal` names or is too large, and puts HEADERS on replies that lack them."""

    def __init__(self, app: ASGIApp, port: int) -> None:
        self.app = app
        self.allowed = hosts(port)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":  # the page has none
            await receive()
            await send({"type": "websocket.close", "code": 1008})
            return
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        turned_away = refusal(scope["method"], scope["path"], Headers(scope=scope), self.allowed)
        if turned_away:
            status, reason = turned_away
            await PlainTextResponse(reason + "\n", status)(scope, receive, send_guarded)
        elif scope["path"] == "/add":
            await self.app(scope, receive, send_guarded)
        else:
            await self._measured(scope, receive, send_guarded)

    async def _measured(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As `app` replies, or 413 in its place as soon as more than MOST came, whatever was said of the length."""
        came = 0

        async def count() -> Message:
            nonlocal came
            if came > MOST:
                return {"type": "http.disconnect"}
            message = await receive()
            came += len(message.get("body", b""))
            return message if came <= MOST else {"type": "http.disconnect"}

        async def unless_too_large(message: Message) -> None:
            if came <= MOST:
                await send(message)

        try:
            with suppress(ClientDisconnect):  # as it seems to what reads on
                await self.app(scope, count, unless_too_large)
        except RuntimeError as error:
            # Gradio's stream of a session that it does not hold has said so by now: it ends, without a trace
            if not scope["path"].endswith("/queue/data") or not isinstance(error.__cause__, HTTPException):
                raise
            await send({"type": "http.response.body"})
        if came > MOST:
            await PlainTextResponse("This is too large.\n", 413)(scope, receive, send)
