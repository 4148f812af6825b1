"""Predictions -> every figure of an evaluation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from assistant.evaluate import Contexts
from assistant.labelled import Question
from assistant.measures import (
    auroc,
    calibration_error,
    exact,
    f1,
    holds,
    ndcg,
    recall,
    reliability,
    risk_coverage,
)
from assistant.predictions import Prediction
from assistant.question import question_language
from index.language import detect

RIGHT = 0.5  # F1 from which an answer counts as right
SENTENCES = ("sentence", "bm25")  # the readers that quote whole sentences
COVERAGES = tuple(percent / 100 for percent in range(5, 101, 5))
DEPTHS = (1, 3, 5, 10, 20)

Pairs = Sequence[tuple[Question, Prediction]]


def report(
    questions: Sequence[Question],
    predictions: Sequence[Prediction],
    threshold: float,
    contexts: Contexts | None = None,
    sentences: bool = False,
) -> dict[str, Any]:
    """Every figure, as JSON; EM and F1 in percent, the rest in [0, 1]. None where nothing can be said.

    `contexts` are those of open mode. EM and F1 are of the best answer over answerable questions; SQuAD-2's count
    every question, and what is below the threshold as no answer. With `sentences`, an answer is right that holds a
    truth whole: a sentence is longer than what is asked for.
    """
    pairs = list(zip(questions, predictions, strict=True))
    answerable = [bool(question.truths) for question in questions]
    right = [is_right(question, one.answer, sentences) for question, one in pairs]
    scores = [one.confidence for one in predictions]
    given = [one.confidence >= threshold for one in predictions]
    languages: dict[str, list[tuple[Question, Prediction]]] = {}
    for question, one in pairs:
        languages.setdefault(_languages(question), []).append((question, one))
    return {
        "records": len(pairs),
        "answerable": sum(answerable),
        "threshold": threshold,
        **answer_figures(pairs),
        "languages": {
            name: {"records": len(some), **answer_figures(some)} for name, some in sorted(languages.items())
        },
        "squad2": _squad2(pairs, given),
        "auroc": _number(auroc(scores, answerable)),
        "answered": sum(given),
        "coverage": _mean([g for g, a in zip(given, answerable, strict=True) if a]),
        "risk": _mean([not r for g, r in zip(given, right, strict=True) if g]),
        "risk_coverage": [asdict(point) for point in risk_coverage(scores, right, answerable, COVERAGES)],
        "ece": _number(calibration_error(scores, right)),
        "reliability": [asdict(one) for one in reliability(scores, right)],
        "retrieval": _retrieval(pairs, contexts) if contexts else None,
        "latency_ms": _latency([one.ms for one in predictions]),
        "spans": _spans(pairs, contexts),
    }


def is_right(question: Question, answer: str, sentences: bool = False) -> bool:
    """Whether an answer has F1 of at least RIGHT, or holds a truth; none is right where there is no truth."""
    if not question.truths:
        return False
    return holds(answer, question.truths) > 0 if sentences else f1(answer, question.truths) >= RIGHT


def answer_figures(pairs: Pairs) -> dict[str, Any]:
    """EM and F1 over those of `pairs` that are answerable, in percent, and by SQuAD's own scoring.

    `holds` is the share of answers that hold a truth whole, which is what a sentence can do.
    """
    some = [(one.answer, question.truths) for question, one in pairs if question.truths]
    figures = {
        plain: {
            "em": _mean([exact(*pair, plain) for pair in some], 100),
            "f1": _mean([f1(*pair, plain) for pair in some], 100),
        }
        for plain in (False, True)
    }
    held = _mean([holds(*pair) for pair in some], 100)
    return {**figures[False], "holds": held, "plain": figures[True]}


def _squad2(pairs: Pairs, given: Sequence[bool]) -> dict[str, float | None]:
    said = [
        (one.answer if sure else "", question.truths)
        for (question, one), sure in zip(pairs, given, strict=True)
    ]
    return {
        "em": _mean([exact(*pair) for pair in said], 100),
        "f1": _mean([f1(*pair) for pair in said], 100),
    }


def _retrieval(pairs: Pairs, contexts: Contexts) -> dict[str, float | None]:
    """A copy of the question's context is as good as itself: of copies, the search shows one."""
    same = contexts.copies
    ranked = [
        (list(dict.fromkeys(same[name] for name in one.found)), {same[contexts.names[question.context]]: 1})
        for question, one in pairs
        if question.truths
    ]
    return {
        "ndcg@10": _mean([ndcg(*one, 10) for one in ranked]),
        **{f"recall@{depth}": _mean([recall(*one, depth) for one in ranked]) for depth in DEPTHS},
    }


def _spans(pairs: Pairs, contexts: Contexts | None) -> dict[str, int]:
    """How many spans there are, and how many are their text's to the character."""
    texts = {name: context for context, name in contexts.names.items()} if contexts else {}
    found = [
        (texts[one.document or ""] if contexts else question.context)[one.start : one.end] == one.answer
        for question, one in pairs
        if one.start is not None
    ]
    return {"checked": len(found), "verbatim": sum(found)}


def _latency(times: Sequence[float]) -> dict[str, float]:
    return {f"p{percent}": round(float(np.percentile(times, percent)), 1) for percent in (50, 95)}


def _languages(question: Question) -> str:
    """As in "en-fr": an English question over French text."""
    asked = question.language or question_language(question.question)
    return f"{asked}-{question.context_language or detect(question.context)}"


def _mean(values: Sequence[float], scale: float = 1) -> float | None:
    return round(scale * sum(values) / len(values), 4) if values else None


def _number(value: float) -> float | None:
    return None if np.isnan(value) else round(value, 4)
