"""The trained model: gradients and losses against the plain way, and what it predicts."""

from __future__ import annotations

import json
import math
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.torch import load_file
from tiny import SIZE, TOKENIZER, hostile, record, tiny_base

from assistant.windows import (
    PAD,
    Prediction,
)
from training.model import SCALE, SpanReader, Updated, load_weights, save_weights, span_loss
from training.reading import figures, predict


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_base(tmp_path_factory.mktemp("base"))


def test_figures_count_answerable_records_only() -> None:
    records = [record("a", "Ada was born", "Ada"), record("b", "in Paris")]
    found = [Prediction(0, 3, 2.0), Prediction(0, 2, -1.0)]
    assert figures(records, found) == {"records": 2.0, "em": 100.0, "f1": 100.0, "auroc": 100.0}
    assert figures(records, [Prediction(0, 7, 0.0), Prediction(0, 2, 1.0)]) == {
        "records": 2.0,
        "em": 0.0,
        "f1": pytest.approx(200 / 3),
        "auroc": 0.0,
    }


def test_update_and_gradients_equal_the_plain_way(base: Path) -> None:
    model = SpanReader(base, rank=3, dtype=torch.float32)
    torch.manual_seed(0)
    for module in model.modules():
        if isinstance(module, Updated):
            torch.nn.init.normal_(module.up, std=0.1)
    model.merge()
    ids = torch.randint(4, SIZE, (3, 12))
    mask = torch.ones(3, 12, dtype=torch.bool)
    mask[1, 9:] = False
    starts = torch.tensor([2, 3, 0])
    ours = torch.autograd.grad(
        span_loss(model(ids, mask, mask), starts, starts), list(model.trained().values())
    )

    def plain(self: Updated, x: torch.Tensor) -> torch.Tensor:
        return torch.nn.functional.linear(x, self.base + SCALE * self.up @ self.down, self.bias)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Updated, "forward", plain)
        theirs = torch.autograd.grad(
            span_loss(model(ids, mask, mask), starts, starts), list(model.trained().values())
        )
    for one, other in zip(ours, theirs, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-3, atol=1e-6)


def test_weights_of_a_lower_rank_are_the_same_model(base: Path, tmp_path: Path) -> None:
    narrow, wide = (SpanReader(base, rank=rank, dtype=torch.float32) for rank in (2, 5))
    for module in narrow.modules():
        if isinstance(module, Updated):
            torch.nn.init.normal_(module.up, std=0.1)
    narrow.merge()
    save_weights(narrow, tmp_path / "narrow.safetensors")
    load_weights(wide, tmp_path / "narrow.safetensors")
    ids, mask = torch.randint(4, SIZE, (2, 9)), torch.ones(2, 9, dtype=torch.bool)
    torch.testing.assert_close(wide(ids, mask, mask), narrow(ids, mask, mask))
    with pytest.raises(RuntimeError):
        load_weights(SpanReader(base, rank=1), tmp_path / "narrow.safetensors")


def test_an_untrained_model_is_the_base(base: Path) -> None:
    from transformers import BertConfig, BertModel

    settled = json.loads((base / "config.json").read_text())
    reference = BertModel(BertConfig(**settled, attn_implementation="eager"), add_pooling_layer=False).eval()
    reference.load_state_dict(load_file(base / "model.safetensors"), strict=False)
    model = SpanReader(base, dtype=torch.float32)
    ids = torch.randint(4, SIZE, (2, 10))
    mask = torch.ones(2, 10, dtype=torch.bool)
    mask[1, 6:] = False
    with torch.no_grad():
        expected = reference(input_ids=ids, attention_mask=mask.long()).last_hidden_state
        torch.testing.assert_close(model.hidden(ids, mask)[mask], expected[mask], rtol=1e-4, atol=1e-5)


def test_padding_changes_no_score(base: Path) -> None:
    model = SpanReader(base, dtype=torch.float32)
    short = torch.randint(4, SIZE, (1, 7))
    padded = torch.cat([short, torch.full((1, 5), PAD)], dim=1)
    mask = torch.tensor([[True] * 7 + [False] * 5])
    with torch.no_grad():
        one = model(short, torch.ones_like(short, dtype=torch.bool), torch.ones_like(short, dtype=torch.bool))
        other = model(padded, mask, mask)
    torch.testing.assert_close(one[0], other[0, :7], rtol=1e-4, atol=1e-5)


def test_loss_by_hand() -> None:
    scores = torch.tensor([[[0.0, 0.0], [math.log(3), 0.0]]])  # start: 1/4 and 3/4; end: 1/2 and 1/2
    loss = span_loss(scores, torch.tensor([1]), torch.tensor([0]))
    assert float(loss) == pytest.approx((math.log(4 / 3) + math.log(2)) / 2)


def test_weights_come_back(base: Path, tmp_path: Path) -> None:
    one, two = SpanReader(base, dtype=torch.float32), SpanReader(base, dtype=torch.float32)
    with torch.no_grad():
        for value in one.trained().values():
            value.normal_()
    one.merge()
    save_weights(one, tmp_path / "w.safetensors")
    load_weights(two, tmp_path / "w.safetensors")
    ids = torch.randint(4, SIZE, (1, 6))
    mask = torch.ones(1, 6, dtype=torch.bool)
    with torch.no_grad():
        assert torch.equal(one(ids, mask, mask), two(ids, mask, mask))


@settings(max_examples=25, deadline=None)
@given(st.lists(hostile, min_size=1, max_size=4))
def test_predictions_are_trimmed_slices(texts: list[str]) -> None:
    model = reader_for_hypothesis()
    with ThreadPoolExecutor(1) as pool:
        found = predict(model, TOKENIZER, [record(str(i), text) for i, text in enumerate(texts)], pool)
    for text, one in zip(texts, found, strict=True):
        assert 0 <= one.start <= one.end <= len(text)
        assert text[one.start : one.end] == text[one.start : one.end].strip()
        assert bool(text[one.start : one.end]) == (one.margin > -1e9)


MADE: list[SpanReader] = []


def reader_for_hypothesis() -> SpanReader:
    """One model for all examples; Hypothesis does not mix with function fixtures."""
    if not MADE:
        import tempfile

        with tempfile.TemporaryDirectory() as folder:
            MADE.append(SpanReader(tiny_base(Path(folder) / "base"), dtype=torch.float32))
    return MADE[0]


def test_long_text_is_read_in_windows(base: Path) -> None:
    model = SpanReader(base, dtype=torch.float32)
    text = "Ada was born in Paris " * 150 + "1815"
    with ThreadPoolExecutor(2) as pool:
        (found,) = predict(model, TOKENIZER, [record("a", text)], pool)
    assert text[found.start : found.end].strip() != ""
