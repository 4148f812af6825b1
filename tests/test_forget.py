"""Forgetting: the words and the vectors of a file are nowhere in the index folder, and the file is untouched."""

from __future__ import annotations

import shutil
import threading
import unicodedata
from collections.abc import Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from folders import BREAD, BRIDGE, HARBOUR, Place, close_folder, content, place
from stubs import BagEncoder

from index import forget as module
from index import store
from index.build import build_index
from index.cache import CACHE, VectorCache, encoded_text
from index.errors import Cancelled, IndexBusy, IndexDamaged, SourcesError, UsageError
from index.forget import forget, mend, remember
from index.forgotten import forgotten, write_forgotten
from index.generation import open_generation
from index.scancache import SCANS, scan_key
from index.store import CORPUS, current, generation_folder
from index.types import Progress, Vectors


class Numbers(BagEncoder):
    """Vectors drawn from the text's hash: no two texts share eight numbers in a row."""

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        rows = [np.random.default_rng(list(text.encode())).standard_normal(64) for text in texts]
        return np.stack([row / np.linalg.norm(row) for row in rows]).astype(np.float32)


@pytest.fixture
def here(tmp_path: Path) -> Place:
    return place(tmp_path)


def holds(index: Path, needle: bytes) -> list[str]:
    """The files of the index folder in which these bytes stand."""
    return [str(path) for path in index.rglob("*") if path.is_file() and needle in path.read_bytes()]


def vectors_of(here: Place, encoder: Numbers) -> dict[str, bytes]:
    """Of each document's passage: the first eight numbers."""
    return {
        p.document: encoder.encode_passages([encoded_text(p)])[0].tobytes()[:32]
        for p in content(here.index)[0]
    }


def sentence(n: int) -> str:
    words = ["Vessel", "cargo", "captain", "harbour", "lantern", "compass"]
    return " ".join(f"{word}{n * 31 + k:05d}" for k, word in enumerate(words)) + "."


def test_what_a_stopped_build_encoded_is_forgotten_too(here: Place) -> None:
    encoder = Numbers()
    here.write(d1=sentence(1), d2=sentence(2))
    here.build(encoder=encoder)
    here.write(d3=sentence(3))
    stages: list[str] = []

    def stop() -> bool:
        return "encoding" in stages and stages[-1] == "writing"

    with pytest.raises(Cancelled):
        build_index(
            here.sources, here.index, encoder, on_progress=lambda p: stages.append(p.stage), cancelled=stop
        )
    vector = encoder.encode_passages([f"d3\n{sentence(3)}"])[0].tobytes()[:32]
    assert holds(here.index, vector)
    forget(here.sources, here.index, ["d3.txt"], encoder)
    assert not holds(here.index, vector)
    assert holds(here.index, vectors_of(here, encoder)["d1.txt"])


def test_scans_of_a_stopped_build_are_forgotten_too(here: Place) -> None:
    here.write(d1=sentence(1), d2=sentence(2))
    here.build()
    (here.index / SCANS).mkdir(exist_ok=True)
    stray = here.index / SCANS / scan_key("0" * 64, "eng")
    stray.write_bytes(b"what OCR read of a page")
    forget(here.sources, here.index, ["d2.txt"], here.encoder)
    assert not stray.exists()
    stray.write_bytes(b"what OCR read of a page")
    forget(here.sources, here.index, ["d2.txt"], here.encoder)  # nothing changes in the index
    assert not stray.exists()


def test_a_damaged_corpus_keeps_nothing_from_being_forgotten(
    here: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "_SMALL", 0)  # opening looks at sizes alone, as with large files
    encoder = Numbers()
    here.write(d1=sentence(1), d2=sentence(2))
    here.build(encoder=encoder)
    forget(here.sources, here.index, ["d2.txt"], encoder)
    vector = encoder.encode_passages(["d2 again"])
    with closing(VectorCache(here.index / CACHE)) as cache:
        cache.put([b"2" * 32], vector)
    corpus = generation_folder(here.index, current(here.index) or "") / CORPUS
    corpus.write_bytes(b"\0" * corpus.stat().st_size)
    forget(here.sources, here.index, ["d2.txt"], encoder)
    assert not holds(here.index, vector[0].tobytes()[:32])


def test_a_build_that_came_between_serves_on(here: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    here.write(d1=sentence(1), d2=sentence(2))
    here.build()
    calls: list[Path] = []
    real = module.writer

    def late(index: Path) -> Any:
        """Another process builds while `_wipe` waits for the lock."""
        calls.append(index)
        if len(calls) == 2:
            here.write(d3=sentence(3))
            here.build()
        return real(index)

    monkeypatch.setattr(module, "writer", late)
    forget(here.sources, here.index, ["d2.txt"], here.encoder)
    generation = open_generation(here.index)
    assert (generation.notice, generation.paths()) == ("", ["d1.txt", "d3.txt"])
    generation.close()


def test_twenty_documents_leave_no_byte(here: Place) -> None:
    encoder = Numbers()
    here.write(**{f"d{n}": sentence(n) for n in range(40)})
    here.build(encoder=encoder)
    here.write(d39=sentence(99))  # so that there is a generation before
    here.build(encoder=encoder)
    vectors = vectors_of(here, encoder)
    assert all(holds(here.index, vectors[f"d{n}.txt"]) for n in range(39))
    for n in range(20):
        forget(here.sources, here.index, [f"d{n}.txt"], encoder)
        assert holds(here.index, f"captain{n * 31 + 2:05d}".encode()) == []
        assert holds(here.index, vectors[f"d{n}.txt"]) == []
        assert (here.sources / f"d{n}.txt").read_text() == sentence(n)
    assert here.generations() == [current(here.index)]
    assert sorted(content(here.index)[1]) == sorted(f"d{n}.txt" for n in range(20, 40))
    assert holds(here.index, sentence(25).encode()) != []


def test_a_deleted_file_goes_at_the_next_build(here: Place) -> None:
    encoder = Numbers()
    here.write(a=HARBOUR, b=BREAD)
    here.build(encoder=encoder)
    vector = vectors_of(here, encoder)["a.txt"]
    assert holds(here.index, vector) != []
    (here.sources / "a.txt").unlink()
    here.build(encoder=encoder)
    assert holds(here.index, b"Lisbon") == []
    assert holds(here.index, vector) == []


def test_forgotten_until_remembered(here: Place) -> None:
    here.write(a=HARBOUR, b=BREAD)
    report = forget(here.sources, here.index, ["a.txt"], here.encoder)
    assert report is not None
    assert [(s.document, s.reason.partition(";")[0]) for s in report.skipped] == [("a.txt", "forgotten")]
    here.write(a=HARBOUR + " It closed in 1950.")  # even when it changes
    assert here.build().documents == 1
    remember(here.index, ["a.txt"])
    assert forgotten(here.index) == frozenset()
    assert here.build().documents == 2
    with pytest.raises(UsageError, match="not among the forgotten files"):
        remember(here.index, ["a.txt"])


def test_the_last_document(here: Place) -> None:
    here.write(a=HARBOUR)
    here.build()
    assert forget(here.sources, here.index, ["a.txt"], here.encoder) is None
    assert current(here.index) is None
    assert here.generations() == []
    assert holds(here.index, b"Lisbon") == []
    remember(here.index, ["a.txt"])
    assert here.build().documents == 1


def test_the_last_document_that_can_be_read(here: Place) -> None:
    here.write(a=HARBOUR, empty="")
    here.build()
    assert forget(here.sources, here.index, ["a.txt"], here.encoder) is None
    assert holds(here.index, b"Lisbon") == []


def test_an_unknown_name_changes_nothing(here: Place) -> None:
    here.write(a=HARBOUR)
    here.build()
    with pytest.raises(UsageError, match=r"c\.txt is no source"):
        forget(here.sources, here.index, ["a.txt", "c.txt"], here.encoder)
    assert forgotten(here.index) == frozenset()
    assert here.build().encoded == 0


def test_a_file_that_was_deleted_already(here: Place) -> None:
    here.write(a=HARBOUR, b=BREAD)
    here.build()
    (here.sources / "a.txt").unlink()
    forget(here.sources, here.index, ["a.txt"], here.encoder)
    here.write(a=HARBOUR)
    assert here.build().documents == 1


def test_a_reader_keeps_forgetting_waiting_and_is_named(here: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    here.write(a=HARBOUR, b=BREAD)
    here.build()
    old = open_generation(here.index)
    monkeypatch.setattr(module, "WAIT_SECONDS", 0.3)
    with pytest.raises(IndexBusy, match=old.id):
        forget(here.sources, here.index, ["a.txt"], here.encoder)
    monkeypatch.setattr(module, "WAIT_SECONDS", 30.0)
    threading.Timer(0.5, old.close).start()
    forget(here.sources, here.index, ["a.txt"], here.encoder)
    assert holds(here.index, b"Lisbon") == []


@pytest.mark.parametrize("junk", [b"", b"[", b"{}", b"[1]", b"\xff", b"3", b"null", b'{"names": ["a.txt"]}'])
def test_a_broken_list_brings_nothing_back(here: Place, junk: bytes) -> None:
    here.write(a=HARBOUR, b=BRIDGE)
    forget(here.sources, here.index, ["a.txt"], here.encoder)
    (here.index / "forgotten.json").write_bytes(junk)
    with pytest.raises(IndexDamaged, match=r"forgotten\.json"):
        here.build()
    assert sorted(content(here.index)[1]) == ["b.txt"]


@pytest.mark.parametrize("names", [["a.txt"], ["été/lettre privée.pdf", "b.txt", 'z "x".md'], []])
def test_every_flipped_bit_of_the_list_is_found_or_harmless(tmp_path: Path, names: list[str]) -> None:
    write_forgotten(tmp_path, names)
    assert forgotten(tmp_path) == frozenset(names)
    path = tmp_path / "forgotten.json"
    data = path.read_bytes()
    found = 0
    for bit in range(8 * len(data)):
        flipped = bytearray(data)
        flipped[bit // 8] ^= 1 << bit % 8
        path.write_bytes(flipped)
        try:
            assert forgotten(tmp_path) == frozenset(names)
        except IndexDamaged:
            found += 1
    assert found > 7 * len(data)
    for length in range(len(data) - 1):
        path.write_bytes(data[:length])
        with pytest.raises(IndexDamaged, match=r"nothing is indexed.*sourcier forget FILE"):
            forgotten(tmp_path)


def test_a_list_without_its_digest_is_read_as_before(here: Place) -> None:
    here.write(a=HARBOUR, b=BREAD)
    here.index.mkdir()
    (here.index / "forgotten.json").write_text('["a.txt"]')
    assert here.build().documents == 1
    forget(here.sources, here.index, ["a.txt"], here.encoder)
    assert b"sha256" in (here.index / "forgotten.json").read_bytes()
    assert forgotten(here.index) == {"a.txt"}


def test_a_damaged_list_is_mended_from_what_is_left_of_it(here: Place) -> None:
    here.write(a=HARBOUR, b=BRIDGE, c=BREAD)
    forget(here.sources, here.index, ["a.txt"], here.encoder)
    path = here.index / "forgotten.json"
    path.write_bytes(path.read_bytes().replace(b"a.txt", b"e.txt"))
    with pytest.raises(IndexDamaged, match=r"What can be read of it: e\.txt\. Run"):
        here.build()
    with pytest.raises(IndexDamaged):
        remember(here.index, ["e.txt"])
    assert mend(here.index, ["c.txt"]) == {"a.txt", "c.txt", "e.txt"}  # a.txt: the index says that it was
    assert here.build().documents == 1
    assert sorted(content(here.index)[1]) == ["b.txt"]


def test_a_list_that_may_not_be_read_stops_a_build(here: Place) -> None:
    here.write(a=HARBOUR)
    (here.index / "forgotten.json").mkdir(parents=True)
    with pytest.raises(IndexDamaged, match=r"nothing is indexed without it.*chmod"):
        here.build()


def test_two_that_forget_at_once_lose_no_name(here: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    here.write(**{f"d{n}": sentence(n) for n in range(3)})
    here.build()
    both = threading.Barrier(2)
    real = module.list_folder

    def together(sources: Path, index: Path) -> Any:
        listing = real(sources, index)
        with suppress(threading.BrokenBarrierError):
            both.wait(2)
        return listing

    monkeypatch.setattr(module, "list_folder", together)
    threads = [
        threading.Thread(target=forget, args=(here.sources, here.index, [name], BagEncoder()))
        for name in ("d0.txt", "d1.txt")
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert forgotten(here.index) == {"d0.txt", "d1.txt"}
    assert here.build().documents == 1


def test_two_that_remember_at_once_lose_no_name(here: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    write_forgotten_in(here.index, ["a.txt", "b.txt"])
    real = module.writer

    def late(index: Path) -> Any:
        """Another process takes the other name off while we wait for the lock."""
        monkeypatch.setattr(module, "writer", real)
        remember(index, ["b.txt"])
        return real(index)

    monkeypatch.setattr(module, "writer", late)
    remember(here.index, ["a.txt"])
    assert forgotten(here.index) == frozenset()


def write_forgotten_in(index: Path, names: list[str]) -> None:
    index.mkdir(parents=True, exist_ok=True)
    write_forgotten(index, names)


@pytest.mark.parametrize("count", [3, 8])
def test_a_disk_that_is_away_erases_nothing(here: Place, tmp_path: Path, count: int) -> None:
    away = Place(here.sources, tmp_path / "index", here.encoder)
    away.write(**{f"d{n}": sentence(n) for n in range(count)})
    away.build()
    shutil.move(away.sources, tmp_path / "disk")
    away.sources.mkdir()  # the empty mount point
    with pytest.raises(SourcesError, match=rf"{count - 1} .*so nothing was erased"):
        forget(away.sources, away.index, ["d0.txt"], away.encoder)
    assert len(content(away.index)[1]) == count
    assert forgotten(away.index) == {"d0.txt"}
    away.sources.rmdir()
    shutil.move(tmp_path / "disk", away.sources)
    forget(away.sources, away.index, ["d0.txt"], away.encoder)
    assert sorted(content(away.index)[1]) == [f"d{n}.txt" for n in range(1, count)]


@pytest.mark.parametrize("left", [2, 1, 0])
def test_most_others_were_deleted(here: Place, left: int) -> None:
    here.write(**{f"d{n}": sentence(n) for n in range(7)}, empty="")
    here.build()
    for n in range(left, 7):
        (here.sources / f"d{n}.txt").unlink()
    report = forget(here.sources, here.index, ["d0.txt"], here.encoder)
    assert (report.documents if report else 0) == max(left - 1, 0)
    assert holds(here.index, sentence(0).encode()) == holds(here.index, sentence(6).encode()) == []


def test_all_others_were_deleted(here: Place) -> None:
    here.write(a=HARBOUR, b=BREAD)
    here.build()
    (here.sources / "b.txt").unlink()
    assert forget(here.sources, here.index, ["a.txt"], here.encoder) is None
    assert current(here.index) is None
    assert holds(here.index, b"Lisbon") == holds(here.index, b"seigle") == []


def test_where_forgotten_files_alone_remain_an_index_is_told_how_to_go(here: Place) -> None:
    here.write(a=HARBOUR, b=BREAD)
    (here.sources / "0.txt").symlink_to("a.txt")
    here.build()
    forget(here.sources, here.index, ["a.txt"], here.encoder)
    (here.sources / "b.txt").unlink()
    with pytest.raises(SourcesError, match=r"if that was deleted, run: sourcier forget a\.txt$"):
        here.build()
    assert list(content(here.index)[1]) == ["b.txt"]
    assert forget(here.sources, here.index, ["a.txt"], here.encoder) is None
    assert holds(here.index, b"seigle") == []


def test_what_is_there_and_cannot_be_read_now_is_not_erased(
    here: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    here.write(a=HARBOUR, b=BREAD)
    here.build()
    here.write(b=BREAD + " Rassis.")

    def fail(*_: Any, **__: Any) -> Any:
        raise SourcesError("it went away while it was read")

    monkeypatch.setattr(module, "build_index", fail)
    with pytest.raises(SourcesError, match=r"1 other files are in the index.*so nothing was erased"):
        forget(here.sources, here.index, ["a.txt"], here.encoder)
    assert sorted(content(here.index)[1]) == ["a.txt", "b.txt"]


def test_a_folder_that_goes_away_while_one_forgets_erases_nothing(here: Place, tmp_path: Path) -> None:
    away = Place(here.sources, tmp_path / "index", here.encoder)
    away.write(**{f"d{n}": sentence(n) for n in range(8)})
    away.build()

    def delete(progress: Progress) -> None:
        if progress.stage == "reading" and progress.done == 1:
            for n in range(2, 8):
                (away.sources / f"d{n}.txt").unlink(missing_ok=True)

    with pytest.raises(SourcesError, match="so nothing was erased"):
        forget(away.sources, away.index, ["d0.txt"], BagEncoder("other@1"), on_progress=delete)
    assert len(content(away.index)[1]) == 8


def test_what_lies_in_a_closed_folder_can_be_forgotten(here: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    (here.sources / "letters").mkdir()
    (here.sources / "letters" / "a.txt").write_text(HARBOUR)
    (here.sources / "letters" / "b.txt").write_text(BREAD)
    here.write(c=BRIDGE)
    here.build()
    close_folder(monkeypatch, here.sources / "letters")
    forget(here.sources, here.index, ["letters/a.txt"], here.encoder)
    assert sorted(content(here.index)[1]) == ["c.txt", "letters/b.txt"]
    assert holds(here.index, b"Lisbon") == []


def test_a_link_to_a_forgotten_file_is_left_out_with_it(here: Place) -> None:
    here.write(a=HARBOUR, b=BREAD)
    (here.sources / "link.txt").symlink_to("a.txt")
    here.build()
    report = forget(here.sources, here.index, ["a.txt"], here.encoder)
    assert report
    assert [one.document for one in report.skipped] == ["a.txt", "link.txt"]
    assert holds(here.index, b"Lisbon") == []


def test_an_accent_spelled_in_another_way_brings_nothing_back(here: Place) -> None:
    one, other = (unicodedata.normalize(form, "été.txt") for form in ("NFC", "NFD"))
    here.write(b=BREAD)
    (here.sources / one).write_text(HARBOUR)
    forget(here.sources, here.index, [one], here.encoder)
    (here.sources / one).rename(here.sources / other)
    assert here.build().documents == 1
    remember(here.index, [other])
    assert here.build().documents == 2


def test_a_stray_file_among_the_generations_hinders_nothing(here: Place) -> None:
    here.write(a=HARBOUR, b=BREAD)
    here.build()
    (here.index / "generations" / ".DS_Store").write_text("the Finder's")
    forget(here.sources, here.index, ["a.txt"], here.encoder)
    assert holds(here.index, b"Lisbon") == []
    assert here.generations() == [".DS_Store", current(here.index)]


def test_what_sqlite_left_beside_the_cache_goes_with_it(here: Place) -> None:
    here.write(a=HARBOUR)
    here.build()
    journal = here.index / f"{CACHE}-journal"
    journal.write_bytes(b"vectors of a killed build")
    assert forget(here.sources, here.index, ["a.txt"], here.encoder) is None
    assert not journal.exists()
