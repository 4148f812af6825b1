"""Folders of sources for the tests of the index, and what an index says to a reader."""

from __future__ import annotations

import errno
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from stubs import BagEncoder

from index import reading
from index.build import build_index
from index.formats.extracted import Extracted
from index.generation import open_generation
from index.types import Encoder, IndexReport, OnProgress, Passage, Source
from index.worker import Worker

HARBOUR = "The harbour of Lisbon opened in 1887. Ships carried cork and salt."
BREAD = "Le pain de seigle se garde dix jours. La croûte doit rester sèche."
BRIDGE = "The bridge over the Oder was rebuilt in 1951. It is 214 metres long."


@dataclass(frozen=True)
class Place:
    """A sources folder with its index and encoder."""

    sources: Path
    index: Path
    encoder: BagEncoder

    def write(self, **texts: str) -> None:
        """Write `name.txt` for each name."""
        for name, text in texts.items():
            (self.sources / f"{name}.txt").write_text(text, encoding="utf-8")

    def build(self, on_progress: OnProgress | None = None, encoder: Encoder | None = None) -> IndexReport:
        return build_index(self.sources, self.index, encoder or self.encoder, on_progress=on_progress)

    def skipped(self, ocr: str = "") -> dict[str, str]:
        """Build, and say why each file was skipped."""
        report = build_index(self.sources, self.index, self.encoder, ocr=ocr)
        return {one.document: one.reason for one in report.skipped}

    def generations(self) -> list[str]:
        return sorted(path.name for path in (self.index / "generations").iterdir())


def place(root: Path) -> Place:
    """An empty folder below `root`."""
    sources = root / "sources"
    sources.mkdir()
    return Place(sources, sources / ".sourcier", BagEncoder())


def best(index: Path, question: str) -> str:
    """The text of the passage nearest to a question."""
    generation = open_generation(index)
    try:
        rows, _ = generation.vectors.search(BagEncoder().encode_queries([question])[0], 1)
        return generation.passages([int(rows[0])])[0].text
    finally:
        generation.close()


def content(index: Path) -> tuple[list[Passage], dict[str, str], bytes]:
    """All that an index holds: passages, texts by path, vectors."""
    generation = open_generation(index)
    try:
        passages = generation.passages(range(generation.manifest.passages))
        texts = {path: generation.document(path).text for path in generation.paths()}
        folder = index / "generations" / generation.id
        return passages, texts, (folder / "vectors.faiss").read_bytes()
    finally:
        generation.close()


def count_reads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The files that a build gives to its worker from now on."""
    files: list[str] = []

    class Counting(Worker):
        def __call__(self, source: Source) -> tuple[Extracted, str]:
            files.append(source.path)
            return super().__call__(source)

    monkeypatch.setattr(reading, "Worker", Counting)
    return files


def close_folder(monkeypatch: pytest.MonkeyPatch, folder: Path, error: int = errno.EACCES) -> None:
    """From now on, that folder cannot be listed; whoever runs the tests."""
    real = os.scandir

    def scandir(path: Any) -> Any:
        if path == str(folder):
            raise OSError(error, os.strerror(error))
        return real(path)

    monkeypatch.setattr(os, "scandir", scandir)
