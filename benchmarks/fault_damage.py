"""Every file of a generation cut short and with bits flipped: found by the thorough check, and no false answer."""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from folders import BREAD, BRIDGE, HARBOUR
from pagekit import RuleReader
from stubs import BagEncoder

from assistant.service import Assistant
from assistant.settings import Settings
from assistant.types import Citation, Reply
from benchmarks.apart import Outcome, apart
from benchmarks.fault_trials import Folder, Tally, state
from index import store
from index.generation import open_generation
from index.store import current, damage, generation_folder
from index.types import Document, Passage

CUTS, FLIPS = 20, 200
QUESTIONS = (
    "When did the harbour of Lisbon open?", "Combien de jours se garde le pain de seigle ?", "How long is the bridge?",
    "Which vessel of edition 1 reached port 3?", "What has cork and salt 7?", "Ada's sum",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Truth:
    """What one sound generation says."""

    documents: dict[str, Document]
    passages: frozenset[Passage]
    replies: tuple[object, ...]


def made(root: Path) -> Folder:
    """An index of 25 documents in two languages, with parts and columns, and the one before it."""
    here = Folder(root)
    here.write(0, 20)
    for name, text in (
        ("harbour.txt", HARBOUR),
        ("pain.txt", BREAD),
        ("bridge.md", f"# Bridges\n\n{BRIDGE}\n"),
    ):
        (here.sources / name).write_text(text, encoding="utf-8")
    (here.sources / "sums.csv").write_text("Name,Sum\nAda,400\nGrace,1200\n", encoding="utf-8")
    (here.sources / "note.md").write_text(
        "---\ntitle: Ropes\nauthor: Ada\ndate: 2025-02-10\n---\nRope is hemp.\n"
    )
    here.build()
    here.write(1, 5)
    here.build()
    return here


def replies(here: Folder) -> list[Reply]:
    """The answers to all questions, the index opened as usual."""
    assistant = Assistant(Settings(seeds=here.sources, index=here.index, read=20), BagEncoder(), RuleReader())
    return [assistant.ask(question) for question in QUESTIONS]


def essence(found: list[Reply]) -> tuple[object, ...]:
    """All that replies say, but for how long they took."""
    return tuple((one.answers, one.passages, one.reason, one.closest, one.disagreement) for one in found)


def truth(here: Folder) -> Truth:
    """Of the generation that serves."""
    generation = open_generation(here.index)
    documents = {path: generation.document(path) for path in generation.paths()}
    passages = frozenset(generation.passages(range(generation.manifest.passages)))
    generation.close()
    return Truth(documents, passages, essence(replies(here)))


def false_words(found: list[Reply], truths: dict[str, Truth]) -> str:
    """The first thing that replies say which the generation that they name does not hold, or ""."""
    for reply in found:
        if reply.index.generation not in truths:
            return f"the generation is called {reply.index.generation}"
        true = truths[reply.index.generation]
        for use in reply.passages:
            if use.hit.passage not in true.passages:
                return f"no such passage: {use.hit.passage}"
        answers = [*reply.answers, *([reply.closest] if reply.closest else [])]
        for answer in answers:
            for one in answer.citations:
                if not _is_true(one, true.documents.get(one.document)):
                    return f"no such citation: {one}"
    return ""


def _is_true(one: Citation, document: Document | None) -> bool:
    if document is None:
        return False
    text = document.text
    said = (one.title, one.language, one.author, one.date, one.source_sha256, one.text_sha256, one.place)
    held = (
        document.title, document.language, document.author, document.date, document.source_sha256,
        document.text_sha256, document.place_at(one.start),
    )  # fmt: skip
    around = text[: one.quote_start].endswith(one.prefix) and text[one.quote_end :].startswith(one.suffix)
    return (
        said[:1] + said[2:] == held[:1] + held[2:]
        and text[one.quote_start : one.quote_end] == one.quote
        and around
    )


def damaged(root: Path, seed: int) -> Iterator[Tally]:
    """For each file of the generation that serves, two tallies: opened as it is, and as though it were over 16 MB."""
    here = made(root)
    name = str(current(here.index))
    truths = {name: truth(here)}
    manifest = store.read_manifest(here.index)
    kept = root / "kept"
    shutil.copytree(here.index, kept)
    (here.index / store.CURRENT).write_text(f"{manifest.previous}\n", encoding="ascii")
    truths[manifest.previous] = truth(here)
    after = state(kept)
    folder = generation_folder(kept, name)
    for file in sorted(path.relative_to(folder) for path in folder.rglob("*") if path.is_file()):
        yield from _one(here, kept, name, file, truths, after, seed)


def _one(
    here: Folder, kept: Path, name: str, file: Path, truths: dict[str, Truth], after: str, seed: int
) -> Iterator[Tally]:
    small, large = Tally(f"`{file}`"), Tally(f"`{file}`, opened as a file over 16 MB is")
    good = (generation_folder(kept, name) / file).read_bytes()
    rng = random.Random(f"{seed}{file}")
    fresh = False
    for trial in range(CUTS + FLIPS):
        bad = good[: len(good) * trial // CUTS] if trial < CUTS else _flipped(good, rng)
        for tally, limit in ((small, store._SMALL), (large, 0)):
            if not fresh:
                shutil.rmtree(here.index)
                shutil.copytree(kept, here.index)
                fresh = True
            for other in truths.keys() - {name}:
                _let_serve(generation_folder(here.index, other), trial % 2 == 0)
            path = generation_folder(here.index, name) / file
            path.write_bytes(bad)
            problems = damage(generation_folder(here.index, name), whole=True)
            end, wrong = _judged(here, limit, truths, name)
            if not any(str(path) in problem for problem in problems):
                wrong = f"the thorough check does not name it: {problems}"
            fresh = trial % 10 != 0
            if not fresh and not wrong:
                healed = apart(lambda: (here.build(), state(here.index)))
                wrong = "" if healed.value == (0, after) else f"the next build does not heal it: {healed}"
            if fresh:
                path.write_bytes(good)
            tally.add(end, wrong)
    yield small
    yield large


def _let_serve(folder: Path, wanted: bool) -> None:
    """Whether there is this other generation to fall back to."""
    away = folder.parents[2] / f"away-{folder.name}"
    if wanted and not folder.exists():
        away.rename(folder)
    elif not wanted and folder.exists():
        shutil.rmtree(away, ignore_errors=True)
        folder.rename(away)


def _flipped(good: bytes, rng: random.Random) -> bytes:
    bad = bytearray(good)
    bad[rng.randrange(len(bad))] ^= 1 << rng.randrange(8)
    return bytes(bad)


def _judged(here: Folder, limit: int, truths: dict[str, Truth], name: str) -> tuple[str, str]:
    """How asking ended, and what is wrong with that."""

    def work() -> list[Reply]:
        store._SMALL = limit
        return replies(here)

    outcome = apart(work)
    if outcome.how == "error" and "SourcierError" in outcome.error:
        return "refused", "" if "sourcier index" in outcome.words else f"no way out is named: {outcome.words}"
    if outcome.how != "done":
        return outcome.how, str(Outcome(outcome.how, None, outcome.error, outcome.words))
    found: list[Reply] = outcome.value
    wrong = false_words(found, truths)
    served = {reply.index.generation for reply in found}
    if served != {name}:
        return "the one before answers", wrong
    return (
        "same answers" if essence(found) == truths[name].replies else "true words, otherwise ranked"
    ), wrong
