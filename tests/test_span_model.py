"""The trained reader's weights: checked, merged, and scored as the training code scores them."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from tiny import tiny_base

from assistant.span_model import (
    BATCH,
    BLOCKED,
    in_batches,
    load_description,
    merged_weights,
    torch_scorer,
)
from index.errors import ModelError
from index.model import SOURCE_SHA256
from index.words import WordTable
from training.model import SpanReader, save_weights

WINDOWS = [
    ([0, 5, 6, 2, 2, 7, 8, *range(9, 30), 2], 7),
    ([0, 5, 2, 2, 7, 8, 9, 2], 6),
    ([0, 4, 2, 2, 7, 8, 2], 6),
]


def write_reader(folder: Path, base: Path, seed: int = 3) -> SpanReader:
    """Random trained weights over `base`, and the two files that ship."""
    torch.manual_seed(seed)
    model = SpanReader(base, dtype=torch.float32)
    with torch.no_grad():
        for value in model.trained().values():
            value.normal_(std=0.1)
    model.merge()
    save_weights(model, folder / "reader.safetensors")
    describe(folder)
    return model


def describe(folder: Path, **other: object) -> None:
    digest = hashlib.sha256((folder / "reader.safetensors").read_bytes()).hexdigest()
    said = {
        "version": 1, "base": {"sha256": SOURCE_SHA256}, "weights": "reader.safetensors", "sha256": digest,
        "scale": 2.0, "trained": {"examples": 7},
    }  # fmt: skip
    (folder / "reader.json").write_text(json.dumps(said | other))


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_base(tmp_path_factory.mktemp("base"))


def test_scores_are_those_of_the_training_code(base: Path, tmp_path: Path) -> None:
    model = write_reader(tmp_path, base)
    scores = torch_scorer(base, load_description(tmp_path), exact=True)(WINDOWS)
    for (ids, first), found in zip(WINDOWS, scores, strict=True):
        allowed = torch.tensor([[n == 0 or first <= n < len(ids) - 1 for n in range(len(ids))]])
        with torch.inference_mode():
            expected = model(torch.tensor([ids]), torch.ones(1, len(ids), dtype=torch.bool), allowed)[0]
        assert found.shape == (len(ids), 2)
        np.testing.assert_allclose(found, expected.numpy(), rtol=1e-4, atol=1e-4)


def test_bfloat16_or_not_the_order_of_scores_is_nearly_the_same(base: Path, tmp_path: Path) -> None:
    write_reader(tmp_path, base)
    [exact, *_] = torch_scorer(base, load_description(tmp_path), exact=True)(WINDOWS)
    [quick, *_] = torch_scorer(base, load_description(tmp_path))(WINDOWS)
    np.testing.assert_allclose(quick, exact, atol=0.05 * float(np.abs(exact[0]).max() + 1))


def test_merging_adds_the_updates_and_leaves_the_word_table_out(base: Path, tmp_path: Path) -> None:
    write_reader(tmp_path, base)
    merged = merged_weights(base, load_description(tmp_path))
    before, trained = load_file(base / "model.safetensors"), load_file(tmp_path / "reader.safetensors")
    name = "encoder.layer.1.attention.output.dense.weight"
    up, down = (trained[f"layers.1.linear.attention_output_dense.{side}"] for side in ("up", "down"))
    np.testing.assert_allclose(merged[name], before[name] + 2.0 * up @ down, atol=1e-5)
    assert "embeddings.word_embeddings.weight" not in merged
    np.testing.assert_array_equal(merged["head.bias"], trained["head.bias"])


def test_rows_of_the_word_table_are_read_from_the_file(base: Path) -> None:
    rows = WordTable(base)
    expected = load_file(base / "model.safetensors")["embeddings.word_embeddings.weight"].numpy()
    ids = np.array([[3, 0, 3], [len(expected) - 1, 1, 0]])
    np.testing.assert_array_equal(rows(ids), expected[ids])
    assert rows(np.zeros((0, 4), np.int64)).shape == (0, 4, expected.shape[1])


def test_windows_come_back_in_their_order_and_unpadded() -> None:
    def run(ids: np.ndarray, mask: np.ndarray) -> np.ndarray:
        assert len(ids) <= BATCH
        assert (mask.sum(1) == (ids != 1).sum(1)).all()
        return np.stack([ids, -ids], axis=-1).astype(np.float32)

    windows = [([0, 50 + n, 2, *range(60, 60 + n), 2], 3) for n in (9, 1, 5, 30, 2, 2, 8, 7, 3, 11)]
    for (ids, first), found in zip(windows, in_batches(windows, run), strict=True):
        assert found.shape == (len(ids), 2)
        assert found[first:-1, 0].tolist() == ids[first:-1]
        assert found[0].tolist() == [0, 0]
        assert (found[1:first] == BLOCKED).all()
        assert (found[-1] == BLOCKED).all()


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        pytest.param(lambda f: (f / "reader.json").unlink(), "cannot be read", id="no description"),
        pytest.param(lambda f: (f / "reader.json").write_text("{"), "cannot be read", id="no JSON"),
        pytest.param(lambda f: (f / "reader.safetensors").unlink(), "cannot be read", id="no weights"),
        pytest.param(
            lambda f: (f / "reader.safetensors").write_bytes(b"x" * 99), "is not the file", id="other bytes"
        ),
        pytest.param(lambda f: describe(f, version=2), "another version", id="newer"),
        pytest.param(lambda f: describe(f, base={"sha256": "0"}), "another version", id="another base"),
        pytest.param(lambda f: describe(f, scale="much"), "cannot be read", id="no number"),
    ],
)
def test_damage_is_named_with_its_mend(base: Path, tmp_path: Path, spoil, says: str) -> None:  # type: ignore[no-untyped-def]
    write_reader(tmp_path, base)
    spoil(tmp_path)
    with pytest.raises(ModelError, match=says) as caught:
        load_description(tmp_path)
    assert "Install Sourcier again" in str(caught.value)
    assert str(tmp_path) in str(caught.value)


def test_the_shipped_files_agree_with_each_other() -> None:
    described = load_description(Path("assistant"))
    assert json.loads(Path("assistant/reader.json").read_text("utf-8"))["trained"]["examples"] > 0
    assert described.weights.stat().st_size < 24_000_000
