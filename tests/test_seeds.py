"""The example sources: four formats, two languages, a long one, two that disagree, and a README left out."""

from __future__ import annotations

import hashlib
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from make_seed_pdf import PAGES, TARGET, make_pdf
from stubs import BagEncoder

from assistant.cli import main
from assistant.service import Assistant
from assistant.settings import Settings
from index.chunking import chunk
from index.documents import list_sources, read_document
from index.sentences import sentences
from index.types import Document
from prompts import examples

ROOT = Path(__file__).parents[1]
SEEDS = ROOT / "seeds"
LONG = "guide-to-public-records.md"
NAMES = {
    "citer-ses-sources.md": "fr",
    "guide-to-public-records.md": "en",
    "hiatus-and-the-paris-summit.txt": "en",
    "library-reopening.html": "en",
    "mediatheque-communique.txt": "fr",
    "rapport-eau-valbrune.pdf": "fr",
    "sommet-ia-paris-2025.md": "fr",
}
FACTS = [
    ("sommet-ia-paris-2025.md", "Current AI dispose d'un financement de 400 millions d'euros."),
    ("sommet-ia-paris-2025.md", "s'est tenu à Paris les 10 et 11 février 2025."),
    ("hiatus-and-the-paris-summit.txt", "took place on 10 and 11 February 2025."),
    ("library-reopening.html", "The renovation of the library cost 1.2 million euros"),
    ("mediatheque-communique.txt", "La rénovation de la médiathèque a coûté 1,5 million d'euros."),
    (LONG, "The town has twenty working days to answer a request for records."),
    ("rapport-eau-valbrune.pdf", "consomme en moyenne 127 litres d'eau par jour."),
]
ANSWERS = {
    "What is Current AI's funding?": "400 millions d'euros",
    "When did the Paris summit on artificial intelligence take place?": "10 and 11 February 2025",
    "How much did the renovation of the library cost?": "1.2 million euros",
    "How long does the town have to answer a request for records?": "twenty working days",
    "Quel est le financement de Current AI ?": "400 millions d'euros",
    "Combien a coûté la rénovation de la médiathèque ?": "1,5 million d'euros",
    "Combien de litres d'eau un habitant consomme-t-il par jour ?": "127 litres",
    "Quand a eu lieu le sommet de Paris sur l'intelligence artificielle ?": "10 et 11 février 2025",
}
INVENTED = ("guide-to", "library-", "mediatheque-", "rapport-")


@cache
def documents() -> dict[str, Document]:
    sources, _ = list_sources(SEEDS)
    return {source.path: read_document(source) for source in sources}


def text(name: str) -> str:
    return " ".join(documents()[name].text.split())


def test_the_sources_and_their_languages() -> None:
    assert {path: document.language for path, document in documents().items()} == NAMES


def test_all_four_formats() -> None:
    assert {document.kind for document in documents().values()} == {"txt", "md", "html", "pdf"}


def test_the_note_about_the_folder_is_no_source() -> None:
    _, skipped = list_sources(SEEDS)
    assert [one.document for one in skipped] == ["README.md"]


def test_the_note_names_every_source_and_says_what_is_invented() -> None:
    note = (SEEDS / "README.md").read_text(encoding="utf-8")
    for name in NAMES:
        [line] = [line for line in note.splitlines() if f"`{name}`" in line]
        assert ("*Fiction.*" in line) == name.startswith(INVENTED), name
        assert ("**Facts.**" in line) != name.startswith(INVENTED), name
    assert "MIT" in note
    assert "CC0" in note


@pytest.mark.parametrize("name", [name for name in NAMES if name.startswith(INVENTED)])
def test_what_is_invented_says_so_itself(name: str) -> None:
    assert re.search(r"\binvented\b|\bimaginaire\b|\binventés\b", text(name))


def test_the_index_in_the_folder_is_ignored_by_git() -> None:
    assert (SEEDS / ".gitignore").read_text(encoding="utf-8") == ".sourcier/\n"


def test_the_long_one_is_long() -> None:
    document = documents()[LONG]
    assert len(document.text.split()) >= 2500
    passages = chunk(document, BagEncoder().count_tokens)
    assert len(passages) >= 20
    assert all(document.text[p.start : p.end] == p.text for p in passages)
    assert {passage.language for passage in passages} == {"en"}


@pytest.mark.parametrize(("name", "fact"), FACTS)
def test_the_facts_that_the_examples_ask_for(name: str, fact: str) -> None:
    assert text(name).count(fact) == 1
    assert [path for path in documents() if fact in text(path)] == [name]


def test_two_contradict_each_other() -> None:
    english, french = text("library-reopening.html"), text("mediatheque-communique.txt")
    assert re.findall(r"[\d.]+ million euros", english) == ["1.2 million euros"]
    assert re.findall(r"[\d,]+ million d'euros", french) == ["1,5 million d'euros"]


def test_the_figures_add_up() -> None:
    guide = text(LONG)
    answered = re.search(
        r"Of these, (\d+) were answered in full, (\d+) in part, and (\d+) were refused", guide
    )
    assert answered
    assert sum(map(int, answered.groups())) == 1121 < 1164
    assert "The desk received 1,164 requests in 2024" in guide
    assert round(4.12 * 120 + 38, 2) == 532.40
    assert "532,40 euros" in text("rapport-eau-valbrune.pdf")


def test_nothing_of_the_page_round_the_article_is_read() -> None:
    page = (SEEDS / "library-reopening.html").read_text(encoding="utf-8")
    noise = (
        "Vacancies", "Log in to your account", "horoscope", "Accept all cookies", "window.counter",
        "one million readers", "must never run", "font-size",
    )  # fmt: skip
    assert [words for words in noise if words not in page] == []
    assert [words for words in noise if words in text("library-reopening.html")] == []


def test_the_pdf_is_what_its_script_writes() -> None:
    assert make_pdf() == make_pdf()
    assert TARGET.read_bytes() == make_pdf() or _words(TARGET.read_bytes()) == _words(make_pdf())
    assert TARGET.stat().st_size < 60_000


def test_the_script_writes_where_it_is_told(tmp_path: Path) -> None:
    target = tmp_path / "report.pdf"
    script = ROOT / "tests" / "make_seed_pdf.py"
    done = subprocess.run([sys.executable, script, target], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == str(target)
    assert target.read_bytes() == make_pdf()


def test_the_pdf_has_its_pages() -> None:
    document = documents()["rapport-eau-valbrune.pdf"]
    assert len(document.pages) == len(PAGES) == 3
    for number, words in enumerate(("127 litres", "212 branchements", "740 000"), start=1):
        flat = re.sub(r"\s", " ", document.text)
        assert document.page_at(flat.index(words)) == number


def test_no_sentence_stands_in_two_sources() -> None:
    seen: dict[str, str] = {}
    for path, document in documents().items():
        for span in sentences(document.text, document.language):
            sentence = " ".join(document.text[span.start : span.end].split())
            if len(sentence) > 40:
                assert seen.setdefault(sentence, path) == path, sentence


def test_every_file_is_plain_utf8_with_unix_lines() -> None:
    for name in NAMES:
        if not name.endswith(".pdf"):
            data = (SEEDS / name).read_bytes()
            assert b"\r" not in data
            assert data.decode("utf-8").endswith("\n")
            assert hashlib.sha256(data).hexdigest() == documents()[name].source_sha256


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    asked = Assistant(Settings(seeds=SEEDS, index=tmp_path_factory.mktemp("index") / "own"))
    asked.build()
    yield asked
    asked.close()


@pytest.mark.slow
@pytest.mark.parametrize(("question", "said"), [*ANSWERS.items()])
def test_every_example_is_answered(assistant: Assistant, question: str, said: str) -> None:
    reply = assistant.ask(question)
    assert reply.status == "answered", reply.reason
    assert said in " ".join(reply.answers[0].citations[0].quote.split())


@pytest.mark.slow
@pytest.mark.parametrize(
    "question",
    ["How much did the renovation of the library cost?", "Combien a coûté la rénovation de la médiathèque ?"],
)
def test_the_two_that_contradict_each_other_are_said_to(assistant: Assistant, question: str) -> None:
    reply = assistant.ask(question)
    said = {answer.text: answer.citations[0].number for answer in reply.answers}
    assert {"1.2 million euros", "1,5 million d'euros"} <= set(said)
    assert {said["1.2 million euros"], said["1,5 million d'euros"]} <= set(reply.disagreement)


@pytest.mark.slow
@pytest.mark.parametrize("question", ["Who wrote Les Misérables?", "What is the boiling point of water?"])
def test_what_they_do_not_hold_is_refused(assistant: Assistant, question: str) -> None:
    assert assistant.ask(question).status == "refused"


@pytest.mark.slow
def test_what_the_readme_shows_is_what_comes(
    assistant: Assistant, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LANG", "C.UTF-8")
    for name in ("LC_ALL", "LC_MESSAGES", *(name for name in os.environ if name.startswith("SOURCIER_"))):
        monkeypatch.delenv(name, raising=False)
    [console] = re.findall(r"```console\n(.*?)```", (ROOT / "README.md").read_text("utf-8"), re.DOTALL)
    blocks = console.split("$ sourcier ")[1:]
    assert [block.split()[0] for block in blocks] == ["ask"] * 4 + ["verify"]
    for block in blocks:
        command, _, shown = block.partition("\n")
        arguments, _, target = command.partition(" > ")
        where = ["--seeds", str(SEEDS), "--index", str(assistant.index)]
        capsys.readouterr()
        main([*shlex.split(arguments), *where], encoder=assistant.encoder, reader=assistant.reader)
        came = capsys.readouterr().out
        if target:
            (tmp_path / target).write_text(came, encoding="utf-8")
        else:
            came = _unsure(came)
            beginning, shortened, _ = _unsure(shown).partition("  …\n")
            assert (came[: len(beginning)] if shortened else came) == beginning, command


def _unsure(text: str) -> str:
    """Without the words for a confidence, which another processor may give differently."""
    return re.sub(r"(high|fair|low) confidence", "confidence", text)


def test_the_answers_are_those_of_the_examples() -> None:
    assert list(ANSWERS) == examples("en") + examples("fr")


def _words(pdf: bytes) -> list[str]:
    import pypdfium2

    with pypdfium2.PdfDocument(pdf) as document:
        return " ".join(page.get_textpage().get_text_range() for page in document).split()
