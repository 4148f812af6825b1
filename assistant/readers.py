"""Which reader a name stands for."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

from assistant.reader import Reader, SentenceReader
from assistant.span_model import Description, Scorer, load_description, merged_weights, torch_scorer
from index.encoding import SentenceEncoder
from index.errors import ModelError, UsageError
from index.types import Encoder

_LOG = logging.getLogger(__name__)
FOLDER = Path(__file__).parent  # reader.json and its weights lie beside the code


def make_reader(name: str, encoder: Encoder, folder: Path = FOLDER) -> Reader:
    """The reader `name`: "" or "span" is the trained one, "sentence" quotes whole sentences, and anything else is a
    question-answering model by its folder or its owner/name on the hub.

    Where the trained one cannot be used, "" says so and gives the sentence reader; all others raise ModelError.
    """
    if name == "sentence":
        return SentenceReader(encoder)
    if name not in ("", "span"):
        return _hub_reader(name, encoder)
    try:
        return _span_reader(encoder, folder)
    except ModelError as error:
        if name:
            raise
        _LOG.warning("whole sentences are quoted, as the trained reader cannot be used: %s", error)
        return SentenceReader(encoder)


def _hub_reader(name: str, encoder: Encoder) -> Reader:
    if "/" not in name and not Path(name).is_dir():
        raise UsageError(
            f"the reader {name!r} is unknown: choose span, sentence, or a question-answering model, by its folder or "
            "its owner/name"
        )
    from assistant.hub_reader import hub_model
    from assistant.span_reader import SpanReader

    return SpanReader(encoder, hub_model(name), name=name, knows_none=False)


def _span_reader(encoder: Encoder, folder: Path) -> Reader:
    from assistant.span_reader import SpanReader
    from assistant.windows import trained_model
    from index.model import prepare_model

    described = load_description(folder)
    base = prepare_model()
    return SpanReader(encoder, trained_model(shipped_scorer(base, described), _tokenizer(encoder, base)))


def shipped_scorer(base: Path, described: Description) -> Scorer:
    """The trained reader in int8 through onnxruntime, or where that fails, which it says, through torch."""
    from assistant.onnx_scorer import onnx_scorer

    try:
        return onnx_scorer(base, described.sha256, lambda: merged_weights(base, described))
    except ModelError as error:
        _LOG.warning("the reader runs on torch, which is slower and takes more memory: %s", error)
        return torch_scorer(base, described)


def _tokenizer(encoder: Encoder, base: Path) -> Any:
    """That of the bundled encoder, which takes 280 MB, or its file's where another encoder is used."""
    if isinstance(encoder, SentenceEncoder) and not encoder.model:
        return encoder.tokenizer
    from tokenizers import Tokenizer

    return Tokenizer.from_file(str(base / "tokenizer.json"))
