"""While nobody asks, an old index is let go of all the same: else what was forgotten since would stay on the disk."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from assistant.service import Assistant

SECONDS = 3.0  # between two looks, each at one small file


@contextmanager
def letting_go(assistant: Assistant) -> Iterator[None]:
    """In the block, `assistant` lets go of what serves no more, from a thread of its own."""
    stop = threading.Event()

    def work() -> None:
        while not stop.wait(SECONDS):
            assistant.let_go()

    threading.Thread(target=work, name="sourcier-letting-go", daemon=True).start()
    try:
        yield
    finally:
        stop.set()
