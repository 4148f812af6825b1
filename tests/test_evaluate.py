"""`sourcier evaluate`: both modes, what is written, taken up again and printed."""

from __future__ import annotations

import gzip
import json
import math
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stub_reader import WordReader
from stubs import BagEncoder

from assistant.cli import main
from assistant.conversations import Tally, tally
from assistant.evaluate import (
    WARMING,
    WHOLE,
    context_hits,
    contexts_of,
    evaluate,
    opened,
    reading,
    settings_of,
)
from assistant.figures import report
from assistant.labelled import Question, read_questions
from assistant.predictions import Prediction, Predictions
from assistant.service import Assistant
from assistant.settings import Settings
from assistant.trim import trim
from assistant.types import Candidate
from index.errors import StorageError
from index.types import Document, Hit, Span

FERRY = "The ferry to Ouessant costs 9 euros. It leaves the harbour at noon."
TOWER = "The tower of the harbour has 12 floors. The keeper sleeps below."
BAKERY = "La boulangerie du port emploie 14 personnes. Elle ferme le lundi."
RECORDS: list[dict[str, Any]] = [
    {"id": "cost", "question": "What does the ferry to Ouessant cost?", "context": FERRY, "title": "Ferry",
     "answers": [{"text": "9 euros", "start": 28}], "answerable": True, "lang_q": "en", "lang_c": "en"},
    {"id": "floors", "question": "How many floors has the tower?", "context": TOWER, "title": "Tower",
     "answers": [{"text": "12", "start": 29}], "answerable": True, "lang_q": "en", "lang_c": "en"},
    {"id": "staff", "question": "How many people: boulangerie, personnes?", "context": BAKERY, "title": "",
     "answers": [{"text": "14 personnes", "start": 31}], "answerable": True, "lang_q": "en", "lang_c": "fr"},
    {"id": "captain", "question": "Which captain crossed seven oceans?", "context": FERRY, "title": "Ferry",
     "answers": [], "answerable": False, "lang_q": "en", "lang_c": "en"},
]  # fmt: skip
# "12 floors" against "12" is F1 2/3; "captain" shares no long word with its context, so its confidence is 0.
F1 = (100 + 200 / 3 + 100) / 3

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return write(tmp_path / "questions.jsonl", RECORDS)


def write(path: Path, records: Sequence[object]) -> Path:
    text = "".join(json.dumps(record) + "\n" for record in records)
    path.write_bytes(gzip.compress(text.encode()) if path.suffix == ".gz" else text.encode())
    return path


class CountingReader(WordReader):
    def __init__(self) -> None:
        self.asked: list[tuple[str, str, list[str]]] = []
        self.warmed = 0

    def read(self, question: str, language: str, hits: Sequence[Hit]) -> list[Candidate]:
        if question == WARMING.question:
            self.warmed += 1
        else:
            self.asked.append((question, language, [hit.passage.language for hit in hits]))
        return super().read(question, language, hits)


@pytest.fixture
def reader() -> CountingReader:
    return CountingReader()


@pytest.fixture
def run(
    tmp_path: Path,
    reader: CountingReader,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Run:
    monkeypatch.chdir(tmp_path)
    for name in ("LC_ALL", "LC_MESSAGES", "SOURCIER_INDEX", "SOURCIER_THRESHOLD"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANG", "C.UTF-8")

    def run(*arguments: str) -> tuple[int, str, str]:
        capsys.readouterr()
        code = main(["evaluate", *arguments], encoder=BagEncoder(), reader=reader)
        return code, *capsys.readouterr()

    return run


def figures(run: Run, *arguments: str) -> dict[str, Any]:
    code, out, err = run(*arguments, "--json")
    assert code == 0, err
    found: dict[str, Any] = json.loads(out)
    return found


def predictions(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


# --- reading mode


def test_reading_mode_by_hand(run: Run, file: Path, reader: CountingReader) -> None:
    found = figures(run, str(file))
    assert (found["mode"], found["reader"], found["model"]) == ("reading", "words", "bag")
    assert (found["records"], found["answerable"], found["threshold"]) == (4, 3, 0.3)
    assert found["f1"] == pytest.approx(F1, abs=1e-3)
    assert found["em"] == pytest.approx(200 / 3, abs=1e-3)
    assert found["holds"] == 100.0
    assert found["plain"] == {"em": found["em"], "f1": found["f1"]}
    assert found["languages"]["en-fr"]["f1"] == 100.0
    assert found["languages"]["en-en"]["records"] == 3
    assert found["languages"]["en-en"]["f1"] == pytest.approx((100 + 200 / 3) / 2, abs=1e-3)
    assert found["squad2"]["f1"] == pytest.approx((100 + 200 / 3 + 100 + 100) / 4, abs=1e-3)
    assert found["auroc"] == 1.0
    assert (found["answered"], found["coverage"], found["risk"]) == (3, 1.0, 0.0)
    assert found["spans"] == {"checked": 4, "verbatim": 4}
    assert found["retrieval"] is None
    assert set(found["latency_ms"]) == {"p50", "p95"}
    assert reader.warmed == 1  # with a short context of its own, untimed
    assert [language for _, language, _ in reader.asked] == ["en"] * 4
    assert [languages for _, _, languages in reader.asked] == [["en"], ["en"], ["fr"], ["en"]]


def test_predictions_are_spans_of_the_context(run: Run, file: Path, tmp_path: Path) -> None:
    figures(run, str(file), "--predictions", "out.jsonl")
    cost, floors, staff, captain = predictions(tmp_path / "out.jsonl")
    assert list(cost) == ["id", "answer", "start", "end", "confidence", "refused", "document"]
    assert (cost["id"], cost["answer"], cost["refused"], cost["document"]) == ("cost", "9 euros", False, None)
    assert FERRY[cost["start"] : cost["end"]] == "9 euros"
    assert TOWER[floors["start"] : floors["end"]] == floors["answer"] == "12 floors"
    assert BAKERY[staff["start"] : staff["end"]] == "14 personnes"
    assert captain["refused"] is True
    assert FERRY[captain["start"] : captain["end"]] == captain["answer"] != ""
    assert captain["confidence"] == 0.0 < cost["confidence"] <= 1.0


def test_the_threshold_of_the_settings_decides_what_is_refused(
    run: Run, file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCIER_THRESHOLD", "1")
    found = figures(run, str(file), "--predictions", "out.jsonl")
    refused = {one["id"]: one["refused"] for one in predictions(tmp_path / "out.jsonl")}
    sure = {one["id"]: one["confidence"] == 1.0 for one in predictions(tmp_path / "out.jsonl")}
    assert refused == {name: not one for name, one in sure.items()}
    assert found["answered"] == sum(sure.values())
    assert found["f1"] == pytest.approx(F1, abs=1e-3)  # of the best answers, refused or not


def test_a_language_that_is_not_said_is_recognised(run: Run, tmp_path: Path, reader: CountingReader) -> None:
    bare = {"question": "Qui dort sous la tour ?", "context": BAKERY * 2, "answers": ["14"]}
    found = figures(run, str(write(tmp_path / "q.jsonl", [bare])))
    assert list(found["languages"]) == ["fr-fr"]
    assert reader.asked[-1][1:] == ("fr", ["fr"])


def test_a_long_context_is_cut_as_for_an_index() -> None:
    text = " ".join(f"Sentence number {n} tells of the {n} ferries of the town." for n in range(90))
    document = Document("context", "txt", text, "", "xx", "", "")
    hits = context_hits(document, BagEncoder())
    assert BagEncoder().count_tokens([text])[0] > WHOLE
    assert len(hits) > 2
    assert [hit.rank for hit in hits] == list(range(1, len(hits) + 1))
    for hit in hits:
        assert text[hit.passage.start : hit.passage.end] == hit.passage.text
        assert hit.passage.language == "xx"
    [whole] = context_hits(Document("context", "txt", FERRY, "", "en", "", ""), BagEncoder())
    assert (whole.passage.text, whole.passage.start, whole.passage.end) == (FERRY, 0, len(FERRY))


def test_offsets_in_a_long_context_count_from_its_start() -> None:
    text = " ".join(f"Sentence {n} is of no use to anyone." for n in range(150)) + " Ouessant has 77 ferries."
    ask = reading(WordReader(), BagEncoder())
    found = ask(Question("x", "How many ferries has Ouessant?", text, ("77 ferries",), "en", "en"))
    assert (found.answer, text[found.start : found.end]) == ("77 ferries", "77 ferries")


def test_no_candidate_at_all_is_no_answer() -> None:
    class Silent(WordReader):
        def read(self, question: str, language: str, hits: Sequence[Hit]) -> list[Candidate]:
            return []

    [found] = evaluate([Question("x", "Who?", "Ada", ("Ada",))], reading(Silent(), BagEncoder()))
    assert (found.answer, found.start, found.end, found.confidence) == ("", None, None, 0.0)
    counted = report([Question("x", "Who?", "Ada", ("Ada",))], [found], 0.5)
    assert (counted["f1"], counted["spans"]) == (0.0, {"checked": 0, "verbatim": 0})


@settings(max_examples=40, deadline=None)
@given(
    st.text(
        st.one_of(st.sampled_from("ab. \n\u0301é😀\u200b\ufeff\r"), st.characters(codec="utf-8")), min_size=1
    ),
    st.data(),
)
def test_any_span_is_counted_against_its_context(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))

    class Fixed(WordReader):
        def read(self, question: str, language: str, hits: Sequence[Hit]) -> list[Candidate]:
            return [Candidate(hits[0].passage.document, Span(start, end), Span(0, len(text)), 0.7, 1)]

    question = Question("x", "Who?", text, ("Ada",), "en", "en")
    found = reading(Fixed(), BagEncoder())(question)
    shown = trim(text, Span(start, end), Span(0, len(text)), "en")
    assert (found.start, found.end) == (shown.start, shown.end)
    assert found.answer == text[shown.start : shown.end]
    assert report([question], [found], 0.5)["spans"] == {"checked": 1, "verbatim": 1}


def test_a_span_that_is_not_its_context_is_not_counted() -> None:
    question = Question("x", "Who?", "Ada and Bo", ("Ada",), "en", "en")
    wrong = Prediction("x", "Bo", 0, 3, 0.9)
    assert report([question], [wrong], 0.5)["spans"] == {"checked": 1, "verbatim": 0}


# --- figures


def test_figures_by_hand() -> None:
    def one(name: str, truth: str, answer: str, confidence: float, ms: float) -> tuple[Question, Prediction]:
        truths = (truth,) if truth else ()
        question = Question(name, "Who?", answer, truths, "en", "fr")
        return question, Prediction(name, answer, 0, len(answer), confidence, ms=ms)

    pairs = [
        one("right", "le chat", "chat", 0.9, 10),  # plain: F1 2/3, not exact
        one("half", "un deux", "deux trois", 0.7, 20),  # "un" is an article: said 2, true 1
        one("wrong", "rouge", "bleu", 0.3, 30),
        one("nothing", "", "vert", 0.6, 40),
    ]
    found = report([question for question, _ in pairs], [prediction for _, prediction in pairs], 0.5)
    assert found["em"] == pytest.approx(100 / 3, abs=1e-3)
    assert found["f1"] == pytest.approx(100 * (1 + 2 / 3 + 0) / 3, abs=1e-3)
    assert found["plain"]["em"] == 0.0
    assert found["plain"]["f1"] == pytest.approx(100 * (2 / 3 + 1 / 2 + 0) / 3, abs=1e-3)
    assert found["squad2"]["f1"] == pytest.approx(100 * (1 + 2 / 3 + 0 + 0) / 4, abs=1e-3)
    assert found["squad2"]["em"] == 25.0
    assert found["auroc"] == pytest.approx(2 / 3, abs=1e-4)
    assert (found["answered"], found["coverage"], found["risk"]) == (
        3, pytest.approx(2 / 3, abs=1e-4), pytest.approx(1 / 3, abs=1e-4),
    )  # fmt: skip
    assert found["ece"] == pytest.approx((0.1 + 0.3 + 0.3 + 0.6) / 4, abs=1e-4)
    assert found["latency_ms"] == {"p50": 25.0, "p95": 38.5}
    assert found["risk_coverage"][-1] == {
        "coverage": 1.0, "risk": 0.5, "threshold": 0.3, "answered": 4,
    }  # fmt: skip


def test_a_sentence_is_right_that_holds_the_answer() -> None:
    question = Question("x", "Where?", "She was born in the city of Lille in May.", ("Lille",), "en", "en")
    found = [Prediction("x", question.context, 0, len(question.context), 0.8)]
    assert report([question], found, 0.5)["risk"] == 1.0
    assert report([question], found, 0.5, sentences=True)["risk"] == 0.0
    unanswerable = Question("y", "Where?", question.context, (), "en", "en")
    assert report([unanswerable], found, 0.5, sentences=True)["risk"] == 1.0


def test_nothing_is_said_where_nothing_can_be() -> None:
    question = Question("x", "Who?", "Ada", (), "en", "en")
    found = report([question], [Prediction("x", "Ada", 0, 3, 0.1)], 0.5)
    assert (found["em"], found["f1"], found["auroc"], found["coverage"], found["risk"]) == (None,) * 5
    assert found["squad2"] == {"em": 100.0, "f1": 100.0}
    assert found["risk_coverage"] == []


# --- open mode


def test_open_mode_by_hand(run: Run, file: Path, tmp_path: Path) -> None:
    found = figures(run, str(file), "--mode", "open", "--predictions", "out.jsonl")
    assert found["mode"] == "open"
    assert found["f1"] == pytest.approx(F1, abs=1e-3)
    assert found["retrieval"] == {
        "ndcg@10": 1.0, "recall@1": 1.0, "recall@3": 1.0, "recall@5": 1.0, "recall@10": 1.0, "recall@20": 1.0,
    }  # fmt: skip
    assert found["spans"]["checked"] == found["spans"]["verbatim"] == 4
    cost, floors, staff, _ = predictions(tmp_path / "out.jsonl")
    assert [one["document"] for one in (cost, floors, staff)] == ["cost", "floors", "staff"]
    assert BAKERY[staff["start"] : staff["end"]] == staff["answer"]
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "out.jsonl",
        "out.jsonl.run",
        "questions.jsonl",
    ]


def test_what_is_searched_are_all_contexts_even_with_a_limit(run: Run, file: Path) -> None:
    code, _, err = run(str(file), "--mode", "open", "--limit", "1")
    assert code == 0
    assert "Contexts that are searched: 3" in err
    assert "Questions: 1, reader: words" in err


def test_a_context_is_called_by_a_name_of_its_own() -> None:
    questions = [
        Question(name, "Who?", text, ()) for name, text in [("a", "x"), ("a", "y"), ("b", "x"), ("c", "z")]
    ]
    contexts = contexts_of(questions)
    assert contexts.names == {"x": "a", "y": "a#2", "z": "c"}
    assert list(contexts.files.values()) == ["a", "a#2", "c"]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.text(st.characters(codec="utf-8")), st.text(min_size=1)), min_size=1, max_size=5)
)
def test_titles_never_leave_the_folder(pairs: list[tuple[str, str]]) -> None:
    questions = [Question("q", "Who?", context, (), title=title) for title, context in pairs]
    contexts = contexts_of(questions)
    assert len(contexts.files) == len(contexts.names) == len({context for _, context in pairs})
    for path in contexts.files:
        folder, _, name = path.partition("/")
        assert folder.isdecimal()
        assert name.endswith(".txt")
        assert "/" not in name
        assert not name.startswith(".")
        assert len(name.encode()) <= 255


def test_contexts_survive_their_files(tmp_path: Path) -> None:
    texts = ["\ufeffA mark.\r\nTwo lines.\r\n", " Spaces round it. \n", "Accents: e\u0301 é 😀\u2028x."]
    questions = [Question(str(n), "Who has lines?", text, ()) for n, text in enumerate(texts)]
    one = Assistant(Settings(seeds=tmp_path, threshold=0.0), BagEncoder(), WordReader())
    contexts = contexts_of(questions)
    ask = opened(one, contexts)
    for path, text in zip(contexts.files, texts, strict=True):
        assert one.document(path).text == text
    found = [ask(question) for question in questions]
    assert report(questions, found, 0.5, contexts)["spans"] == {"checked": 3, "verbatim": 3}
    one.close()


def test_an_index_that_is_kept_encodes_nothing_again(run: Run, file: Path, tmp_path: Path) -> None:
    first = figures(run, str(file), "--mode", "open", "--index", "kept")
    assert (tmp_path / "kept" / "CURRENT").exists()
    encoder = BagEncoder()
    assert (
        main(
            ["evaluate", str(file), "--mode", "open", "--index", "kept"], encoder=encoder, reader=WordReader()
        )
        == 0
    )
    assert encoder.encoded == 0
    assert first["records"] == 4


def test_the_index_of_other_sources_is_left_alone(run: Run, file: Path, tmp_path: Path) -> None:
    (tmp_path / "seeds").mkdir()
    (tmp_path / "seeds" / "mine.txt").write_text(FERRY)
    assert main(["index"], encoder=BagEncoder()) == 0
    before = (tmp_path / "seeds" / ".sourcier" / "CURRENT").read_text()
    code, out, err = run(str(file), "--mode", "open", "--index", "seeds/.sourcier")
    assert (code, out) == (2, "")
    assert "is the index of other sources (mine.txt)" in err
    assert (tmp_path / "seeds" / ".sourcier" / "CURRENT").read_text() == before


def test_the_index_of_the_settings_is_left_alone(
    run: Run, file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCIER_INDEX", str(tmp_path / "own"))
    assert run(str(file), "--mode", "open")[0] == 0
    assert not (tmp_path / "own").exists()


def test_the_rank_of_the_own_context_counts() -> None:
    contexts = contexts_of([Question(name, "Who?", name, ()) for name in "abc"])
    questions = [
        Question("1", "Who?", "a", ("a",)),
        Question("2", "Who?", "b", ("b",)),
        Question("3", "Who?", "c", ()),
    ]
    found = [
        Prediction("1", "", None, None, 0.0, found=("a", "b")),
        Prediction("2", "", None, None, 0.0, found=("c", "a", "b")),
        Prediction("3", "", None, None, 0.0, found=("a",)),  # unanswerable: no document is right
    ]
    counted = report(questions, found, 0.5, contexts)["retrieval"]
    assert counted["ndcg@10"] == pytest.approx((1 + 0.5) / 2)
    assert (counted["recall@1"], counted["recall@3"]) == (0.5, 1.0)


def test_a_copy_of_the_own_context_is_as_good() -> None:
    texts = ["Bo rows.", "Ada  swims\nhere.", "ADA swims here.", "Cy runs."]
    contexts = contexts_of(
        [Question(name, "Who?", text, ()) for name, text in zip("abcd", texts, strict=True)]
    )
    assert contexts.copies == {"a": "a", "b": "b", "c": "b", "d": "d"}
    questions = [Question("1", "Who?", texts[2], ("ADA",)), Question("2", "Who?", texts[3], ("Cy",))]
    found = [
        Prediction("1", "", None, None, 0.0, found=("b", "a")),  # the copy that the search shows
        Prediction("2", "", None, None, 0.0, found=("c", "b", "d")),  # two copies take one place
    ]
    counted = report(questions, found, 0.5, contexts)["retrieval"]
    assert (counted["recall@1"], counted["recall@3"]) == (0.5, 1.0)
    assert counted["ndcg@10"] == pytest.approx((1 + 1 / math.log2(3)) / 2, abs=1e-4)


# --- taken up again


def test_what_was_answered_is_not_asked_again(
    run: Run, file: Path, tmp_path: Path, reader: CountingReader
) -> None:
    first = figures(run, str(file), "--limit", "2", "--predictions", "out.jsonl")
    assert (first["records"], len(reader.asked)) == (2, 2)
    reader.asked.clear()
    code, out, err = run(str(file), "--predictions", "out.jsonl", "--json")
    assert code == 0
    assert "Taken from out.jsonl: 2 answers" in err
    assert [question for question, _, _ in reader.asked] == [record["question"] for record in RECORDS[2:]]
    assert [one["id"] for one in predictions(tmp_path / "out.jsonl")] == [
        "cost",
        "floors",
        "staff",
        "captain",
    ]
    reader.asked.clear()
    assert figures(run, str(file), "--predictions", "out.jsonl") == json.loads(out)
    assert reader.asked == []


def test_open_mode_is_taken_up_with_what_was_found(run: Run, file: Path, reader: CountingReader) -> None:
    first = figures(run, str(file), "--mode", "open", "--predictions", "out.jsonl")
    reader.asked.clear()
    assert figures(run, str(file), "--mode", "open", "--predictions", "out.jsonl") == first
    assert reader.asked == []


@pytest.mark.parametrize("cut", [1, 40, 200])
def test_a_torn_line_is_asked_again(
    run: Run, file: Path, tmp_path: Path, reader: CountingReader, cut: int
) -> None:
    figures(run, str(file), "--predictions", "out.jsonl")
    whole = (tmp_path / "out.jsonl").read_bytes()
    (tmp_path / "out.jsonl").write_bytes(whole[:-cut])
    reader.asked.clear()
    figures(run, str(file), "--predictions", "out.jsonl")
    assert {question for question, _, _ in reader.asked} <= {record["question"] for record in RECORDS[2:]}
    assert (tmp_path / "out.jsonl").read_bytes() == whole


def test_a_torn_note_is_asked_again(run: Run, file: Path, tmp_path: Path, reader: CountingReader) -> None:
    figures(run, str(file), "--predictions", "out.jsonl")
    notes = tmp_path / "out.jsonl.run"
    notes.write_bytes(notes.read_bytes()[:-30])
    reader.asked.clear()
    figures(run, str(file), "--predictions", "out.jsonl")
    assert {question for question, _, _ in reader.asked} == {RECORDS[3]["question"]}
    assert len(predictions(tmp_path / "out.jsonl")) == 4


def test_a_line_that_was_taken_out_is_asked_again(
    run: Run, file: Path, tmp_path: Path, reader: CountingReader
) -> None:
    figures(run, str(file), "--predictions", "out.jsonl")
    lines = (tmp_path / "out.jsonl").read_text().splitlines(keepends=True)
    (tmp_path / "out.jsonl").write_text("".join(lines[1:]))
    reader.asked.clear()
    figures(run, str(file), "--predictions", "out.jsonl")
    assert {question for question, _, _ in reader.asked} == {RECORDS[0]["question"]}


def test_a_question_that_was_changed_is_asked_again(run: Run, file: Path, tmp_path: Path) -> None:
    figures(run, str(file), "--predictions", "out.jsonl")
    changed = [RECORDS[0] | {"context": FERRY.replace("9 euros", "11 euros")}, *RECORDS[1:]]
    write(file, changed)
    figures(run, str(file), "--predictions", "out.jsonl")
    found = {one["id"]: one["answer"] for one in predictions(tmp_path / "out.jsonl")}
    assert (len(found), found["cost"]) == (4, "11 euros")


def test_other_settings_begin_anew_and_say_so(
    run: Run, file: Path, tmp_path: Path, reader: CountingReader
) -> None:
    figures(run, str(file), "--predictions", "out.jsonl")
    reader.asked.clear()
    code, _, err = run(str(file), "--mode", "open", "--predictions", "out.jsonl")
    assert code == 0
    assert "out.jsonl was made with other settings (mode, " in err
    assert len(reader.asked) == 4
    assert predictions(tmp_path / "out.jsonl")[0]["document"] == "cost"


def test_another_threshold_asks_nothing_again(
    run: Run, file: Path, tmp_path: Path, reader: CountingReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    figures(run, str(file), "--predictions", "out.jsonl")
    reader.asked.clear()
    monkeypatch.setenv("SOURCIER_THRESHOLD", "0")
    assert figures(run, str(file), "--predictions", "out.jsonl")["answered"] == 4
    assert reader.asked == []
    assert [one["refused"] for one in predictions(tmp_path / "out.jsonl")] == [False] * 4


def test_ids_need_not_be_unique(run: Run, tmp_path: Path, reader: CountingReader) -> None:
    file = write(tmp_path / "same.jsonl", [record | {"id": "same"} for record in RECORDS])
    first = figures(run, str(file), "--predictions", "out.jsonl")
    reader.asked.clear()
    assert figures(run, str(file), "--predictions", "out.jsonl") == first
    assert reader.asked == []
    assert len(predictions(tmp_path / "out.jsonl")) == 4


def test_records_that_are_the_same_have_a_line_each(run: Run, tmp_path: Path, reader: CountingReader) -> None:
    file = write(tmp_path / "twice.jsonl", [RECORDS[0], RECORDS[1], RECORDS[0], RECORDS[0]])
    figures(run, str(file), "--limit", "3", "--predictions", "out.jsonl")
    assert [one["id"] for one in predictions(tmp_path / "out.jsonl")] == ["cost", "floors", "cost"]
    reader.asked.clear()
    first = figures(run, str(file), "--predictions", "out.jsonl")
    assert [question for question, _, _ in reader.asked] == [RECORDS[0]["question"]]
    whole = (tmp_path / "out.jsonl").read_bytes()
    assert [one["id"] for one in predictions(tmp_path / "out.jsonl")] == ["cost", "floors", "cost", "cost"]
    reader.asked.clear()
    assert figures(run, str(file), "--predictions", "out.jsonl") == first
    assert (reader.asked, (tmp_path / "out.jsonl").read_bytes()) == ([], whole)


def test_answers_of_another_version_are_not_taken_over(
    run: Run, file: Path, reader: CountingReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    figures(run, str(file), "--predictions", "out.jsonl")
    reader.asked.clear()
    monkeypatch.setattr("assistant.evaluate.version", lambda: "99.0")
    _, _, err = run(str(file), "--predictions", "out.jsonl")
    assert "out.jsonl was made with other settings (version)" in err
    assert len(reader.asked) == 4


def test_answers_of_a_reader_whose_folder_was_changed_are_not_taken_over(tmp_path: Path) -> None:
    (tmp_path / "qa").mkdir()
    (tmp_path / "qa" / "config.json").write_text("{}")
    one = Assistant(Settings(reader=str(tmp_path / "qa")), BagEncoder(), WordReader())
    before = settings_of("reading", one, [])
    assert settings_of("reading", one, []) == before
    (tmp_path / "qa" / "config.json").write_text('{"layers": 2}')
    after = settings_of("reading", one, [])
    assert {key for key in after if after[key] != before[key]} == {"reader folder"}


def test_no_long_context_is_read_twice() -> None:
    asked: list[Question] = []

    def ask(question: Question) -> Prediction:
        asked.append(question)
        return Prediction(question.id, "", None, None, 0.0)

    evaluate([Question("x", "Who?", FERRY * 1000, ())], ask)
    assert [len(question.context) for question in asked] == [19, 1000 * len(FERRY)]


def test_an_interruption_keeps_what_was_answered(
    run: Run, file: Path, tmp_path: Path, reader: CountingReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(question: str, language: str, hits: Sequence[Hit]) -> list[Candidate]:
        if question == RECORDS[2]["question"]:
            raise KeyboardInterrupt
        return WordReader.read(reader, question, language, hits)

    with monkeypatch.context() as patch:
        patch.setattr(reader, "read", stop)
        assert run(str(file), "--predictions", "out.jsonl")[0] == 130
    assert [one["id"] for one in predictions(tmp_path / "out.jsonl")] == ["cost", "floors"]
    figures(run, str(file), "--predictions", "out.jsonl")
    assert len(predictions(tmp_path / "out.jsonl")) == 4


def test_a_file_of_something_else_is_not_overwritten(run: Run, file: Path, tmp_path: Path) -> None:
    for text in ("my notes\n", '{"a": 1}\n', "\xff"):
        (tmp_path / "notes.txt").write_bytes(text.encode("latin-1"))
        code, _, err = run(str(file), "--predictions", "notes.txt")
        assert code == 2
        assert "name another file with --predictions" in err
        assert (tmp_path / "notes.txt").read_bytes() == text.encode("latin-1")
    code, _, err = run(str(file), "--predictions", str(file))
    assert (code, read_questions(file)[0].id) == (2, "cost")
    assert "holds the questions" in err


def test_the_file_beside_the_predictions_is_not_overwritten_either(
    run: Run, file: Path, tmp_path: Path
) -> None:
    beside = tmp_path / "out.run"
    beside.write_bytes(file.read_bytes())
    for asked, says in ((file, "out.run holds something else"), (beside, "holds the questions")):
        code, _, err = run(str(asked), "--predictions", "out")
        assert (code, says in err) == (2, True)
        assert beside.read_bytes() == file.read_bytes()


def test_an_empty_file_is_filled(run: Run, file: Path, tmp_path: Path) -> None:
    (tmp_path / "out.jsonl").touch()
    figures(run, str(file), "--predictions", "out.jsonl")
    assert len(predictions(tmp_path / "out.jsonl")) == 4


def test_notes_of_ones_own_beside_the_predictions_stay(run: Run, file: Path, tmp_path: Path) -> None:
    for text in ("1. buy milk\n", '["a list"]\n', '\n{"mode": "reading"}\n'):
        (tmp_path / "out.run").write_text(text)
        code, _, err = run(str(file), "--predictions", "out")
        assert (code, "out.run holds something else" in err) == (2, True)
        assert (tmp_path / "out.run").read_text() == text
        assert not (tmp_path / "out").exists()


def test_what_is_no_regular_file_is_left_as_it_is(run: Run, file: Path, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    (tmp_path / "out.run").mkdir()
    (tmp_path / "link").symlink_to("/dev/null")
    for name, named in (("pipe", "pipe"), ("folder", "folder"), ("out", "out.run"), ("link", "/dev/null")):
        code, _, err = run(str(file), "--predictions", name)
        assert (code, f"{named} is no regular file" in err) == (2, True)
    assert (tmp_path / "pipe").is_fifo()
    assert (tmp_path / "link").readlink() == Path("/dev/null")
    assert Path("/dev/null").is_char_device()


def test_what_a_link_leads_to_is_written(run: Run, file: Path, tmp_path: Path) -> None:
    (tmp_path / "kept").mkdir()
    (tmp_path / "out.jsonl").symlink_to(tmp_path / "kept" / "real.jsonl")
    first = figures(run, str(file), "--predictions", "out.jsonl")
    assert (tmp_path / "out.jsonl").is_symlink()
    assert len(predictions(tmp_path / "kept" / "real.jsonl")) == 4
    assert (tmp_path / "kept" / "real.jsonl.run").exists()
    assert not (tmp_path / "out.jsonl.run").exists()
    assert figures(run, str(file), "--predictions", "out.jsonl") == first


def test_a_link_to_the_questions_does_not_overwrite_them(run: Run, file: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(file)
    before = file.read_bytes()
    code, _, err = run(str(file), "--predictions", "link")
    assert (code, "holds the questions" in err, file.read_bytes()) == (2, True, before)


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="cannot be written"):
        Predictions(tmp_path / "none" / "out.jsonl", [], {}, 0.5)


# --- the command


def test_text_for_people(run: Run, file: Path) -> None:
    code, out, err = run(str(file))
    assert code == 0
    lines = out.splitlines()
    assert lines[0] == "4 questions, 3 of them answerable; mode reading, reader words, model bag"
    assert lines[2].split() == ["languages", "questions", "EM", "F1", "EM*", "F1*"]
    assert lines[3].split() == ["en-en", "3", "50.0", "83.3", "50.0", "83.3"]
    assert lines[4].split() == ["en-fr", "1", "100.0", "100.0", "100.0", "100.0"]
    assert lines[5].split() == ["all", "4", "66.7", "88.9", "66.7", "88.9"]
    assert "AUROC of confidence, answerable against not: 1.000;" in out
    assert (
        "At the threshold in force, 0.3: 100.0% of the answerable answered, 0.0% of the answers wrong" in out
    )
    assert lines[-1] == "Spans that are the text's own, to the character: 4 of 4"
    assert err.splitlines() == [
        "Questions: 4, reader: words", "asking 1/4", "asking 2/4", "asking 3/4", "asking 4/4",
    ]  # fmt: skip


def test_text_of_open_mode_and_in_french(run: Run, file: Path) -> None:
    code, out, _ = run(str(file), "--mode", "open", "--language", "fr")
    assert code == 0
    assert "Recherche : ndcg@10 1.000, recall@1 1.000" in out
    assert out.startswith("4 questions, dont 3 ont une réponse ; mode open")


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        pytest.param(["none.jsonl"], "none.jsonl cannot be read", id="no file"),
        pytest.param(["questions.jsonl", "--limit", "0"], "--limit must be", id="limit 0"),
        pytest.param(["questions.jsonl", "--limit", "many"], "--limit must be", id="limit in words"),
        pytest.param(["questions.jsonl", "--index", "x"], "--mode open", id="an index for nothing"),
    ],
)
def test_what_cannot_be_done_is_two(run: Run, file: Path, arguments: list[str], what: str) -> None:
    code, out, err = run(*arguments)
    assert (code, out) == (2, "")
    assert what in err


def test_a_bad_line_is_two(run: Run, tmp_path: Path) -> None:
    (tmp_path / "bad.jsonl").write_text(f"{json.dumps(RECORDS[0])}\nnot json\n")
    code, out, err = run("bad.jsonl")
    assert (code, out) == (2, "")
    assert err.startswith("sourcier: bad.jsonl, line 2: it is not JSON")


# conversations


def test_conversations_are_counted_after_what_came_before_and_alone(tmp_path: Path, run: Run) -> None:
    talks = [
        {**RECORDS[0], "id": "a", "after": ["What does the ferry to Molène cost?"], "question": "And Ouessant?",
         "kind": "name", "half": "tune"},
        {**RECORDS[1], "id": "b", "after": ["What does the ferry to Ouessant cost?"], "kind": "complete",
         "half": "tune"},
        RECORDS[2],
    ]  # fmt: skip
    code, out, _ = run(str(write(tmp_path / "talks.jsonl", talks)), "--conversations", "--json")
    found = json.loads(out)
    assert code == 0
    assert list(found) == ["tune: complete", "tune: leaning", "tune: name"]
    assert found["tune: complete"] == {"asked": 1, "after": 1, "alone": 1}
    assert found["tune: name"]["after"] == 1
    code, out, _ = run(str(tmp_path / "talks.jsonl"), "--conversations")
    assert out.splitlines()[1].split() == ["tune:", "complete", "1", "100.0%", "100.0%"]


def test_a_file_without_conversations_is_told(file: Path, run: Run) -> None:
    code, _, err = run(str(file), "--conversations")
    assert (code, "holds no conversation" in err) == (2, True)


def test_a_follow_up_without_an_answer_is_left_out_and_this_is_said(tmp_path: Path, run: Run) -> None:
    after = {"after": ["What does the ferry to Molène cost?"]}
    talks = [RECORDS[0] | after, RECORDS[3] | after]
    code, out, err = run(str(write(tmp_path / "talks.jsonl", talks)), "--conversations", "--json")
    assert (code, json.loads(out)["all: all"]["asked"]) == (0, 1)
    assert "Follow-ups whose context holds no answer: 1, left out" in err
    code, _, err = run(str(write(tmp_path / "none.jsonl", talks[1:])), "--conversations")
    assert (code, "that follows others has an answer to be found" in err) == (2, True)


def test_a_sentence_that_holds_the_answer_is_right_in_a_conversation_too(tmp_path: Path) -> None:
    class Whole(WordReader):
        name = "sentence"

        def read(self, question: str, language: str, hits: Sequence[Hit]) -> list[Candidate]:
            [hit] = hits
            whole = Span(0, len(hit.passage.text))
            return [Candidate(hit.passage.document, whole, whole, 0.7, 1)]

    question = Question("x", "What does it cost?", FERRY, ("9 euros",), after=("Where is the ferry?",))
    assistant = Assistant(Settings(seeds=tmp_path, threshold=0.0), BagEncoder(), Whole())
    opened(assistant, contexts_of([question]))
    assert tally([question], assistant, 0.3) == {"all: all": Tally(1, 1, 1), "all: leaning": Tally(1, 1, 1)}
    assistant.close()


# labels that cannot be right


def test_answers_that_do_not_stand_in_their_context_are_counted(tmp_path: Path, run: Run) -> None:
    odd = [
        RECORDS[0],
        RECORDS[1] | {"answers": ["thirteen", "the 12 floors", "  harbour has 12 "]},
        RECORDS[2] | {"answers": ["employs 14"]},
        RECORDS[3] | {"answers": ["Ada"], "answerable": False},
    ]
    code, _, err = run(str(write(tmp_path / "odd.jsonl", odd)))
    assert code == 0
    assert err.splitlines()[0] == (
        "Answers that do not stand in their context, where they cannot be found: 2, the first in line 2"
    )
    assert "Answers that do not stand" not in run(str(write(tmp_path / "good.jsonl", RECORDS)))[2]


def test_a_file_that_says_nothing_of_answers_is_told(tmp_path: Path, run: Run) -> None:
    bare = [{"question": "Who sleeps?", "context": TOWER, "answer_text": "The keeper"}] * 2
    said = "No question has answers, nor says that it has none"
    assert said in run(str(write(tmp_path / "bare.jsonl", bare)))[2]
    assert said not in run(str(write(tmp_path / "none.jsonl", RECORDS[3:])))[2]
