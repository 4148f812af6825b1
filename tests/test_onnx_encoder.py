"""The bundled encoder in int8: near the float32 one, and indifferent to the batch that a text is in."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from index.encoding import BY_ROWS, FEW, SentenceEncoder
from index.errors import ModelError
from index.model import prepare_model
from index.onnx_export import runner
from index.onnx_graph import BLOCKS, EXACT, ROWS, encoder_graph
from index.onnx_texts import LONGEST, TextEncoder
from index.words import other_weights

ROOT = Path(__file__).parents[1]
TEXTS = [
    "Cette fondation, appelée Current AI, reçoit d'abord 400 millions d'euros.",
    "Der Gipfel fand am 10. und 11. Februar 2025 statt.",
    "x",
    "",
    "😀 <mask> \x00 عربي " * 40,
    "Le chat dort sur le canapé du salon. " * 200,  # more than the model has places for
]


NEAREST = {BLOCKS: 0.9993, ROWS: 0.997}  # cosines at least, with the vectors of float32


@pytest.fixture(scope="module", params=NEAREST)
def products(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def encoder(products: str) -> Iterator[SentenceEncoder]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("index.onnx_texts.quickest", lambda: products)
        patch.setattr("index.encoding.quickest", lambda: products)
        yield SentenceEncoder()


@pytest.mark.slow
def test_int8_is_near_float32(encoder: SentenceEncoder, products: str) -> None:
    exact = SentenceEncoder(precision="float32")
    found, true = encoder.encode_passages(TEXTS), exact.encode_passages(TEXTS)
    assert ((found * true).sum(axis=1) > NEAREST[products]).all()
    assert (np.abs(np.linalg.norm(found, axis=1) - 1) < 1e-5).all()
    assert (encoder.encode_queries(TEXTS) * exact.encode_queries(TEXTS)).sum(axis=1).min() > NEAREST[products]
    assert encoder.count_tokens(TEXTS[:4]) == exact.count_tokens(TEXTS[:4])


@pytest.mark.slow
def test_exact_graph_is_the_mean_that_torch_gives() -> None:
    base = prepare_model()
    run = runner(encoder_graph(other_weights(base), 12, EXACT), "vector", base)
    vector = run(TextEncoder(base).words(["passage: " + TEXTS[0]]))[0]
    exact = SentenceEncoder(precision="float32").encode_passages(TEXTS[:1])[0]
    np.testing.assert_allclose(vector / np.linalg.norm(vector), exact, atol=2e-6)


@pytest.mark.slow
@settings(deadline=None, max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts=st.lists(st.text(max_size=60), min_size=2, max_size=6))
def test_a_text_has_the_same_vector_alone_and_in_company(encoder: SentenceEncoder, texts: list[str]) -> None:
    together = encoder.encode_passages(texts)
    for text, vector in zip(texts, together, strict=True):
        np.testing.assert_array_equal(encoder.encode_passages([text])[0], vector)


@pytest.mark.slow
def test_long_texts_are_cut_at_the_models_places_and_counted_whole(encoder: SentenceEncoder) -> None:
    assert [len(ids) for ids in TextEncoder(prepare_model()).words(["chat " * 600, "x"])] == [LONGEST, 3]
    assert encoder.count_tokens(["chat " * 600]) == [601]  # the last is the space's
    longest = encoder.encode_passages(["chat " * 600, "chat " * 700])
    np.testing.assert_array_equal(longest[0], longest[1])


@pytest.mark.slow
def test_few_texts_have_the_vectors_that_sentence_transformers_gives(encoder: SentenceEncoder) -> None:
    many = TEXTS * (FEW // len(TEXTS) + 1)
    assert len(many) > FEW
    through = encoder.encode_passages(many)
    np.testing.assert_array_equal(encoder.encode_passages(TEXTS), through[: len(TEXTS)])
    np.testing.assert_array_equal(encoder.encode_passages(many[:FEW]), through[:FEW])
    assert encoder.encode_passages([]).size == 0


@pytest.mark.slow
def test_a_question_is_encoded_without_the_libraries_that_load_for_long() -> None:
    code = (
        "import sys; from index.encoding import SentenceEncoder; encoder = SentenceEncoder();"
        "encoder.encode_queries(['Who?']); encoder.count_tokens(['Who?']);"
        "print([name for name in ('torch', 'transformers', 'sentence_transformers') if name in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert run.stdout == "[]\n"


def test_identity_tells_the_precisions_apart() -> None:
    names = {SentenceEncoder(precision=p).identity for p in ("int8", "float32")}
    assert len(names) == 2
    assert {"+int8." in name for name in names} == {True, False}


def test_identity_tells_the_kinds_of_processor_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    names = []
    for products in (BLOCKS, ROWS):
        monkeypatch.setattr("index.encoding.quickest", lambda products=products: products)
        names += [SentenceEncoder().identity, SentenceEncoder(precision="float32").identity]
    blocks, exact, rows, still = names
    assert exact == still
    assert rows == blocks.replace("|", f"{BY_ROWS}|", 1) != blocks


def test_another_model_runs_as_it_is() -> None:
    assert not SentenceEncoder("some/model").in_int8


@pytest.mark.slow
def test_without_onnxruntime_the_setting_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(ModelError, match="SOURCIER_PRECISION=float32"):
        SentenceEncoder().encode_queries(["x"])


@pytest.mark.slow
def test_a_damaged_model_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "tokenizer.json").write_text("{]")
    monkeypatch.setattr("index.encoding.prepare_model", lambda: tmp_path)
    with pytest.raises(ModelError, match=f"the model {tmp_path} could not be loaded"):
        SentenceEncoder().encode_queries(["x"])
