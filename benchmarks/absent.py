"""Questions whose answer is not there: their own context taken out of the corpus, or another in its place."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import replace

from assistant.evaluate import Contexts
from assistant.labelled import Question
from assistant.measures import holds
from assistant.question import question_language
from assistant.service import Assistant
from index.search import search


def a_third_left_out(questions: Sequence[Question]) -> tuple[list[Question], list[Question]]:
    """All questions, those of a third of the contexts without truths; and those whose contexts stay."""
    stays = [zlib.crc32(question.context.encode()) % 3 > 0 for question in questions]
    asked = [
        question if kept else replace(question, truths=())
        for question, kept in zip(questions, stays, strict=True)
    ]
    return asked, [question for question, kept in zip(questions, stays, strict=True) if kept]


def half_over_wrong_contexts(
    questions: Sequence[Question], assistant: Assistant, contexts: Contexts
) -> list[Question]:
    """Half of the questions as they are, half over the best context that is not theirs and holds no truth of theirs.

    `assistant` has an index of `contexts`. A question that finds none such is left out.
    """
    texts = {name: context for context, name in contexts.names.items()}
    made = []
    for question in questions:
        if zlib.crc32(question.id.encode()) % 2:
            made.append(question)
            continue
        [vector] = assistant.encoder.encode_queries([question.question])
        language = question_language(question.question)
        hits = search(assistant.generation(), question.question, vector, language, 50)
        found = dict.fromkeys(texts[contexts.files[hit.passage.document]] for hit in hits)
        wrong = [text for text in found if text != question.context and not holds(text, question.truths)]
        if wrong and question.truths:
            made.append(replace(question, context=wrong[0], truths=()))
    return made
