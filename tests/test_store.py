"""The index folder: where it lies, what opens, what is refused, and the passage table in it."""

from __future__ import annotations

import gc
import hashlib
import json
import os
import random
import shutil
import socket
import sqlite3
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from folders import BREAD, BRIDGE, HARBOUR, Place, best, content, place
from hypothesis import given, settings
from hypothesis import strategies as st

from index import publish, store
from index.changes import changes
from index.corpus import Corpus
from index.corpus_writer import CorpusWriter
from index.errors import (
    IndexBusy,
    IndexDamaged,
    IndexMismatch,
    IndexMissing,
    SourcesError,
    StorageError,
    UsageError,
)
from index.forget import forget
from index.forgotten import write_forgotten
from index.generation import open_generation
from index.hold import Hold, unheld
from index.manifest import VERSION, dump
from index.publish import collect, restate, writer
from index.store import current, damage, generation_folder, index_folder, read_manifest
from index.types import Document, Passage, Section

HOSTILE = st.text(st.characters() | st.sampled_from("\0\r\n\ufeff\u202e\u0301\ud800\udc80😀é\u00a0\u2009 "))


@pytest.fixture
def here(tmp_path: Path) -> Place:
    return place(tmp_path)


@pytest.fixture
def built(here: Place) -> Place:
    here.write(harbour=HARBOUR, bread=BREAD)
    here.build()
    return here


# where it lies


def test_the_index_lies_inside_the_sources(here: Place) -> None:
    assert index_folder(here.sources) == here.sources / ".sourcier"
    assert not (here.sources / ".sourcier").exists()


def test_a_chosen_place_wins(here: Place, tmp_path: Path) -> None:
    assert index_folder(here.sources, tmp_path / "x") == tmp_path / "x"


def test_a_folder_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    assert index_folder(tmp_path / "gone") == tmp_path / "gone" / ".sourcier"
    assert list(tmp_path.iterdir()) == []


def test_an_unwritable_folder_is_indexed_in_the_users_data(
    here: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCIER_DATA", str(tmp_path / "data"))
    # root may write anywhere, so chmod would not do
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    digest = hashlib.sha256(os.fsencode(here.sources.resolve())).hexdigest()[:16]
    assert index_folder(here.sources) == tmp_path / "data" / "indexes" / digest
    link = tmp_path / "link"
    link.symlink_to(here.sources)
    assert index_folder(link) == index_folder(here.sources)
    here.write(harbour=HARBOUR)
    elsewhere = replace(here, index=index_folder(here.sources))
    elsewhere.build()
    assert best(elsewhere.index, "harbour ships") == HARBOUR
    assert not (here.sources / ".sourcier").exists()


def test_the_folder_says_what_it_is(built: Place) -> None:
    assert (built.index / ".gitignore").read_text() == "*\n"
    assert (
        (built.index / "CACHEDIR.TAG").read_text().startswith("Signature: 8a477f597d28d172789f06886806bc55\n")
    )


# opening


def test_no_index_yet(here: Place) -> None:
    assert current(here.index) is None
    with pytest.raises(IndexMissing, match=r"no index in .*\.sourcier yet\. Run: sourcier index"):
        open_generation(here.index)
    assert not here.index.exists()  # looking never writes


def test_opens_what_was_built(built: Place) -> None:
    generation = open_generation(built.index)
    assert generation.id == current(built.index) == read_manifest(built.index).generation
    assert generation.paths() == ["bread.txt", "harbour.txt"]
    assert len(generation.vectors) == generation.manifest.passages == 2
    assert generation.vectors is generation.vectors
    assert generation.lexical is generation.lexical
    assert [p.text for p in generation.passages([1, 0, 1])] == [HARBOUR, BREAD, HARBOUR]
    document = generation.document("bread.txt")
    assert (document.text, document.language, document.kind) == (BREAD, "fr", "txt")
    assert document.source_sha256 == hashlib.sha256(BREAD.encode()).hexdigest()
    with pytest.raises(SourcesError, match=r"salt\.txt is not in the index.*sourcier status"):
        generation.document("salt.txt")
    with pytest.raises(IndexDamaged, match="no passage 2"):
        generation.passages([2])
    generation.close()
    generation.close()


def test_opening_writes_nothing(built: Place) -> None:
    def seen() -> list[tuple[str, int, int]]:
        return sorted((str(p), p.stat().st_size, p.stat().st_mtime_ns) for p in built.index.rglob("*"))

    before = seen()
    generation = open_generation(built.index)
    generation.passages([0])
    assert generation.lexical is not None
    generation.close()
    assert seen() == before


def test_threads_share_a_generation(built: Place) -> None:
    generation = open_generation(built.index)
    wrong: list[object] = []

    def read() -> None:
        for _ in range(100):
            if [p.text for p in generation.passages([0, 1])] != [BREAD, HARBOUR]:
                wrong.append("passages")
            if generation.document("bread.txt").text != BREAD:
                wrong.append("document")

    threads = [threading.Thread(target=read) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    generation.close()


def test_a_newer_version_is_refused_by_readers_and_builder(built: Place) -> None:
    restate(built.index, replace(read_manifest(built.index), version=VERSION + 1))
    before = (built.index / "CURRENT").read_bytes()
    with pytest.raises(IndexMismatch, match="Upgrade Sourcier"):
        open_generation(built.index)
    built.write(bridge=BRIDGE)
    with pytest.raises(IndexMismatch, match="Upgrade Sourcier"):
        built.build()
    assert (built.index / "CURRENT").read_bytes() == before
    assert len(changes(built.sources, built.index).added) == 3
    assert "Upgrade" in damage(generation_folder(built.index, before.decode().strip()))[0]


@pytest.mark.parametrize(
    "pointer", [b"", b"\n", b"nonsense\n", b"../../etc\n", b"\xff\xfe", b"20260102T030405Z"]
)
def test_a_damaged_pointer_is_told_and_mended(built: Place, pointer: bytes) -> None:
    (built.index / "CURRENT").write_bytes(pointer)
    assert current(built.index) is None
    generation = open_generation(built.index)  # there is but one, and it is whole
    words = f"{built.index / 'CURRENT'} is not what was written. Run: sourcier index. Until then, answers come from"
    assert generation.notice.startswith(words)
    assert generation.manifest.documents == 2
    generation.close()
    encoded = built.encoder.encoded
    assert built.build().encoded == 0
    assert built.encoder.encoded == encoded
    assert best(built.index, "harbour ships") == HARBOUR


def test_a_pointer_to_nothing_is_told(built: Place) -> None:
    (built.index / "CURRENT").write_text("20260102T030405Z-01234567\n")
    generation = open_generation(built.index)
    assert "20260102T030405Z-01234567/corpus.sqlite cannot be read: No such" in generation.notice
    generation.close()
    report = built.build()
    assert report.documents == 2
    assert "cannot be read" in report.healed[0]


def test_the_generation_before_serves_where_the_latest_is_damaged(built: Place) -> None:
    built.write(bread=BREAD + " Encore.")
    built.build()
    latest = generation_folder(built.index, str(current(built.index)))
    (latest / "vectors.faiss").write_bytes(b"junk")
    generation = open_generation(built.index)
    assert generation.id == read_manifest(built.index).previous
    assert generation.notice.startswith(f"{latest / 'vectors.faiss'} has 4 bytes instead of")
    assert generation.document("bread.txt").text == BREAD
    generation.close()
    assert built.build().encoded == 0
    generation = open_generation(built.index)
    assert (generation.notice, generation.document("bread.txt").text) == ("", BREAD + " Encore.")
    generation.close()


def test_after_a_writer_that_died_every_byte_is_read(built: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "_SMALL", 0)  # opening looks at sizes alone, as with large files
    path = generation_folder(built.index, str(current(built.index))) / "vectors.faiss"
    path.write_bytes(path.read_bytes()[:-1] + b"\x7f")
    open_generation(built.index).close()
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    owner = {"pid": gone.pid, "host": socket.gethostname(), "since": "2026-01-02T03:04:05+00:00"}
    (built.index / "lock.owner").write_text(json.dumps(owner))
    with pytest.raises(IndexDamaged, match=r"vectors\.faiss is not what was written"):
        open_generation(built.index)
    assert built.build().healed == (f"{path} is not what was written",)
    assert not (built.index / "lock.owner").exists()
    assert built.build().healed == ()


@pytest.mark.parametrize("pid", ["ours", "another host's"])
def test_a_writer_at_work_is_no_unclean_stop(built: Place, pid: str) -> None:
    with writer(built.index):
        if pid != "ours":
            owner = {"pid": 2**22 + 1, "host": "elsewhere"}
            (built.index / "lock.owner").write_text(json.dumps(owner))
        assert not store.stopped_unclean(built.index)


def test_a_writer_whose_number_another_process_has_by_now_stopped_unclean(built: Place) -> None:
    owner = {"pid": os.getpid(), "host": socket.gethostname()}
    (built.index / "lock.owner").write_text(json.dumps(owner))
    assert store.stopped_unclean(built.index)


def test_what_a_reader_doubts_is_read_whole_until_a_build_has_mended_it(
    built: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "_SMALL", 0)  # opening looks at sizes alone, as with large files
    corpus = generation_folder(built.index, str(current(built.index))) / "corpus.sqlite"
    data = bytearray(corpus.read_bytes())
    data[-1] ^= 1
    corpus.write_bytes(data)
    open_generation(built.index).close()
    assert built.build().healed == ()
    store.doubt(built.index)
    with pytest.raises(IndexDamaged, match=r"corpus\.sqlite is not what was written"):
        open_generation(built.index)
    assert built.build().healed == (f"{corpus} is not what was written",)
    assert not store.doubted(built.index)
    open_generation(built.index).close()


def test_who_cannot_write_an_index_makes_another_without_what_was_forgotten_in_it(
    built: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_forgotten(built.index, ["bread.txt"])
    built.write(bridge=BRIDGE)
    monkeypatch.setenv("SOURCIER_DATA", str(tmp_path / "data"))
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    own = replace(built, index=index_folder(built.sources))
    assert own.index.is_relative_to(tmp_path / "data")
    own.build()
    assert sorted(content(own.index)[1]) == ["bridge.txt", "harbour.txt"]
    forget(own.sources, own.index, ["bridge.txt"], own.encoder)
    assert list(content(own.index)[1]) == ["harbour.txt"]
    assert sorted(content(built.index)[1]) == ["bread.txt", "harbour.txt"]


def test_what_was_forgotten_in_a_folder_is_left_out_of_an_index_elsewhere(
    built: Place, tmp_path: Path
) -> None:
    write_forgotten(built.index, ["bread.txt"])
    elsewhere = replace(built, index=tmp_path / "elsewhere")
    elsewhere.build()
    assert list(content(elsewhere.index)[1]) == ["harbour.txt"]


def test_the_folder_of_sources_is_no_place_for_its_index(here: Place) -> None:
    with pytest.raises(UsageError, match="the folder of sources itself: choose another --index"):
        index_folder(here.sources, here.sources / ".." / here.sources.name)


def test_one_index_for_two_folders_is_refused_and_both_are_named(here: Place, tmp_path: Path) -> None:
    one = replace(here, index=tmp_path / "index")
    one.write(harbour=HARBOUR)
    one.build()
    other = replace(one, sources=tmp_path / "other")
    other.sources.mkdir()
    other.write(bread=BREAD)
    for work in (other.build, lambda: changes(other.sources, other.index)):
        with pytest.raises(SourcesError, match=f"{one.index} is that of {one.sources}, not of"):
            work()
    assert list(content(one.index)[1]) == ["harbour.txt"]
    shutil.rmtree(one.sources)
    one.sources.with_name("other").rename(tmp_path / "moved")
    assert replace(one, sources=tmp_path / "moved").build().documents == 1


def test_a_disk_that_came_back_under_another_name_has_its_index(here: Place, tmp_path: Path) -> None:
    one = replace(here, index=tmp_path / "index")
    one.write(harbour=HARBOUR)
    one.build()
    one.sources.rename(tmp_path / "DISK1")
    one.sources.mkdir()  # the mount point that was
    back = replace(one, sources=tmp_path / "DISK1")
    assert not changes(back.sources, back.index)
    assert back.build().encoded == 0
    assert read_manifest(back.index).folder == str(back.sources)


def test_a_folder_that_was_copied_takes_its_index_along(built: Place, tmp_path: Path) -> None:
    shutil.copytree(built.sources, tmp_path / "copy")
    copy = replace(built, sources=tmp_path / "copy", index=tmp_path / "copy" / ".sourcier")
    assert not changes(copy.sources, copy.index)
    assert copy.build().encoded == 0
    assert read_manifest(copy.index).folder == str(copy.sources)


def test_a_manifest_of_another_generation_is_told(built: Place) -> None:
    folder = generation_folder(built.index, str(current(built.index)))
    other = replace(read_manifest(built.index), generation="20260102T030405Z-01234567")
    (folder / "manifest.json").write_bytes(dump(other))
    with pytest.raises(IndexDamaged, match="is the manifest of 20260102T030405Z-01234567"):
        open_generation(built.index)


def test_a_reader_follows_a_pointer_that_moves(built: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    stale = iter(["20260102T030405Z-01234567"])  # read, and then collected before it could be opened
    monkeypatch.setattr("index.generation.pointer", lambda index: next(stale, None) or store.pointer(index))
    generation = open_generation(built.index)
    assert generation.id == current(built.index)
    generation.close()


# holding and collecting


def test_an_open_generation_outlives_later_builds(built: Place) -> None:
    old = open_generation(built.index)
    for n in range(3):
        built.write(harbour=f"{HARBOUR} Edition {n}.")
        built.build()
    assert old.id in built.generations()
    assert old.passages([1])[0].text == HARBOUR
    assert len(old.vectors) == 2
    assert old.lexical.search("harbour", "en", 1)[0].tolist() == [1]
    old.close()
    built.write(harbour="Nothing of it is left.")
    built.build()
    assert old.id not in built.generations()
    assert len(built.generations()) == 2


def test_a_generation_that_is_dropped_lets_go(built: Place) -> None:
    old = open_generation(built.index)
    corpus = built.index / "generations" / old.id / "corpus.sqlite"
    with unheld(corpus) as free:
        assert not free
    del old
    gc.collect()
    with unheld(corpus) as free:
        assert free


def test_an_open_generation_outlives_the_folder(built: Place) -> None:
    old = open_generation(built.index)
    assert len(old.vectors) == 2
    shutil.rmtree(built.index)
    assert old.passages([0])[0].text == BREAD
    assert old.document("harbour.txt").text == HARBOUR
    old.close()


def test_holds_are_shared_and_let_go(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"x")
    one, two = Hold(path), Hold(path)
    with unheld(path) as free:
        assert not free
    one.release()
    one.release()
    with unheld(path) as free:
        assert not free
    two.release()
    with unheld(path) as free:
        assert free
    with unheld(tmp_path / "gone") as free:
        assert free


def test_collect_sweeps_what_killed_builds_left(built: Place) -> None:
    (built.index / "generations" / ".tmp-20260102T030405Z-01234567" / "lexical").mkdir(parents=True)
    (built.index / "generations" / "20260102T030405Z-89abcdef").mkdir()
    collect(built.index, None)
    assert built.generations() == sorted([str(current(built.index)), "20260102T030405Z-89abcdef"])
    collect(built.index, {str(current(built.index))})
    assert built.generations() == [current(built.index)]


def test_a_second_writer_is_told_who_is_first(here: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publish, "WAIT_SECONDS", 0.2)
    with writer(here.index) as entry:
        assert not entry.waited
        me = rf"process {os.getpid()} \(since 20.*sourcier index"
        with pytest.raises(IndexBusy, match=me), writer(here.index):
            pass
        (here.index / "lock.owner").write_text('{"pid": ')
        with pytest.raises(IndexBusy, match="another process is writing"), writer(here.index):
            pass


def test_a_second_writer_waits(here: Place) -> None:
    inside = threading.Event()
    order: list[str] = []

    def first() -> None:
        with writer(here.index):
            inside.set()
            threading.Event().wait(0.3)
            order.append("first")

    thread = threading.Thread(target=first)
    thread.start()
    inside.wait(10)
    with writer(here.index) as entry:
        order.append("second")
        assert entry.waited
    thread.join()
    assert order == ["first", "second"]


def test_an_index_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    words = r"could not be written: Not a directory.*--index"
    with pytest.raises(StorageError, match=words), writer(tmp_path / "file" / "index"):
        pass


# the passage table


def document(path: str, text: str, sections: tuple[Section, ...] = ()) -> Document:
    return Document(
        path, "txt", text, text[:9], "fr", "ab" * 32, "cd" * 32, sections, text[:3], "2025-02", text[3:9]
    )


def write_corpus(
    path: Path, documents: list[tuple[Document, list[Passage]]], old: Path | None = None
) -> None:
    path.unlink(missing_ok=True)
    writer = CorpusWriter(path, old)
    for number, (one, passages) in enumerate(documents):
        writer.add(one, passages, [bytes([number, n % 256]) for n in range(len(passages))])
    writer.finish()
    writer.close()


@settings(deadline=None, max_examples=60)
@given(st.data())
def test_any_text_comes_back(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    path = tmp_path_factory.getbasetemp() / "corpus.sqlite"
    given_documents = []
    for name in data.draw(st.lists(HOSTILE.filter(bool), min_size=1, max_size=3, unique=True)):
        text = data.draw(HOSTILE)
        place = st.integers(0, len(text))
        spans = [sorted(pair) for pair in data.draw(st.lists(st.tuples(place, place), max_size=4))]
        context = data.draw(HOSTILE)
        passages = [Passage(name, a, b, text[a:b], "el", context) for a, b in spans]
        given_documents.append(
            (document(name, text, tuple(Section(f"{a}é", a, b) for a, b in spans)), passages)
        )
    write_corpus(path, given_documents)
    corpus = Corpus(path)
    expected = [passage for _, passages in given_documents for passage in passages]
    assert corpus.passages(range(len(expected))) == expected == list(corpus.every())
    assert [corpus.document(one.path) for one, _ in given_documents] == [one for one, _ in given_documents]
    assert corpus.paths() == [one.path for one, _ in given_documents]
    assert corpus.languages() == ["el"] * len(expected)
    assert len(corpus.lengths()) == len(corpus.keys()) == corpus.passage_count == len(expected)
    corpus.close()


def test_documents_are_copied_whole(tmp_path: Path) -> None:
    def pair(name: str, text: str) -> tuple[Document, list[Passage]]:
        half = len(text) // 2
        cuts = [
            Passage(name, 0, half, text[:half], "fr"),
            Passage(name, half, len(text), text[half:], "en", "c"),
        ]
        return document(name, text, (Section("1", 0, 3),)), cuts

    old, new = tmp_path / "old.sqlite", tmp_path / "ne w?#%é.sqlite"
    a, b, c = pair("a", BREAD), pair("b\udc80", HARBOUR), pair("c", BRIDGE)
    write_corpus(old, [a, b, c])
    writer = CorpusWriter(new, old)
    writer.copy(["c"])
    writer.add(*pair("n", "nouveau"), [b"k0", b"k1"])
    writer.copy(["a"])
    with pytest.raises(KeyError):
        writer.copy(["d"])
    writer.finish()
    writer.close()
    corpus = Corpus(new)
    assert list(corpus.every()) == [*c[1], *pair("n", "nouveau")[1], *a[1]]
    assert corpus.keys() == [b"\2\0", b"\2\1", b"k0", b"k1", b"\0\0", b"\0\1"]
    assert corpus.document("c") == c[0]
    assert corpus.document("b\udc80") is None
    assert corpus.digests() == [(name, "ab" * 32, "cd" * 32) for name in "cna"]
    corpus.close()


def test_a_passage_knows_the_beginning_of_its_document(tmp_path: Path) -> None:
    def cut(name: str, kind: str, count: int) -> tuple[Document, list[Passage]]:
        cuts = [Passage(name, at, at + 9, BREAD[at : at + 9], "en") for at in range(0, 9 * count, 9)]
        return replace(document(name, BREAD), kind=kind), cuts

    write_corpus(tmp_path / "a.sqlite", [cut("a", "pdf", 3), cut("b", "mbox", 2), cut("c", "txt", 2)])
    corpus = Corpus(tmp_path / "a.sqlite")
    rows = np.array([6, 0, 4, 2, 3, 5, 1])
    # a mailbox begins with a mail that says nothing of the others
    assert corpus.openings(rows).tolist() == [5, 0, 4, 0, 3, 5, 0]
    assert corpus.openings(np.zeros(0, np.int64)).tolist() == []
    with pytest.raises(IndexDamaged, match="it has no passage 7"):
        corpus.openings(np.array([6, 7]))
    corpus.close()


def test_text_is_stored_once(tmp_path: Path) -> None:
    text = "".join(f"Sentence number {n} of many. " for n in range(20_000))
    cuts = [Passage("a", at, at + 900, text[at : at + 900], "en") for at in range(0, len(text) - 900, 450)]
    write_corpus(tmp_path / "a.sqlite", [(document("a", text), cuts)])
    assert (tmp_path / "a.sqlite").stat().st_size < 1.4 * len(text)


def test_a_corpus_that_was_not_finished_holds_nothing(tmp_path: Path) -> None:
    writer = CorpusWriter(tmp_path / "a.sqlite")
    writer.add(document("a", BREAD), [], [])
    writer.close()
    with sqlite3.connect(tmp_path / "a.sqlite") as db:
        assert db.execute("SELECT count(*) FROM documents").fetchone() == (0,)


def test_a_corpus_that_is_none_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.sqlite").write_bytes(b"junk" * 5_000)
    with pytest.raises(
        IndexDamaged, match=r"a\.sqlite cannot be read: file is not a database\. Run: sourcier"
    ):
        Corpus(tmp_path / "a.sqlite")
    with pytest.raises(IndexDamaged, match="unable to open"):
        Corpus(tmp_path / "gone.sqlite")


def test_no_flipped_bit_is_quoted(tmp_path: Path) -> None:
    """Opening checks the size of a large file alone: each passage and document is to know whether it is as written."""
    path = tmp_path / "a.sqlite"
    given = [
        (document(name, text, (Section("1", 0, 9),)), [Passage(name, 0, 20, text[:20], "fr", "context")])
        for name, text in (("a", BREAD), ("b", HARBOUR), ("c", BRIDGE))
    ]
    write_corpus(path, given)
    good, rng = path.read_bytes(), random.Random(5)
    refused = 0
    for _ in range(600):
        bad = bytearray(good)
        bad[rng.randrange(len(bad))] ^= 1 << rng.randrange(8)
        path.write_bytes(bad)
        for row, (written, _) in enumerate(given):
            try:
                corpus = Corpus(path)
                assert corpus.passages([row])[0] in [one for _, (one,) in given], row
                assert corpus.document(written.path) in (written, None)
                corpus.close()
            except IndexDamaged:
                refused += 1
    assert 30 < refused < 1_700


def test_a_document_that_the_passage_table_lost_is_told(
    built: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    generation = open_generation(built.index)
    monkeypatch.setattr(Corpus, "document", lambda corpus, path: None)
    with pytest.raises(IndexDamaged, match=r"corpus\.sqlite has lost bread\.txt\. Run: sourcier index"):
        generation.document("bread.txt")
    with pytest.raises(SourcesError, match="is not in the index"):
        generation.document("other.txt")
    generation.close()
