"""Mined negatives: near, never the question's own text, never one that holds an answer."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import numpy as np
import pytest
from stubs import BagEncoder

from index.types import Passage
from training import mine as module
from training.mine import holds, main, mine
from training.prepare import Kept, records_of

TEXTS = {
    "mill": "The mill of Arlon was built by Jan Roes. It stands by the river and grinds barley.",
    "again": "The mill of Arlon burnt down twice. Nobody knows why the mill by the river burnt.",
    "echo": "A plaque on the mill of Arlon names Jan Roes, who built the mill by the river.",
    "far": "Tomatoes want sun and water. A greenhouse helps in the north.",
}


def record(context: str, question: str, answer: str, group: str = "a") -> dict[str, object]:
    text = TEXTS[context]
    return {
        "id": context, "lang_q": "en", "lang_c": "en", "context": text, "question": question, "answerable": True,
        "answers": [{"text": answer, "start": text.index(answer)}], "group": group, "start_src": "given",
    }  # fmt: skip


RECORDS = [
    record("mill", "Who built the mill of Arlon by the river?", "Jan Roes"),
    record("again", "How often did the mill burn down?", "twice"),
    record("echo", "What names Jan Roes?", "plaque"),
    record("far", "What do tomatoes want?", "sun and water"),
]


def test_a_negative_comes_near_and_holds_no_answer() -> None:
    found = list(mine(RECORDS, len(RECORDS), BagEncoder(), np.random.default_rng(1)))
    of_mill = [one["context"] for one in found if one["id"] == "mill"]
    assert of_mill[0] == TEXTS["again"]  # the nearest but for its own text and the one that answers too
    assert all(not one["answerable"] and one["answers"] == [] and one["start_src"] == "none" for one in found)
    for one in found:
        given = next(r for r in RECORDS if r["id"] == one["id"])
        assert one["context"] != given["context"]
        assert one["question"] == given["question"]
        assert given["answers"][0]["text"] not in one["context"]


def test_only_the_first_records_by_article_are_asked() -> None:
    records = [RECORDS[0] | {"group": "z"}, RECORDS[1], RECORDS[2]]
    found = list(mine(records, 2, BagEncoder(), np.random.default_rng(1)))
    assert {one["id"] for one in found} <= {"again", "echo"}


@pytest.mark.parametrize(
    ("text", "answer", "held"),
    [
        ("Built by JAN ROES in 1820.", "Jan Roes", True),
        ("Roes, Jan: a miller.", "Jan Roes", True),
        ("Jan Peeters was a miller.", "Jan Roes", False),
        ("It cost 12 florins.", "12", True),
    ],
)
def test_a_passage_with_the_words_of_an_answer_may_answer(text: str, answer: str, held: bool) -> None:
    passage = Passage("d", 0, len(text), text, "en")
    assert holds(passage, {"answers": [{"text": answer, "start": 0}]}) is held


def write(path: Path, records: list[dict[str, object]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with gzip.open(path, "wt", encoding="utf-8") as file:
        file.writelines(json.dumps(one) + "\n" for one in records)


def test_the_command_writes_files_that_a_mixture_reads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "SentenceEncoder", BagEncoder)
    write(tmp_path / "data" / "train" / "mills.jsonl.gz", RECORDS)
    write(tmp_path / "data" / "dev" / "kept.jsonl.gz", [RECORDS[3] | {"group": "kept"}])
    mixture = tmp_path / "mixture.toml"
    mixture.write_text('seed = 1\nmost = 9\n[[source]]\nname = "mills"\nmine = 9\ndraw = 1\n')
    out = tmp_path / "mined"
    command = ["--data", str(tmp_path / "data"), "--mixture", str(mixture), "--out", str(out)]
    assert main(command) == 0
    entry, listed = {"name": "mills.mined", "draw": 1}, {"seed": 1, "most": 9}
    read = records_of(entry, listed, tmp_path / "data" / "train", Kept(frozenset(), frozenset()), out)
    assert {one["question"] for one in read} <= {str(one["question"]) for one in RECORDS[:3]}
    assert TEXTS["again"] in {one["context"] for one in read}
    assert all(one["context"] != TEXTS["far"] for one in read)  # it stands in dev/


def test_a_mined_file_that_is_missing_is_told_with_its_command(tmp_path: Path) -> None:
    entry, listed = {"name": "mills.mined", "draw": 1}, {"seed": 1, "most": 9}
    with pytest.raises(FileNotFoundError, match=r"python -m training\.mine"):
        records_of(entry, listed, tmp_path, Kept(frozenset(), frozenset()), tmp_path / "mined")
