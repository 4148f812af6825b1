"""Any extractive question-answering model of Hugging Face's transformers as the reader, by folder or name."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from assistant.windows import QUESTION_TOKENS, ReadPassages, Window, trim_span
from index.errors import ModelError

# tokens of question and window together, as such models are trained; of two windows
LONGEST, OVERLAP = 384, 128
BATCH = 16


def hub_model(name: str) -> ReadPassages:
    """Reads with the model in the folder `name`, or of that name on its hub, on a GPU if torch sees one.

    Raises ModelError: not there, not such a model, or without a tokenizer that knows where a token stands.
    """
    tokenizer, model = _load(name)
    longest = min(LONGEST, tokenizer.model_max_length)

    def read(question: str, passages: Sequence[str]) -> list[Window]:
        cut = tokenizer(
            [_shortened(tokenizer, question, min(QUESTION_TOKENS, longest // 2))] * len(passages),
            list(passages),
            truncation="only_second",
            max_length=longest,
            stride=min(OVERLAP, longest // 4),
            return_overflowing_tokens=True,
            return_offsets_mapping=True,
        )
        numbers, offsets = cut.pop("overflow_to_sample_mapping"), cut.pop("offset_mapping")
        windows = []
        for begin in range(0, len(numbers), BATCH):
            rows = range(begin, min(begin + BATCH, len(numbers)))
            scores = _run(tokenizer, model, {key: [cut[key][row] for row in rows] for key in cut})
            for row, found in zip(rows, scores, strict=True):
                text = passages[numbers[row]]
                inside = [n for n, part in enumerate(cut.sequence_ids(row)) if part == 1]
                spans = [trim_span(text, *offsets[row][n]) for n in inside]
                windows.append(Window(numbers[row], spans, inside[0] if inside else 1, found))
        return windows

    return read


def _load(name: str) -> tuple[Any, Any]:
    import torch
    from transformers import AutoModelForQuestionAnswering, AutoTokenizer
    from transformers.utils import logging

    logging.disable_progress_bar()
    on_disk = Path(name).is_dir()
    try:
        tokenizer = AutoTokenizer.from_pretrained(name, local_files_only=on_disk)
        model, said = AutoModelForQuestionAnswering.from_pretrained(
            name, local_files_only=on_disk, output_loading_info=True
        )
    except Exception as error:  # the library raises many kinds; each means that the model is unusable
        raise ModelError(f"the reader {name} could not be loaded: {error}") from error
    if said["missing_keys"]:
        raise ModelError(
            f"{name} is no extractive question-answering model: it has no {', '.join(sorted(said['missing_keys']))}"
        )
    if not tokenizer.is_fast:
        raise ModelError(f"the tokenizer of {name} does not say where in the text a token stands")
    return tokenizer, model.eval().to("cuda" if torch.cuda.is_available() else "cpu")


def _shortened(tokenizer: Any, question: str, most: int) -> str:
    """As much of the question as leaves room for a passage: at most so many tokens."""
    ends = tokenizer(question, add_special_tokens=False, return_offsets_mapping=True)["offset_mapping"]
    return question if len(ends) <= most else question[: ends[most - 1][1]]


def _run(tokenizer: Any, model: Any, rows: dict[str, list[list[int]]]) -> Any:
    """Scores (tokens, 2) of each row, (rows, longest, 2) in float32."""
    import torch

    padded = tokenizer.pad(rows, return_tensors="pt").to(model.device)
    with torch.inference_mode():
        found = model(**padded)
    return np.stack([found.start_logits.float().cpu(), found.end_logits.float().cpu()], axis=-1)
