"""The confidence of a single passage is made as sure as predictions came true."""

from __future__ import annotations

import gzip
import json
import zlib
from pathlib import Path

import numpy as np
import pytest

from assistant.measures import calibration_error
from assistant.reader import Calibration, Features
from training import level


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
