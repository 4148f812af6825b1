"""The terminal: what it can show, how a build's progress looks in it, and how text gets in and out."""

from __future__ import annotations

import os
import sys
import threading
from pathlib import Path

from assistant.render import dumps, visible
from index.errors import UsageError
from index.types import Progress
from prompts import LANGUAGES, message

_BAR = 24  # cells


class Bar:
    """A build's progress on one line of stderr: stage, bar, n/total. Redrawn only when it would differ."""

    def __init__(self, language: str) -> None:
        self.language = language
        self._shown = ""

    def __call__(self, progress: Progress) -> None:
        total = max(progress.total, 1)
        filled = min(_BAR, _BAR * progress.done // total)
        stage = message(f"cli_stage_{progress.stage}", self.language)
        line = f"{stage:<10} [{'#' * filled}{'.' * (_BAR - filled)}] {progress.done}/{progress.total}"
        if line != self._shown:
            self._draw(line)

    def clear(self) -> None:
        """Leave an empty line behind."""
        self._draw("")
        sys.stderr.write("\r")
        sys.stderr.flush()

    def _draw(self, line: str) -> None:
        sys.stderr.write("\r" + line.ljust(len(self._shown)))
        sys.stderr.flush()
        self._shown = line


def locale_language() -> str:
    """The language of the environment's locale, where we speak it; else English."""
    locale = next(
        (os.environ[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if os.environ.get(name)), ""
    )
    return locale[:2] if locale[:2] in LANGUAGES else LANGUAGES[0]


def bold() -> bool:
    """Whether stdout shows bold: a terminal, and NO_COLOR is not set."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def warn(text: str) -> None:
    """Lines on stderr, with nothing in them that a terminal would obey; none for ""."""
    if text:
        print(visible(text), file=sys.stderr, flush=True)


def open_page(url: str) -> None:
    """Show `url` in the desktop's browser; without a desktop do nothing, since a text browser would block."""
    if sys.platform == "linux" and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        return
    import webbrowser

    threading.Thread(target=webbrowser.open, args=(url,), daemon=True).start()


def print_json(value: object) -> None:
    """`value` as JSON on stdout, in ASCII where the stream is not UTF-8."""
    utf8 = (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"
    print(dumps(value, ascii_only=not utf8))


def read_text(name: str) -> str:
    """The text of the file `name`, of stdin for "-". Raises UsageError."""
    try:
        data = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
        return data.decode("utf-8-sig")
    except OSError as error:
        raise UsageError(f"{name} cannot be read: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise UsageError(
            f"{name} is not UTF-8 text: {error}. Give the output of `sourcier ask --json`"
        ) from error


def drop_output() -> None:
    """Send what stdout still holds nowhere, so that the interpreter's last flush cannot fail again."""
    try:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
    except (OSError, ValueError):  # no descriptor beneath it, or closed: then nothing is left to flush
        return
