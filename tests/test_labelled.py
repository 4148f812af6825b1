"""Files of labelled questions: every form that is read, and every line that is not."""

from __future__ import annotations

import gzip
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from assistant.labelled import Question, read_questions
from index.errors import UsageError

FERRY = "The ferry to Ouessant costs 9 euros."
RECORDS: list[dict[str, Any]] = [
    {"id": "cost", "question": "What does the ferry cost?", "context": FERRY, "title": "Ferry", "group": "Brest",
     "answers": [{"text": "9 euros", "start": 28}], "answerable": True, "lang_q": "en", "lang_c": "en"},
    {"id": "staff", "question": "How many people?", "context": "Le port emploie 14 personnes.", "title": "",
     "answers": [{"text": "14", "start": 16}, {"text": "14 personnes", "start": 16}], "answerable": True,
     "lang_q": "en", "lang_c": "fr"},
    {"id": "captain", "question": "Which captain?", "context": FERRY, "answers": [], "answerable": False},
]  # fmt: skip


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return write(tmp_path / "questions.jsonl", RECORDS)


def write(path: Path, records: Sequence[object]) -> Path:
    text = "".join(json.dumps(record) + "\n" for record in records)
    path.write_bytes(gzip.compress(text.encode()) if path.suffix == ".gz" else text.encode())
    return path


def test_the_format_of_the_data_sets(file: Path) -> None:
    cost, staff, captain = read_questions(file)
    assert cost == Question(
        "cost", "What does the ferry cost?", FERRY, ("9 euros",), "en", "en", "Ferry", "Brest"
    )
    assert (staff.language, staff.context_language, staff.title) == ("en", "fr", "")
    assert staff.truths == ("14", "14 personnes")
    assert captain.truths == ()


def test_a_digest_tells_questions_apart() -> None:
    one = Question("a", "Who?", "Ada.", ("Ada",), "en", "en")
    assert one.digest == Question("a", "Who?", "Ada.", (), "en", "en", "title", "group").digest
    others = [
        Question("b", "Who?", "Ada.", (), "en", "en"), Question("a", "Whom?", "Ada.", (), "en", "en"),
        Question("a", "Who?", "Bo.", (), "en", "en"), Question("a", "Who?", "Ada.", (), "fr", "en"),
        Question("a", "Who?", "Ada.", (), "en", "fr"),
    ]  # fmt: skip
    assert len({one.digest, *(other.digest for other in others)}) == 6


def test_gzip_and_a_byte_order_mark_are_read_alike(tmp_path: Path, file: Path) -> None:
    marked = tmp_path / "marked.jsonl"
    marked.write_bytes(b"\xef\xbb\xbf" + file.read_bytes().replace(b"\n", b"\r\n") + b"\r\n")
    packed = write(tmp_path / "packed.jsonl.gz", RECORDS)
    assert read_questions(marked) == read_questions(packed) == read_questions(file)


def test_only_question_and_context_must_be_there(tmp_path: Path) -> None:
    lines = [
        {"question": " Who? ", "context": "Ada."},
        {"id": 7, "question": "Who?", "context": "Ada.", "answers": ["Ada", " "]},
        {"question": "Who?", "context": "Ada.", "answer": "[1] Ada"},
        {"question": "Who?", "context": "Ada.", "answers": ["Bo"], "answerable": False, "extra": 1},
    ]
    found = read_questions(write(tmp_path / "q.jsonl", lines))
    assert [(one.id, one.question, one.truths) for one in found] == [
        ("1", "Who?", ()), ("7", "Who?", ("Ada",)), ("3", "Who?", ("[1] Ada",)), ("4", "Who?", ()),
    ]  # fmt: skip


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("packed", [False, True])
def test_csv(tmp_path: Path, delimiter: str, packed: bool) -> None:
    rows = [
        ["id", "question", "context", "answers", "answerable"],
        ["a", "Who?", '"Ada, or\nBo; a tab\tas well"', "Ada", ""],
        ["b", "Where?", "Here", '"[""in Rome"", ""Rome""]"', "yes"],
        ["", "When?", "Here", "", "no"],
    ]
    data = "\r\n".join(delimiter.join(row) for row in rows).encode()
    path = tmp_path / ("q.csv.gz" if packed else "q.csv")
    path.write_bytes(gzip.compress(data) if packed else data)
    one, two, three = read_questions(path)
    assert one == Question("a", "Who?", "Ada, or\nBo; a tab\tas well", ("Ada",))
    assert two.truths == ("in Rome", "Rome")
    assert (three.id, three.truths) == ("5", ())


@pytest.mark.parametrize("name", ["q.tsv", "q.CSV", "q.tsv.GZ", "q.jsonl.csv"])
def test_a_table_is_known_by_its_last_ending(tmp_path: Path, name: str) -> None:
    data = b"question\tcontext\tanswers\nWho?\tAda.\tAda\n"
    (tmp_path / name).write_bytes(gzip.compress(data) if name.endswith("GZ") else data)
    assert read_questions(tmp_path / name) == [Question("2", "Who?", "Ada.", ("Ada",))]


@pytest.mark.parametrize("name", ["q.csv.jsonl", "q.JSONL", "questions"])
def test_anything_else_is_json_lines(tmp_path: Path, name: str) -> None:
    assert read_questions(write(tmp_path / name, RECORDS)) == read_questions(
        write(tmp_path / "q.jsonl", RECORDS)
    )


@pytest.mark.parametrize(
    ("cell", "truths"),
    [
        pytest.param("[]", (), id="none"),
        pytest.param(' ["Ada", "Bo"] ', ("Ada", "Bo"), id="texts, and spaces round them"),
        pytest.param('[{"text": "Ada", "start": 0}]', ("Ada",), id="objects"),
        pytest.param("[1] Ada", ("[1] Ada",), id="brackets that are closed before the end"),
        pytest.param("Ada [sic]", ("Ada [sic]",), id="brackets at the end"),
    ],
)
def test_a_list_in_a_cell_is_a_list(tmp_path: Path, cell: str, truths: tuple[str, ...]) -> None:
    path = tmp_path / "q.csv"
    path.write_text(f"question,context,answers\nWho?,Ada.,{_quoted(cell)}\n")
    assert [one.truths for one in read_questions(path)] == [truths]


def test_earlier_questions_in_a_cell_and_a_context_in_brackets(tmp_path: Path) -> None:
    path = tmp_path / "q.csv"
    row = ",".join(map(_quoted, ("Who?", '["a"]', '["Where?", "When?"]')))
    path.write_text(f"question,context,after\n{row}\n")
    [one] = read_questions(path)
    assert (one.context, one.after) == ('["a"]', ("Where?", "When?"))


@pytest.mark.parametrize("cell", ["[Ada]", "[{'text': 'Ada'}]", '["Ada",]', "[5]"])
@pytest.mark.parametrize("column", ["answers", "answer", "after"])
def test_what_looks_like_a_list_and_is_none_names_its_line(tmp_path: Path, cell: str, column: str) -> None:
    path = tmp_path / "q.csv"
    path.write_text(f'question,context,{column}\nWho?,"Ada\nis.",\nWho?,Ada.,{_quoted(cell)}\n')
    with pytest.raises(UsageError, match=r"no JSON list|an answer is no text") as caught:
        read_questions(path)
    assert str(caught.value).startswith(f"{path}, line 4: ")


def _quoted(cell: str) -> str:
    doubled = cell.replace('"', '""')
    return f'"{doubled}"'


GOOD = '{"question": "Who?", "context": "Ada.", "answers": ["Ada"]}'


@pytest.mark.parametrize(
    ("line", "what"),
    [
        pytest.param("{", "not JSON", id="cut off"),
        pytest.param("[]", "not a JSON object", id="a list"),
        pytest.param("[" * 100_000, "not JSON", id="deep"),
        pytest.param('{"context": "Ada."}', "question is empty", id="no question"),
        pytest.param('{"question": "?", "context": "Ada."}', "no word", id="no word"),
        pytest.param('{"question": "' + "a" * 2001 + '", "context": "Ada."}', "2,000", id="a long question"),
        pytest.param('{"question": "Who?"}', "context is empty", id="no context"),
        pytest.param('{"question": "Who?", "context": " \\n"}', "context is empty", id="a blank context"),
        pytest.param('{"question": "Who?", "context": 5}', "context is no text", id="a number for a text"),
        pytest.param('{"question": "Who?", "context": "\\ud800"}', "half a character", id="half a character"),
        pytest.param('{"question": "Who?", "context": "A", "answers": [5]}', "an answer", id="a number"),
        pytest.param('{"question": "Who?", "context": "A", "answers": [{}]}', "an answer", id="no text"),
        pytest.param('{"question": "Who?", "context": "A", "answerable": true}', "no answers", id="none"),
        pytest.param('{"question": "Who?", "context": "A", "answerable": "maybe"}', "true or", id="neither"),
    ],
)
def test_a_bad_line_is_named(tmp_path: Path, line: str, what: str) -> None:
    path = tmp_path / "q.jsonl"
    path.write_text(f"{GOOD}\n\n{line}\n{GOOD}\n")
    with pytest.raises(UsageError, match=what) as caught:
        read_questions(path)
    assert str(caught.value).startswith(f"{path}, line 3: ")


@pytest.mark.parametrize(
    ("text", "place", "what"),
    [
        pytest.param("id,question\n1,Who?\n", "line 1", "header", id="no context"),
        pytest.param(
            'question,context\nWho?,"a\nb"\nWho?\n', "line 4", "1 fields and not 2", id="few fields"
        ),
        pytest.param('question,context\nWho?,Ada\nWho?,"Ada\n', "line 3", "not CSV", id="an open quote"),
        pytest.param("question,context\nWho?,\n", "line 2", "context is empty", id="an empty cell"),
    ],
)
def test_a_bad_line_of_csv_is_named(tmp_path: Path, text: str, place: str, what: str) -> None:
    path = tmp_path / "q.csv"
    path.write_text(text)
    with pytest.raises(UsageError, match=what) as caught:
        read_questions(path)
    assert str(caught.value).startswith(f"{path}, {place}: ")


@pytest.mark.parametrize(
    ("name", "data", "what"),
    [
        pytest.param("q.jsonl", b"", "no question", id="empty"),
        pytest.param("q.csv", b"question,context\n", "no question", id="a header alone"),
        pytest.param("q.jsonl", GOOD.encode() + b"\n\xff\n", "line 2: it is not UTF-8", id="not UTF-8"),
        pytest.param("q.jsonl.gz", b"hello", "not a whole gzip", id="not gzip"),
        pytest.param("q.jsonl.gz", gzip.compress(GOOD.encode() * 9)[:-9], "not a whole gzip", id="cut off"),
    ],
)
def test_a_file_that_cannot_be_used(tmp_path: Path, name: str, data: bytes, what: str) -> None:
    (tmp_path / name).write_bytes(data)
    with pytest.raises(UsageError, match=what):
        read_questions(tmp_path / name)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"none\.jsonl cannot be read"):
        read_questions(tmp_path / "none.jsonl")
