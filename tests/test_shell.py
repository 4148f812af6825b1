"""The page's one HTML document: whose language, whose scripts, and no link to anywhere else."""

from __future__ import annotations

import json
import re

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient

from assistant.shell import Shell, preferred_language, rewrite, words
from prompts import LANGUAGES, messages

INDEX = """<html
	lang="en"><head>
	<meta property="og:image"
		content="https://elsewhere.example/x.jpg" /><meta name="twitter:creator" content="@x" />
	<link rel="manifest" href="/manifest.json" /><script>one</script><script type="module" src="./a.js"></script>
	</head><body></body></html>"""


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("", "en"), ("fr", "fr"), ("fr-CA,fr;q=0.9,en;q=0.8", "fr"), ("en-GB,en;q=0.9,fr;q=0.8", "en"),
        ("pt-PT,pt;q=0.9,fr;q=0.4,en;q=0.2", "fr"), ("pt", "en"),
        ("de-AT", "de"), ("pt,es;q=0.8,en;q=0.2", "es"), ("en;q=0.1, FR;q=0.7", "fr"), ("*", "en"),
        ("fr;q=x,en", "en"), (";;;,,", "en"), ("fr;q=", "fr"), ("en;q=0.5,fr;q=0.5", "en"),
    ],
)  # fmt: skip
def test_the_browser_s_language_is_followed_where_we_speak_it(header: str, expected: str) -> None:
    assert preferred_language(header) == expected


def test_foreign_links_go_and_scripts_carry_the_nonce() -> None:
    html = rewrite(INDEX, "NONCE", "fr")
    assert "elsewhere.example" not in html
    assert "twitter" not in html
    assert "manifest" not in html
    assert 'lang="fr"' in html
    scripts = re.findall(r"<script[^>]*>", html)
    assert len(scripts) == 4
    assert all('nonce="NONCE"' in script for script in scripts)
    assert html.index("/sourcier/page.css") < html.index("</head>")


def test_the_words_of_every_language_come_with_the_page() -> None:
    table = json.loads(words())
    assert set(table) == set(LANGUAGES)
    assert "<" not in words()
    for language in LANGUAGES:
        assert table[language]["page_send"] == messages(language)["page_send"]
        assert len(table[language]["examples"]) == 4
        assert not [key for key in table[language] if not key.startswith("page_") and key != "examples"]


def _client() -> TestClient:
    def index(request: Request) -> Response:
        assert "accept-encoding" not in request.headers
        return HTMLResponse(INDEX) if "bad" not in request.query_params else JSONResponse({}, 500)

    def other(request: Request) -> Response:
        return HTMLResponse(INDEX)

    inner = Starlette(routes=[Route("/", index), Route("/other", other)])
    return TestClient(Shell(inner, lambda request: request.headers.get("x-language", "en")))


def test_the_policy_allows_the_page_s_own_scripts_alone() -> None:
    reply = _client().get("/", headers={"x-language": "fr"})
    policy = dict(part.split(" ", 1) for part in reply.headers["content-security-policy"].split("; "))
    [nonce] = set(re.findall(r'nonce="([^"]+)"', reply.text))
    assert policy["script-src"].split() == ["'self'", f"'nonce-{nonce}'", "'unsafe-eval'"]
    assert policy["default-src"] == "'none'"
    assert policy["connect-src"] == "'self'"
    assert policy["frame-ancestors"] == "'none'"
    assert reply.headers["cache-control"] == "no-store"
    assert int(reply.headers["content-length"]) == len(reply.content)


def test_each_visit_has_its_own_nonce() -> None:
    client = _client()
    nonces = {re.findall(r'nonce="([^"]+)"', client.get("/").text)[0] for _ in range(3)}
    assert len(nonces) == 3


def test_other_routes_and_failures_pass_unchanged() -> None:
    client = _client()
    assert client.get("/other").text == INDEX
    failed = client.get("/?bad")
    assert failed.status_code == 500
    assert failed.json() == {}
