"""A served page for tests: sources on a temporary folder, a reader of plain rules, a bag-of-words encoder."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from stubs import BagEncoder

from assistant.service import Assistant
from assistant.settings import Settings
from assistant.types import Candidate
from assistant.web import clean_environment, create_app, listen
from index.types import Hit, Span, Vectors


class RuleReader:
    """The line that shares most long words with the question, and in it the first number."""

    name = "rules"

    def read(self, question: str, language: str, hits: Sequence[Hit]) -> list[Candidate]:
        asked = set(re.findall(r"\w{4,}", question.casefold()))
        found = []
        for hit in hits:
            for sentence in re.finditer(r"[^\n]+", hit.passage.text):
                shared = asked & set(re.findall(r"\w{4,}", sentence[0].casefold()))
                number = re.search(r"\d[\d ]*\d|\d", sentence[0])
                start = hit.passage.start + sentence.start()
                span = Span(start + number.start(), start + number.end()) if number else None
                quote = Span(start, start + len(sentence[0]))
                score = len(shared) / max(len(asked), 1)
                found.append(
                    Candidate(hit.passage.document, span or quote, quote, min(score, 0.99), hit.rank)
                )
        return sorted(found, key=lambda candidate: -candidate.score)


class SlowEncoder(BagEncoder):
    """Encodes passages only once `go` is set, so that a test can look at a build under way."""

    def __init__(self) -> None:
        super().__init__()
        self.go = threading.Event()
        self.go.set()

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        assert self.go.wait(30)
        return super().encode_passages(texts)


def make_assistant(seeds: Path, encoder: BagEncoder | None = None) -> Assistant:
    return Assistant(Settings(seeds=seeds, port=0, read=20), encoder or BagEncoder(), RuleReader())


@contextmanager
def serving(assistant: Assistant, scratch: Path, port: int = 0) -> Iterator[str]:
    """The address of the page of `assistant`, served from a thread."""
    clean_environment(str(scratch))
    import uvicorn

    listener = listen(port)
    port = listener.getsockname()[1]
    app = create_app(assistant, assistant.settings, port)
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", timeout_graceful_shutdown=1))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    while not server.started and thread.is_alive():
        time.sleep(0.02)
    try:
        yield f"http://127.0.0.1:{port}/"
    finally:
        server.should_exit = True
        thread.join(10)
        listener.close()
        assistant.close()
