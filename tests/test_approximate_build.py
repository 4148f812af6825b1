"""A build over an approximate index: carried from generation to generation, found again, and forgotten to the byte."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from folders import Place, place
from test_forget import Numbers, holds, sentence

from index import legs, sketching, store
from index.approximate import ApproximateIndex
from index.cache import CACHE, VectorCache, encoded_text
from index.errors import ModelError
from index.exact import EXACT
from index.filters import Filter
from index.forget import forget
from index.gather import asked_key
from index.generation import Generation, open_generation
from index.recall import QUESTIONS, WORDS, sampled
from index.search import search
from index.store import generation_folder, read_manifest
from index.types import Vectors


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    monkeypatch.setattr(legs, "FLAT", 20)
    found = place(tmp_path)
    found.write(**{f"d{n}": sentence(n) for n in range(60)})
    return found


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


def test_the_code_of_the_sketches_is_carried(here: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    here.build(encoder=Numbers())
    monkeypatch.setattr(sketching, "_trained", None)  # to call it would be an error
    here.write(d61=sentence(61), d5=sentence(99))
    (here.sources / "d30.txt").unlink()
    report = here.build(encoder=Numbers())
    assert (report.passages, report.encoded) == (60, 2)
    generation = open_generation(here.index)
    assert [found(generation, n, Filter())[0] for n in (5, 31, 61)] == ["d5.txt", "d31.txt", "d61.txt"]
    assert isinstance(generation.vectors, ApproximateIndex)
    assert generation.vectors.shape.trained == 60
    generation.close()


@pytest.mark.parametrize("damaged", [False, True])
def test_a_rebuild_looks_up_what_is_new_alone_unless_the_vectors_were_damaged(
    here: Place, damaged: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    here.build(encoder=Numbers())
    first = read_manifest(here.index).generation
    monkeypatch.setattr(store, "_SMALL", 0)  # opening looks at sizes alone, as with large files
    exact = generation_folder(here.index, first) / EXACT
    before = exact.read_bytes()
    if damaged:
        exact.write_bytes(before[:-2] + bytes([before[-2] ^ 1, before[-1]]))
    here.write(d61=sentence(61))
    asked: list[int] = []
    real = VectorCache.get
    monkeypatch.setattr(VectorCache, "get", lambda self, keys: asked.append(len(keys)) or real(self, keys))
    assert here.build(encoder=Numbers()).encoded == 1
    assert asked == [61 if damaged else 1, 61]  # passages, then the questions that recall is measured on
    generation = open_generation(here.index)
    assert isinstance(generation.vectors, ApproximateIndex)
    vectors = generation.vectors.rows(np.arange(61))
    texts = [encoded_text(passage) for passage in generation.passages(range(61))]
    np.testing.assert_allclose(vectors, Numbers().encode_passages(texts), atol=1e-3)
    generation.close()


def test_questions_of_a_build_are_asked_of_the_encoder_once(here: Place) -> None:
    asked: list[str] = []

    class Listening(Numbers):
        def encode_queries(self, texts: Sequence[str]) -> Vectors:
            asked.extend(texts)
            return super().encode_queries(texts)

        def encode_passages(self, texts: Sequence[str]) -> Vectors:
            return Numbers().encode_queries(texts)

    here.build(encoder=Listening())
    assert sorted(asked) == sorted(sentence(n)[:WORDS] for n in range(60))
    here.write(d61=sentence(61))
    here.build(encoder=Listening())
    assert asked[60:] == [sentence(61)[:WORDS]]
    [vector] = Numbers().encode_queries([sentence(3)[:WORDS]])
    assert holds(here.index, vector.astype("<f4").tobytes()[:16]) != []
    forget(here.sources, here.index, ["d3.txt"], Listening())
    assert holds(here.index, vector.astype("<f4").tobytes()[:16]) == []
    here.write(d62=sentence(62))
    here.build(encoder=Listening())
    assert asked[61:] == [sentence(62)[:WORDS]]


def test_the_sample_is_nearly_the_same_at_the_next_build() -> None:
    keys = [bytes([n % 256, n // 256]) * 16 for n in range(5000)]
    some = sampled(keys)
    assert [keys[row] for row in some] == [
        keys[row] for row in range(5000) if keys[row] in sorted(keys)[:QUESTIONS]
    ]
    fewer = sampled(keys[1:])
    assert len({keys[row] for row in some} & {keys[1:][row] for row in fewer}) >= QUESTIONS - 1
    assert sampled(keys[:3]) == [0, 1, 2]
    assert sampled([b"a", *[b"boilerplate"] * 500, b"b", b"a"]) == [0, 1, 501]


def test_a_model_that_changed_its_width_under_one_name(here: Place) -> None:
    class Wide(Numbers):
        def encode_queries(self, texts: Sequence[str]) -> Vectors:
            return np.hstack([super().encode_queries(texts)] * 2) / np.float32(2**0.5)

    here.build(encoder=Numbers())
    here.write(d61=sentence(61))
    assert here.build(encoder=Wide()).encoded == 61
    generation = open_generation(here.index)
    assert generation.manifest.dimension == 128
    vector = Wide().encode_queries([encoded_text(generation.passages([5])[0])])[0]
    found = search(generation, "", vector, "en", 1)[0].passage
    assert found == generation.passages([5])[0]
    generation.close()


@pytest.mark.parametrize("wrong", [np.nan, None])
def test_questions_that_a_model_fails_on_are_not_kept(here: Place, wrong: float | None) -> None:
    class Failing(Numbers):
        def encode_queries(self, texts: Sequence[str]) -> Vectors:
            vectors = super().encode_queries(texts)
            return vectors * np.float32(np.nan) if wrong is not None else vectors[:, :32]

        def encode_passages(self, texts: Sequence[str]) -> Vectors:
            return Numbers().encode_queries(texts)

    with pytest.raises(ModelError, match="not finite" if wrong is not None else "of 64 and of 32 numbers"):
        here.build(encoder=Failing())
    with closing(VectorCache(here.index / CACHE)) as cache:
        keys = [asked_key(Failing().identity, sentence(n)[:WORDS]) for n in range(60)]
        assert list(cache.get(keys)) == []
        here.build(encoder=Numbers())
        assert len(list(cache.get(keys))) == 60


def test_a_damaged_code_is_not_carried(here: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    here.build(encoder=Numbers())
    monkeypatch.setattr(legs, "as_written", lambda folder, manifest, names: False)
    given: list[object] = []
    real = sketching.write_sketches
    monkeypatch.setattr(
        sketching, "write_sketches", lambda *arguments: given.append(arguments[3]) or real(*arguments)
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
    forms = [
        sketch(here),
        *(vectors[passages[0].document].astype(kind).tobytes()[:16] for kind in ("<f4", "<f2")),
    ]
    assert all(holds(here.index, form) for form in forms)
    forget(here.sources, here.index, [passages[0].document], encoder)
    assert [holds(here.index, form) for form in forms] == [[], [], []]
    assert holds(here.index, vectors[passages[1].document].astype("<f2").tobytes()) != []


def sketch(here: Place) -> bytes:
    """What the sketches hold of all passages: one block of them."""
    import faiss

    generation = open_generation(here.index)
    assert isinstance(generation.vectors, ApproximateIndex)
    codes: bytes = faiss.vector_to_array(generation.vectors.sketches[0].codes).tobytes()
    generation.close()
    return codes
