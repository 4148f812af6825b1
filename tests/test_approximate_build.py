"""A build over an approximate index: carried from generation to generation, found again, and forgotten to the byte."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from folders import Place, place
from test_forget import Numbers, holds, sentence

from index import clustering, legs
from index.approximate import ApproximateIndex
from index.cache import encoded_text
from index.filters import Filter
from index.forget import forget
from index.search import search
from index.store import Generation, open_generation


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    monkeypatch.setattr(legs, "FLAT", 20)
    found = place(tmp_path)
    found.write(**{f"d{n}": sentence(n) for n in range(60)})
    return found


def lists_of(generation: Generation) -> dict[str, int]:
    assert isinstance(generation.vectors, ApproximateIndex)
    rows = range(generation.manifest.passages)
    return {p.document: int(generation.vectors.lists[row]) for row, p in enumerate(generation.passages(rows))}


def found(generation: Generation, n: int, where: Filter) -> list[str]:
    passages = generation.passages(range(generation.manifest.passages))
    own = next(passage for passage in passages if passage.document == f"d{n}.txt")
    vector = Numbers().encode_queries([encoded_text(own)])[0]
    return [hit.passage.document for hit in search(generation, "", vector, "en", 3, where)]


def test_every_passage_is_found_by_its_own_words(here: Place) -> None:
    here.build(encoder=Numbers())
    generation = open_generation(here.index)
    for n in range(60):
        assert found(generation, n, Filter())[0] == f"d{n}.txt"
    assert "d7.txt" not in found(generation, 7, Filter(paths=("d1*",)))
    assert found(generation, 17, Filter(paths=("d1*",)))[0] == "d17.txt"
    generation.close()


def test_lists_are_carried_and_only_new_passages_look_for_theirs(
    here: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    here.build(encoder=Numbers())
    old = lists_of(open_generation(here.index))
    looked: list[int] = []
    real = clustering._assigned
    monkeypatch.setattr(
        clustering,
        "_assigned",
        lambda exact, rows, *others: looked.append(len(rows)) or real(exact, rows, *others),
    )
    here.write(d61=sentence(61), d5=sentence(99))
    (here.sources / "d30.txt").unlink()
    report = here.build(encoder=Numbers())
    assert (sum(looked), report.encoded) == (2, 2)
    new = lists_of(open_generation(here.index))
    assert set(new) == {f"d{n}.txt" for n in [*range(30), *range(31, 60), 61]}
    assert all(new[name] == old[name] for name in new if name not in ("d5.txt", "d61.txt"))


def test_damaged_lists_are_not_carried(here: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    here.build(encoder=Numbers())
    monkeypatch.setattr(legs, "_as_written", lambda folder, manifest, names: False)
    given: list[object] = []
    real = clustering.write_lists
    monkeypatch.setattr(
        clustering, "write_lists", lambda *arguments: given.append(arguments[3]) or real(*arguments)
    )
    here.write(d61=sentence(61))
    here.build(encoder=Numbers())
    assert given == [None]


def test_forgetting_leaves_no_byte_of_a_vector_in_any_form(here: Place) -> None:
    encoder = Numbers()
    here.build(encoder=encoder)
    generation = open_generation(here.index)
    passages = generation.passages(range(60))
    generation.close()
    vectors = {p.document: encoder.encode_passages([encoded_text(p)])[0] for p in passages}
    codes = eight_bits(here, passages[0].document)
    forms = [codes, *(vectors[passages[0].document].astype(kind).tobytes()[:16] for kind in ("<f4", "<f2"))]
    assert all(holds(here.index, form) for form in forms)
    forget(here.sources, here.index, [passages[0].document], encoder)
    assert [holds(here.index, form) for form in forms] == [[], [], []]
    assert holds(here.index, vectors[passages[1].document].astype("<f2").tobytes()) != []


def eight_bits(here: Place, document: str) -> bytes:
    """How the lists hold the first passage."""
    import faiss

    generation = open_generation(here.index)
    assert isinstance(generation.vectors, ApproximateIndex)
    index = generation.vectors._index
    number = int(generation.vectors.lists[0])
    size = index.invlists.list_size(number)
    rows = faiss.rev_swig_ptr(index.invlists.get_ids(number), size)
    codes = faiss.rev_swig_ptr(index.invlists.get_codes(number), size * 64).reshape(size, 64)
    found = codes[int(np.flatnonzero(rows == 0)[0])].tobytes()
    generation.close()
    return found
