"""The side-by-side report: the floor reader, the charts, and the tables from a few answers."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest
from stub_reader import WordReader
from stubs import BagEncoder

from assistant.evaluate import contexts_of, opened
from assistant.labelled import Question
from assistant.predictions import Prediction
from assistant.service import Assistant
from assistant.settings import Settings
from benchmarks import evaluate_all
from benchmarks.absent import a_third_left_out, half_over_wrong_contexts
from benchmarks.evaluation_report import Answered, Result, held_out, markdown, write_report
from benchmarks.floor import LexicalReader
from benchmarks.plots import bars, lines
from index.types import Hit, Passage

SVG = "{http://www.w3.org/2000/svg}"
TEXT = "The ferry leaves at noon. The tower of the harbour was built in 1804. Nobody lives there today."


def hit(text: str, language: str = "en") -> Hit:
    return Hit(Passage("a.txt", 0, len(text), text, language), 1, 1.0, 1.0, 0.0)


def test_the_floor_takes_the_sentence_that_shares_most_words() -> None:
    found = LexicalReader().read("When was the tower of the harbour built?", "en", [hit(TEXT)])
    assert TEXT[found[0].span.start : found[0].span.end] == "The tower of the harbour was built in 1804."
    assert len(found) == 3
    assert 0.0 < found[0].score <= 1.0
    assert [one.score for one in found[1:]] == [0.0, 0.0]
    assert LexicalReader().read("When?", "en", []) == []


def test_a_rare_word_outweighs_a_frequent_one() -> None:
    text = "Boats sail to Brest. Boats sail to Lorient. Boats sail slowly past lighthouses."
    found = LexicalReader().read("Which boats pass lighthouses?", "en", [hit(text)])
    assert text[found[0].span.start : found[0].span.end].endswith("lighthouses.")


def test_lines_are_drawn_to_scale() -> None:
    drawing = lines("A <title>", "across", "up", {"one": [(0.0, 0.0), (0.5, 1.0)]}, diagonal=True)
    tree = ElementTree.fromstring(drawing)
    assert [node.text for node in tree.iter(f"{SVG}text")][0] == "A <title>"  # noqa: RUF015
    paths = [node.get("d") for node in tree.iter(f"{SVG}path")]
    assert paths[1:] == ["M48.0,312.0 L512.0,48.0", "M48.0,312.0 L280.0,48.0"]
    assert len(list(tree.iter(f"{SVG}circle"))) == 2


def test_bars_are_drawn_to_scale_with_gaps() -> None:
    drawing = bars("F1", "up", ["en-en", "en-fr"], {"one": [50.0, None], "two": [100.0, 0.0]})
    heights = [node.get("height") for node in ElementTree.fromstring(drawing).iter(f"{SVG}rect")]
    assert heights == ["132.0", "264.0", "0.0", "10", "10"]  # the last two are the legend's


def test_a_table() -> None:
    assert (
        markdown(["a", "b"], [[1, 2.25], [None, "x"]]) == "| a | b |\n| --- | --- |\n| 1 | 2.2 |\n| – | x |"
    )


def answered(answer: str, truth: str, confidence: float, group: str = "g") -> tuple[Question, Prediction]:
    question = Question(group + answer, "Who?", answer, (truth,) if truth else (), "en", "fr", "", group)
    return question, Prediction(question.id, answer, 0, len(answer), confidence, ms=20.0)


def test_the_held_out_are_whole_articles() -> None:
    pairs = [answered(str(n), "x", 0.5, group=f"article {n % 20}") for n in range(100)]
    kept = held_out(pairs)
    groups = {question.group for question, _ in kept}
    assert 3 < len(groups) < 17
    assert len(kept) == 5 * len(groups)


def test_the_report_by_hand(tmp_path: Path) -> None:
    own: Answered = [answered("Ada", "Ada", 0.9), answered("Bo Li", "Bo", 0.6), answered("Cy", "Dan", 0.2)]
    beside: Answered = [answered("Eve", "", 0.7)]
    sentence: Answered = [
        answered("Here is Ada again", "Ada", 0.9), answered("Bo Li", "Bo", 0.6), answered("Cy", "Dan", 0.2),
    ]  # fmt: skip
    results = {
        ("sentence", "set"): Result("sentence", "set", sentence, beside),
        ("int8", "set"): Result("int8", "set", own, beside),
    }
    searched = {
        "set": {
            "em": 50.0, "f1": 75.0, "latency_ms": {"p50": 9.0},
            "wrong contexts": {"auroc": 0.875},
            "left out": {"risk_coverage": [{"coverage": 0.65, "risk": 0.1}, {"coverage": 0.72, "risk": 0.25}]},
            "retrieval": {"ndcg@10": 0.5, "recall@1": 0.25, "recall@3": 0.5, "recall@10": 1.0},
        }
    }  # fmt: skip
    write_report(results, searched, tmp_path / "out", "Today.")
    text = (tmp_path / "out" / "README.md").read_text(encoding="utf-8")
    assert "\n\nToday.\n" in text
    assert "| set | e5, sentence | span, int8 |" in text
    # int8: EM of 1 in 3; F1 (1 + 2/3 + 0) / 3. sentence: no EM; F1 (2/5 + 2/3 + 0) / 3, two of three hold it
    assert "| set | 0.0 / 35.6 | 33.3 / 55.6 |" in text
    assert "| set | 35.6 / 66.7 | 55.6 / 66.7 |" in text
    assert "| set | 0.333 | 0.333 |" in text
    assert "| answers there that are wrong, % | 33.3 | 33.3 |" in text
    assert "| spans verbatim | 4 of 4 | 4 of 4 |" in text
    assert "| set | 50.0 | 75.0 | 0.500 | 0.250 | 0.500 | 1.000 | 9.0 | 0.875 | 25.0 |" in text
    for name in re.findall(r"\]\((\w+\.svg)\)", text):
        ElementTree.parse(tmp_path / "out" / name)


TOWNS = [
    Question(str(n), f"Which river flows through {town}?", f"{town} lies on the {river}.", (river,), "en", "en")
    for n, (town, river) in enumerate(
        [("Nantes", "Loire"), ("Lyon", "Rhône"), ("Bonn", "Rhine"), ("Cologne", "Rhine"), ("Rouen", "Seine"),
         ("Tours", "Loire"), ("Basel", "Rhine"), ("Turin", "Po"), ("Seville", "Guadalquivir"), ("Porto", "Douro")]
    )
]  # fmt: skip


def test_a_third_of_the_contexts_is_left_out_and_its_questions_have_no_truths() -> None:
    asked, staying = a_third_left_out(TOWNS)
    assert 0 < len(TOWNS) - len(staying) < len(TOWNS)
    kept = {question.context for question in staying}
    assert [question.truths for question in asked] == [q.truths if q.context in kept else () for q in TOWNS]
    assert [question.question for question in asked] == [question.question for question in TOWNS]


def test_half_of_the_questions_get_a_context_that_holds_no_truth_of_theirs(tmp_path: Path) -> None:
    assistant = Assistant(Settings(seeds=tmp_path, threshold=0.0), BagEncoder(), WordReader())
    contexts = contexts_of(TOWNS)
    opened(assistant, contexts)
    mixed = half_over_wrong_contexts(TOWNS, assistant, contexts)
    assistant.close()
    assert len(mixed) == len(TOWNS)
    own = {question.id: question for question in TOWNS}
    wrong = [question for question in mixed if question.context != own[question.id].context]
    assert 0 < len(wrong) < len(TOWNS)
    for question in mixed:
        assert question in TOWNS or question in wrong
    for question in wrong:
        assert question.truths == ()
        assert own[question.id].truths[0] not in question.context


@pytest.mark.parametrize("name", ["bm25", "sentence", "fp32", "int8"])
def test_every_column_has_a_name(name: str) -> None:
    from benchmarks.evaluation_report import NAMES

    assert NAMES[name]


def test_a_folder_without_questions_is_said_before_a_model_is_loaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["evaluate_all", "--data", str(tmp_path / "none")])
    with pytest.raises(SystemExit) as ended:
        evaluate_all.main()
    said = f"{tmp_path / 'none'} holds no folder dev/ of labelled questions\n"
    assert (ended.value.code, capsys.readouterr().err) == (2, said)
