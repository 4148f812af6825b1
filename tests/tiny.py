"""A tokenizer and an encoder small enough to train within a test, and records to train them on."""

from __future__ import annotations

import gzip
import json
import math
from pathlib import Path
from typing import Any

import torch
from hypothesis import strategies as st
from safetensors.torch import save_file
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers

from training.model import MATRICES

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


hostile = st.text(
    st.one_of(st.sampled_from(LETTERS + " \n\t\u00a0\u200b\u202e\ufeff▁"), st.characters(codec="utf-8")),
    max_size=60,
)
