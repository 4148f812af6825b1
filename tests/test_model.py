"""The bundled model: its file is validated, unpacked whole, and gives the vectors we know."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from index.encoding import SentenceEncoder
from index.errors import ModelError
from index.model import damage, prepare_model, source_file
from index.q4 import read_q4

FUNDING = "Cette fondation, appelée Current AI, reçoit d'abord 400 millions d'euros."
OTHER = "Le chat dort sur le canapé du salon."


def test_q4_shape_and_values() -> None:
    model = read_q4(source_file())
    assert (model.shape.hidden, model.shape.layers, model.shape.vocab) == (384, 12, 250037)
    assert model.pieces[:4] == [("<s>", 0.0), ("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0)]
    assert model.normalise[9] == " "
    norm = model.tensor("emb.ln.w", 384)
    assert norm.shape == (384,)
    assert np.isfinite(norm).all()
    with pytest.raises(ModelError, match="holds 384 values"):
        model.tensor("emb.ln.w", 385)


@pytest.mark.parametrize("cut", [0, 3, 10, 50, 5_000, 4_000_000])
def test_truncated_model_file_is_refused(tmp_path: Path, cut: int) -> None:
    short = tmp_path / "short.bin"
    short.write_bytes(source_file().read_bytes()[:cut])
    with pytest.raises(ModelError):
        read_q4(short)


@pytest.mark.slow
def test_question_finds_the_french_sentence() -> None:
    encoder = SentenceEncoder()
    question = encoder.encode_queries(["What is Current AI's funding?"])[0]
    right, wrong = encoder.encode_passages([FUNDING, OTHER]) @ question
    assert right > 0.82
    assert wrong < right - 0.05
    assert np.allclose(np.linalg.norm(question), 1, atol=1e-5)


@pytest.mark.slow
def test_damaged_cache_is_unpacked_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCIER_CACHE", str(tmp_path))
    folder = prepare_model()
    assert damage(folder, whole=True) == ""
    (folder / "config.json").write_text(json.dumps({}))
    assert "config.json" in damage(folder)
    assert prepare_model() == folder
    assert damage(folder, whole=True) == ""
    assert sorted(p.name for p in tmp_path.iterdir()) == [folder.name]
