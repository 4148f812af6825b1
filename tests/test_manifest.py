"""The manifest: what was written comes back, anything else is noticed, and a mismatch names old and new."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stubs import BagEncoder

from index.chunking import Chunking
from index.errors import IndexDamaged, IndexMismatch
from index.manifest import METRIC, VERSION, Manifest, SourceState, check, corpus_digest, dump, load
from index.types import Skipped, Source

SECOND = 1_000_000_000
NOW = 1_760_000_000 * SECOND

# names as Python gives them for any bytes: undecodable ones come as lone low surrogates
NAMES = st.text(min_size=1) | st.binary(min_size=1).map(lambda raw: raw.decode("utf-8", "surrogateescape"))
STATES = st.builds(SourceState, st.integers(0, 2**50), st.integers(0, 2**62), st.just("ab" * 32))


def manifest() -> Manifest:
    return Manifest(
        version=VERSION,
        generation="20260102T030405Z-0123abcd",
        previous="",
        built_at="2026-01-02T03:04:05+00:00",
        listed_ns=NOW,
        model="bag",
        identity="bag@1",
        dimension=256,
        metric=METRIC,
        chunking=Chunking(),
        documents=1,
        passages=3,
        corpus_sha256="cd" * 32,
        sources={"a.txt": SourceState(12, NOW - 9 * SECOND, "ab" * 32)},
        unread={"b.pdf": SourceState(9, NOW - 9 * SECOND, "ef" * 32)},
        skipped=(Skipped("b.pdf", "it is encrypted"),),
        files={"corpus.sqlite": (4096, "01" * 32)},
    )


@settings(deadline=None, max_examples=60)
@given(st.dictionaries(NAMES, STATES, max_size=4), NAMES, st.text())
def test_comes_back_as_written(sources: dict[str, SourceState], name: str, reason: str) -> None:
    written = replace(
        manifest(), sources=sources, skipped=(Skipped(name, reason),), chunking=Chunking(90, 20)
    )
    assert load(dump(written)) == written


@settings(deadline=None, max_examples=300)
@given(st.data())
def test_any_flipped_bit_is_noticed(data: st.DataObject) -> None:
    good = dump(manifest())
    bad = bytearray(good)
    bad[data.draw(st.integers(0, len(good) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(IndexDamaged, match=r"there/manifest\.json is not what was written.*sourcier index"):
        load(bytes(bad), "there/manifest.json")


def test_any_cut_is_noticed() -> None:
    good = dump(manifest())
    for length in range(len(good)):
        with pytest.raises(IndexDamaged):
            load(good[:length])


def test_a_newer_version_is_left_alone() -> None:
    with pytest.raises(IndexMismatch, match=rf"newer Sourcier.*version {VERSION + 1}.*Upgrade.*--index"):
        load(dump(replace(manifest(), version=VERSION + 1)))


def test_an_older_version_is_to_be_made_again() -> None:
    with pytest.raises(IndexDamaged, match=rf"version 0 .* reads {VERSION}\. Run: sourcier index"):
        load(dump(replace(manifest(), version=0)))


def test_check_names_both_models() -> None:
    check(manifest(), BagEncoder("bag@1"), Chunking())
    with pytest.raises(IndexMismatch, match=r"bag@1, and the model is now bag@2\. Run: sourcier index"):
        check(manifest(), BagEncoder("bag@2"), Chunking())


def test_an_index_made_on_another_kind_of_processor_is_asked_as_it_is() -> None:
    made = replace(manifest(), identity="bag@1+int8.3|'a: '|'b: '")
    check(made, BagEncoder("bag@1+int8.3.rows|'a: '|'b: '"), Chunking())
    check(replace(made, identity="bag@1+int8.3.rows|'a: '|'b: '"), BagEncoder(made.identity), Chunking())
    for other in ("bag@1|'a: '|'b: '", "bag@1+int8.3.rows|'a: '|'.rows|'", "bag@1+int8.4.rows|'a: '|'b: '"):
        with pytest.raises(IndexMismatch):
            check(made, BagEncoder(other), Chunking())


def test_check_names_both_chunkings() -> None:
    with pytest.raises(IndexMismatch, match=r"max_tokens=180.*it is now.*max_tokens=90.*sourcier index"):
        check(manifest(), BagEncoder("bag@1"), Chunking(max_tokens=90))


@pytest.mark.parametrize(
    ("path", "size", "age", "known"),
    [
        pytest.param("a.txt", 12, 9 * SECOND, True, id="same"),
        pytest.param("b.pdf", 9, 9 * SECOND, True, id="same, skipped before"),
        pytest.param("a.txt", 13, 9 * SECOND, False, id="another size"),
        pytest.param("a.txt", 12, 9 * SECOND - 1, False, id="a later time"),
        pytest.param("a.txt", 12, 99 * SECOND, False, id="an earlier time"),
        pytest.param("c.txt", 12, 9 * SECOND, False, id="unknown"),
    ],
)
def test_unmoved(path: str, size: int, age: int, known: bool) -> None:
    assert manifest().unmoved(Source(path, Path(path), size, NOW - age)) is known


@pytest.mark.parametrize("age", [SECOND, 0, -3600 * SECOND])
def test_a_file_touched_while_listing_is_never_taken_for_the_same(age: int) -> None:
    just_now = replace(manifest(), sources={"a.txt": SourceState(12, NOW - age, "ab" * 32)})
    assert not just_now.unmoved(Source("a.txt", Path("a.txt"), 12, NOW - age))


def test_a_file_whose_bytes_were_refused_is_never_taken_for_the_same() -> None:
    refused = replace(manifest(), unread={"b.pdf": SourceState(9, NOW - 9 * SECOND, "")})
    assert not refused.unmoved(Source("b.pdf", Path("b.pdf"), 9, NOW - 9 * SECOND))


def test_corpus_digest_is_of_content_not_order() -> None:
    one, two = ("a", "1", "2"), ("b\udc80", "3", "4")
    assert corpus_digest([one, two]) == corpus_digest([two, one])
    changed = [("a", "1", "9"), ("a", "9", "2"), ("c", "1", "2")]
    assert len({corpus_digest([entry, two]) for entry in [one, *changed]}) == 4
