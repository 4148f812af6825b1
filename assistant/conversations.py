"""Conversations -> how often the last question is answered rightly: after the ones before it, and asked alone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from assistant.figures import SENTENCES, is_right
from assistant.followup import turn_of
from assistant.labelled import Question
from assistant.service import Assistant
from assistant.types import Reply, Turn
from index.types import OnProgress, Progress

COMPLETE = ("complete", "subject")  # kinds of questions that stand alone


@dataclass(frozen=True, slots=True)
class Tally:
    """Of `asked` questions, how many had the right answer first: in their conversation, and alone."""

    asked: int = 0
    after: int = 0
    alone: int = 0

    def add(self, after: bool, alone: bool) -> Tally:
        return Tally(self.asked + 1, self.after + after, self.alone + alone)


def tally(
    questions: Sequence[Question],
    assistant: Assistant,
    threshold: float,
    on_progress: OnProgress | None = None,
) -> dict[str, Tally]:
    """By "half: kind", and by half for those that lean ("half: leaning") and those that stand alone ("half: complete").

    Each question is to have an answer: where there is none to find, none is right.
    The assistant's threshold is to be 0, so that the best answer counts even where it would be refused; an answer of
    earlier turns that is below `threshold` is not known to later ones.
    """
    found: dict[str, Tally] = defaultdict(Tally)
    sentences = assistant.reader.name in SENTENCES
    for number, question in enumerate(questions):
        if on_progress:
            on_progress(Progress("asking", number, len(questions)))
        history: list[Turn] = []
        for before in question.after:
            history.append(_known(assistant.ask(before, history), threshold))
        after = _right(assistant.ask(question.question, history), question, sentences)
        alone = _right(assistant.ask(question.question), question, sentences)
        for name in {question.kind or "all", "complete" if question.kind in COMPLETE else "leaning"}:
            key = f"{question.half or 'all'}: {name}"
            found[key] = found[key].add(after, alone)
    if on_progress:
        on_progress(Progress("asking", len(questions), len(questions)))
    return dict(sorted(found.items()))


def _known(reply: Reply, threshold: float) -> Turn:
    turn = turn_of(reply)
    sure = reply.answers and reply.answers[0].confidence >= threshold
    return turn if sure else Turn(turn.question, "")


def _right(reply: Reply, question: Question, sentences: bool) -> bool:
    return bool(reply.answers) and is_right(question, reply.answers[0].text, sentences)
