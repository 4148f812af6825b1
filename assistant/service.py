"""Assistant: a folder of sources that one can ask. It owns the open index and the models; the rest are functions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import cached_property
from pathlib import Path

from assistant.agreement import disagreement
from assistant.clock import Clock
from assistant.compose import closest, compose, mark_used, refusal_reason
from assistant.copies import distinct
from assistant.followup import Reading, language_of, readings
from assistant.question import asks_for_a_person, asks_for_several, check_question
from assistant.reader import Reader
from assistant.readers import make_reader
from assistant.serving import Serving
from assistant.settings import Settings
from assistant.types import Candidate, IndexState, Reply, Status, Turn
from assistant.why import WhyNot, why_not
from index.build import build_index
from index.changes import changes
from index.chunking import Chunking
from index.encoding import SentenceEncoder
from index.errors import IndexDamaged, IndexMismatch, IndexMissing, SourcierError
from index.generation import Generation
from index.inventory import Inventory, take_inventory
from index.manifest import Manifest
from index.search import search
from index.store import doubt, index_folder, read_manifest
from index.types import Document, Encoder, Hit, IndexReport, OnProgress, Skipped, Span, Vectors
from prompts import refusal

WIDER = 5  # times as many passages are searched where copies take up the places of others

RANKED = 1000  # passages that "why not?" ranks: more than a search compares


class Assistant:
    """Answers questions about `settings.seeds`. Threads may share it; a build never keeps a question waiting."""

    def __init__(
        self, settings: Settings, encoder: Encoder | None = None, reader: Reader | None = None
    ) -> None:
        self.settings = settings
        self.index = index_folder(settings.seeds, settings.index)
        self.encoder: Encoder = encoder or SentenceEncoder(settings.model, settings.precision)
        self._reader = reader
        self._serving = Serving(self.index, self.encoder)

    @cached_property
    def reader(self) -> Reader:
        """What proposes the answers."""
        return self._reader or make_reader(self.settings.reader, self.encoder)

    def ask(
        self, question: str, history: Sequence[Turn] = (), cancelled: Callable[[], bool] = lambda: False
    ) -> Reply:
        """Answer in the sources' own words, or refuse.

        Raises UsageError for a question that cannot be asked, IndexMissing, IndexDamaged or IndexMismatch, and
        Cancelled at the end of the step in which `cancelled` comes true.
        """
        question = check_question(question)
        try:
            return self._ask(question, history, Clock(cancelled))
        except IndexDamaged as error:  # found while it was read
            self._serving.step_back(error)
            return self._ask(question, history, Clock(cancelled))

    def _ask(self, question: str, history: Sequence[Turn], clock: Clock) -> Reply:
        generation = self.generation()
        language = language_of(question, history)
        clock.lap("open")
        meant = readings(question, history)
        vectors = self.encoder.encode_queries([reading.text for reading in meant])
        clock.lap("encode")
        read = [
            (reading, *self._read(generation, reading, vector, language, clock))
            for reading, vector in zip(meant, vectors, strict=True)
        ]
        read.sort(key=lambda one: -_support(one[0], one[2]))  # stable: alone comes first
        chosen, hits, candidates = read[0]
        threshold = self.settings.threshold
        several = asks_for_several(chosen.text, language)
        answers = compose(
            hits,
            candidates,
            generation.document,
            threshold,
            generation.copies,
            language,
            chosen.text,
            several,
        )
        why = "" if answers else refusal_reason(candidates, threshold)
        of_persons = asks_for_a_person(chosen.text, language)
        conflict = () if several else disagreement(answers, of_persons, chosen.text)
        nearest = closest(hits, candidates, generation.document, threshold) if why else None
        clock.lap("compose")
        return Reply(
            question=question,
            readings=tuple(reading.text for reading, _, _ in read),
            status="answered" if answers else "refused",
            reason=refusal(why, language) if why else "",
            answers=answers,
            passages=mark_used(hits, answers),
            index=_state(generation.manifest),
            language=language,
            timings_ms=clock.laps,
            several=several,
            disagreement=conflict,
            refusal=why,
            closest=nearest,
            read=min(self.settings.read, len(hits)),
            candidates=tuple(candidates),
            support=tuple(_support(reading, found) for reading, _, found in read),
        )

    def _read(
        self, generation: Generation, reading: Reading, vector: Vectors, language: str, clock: Clock
    ) -> tuple[list[Hit], list[Candidate]]:
        wanted = self.settings.candidates
        found = search(generation, reading.text, vector, language, wanted)
        hits = distinct(found, generation.copies)
        if len(hits) < len(found):  # copies stood in the way of others
            found = search(generation, reading.text, vector, language, WIDER * wanted)
            hits = distinct(found, generation.copies)[:wanted]
        clock.lap("search")
        candidates = self.reader.read(reading.read_as or reading.text, language, hits[: self.settings.read])
        clock.lap("read")
        return hits, candidates

    def why_not(self, reply: Reply, document: str, place: Span) -> WhyNot:
        """Where that place of a document ranked for the question of `reply`, and why it is no answer to it.

        Ranks are those of the index as it serves now. Raises what `ask` raises.
        """
        generation = self.generation()
        question = reply.readings[0]
        [vector] = self.encoder.encode_queries([question])
        ranked = search(generation, question, vector, reply.language, RANKED)
        return why_not(reply, ranked, document, place, self.settings.threshold)

    def warm(self) -> None:
        """Load what a first question would wait for. Where there is no index yet, it loads nothing."""
        with suppress(SourcierError):  # whoever asks is told
            self.ask("What is this?")

    def build(self, on_progress: OnProgress | None = None, thorough: bool = False) -> IndexReport:
        """Bring the index up to date with the folder. Questions go on being answered from the old one meanwhile.

        `thorough` reads every byte of the old one first.
        """
        return build_index(
            self.settings.seeds,
            self.index,
            self.encoder,
            Chunking(),
            on_progress,
            thorough,
            self.settings.ocr_languages,
        )

    def status(self) -> Status:
        """Which index serves, and what has changed in the folder since. Loads no model to serve."""
        try:
            generation = self.generation()
            manifest, problem = generation.manifest, generation.notice
        except (IndexMissing, IndexDamaged, IndexMismatch) as error:
            manifest, problem = None, str(error)
        return Status(
            index=_state(manifest) if manifest else None,
            changes=changes(self.settings.seeds, self.index, self.settings.ocr_languages),
            skipped=_skipped(self.index, manifest) if manifest else (),
            problem=problem,
        )

    def inventory(self) -> Inventory | None:
        """What the index that serves holds and takes; None where none can."""
        try:
            return take_inventory(self.index, self.generation())
        except (IndexMissing, IndexDamaged, IndexMismatch):  # `status` says which
            return None

    def document(self, path: str) -> Document:
        """A document as the serving index holds it."""
        try:
            return self.generation().document(path)
        except IndexDamaged:
            doubt(self.index)
            raise

    def generation(self) -> Generation:
        """The newest whole generation, opened. Raises IndexMissing, IndexDamaged or IndexMismatch."""
        return self._serving.generation()

    def let_go(self) -> None:
        """Let go of a generation that serves no more."""
        self._serving.let_go()

    def close(self) -> None:
        """Let go of the index."""
        self._serving.close()


def _skipped(index: Path, manifest: Manifest) -> tuple[Skipped, ...]:
    """By the manifest on disk, which is fresher than that of an open generation; by this one if it is damaged."""
    try:
        return read_manifest(index).skipped
    except (IndexMissing, IndexDamaged):
        return manifest.skipped


def _support(reading: Reading, candidates: Sequence[Candidate]) -> float:
    return reading.weight * max((candidate.score for candidate in candidates), default=0.0)


def _state(manifest: Manifest) -> IndexState:
    return IndexState(
        manifest.generation, manifest.documents, manifest.passages, manifest.model, manifest.built_at
    )
