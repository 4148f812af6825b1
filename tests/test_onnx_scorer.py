"""The reader in onnxruntime: the graph equals BERT worked out by hand, int8 stays near, the export heals itself."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from math import erf, sqrt
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from safetensors.numpy import save_file

from assistant import onnx_scorer as module
from assistant.onnx_scorer import graph_scorer, onnx_scorer
from assistant.span_model import BLOCKED, Scorer
from index.errors import ModelError
from index.onnx_export import export_path
from index.onnx_graph import (
    BLOCK,
    BLOCKS,
    EXACT,
    FULL,
    ROWS,
    SAFE,
    ZERO,
    quantise,
    quantise_rows,
    reader_graph,
)
from index.processor import quickest
from index.words import NAME, WordTable

WORDS, HIDDEN, HEADS, LAYERS, INNER, PLACES = 50, 64, 4, 2, 128, 40
Array = NDArray[np.float32]
Window = tuple[list[int], int]


def make_weights(seed: int = 0) -> dict[str, Array]:
    """A tiny BERT with random weights; its layer norms have outliers, as real ones do."""
    rng = np.random.default_rng(seed)

    def normal(*shape: int, scale: float = 0.2) -> Array:
        return (scale * rng.standard_normal(shape)).astype(np.float32)

    def norm(name: str) -> dict[str, Array]:
        gain = 1 + normal(HIDDEN)
        gain[3] = 3
        return {f"{name}.weight": gain, f"{name}.bias": normal(HIDDEN)}

    weights = {
        "embeddings.position_embeddings.weight": normal(PLACES, HIDDEN),
        "embeddings.token_type_embeddings.weight": normal(2, HIDDEN),
        **norm("embeddings.LayerNorm"),
        "head.weight": normal(2, HIDDEN),
        "head.bias": normal(2),
    }
    for n in range(LAYERS):
        name = f"encoder.layer.{n}"
        for part in ("self.query", "self.key", "self.value", "output.dense"):
            weights[f"{name}.attention.{part}.weight"] = normal(HIDDEN, HIDDEN)
            weights[f"{name}.attention.{part}.bias"] = normal(HIDDEN)
        weights[f"{name}.intermediate.dense.weight"] = normal(INNER, HIDDEN)
        weights[f"{name}.intermediate.dense.bias"] = normal(INNER)
        weights[f"{name}.output.dense.weight"] = normal(HIDDEN, INNER)
        weights[f"{name}.output.dense.bias"] = normal(HIDDEN)
        weights |= norm(f"{name}.attention.output.LayerNorm") | norm(f"{name}.output.LayerNorm")
    return weights


def words() -> Array:
    return np.random.default_rng(9).standard_normal((WORDS, HIDDEN)).astype(np.float32)


def by_hand(weights: dict[str, Array], ids: Sequence[int]) -> Array:
    """Scores of one window, (tokens, 2), nothing blocked, in float64."""
    w = {name: value.astype(np.float64) for name, value in weights.items()}

    def linear(x: Array, name: str) -> Array:
        return x @ w[f"{name}.weight"].T + w[f"{name}.bias"]

    def norm(x: Array, name: str) -> Array:
        x = (x - x.mean(-1, keepdims=True)) / np.sqrt(x.var(-1, keepdims=True) + 1e-12)
        return x * w[f"{name}.weight"] + w[f"{name}.bias"]

    x = words()[list(ids)] + w["embeddings.position_embeddings.weight"][: len(ids)]
    x = norm(x + w["embeddings.token_type_embeddings.weight"][0], "embeddings.LayerNorm")
    for n in range(LAYERS):
        name = f"encoder.layer.{n}"
        query, key, value = (linear(x, f"{name}.attention.self.{p}") for p in ("query", "key", "value"))
        mixed = []
        for part in (slice(h * HIDDEN // HEADS, (h + 1) * HIDDEN // HEADS) for h in range(HEADS)):
            share = np.exp(query[:, part] @ key[:, part].T / sqrt(HIDDEN / HEADS))
            mixed.append(share / share.sum(-1, keepdims=True) @ value[:, part])
        attended = linear(np.concatenate(mixed, -1), f"{name}.attention.output.dense")
        x = norm(x + attended, f"{name}.attention.output.LayerNorm")
        inner = linear(x, f"{name}.intermediate.dense")
        inner = inner * np.vectorize(lambda v: 0.5 * (1 + erf(v / sqrt(2))))(inner)
        x = norm(x + linear(inner, f"{name}.output.dense"), f"{name}.output.LayerNorm")
    return linear(x, "head")


def make_windows(lengths: Sequence[int], seed: int = 3) -> list[Window]:
    rng = np.random.default_rng(seed)
    return [(rng.integers(0, WORDS, n).tolist(), min(3, n - 1)) for n in lengths]


def allowed(window: Window) -> list[int]:
    ids, first = window
    return [0, *range(first, len(ids) - 1)]


@pytest.fixture
def base(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A model's folder with its words and shape, and an empty cache beside it."""
    monkeypatch.setenv("SOURCIER_CACHE", str(tmp_path / "cache é"))
    folder = tmp_path / "base"
    folder.mkdir()
    save_file({"a": np.zeros(7, np.float32), NAME: words()}, folder / "model.safetensors")
    (folder / "config.json").write_text(json.dumps({"num_attention_heads": HEADS}))
    return folder


class Source:
    """Weights that count how often they are asked for."""

    def __init__(self, seed: int = 0) -> None:
        self.seed, self.asked = seed, 0

    def __call__(self) -> dict[str, Array]:
        self.asked += 1
        return make_weights(self.seed)


# --- the graph


def test_exact_graph_equals_the_sums_by_hand(base: Path) -> None:
    weights = make_weights()
    windows = make_windows([12, 5, 30, 2, 12])
    scores = graph_scorer(base, reader_graph(weights, HEADS, EXACT))(windows)
    for window, found in zip(windows, scores, strict=True):
        rows = allowed(window)
        np.testing.assert_allclose(found[rows], by_hand(weights, window[0])[rows], atol=1e-4)


@pytest.mark.parametrize(("products", "mean", "most"), [(BLOCKS, 0.08, 0.35), (ROWS, 0.25, 1.0)])
def test_int8_stays_near_and_finds_the_same_best_tokens(
    base: Path, products: str, mean: float, most: float
) -> None:
    weights = make_weights()
    windows = make_windows([30] * 20)
    scores = graph_scorer(base, reader_graph(weights, HEADS, products))(windows)
    exact = [by_hand(weights, ids) for ids, _ in windows]
    rows = allowed(windows[0])
    off = np.abs(np.array([s[rows] for s in scores]) - np.array([e[rows] for e in exact]))
    assert off.mean() < mean
    assert np.quantile(off, 0.99) < most
    for found, true in zip(scores, exact, strict=True):
        best = found[rows].argmax(axis=0)
        np.testing.assert_array_less(true[rows].max(axis=0) - true[rows][best, [0, 1]], most)


@pytest.mark.parametrize("products", [BLOCKS, ROWS])
def test_int8_holds_a_quarter_of_the_float_weights_bytes(base: Path, products: str) -> None:
    weights = make_weights()
    whole, small = len(reader_graph(weights, HEADS, EXACT)), len(reader_graph(weights, HEADS, products))
    matrices = LAYERS * (4 * HIDDEN * HIDDEN + 2 * HIDDEN * INNER)
    assert whole > 4 * matrices
    assert whole - small > 2 * matrices


def test_missing_weight_is_named(base: Path) -> None:
    weights = make_weights()
    del weights["encoder.layer.1.attention.self.key.bias"]
    with pytest.raises(KeyError, match=r"encoder\.layer\.1\.attention\.self\.key\.bias"):
        reader_graph(weights, HEADS)


@settings(deadline=None, max_examples=60)
@given(st.lists(st.lists(st.floats(-1e6, 1e6, width=32), min_size=4, max_size=4), min_size=1, max_size=6))
def test_quantised_values_are_within_half_a_step(rows: list[list[float]]) -> None:
    matrix = np.repeat(np.array(rows, np.float32), BLOCK // 2, axis=1)  # two blocks of two values
    whole, scales = quantise(matrix)
    assert whole.min() >= 1
    back = (whole.astype(np.float64) - ZERO) * scales[..., None]
    off = np.abs(back.reshape(matrix.shape) - matrix).reshape(whole.shape)
    assert (off <= 0.501 * scales[..., None] + 1e-30).all()


def test_each_block_has_its_own_scale() -> None:
    matrix = np.zeros((2, 2 * BLOCK), np.float32)
    matrix[0, [0, 5]], matrix[0, [BLOCK, -1]] = [127, -63.4], [0.001, -0.001]
    whole, scales = quantise(matrix)
    assert whole.shape == (2, 2, BLOCK)
    assert whole[0, 0, [0, 1, 5]].tolist() == [255, 128, 65]
    assert whole[0, 1, [0, 1, -1]].tolist() == [255, 128, 1]
    assert (whole[1] == ZERO).all()
    np.testing.assert_allclose(scales, [[1, 0.001 / 127], [1, 1]], rtol=1e-6)


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.lists(st.floats(-1e6, 1e6, width=32), min_size=4, max_size=4), min_size=1, max_size=6),
    st.sampled_from([SAFE, FULL]),
)
def test_rows_are_within_half_a_step(rows: list[list[float]], most: int) -> None:
    matrix = np.array(rows, np.float32)
    whole, scales = quantise_rows(matrix, most)
    assert np.abs(whole.astype(int)).max() <= most
    off = np.abs(whole.astype(np.float64) * scales[:, None] - matrix)
    assert (off <= 0.501 * scales[:, None] + 1e-30).all()


def test_two_products_in_rows_fit_into_sixteen_bits() -> None:
    assert 2 * 255 * SAFE < 2**15 <= 2 * 255 * FULL


def test_a_token_of_zeros_in_rows(base: Path) -> None:
    weights = make_weights()
    for name in ("weight", "bias"):
        weights[f"embeddings.LayerNorm.{name}"][:] = 0
    [found] = graph_scorer(base, reader_graph(weights, HEADS, ROWS))(make_windows([12]))
    assert np.isfinite(found).all()


# --- the scorer


@pytest.mark.parametrize("threads", [1, 3])
def test_order_lengths_and_blocked_tokens(base: Path, threads: int) -> None:
    scorer = graph_scorer(base, reader_graph(make_weights(), HEADS), threads)
    windows = make_windows([4, 17, 9, 40, 2, 9, 25])
    scores = scorer(windows)
    assert [len(s) for s in scores] == [4, 17, 9, 40, 2, 9, 25]
    for window, found in zip(windows, scores, strict=True):
        rows = allowed(window)
        blocked = [n for n in range(len(window[0])) if n not in rows]
        assert found.dtype == np.float32
        assert (found[blocked] == BLOCKED).all()
        assert (np.abs(found[rows]) < 100).all()


def test_a_window_scores_the_same_alone_and_in_company(base: Path) -> None:
    scorer = graph_scorer(base, reader_graph(make_weights(), HEADS), 2)
    windows = make_windows([4, 17, 9, 40, 2, 9, 25])
    together = scorer(windows)
    for window, found in zip(windows, together, strict=True):
        np.testing.assert_array_equal(scorer([window])[0], found)
    for found, again in zip(together[::-1], scorer(windows[::-1]), strict=True):
        np.testing.assert_array_equal(again, found)


def test_nothing_to_read(base: Path) -> None:
    assert graph_scorer(base, reader_graph(make_weights(), HEADS))([]) == []


def test_a_broken_graph_is_a_model_error(base: Path) -> None:
    with pytest.raises(ModelError, match="cannot run the model"):
        graph_scorer(base, b"not a graph")


# --- the export


def scores_of(scorer: Scorer) -> Array:
    return np.concatenate(scorer(make_windows([20, 8])))


def test_exported_once(base: Path) -> None:
    source = Source()
    first = scores_of(onnx_scorer(base, "a", source))
    second = scores_of(onnx_scorer(base, "a", source, threads=1))
    assert source.asked == 1
    np.testing.assert_array_equal(first, second)
    graph = reader_graph(make_weights(), HEADS, quickest())
    np.testing.assert_array_equal(first, scores_of(graph_scorer(base, graph)))


def test_each_kind_of_processor_has_its_own_file(base: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source, found = Source(), []
    for products in (BLOCKS, ROWS):
        monkeypatch.setattr(module, "quickest", lambda products=products: products)
        found.append(scores_of(onnx_scorer(base, "a", source)))
        graph = reader_graph(make_weights(), HEADS, products)
        np.testing.assert_array_equal(found[-1], scores_of(graph_scorer(base, graph)))
    assert source.asked == 2
    assert not np.array_equal(*found)


def test_another_reader_and_another_runtime_have_their_own_files(base: Path) -> None:
    one, other = Source(0), Source(1)
    first = scores_of(onnx_scorer(base, "a", one))
    second = scores_of(onnx_scorer(base, "b", other))
    assert np.abs(first - second).max() > 0.1
    assert (one.asked, other.asked) == (1, 1)
    keys = [("reader", "a", "1.0"), ("reader", "a", "1.1"), ("reader", "b", "1.0"), ("encoder", "a", "1.0")]
    assert len({export_path(*key) for key in keys}) == 4


def _flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


DAMAGE: dict[str, Callable[[Path], object]] = {
    "one bit": _flip,
    "cut short": lambda path: os.truncate(path, 1000),
    "empty": lambda path: path.write_bytes(b""),
    "gone": lambda path: path.unlink(),
    "no checksum": lambda path: path.with_suffix(".sha256").unlink(),
    "empty checksum": lambda path: path.with_suffix(".sha256").write_text(""),
    "odd checksum": lambda path: path.with_suffix(".sha256").write_bytes(b"\xff\xfe"),
    "another checksum": lambda path: path.with_suffix(".sha256").write_text("0" * 64),
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE.keys())
def test_a_damaged_export_is_made_again(base: Path, damage: Callable[[Path], object]) -> None:
    source = Source()
    before = scores_of(onnx_scorer(base, "a", source))
    (path,) = (base.parent / "cache é").glob("*.onnx")
    whole = path.read_bytes()
    damage(path)
    np.testing.assert_array_equal(scores_of(onnx_scorer(base, "a", source)), before)
    assert source.asked == 2
    assert path.read_bytes() == whole
    assert sorted(p.name for p in path.parent.iterdir()) == [path.name, path.with_suffix(".sha256").name]


def test_damage_is_said(base: Path, caplog: pytest.LogCaptureFixture) -> None:
    onnx_scorer(base, "a", Source())
    assert caplog.messages == []
    (path,) = (base.parent / "cache é").glob("*.onnx")
    _flip(path)
    with caplog.at_level(logging.WARNING):
        onnx_scorer(base, "a", Source())
    assert caplog.messages == [f"{path} is damaged and is made again"]


def test_a_cache_that_cannot_be_written_is_said(base: Path) -> None:
    (base.parent / "cache é").write_text("a file where the folder should be")
    with pytest.raises(ModelError, match="SOURCIER_CACHE"):
        onnx_scorer(base, "a", Source())


def test_without_onnxruntime(base: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    source = Source()
    with pytest.raises(ModelError, match="pip install"):
        onnx_scorer(base, "a", source)
    assert source.asked == 0


def test_a_warm_start_loads_neither_torch_nor_onnx(base: Path) -> None:
    onnx_scorer(base, "a", Source())
    code = f"""
import sys
from pathlib import Path
from assistant.onnx_scorer import onnx_scorer
scorer = onnx_scorer(Path({str(base)!r}), "a", lambda: 1 / 0)
print(len(scorer([([1, 2, 3, 4], 2)])[0]), sorted({{"torch", "onnx", "safetensors"}} & set(sys.modules)))
"""
    root = Path(__file__).parents[1]
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=False)
    assert done.stdout == "4 []\n", done.stderr


# --- the words


@settings(deadline=None, max_examples=40)
@given(ids=st.lists(st.integers(0, WORDS - 1), min_size=1, max_size=60))
def test_words_are_the_tables_rows(tmp_path_factory: pytest.TempPathFactory, ids: list[int]) -> None:
    folder = tmp_path_factory.mktemp("words")
    save_file({NAME: words(), "z": np.zeros(3, np.float32)}, folder / "model.safetensors")
    np.testing.assert_array_equal(WordTable(folder)(np.array([ids])), words()[[ids]])


@pytest.mark.parametrize("word", [-1, WORDS])
def test_a_word_outside_the_table(base: Path, word: int) -> None:
    with pytest.raises(IndexError, match=f"no word {word} among {WORDS}"):
        WordTable(base)(np.array([[1, word]]))


def test_damaged_words(base: Path) -> None:
    table, path = WordTable(base), base / "model.safetensors"
    os.truncate(path, path.stat().st_size - 4)
    assert table(np.array([[0]])).shape == (1, 1, HIDDEN)
    with pytest.raises(ModelError, match=f"ends before word {WORDS - 1}"):
        table(np.array([[WORDS - 1]]))
    path.unlink()
    with pytest.raises(ModelError, match="unpacked again"):
        table(np.array([[0]]))


@pytest.mark.parametrize("content", [b"", b"\0" * 4, b"\xff" * 40, b"\2" + b"\0" * 7 + b"{}"])
def test_not_a_file_of_weights(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "model.safetensors").write_bytes(content)
    with pytest.raises(ModelError, match=r"model\.safetensors cannot be read"):
        WordTable(tmp_path)


def test_words_of_another_type(tmp_path: Path) -> None:
    save_file({NAME: np.zeros((2, 2), np.float16)}, tmp_path / "model.safetensors")
    with pytest.raises(ModelError, match="F16, not F32"):
        WordTable(tmp_path)


# --- the real reader


@pytest.mark.slow
def test_the_real_reader_scores_as_torch_does(tmp_path: Path) -> None:
    from assistant.readers import FOLDER
    from assistant.span_model import load_description, merged_weights, torch_scorer
    from assistant.windows import assemble
    from index.model import prepare_model

    base, described = prepare_model(), load_description(FOLDER)
    weights, rng = merged_weights(base, described), np.random.default_rng(1)
    windows = [
        assemble(rng.integers(4, 250_000, 9), [46692, 12], rng.integers(4, 250_000, n)) for n in (60, 180)
    ]
    true = np.concatenate(torch_scorer(base, described, exact=True)(windows))
    exact = np.concatenate(graph_scorer(base, reader_graph(weights, 12, EXACT))(windows))
    np.testing.assert_allclose(exact, true, atol=1e-4)
    for products, most in ((BLOCKS, 0.1), (ROWS, 0.3)):
        small = np.concatenate(graph_scorer(base, reader_graph(weights, 12, products))(windows))
        assert np.abs(small - true).mean() < most
