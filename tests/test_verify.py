"""Verdicts on citations: from the files alone, whatever was done to the files or to the citation."""

from __future__ import annotations

import json
import os
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import assistant.verify
from assistant.compose import cite
from assistant.types import Candidate
from assistant.verify import Verdict, read_replies, verify, verify_reply
from index.documents import read_document
from index.errors import SourcesError, UsageError
from index.types import Document, Source, Span

TEXT = "First line here.\r\nThe fund received 400 million euros in 2025.\nLast line, after it.\n"
QUOTE = "The fund received 400 million euros in 2025."
SPAN = "400 million euros"
HTML = (
    "<html><body><article><h1>The fund</h1><p>Nobody had expected that it would be so much.</p>"
    f"<p>{QUOTE}</p><p>It is to be spent over the next five years, they said.</p></article></body></html>"
)


def read(folder: Path, name: str) -> Document:
    file = folder / name
    stat = file.stat()
    return read_document(Source(name, file, stat.st_size, stat.st_mtime_ns))


def cited(document: Document, quote: str = QUOTE, span: str = SPAN) -> dict[str, Any]:
    begin = document.text.index(quote)
    start = begin + quote.index(span)
    candidate = Candidate(
        document.path, Span(start, start + len(span)), Span(begin, begin + len(quote)), 0.9, 1
    )
    return asdict(cite(1, candidate, document, "en"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "fund.txt").write_bytes(TEXT.encode())
    return tmp_path


@pytest.fixture
def citation(folder: Path) -> dict[str, Any]:
    return cited(read(folder, "fund.txt"))


def change(folder: Path, text: str) -> None:
    (folder / "fund.txt").write_bytes(text.encode())


def test_proven_by_the_file_alone(folder: Path, citation: dict[str, Any]) -> None:
    assert citation["quote_start"] == 18
    assert verify(citation, folder) == Verdict(
        1, "fund.txt", "proven", "the file is the same, and the quote stands at its place", 18
    )
    assert [path.name for path in folder.iterdir()] == ["fund.txt"]
    assert verify(citation, folder, "fr").detail.startswith("le fichier est le même")


def test_proven_in_extracted_text_and_odd_names(tmp_path: Path) -> None:
    name = "un été/l'« essai »\n1.html"
    (tmp_path / "un été").mkdir()
    (tmp_path / name).write_text(HTML, encoding="utf-8")
    made = cited(read(tmp_path, name))
    assert made["offsets"] == "extracted"
    assert verify(made, tmp_path).state == "proven"


SENTENCE = st.text(st.sampled_from("abcdéèà 漢字שלום🙂\u0301\u00a0\t\r\n.,'’"), max_size=40)


@given(SENTENCE, SENTENCE, SENTENCE)
@settings(deadline=None, max_examples=60)
def test_every_true_citation_is_proven_and_no_shifted_one(before: str, middle: str, after: str) -> None:
    quote = f"It is {middle} said."
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "fund.txt").write_bytes(f"{before}\n{quote}\n{after} the end".encode())
        made = cited(read(folder, "fund.txt"), quote, "is")
        assert verify(made, folder).state == "proven"
        for field in ("start", "end", "quote_start", "quote_end"):
            if field == "start" or field == "end":
                shifted = {**made, "start": made["quote_end"], "end": made["quote_end"] + 2}
            else:
                shifted = {**made, field: made[field] + 1}
            assert verify(shifted, folder).state == "changed"


def test_changed_file_says_where_the_quote_is_now(folder: Path, citation: dict[str, Any]) -> None:
    change(folder, "A new line.\n" + TEXT)
    verdict = verify(citation, folder)
    assert (verdict.state, verdict.start) == ("changed", 30)
    assert verdict.detail == "the file has changed; the quote now begins at character 30"


def test_changed_elsewhere_still_says_the_place(folder: Path, citation: dict[str, Any]) -> None:
    change(folder, TEXT + "An afterthought.\n")
    assert (verify(citation, folder).state, verify(citation, folder).start) == ("changed", 18)


def test_changed_and_now_twice_there_says_no_place(folder: Path, citation: dict[str, Any]) -> None:
    change(folder, TEXT + TEXT)
    verdict = verify(citation, folder)
    assert (verdict.state, verdict.start) == ("changed", None)
    assert verdict.detail == "the file has changed; the quote stands there several times"


def test_a_quote_that_overlaps_itself_is_not_once(folder: Path) -> None:
    change(folder, "It was xyxyx.")
    made = cited(read(folder, "fund.txt"), "xyxyx", "x")
    change(folder, "It was xyxyxyx.")
    assert verify(made, folder).start is None


def test_missing_when_the_quote_stands_nowhere(folder: Path, citation: dict[str, Any]) -> None:
    change(folder, TEXT.replace("400", "500"))
    assert verify(citation, folder) == Verdict(
        1, "fund.txt", "missing", "the quote stands nowhere in the file", None
    )


def test_missing_when_the_file_is_gone_or_no_file(folder: Path, citation: dict[str, Any]) -> None:
    (folder / "fund.txt").unlink()
    assert verify(citation, folder).state == "missing"
    assert verify(citation, folder).detail == "there is no such source in the folder"
    (folder / "fund.txt").mkdir()
    assert verify(citation, folder).detail == "there is no such source in the folder"
    (folder / "fund.xyz").write_bytes(TEXT.encode())
    assert verify({**citation, "document": "fund.xyz"}, folder).state == "missing"


def test_missing_when_the_file_cannot_be_read(folder: Path, citation: dict[str, Any]) -> None:
    change(folder, "")
    verdict = verify(citation, folder)
    assert verdict.state == "missing"
    assert verdict.detail.startswith("the file cannot be read: ")
    assert verify({**citation, "document": "a" * 5000 + ".txt"}, folder).state == "missing"


@pytest.mark.parametrize(
    "path",
    [
        "../secret.txt",
        "in/../../secret.txt",
        "/etc/passwd",
        "//etc/passwd",
        "",
        ".",
        "a\0b",
        ".sourcier/x.txt",
        "link.txt",
    ],
)
def test_a_path_out_of_the_folder_is_never_read(tmp_path: Path, path: str) -> None:
    (tmp_path / "secret.txt").write_bytes(TEXT.encode())
    folder = tmp_path / "seeds"
    (folder / "in").mkdir(parents=True)
    (folder / ".sourcier").mkdir()
    (folder / ".sourcier" / "x.txt").write_bytes(TEXT.encode())
    (folder / "link.txt").symlink_to(tmp_path / "secret.txt")
    verdict = verify({**cited(read(tmp_path, "secret.txt")), "document": path}, folder)
    assert (verdict.state, verdict.start) == ("missing", None)
    assert verdict.detail.startswith("the path leaves the folder of the sources")


def test_a_link_that_stays_inside_is_read(folder: Path, citation: dict[str, Any]) -> None:
    (folder / "twin.txt").symlink_to(folder / "fund.txt")
    assert verify({**citation, "document": "twin.txt"}, folder).state == "proven"


def test_a_name_that_no_file_can_have_is_missing(folder: Path, citation: dict[str, Any]) -> None:
    found = verify(citation | {"document": "\ud800.txt"}, folder)
    assert found.state == "missing"


def test_a_loop_of_links_is_missing(folder: Path, citation: dict[str, Any]) -> None:
    os.symlink(folder / "b.txt", folder / "a.txt")
    os.symlink(folder / "a.txt", folder / "b.txt")
    assert verify({**citation, "document": "a.txt"}, folder).state == "missing"


@pytest.mark.parametrize(
    ("forged", "state", "words"),
    [
        pytest.param({"start": 17}, "changed", "does not fit it", id="starts before its quote"),
        pytest.param({"end": 10**30}, "changed", "does not fit it", id="ends past the text"),
        pytest.param({"start": 40, "end": 40}, "changed", "does not fit it", id="empty span"),
        pytest.param({"quote_start": -64}, "changed", "does not fit it", id="negative"),
        pytest.param({"prefix": "something else"}, "changed", "does not fit it", id="prefix"),
        pytest.param({"prefix": ""}, "changed", "does not fit it", id="no prefix"),
        pytest.param({"suffix": "\nLast"}, "changed", "does not fit it", id="short suffix"),
        pytest.param({"page": 3}, "changed", "does not fit it", id="page"),
        pytest.param({"text_sha256": "0" * 64}, "changed", "its extracted text is not", id="text digest"),
        pytest.param({"source_sha256": "0" * 64}, "changed", "the file has changed", id="file digest"),
        pytest.param(
            {"quote": "The fund received 900 million euros in 2025."}, "missing", "nowhere", id="quote"
        ),
    ],
)
def test_a_forged_citation_is_not_proven(
    folder: Path, citation: dict[str, Any], forged: dict[str, Any], state: str, words: str
) -> None:
    verdict = verify({**citation, **forged}, folder)
    assert verdict.state == state
    assert words in verdict.detail


def test_a_reply_whose_answer_is_not_what_is_cited(folder: Path, citation: dict[str, Any]) -> None:
    good = {"answers": [{"text": SPAN, "citations": [citation]}]}
    forged = {"answers": [{"text": "900 million euros", "citations": [citation]}]}
    assert [v.state for v in verify_reply(good, folder)] == ["proven"]
    [verdict] = verify_reply(forged, folder)
    assert verdict.state == "missing"
    assert "the answer's text is not the part of it that is cited" in verdict.detail


def test_a_reply_of_many_citations_reads_each_file_once(
    folder: Path, citation: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "copy.txt").write_bytes(TEXT.encode())
    reads = []

    def counted(source: Source, take: object) -> Document:
        reads.append(source.path)
        return read_document(source)

    monkeypatch.setattr(assistant.verify, "read_document", counted)
    several = [
        {**citation, "number": n, "document": d} for n, d in enumerate(["fund.txt", "copy.txt"] * 3, 1)
    ]
    reply = {"answers": [{"text": SPAN, "citations": several[:2]}, {"text": SPAN, "citations": several[2:]}]}
    verdicts = verify_reply(reply, folder)
    assert [(v.number, v.document, v.state) for v in verdicts] == [
        (n, d, "proven") for n, d in enumerate(["fund.txt", "copy.txt"] * 3, 1)
    ]
    assert sorted(reads) == ["copy.txt", "fund.txt"]


def test_a_refusal_has_nothing_to_verify(folder: Path) -> None:
    assert verify_reply({"status": "refused", "answers": []}, folder) == []


def test_a_missing_folder_is_an_error_not_a_verdict(tmp_path: Path, citation: dict[str, Any]) -> None:
    with pytest.raises(SourcesError, match="--seeds DIR"):
        verify(citation, tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        ({}, "answers must be a list, not absent"),
        ({"answers": {}}, "answers must be a list"),
        ({"answers": [1]}, r"answers\[0\] must be an object, not 1"),
        ({"answers": [{"citations": []}]}, r"answers\[0\].text must be text"),
        ({"answers": [{"text": "x"}]}, r"answers\[0\].citations must be a list"),
        ({"answers": [{"text": "x", "citations": [[]]}]}, r"answers\[0\].citations\[0\] must be an object"),
        ({"answers": [{"text": "a", "citations": []}]}, "has no citation"),
    ],
)
def test_a_wrong_shape_is_named(folder: Path, reply: dict[str, Any], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        verify_reply(reply, folder)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("number", "1"),
        ("start", True),
        ("end", 1.5),
        ("quote_start", None),
        ("document", 3),
        ("quote", ""),
        ("prefix", None),
    ],
)
def test_a_wrong_field_is_named(folder: Path, citation: dict[str, Any], field: str, value: object) -> None:
    with pytest.raises(UsageError, match=rf"citation\.{field} "):
        verify({**citation, field: value}, folder)
    del citation[field]
    with pytest.raises(UsageError, match=rf"citation\.{field} must be"):
        verify(citation, folder)


def test_replies_come_alone_in_a_list_or_by_lines() -> None:
    one, two = {"question": "a\u2028b"}, {"question": "c"}
    assert read_replies(json.dumps(one, indent=2)) == [one]
    assert read_replies(json.dumps([one, two])) == [one, two]
    lines = "\n\n".join(json.dumps(reply, ensure_ascii=False) for reply in (one, two)) + "\n"
    assert read_replies(lines) == [one, two]
    assert read_replies("[]") == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "this is not the output of"),
        ("nonsense", "this is not the output of"),
        ("non\nsense", "this is not the output of"),
        ("{\n\n", "this is not the output of"),
        ('{"a": 1}\n{"b": 2\n', "line 2: this is not the output of"),
        ("3", "reply 1 must be an object, not 3"),
        ('[{}, "x"]', "reply 2 must be an object, not 'x'"),
        ("[" * 100_000, "this is not the output of"),
        ('{"sourcier": "conversation", "turns": null}', "turns must be a list"),
        ('{"sourcier": "conversation", "turns": ["x"]}', r"turns\[0\] must be an object"),
    ],
)
def test_what_is_no_reply_is_refused(text: str, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        read_replies(text)
