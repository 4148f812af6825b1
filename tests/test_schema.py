"""The public contract: what `ask --json` really prints is what reply.schema.json describes, and nothing else is."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from stub_reader import WordReader
from stubs import BagEncoder

from assistant.cli import main

TEXTS = {
    "fonds/été 2025.txt": "La fondation Current AI reçoit 400 millions d'euros.\r\nLe sommet est fini.\n",
    "again.md": "# Money\n\nLa fondation Current AI reçoit 400 millions d'euros. It was so said in Paris.\n",
    "odd.txt": "Un robot 🙂 chante \u202eפה ‘fort’ e\u0301 le 3 mai 2021 à Lyon.\n",
}
ANSWERED = "Combien de millions d'euros la fondation Current AI reçoit ?"
REFUSED = "Who was the first king of Sweden?"


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    value: dict[str, Any] = json.loads((files("assistant") / "reply.schema.json").read_text(encoding="utf-8"))
    return value


@pytest.fixture(scope="module")
def seeds(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("seeds")
    for name, text in TEXTS.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(text.encode())
    return folder


@pytest.fixture
def ask(seeds: Path, capfd: pytest.CaptureFixture[str]) -> Callable[[str], dict[str, Any]]:
    def run(question: str) -> dict[str, Any]:
        capfd.readouterr()
        assert (
            main(
                ["ask", question, "--json", "--seeds", str(seeds)], encoder=BagEncoder(), reader=WordReader()
            )
            == 0
        )
        value: dict[str, Any] = json.loads(capfd.readouterr().out)
        return value

    return run


def valid(value: object, schema: dict[str, Any]) -> bool:
    return bool(jsonschema.Draft202012Validator(schema).is_valid(value))


def test_the_schema_is_one_and_has_a_version(schema: dict[str, Any]) -> None:
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["version"] == 1
    assert schema["$id"].endswith(f":{schema['version']}")


def objects(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        if "properties" in value and value.get("type") == "object":
            yield value
        for inner in value.values():
            yield from objects(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from objects(inner)


def test_every_object_lists_all_its_fields_and_wants_each(schema: dict[str, Any]) -> None:
    found = list(objects(schema))
    assert len(found) == 5
    for one in found:
        assert one["additionalProperties"] is False
        assert one["required"] == list(one["properties"])


@pytest.mark.parametrize(
    ("question", "status"),
    [(ANSWERED, "answered"), (REFUSED, "refused"), ("Un robot chante à Lyon ?", "answered")],
)
def test_real_output_is_valid(
    ask: Callable[[str], dict[str, Any]], schema: dict[str, Any], question: str, status: str
) -> None:
    value = ask(question)
    jsonschema.Draft202012Validator(schema).validate(value)
    assert value["status"] == status
    assert value["question"] == value["readings"][0] == question
    assert [passage["rank"] for passage in value["passages"]] == list(range(1, len(value["passages"]) + 1))


def test_every_offset_of_real_output_holds(ask: Callable[[str], dict[str, Any]]) -> None:
    value = ask(ANSWERED)
    cited = [(answer, citation) for answer in value["answers"] for citation in answer["citations"]]
    assert {citation["document"] for _, citation in cited} == {"fonds/été 2025.txt", "again.md"}
    assert [citation["number"] for _, citation in cited] == list(range(1, len(cited) + 1))
    for answer, citation in cited:
        text = TEXTS[citation["document"]]
        begin, end = citation["quote_start"], citation["quote_end"]
        assert text[begin:end] == citation["quote"]
        assert text[max(0, begin - 32) : begin] == citation["prefix"]
        assert text[end : end + 32] == citation["suffix"]
        assert answer["text"] == text[citation["start"] : citation["end"]]
    for passage in value["passages"]:
        assert TEXTS[passage["document"]][passage["start"] : passage["end"]] == passage["text"]
        inside = [c for _, c in cited if c["document"] == passage["document"]]
        assert passage["used"] == any(
            passage["start"] <= c["start"] and c["end"] <= passage["end"] for c in inside
        )


def test_real_output_is_verified_by_the_command(
    ask: Callable[[str], dict[str, Any]], seeds: Path, tmp_path: Path
) -> None:
    saved = tmp_path / "replies.jsonl"
    saved.write_text("".join(json.dumps(ask(question)) + "\n" for question in (ANSWERED, REFUSED)))
    assert main(["verify", str(saved), "--seeds", str(seeds)]) == 0


WRONG: list[tuple[str, Callable[[dict[str, Any]], object]]] = [
    ("a field more", lambda v: v.update(more=1)),
    ("a field less", lambda v: v.pop("reason")),
    ("a field more in a citation", lambda v: v["answers"][0]["citations"][0].update(url="x")),
    ("an answer without citations", lambda v: v["answers"][0].update(citations=[])),
    ("an answer of no words", lambda v: v["answers"][0].update(text="")),
    ("confidence above 1", lambda v: v["answers"][0].update(confidence=1.01)),
    ("a page 0", lambda v: v["answers"][0]["citations"][0].update(page=0)),
    ("an offset below 0", lambda v: v["answers"][0]["citations"][0].update(start=-1)),
    ("a fraction for an offset", lambda v: v["answers"][0]["citations"][0].update(end=1.5)),
    ("a prefix of 33", lambda v: v["answers"][0]["citations"][0].update(prefix="x" * 33)),
    ("a digest in capitals", lambda v: v["answers"][0]["citations"][0].update(source_sha256="A" * 64)),
    ("an unknown kind of offsets", lambda v: v["answers"][0]["citations"][0].update(offsets="bytes")),
    ("a language by name", lambda v: v["answers"][0]["citations"][0].update(language="French")),
    ("answered with a reason", lambda v: v.update(reason="because")),
    ("answered without answers", lambda v: v.update(answers=[])),
    ("refused with answers", lambda v: v.update(status="refused", reason="because")),
    ("refused without a reason", lambda v: v.update(status="refused", answers=[])),
    (
        "refused without its kind",
        lambda v: v.update(status="refused", reason="because", answers=[], refusal=""),
    ),
    ("answered with a kind of refusal", lambda v: v.update(refusal="nothing")),
    ("answered with a closest statement", lambda v: v.update(closest=v["answers"][0])),
    ("a disagreement with nothing", lambda v: v.update(disagreement=[0])),
    ("another status", lambda v: v.update(status="maybe")),
    ("no readings", lambda v: v.update(readings=[])),
    ("a time below 0", lambda v: v["timings_ms"].update(read=-1)),
    ("a passage without a score", lambda v: v["passages"][0].pop("score")),
    ("an index without a model", lambda v: v["index"].pop("model")),
]


@pytest.mark.parametrize("spoil", [pytest.param(spoil, id=name) for name, spoil in WRONG])
def test_what_is_not_the_contract_is_refused(
    ask: Callable[[str], dict[str, Any]], schema: dict[str, Any], spoil: Callable[[dict[str, Any]], object]
) -> None:
    value = ask(ANSWERED)
    spoilt = copy.deepcopy(value)
    spoil(spoilt)
    assert valid(value, schema)
    assert not valid(spoilt, schema)
