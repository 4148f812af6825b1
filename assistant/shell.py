"""The one HTML document of the page: Gradio's own, with our style, words and policy, and no foreign link."""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Callable
from html import escape

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from prompts import LANGUAGES, examples, messages

# Gradio compiles a component's template with Function(), hence 'unsafe-eval'; it styles elements inline.
POLICY = (
    "default-src 'none'; script-src 'self' 'nonce-{nonce}' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; font-src 'self'; connect-src 'self'; base-uri 'self'; form-action 'none'; "
    "frame-ancestors 'none'"
)
_FOREIGN = re.compile(
    r"""\s*<meta\s+(?:property|name)="(?:og|twitter):[^>]*>|\s*<link\s+rel="manifest"[^>]*>"""
)


def preferred_language(header: str) -> str:
    """The language of ours that an Accept-Language header wants most; English if none."""
    wanted: list[tuple[float, int, str]] = []
    for place, item in enumerate(header.split(",")):
        tag, _, weight = item.strip().partition(";q=")
        language = tag.split("-")[0].lower()
        try:
            wanted.append((-float(weight or 1), place, language))
        except ValueError:  # no weight at all: as if not named
            continue
    return next((language for _, _, language in sorted(wanted) if language in LANGUAGES), "en")


def words() -> str:
    """The page's sentences and example questions in all languages, as JSON that may stand inside a script."""
    table = {
        language: {
            "examples": examples(language),
            **{key: value for key, value in messages(language).items() if key.startswith("page_")},
        }
        for language in LANGUAGES
    }
    return json.dumps(table).replace("<", "\\u003c")


def rewrite(html: str, nonce: str, language: str) -> str:
    """Gradio's index.html: links to other hosts gone, our style first, every script under the nonce."""
    title = escape(messages(language)["page_title"])
    head = (
        f'<meta name="color-scheme" content="light dark"><title>{title}</title>'
        '<link rel="icon" href="/sourcier/icon.svg"><link rel="stylesheet" href="/sourcier/page.css">'
        f'<script type="application/json" id="sourcier-words">{words()}</script>'
        '<script type="module" src="/sourcier/page.js"></script></head>'
    )
    html = _FOREIGN.sub("", html)
    html = html.replace("</head>", head, 1).replace('lang="en"', f'lang="{escape(language)}"', 1)
    return html.replace("<script", f'<script nonce="{nonce}"')


class Shell:
    """ASGI middleware that rewrites the reply at `/`; every other path passes untouched."""

    def __init__(self, app: ASGIApp, language: Callable[[Request], str]) -> None:
        self.app = app
        self.language = language

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] != "/":
            await self.app(scope, receive, send)
            return
        plain = [(name, value) for name, value in scope["headers"] if name != b"accept-encoding"]
        start: list[Message] = []
        body = bytearray()

        async def collect(message: Message) -> None:
            if message["type"] == "http.response.start":
                start.append(message)
            elif message["type"] == "http.response.body":
                body.extend(message.get("body", b""))

        await self.app({**scope, "headers": plain}, receive, collect)
        response = self._response(start[0], bytes(body), self.language(Request(scope)))
        await response(scope, receive, send)

    def _response(self, start: Message, body: bytes, language: str) -> Response:
        status, headers = start["status"], Headers(raw=start["headers"])
        kind = headers.get("content-type", "")
        if status != 200 or not kind.startswith("text/html"):
            return Response(body, status, media_type=kind)
        nonce = secrets.token_urlsafe(16)
        response = Response(rewrite(body.decode("utf-8"), nonce, language), media_type="text/html")
        out = MutableHeaders(raw=response.raw_headers)
        out["content-security-policy"] = POLICY.format(nonce=nonce)
        out["cache-control"] = "no-store"
        out["vary"] = "Accept-Language"
        return response
