"""The mixture: what may be trained on, and the batches of a round."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from tiny import TOKENIZER, record, write

from assistant.windows import (
    PAD,
)
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
