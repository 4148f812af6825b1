"""The mixture's files to token arrays on disk, once; and one round of them to batches."""

from __future__ import annotations

import gzip
import hashlib
import json
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assistant.windows import PAD, assemble, room, tokenise
from training.windows import TRAIN_TOKENS, answer_tokens, draw_window

Ints = NDArray[np.int64]
Record = dict[str, Any]
AT_ONCE = 2000
SORTED = 32  # batches whose examples are sorted by length together


@dataclass(frozen=True, slots=True)
class Mixed:
    """One entry of the mixture, tokenised: flat arrays, with row i at [bounds[i]:bounds[i + 1]]."""

    draw: int
    questions: Ints
    question_bounds: Ints
    contexts: Ints
    words: NDArray[np.bool_]
    context_bounds: Ints
    answers: Ints  # (n, 2): first and last token; -1 where there is no answer

    def __len__(self) -> int:
        return len(self.answers)


@dataclass(frozen=True, slots=True)
class Example:
    """One window, ready to be scored. `start` and `end` are 0 where there is no answer."""

    ids: list[int]
    first: int  # where the passage begins
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Batch:
    """Padded arrays, (n, tokens) and (n,)."""

    ids: Ints
    mask: NDArray[np.bool_]
    allowed: NDArray[np.bool_]
    starts: Ints
    ends: Ints


def read_records(path: Path) -> list[Record]:
    """Every record of a `.jsonl.gz` file."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


@dataclass(frozen=True, slots=True)
class Kept:
    """What is not trained on, so that it can be measured on."""

    groups: frozenset[str]  # article families
    texts: frozenset[str]  # paragraphs


def kept_for_measuring(data: Path) -> Kept:
    """The article families and paragraphs of the files in dev/."""
    records = [record for path in sorted((data / "dev").glob("*.gz")) for record in read_records(path)]
    return Kept(frozenset(r["group"] for r in records), frozenset(r["context"] for r in records))


def usable(records: list[Record], kept: Kept, split: str = "group") -> list[Record]:
    """The records that may be trained on: without guessed answers' places, and without what `kept` holds.

    `kept` holds paragraphs, and article families, which count only if `split` is "group".
    """
    if split == "group":
        records = [r for r in records if r["group"] not in kept.groups]
    return [r for r in records if r["start_src"] != "guess" and r["context"] not in kept.texts]


def prepare(
    mixture: Path, data: Path, folder: Path, tokenizer: Any, mined: Path | None = None
) -> list[Mixed]:
    """Token arrays of every entry, made in `folder` where they are missing; each file's name holds its entry's digest.

    `mined` is where `training.mine` writes. Raises FileNotFoundError before anything is made where a file is missing.
    """
    listed = tomllib.loads(mixture.read_text(encoding="utf-8"))
    for entry in listed["source"]:
        if not (folder / f"{_key(entry, listed)}.npz").exists():
            files_of(entry, data / "train", mined)
    folder.mkdir(parents=True, exist_ok=True)
    kept: Kept | None = None
    result = []
    for entry in listed["source"]:
        path = folder / f"{_key(entry, listed)}.npz"
        if not path.exists():
            kept = kept_for_measuring(data) if kept is None else kept
            records = records_of(entry, listed, data / "train", kept, mined)
            arrays = _arrays(records, tokenizer)
            aside = path.with_suffix(".part.npz")
            np.savez(aside, allow_pickle=False, **arrays)
            aside.replace(path)
            missing = int((arrays["answers"][:, 0] < 0).sum())
            print(f"{entry['name']}: {len(arrays['answers'])} records, {missing} unanswerable", flush=True)
        with np.load(path) as stored:
            result.append(Mixed(draw=entry["draw"], **{name: stored[name] for name in stored.files}))
    return result


def _key(entry: Record, listed: Record) -> str:
    what = {k: v for k, v in entry.items() if k not in ("draw", "mine")} | {
        "seed": listed["seed"],
        "all": listed["most"],
    }
    return f"{entry['name']}-" + hashlib.sha256(json.dumps(what, sort_keys=True).encode()).hexdigest()[:12]


def files_of(entry: Record, train: Path, mined: Path | None = None) -> list[Path]:
    """The files that an entry of the mixture is read from: its records, then the one whose questions it takes, if any.

    Raises FileNotFoundError, with the command that makes the file where there is one.
    """
    names = [f"{name}.jsonl.gz" for name in (entry["name"], entry.get("question")) if name]
    made = entry["name"].endswith(".mined")
    files = [((mined or train) if made else train) / name for name in names]
    for path in files:
        if not path.exists():
            how = f": python -m training.mine --data DATA --out {path.parent}" if made else ""
            raise FileNotFoundError(f"{path} is missing{how}")
    return files


def records_of(
    entry: Record, listed: Record, train: Path, kept: Kept, mined: Path | None = None
) -> list[Record]:
    """The records of one entry of the mixture that may be trained on, shuffled, at most as many as it says."""
    path, *asked = files_of(entry, train, mined)
    records = usable(read_records(path), kept, entry.get("split", "group"))
    for questions in asked:
        other = {r["id"]: r["question"] for r in read_records(questions)}
        records = [r | {"question": other[r["id"]]} for r in records if r["id"] in other]
    order = np.random.default_rng(listed["seed"]).permutation(len(records))
    return [records[i] for i in order[: entry.get("most", listed["most"])]]


def _arrays(records: list[Record], tokenizer: Any) -> dict[str, NDArray[Any]]:
    questions: list[list[int]] = []
    contexts: list[list[int]] = []
    words: list[list[bool]] = []
    answers: list[tuple[int, int]] = []
    for begin in range(0, len(records), AT_ONCE):
        part = records[begin : begin + AT_ONCE]
        tokens = tokenise(tokenizer, [r["question"] for r in part], [r["context"] for r in part])
        for record, row in zip(part, tokens, strict=True):
            found: tuple[int, int] | None = (-1, -1)
            if record["answerable"]:
                answer = record["answers"][0]
                found = answer_tokens(row.spans, answer["start"], answer["start"] + len(answer["text"]))
            if found is None:
                continue
            questions.append(row.question)
            contexts.append(row.prefix + row.context)
            words.append([False] * len(row.prefix) + row.words)
            answers.append(found)
    return {
        "questions": _flat(questions).astype(np.int32),
        "question_bounds": _bounds(questions),
        "contexts": _flat(contexts).astype(np.int32),
        "words": _flat(words).astype(bool),
        "context_bounds": _bounds(contexts),
        "answers": np.array(answers, dtype=np.int64).reshape(-1, 2),
    }


def _flat(rows: list[Any]) -> NDArray[Any]:
    return np.concatenate([np.asarray(row) for row in rows]) if rows else np.zeros(0, dtype=np.int64)


def _bounds(rows: list[Any]) -> Ints:
    return np.cumsum([0, *map(len, rows)]).astype(np.int64)


def example(mixed: Mixed, row: int, rng: np.random.Generator, limit: int = TRAIN_TOKENS) -> Example:
    """A window of one record, drawn at random where the whole does not fit."""
    question = mixed.questions[mixed.question_bounds[row] : mixed.question_bounds[row + 1]].tolist()
    piece = slice(mixed.context_bounds[row] + 2, mixed.context_bounds[row + 1])
    prefix = mixed.contexts[piece.start - 2 : piece.start].tolist()
    first, last = mixed.answers[row].tolist()
    answer = None if first < 0 else (first, last)
    words = mixed.words[piece]
    start, end = draw_window(words, answer, room(question, limit), rng)
    ids, offset = assemble(question, prefix, mixed.contexts[piece][start:end].tolist())
    if answer is None:
        return Example(ids, offset, 0, 0)
    return Example(ids, offset, offset + first - start, offset + min(last, end - 1) - start)


def collate(examples: list[Example]) -> Batch:
    """Pad to the longest."""
    shape = (len(examples), max(len(e.ids) for e in examples))
    ids = np.full(shape, PAD, dtype=np.int64)
    mask, allowed = np.zeros(shape, dtype=bool), np.zeros(shape, dtype=bool)
    for row, item in enumerate(examples):
        ids[row, : len(item.ids)] = item.ids
        mask[row, : len(item.ids)] = True
        allowed[row, item.first : len(item.ids) - 1] = True
        allowed[row, 0] = True
    return Batch(
        ids, mask, allowed, np.array([e.start for e in examples]), np.array([e.end for e in examples])
    )


def rows_of_round(mixed: Mixed, number: int) -> Ints:
    """The rows that round `number` draws: the next ones, from the top again after the last."""
    rows: Ints = np.arange(number * mixed.draw, (number + 1) * mixed.draw) % max(1, len(mixed))
    return rows if len(mixed) else rows[:0]


def batches(mixture: list[Mixed], number: int, size: int, seed: int) -> Iterator[Batch]:
    """The batches of one round: the same for the same arguments. Lengths in a batch are alike."""
    rng = np.random.default_rng([seed, number])
    drawn = [example(mixed, int(row), rng) for mixed in mixture for row in rows_of_round(mixed, number)]
    drawn = [drawn[i] for i in rng.permutation(len(drawn))]
    groups = []
    for begin in range(0, len(drawn), size * SORTED):
        block = sorted(drawn[begin : begin + size * SORTED], key=lambda e: len(e.ids))
        groups += [block[i : i + size] for i in range(0, len(block), size)]
    for i in rng.permutation(len(groups)):
        yield collate(groups[i])
