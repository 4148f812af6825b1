"""Words carried from one generation to the next: the same index as one made anew, and never a damaged one."""

from __future__ import annotations

from pathlib import Path

import pytest
from folders import BREAD, BRIDGE, HARBOUR, Place, place

from index import legs, lexical
from index.store import as_written, current, generation_folder


@pytest.fixture
def here(tmp_path: Path) -> Place:
    found = place(tmp_path)
    found.write(b=HARBOUR, d=BREAD)
    found.build()
    return found


def word_files(here: Place) -> dict[str, bytes]:
    folder = generation_folder(here.index, str(current(here.index))) / "lexical"
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def made_anew(here: Place, root: Path) -> dict[str, bytes]:
    root.mkdir()
    other = place(root)
    for file in here.sources.glob("*.txt"):
        (other.sources / file.name).write_bytes(file.read_bytes())
    other.build()
    return word_files(other)


def count_texts(patch: pytest.MonkeyPatch) -> list[str]:
    """The texts that are taken apart from here on."""
    taken: list[str] = []
    real = lexical.words
    patch.setattr(
        lexical,
        "words",
        lambda text, language: taken.append(text.rpartition("\n")[2]) or real(text, language),
    )
    return taken


def test_only_what_is_new_is_taken_apart(
    here: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = count_texts(monkeypatch)
    here.write(a="Seals sleep on the quay.", c=BRIDGE)
    here.build()
    assert sorted(taken) == sorted(["Seals sleep on the quay.", BRIDGE])
    (here.sources / "b.txt").unlink()
    here.write(c="The bridge is closed.")
    here.build()
    assert taken[2:] == ["The bridge is closed."]
    assert word_files(here) == made_anew(here, tmp_path / "anew")


def test_damaged_words_are_not_carried_over(
    here: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(legs, "as_written", lambda folder, manifest, names: False)
    taken = count_texts(monkeypatch)
    here.write(c=BRIDGE)
    here.build()
    assert sorted(taken) == sorted([HARBOUR, BREAD, BRIDGE])
    assert word_files(here) == made_anew(here, tmp_path / "anew")


def test_a_flipped_bit_is_seen_before_words_are_carried(here: Place) -> None:
    from index.store import read_manifest

    folder = generation_folder(here.index, str(current(here.index)))
    names = {"vectors.faiss", "lexical/rows.u32"}
    assert as_written(folder, read_manifest(here.index), names)
    data = bytearray((folder / "lexical" / "rows.u32").read_bytes())
    data[0] ^= 1
    (folder / "lexical" / "rows.u32").write_bytes(data)
    assert not as_written(folder, read_manifest(here.index), names)
    assert as_written(folder, read_manifest(here.index), {"vectors.faiss"})
