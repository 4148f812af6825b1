"""Building: what is read, what is encoded, what stays, what is told."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from folders import BREAD, BRIDGE, HARBOUR, Place, best, content, place
from stubs import BagEncoder

from index import build, reading
from index.build import build_index
from index.changes import changes
from index.chunking import Chunking
from index.errors import Cancelled, IndexMismatch, ModelError, SourcesError, StorageError
from index.formats.extracted import Extracted
from index.gather import BATCH
from index.generation import open_generation
from index.manifest import check
from index.store import current, damage, generation_folder, read_manifest
from index.types import Changes, Document, Progress, Skipped, Source, Vectors
from index.worker import Worker

ROOT = Path(__file__).parents[1]
LONG = "\n\n".join(
    f"Paragraph {n} is about vessel number {n * 7}. " + "It sailed on. " * 30 for n in range(12)
)


@pytest.fixture
def here(tmp_path: Path) -> Place:
    made = place(tmp_path)
    made.write(harbour=HARBOUR, bread=BREAD, bridge=BRIDGE)
    return made


class Mute(BagEncoder):
    """Fails when it is asked for anything but its identity."""

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        raise AssertionError(f"asked to encode {texts}")

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        raise AssertionError(f"asked to count {texts}")


def settle(folder: Path, seconds: float = 60) -> None:
    """Make the files look as if they had been written a while ago."""
    for path in folder.glob("*.*"):
        state = path.stat()
        os.utime(path, ns=(state.st_atime_ns, state.st_mtime_ns - int(seconds * 1e9)))


def test_a_first_build(here: Place) -> None:
    report = here.build()
    assert (report.documents, report.passages, report.encoded, report.reused, report.removed) == (
        3,
        3,
        3,
        0,
        0,
    )
    assert (report.generation, report.skipped) == (current(here.index), ())
    assert here.encoder.encoded == 3
    assert best(here.index, "how long is the bridge") == BRIDGE
    assert best(here.index, "croûte sèche") == BREAD
    manifest = read_manifest(here.index)
    assert (manifest.model, manifest.identity, manifest.dimension) == ("bag", "bag@1", 256)
    assert manifest.previous == ""
    assert damage(generation_folder(here.index, report.generation), whole=True) == []
    check(manifest, here.encoder, Chunking())


def test_nothing_changed_writes_and_encodes_nothing(here: Place) -> None:
    settle(here.sources)
    first = here.build()
    files = sorted((str(p), p.stat().st_mtime_ns) for p in (here.index / "generations").rglob("*"))
    again = here.build(encoder=Mute())
    assert again == replace(first, encoded=0, reused=3, seconds=again.seconds)
    assert sorted((str(p), p.stat().st_mtime_ns) for p in (here.index / "generations").rglob("*")) == files


def test_one_changed_document_encodes_its_passages_alone(here: Place) -> None:
    here.write(**{f"d{n}": f"File {n} tells of lighthouse {n * 13}." for n in range(60)}, long=LONG)
    first = here.build()
    here.write(long=LONG.replace("vessel number 21", "vessel number saffron"))
    report = here.build()
    assert report.documents == first.documents == 64
    others = 63  # of one passage each
    assert 1 <= report.encoded <= report.passages - others
    assert report.encoded + report.reused == report.passages
    assert here.encoder.encoded == first.encoded + report.encoded
    assert sum("saffron" in passage.text for passage in content(here.index)[0]) >= 1


def test_unchanged_documents_are_not_read(here: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    settle(here.sources)
    here.build()
    read: list[str] = []
    real = reading.document_of

    def seen(source: Source, found: Extracted, digest: str) -> Document:
        read.append(source.path)
        return real(source, found, digest)

    monkeypatch.setattr(reading, "document_of", seen)
    here.write(bread="Le pain de blé se garde trois jours.")
    here.build()
    assert read == ["bread.txt"]


def test_added_renamed_and_removed(here: Place) -> None:
    here.build()
    (here.sources / "moved").mkdir()
    (here.sources / "bridge.txt").rename(here.sources / "moved" / "bridge.txt")
    (here.sources / "bread.txt").unlink()
    here.write(salt="Salt was taxed until 1946.")
    report = here.build()
    assert (report.documents, report.removed, report.encoded) == (3, 2, 1)  # a new place costs no encoding
    generation = open_generation(here.index)
    assert generation.paths() == ["harbour.txt", "moved/bridge.txt", "salt.txt"]
    assert [p.document for p in generation.passages([0, 1, 2])] == generation.paths()
    generation.close()


def test_a_build_from_scratch_is_the_same(here: Place, tmp_path: Path) -> None:
    here.write(long=LONG)
    here.build()
    here.write(bread="Autre chose.", salt="Salt was taxed until 1946.", long=LONG + "\n\nThe end of it.")
    (here.sources / "harbour.txt").unlink()
    here.build()
    build_index(here.sources, tmp_path / "fresh", BagEncoder())
    old, new = content(here.index), content(tmp_path / "fresh")
    assert old == new
    digests = [read_manifest(index).corpus_sha256 for index in (here.index, tmp_path / "fresh")]
    assert digests[0] == digests[1]


def test_two_files_of_one_content_are_encoded_once(here: Place) -> None:
    (here.sources / "sub").mkdir()
    (here.sources / "sub" / "harbour.txt").write_text(HARBOUR)
    report = here.build()
    assert (report.documents, report.passages, report.encoded, report.reused) == (4, 4, 3, 1)
    generation = open_generation(here.index)
    rows, scores = generation.vectors.search(here.encoder.encode_queries([HARBOUR])[0], 2)
    assert {generation.passages([int(row)])[0].document for row in rows} == {"harbour.txt", "sub/harbour.txt"}
    assert scores[0] == scores[1]
    generation.close()


def test_new_times_alone_replace_the_manifest_alone(here: Place) -> None:
    settle(here.sources, 600)
    first = here.build()
    settle(here.sources, -300)
    report = here.build(encoder=Mute())
    assert (report.generation, report.encoded) == (first.generation, 0)
    state = (here.sources / "bread.txt").stat()
    assert read_manifest(here.index).sources["bread.txt"].mtime_ns == state.st_mtime_ns
    assert damage(generation_folder(here.index, first.generation), whole=True) == []
    manifest = read_manifest(here.index)
    here.build(encoder=Mute())
    assert read_manifest(here.index) == manifest


def test_a_write_with_the_same_size_and_time_as_the_listing_is_seen(here: Place) -> None:
    here.write(salt="Salt was taxed until 1946.")
    path = here.sources / "salt.txt"
    now = time.time_ns()
    os.utime(path, ns=(now, now))
    here.build()
    path.write_text("Salt was taxed until 1951.")
    os.utime(path, ns=(now, now))
    assert changes(here.sources, here.index).changed == ("salt.txt",)
    assert here.build().encoded == 1


def test_a_clock_that_jumped_back_hides_nothing(here: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    here.build()
    monkeypatch.setattr(time, "time_ns", lambda: 1_000_000_000 * 10**9)
    here.write(bread="Le pain de blé se garde trois jours.")
    assert here.build().encoded == 1
    here.write(bread="Le pain de maïs se garde trois ans.")
    assert here.build().encoded == 1
    assert best(here.index, "maïs") == "Le pain de maïs se garde trois ans."


# the changes that the page shows


def test_changes(here: Place) -> None:
    everything = ("bread.txt", "bridge.txt", "harbour.txt")
    assert changes(here.sources, here.index) == Changes(added=everything)
    assert not here.index.exists()
    here.build()
    assert not changes(here.sources, here.index)
    here.write(salt="Salt was taxed until 1946.", bread=BREAD + " Encore.")
    (here.sources / "bridge.txt").unlink()
    os.utime(here.sources / "harbour.txt", ns=(1, 1))
    seen = changes(here.sources, here.index)
    assert seen == Changes(added=("salt.txt",), changed=("bread.txt",), removed=("bridge.txt",))
    here.build()
    assert not changes(here.sources, here.index)


def test_a_skipped_file_is_no_change_until_it_changes(here: Place) -> None:
    bad = here.sources / "bad.pdf"
    bad.write_bytes(b"%PDF-1.7 cut sho")
    (here.sources / "photo.jpeg").write_bytes(b"\xff\xd8")
    assert changes(here.sources, here.index).added[0] == "bad.pdf"
    report = here.build()
    assert [entry.document for entry in report.skipped] == ["bad.pdf", "photo.jpeg"]
    for back in (0, 60):
        settle(here.sources, back)
        assert not changes(here.sources, here.index)
        assert here.build(encoder=Mute()).skipped == report.skipped
    bad.write_bytes(b"%PDF-1.7 cut sho!")
    assert changes(here.sources, here.index) == Changes(added=("bad.pdf",))
    assert here.build().skipped == report.skipped
    bad.unlink()
    assert not changes(here.sources, here.index)
    assert [entry.document for entry in here.build().skipped] == ["photo.jpeg"]


def test_a_file_without_permission_is_tried_again(here: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.open

    def refuse(path: str | Path, flags: int, *args: int, **kwargs: int) -> int:  # root may read anything
        if denied and Path(path).name == "bread.txt":
            raise PermissionError(13, "Permission denied", str(path))
        return real(path, flags, *args, **kwargs)

    denied = ["bread.txt"]
    monkeypatch.setattr(os, "open", refuse)
    first = here.build()
    assert (first.documents, first.skipped[0].document) == (2, "bread.txt")
    assert not changes(here.sources, here.index)
    assert here.build(encoder=Mute()).generation == first.generation
    denied.clear()
    assert changes(here.sources, here.index) == Changes(added=("bread.txt",))
    assert here.build().documents == 3


def test_an_index_among_the_sources_is_not_a_source(here: Place) -> None:
    index = here.sources / "my index"
    build_index(here.sources, index, here.encoder)
    (index / "note.txt").write_text("Not a source.")
    assert not changes(here.sources, index)
    assert build_index(here.sources, index, Mute()).skipped == ()


# one bad file never stops a build


def test_bad_files_are_listed_and_the_rest_is_built(here: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    (here.sources / "empty.txt").write_bytes(b"")
    (here.sources / "broken.txt").write_text("A parser dies of this.")
    (here.sources / "vanishing.txt").write_text("Gone before it is read.")
    real = Worker.__call__

    def read(worker: Worker, source: Source) -> tuple[Extracted, str]:
        if source.path == "broken.txt":
            raise RecursionError("too deep")
        if source.path == "vanishing.txt":
            source.file.unlink()
        return real(worker, source)

    monkeypatch.setattr(Worker, "__call__", read)
    report = here.build()
    assert report.documents == 3
    assert [entry.document for entry in report.skipped] == ["broken.txt", "empty.txt", "vanishing.txt"]
    assert report.skipped[0] == Skipped("broken.txt", "it could not be read (RecursionError: too deep)")


def test_a_fault_of_the_system_is_not_blamed_on_the_files(
    here: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    here.build()
    before = content(here.index)
    here.write(salt="Salt was taxed until 1946.")

    def no_room(*args: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(reading, "chunk", no_room)
    with pytest.raises(
        StorageError, match=r"salt\.txt could not be taken in: No space left.* Free some space"
    ):
        here.build()
    assert content(here.index) == before
    monkeypatch.undo()
    assert here.build().documents == 4


def test_a_document_that_becomes_unreadable_leaves_the_index(here: Place) -> None:
    here.build()
    (here.sources / "bread.txt").write_bytes(b"")
    assert changes(here.sources, here.index) == Changes(changed=("bread.txt",))
    report = here.build()
    assert (report.documents, report.removed, report.skipped[0].document) == (2, 1, "bread.txt")


def test_nothing_to_index_keeps_the_old_index(here: Place) -> None:
    here.build()
    before = content(here.index)
    for path in here.sources.glob("*.txt"):
        path.unlink()
    with pytest.raises(SourcesError, match=r"sources is empty\. Put documents"):
        here.build()
    for n in range(7):
        (here.sources / f"{n}.txt").write_bytes(b"")
    with pytest.raises(SourcesError, match=r"no document that can be read: 0\.txt \(.*4\.txt \(.*\), 2 more"):
        here.build()
    assert content(here.index) == before
    assert here.generations() == [current(here.index)]


def test_a_missing_folder_is_told_and_not_made(tmp_path: Path) -> None:
    with pytest.raises(SourcesError, match="gone"):
        build_index(tmp_path / "gone", tmp_path / "gone" / ".sourcier", BagEncoder())
    assert list(tmp_path.iterdir()) == []


def test_an_empty_folder_is_told(tmp_path: Path) -> None:
    here = place(tmp_path)
    with pytest.raises(SourcesError, match="is empty"):
        here.build()
    assert current(here.index) is None


# models and chunkings


def test_another_model_encodes_all_and_the_first_one_is_still_known(here: Place) -> None:
    here.build()
    other = BagEncoder("bag@2")
    assert here.build(encoder=other).encoded == 3
    assert read_manifest(here.index).identity == "bag@2"
    with pytest.raises(IndexMismatch, match="bag@2, and the model is now bag@1"):
        check(read_manifest(here.index), here.encoder, Chunking())
    report = here.build()
    assert (report.encoded, report.reused, here.encoder.encoded) == (0, 3, 3)


def test_vectors_of_two_kinds_of_processor_are_not_mixed(here: Place) -> None:
    here.build(encoder=BagEncoder("bag@1+int8.3|''|''"))
    elsewhere = BagEncoder("bag@1+int8.3.rows|''|''")
    check(read_manifest(here.index), elsewhere, Chunking())
    assert here.build(encoder=elsewhere).encoded == 3
    assert read_manifest(here.index).identity == elsewhere.identity


def test_another_chunking_cuts_anew(here: Place) -> None:
    here.write(long=LONG)
    first = here.build()
    finer = build_index(here.sources, here.index, here.encoder, Chunking(max_tokens=60, min_tokens=20))
    assert finer.passages > first.passages
    assert finer.reused >= 3  # the short ones are cut the same
    assert read_manifest(here.index).chunking == Chunking(max_tokens=60, min_tokens=20)


@pytest.mark.parametrize(
    ("vectors", "words"),
    [
        pytest.param(lambda n: np.zeros((n + 1, 4), np.float32), "shape", id="too many"),
        pytest.param(lambda n: np.zeros(n, np.float32), "shape", id="flat"),
        pytest.param(lambda n: np.zeros((n, 0), np.float32), "shape", id="no width"),
        pytest.param(lambda n: np.full((n, 4), np.nan, np.float32), "not finite", id="NaN"),
    ],
)
def test_a_model_that_gives_nonsense_changes_nothing(here: Place, vectors: object, words: str) -> None:
    here.build()
    before = content(here.index)
    here.write(salt="Salt was taxed until 1946.")

    class Broken(BagEncoder):
        def encode_passages(self, texts: Sequence[str]) -> Vectors:
            return vectors(len(texts))  # type: ignore[operator,no-any-return]

    with pytest.raises(ModelError, match=words):
        here.build(encoder=Broken())
    assert content(here.index) == before
    assert here.build().encoded == 1


def test_a_model_that_changed_its_width_under_one_name(here: Place) -> None:
    class Wide(BagEncoder):
        def encode_queries(self, texts: Sequence[str]) -> Vectors:
            return np.hstack([super().encode_queries(texts)] * 2) / np.float32(2**0.5)

    here.build()
    here.write(salt="Salt was taxed until 1946.")
    report = here.build(encoder=Wide())
    assert (report.encoded, read_manifest(here.index).dimension) == (4, 512)


# encoding in batches, resuming, pruning, progress


def test_a_build_that_was_cut_short_goes_on_where_it_was(here: Place) -> None:
    here.write(**{f"d{n}": f"File {n} tells of lighthouse {n * 13}." for n in range(3 * BATCH)})

    class Dying(BagEncoder):
        def encode_passages(self, texts: Sequence[str]) -> Vectors:
            if self.encoded >= 2 * BATCH:
                raise KeyboardInterrupt
            return super().encode_passages(texts)

    with pytest.raises(KeyboardInterrupt):
        here.build(encoder=Dying())
    assert current(here.index) is None
    assert here.generations() == []
    report = here.build()
    assert (report.passages, report.encoded) == (3 * BATCH + 3, BATCH + 3)


def test_a_build_that_is_told_to_stop_keeps_what_was_encoded_and_the_old_index(here: Place) -> None:
    first = here.build()
    before = content(here.index)
    here.write(**{f"d{n}": f"File {n} tells of lighthouse {n * 13}." for n in range(3 * BATCH)})
    encoder = BagEncoder()
    seen: list[Progress] = []
    with pytest.raises(Cancelled, match=r"what was encoded is kept\. To go on, run: sourcier index"):
        build_index(
            here.sources,
            here.index,
            encoder,
            on_progress=seen.append,
            cancelled=lambda: encoder.encoded >= 2 * BATCH,
        )
    assert encoder.encoded == 2 * BATCH
    assert seen[-1] == Progress("encoding", BATCH, 3 * BATCH)
    assert (current(here.index), here.generations()) == (first.generation, [first.generation])
    assert content(here.index) == before
    report = here.build()
    assert (report.documents, report.encoded) == (3 * BATCH + 3, BATCH)


def test_a_build_is_stopped_before_any_file_and_never_once_its_index_serves(here: Place) -> None:
    seen: list[Progress] = []
    with pytest.raises(Cancelled):
        build_index(here.sources, here.index, here.encoder, on_progress=seen.append, cancelled=lambda: True)
    assert (seen, current(here.index)) == ([], None)
    with pytest.raises(Cancelled):
        build_index(
            here.sources, here.index, here.encoder, on_progress=seen.append, cancelled=lambda: len(seen) > 1
        )
    assert [(one.stage, one.done) for one in seen] == [("reading", 0), ("reading", 1)]
    for step in range(2):  # of writing, all before it is published
        with pytest.raises(Cancelled):
            build_index(
                here.sources,
                here.index,
                here.encoder,
                on_progress=seen.append,
                cancelled=lambda step=step: seen[-1].stage == "writing" and seen[-1].done >= step,
            )
        assert (current(here.index), here.generations()) == (None, [])
        seen.append(Progress("reading", 0, 0))
    report = build_index(
        here.sources, here.index, here.encoder, cancelled=lambda: current(here.index) is not None
    )
    assert current(here.index) == report.generation


def test_vectors_of_no_generation_are_dropped(here: Place) -> None:
    here.build()
    for n, expected in enumerate([0, 0, 1]):
        here.write(bread=f"Le pain numéro {n} se garde.")
        here.build()
        here.write(bread=BREAD)
        assert here.build().encoded == 0, expected  # the generation before had it
    here.write(bread="Un.")
    here.build()
    here.write(bread="Deux.")
    here.build()
    here.write(bread=BREAD)
    assert here.build().encoded == 1


def test_current_and_previous_are_kept(here: Place) -> None:
    ids = []
    for n in range(4):
        here.write(bread=f"Le pain numéro {n} se garde.")
        ids.append(here.build().generation)
        assert here.generations() == sorted(ids[-2:])
    assert read_manifest(here.index).previous == ids[-2]


def test_a_cache_that_cannot_be_pruned_is_told(
    here: Place, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(self: object, keep: object) -> int:
        raise StorageError("the disk is full")

    monkeypatch.setattr(build.VectorCache, "prune", refuse)
    with caplog.at_level(logging.WARNING):
        assert here.build().documents == 3
    assert "unused vectors stay in the cache: the disk is full" in caplog.text


def test_progress_goes_through_its_stages(here: Place) -> None:
    here.write(**{f"d{n}": f"File {n} tells of lighthouse {n * 13}." for n in range(BATCH)})
    seen: list[Progress] = []
    here.build(seen.append)
    stages = {stage: [p for p in seen if p.stage == stage] for stage in ("reading", "encoding", "writing")}
    assert [p.stage for p in seen] == [p.stage for some in stages.values() for p in some]
    for some in stages.values():
        assert [p.done for p in some] == sorted(p.done for p in some)
        assert (some[0].done, some[-1].done) == (0, some[-1].total)
    assert stages["reading"][-1].total == stages["encoding"][-1].total == BATCH + 3


def test_a_listener_that_fails_leaves_the_old_index(here: Place) -> None:
    here.build()
    before = content(here.index)
    here.write(salt="Salt was taxed until 1946.")
    for stage in ("reading", "encoding", "writing"):

        def fail(progress: Progress, stage: str = stage) -> None:
            if progress == Progress(stage, 0, progress.total):
                raise RuntimeError(stage)

        with pytest.raises(RuntimeError, match=stage):
            here.build(fail)
        assert content(here.index) == before
        assert here.generations() == [current(here.index)]
    assert here.build().documents == 4


def test_questions_are_answered_while_a_build_runs(here: Place) -> None:
    here.build()
    here.write(bread="Le pain de blé se garde trois jours.")
    answers = []
    here.build(lambda progress: answers.append(best(here.index, "pain")))
    assert answers[0] == BREAD
    assert answers[-1] == "Le pain de blé se garde trois jours."
    assert set(answers) == {answers[0], answers[-1]}


def test_two_threads_may_build(here: Place) -> None:
    reports = []
    threads = [threading.Thread(target=lambda: reports.append(here.build())) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(report.encoded for report in reports) == [0, 0, 3]
    assert len({report.generation for report in reports}) == 1


def test_nothing_changed_loads_no_search_library(here: Place) -> None:
    here.build()
    code = (
        "import sys; from pathlib import Path; from index.build import build_index; from stubs import BagEncoder\n"
        f"report = build_index(Path({str(here.sources)!r}), Path({str(here.index)!r}), BagEncoder())\n"
        "heavy = {'torch', 'transformers', 'sentence_transformers', 'faiss', 'trafilatura', 'pypdfium2'}\n"
        "print(report.encoded, sorted(heavy & set(sys.modules)))"
    )
    environment = {**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'tests'}"}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "0 []"
