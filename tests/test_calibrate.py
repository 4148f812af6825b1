"""How confidence is fitted: what is asked, what counts as right, and that the fit finds what made the data."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import numpy as np
import pytest
from stubs import BagEncoder
from test_span_reader import reader as span_reader

from assistant.reader import Calibration, SentenceReader
from training import trials as module
from training.calibrate import answered, array, described, few, fit, fit_best, fitted, only
from training.trials import FEATURES, FILES, NATURAL, Corpus, Trial, alone, load, trials

CONTEXTS = {
    "ada": "Ada was born in 1815. She lived in Paris.",
    "mill": "The mill burnt down. Jan Roes built it again.",
    "ferry": "The ferry leaves at noon. It costs four euros.",
}


def record(group: str, question: str, answer: str | None, extra: str = "") -> dict[str, object]:
    context = CONTEXTS[group] + extra
    answers = [{"text": answer, "start": context.index(answer)}] if answer else []
    return {
        "id": f"{group}{question}", "lang_q": "en", "lang_c": "en", "context": context, "question": question,
        "answerable": answer is not None, "answers": answers, "group": group,
    }  # fmt: skip


RECORDS = [
    record("ada", "Where did she live?", "Paris"),
    record("mill", "Who built the mill?", "Jan Roes"),
    record("ferry", "When does the ferry leave?", "noon"),
    record("ferry", "Who owns the ferry?", None),
]


def corpus(tmp_path: Path, natural: bool = False) -> Corpus:
    (tmp_path / "dev").mkdir(exist_ok=True)
    with gzip.open(tmp_path / "dev" / "small.jsonl.gz", "wt", encoding="utf-8") as file:
        long = record("mill", "Who built it?", "Jan Roes", " word" * 400)
        file.writelines(json.dumps(one) + "\n" for one in [*RECORDS, long])
    return load("small", tmp_path, BagEncoder(), 10, natural)


def test_records_without_an_answer_are_taken_only_where_they_are_wanted(tmp_path: Path) -> None:
    asked = {r["question"] for r in corpus(tmp_path).records}
    assert asked == {"Where did she live?", "Who built the mill?", "When does the ferry leave?"}
    assert {r["question"] for r in corpus(tmp_path, natural=True).records} == asked | {"Who owns the ferry?"}
    assert sorted(corpus(tmp_path).contexts) == sorted(CONTEXTS.values())  # the long one is left out


def test_each_question_is_asked_of_its_own_of_the_others_and_elsewhere(tmp_path: Path) -> None:
    small = corpus(tmp_path)
    elsewhere = Corpus(
        "other", small.records, ["Snow falls in winter here."], BagEncoder().encode_passages(["x"])
    )
    made = list(trials(small, elsewhere, SentenceReader(BagEncoder(), Calibration(0.0, {}))))
    assert [t.kind for t in made] == ["held", "absent", "elsewhere"] * 3
    assert [len(t.features) for t in made if t.kind == "held"] == [6, 6, 6]
    assert [len(t.features) for t in made if t.kind == "absent"] == [4, 4, 4]
    # the sentence that holds the answer, only there
    assert [int(t.right.sum()) for t in made] == [1, 0, 0] * 3


def test_a_span_is_right_if_it_is_nearly_the_answer_and_in_its_own_context(tmp_path: Path) -> None:
    small = corpus(tmp_path)
    made = list(alone(small, span_reader(["▁Paris"]), wrong=True))
    assert [t.kind for t in made] == ["alone"] * 6
    right = {(t.group, int(t.right.sum())) for t in made}
    assert ("ada", 1) in right  # of its own context
    assert ("ada", 0) in right  # of the nearest other one
    assert ("ferry", 1) not in right  # no token of its answer was spotted


def test_questions_without_an_answer_are_asked_of_their_own_context_alone(tmp_path: Path) -> None:
    small = corpus(tmp_path, natural=True)
    made = list(alone(small, span_reader(["▁Paris"]), wrong=False))
    assert len(made) == 4
    assert [int(t.right.sum()) for t in made if t.group == "ferry"] == [0, 0]


def test_the_halves_are_divided_by_article() -> None:
    halves = {
        group: Trial("f", group, "held", np.zeros((1, 1)), np.zeros(1, bool)).fits for group in "abcdef"
    }
    assert halves == {"a": True, "b": True, "c": True, "d": False, "e": False, "f": False}


def test_the_fit_finds_the_model_that_drew_the_data() -> None:
    rng = np.random.default_rng(5)
    x = rng.normal(size=(40_000, 2)) * [2.0, 0.5] + [1.0, -3.0]
    right = rng.random(len(x)) < 1 / (1 + np.exp(-(0.7 * x[:, 0] - 1.5 * x[:, 1] - 4.0)))
    assert fit(x, right) == pytest.approx([0.7, -1.5, -4.0], abs=0.12)


def test_only_the_best_candidate_of_a_trial_makes_the_probability() -> None:
    rng = np.random.default_rng(6)
    table = []
    for n in range(4000):
        first, second = rng.normal(size=2)
        right = rng.random() < 1 / (1 + np.exp(-(2.0 * max(first, second) - 1.0)))
        marks = np.array([first > second, second > first]) & right
        table.append(Trial("f", str(n), "held", np.array([[first], [second]]), marks))
    assert fit_best(table) == pytest.approx([2.0, -1.0], abs=0.25)
    p, right, kinds = answered(table[:2], np.array([2.0, -1.0]))
    assert p[0] == pytest.approx(1 / (1 + np.exp(-(2.0 * table[0].features.max() - 1.0))))
    assert list(right) == [bool(t.right.any()) for t in table[:2]]
    assert list(kinds) == ["held", "held"]


def test_a_model_is_fitted_on_its_own_features_of_the_fitted_half_alone() -> None:
    rng = np.random.default_rng(7)
    table = []
    for n in range(600):
        features = rng.normal(size=(1, len(FEATURES)))
        trial = Trial("f", f"article {n}", "held", features, np.array([True]))
        margin = features[0, FEATURES.index("margin")]
        truth = margin > 0 if trial.fits else margin < 0  # the other half says the opposite
        table.append(Trial("f", f"article {n}", "held", features, np.array([truth])))
    model = fitted(["margin", "lead"], table)
    assert model.weights["margin"] > 2.0
    assert abs(model.weights["lead"]) < 0.5
    assert only(["margin"], table)[0].features[0, 0] == table[0].features[0, FEATURES.index("margin")]
    assert array(model).tolist() == [model.weights["margin"], model.weights["lead"], model.bias]
    assert described(model, ["a", "b"])["fitted_on"] == "half of the articles of a, b"


def test_few_single_passages_weigh_beside_what_is_searched() -> None:
    def of(name: str, count: int) -> list[Trial]:
        return [Trial(name, str(n), "alone", np.zeros((1, 1)), np.zeros(1, bool)) for n in range(count)]

    taken = few([*of(FILES[3], 40), *of(NATURAL, 200), *of(FILES[0], 4)])
    assert [(one.file, one.group) for one in taken] == [
        *((FILES[0], str(n)) for n in range(4)),
        *((FILES[3], str(n)) for n in range(26)),
        *((NATURAL, str(n)) for n in range(90)),
    ]


def test_every_set_that_is_asked_elsewhere_is_another_one() -> None:
    files = module.FILES
    assert all(a != b for a, b in zip(files, files[module.SHIFT :] + files[: module.SHIFT], strict=True))
