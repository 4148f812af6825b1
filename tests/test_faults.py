"""Kill, full disk, faulty disk, damage: afterwards there is a whole index, the one before or the one after."""

from __future__ import annotations

import builtins
import errno
import io
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from folders import BREAD, BRIDGE, HARBOUR, Place, best, content, place
from stubs import BagEncoder

from index import legs, store
from index.build import build_index
from index.cache import encoded_text
from index.errors import IndexDamaged, IndexMissing, StorageError
from index.generation import open_generation
from index.store import current, damage, generation_folder
from index.vectors import pack_vectors

ROOT = Path(__file__).parents[1]
SEED = 20260102

# A process that forks one builder for each line "sources<TAB>index<TAB>limit" that it reads, and tells its number;
# a builder writes how it ended beside the sources. Forking spares each builder the seconds of starting up.
NURSERY = """
import os, resource, sys, time
from pathlib import Path
import faiss, index.lexical, index.vectors
from index.build import build_index
from stubs import BagEncoder

class Slow(BagEncoder):
    def encode_passages(self, texts):
        time.sleep(0.04)
        return super().encode_passages(texts)

for line in sys.stdin:
    sources, index, limit = line.rstrip("\\n").split("\\t")
    pid = os.fork()
    if pid == 0:
        if int(limit):
            resource.setrlimit(resource.RLIMIT_FSIZE, (int(limit), int(limit)))
        try:
            report = build_index(Path(sources), Path(index), Slow())
            end = f"encoded {report.encoded}"
        except Exception as error:
            end = f"{type(error).__name__}: {error}"
        os.write(int(sys.argv[1]), f"{os.getpid()} {end}\\n".encode())
        os._exit(0)
    print(pid, flush=True)
"""


class Nursery:
    """Starts real builder processes, and learns how each ended."""

    def __init__(self) -> None:
        self._ends, write = os.pipe()
        self._lines = os.fdopen(self._ends, "r", encoding="utf-8")
        environment = {
            **os.environ,
            "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'tests'}",
            "OMP_NUM_THREADS": "1",
        }
        self._process = subprocess.Popen(
            [sys.executable, "-c", NURSERY, str(write)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            pass_fds=[write],
            env=environment,
            text=True,
        )
        os.close(write)

    def start(self, here: Place, limit: int = 0) -> int:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(f"{here.sources}\t{here.index}\t{limit}\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())

    def end(self, *pids: int) -> tuple[int, str]:
        """Wait for the next of these to end by itself: its number and its words."""
        while True:
            pid, _, words = self._lines.readline().rstrip("\n").partition(" ")
            if int(pid) in pids:
                return int(pid), words

    def close(self) -> None:
        self._process.communicate("")
        self._lines.close()


@pytest.fixture(scope="module")
def nursery() -> Iterator[Nursery]:
    started = Nursery()
    yield started
    started.close()


@pytest.fixture
def here(tmp_path: Path) -> Place:
    return place(tmp_path)


def texts(edition: int, count: int = 70) -> dict[str, str]:
    return {f"d{n}": f"Edition {edition}: vessel {n * 7} reached port {n % 9}." for n in range(count)}


def whole(index: Path) -> dict[str, str]:
    """The texts of an index that is whole: every byte, every passage and every vector is right."""
    assert damage(generation_folder(index, str(current(index))), whole=True) == []
    passages, found, vectors = content(index)
    assert [found[p.document][p.start : p.end] for p in passages] == [p.text for p in passages]
    assert {p.document for p in passages} == set(found)
    assert vectors == pack_vectors(BagEncoder().encode_queries([encoded_text(p) for p in passages]))
    return {path.removesuffix(".txt"): text for path, text in found.items()}


# death


@pytest.mark.slow
def test_killed_at_forty_moments(here: Place, nursery: Nursery) -> None:
    """Moments are drawn over the length of a whole build, so that they fall into all of its stages."""
    rng = random.Random(SEED)
    here.write(**texts(-1))
    here.build()
    served = texts(0)
    here.write(**served)
    began = time.monotonic()
    nursery.end(nursery.start(here))
    length = time.monotonic() - began
    finished = []
    for trial in range(1, 41):
        after = texts(trial)
        here.write(**after)
        pid = nursery.start(here)
        threading.Event().wait(rng.uniform(0, length))
        os.kill(pid, signal.SIGKILL)
        found = whole(here.index)
        assert found in (served, after), trial
        finished.append(found == after)
        report = here.build()
        assert whole(here.index) == after
        assert len(here.generations()) <= 2
        assert report.documents == 70
        served = after
    assert False in finished


@pytest.mark.slow
def test_a_killed_first_build_serves_nothing_and_is_resumed(here: Place, nursery: Nursery) -> None:
    here.write(**texts(0, 400))
    pid = nursery.start(here)
    cache = here.index / "vectors.sqlite"
    while not (cache.exists() and stored(cache)):
        threading.Event().wait(0.005)
    os.kill(pid, signal.SIGKILL)
    with pytest.raises(IndexMissing):
        open_generation(here.index)
    kept = stored(cache)
    assert kept >= 64
    report = here.build()
    assert report.encoded == 400 - kept
    assert whole(here.index) == texts(0, 400)


def stored(cache: Path) -> int:
    db = sqlite3.connect(cache, timeout=5)
    try:
        return int(db.execute("SELECT count(*) FROM vectors").fetchone()[0])
    except sqlite3.OperationalError:  # the table is not made yet
        return 0
    finally:
        db.close()


@pytest.mark.slow
def test_two_processes_build_at_once(here: Place, nursery: Nursery) -> None:
    here.write(**texts(0))
    pids = [nursery.start(here), nursery.start(here)]
    ends = [nursery.end(*pids), nursery.end(*pids)]
    assert sorted(pid for pid, _ in ends) == sorted(pids)
    assert sorted(words for _, words in ends) == ["encoded 0", "encoded 70"]
    assert whole(here.index) == texts(0)
    assert len(here.generations()) == 1


@pytest.mark.slow
def test_the_death_of_a_writer_lets_the_next_one_in(here: Place, nursery: Nursery) -> None:
    here.write(**texts(0, 300))
    first = nursery.start(here)
    while not (here.index / "vectors.sqlite").exists():
        threading.Event().wait(0.005)
    second = nursery.start(here)
    os.kill(first, signal.SIGKILL)
    _, words = nursery.end(second)
    assert words.startswith("encoded ")
    assert whole(here.index) == texts(0, 300)


# a disk that refuses


@pytest.mark.slow
@pytest.mark.parametrize("limit", [1, 600, 5_000, 20_000, 60_000, 80_000])
def test_a_disk_without_room(here: Place, nursery: Nursery, limit: int) -> None:
    """The system refuses writes beyond `limit` bytes of a file, to SQLite as to Python."""
    here.write(harbour=HARBOUR)
    here.build()
    here.write(**texts(1))
    _, words = nursery.end(nursery.start(here, limit))
    assert words.startswith("StorageError: ")
    assert "--index" in words or "run: sourcier index" in words
    assert whole(here.index) == {"harbour": HARBOUR}
    assert len(here.generations()) == 1
    here.build()
    assert whole(here.index) == {"harbour": HARBOUR, **texts(1)}


class Faults:
    """Lets the n-th operation that writes fail; counts them all."""

    def __init__(self, patch: pytest.MonkeyPatch, number: int, code: int) -> None:
        self.count, self._number, self._code = 0, number, code
        for name in ("fsync", "replace", "rename", "mkdir"):
            patch.setattr(os, name, self._guarded(getattr(os, name)))
        for module in (io, builtins):
            patch.setattr(module, "open", self._guarded_open(open))
        patch.setattr(sqlite3, "connect", self._guarded_connect(sqlite3.connect))

    def tick(self) -> None:
        self.count += 1
        if self.count - 1 == self._number:
            raise OSError(self._code, os.strerror(self._code))

    def _guarded(self, real: Callable[..., Any]) -> Callable[..., Any]:
        def guarded(*args: Any, **kwargs: Any) -> Any:
            self.tick()
            return real(*args, **kwargs)

        return guarded

    def _guarded_open(self, real: Callable[..., Any]) -> Callable[..., Any]:
        def guarded(file: Any, mode: str = "r", *args: Any, **kwargs: Any) -> Any:
            if "w" in mode:
                self.tick()
            return real(file, mode, *args, **kwargs)

        return guarded

    def _guarded_connect(self, real: Callable[..., Any]) -> Callable[..., Any]:
        faults = self

        class Connection(sqlite3.Connection):
            def execute(self, sql: str, *values: Any) -> Any:
                if not sql.startswith(("SELECT", "PRAGMA")):
                    faults.tick_sqlite()
                return super().execute(sql, *values)

            def executemany(self, *values: Any) -> Any:
                faults.tick_sqlite()
                return super().executemany(*values)

        return lambda *args, **kwargs: real(*args, factory=Connection, **kwargs)

    def tick_sqlite(self) -> None:
        try:
            self.tick()
        except OSError as error:
            raise sqlite3.OperationalError("database or disk is full") from error


@contextmanager
def fault(number: int, code: int) -> Iterator[Faults]:
    with pytest.MonkeyPatch.context() as patch:
        yield Faults(patch, number, code)


@pytest.mark.slow
def test_every_write_may_fail(here: Place, tmp_path: Path) -> None:
    here.write(harbour=HARBOUR, bread=BREAD)
    here.build()
    before = whole(here.index)
    shutil.copytree(here.index, tmp_path / "kept")
    here.write(bridge=BRIDGE, bread=BREAD + " Encore.")
    with fault(-1, 0) as counted:
        here.build()
    after = whole(here.index)
    assert counted.count > 40
    told: list[str] = []
    for number in range(counted.count):
        shutil.rmtree(here.index)
        shutil.copytree(tmp_path / "kept", here.index)
        try:
            with fault(number, [errno.ENOSPC, errno.EIO, errno.EROFS][number % 3]):
                here.build()
        except StorageError as error:
            told.append(str(error))
            assert whole(here.index) in (before, after), number
            assert not [name for name in here.generations() if name.startswith(".tmp-")], number
        else:
            assert whole(here.index) == after, number  # a courtesy failed: the owner's note, or the pruning
        here.build()
        assert whole(here.index) == after, number
    assert len(told) > counted.count * 0.7
    assert all("--index" in words for words in told)


def test_what_does_not_read_as_written_never_serves(here: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    here.write(harbour=HARBOUR)
    here.build()
    here.write(bread=BREAD)
    monkeypatch.setattr(legs, "write_file", lambda path, data: path.write_bytes(data[:-1] + b"?"))
    with pytest.raises(StorageError, match=r"vectors\.faiss does not read as it was written: check the disk"):
        here.build()
    assert whole(here.index) == {"harbour": HARBOUR}
    assert here.generations() == [current(here.index)]


# damage


@pytest.fixture
def built(here: Place) -> Place:
    here.write(harbour=HARBOUR, bread=BREAD, bridge=BRIDGE)
    here.build()
    return here


def files_of(built: Place) -> list[Path]:
    folder = generation_folder(built.index, str(current(built.index)))
    return sorted(path for path in folder.rglob("*") if path.is_file())


def refused(built: Place, path: Path) -> bool:
    try:
        open_generation(built.index).close()
    except IndexDamaged as error:
        return path.name in str(error) and "sourcier index" in str(error)
    return False


def test_every_truncation_is_found(built: Place) -> None:
    for path in files_of(built):
        good = path.read_bytes()
        for length in sorted({len(good) * n // 20 for n in range(20)}):
            path.write_bytes(good[:length])
            assert refused(built, path), (path.name, length)
        path.unlink()
        assert refused(built, path), path.name
        path.write_bytes(good)
    assert not refused(built, files_of(built)[0])


def test_every_flipped_bit_is_found(built: Place) -> None:
    rng = random.Random(SEED)
    for path in files_of(built):
        good = path.read_bytes()
        for _ in range(60):
            bad = bytearray(good)
            bad[rng.randrange(len(bad))] ^= 1 << rng.randrange(8)
            path.write_bytes(bad)
            assert refused(built, path), path.name
        path.write_bytes(good)


def test_large_files_are_checked_by_size_and_on_demand_whole(
    built: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "_SMALL", 0)
    folder = generation_folder(built.index, str(current(built.index)))
    vectors = folder / "vectors.faiss"
    good = vectors.read_bytes()
    vectors.write_bytes(good[:-1])
    size = f"{vectors} has {len(good) - 1} bytes instead of {len(good)}"
    assert damage(folder) == damage(folder, whole=True) == [size]
    vectors.write_bytes(good[:-1] + bytes([good[-1] ^ 1]))
    assert damage(folder) == []
    assert damage(folder, whole=True) == [f"{vectors} is not what was written"]


def test_a_damaged_index_is_built_again_without_encoding(built: Place) -> None:
    before = whole(built.index)
    folder = generation_folder(built.index, str(current(built.index)))
    for name in [path.relative_to(folder) for path in files_of(built)]:
        damaged = generation_folder(built.index, str(current(built.index))) / name
        damaged.write_bytes(b"junk")
        report = built.build()
        assert damaged.name in " ".join(report.healed)
        assert report.encoded == 0
        assert whole(built.index) == before


def test_damage_is_never_copied_into_a_new_generation(built: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "_SMALL", 0)  # so that opening does not notice
    corpus = generation_folder(built.index, str(current(built.index))) / "corpus.sqlite"
    data = corpus.read_bytes()
    assert data.count(b"cork and salt") == 1
    corpus.write_bytes(data.replace(b"cork and salt", b"pork and silk"))
    built.write(bread=BREAD + " Encore.")
    assert built.build().healed == (f"{corpus} is not what was written",)
    assert whole(built.index)["harbour"] == HARBOUR


@pytest.mark.parametrize("junk", [b"", b"junk", b"SQLite format 3\0" + bytes(5_000)])
def test_a_damaged_cache_costs_encoding_alone(built: Place, junk: bytes) -> None:
    (built.index / "vectors.sqlite").write_bytes(junk)
    assert built.build().encoded == 0  # nothing changed: it is not even opened
    built.write(salt="Salt was taxed until 1946.")
    assert built.build().encoded == 4
    assert len(whole(built.index)) == 4


def test_a_cache_whose_vectors_were_tampered_with(built: Place) -> None:
    db = sqlite3.connect(built.index / "vectors.sqlite")
    db.execute("UPDATE vectors SET vector = (SELECT vector FROM vectors ORDER BY key DESC LIMIT 1)")
    db.commit()
    db.close()
    built.write(salt="Salt was taxed until 1946.")
    assert built.build().encoded == 3  # two of three bore another's vector, and salt is new
    assert len(whole(built.index)) == 4


# many readers


def test_readers_never_see_half_a_generation(built: Place) -> None:
    stop = threading.Event()
    seen: set[str] = set()
    wrong: list[str] = []

    def read() -> None:
        while not stop.is_set():
            text = best(built.index, "bread edition")
            seen.add(text)
            if not text.startswith("The bread of edition"):
                wrong.append(text)

    built.write(bread="The bread of edition 0.")
    built.build()
    readers = [threading.Thread(target=read) for _ in range(4)]
    for reader in readers:
        reader.start()
    for edition in range(1, 13):
        built.write(bread=f"The bread of edition {edition}.")
        built.build()
    stop.set()
    for reader in readers:
        reader.join()
    assert wrong == []
    assert len(seen) > 3
    assert best(built.index, "bread edition") == "The bread of edition 12."


def test_an_unwritable_index_still_answers(built: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: object, *args: object, **kwargs: object) -> None:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS), str(path))

    built.write(salt="Salt was taxed until 1946.")
    monkeypatch.setattr(os, "mkdir", refuse)
    with pytest.raises(StorageError, match=r"Read-only file system\. Make it writable, or choose .* --index"):
        build_index(built.sources, built.index, built.encoder)
    assert best(built.index, "harbour ships") == HARBOUR
