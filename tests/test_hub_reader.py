"""A question-answering model of transformers as the reader, with a small one made here."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from stubs import BagEncoder
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

from assistant.hub_reader import hub_model
from assistant.readers import make_reader
from assistant.span_reader import SpanReader
from index.errors import ModelError, UsageError
from index.types import Hit, Passage

WORDS = ["ada", "was", "born", "in", "1815", "she", "lived", "paris", "where", "did", "live", "the", ".", "?"]
TEXT = "Ada was born in 1815. She lived in Paris."


def save_tokenizer(folder: Path) -> Any:
    from transformers import PreTrainedTokenizerFast

    vocabulary = {word: n for n, word in enumerate(["[PAD]", "[UNK]", "[CLS]", "[SEP]", *WORDS])}
    made = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))
    made.normalizer = normalizers.Lowercase()
    made.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    made.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[("[CLS]", 2), ("[SEP]", 3)],
    )
    own = PreTrainedTokenizerFast(
        tokenizer_object=made,
        unk_token="[UNK]",
        pad_token="[PAD]",
        cls_token="[CLS]",
        sep_token="[SEP]",
        model_max_length=48,
    )
    own.save_pretrained(folder)
    return own


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model of one layer whose weights are drawn, with its tokenizer."""
    import torch
    from transformers import BertConfig, BertForQuestionAnswering

    torch.manual_seed(7)
    folder = tmp_path_factory.mktemp("qa")
    save_tokenizer(folder)
    config = BertConfig(
        vocab_size=len(WORDS) + 4,
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=16,
        max_position_embeddings=64,
        initializer_range=1.0,
    )
    BertForQuestionAnswering(config).save_pretrained(folder)
    return folder


def test_scores_are_the_models_own_and_stand_at_its_tokens(folder: Path) -> None:
    import torch
    from transformers import AutoModelForQuestionAnswering, AutoTokenizer

    [window] = hub_model(str(folder))("Where did she live?", [TEXT])
    tokenizer = AutoTokenizer.from_pretrained(folder)
    ids = tokenizer("Where did she live?", TEXT, return_tensors="pt")
    with torch.inference_mode():
        own = AutoModelForQuestionAnswering.from_pretrained(folder).eval()(**ids)
    assert np.allclose(window.scores[:, 0], own.start_logits[0].numpy(), atol=1e-5)
    assert np.allclose(window.scores[:, 1], own.end_logits[0].numpy(), atol=1e-5)
    assert [
        TEXT[start:end] for start, end in window.spans
    ] == "Ada was born in 1815 . She lived in Paris .".split()
    assert window.first == 7  # [CLS], five tokens of the question, [SEP]


def test_passages_of_different_lengths_keep_their_scores(folder: Path) -> None:
    read = hub_model(str(folder))
    one, two = read("Where?", ["She lived in Paris.", TEXT])
    [alone] = read("Where?", ["She lived in Paris."])
    assert (one.passage, two.passage) == (0, 1)
    assert np.allclose(one.scores[: len(alone.scores)], alone.scores, atol=1e-5)


def test_a_long_passage_is_read_in_windows_that_cover_it(folder: Path) -> None:
    text = "the was born in " * 60 + "Paris."
    windows = hub_model(str(folder))("Where?", [text])
    assert len(windows) > 3
    assert {span for window in windows for span in window.spans} == {
        (found.start(), found.end()) for found in re.finditer(r"\w+|\.", text)
    }


def test_a_question_longer_than_the_model_leaves_room_for_the_passage(folder: Path) -> None:
    windows = hub_model(str(folder))("where did she live " * 200, [TEXT])
    assert {TEXT[start:end] for window in windows for start, end in window.spans} >= {"Ada", "Paris", "1815"}


def test_it_is_one_setting_away_and_its_spans_lie_in_their_sentences(folder: Path) -> None:
    reader = make_reader(str(folder), BagEncoder())
    assert isinstance(reader, SpanReader)
    assert reader.name == str(folder)
    hit = Hit(Passage("a.txt", 100, 100 + len(TEXT), TEXT, "en"), 1, 1.0, 0.9, 1.0)
    found = reader.read("Where did she live?", "en", [hit])
    assert sorted(TEXT[c.quote.start - 100 : c.quote.end - 100] for c in found) == [
        "Ada was born in 1815.",
        "She lived in Paris.",
    ]
    assert all(c.quote.start <= c.span.start < c.span.end <= c.quote.end for c in found)


def test_a_model_that_is_none_is_named(folder: Path, tmp_path: Path) -> None:
    from transformers import BertModel

    with pytest.raises(ModelError, match=r"no-such-folder/model could not be loaded"):
        make_reader("no-such-folder/model", BagEncoder())
    save_tokenizer(tmp_path)
    BertModel.from_pretrained(folder).save_pretrained(tmp_path)
    with pytest.raises(ModelError, match=r"is no extractive question-answering model: it has no qa_outputs"):
        make_reader(str(tmp_path), BagEncoder())
    with pytest.raises(UsageError, match="the reader 'spam' is unknown"):
        make_reader("spam", BagEncoder())
