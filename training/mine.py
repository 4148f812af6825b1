"""Hard negatives: the passages that our own search returns for a question and that do not hold its answer.

`python -m training.mine --data DATA --out FOLDER` writes them as records of the data's own format, NAME.mined.jsonl.gz
for each entry of the mixture that has `mine`, the number of questions asked. They are what the reader meets in use.
"""

from __future__ import annotations

import argparse
import gzip
import json
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np

from index.build import build_index
from index.encoding import SentenceEncoder
from index.generation import open_generation
from index.search import search
from index.terms import words
from index.types import Encoder, Passage
from training.prepare import Record, kept_for_measuring, records_of

HERE = Path(__file__).parent
NEAR = 10  # passages of a question that are looked at
TAKEN = 2  # negatives of one question at most


def mine(records: list[Record], asked: int, encoder: Encoder, rng: np.random.Generator) -> Iterator[Record]:
    """Hard negatives for the first `asked` answerable records, found by a search in the contexts of all of these."""
    # whole articles
    records = sorted((r for r in records if r["answerable"]), key=lambda r: str(r["group"]))[:asked]
    contexts = list(dict.fromkeys(record["context"] for record in records))
    number = {context: n for n, context in enumerate(contexts)}
    with tempfile.TemporaryDirectory() as scratch:
        sources, index = Path(scratch, "sources"), Path(scratch, "index")
        sources.mkdir()
        for n, context in enumerate(contexts):
            (sources / f"{n}.txt").write_bytes(context.encode())
        build_index(sources, index, encoder)
        vectors = encoder.encode_queries([record["question"] for record in records])
        with closing(open_generation(index)) as generation:
            for record, vector in zip(records, vectors, strict=True):
                hits = search(generation, record["question"], vector, record["lang_q"], NEAR)
                own = f"{number[record['context']]}.txt"
                wrong = [
                    h.passage for h in hits if h.passage.document != own and not holds(h.passage, record)
                ]
                for passage in wrong[: 1 + int(rng.integers(TAKEN))]:
                    yield negative(record, passage)


def holds(passage: Passage, record: Record) -> bool:
    """Whether a passage may hold an answer after all: the words of one stand in it."""
    found = set(words(passage.text, passage.language))
    folded = passage.text.casefold()
    return any(
        answer["text"].casefold() in folded or (said and said <= found)
        for answer in record["answers"]
        for said in [set(words(answer["text"], passage.language))]
    )


def negative(record: Record, passage: Passage) -> Record:
    """The record's question over a passage that does not answer it."""
    return record | {"context": passage.text, "answers": [], "answerable": False, "start_src": "none"}


def main(arguments: list[str] | None = None) -> int:
    """Run the command; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m training.mine", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with train/ and dev/")
    parser.add_argument("--mixture", type=Path, default=HERE / "mixture.toml")
    parser.add_argument("--out", type=Path, default=HERE / ".runs" / "mined")
    chosen = parser.parse_args(arguments)
    listed: dict[str, Any] = tomllib.loads(chosen.mixture.read_text(encoding="utf-8"))
    kept, encoder = kept_for_measuring(chosen.data), SentenceEncoder()
    chosen.out.mkdir(parents=True, exist_ok=True)
    for entry in (entry for entry in listed["source"] if entry.get("mine")):
        path = chosen.out / f"{entry['name']}.mined.jsonl.gz"
        if path.exists():
            continue
        records = records_of(entry, listed, chosen.data / "train", kept)
        rng = np.random.default_rng(listed["seed"])
        found = list(mine(records, entry["mine"], encoder, rng))
        aside = path.with_suffix(".part")
        with gzip.open(aside, "wt", encoding="utf-8") as file:
            file.writelines(json.dumps(record, ensure_ascii=False) + "\n" for record in found)
        aside.replace(path)
        print(f"{path.name}: {len(found)} negatives", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
