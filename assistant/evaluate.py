"""Labelled questions -> predictions: the asking that `sourcier evaluate` does.

In reading mode the reader is given each question's own context; in open mode the whole assistant is asked over an
index of all contexts. Either way the answer is the first that a user would be shown, if the threshold were 0.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.resources import files
from pathlib import Path
from time import perf_counter

from assistant.compose import compose
from assistant.labelled import Question
from assistant.predictions import Prediction, Predictions
from assistant.question import question_language
from assistant.reader import Reader
from assistant.service import Assistant
from assistant.settings import version
from assistant.types import Answer
from index.chunking import chunk
from index.encoding import folder_digest
from index.errors import IndexMissing, UsageError
from index.language import detect
from index.store import read_manifest
from index.types import Document, Encoder, Hit, OnProgress, Passage, Progress

WHOLE = 512  # tokens, what the bundled encoder takes at once: a context that is longer is cut as for an index
_UNSAFE = re.compile(r"[^\w '’(),-]+")
_FILE = re.compile(r"\d{6}/.+\.txt")

WARMING = Question("", "What is this?", "This is a sentence.", ())  # short, however long the contexts are

Ask = Callable[[Question], Prediction]


def evaluate(
    questions: Sequence[Question],
    ask: Ask,
    saved: Predictions | None = None,
    on_progress: OnProgress | None = None,
) -> list[Prediction]:
    """A prediction for each question, from `saved` where it is there already, else added to it.

    `saved` is of the same questions in the same order, and may be of more after them.
    """
    kept = {number: one for number in range(len(questions)) if saved and (one := saved.get(number))}
    new = [number for number in range(len(questions)) if number not in kept]
    if new:
        ask(WARMING)  # untimed: the first question also loads the models
    for done, number in enumerate(new, start=len(kept)):
        if on_progress:
            on_progress(Progress("asking", done, len(questions)))
        kept[number] = ask(questions[number])
        if saved:
            saved.add(number, kept[number])
    if on_progress:
        on_progress(Progress("asking", len(questions), len(questions)))
    return [kept[number] for number in range(len(questions))]


def settings_of(mode: str, assistant: Assistant, questions: Sequence[Question]) -> dict[str, object]:
    """What an answer depends on, so that none is taken over from a run that was set otherwise."""
    package = sorted(path.name for path in files("assistant").iterdir() if path.name.endswith(".json"))
    fitted = b"".join(files("assistant").joinpath(name).read_bytes() for name in package)
    made: dict[str, object] = {
        "version": version(),
        "mode": mode,
        "model": assistant.encoder.identity,
        "reader": assistant.reader.name,
        "reader files": hashlib.sha256(fitted).hexdigest()[:16],
    }
    if assistant.settings.reader and Path(assistant.settings.reader).is_dir():
        made["reader folder"] = folder_digest(Path(assistant.settings.reader))
    if mode == "open":
        corpus = "\0".join(text for pair in contexts_of(questions).names.items() for text in pair)
        made["candidates"], made["read"] = assistant.settings.candidates, assistant.settings.read
        made["contexts"] = hashlib.sha256(corpus.encode()).hexdigest()[:16]
    return made


def reading(reader: Reader, encoder: Encoder) -> Ask:
    """Answers from the question's own context, all of whose passages are read."""

    def ask(question: Question) -> Prediction:
        started = perf_counter()
        document = _document(question)
        hits = context_hits(document, encoder)
        language = question.language or question_language(question.question)
        candidates = reader.read(question.question, language, hits)
        answers = compose(hits, candidates, lambda _: document, 0.0, question=question.question)
        ms = (perf_counter() - started) * 1000
        return replace(_first(question, answers), document=None, ms=ms)

    return ask


def _first(question: Question, answers: Sequence[Answer]) -> Prediction:
    """The first of the answers as a prediction, by the path of its document."""
    if not answers:
        return Prediction(question.id, "", None, None, 0.0)
    best, cited = answers[0], answers[0].citations[0]
    return Prediction(question.id, best.text, cited.start, cited.end, best.confidence, cited.document)


def context_hits(document: Document, encoder: Encoder) -> list[Hit]:
    """A context as if it had been retrieved: as one passage, or, if it is long, as an index would cut it."""
    text, language = document.text, document.language
    if encoder.count_tokens([text])[0] <= WHOLE:
        passages = [Passage(document.path, 0, len(text), text, language)]
    else:
        passages = [replace(one, language=language) for one in chunk(document, encoder.count_tokens)]
    return [Hit(passage, rank, score=1.0, dense=1.0, lexical=0.0) for rank, passage in enumerate(passages, 1)]


def _document(question: Question) -> Document:
    language = question.context_language or detect(question.context)
    return Document("context", "txt", question.context, question.title, language, "", "")


@dataclass(frozen=True, slots=True)
class Contexts:
    """The distinct contexts of some questions, each with the name that predictions call it by.

    That is the id of the first question that has it, made unique where ids are not.
    """

    names: Mapping[str, str]  # by context
    files: Mapping[str, str]  # names by path

    @property
    def copies(self) -> dict[str, str]:
        """By name, the first name of those that differ from its context in white space or capitals alone."""
        first: dict[str, str] = {}
        return {
            name: first.setdefault(" ".join(context.casefold().split()), name)
            for context, name in self.names.items()
        }

    def write(self, folder: Path) -> None:
        """Every context as a file below `folder`, called by its title."""
        for (path, _), context in zip(self.files.items(), self.names, strict=True):
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(context.encode())


def contexts_of(questions: Sequence[Question]) -> Contexts:
    """The contexts in the order in which they first stand in the file."""
    names: dict[str, str] = {}
    paths: dict[str, str] = {}
    taken: set[str] = set()
    for number, question in enumerate(questions, start=1):
        if question.context in names:
            continue
        name = question.id if question.id not in taken else f"{question.id}#{number}"
        taken.add(name)
        names[question.context] = name
        title = _UNSAFE.sub(" ", question.title or question.context)[:60].strip() or "context"
        paths[f"{len(names):06}/{title}.txt"] = name
    return Contexts(names, paths)


def opened(assistant: Assistant, contexts: Contexts, on_progress: OnProgress | None = None) -> Ask:
    """Index the contexts, written where the assistant's sources are, and answer from all of them.

    The assistant's threshold is to be 0. Raises UsageError if its index is another folder's.
    """
    try:
        others = [path for path in read_manifest(assistant.index).sources if not _FILE.fullmatch(path)]
    except IndexMissing:
        others = []
    if others:
        raise UsageError(
            f"{assistant.index} is the index of other sources ({others[0]}): name a folder of its own"
        )
    contexts.write(assistant.settings.seeds)
    report = assistant.build(on_progress)
    if report.skipped:
        one = report.skipped[0]
        name = contexts.files.get(one.document, one.document)
        raise UsageError(f"the context of the question {name} cannot be indexed: {one.reason}")

    def ask(question: Question) -> Prediction:
        started = perf_counter()
        reply = assistant.ask(question.question)
        ms = (perf_counter() - started) * 1000
        ranked = dict.fromkeys(contexts.files[use.hit.passage.document] for use in reply.passages)
        first = _first(question, reply.answers)
        where = contexts.files[first.document] if first.document else None
        return replace(first, document=where, ms=ms, found=tuple(ranked))

    return ask
