"""The vector cache: exact, durable, and never worse than empty."""

from __future__ import annotations

import logging
import random
import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.cache import VectorCache, cache_key, encoded_text
from index.errors import StorageError
from index.types import Passage, Vectors

SURROGATE = re.compile("[\ud800-\udfff]")
KEYS = [cache_key("bag@1", f"text {n}") for n in range(40)]


def vectors(count: int, width: int = 8) -> Vectors:
    return np.random.default_rng(count).normal(size=(count, width)).astype(np.float32)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "vectors.sqlite"


@pytest.fixture
def cache(path: Path) -> Iterator[VectorCache]:
    cache = VectorCache(path)
    yield cache
    cache.close()


def passage(text: str, context: str = "") -> Passage:
    return Passage("a.txt", 0, len(text), text, "en", context)


def test_vectors_come_back_bit_for_bit(cache: VectorCache, path: Path) -> None:
    stored = vectors(40)
    cache.put(KEYS[:25], stored[:25])
    cache.put(KEYS[25:], stored[25:])
    cache.close()
    found = dict(VectorCache(path).get([*KEYS, cache_key("bag@1", "never stored")]))
    assert found.keys() == set(KEYS)
    assert all(np.array_equal(found[key], vector) for key, vector in zip(KEYS, stored, strict=True))


def test_more_keys_than_one_statement_takes(cache: VectorCache) -> None:
    keys = [cache_key("bag@1", str(n)) for n in range(1_203)]
    cache.put(keys, vectors(1_203, 2))
    assert sorted(key for key, _ in cache.get(keys)) == sorted(keys)


def test_a_later_vector_replaces(cache: VectorCache) -> None:
    cache.put(KEYS[:1], vectors(1))
    cache.put(KEYS[:1], vectors(1) + 1)
    assert np.array_equal(dict(cache.get(KEYS[:1]))[KEYS[0]], vectors(1)[0] + 1)


def test_prune_keeps_what_is_named(cache: VectorCache) -> None:
    cache.put(KEYS, vectors(40))
    assert cache.prune([*KEYS[:10], KEYS[3], b"unknown"]) == 30
    assert {key for key, _ in cache.get(KEYS)} == set(KEYS[:10])
    assert cache.prune(KEYS[:5]) == 5


def test_the_key_tells_identity_from_text() -> None:
    assert cache_key("a", "b c") != cache_key("a b", "c")
    assert cache_key("bag@1", "x") != cache_key("bag@2", "x")
    assert cache_key("bag@1", "x") == cache_key("bag@1", "x")


@pytest.mark.parametrize(
    ("given_passage", "expected"),
    [
        pytest.param(passage("Salt."), "Salt.", id="no context"),
        pytest.param(passage("Salt.", "Trade"), "Trade\nSalt.", id="context first"),
        pytest.param(passage("a\ud800b"), "a\ufffdb", id="lone high surrogate"),
        pytest.param(passage("a\udc80"), "a\ufffd", id="lone low surrogate"),
        pytest.param(passage("\ufeffé\0😀"), "\ufeffé\0😀", id="BOM, NUL and emoji stay"),
    ],
)
def test_encoded_text(given_passage: Passage, expected: str) -> None:
    assert encoded_text(given_passage) == expected


@settings(deadline=None, max_examples=200)
@given(st.text(st.characters()), st.text())
def test_every_encoded_text_is_valid_unicode(text: str, context: str) -> None:
    plain = f"{context}\n{text}" if context else text
    found = encoded_text(passage(text, context))
    assert not SURROGATE.search(found)
    assert found == plain or SURROGATE.search(plain)


def test_an_entry_with_a_flipped_bit_is_passed_over(cache: VectorCache, path: Path) -> None:
    cache.put(KEYS, vectors(40))
    with sqlite3.connect(path) as db:
        good = db.execute("SELECT vector FROM vectors WHERE key = ?", (KEYS[7],)).fetchone()[0]
        db.execute("UPDATE vectors SET vector = ? WHERE key = ?", (good[:5] + b"\x55" + good[6:], KEYS[7]))
        db.execute("UPDATE vectors SET vector = ? WHERE key = ?", (good, KEYS[8]))  # another's vector
        db.execute("UPDATE vectors SET vector = NULL WHERE key = ?", (KEYS[9],))
    db.close()
    assert {key for key, _ in cache.get(KEYS)} == set(KEYS) - {KEYS[7], KEYS[8], KEYS[9]}


@pytest.mark.parametrize(
    "junk",
    [
        pytest.param(b"not a database at all, but long enough to look like one" * 50, id="junk"),
        pytest.param(b"SQLite format 3\0" + b"\xff" * 5_000, id="a header alone"),
    ],
)
def test_a_file_that_is_no_cache_is_begun_anew(
    path: Path, junk: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    path.write_bytes(junk)
    with caplog.at_level(logging.WARNING):
        cache = VectorCache(path)
    assert f"{path} was damaged" in caplog.text
    cache.put(KEYS, vectors(40))
    assert len(list(cache.get(KEYS))) == 40
    cache.close()


def test_another_programs_table_is_begun_anew(path: Path) -> None:
    with sqlite3.connect(path) as db:
        db.execute("CREATE TABLE vectors (id INTEGER)")
    db.close()
    cache = VectorCache(path)
    cache.put(KEYS, vectors(40))
    assert len(list(cache.get(KEYS))) == 40
    cache.close()


@pytest.mark.parametrize("seed", range(12))
def test_damage_anywhere_never_gives_a_wrong_vector(path: Path, seed: int) -> None:
    stored = vectors(40, 64)
    cache = VectorCache(path)
    cache.put(KEYS, stored)
    cache.close()
    rng = random.Random(seed)
    data = bytearray(path.read_bytes())
    if seed % 3 == 0:
        data = data[: rng.randrange(len(data))]
    else:
        for _ in range(40):
            data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    path.write_bytes(data)
    cache = VectorCache(path)
    for key, vector in cache.get(KEYS):
        assert np.array_equal(vector, stored[KEYS.index(key)])
    cache.put(KEYS, stored)
    cache.close()


def test_a_full_disk_is_told(cache: VectorCache, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache.put(KEYS[:1], vectors(1))
    pages = cache._db.execute("PRAGMA page_count").fetchone()[0]
    cache._db.execute(f"PRAGMA max_page_count = {pages + 2}")
    with pytest.raises(StorageError, match=r"vectors\.sqlite could not be written.*full\. Free some space"):
        cache.put(KEYS, vectors(40, 2_000))
    assert len(list(cache.get(KEYS))) == 1


def test_another_program_in_the_way_is_told(cache: VectorCache, path: Path) -> None:
    other = sqlite3.connect(path)
    other.execute("BEGIN EXCLUSIVE")
    cache._db.execute("PRAGMA busy_timeout = 10")
    with pytest.raises(StorageError, match=r"locked\. Another program has it open"):
        cache.put(KEYS[:1], vectors(1))
    other.close()


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match=r"gone/vectors\.sqlite could not be written.*Make it writable"):
        VectorCache(tmp_path / "gone" / "vectors.sqlite")
