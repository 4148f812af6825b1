"""The page served to this machine alone: environment, routes, port. Gradio loads when it is served."""

from __future__ import annotations

import ctypes
import logging
import os
import socket
import sys
import tempfile
import threading
from collections.abc import Callable
from contextlib import suppress
from importlib.resources import files
from typing import TYPE_CHECKING

from assistant.letting_go import letting_go
from assistant.settings import Settings
from index.errors import UsageError
from index.forgotten import among, kept_out
from prompts import message

if TYPE_CHECKING:
    from fastapi import FastAPI
    from starlette.requests import Request
    from starlette.responses import Response

    from assistant.service import Assistant

HOST = "127.0.0.1"
M_ARENA_MAX = -8  # of malloc.h
PORTS = 20  # tried one after the other, from the one that was asked for
MAX_UPLOAD = "1kb"  # by Gradio's own route, which is shut as well: `assistant.uploads` has ours


def serve(assistant: Assistant, settings: Settings, on_ready: Callable[[str], None]) -> None:
    """Serve the page until Ctrl-C. `on_ready` gets the address once it answers; UsageError: no free port."""
    _glibc("mallopt", M_ARENA_MAX, 1)  # else each thread keeps freed memory for itself
    listener = listen(settings.port)
    port = listener.getsockname()[1]
    if settings.port and port != settings.port:
        language = settings.language or "en"
        print(message("page_port_taken", language, taken=settings.port, port=port), file=sys.stderr)
    with tempfile.TemporaryDirectory(prefix="sourcier-") as scratch:  # made with mode 0700
        clean_environment(scratch)
        import uvicorn

        from assistant.sheets import DRAWER

        class Server(uvicorn.Server):
            async def startup(self, sockets: list[socket.socket] | None = None) -> None:
                await super().startup(sockets)
                on_ready(f"http://{HOST}:{port}/")
                threading.Thread(target=_warm, args=[assistant], daemon=True).start()

            async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
                # open pages are cut off: no error
                logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)
                DRAWER.close()  # a page that is being drawn is not waited for
                await super().shutdown(sockets)

        app = create_app(assistant, settings, port)
        if settings.watch:
            app.state.watcher.start()
        config = uvicorn.Config(
            app,
            log_level="warning",
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=1,
        )
        try:
            with letting_go(assistant):
                Server(config).run(sockets=[listener])
        except KeyboardInterrupt:  # uvicorn raises it again once it has shut down
            pass
        finally:
            app.state.watcher.stop()
            listener.close()


def _warm(assistant: Assistant) -> None:
    """Load the models before the first question, and give back what loading took and no longer needs."""
    from assistant.sheets import DRAWER

    DRAWER.warm()
    assistant.warm()
    _glibc("malloc_trim", 0)


def _glibc(name: str, *arguments: int) -> None:
    """Call one of glibc's own functions. Elsewhere there is none, and nothing that keeps freed memory as it does."""
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):
            getattr(ctypes.CDLL(None), name)(*arguments)


def listen(first: int) -> socket.socket:
    """A socket on the first free port from `first` (0: any). Raises UsageError if none of PORTS is free."""
    last = min(first + PORTS - 1, 65535) if first else 0
    for port in range(first, last + 1):
        candidate = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        if os.name == "posix":  # elsewhere this option would let two servers share a port
            candidate.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            candidate.bind((HOST, port))
            candidate.listen(128)
        except OSError:
            candidate.close()
            continue
        return candidate
    raise UsageError(message("page_no_port", first=first, last=last))


def clean_environment(scratch: str) -> None:
    """Remove every GRADIO_ variable (some open files or routes) and set the two that we want.

    Must run before Gradio is imported: it reads them then.
    """
    for variable in [name for name in os.environ if name.upper().startswith("GRADIO_")]:
        del os.environ[variable]
    os.environ["GRADIO_TEMP_DIR"] = scratch
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"


def create_app(assistant: Assistant, settings: Settings, port: int) -> FastAPI:
    """Guard, then shell, then our files, then Gradio. Call `clean_environment` first."""
    import gradio as gr
    from fastapi import FastAPI
    from fastapi.staticfiles import StaticFiles

    from assistant.guard import Guard
    from assistant.originals import ROUTE as ORIGINAL
    from assistant.originals import original
    from assistant.page import make_blocks
    from assistant.sheets import ROUTE, image
    from assistant.shell import Shell, preferred_language
    from assistant.sourcespage import make_room
    from assistant.uploads import ROUTE as ADD
    from assistant.uploads import receive

    def language(request: Request) -> str:
        return settings.language or preferred_language(request.headers.get("accept-language", ""))

    def icon() -> Response:
        from starlette.responses import FileResponse

        return FileResponse(str(static / "icon.svg"), media_type="image/svg+xml")

    def page_image(request: Request) -> Response:
        from starlette.responses import PlainTextResponse
        from starlette.responses import Response as Bytes

        found = image(assistant, dict(request.query_params))
        if found is None:
            return PlainTextResponse("There is no such page.\n", 404)
        if not found:
            return Bytes(status_code=204)  # no error, as the page says itself what it shows instead
        return Bytes(found, media_type="image/png", headers={"cache-control": "private, max-age=3600"})

    def original_file(request: Request) -> Response:
        from starlette.responses import FileResponse, PlainTextResponse

        found = original(assistant, dict(request.query_params))
        if found is None:
            return PlainTextResponse("There is no such file.\n", 404)
        return FileResponse(found, media_type="application/octet-stream", filename=found.name)

    async def add(request: Request) -> Response:
        return await receive(request, room.uploads, language(request), room.looker.again, is_kept_out)

    def is_kept_out(name: str) -> bool:
        return bool(among(kept_out(assistant.settings.seeds, assistant.index), [name]))

    room = make_room(assistant)
    static = files("assistant") / "static"
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    app.add_api_route("/favicon.ico", icon, include_in_schema=False, response_model=None)
    app.add_route(ROUTE, page_image)
    app.add_route(ORIGINAL, original_file)
    app.add_route(ADD, add, methods=["POST"])
    app.state.watcher = room.watcher
    app.mount("/sourcier", StaticFiles(directory=str(static)))
    app.add_middleware(Shell, language=language)
    app.add_middleware(Guard, port=port)  # added last, so it comes first
    theme = gr.themes.Base(font=["system-ui", "sans-serif"], font_mono=["ui-monospace", "monospace"])
    gr.mount_gradio_app(
        app,
        make_blocks(room),
        path="/",
        server_name=HOST,
        server_port=port,
        theme=theme,
        footer_links=[],
        run_history=False,
        enable_monitoring=False,
        ssr_mode=False,
        pwa=False,
        mcp_server=False,
        show_error=False,
        allowed_paths=[],
        max_file_size=MAX_UPLOAD,
    )
    return app
