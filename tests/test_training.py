"""The training code: windows, offsets, gradients, measures, and that a stopped run ends where a whole one does."""

from __future__ import annotations

import gzip
import itertools
import json
import math
import re
import time
import tomllib
import zlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers

from assistant.measures import calibration_error
from assistant.reader import Calibration, Features
from assistant.windows import (
    LONGEST,
    PAD,
    Prediction,
    assemble,
    best_span,
    room,
    spread_windows,
    tokenise,
)
from training import export, level, reading, train
from training.clock import Clock, deadline
from training.model import MATRICES, SCALE, SpanReader, Updated, load_weights, save_weights, span_loss
from training.prepare import (
    Kept,
    Mixed,
    batches,
    collate,
    example,
    kept_for_measuring,
    prepare,
    rows_of_round,
    usable,
)
from training.reading import figures, predict
from training.windows import answer_tokens, draw_window

LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789?.,:'éàü漢字"
WORDS = ["▁query", "▁passage", "▁the", "▁Ada", "▁Paris", "▁was", "▁born", "▁in", "▁1815"]


def tiny_tokenizer() -> Tokenizer:
    """Single letters and a few words, with the ids of <s>, <pad>, </s> and <unk> of the real one."""
    special = ["<s>", "<pad>", "</s>", "<unk>"]
    pieces = [(p, 0.0) for p in special] + [("▁", -3.0)] + [(c, -5.0) for c in LETTERS]
    pieces += [(w, -1.0) for w in WORDS]
    tokenizer = Tokenizer(models.Unigram(pieces, unk_id=3, byte_fallback=False))
    tokenizer.normalizer = normalizers.Sequence([normalizers.Nmt(), normalizers.NFKC()])
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    return tokenizer


TOKENIZER = tiny_tokenizer()
SIZE = TOKENIZER.get_vocab_size()


def tiny_base(folder: Path, layers: int = 2) -> Path:
    """A random encoder in the layout of the unpacked bundled model."""
    folder.mkdir(parents=True, exist_ok=True)
    hidden, feed = 16, 32
    torch.manual_seed(5)
    weights = {
        "embeddings.word_embeddings.weight": torch.randn(SIZE, hidden),
        "embeddings.position_embeddings.weight": torch.randn(512, hidden),
        "embeddings.token_type_embeddings.weight": torch.randn(2, hidden),
    }
    norms = ["embeddings.LayerNorm"]
    for i in range(layers):
        layer = f"encoder.layer.{i}."
        norms += [f"{layer}attention.output.LayerNorm", f"{layer}output.LayerNorm"]
        for name in MATRICES:
            wide = feed if name == "intermediate.dense" else hidden
            deep = feed if name == "output.dense" else hidden
            weights[f"{layer}{name}.weight"] = torch.randn(wide, deep) / math.sqrt(deep)
            weights[f"{layer}{name}.bias"] = torch.randn(wide) / 10
    for name in norms:
        weights[f"{name}.weight"], weights[f"{name}.bias"] = torch.ones(hidden), torch.zeros(hidden)
    save_file(weights, folder / "model.safetensors")
    (folder / "config.json").write_text(json.dumps({
        "hidden_size": hidden, "num_attention_heads": 4, "num_hidden_layers": layers, "intermediate_size": feed,
        "vocab_size": SIZE, "max_position_embeddings": 512, "type_vocab_size": 2, "layer_norm_eps": 1e-12,
        "pad_token_id": 1, "model_type": "bert",
    }))  # fmt: skip
    TOKENIZER.save(str(folder / "tokenizer.json"))
    return folder


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_base(tmp_path_factory.mktemp("base"))


def record(name: str, context: str, answer: str = "", **more: Any) -> dict[str, Any]:
    answers = [{"text": answer, "start": context.index(answer)}] if answer else []
    made = {
        "id": name,
        "context": context,
        "question": "Ada?",
        "answers": answers,
        "answerable": bool(answer),
    }
    made |= {"group": f"g/{name}", "start_src": "given" if answer else "none", "lang_q": "en", "lang_c": "en"}
    return made | more


def write(path: Path, records: list[dict[str, Any]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with gzip.open(path, "wt", encoding="utf-8") as file:
        file.writelines(json.dumps(r) + "\n" for r in records)


# --- figures


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


# --- tokens and offsets

hostile = st.text(
    st.one_of(st.sampled_from(LETTERS + " \n\t\u00a0\u200b\u202e\ufeff▁"), st.characters(codec="utf-8")),
    max_size=60,
)


@settings(max_examples=150, deadline=None)
@given(hostile)
def test_every_token_is_a_trimmed_slice(text: str) -> None:
    (tokens,) = tokenise(TOKENIZER, ["q"], [text])
    assert len(tokens.context) == len(tokens.spans) == len(tokens.words)
    for start, end in tokens.spans:
        assert 0 <= start <= end <= len(text)
        assert text[start:end] == text[start:end].strip()
    starts = [start for start, end in tokens.spans if end > start]
    assert starts == sorted(starts)


@settings(max_examples=80, deadline=None)
@given(
    st.lists(st.sampled_from(["Ada", "was", "漢字", "é", "Paris,", "1815"]), min_size=1, max_size=20),
    st.data(),
)
def test_answer_tokens_give_the_answer_back(words: list[str], data: st.DataObject) -> None:
    text = " ".join(words)
    first = data.draw(st.integers(0, len(words) - 1))
    last = data.draw(st.integers(first, len(words) - 1))
    start = len(" ".join(words[:first])) + (1 if first else 0)
    end = len(" ".join(words[: last + 1]))
    (tokens,) = tokenise(TOKENIZER, ["q"], [text])
    found = answer_tokens(tokens.spans, start, end)
    assert found is not None
    assert text[tokens.spans[found[0]][0] : tokens.spans[found[1]][1]] == text[start:end]


def test_answer_outside_of_every_token_is_none() -> None:
    assert answer_tokens([(0, 3), (4, 7)], 3, 4) is None
    assert answer_tokens([], 0, 1) is None


def test_prefixes_and_layout() -> None:
    (tokens,) = tokenise(TOKENIZER, ["Ada"], ["in Paris"])
    piece = TOKENIZER.id_to_token
    assert [piece(i) for i in tokens.question] == ["▁query", ":", "▁Ada"]
    assert [piece(i) for i in tokens.prefix] == ["▁passage", ":"]
    assert [piece(i) for i in tokens.context] == ["▁in", "▁Paris"]
    assert tokens.spans == [(0, 2), (3, 8)]
    ids, first = assemble(tokens.question, tokens.prefix, tokens.context)
    assert [piece(i) for i in ids] == [
        "<s>", "▁query", ":", "▁Ada", "</s>", "</s>", "▁passage", ":", "▁in", "▁Paris", "</s>",
    ]  # fmt: skip
    assert (piece(ids[first]), len(ids)) == ("▁in", len(tokens.question) + 2 + 2 + 4)
    assert room(tokens.question, 20) == 20 - 3 - 2 - 4


# --- windows


@settings(max_examples=200, deadline=None)
@given(st.lists(st.booleans(), min_size=1, max_size=80), st.integers(1, 40), st.data())
def test_drawn_window_holds_the_answer(words: list[bool], size: int, data: st.DataObject) -> None:
    first = data.draw(st.integers(0, len(words) - 1))
    last = data.draw(st.integers(first, min(len(words), first + size) - 1))
    seed = data.draw(st.integers(0, 99))
    start, end = draw_window(words, (first, last), size, np.random.default_rng(seed))
    assert 0 <= start <= first <= last < end <= len(words)
    assert end - start == min(size, len(words))


def test_answer_longer_than_the_window_keeps_its_start() -> None:
    start, end = draw_window([True] * 50, (10, 40), 20, np.random.default_rng(0))
    assert (start, end) == (10, 30)


def test_window_starts_at_a_word() -> None:
    words = [i % 5 == 0 for i in range(200)]
    starts = {draw_window(words, None, 40, np.random.default_rng(s))[0] for s in range(30)}
    assert len(starts) > 5
    assert all(start % 5 == 0 for start in starts)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.booleans(), max_size=300), st.integers(1, 60), st.integers(0, 30))
def test_windows_cover_everything_in_order(words: list[bool], size: int, overlap: int) -> None:
    windows = spread_windows(words, size, overlap)
    covered = {i for start, end in windows for i in range(start, end)}
    assert covered == set(range(len(words)))
    assert all(end - start <= size for start, end in windows)
    assert all(a[0] < b[0] and b[0] <= a[1] for a, b in itertools.pairwise(windows))


def test_neighbours_share_the_overlap() -> None:
    assert spread_windows([True] * 100, 40, 10) == [(0, 40), (30, 70), (60, 100)]
    assert spread_windows([], 40, 10) == [(0, 0)]


# --- the mixture


def test_guessed_starts_and_dev_material_are_left_out() -> None:
    records = [
        record("a", "Ada", "Ada"),
        record("b", "Ada was", "Ada", start_src="guess"),
        record("c", "in Paris", "Paris", group="dev/x"),
        record("d", "kept text", "kept"),
    ]
    kept = Kept(frozenset({"dev/x"}), frozenset({"kept text"}))
    assert [r["id"] for r in usable(records, kept)] == ["a"]
    assert [r["id"] for r in usable(records, kept, "paragraph")] == ["a", "c"]


def mixed(count: int, draw: int, length: int = 3) -> Mixed:
    """Records whose context is `length` times their own id + 10; the answer is the token in the middle."""
    rows = np.arange(count)
    return Mixed(
        draw=draw,
        questions=np.repeat(rows, 2) + 1000,
        question_bounds=np.arange(count + 1) * 2,
        contexts=np.concatenate([[7, 8] + [i + 10] * length for i in range(count)]),
        words=np.ones(count * (length + 2), dtype=bool),
        context_bounds=np.arange(count + 1) * (length + 2),
        answers=np.full((count, 2), length // 2),
    )


def test_rounds_go_through_all_records_before_any_again() -> None:
    one = mixed(5, draw=2)
    assert [rows_of_round(one, r).tolist() for r in range(4)] == [[0, 1], [2, 3], [4, 0], [1, 2]]


def test_example_points_at_its_answer() -> None:
    made = example(mixed(5, 2), 3, np.random.default_rng(0))
    assert made.ids == [0, 1003, 1003, 2, 2, 7, 8, 13, 13, 13, 2]
    assert (made.first, made.start, made.end) == (7, 8, 8)


def test_collate_blocks_all_but_passage_and_first_token() -> None:
    short = example(mixed(1, 1), 0, np.random.default_rng(0))
    long = example(mixed(1, 1, length=6), 0, np.random.default_rng(0))
    batch = collate([short, long])
    assert batch.ids.shape == (2, 14)
    assert batch.ids[0, 11:].tolist() == [PAD] * 3
    assert np.flatnonzero(batch.mask[0]).tolist() == list(range(11))
    assert np.flatnonzero(batch.allowed[0]).tolist() == [0, 7, 8, 9]
    assert np.flatnonzero(batch.allowed[1]).tolist() == [0, *range(7, 13)]
    assert (batch.starts.tolist(), batch.ends.tolist()) == ([8, 10], [8, 10])


def test_batches_repeat_and_hold_each_drawn_record_once() -> None:
    parts = [mixed(50, draw=10), mixed(40, draw=7, length=5)]
    one, two = list(batches(parts, 2, 4, seed=1)), list(batches(parts, 2, 4, seed=1))
    assert [b.ids.tolist() for b in one] == [b.ids.tolist() for b in two]
    assert sum(len(b.ids) for b in one) == 17
    other = list(batches(parts, 3, 4, seed=1))
    assert [b.ids.tolist() for b in other] != [b.ids.tolist() for b in one]


def test_prepare_reads_the_mixture(tmp_path: Path) -> None:
    data = tmp_path / "data"
    write(
        data / "train" / "one.en-en.jsonl.gz", [record(str(i), f"Ada was born {i}", "born") for i in range(6)]
    )
    write(data / "train" / "one.fr-en.jsonl.gz", [record("4", "x y", "y", question="Paris?")])
    write(data / "train" / "neg.en-en.jsonl.gz", [record("n", "in Paris")])
    write(data / "dev" / "d.en-en.jsonl.gz", [record("5", "other")])
    mixture = tmp_path / "m.toml"
    mixture.write_text(
        'seed = 1\nmost = 100\n[[source]]\nname = "one.en-en"\ndraw = 4\n'
        '[[source]]\nname = "neg.en-en"\ndraw = 1\n'
        '[[source]]\nname = "one.en-en"\nquestion = "one.fr-en"\ndraw = 1\n'
    )
    first, second, crossed = prepare(mixture, data, tmp_path / "cut", TOKENIZER)
    assert kept_for_measuring(data) == Kept(frozenset({"g/5"}), frozenset({"other"}))
    assert (len(first), first.draw, len(second), len(crossed)) == (5, 4, 1, 1)
    assert second.answers.tolist() == [[-1, -1]]
    made = example(crossed, 0, np.random.default_rng(0))
    assert [TOKENIZER.id_to_token(i) for i in made.ids[:4]] == ["<s>", "▁query", ":", "▁Paris"]
    assert TOKENIZER.id_to_token(made.ids[made.start]) == "▁born"
    refused = example(second, 0, np.random.default_rng(0))
    assert (refused.start, refused.end) == (0, 0)


# --- the model


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


# --- reading


def scores_for(start: int, end: int, nothing: float, tokens: int = 8) -> np.ndarray[Any, Any]:
    table = np.zeros((tokens, 2))
    table[start, 0] = table[end, 1] = 3.0
    table[0] = nothing / 2
    return table


def test_best_span_and_its_margin() -> None:
    spans = [(0, 2), (3, 5), (6, 6), (7, 9)]
    assert best_span(scores_for(4, 5, 1.0), 4, spans) == Prediction(0, 5, 5.0)
    # token 6 is white space alone: it can neither start nor end a span
    assert best_span(scores_for(6, 6, 0.0), 4, spans).margin == 0.0
    # an end before the start is no span
    found = best_span(scores_for(5, 4, 0.0), 4, spans)
    assert (found.margin, found.start <= found.end) == (3.0, True)
    assert best_span(scores_for(4, 4, 0.0), 4, [(0, 0)]).margin == -1e9


def test_a_span_is_not_longer_than_allowed() -> None:
    spans = [(i, i + 1) for i in range(60)]
    table = scores_for(1, 60, 0.0, tokens=62)
    found = best_span(table, 1, spans)
    assert found.end - found.start <= LONGEST
    assert found.margin == 3.0


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


# --- clock


def test_progress_by_examples() -> None:
    clock = Clock(examples=1000)
    rates = []
    for seen in (10, 30, 515, 1000):
        clock.advance(seen)
        rates.append(clock.rate)
    assert rates == [pytest.approx(1 / 3), pytest.approx(1.0), pytest.approx(0.5), 0.0]
    assert clock.seconds_left(400, 6.0) == pytest.approx(100)


def test_progress_by_deadline_outlives_a_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1000.0
    monkeypatch.setattr(time, "time", lambda: now)
    clock = Clock(examples=0, deadline=2000.0)
    clock.start()
    now = 1250.0
    clock.advance(1)
    assert clock.progress == pytest.approx(0.25)
    now = 1750.0  # paused in between
    clock.advance(2)
    assert clock.progress == pytest.approx(0.75)
    now = 2100.0
    clock.advance(3)
    assert (clock.progress, clock.rate) == (1.0, 0.0)


def test_resumed_progress_goes_on_to_a_new_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 5000.0
    monkeypatch.setattr(time, "time", lambda: now)
    clock = Clock(progress=0.6, deadline=6000.0)
    clock.start()
    now = 5500.0
    clock.advance(1)
    assert clock.progress == pytest.approx(0.8)


def test_deadline_is_the_next_such_time() -> None:
    assert deadline("", 0) == 0.0
    assert 0 < deadline("00:00", 0) - time.time() <= 86400
    assert deadline("", 2) - time.time() == pytest.approx(120, abs=5)


# --- whole runs


@pytest.fixture
def place(base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder with a learnable task, and the tiny model in place of the real one."""
    names = ["Ada", "Paris", "born", "1815"]
    train_set = [record(str(i), f"the {names[i % 4]} in {i}", names[i % 4]) for i in range(48)]
    write(tmp_path / "data" / "train" / "t.en-en.jsonl.gz", train_set)
    write(
        tmp_path / "data" / "dev" / "d.en-en.jsonl.gz", [record(f"d{i}", f"Ada {i}", "Ada") for i in range(8)]
    )
    (tmp_path / "m.toml").write_text('seed = 1\nmost = 99\n[[source]]\nname = "t.en-en"\ndraw = 30\n')
    monkeypatch.setattr(train, "prepare_model", lambda: base)
    monkeypatch.setattr(reading, "WATCHED", (("d.en-en", 8),))
    return tmp_path


def run(place: Path, name: str, *more: str) -> dict[str, torch.Tensor]:
    arguments = ["--data", str(place / "data"), "--mixture", str(place / "m.toml"), "--batch", "8"]
    arguments += ["--prepared", str(place / "cut"), "--run", str(place / name), *more]
    assert train.train(train.options(arguments)) == 0
    return load_file(place / name / "weights.safetensors")


class StopsAfter:
    """Stands in for the signal: asks to stop at the n-th look."""

    looks = 0
    after = 0

    @property
    def asked(self) -> bool:
        StopsAfter.looks += 1
        return StopsAfter.looks > StopsAfter.after


def test_stopped_and_resumed_equals_uninterrupted(
    place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = run(place, "whole", "--examples", "120")
    for after in (3, 5):  # stops twice, the second time in the next round
        with monkeypatch.context() as patch:
            StopsAfter.looks, StopsAfter.after = 0, after
            patch.setattr(train, "Stop", StopsAfter)
            run(place, "parts", "--examples", "120")
            assert "stopped; the same command goes on" in capsys.readouterr().out
    parts = run(place, "parts", "--examples", "120")
    out = capsys.readouterr().out
    assert "going on after" in out
    assert "finished" in out
    assert whole.keys() == parts.keys()
    for name, value in whole.items():
        torch.testing.assert_close(value, parts[name], rtol=0, atol=0)


def test_training_learns_and_logs(place: Path) -> None:
    run(place, "run", "--examples", "1200", "--lr", "1e-2", "--workers", "2")
    entries = [json.loads(line) for line in (place / "run" / "log.jsonl").read_text().splitlines()]
    losses = [e["loss"] for e in entries if "loss" in e]
    assert losses[-1] < 0.7 * losses[0]
    assert entries[-1]["dev"]["d.en-en"]["records"] == sum(
        reading.half(record(f"d{i}", f"Ada {i}", "Ada")) == 0 for i in range(8)
    )


def test_workers_change_nothing_but_rounding(place: Path) -> None:
    one = run(place, "one", "--examples", "32", "--workers", "1")
    two = run(place, "two", "--examples", "32", "--workers", "2")
    for name in ("head.weight", "layers.0.linear.output_dense.up"):
        assert float((one[name] - two[name]).abs().max()) < 5e-3


def test_start_from_takes_the_weights(place: Path) -> None:
    first = run(place, "first", "--examples", "16")
    again = run(
        place,
        "again",
        "--examples",
        "16",
        "--lr",
        "0",
        "--start-from",
        str(place / "first/weights.safetensors"),
    )
    for name, value in first.items():
        assert torch.equal(value, again[name])


@pytest.mark.parametrize(("has", "dtype"), [(True, torch.bfloat16), (False, torch.float32)])
def test_the_base_is_in_bfloat16_only_where_the_processor_has_it(
    place: Path, monkeypatch: pytest.MonkeyPatch, has: bool, dtype: torch.dtype
) -> None:
    made = []

    def make(*args: object, **more: object) -> SpanReader:
        made.append(SpanReader(*args, **more))  # type: ignore[arg-type]
        return made[-1]

    monkeypatch.setattr(train, "SpanReader", make)
    monkeypatch.setattr(train, "has_bfloat16", lambda: has)
    run(place, "run", "--examples", "8")
    assert [model.dtype for model in made] == [dtype]


def test_a_term_signal_sets_the_flag() -> None:
    import os
    import signal

    before = signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)
    try:
        stop = train.Stop()
        assert not stop.asked
        os.kill(os.getpid(), signal.SIGTERM)
        assert stop.asked
    finally:
        signal.signal(signal.SIGTERM, before[0])
        signal.signal(signal.SIGINT, before[1])


# --- export


@pytest.mark.parametrize("dev_minutes", ["0", "1e-9"])
def test_a_signal_stops_the_dev_scores_too(
    place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], dev_minutes: str
) -> None:
    stop = SimpleNamespace(asked=False)

    def ask(*_: object) -> object:
        stop.asked = True
        return tokenise(*_)

    with monkeypatch.context() as patch:
        patch.setattr(train, "Stop", lambda: stop)
        patch.setattr(reading, "tokenise", ask)  # the signal comes when the scoring has begun
        run(place, "run", "--examples", "16", "--dev-minutes", dev_minutes)
    assert "stopped; the same command goes on" in capsys.readouterr().out
    assert not (place / "run" / "log.jsonl").exists()
    run(place, "run", "--examples", "16")
    assert "finished" in capsys.readouterr().out
    [entry] = [json.loads(line) for line in (place / "run" / "log.jsonl").read_text().splitlines()]
    assert (list(entry), entry["progress"]) == (["seen", "progress", "dev"], 1.0)


def test_what_is_missing_is_said_before_anything_is_made(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mixture = place / "m.toml"
    mixture.write_text(mixture.read_text() + '[[source]]\nname = "t.en-en.mined"\ndraw = 3\n')
    arguments = ["--data", str(place / "data"), "--mixture", str(mixture), "--prepared", str(place / "cut")]
    arguments += ["--run", str(place / "run"), "--mined", str(place / "mined")]
    assert train.main(arguments) == 2
    missing, command = place / "mined" / "t.en-en.mined.jsonl.gz", "python -m training.mine --data DATA --out"
    assert capsys.readouterr().err == f"{missing} is missing: {command} {place / 'mined'}\n"
    assert not (place / "cut").exists()


def test_a_round_is_as_large_as_the_readme_says() -> None:
    listed = tomllib.loads((train.HERE / "mixture.toml").read_text(encoding="utf-8"))
    drawn = sum(entry["draw"] for entry in listed["source"])
    readme = (train.HERE / "README.md").read_text(encoding="utf-8")
    assert re.findall(r"a round (?:is|of) ([\d,]+)", readme) == [f"{drawn:,}"] * 2


def test_export_describes_what_it_writes(place: Path) -> None:
    import hashlib

    weights = run(place, "run", "--examples", "32")
    shipped = place / "shipped"
    shipped.mkdir()
    assert export.export(export.options(["--run", str(place / "run"), "--to", str(shipped)])) == 0
    described = json.loads((shipped / "reader.json").read_text())
    data = (shipped / "reader.safetensors").read_bytes()
    assert described["sha256"] == hashlib.sha256(data).hexdigest()
    # 8 + 8 + 8 + 6, and 8 of the next round
    assert (described["size"], described["trained"]) == (len(data), {"examples": 38, "runs": 1})
    for name, value in load_file(shipped / "reader.safetensors").items():
        torch.testing.assert_close(value.float(), weights[name], rtol=1e-3, atol=1e-4)
    assert sorted(p.name for p in shipped.iterdir()) == ["reader.json", "reader.safetensors"]


def test_several_runs_are_averaged(place: Path) -> None:
    one = run(place, "one", "--examples", "16")
    two = run(place, "two", "--examples", "24", "--start-from", str(place / "one" / "weights.safetensors"))
    runs = ["--run", str(place / "one"), "--run", str(place / "two")]
    assert export.export(export.options([*runs, "--to", str(place)])) == 0
    assert json.loads((place / "reader.json").read_text())["trained"]["runs"] == 2
    for name, value in load_file(place / "reader.safetensors").items():
        torch.testing.assert_close(value.float(), (one[name] + two[name]) / 2, rtol=1e-3, atol=1e-4)
    assert not torch.equal(one["head.weight"], two["head.weight"])


def test_exported_weights_and_kept_checkpoints_are_averaged_too(place: Path) -> None:
    one = run(place, "one", "--examples", "16")
    shipped = place / "shipped"
    shipped.mkdir()
    assert export.export(export.options(["--run", str(place / "one"), "--to", str(shipped)])) == 0
    start = str(shipped / "reader.safetensors")
    two = run(place, "two", "--examples", "24", "--start-from", start, "--keep-minutes", "1e-9")
    kept = {int(path.stem): path for path in (place / "two").glob("[0-9]*.pt")}
    assert len(kept) == 4  # one a step: batches of 8 and 6
    first = torch.load(kept[min(kept)], weights_only=True)["weights"]
    runs = [
        "--run",
        str(shipped),
        "--run",
        str(shipped),
        "--run",
        str(kept[min(kept)]),
        "--run",
        str(place / "two"),
    ]
    assert export.export(export.options([*runs, "--to", str(place)])) == 0
    assert json.loads((place / "reader.json").read_text())["trained"] == {"examples": 22 + 30, "runs": 2}
    for name, value in load_file(place / "reader.safetensors").items():
        wanted = (2 * one[name] + first[name] + two[name]) / 4
        torch.testing.assert_close(value.float(), wanted, rtol=1e-3, atol=1e-4)
    assert not torch.equal(first["head.weight"], two["head.weight"])


@pytest.mark.slow
def test_real_tokenizer_gives_trimmed_slices() -> None:
    from index.model import prepare_model

    tokenizer = Tokenizer.from_file(str(prepare_model() / "tokenizer.json"))
    texts = [
        "Il a levé 400 millions d ‘euros, les 10 et 11 février.",
        "ﬁn du Ⅳe siècle ½ — 漢字かな交じり文。",
        "👩‍👩‍👧 e\u0301te\u0301  \u00a0 double\u3000space\n\nline",
        "",
    ]
    for text, tokens in zip(texts, tokenise(tokenizer, ["q"] * len(texts), texts), strict=True):
        said = "".join(text[start:end] for start, end in tokens.spans)
        assert all(text[s:e] == text[s:e].strip() for s, e in tokens.spans)
        assert set("".join(text.split())) - set(said) <= set("\u200d\ufe0f\u0301")


def test_a_model_of_a_single_passage_is_levelled_as_often_as_it_was_right() -> None:
    rng = np.random.default_rng(7)
    before = Calibration(-1.0, {"lift": 4.0, "chance": 2.0})
    features = [
        Features(lift, 0.0, 0.0, 0.0, float(same), float(english), margin=margin)
        for lift, margin, same, english in zip(
            rng.uniform(-0.2, 0.6, 4000), rng.normal(0, 6, 4000), rng.integers(0, 2, 4000), rng.integers(0, 2, 4000),
            strict=True,
        )
    ]  # fmt: skip
    true = Calibration(-0.5, {"lift": 3.0, "chance": 1.5, "same": 0.8, "english": -1.2})
    right = np.array([rng.random() < true.probability(one) for one in features])
    given_ = level.Given(
        np.array([before.probability(one) for one in features]),
        np.array([[one.same, one.english] for one in features]),
        right,
        np.arange(4000) % 2 == 0,
    )
    now = level.level(before, given_)
    assert now.weights == pytest.approx(dict(true.weights), abs=0.35)
    # as they were to each other
    assert now.weights["lift"] / now.weights["chance"] == pytest.approx(2.0, abs=1e-3)
    p = level.levelled(before, given_, now)
    assert p == pytest.approx([now.probability(one) for one in features], abs=1e-3)
    odd = ~given_.fits
    assert calibration_error(given_.confidence[odd], right[odd]) > 0.05
    assert calibration_error(p[odd], right[odd]) < 0.04


def test_predictions_are_levelled_by_the_records_that_they_answer(tmp_path: Path) -> None:
    (tmp_path / "dev").mkdir()
    records = [
        {"id": "a", "group": "g0", "lang_q": "en", "lang_c": "en", "answerable": True, "answers": [{"text": "1932"}]},
        {"id": "b", "group": "g1", "lang_q": "en", "lang_c": "de", "answerable": False, "answers": []},
    ]  # fmt: skip
    with gzip.open(tmp_path / "dev" / "one.jsonl.gz", "wt", encoding="utf-8") as file:
        file.writelines(json.dumps(record) + "\n" for record in records)
    said = [
        {"id": "b", "answer": "the mill", "confidence": 0.4},
        {"id": "a", "answer": "in 1932", "confidence": 0.9},
    ]
    (tmp_path / "one.jsonl").write_text("".join(json.dumps(one) + "\n" for one in said), encoding="utf-8")
    found = level.load(tmp_path, tmp_path)
    assert found.confidence.tolist() == [0.4, 0.9]
    assert found.levelled.tolist() == [[0.0, 0.0], [1.0, 1.0]]
    assert found.right.tolist() == [False, True]
    assert found.fits.tolist() == [zlib.crc32(group) % 2 == 1 for group in (b"g1", b"g0")]
