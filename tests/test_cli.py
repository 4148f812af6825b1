"""The command line, end to end over a small folder: what is printed where, and the exit code."""

from __future__ import annotations

import io
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from stub_reader import WordReader
from stubs import BagEncoder

import assistant.doctor
import assistant.service
import assistant.terminal
import assistant.web
from assistant.cli import main
from assistant.service import Assistant
from assistant.terminal import Bar
from index.encoding import SentenceEncoder
from index.errors import IndexBusy, StorageError
from index.generation import open_generation
from index.types import Progress, Vectors

FUND = "The fund received 400 million euros in 2025.\r\nIt was signed in Paris on 10 February.\n"
WEATHER = "# Weather\n\nThe storm of 1999 felled many trees in the park.\n"
QUESTION = "Has the fund received 400 million?"
Sourcier = Callable[..., tuple[int, str, str]]


@pytest.fixture
def seeds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in [name for name in os.environ if name.startswith("SOURCIER_")]:
        monkeypatch.delenv(name)
    for name in ("LC_ALL", "LC_MESSAGES"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANG", "C.UTF-8")
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "seeds"
    folder.mkdir()
    (folder / "fund.txt").write_bytes(FUND.encode())
    (folder / "weather.md").write_text(WEATHER, encoding="utf-8")
    (folder / "junk.bin").write_bytes(b"\0\1")
    return folder


@pytest.fixture
def sourcier(seeds: Path, capfd: pytest.CaptureFixture[str]) -> Sourcier:
    def run(*argv: str, encoder: Any = None) -> tuple[int, str, str]:
        capfd.readouterr()
        code = main(argv, encoder=encoder or BagEncoder(), reader=WordReader())
        return code, *capfd.readouterr()

    return run


def test_ask_builds_answers_and_says_so_on_stderr(sourcier: Sourcier) -> None:
    code, out, err = sourcier("ask", QUESTION)
    assert code == 0
    assert out == (
        "[1] The fund received ⟦400 million euros⟧ in 2025.\n"
        "    fund.txt, characters 18-35 · high confidence\n"
    )
    assert err.startswith(
        "Indexing seeds\nIndexed 2 documents, 2 passages: 2 encoded, 0 reused, 0 removed, in "
    )
    assert err.endswith(
        "Not used as sources: 1\n  junk.bin: unknown type; README.md lists those that are read\n"
    )
    assert "\r" not in err


def test_a_skipped_file_is_listed_in_the_language_of_the_command(sourcier: Sourcier) -> None:
    _, _, err = sourcier("ask", QUESTION, "--language", "fr")
    assert err.endswith("  junk.bin: type inconnu ; README.md indique ceux qui sont lus\n")


def test_ask_again_says_nothing_but_the_answer(sourcier: Sourcier) -> None:
    first = sourcier("ask", QUESTION)
    assert sourcier("ask", QUESTION) == (0, first[1], "")


def test_ask_reindexes_what_changed_alone(sourcier: Sourcier, seeds: Path) -> None:
    sourcier("index")
    (seeds / "fund.txt").write_text("The fund received 500 million euros in 2025.")
    code, out, err = sourcier("ask", QUESTION)
    assert code == 0
    assert "500 million" in out
    assert "1 encoded, 1 reused" in err


def test_ask_leaves_nothing_of_a_file_that_was_deleted(sourcier: Sourcier, seeds: Path) -> None:
    (seeds / "gone.txt").write_text("The quetzal sleeps in Portmore.")
    sourcier("index")
    (seeds / "gone.txt").unlink()
    _, _, told = sourcier("ask", QUESTION)
    assert "1 removed" in told
    assert "Another Sourcier" not in told
    kept = [file for file in (seeds / ".sourcier").rglob("*") if file.is_file()]
    assert [file.name for file in kept if b"quetzal" in file.read_bytes()] == []


def test_ask_refuses_with_one_but_json_with_zero(sourcier: Sourcier) -> None:
    code, out, _ = sourcier("ask", "Qui a peint ce plafond ?")
    assert code == 1
    assert out.startswith("Les sources ")
    assert "- not used: " in out
    code, out, _ = sourcier("ask", "Qui a peint ce plafond ?", "--json")
    reply = json.loads(out)
    assert (code, reply["status"], reply["answers"]) == (0, "refused", [])
    assert [passage["used"] for passage in reply["passages"]] == [False, False]


def test_no_build_refuses_where_there_is_no_index(sourcier: Sourcier, seeds: Path) -> None:
    code, out, err = sourcier("ask", QUESTION, "--no-build")
    assert (code, out) == (2, "")
    assert err.startswith("sourcier: ")
    assert "sourcier index" in err
    assert not (seeds / ".sourcier").exists()


def test_the_command_that_mends_names_the_folder_that_was_asked_about(
    sourcier: Sourcier, seeds: Path
) -> None:
    place = seeds.rename(seeds.with_name("my sources"))
    mend = f"sourcier index --seeds '{place}'"
    assert sourcier("status", "--seeds", str(place))[1].splitlines()[1].endswith(f"Run: {mend}")
    assert sourcier("ask", QUESTION, "--no-build", "--seeds", str(place))[2].endswith(f"Run: {mend}\n")
    sourcier("index", "--seeds", str(place))
    (place / "fund.txt").write_text("Nothing.")
    assert f"with: {mend}\n" in sourcier("ask", QUESTION, "--no-build", "--seeds", str(place))[2]


def test_no_build_answers_from_the_old_index_and_says_so(sourcier: Sourcier, seeds: Path) -> None:
    sourcier("index")
    (seeds / "fund.txt").write_text("Nothing.")
    (seeds / "new.txt").write_text("New words.")
    (seeds / "weather.md").unlink()
    code, out, err = sourcier("ask", QUESTION, "--no-build")
    assert code == 0
    assert "400 million" in out
    assert err == (
        "The index is behind its folder. Files that differ: 3\n  new: new.txt\n  changed: fund.txt\n"
        "  removed: weather.md\nAnswered from the old index. Bring it up to date with: sourcier index\n"
    )


def test_ask_answers_from_the_old_index_while_another_builds(
    sourcier: Sourcier, seeds: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(self: Assistant, *_: object) -> None:
        raise IndexBusy("process 42 is indexing")

    monkeypatch.setattr(Assistant, "build", busy)
    assert sourcier("ask", QUESTION)[0] == 2
    monkeypatch.undo()
    monkeypatch.chdir(seeds.parent)
    sourcier("index")
    (seeds / "fund.txt").write_text("Nothing.")
    monkeypatch.setattr(Assistant, "build", busy)
    code, out, err = sourcier("ask", QUESTION)
    assert code == 0
    assert "400 million" in out
    assert "sourcier: process 42 is indexing\n" in err
    assert "Answered from the old index" in err


def test_a_bad_question_is_refused_before_any_build(sourcier: Sourcier, seeds: Path) -> None:
    for question in ("", " \n", "?!", "x" * 20_000):
        code, out, err = sourcier("ask", question)
        assert (code, out) == (2, "")
        assert err.startswith("sourcier: the question ")
    assert not (seeds / ".sourcier").exists()


def test_another_model_is_reported_and_index_mends_it(sourcier: Sourcier) -> None:
    sourcier("index")
    other = BagEncoder("other@2")
    code, out, err = sourcier("ask", QUESTION, encoder=other)
    assert (code, out) == (2, "")
    assert "bag@1" in err
    assert "other@2" in err
    assert "sourcier index" in err
    code, out, _ = sourcier("status", encoder=other)
    assert code == 1
    assert "up to date" not in out
    assert sourcier("index", encoder=other)[0] == 0
    assert sourcier("ask", QUESTION, encoder=other)[0] == 0


def test_index_json_is_the_report(sourcier: Sourcier, seeds: Path) -> None:
    code, out, _ = sourcier("index", "--json")
    first = json.loads(out)
    assert code == 0
    assert first.pop("seconds") > 0
    assert first.pop("generation")
    assert first == {
        "documents": 2,
        "passages": 2,
        "encoded": 2,
        "reused": 0,
        "removed": 0,
        "skipped": [{"document": "junk.bin", "reason": "unknown type; README.md lists those that are read"}],
        "healed": [],
        "held": [],
    }
    (seeds / "weather.md").unlink()
    second = json.loads(sourcier("index", "--json")[1])
    assert [second[name] for name in ("documents", "encoded", "reused", "removed")] == [1, 0, 1, 1]


def test_index_lists_what_is_no_source(sourcier: Sourcier, seeds: Path) -> None:
    (seeds / "a\x1b[2Jb\n.txt").write_bytes(b"")
    code, out, _ = sourcier("index")
    assert code == 0
    assert out.startswith("Generation ")
    assert "Not used as sources: 2\n" in out
    assert "  a␛[2Jb␊.txt: empty\n" in out


@pytest.mark.parametrize("command", [["ask", QUESTION], ["index"], ["ask", QUESTION, "--json"]])
def test_a_folder_without_sources_is_an_error_that_says_why(
    sourcier: Sourcier, seeds: Path, command: list[str]
) -> None:
    (seeds / "fund.txt").unlink()
    (seeds / "weather.md").write_bytes(b"")
    code, out, err = sourcier(*command)
    assert (code, out) == (2, "")
    assert "sourcier: seeds holds no document that can be read: junk.bin (unknown type" in err
    assert "weather.md (empty)" in err
    (seeds / "weather.md").unlink()
    (seeds / "junk.bin").unlink()
    code, out, err = sourcier(*command)
    assert (code, out) == (2, "")
    assert "sourcier: seeds is empty. Put documents into it; README.md lists the formats that are read" in err


@pytest.mark.parametrize(
    "command",
    [["chat"], ["ask", QUESTION], ["index"], ["status"], ["status", "--text", "a.txt"], ["verify", "-"]],
)
def test_a_missing_folder_is_an_error(
    sourcier: Sourcier, tmp_path: Path, command: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b'{"answers": []}')))
    code, out, err = sourcier(*command, "--seeds", "nowhere")
    assert (code, out) == (2, "")
    assert err.startswith("sourcier: ")
    assert "nowhere" in err
    assert "--seeds" in err
    assert not (tmp_path / "nowhere").exists()


def test_status_before_after_and_behind(sourcier: Sourcier, seeds: Path) -> None:
    code, out, _ = sourcier("status", "--json")
    before = json.loads(out)
    assert (code, before["index"], before["changes"]["added"]) == (1, None, ["fund.txt", "weather.md"])
    assert before["inventory"] is None
    assert "sourcier index" in before["problem"]
    assert not (seeds / ".sourcier").exists()
    sourcier("index")
    code, out, _ = sourcier("status")
    assert code == 0
    assert out.startswith("Index: seeds/.sourcier\n2 documents, 2 passages, model bag, built 20")
    assert "\nPassages by language: en 2\nOn disk, in MB: text 0.0, vectors 0.0, words 0.0; " in out
    assert "It is up to date.\nNot used as sources: 1\n  junk.bin: " in out
    assert "approximately" not in out
    for number in range(12):
        (seeds / f"{number:02}.txt").write_text("New.")
    code, out, _ = sourcier("status", "--language", "fr")
    assert code == 1
    assert "Fichiers qui diffèrent : 12\n  nouveau : 00.txt\n" in out.replace("nouveau:", "nouveau :")
    assert "  et 2 autres\n" in out


def test_status_text_is_the_text_that_offsets_count_in(sourcier: Sourcier, seeds: Path) -> None:
    assert sourcier("status", "--text", "fund.txt") == (0, FUND, "")
    assert sourcier("status", "--text", "seeds/weather.md")[1] == WEATHER
    value = json.loads(sourcier("status", "--text", str(seeds / "fund.txt"), "--json")[1])
    assert (value["path"], value["kind"], value["text"]) == ("fund.txt", "txt", FUND)


def test_status_text_of_what_is_no_source(sourcier: Sourcier, seeds: Path) -> None:
    (seeds / "empty.txt").write_bytes(b"")
    for name, words in (
        ("junk.bin", "junk.bin is not a source: unknown type"),
        ("empty.txt", "empty.txt is not a source: empty"),
        ("../other.txt", "../other.txt is no source of seeds"),
    ):
        code, out, err = sourcier("status", "--text", name)
        assert (code, out) == (2, "")
        assert words in err


@pytest.mark.parametrize("empty", ["[]", '{"answers": []}'])
def test_verify_says_that_there_is_nothing_to_check(
    sourcier: Sourcier, monkeypatch: pytest.MonkeyPatch, empty: str
) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(empty.encode())))
    said = "There is no citation in it to check: nothing was answered\n"
    assert sourcier("verify", "-") == (0, said, "")


def test_verify_from_file_stdin_and_json(
    sourcier: Sourcier, seeds: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    saved = tmp_path / "reply.json"
    saved.write_text(sourcier("ask", QUESTION, "--json")[1], encoding="utf-8")
    assert sourcier("verify", "reply.json") == (
        0,
        "[1] proven: fund.txt: the file is the same, and the quote stands at its place\n1 of 1 citations proven\n",
        "",
    )
    (seeds / "fund.txt").write_bytes(b"Before it all. " + FUND.encode())
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(saved.read_bytes())))
    code, out, _ = sourcier("verify", "-", "--json")
    assert code == 1
    assert json.loads(out) == [
        {
            "reply": 1,
            "number": 1,
            "document": "fund.txt",
            "state": "changed",
            "detail": "the file has changed; the quote now begins at character 15",
            "start": 15,
        }
    ]
    (seeds / "fund.txt").unlink()
    code, out, _ = sourcier("verify", "reply.json", "--language", "fr")
    assert code == 1
    assert out.startswith("[1] introuvable")


def test_verify_needs_no_index(sourcier: Sourcier, seeds: Path, tmp_path: Path) -> None:
    (tmp_path / "reply.json").write_text(sourcier("ask", QUESTION, "--json")[1], encoding="utf-8")
    for file in sorted((seeds / ".sourcier").rglob("*"), reverse=True):
        file.rmdir() if file.is_dir() else file.unlink()
    (seeds / ".sourcier").rmdir()
    assert sourcier("verify", "reply.json")[0] == 0
    assert not (seeds / ".sourcier").exists()


def test_verify_of_what_is_no_reply(sourcier: Sourcier, tmp_path: Path) -> None:
    (tmp_path / "bad.json").write_bytes(b"\xff\xfe")
    (tmp_path / "list.json").write_text("[3]")
    for name, words in (
        ("none.json", "cannot be read"),
        ("bad.json", "UTF-8"),
        ("list.json", "reply 1 must be"),
    ):
        code, out, err = sourcier("verify", name)
        assert (code, out) == (2, "")
        assert words in err


def test_settings_come_from_the_current_folder(sourcier: Sourcier, seeds: Path, tmp_path: Path) -> None:
    seeds.rename(tmp_path / "papers")
    (tmp_path / "sourcier.toml").write_text('seeds = "papers"\nlanguage = "fr"\n')
    code, out, _ = sourcier("ask", QUESTION)
    assert code == 0
    assert "caractères 18 à 35 · confiance élevée" in out
    (tmp_path / "sourcier.toml").write_text("sed = 1\n")
    code, _, err = sourcier("status")
    assert code == 2
    assert "'sed' is unknown: did you mean seeds?" in err


def test_the_locale_gives_the_language(sourcier: Sourcier, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANG", "fr_CA.UTF-8")
    assert "caractères" in sourcier("ask", QUESTION)[1]
    monkeypatch.setenv("LC_MESSAGES", "es_MX.UTF-8")
    assert "caracteres" in sourcier("ask", QUESTION)[1]
    monkeypatch.setenv("LC_ALL", "de_DE.UTF-8")
    assert "Zeichen" in sourcier("ask", QUESTION)[1]
    monkeypatch.setenv("LC_ALL", "it_IT.UTF-8")
    assert "characters" in sourcier("ask", QUESTION)[1]


def test_an_index_elsewhere(sourcier: Sourcier, seeds: Path, tmp_path: Path) -> None:
    assert sourcier("ask", QUESTION, "--index", "elsewhere")[0] == 0
    assert (tmp_path / "elsewhere").is_dir()
    assert not (seeds / ".sourcier").exists()


def test_chat_builds_first_then_serves(
    sourcier: Sourcier, seeds: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    served: list[tuple[int, bool, str]] = []

    def serve(assistant: Assistant, settings: Any, on_ready: Callable[[str], None]) -> None:
        served.append((settings.port, settings.open_browser, assistant.generation().id))
        on_ready("http://127.0.0.1:9/")

    opened: list[str] = []
    monkeypatch.setattr(assistant.web, "serve", serve)
    monkeypatch.setattr("assistant.commands.open_page", opened.append)
    code, out, err = sourcier("chat", "--port", "8123", "--no-browser")
    assert (code, out, opened) == (0, "", [])
    assert "2 encoded" in err
    assert err.endswith("The page is at http://127.0.0.1:9/ (Ctrl+C stops it)\n")
    (seeds / "new.txt").write_text("New.")
    encoder = BagEncoder()
    code, _, err = sourcier("chat", encoder=encoder)
    assert (code, encoder.encoded, opened) == (0, 0, ["http://127.0.0.1:9/"])
    assert served == [(8123, False, served[0][2]), (7860, True, served[0][2])]
    code, _, err = sourcier("chat", encoder=BagEncoder("other@2"))
    assert "other@2" in err
    empty = seeds.parent / "empty"
    empty.mkdir()
    monkeypatch.setattr(assistant.web, "serve", lambda assistant, settings, on_ready: on_ready("http://x/"))
    code, _, err = sourcier("chat", "--seeds", "empty")
    assert code == 0
    lines = err.splitlines()
    assert lines[0] == "Indexing empty"
    assert lines[1].startswith("sourcier: empty is empty. Put documents into it")
    assert lines[2:] == ["The page is at http://x/ (Ctrl+C stops it)"]


def test_chat_refuses_a_port_that_is_none(sourcier: Sourcier) -> None:
    code, _, err = sourcier("chat", "--port", "70000")
    assert (code, err) == (2, "sourcier: the option --port must be between 1 and 65535, not 70000\n")


def test_interrupt_is_130_and_no_trace(sourcier: Sourcier, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(self: Assistant, *_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Assistant, "build", interrupted)
    code, _, err = sourcier("index")
    assert code == 130
    assert err == (
        "Indexing seeds\nStopped. The index is as it was before. What was encoded and what was read of scans is "
        "kept: sourcier index goes on from there.\n\n"
    )


def test_watching_that_is_stopped_while_it_builds_says_what_is_kept(
    sourcier: Sourcier, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(self: Assistant, *_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Assistant, "build", interrupted)
    monkeypatch.setattr(os, "nice", lambda _: 0)
    code, _, err = sourcier("watch")
    assert code == 0
    assert "Stopped. The index is as it was before." in err


def test_an_interrupted_build_says_how_far_it_came(
    sourcier: Sourcier, seeds: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = BagEncoder.encode_passages
    for n in range(70):
        (seeds / f"{n}.txt").write_text(f"Lighthouse {n * 13} stands on rock {n}.")

    def interrupted(self: BagEncoder, texts: Sequence[str]) -> Vectors:
        if self.encoded:
            raise KeyboardInterrupt
        return real(self, texts)

    monkeypatch.setattr(BagEncoder, "encode_passages", interrupted)
    code, _, err = sourcier("index")
    assert (code, "64 of 72 are encoded and kept" in err) == (130, True)
    monkeypatch.setattr(BagEncoder, "encode_passages", real)
    assert json.loads(sourcier("index", "--json")[1])["encoded"] == 8

    def late(*_: object) -> None:
        raise KeyboardInterrupt

    (seeds / "fund.txt").write_text("The fund is no more.")
    monkeypatch.setattr("index.build._prune", late)
    code, _, err = sourcier("index")
    assert (code, "Stopped. The new index serves already." in err) == (130, True)
    (seeds / "weather.md").write_text("No storm.")
    code, _, err = sourcier("forget", "fund.txt")
    assert code == 130
    assert "kept out from now on, but the index may still hold words of theirs: run the same" in err


@pytest.mark.slow
def test_control_c_stops_a_real_build_and_the_next_goes_on(seeds: Path) -> None:
    for n in range(640):
        (seeds / f"{n}.txt").write_text(f"Lighthouse {n * 13} stands on rock {n}.")
    code = (
        "import signal, sys, time; from stubs import BagEncoder; from assistant.cli import main\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"  # a background job begins with it ignored
        "class Slow(BagEncoder):\n"
        "    def encode_passages(self, texts):\n"
        "        print('batch', flush=True); time.sleep(0.2); return super().encode_passages(texts)\n"
        "sys.exit(main(['index'], encoder=Slow()))"
    )
    paths = os.pathsep.join([str(Path(__file__).parents[1]), str(Path(__file__).parent)])
    command = [sys.executable, "-c", code]
    with subprocess.Popen(
        command, cwd=seeds.parent, env={**os.environ, "PYTHONPATH": paths},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        assert process.stdout
        assert process.stderr
        for _ in range(3):
            assert process.stdout.readline() == "batch\n"
        process.send_signal(signal.SIGINT)
        err = process.stderr.read()
    assert process.returncode == 130
    [kept] = re.findall(r"(\d+) of 642 are encoded and kept", err)
    assert int(kept) == 128
    assert "Traceback" not in err
    done = run(seeds, "-c", code, env={"PYTHONPATH": paths})
    assert done.returncode == 0, done.stderr
    assert done.stdout.count(b"batch") == 9  # 514 of 642


def test_the_unforeseen_is_one_line_unless_debugging(
    sourcier: Sourcier, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(self: Assistant) -> None:
        raise ZeroDivisionError("never \x1b[2J")

    monkeypatch.setattr(Assistant, "status", fails)
    code, _, err = sourcier("status")
    assert code == 2
    assert err == (
        "sourcier: something went wrong that was not foreseen (ZeroDivisionError: never ␛[2J). "
        "Please report it; SOURCIER_DEBUG=1 shows where\n"
    )
    monkeypatch.setenv("SOURCIER_DEBUG", "1")
    assert "Traceback" in sourcier("status")[2]


@pytest.mark.parametrize("command", ["", "chat", "ask", "index", "status", "verify", "doctor"])
def test_help_gives_an_example(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main([*command.split(), "--help"])
    assert stop.value.code == 0
    assert f"example: sourcier {command if command != 'verify' else 'ask'}" in capsys.readouterr().out


@pytest.mark.parametrize("argv", [[], ["nothing"], ["ask"], ["chat", "--json"], ["status", "--tex", "a"]])
def test_wrong_usage_is_2(argv: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main(argv)
    assert stop.value.code == 2
    assert "usage: sourcier" in capsys.readouterr().err


def test_bar_shows_stage_and_count_and_leaves_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    bar = Bar("en")
    for progress in (Progress("reading", 1, 2), Progress("reading", 1, 2), Progress("encoding", 30, 120)):
        bar(progress)
    bar(Progress("writing", 0, 0))
    bar.clear()
    shown = capsys.readouterr().err.split("\r")[1:]
    assert shown[0] == f"reading    [{'#' * 12}{'.' * 12}] 1/2"
    assert shown[1] == f"encoding   [{'#' * 6}{'.' * 18}] 30/120"
    assert shown[2].rstrip() == f"writing    [{'.' * 24}] 0/0"
    assert shown[3].strip() == ""
    assert len(shown) == 5


def test_bold_only_on_a_terminal_that_wants_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    assert assistant.terminal.bold() is False
    monkeypatch.setattr("sys.stdout", type("Terminal", (), {"isatty": lambda self: True})())
    assert assistant.terminal.bold() is True
    monkeypatch.setenv("NO_COLOR", "1")
    assert assistant.terminal.bold() is False


def test_a_browser_is_opened_only_where_there_is_a_desktop(monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    monkeypatch.setattr("webbrowser.open", opened.append)
    monkeypatch.setattr("threading.Thread.start", lambda thread: thread.run())
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    assistant.terminal.open_page("http://127.0.0.1:1/")
    assert opened == []
    monkeypatch.setenv("DISPLAY", ":0")
    assistant.terminal.open_page("http://127.0.0.1:2/")
    monkeypatch.delenv("DISPLAY")
    monkeypatch.setattr("sys.platform", "darwin")
    assistant.terminal.open_page("http://127.0.0.1:3/")
    assert opened == ["http://127.0.0.1:2/", "http://127.0.0.1:3/"]


def run(seeds: Path, *command: str, **options: Any) -> subprocess.CompletedProcess[bytes]:
    environ = {**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent), **options.pop("env", {})}
    return subprocess.run(
        [sys.executable, *command], cwd=seeds.parent, env=environ, capture_output=True, check=False, **options
    )


HEAVY = "torch sentence_transformers transformers faiss gradio trafilatura pypdfium2".split()


@pytest.mark.slow
def test_nothing_to_do_loads_nothing_heavy(sourcier: Sourcier, seeds: Path) -> None:
    bag, real = BagEncoder(), SentenceEncoder()
    bag.identity, bag.name = real.identity, real.name
    sourcier("index", encoder=bag)
    code = (
        "import sys; from assistant.cli import main; code = main(sys.argv[1:]); "
        f"print('loaded', [name for name in {HEAVY!r} if name in sys.modules]); sys.exit(code)"
    )
    for command in (["index"], ["status"], ["status", "--text", "fund.txt"]):
        done = run(seeds, "-c", code, *command)
        assert done.returncode == 0, done.stderr
        assert done.stdout.endswith(b"loaded []\n"), done.stdout


@pytest.mark.slow
def test_a_closed_pipe_is_quiet(seeds: Path) -> None:
    environ = {**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent)}
    command = [sys.executable, "-m", "assistant", "status", "--text", "fund.txt"]
    with subprocess.Popen(
        command, cwd=seeds.parent, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout
        assert process.stderr
        process.stdout.close()  # long before it has loaded enough to write
        assert process.stderr.read() == b""
    assert process.returncode == 141


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="a shell's way to close a stream")
@pytest.mark.parametrize(("closed", "code"), [("2>&-", 1), (">&-", 1), (">&- 2>&-", 1)])
def test_closed_streams_are_no_fault(seeds: Path, closed: str, code: int) -> None:
    command = f"{sys.executable} -m assistant status --seeds {seeds} {closed}"
    root = str(Path(__file__).parents[1])
    done = subprocess.run(
        ["sh", "-c", command], cwd=root, env={**os.environ, "PYTHONPATH": root}, capture_output=True
    )
    assert done.returncode == code
    assert b"not foreseen" not in done.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_under_stdout_is_one_line(seeds: Path) -> None:
    with open("/dev/full", "wb") as full:
        environ = {**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent)}
        command = [sys.executable, "-m", "assistant", "status", "--text", "fund.txt"]
        done = subprocess.run(
            command, cwd=seeds.parent, env=environ, stdout=full, stderr=subprocess.PIPE, check=False
        )
    assert done.returncode == 2
    assert done.stderr == b"sourcier: [Errno 28] No space left on device\n"


@pytest.mark.slow
@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
def test_json_survives_any_stream(seeds: Path, encoding: str) -> None:
    (seeds / "fund.txt").write_text("L'été ‘rouge’ 🙂 \x9b fini.", encoding="utf-8")
    command = ["-m", "assistant", "status", "--text", "fund.txt", "--json"]
    done = run(seeds, *command, env={"PYTHONIOENCODING": encoding})
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["text"] == "L'été ‘rouge’ 🙂 \x9b fini."
    assert (
        b"\x9b" not in done.stdout.replace("‘🙂".encode(), b"").replace("🙂".encode(), b"")
        or encoding == "utf-8"
    )


def test_forget_and_undo(sourcier: Sourcier, seeds: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sourcier("index")
    code, out, err = sourcier("forget", "seeds/fund.txt")  # as a shell completes it
    assert code == 0
    assert out.startswith("Forgotten: fund.txt. The file itself was not touched")
    assert "1 removed" in err
    code, out, _ = sourcier("ask", QUESTION)
    assert code == 1
    assert (seeds / "fund.txt").exists()
    assert "fund.txt: forgotten" in sourcier("status")[1]
    code, out, _ = sourcier("forget", "--undo", "fund.txt", "--json")
    found = json.loads(out)
    assert (code, found["forgotten"], found["report"]["documents"]) == (0, [], 2)
    assert sourcier("ask", QUESTION)[0] == 0


def test_a_damaged_list_of_forgotten_files_stops_all_until_they_are_named_again(
    sourcier: Sourcier, seeds: Path
) -> None:
    sourcier("forget", "fund.txt")
    path = seeds / ".sourcier" / "forgotten.json"
    path.write_bytes(path.read_bytes().replace(b"fund", b"gund"))
    for command in (("index",), ("ask", QUESTION), ("status",), ("forget", "--undo", "fund.txt")):
        code, _, err = sourcier(*command)
        assert code == 2, command
        assert "seeds/.sourcier/forgotten.json, the list of forgotten files, is not what was" in err, command
        assert "gund.txt. Run, with every file that is to stay out: sourcier forget FILE" in err, command
    code, out, err = sourcier("forget", "fund.txt", "--json")
    assert (code, json.loads(out)["forgotten"]) == (0, ["fund.txt", "gund.txt"])
    assert "was damaged, and is begun anew. It keeps out now: fund.txt, gund.txt" in err
    assert sourcier("index")[0] == 0
    assert "fund.txt: forgotten" in sourcier("status")[1]


def test_forgetting_all_leaves_no_index(sourcier: Sourcier) -> None:
    sourcier("index")
    code, out, err = sourcier("forget", "fund.txt", "weather.md", "--json")
    assert code == 0
    assert json.loads(out) == {
        "forgotten": ["fund.txt", "weather.md"],
        "report": None,
        "same": [],
    }
    assert err == "No other source is left, and so no index.\n"
    assert "there is no index" in sourcier("status")[1]


def test_forgetting_names_the_same_text_under_other_names(sourcier: Sourcier, seeds: Path) -> None:
    (seeds / "copy.txt").write_bytes(FUND.encode())
    os.link(seeds / "fund.txt", seeds / "hard.txt")
    sourcier("index")
    code, out, err = sourcier("forget", "fund.txt", "--json")
    assert (code, json.loads(out)["same"]) == (0, ["copy.txt", "hard.txt"])
    assert "stays in the index under other names: copy.txt, hard.txt. To keep it out as well, run: " in err
    assert "other names" not in sourcier("forget", "copy.txt", "hard.txt")[2]


def test_an_old_index_that_is_still_read_is_told(sourcier: Sourcier, seeds: Path) -> None:
    sourcier("index")
    old = open_generation(seeds / ".sourcier")
    (seeds / "weather.md").unlink()
    _, _, err = sourcier("index")
    assert f"still reads the index as it was ({old.id}): what was deleted since is gone" in err
    old.close()
    assert "still reads" not in sourcier("index")[2]
    assert not (seeds / ".sourcier" / "generations" / old.id).exists()


def test_an_index_that_nobody_may_write_answers_and_says_that_it_is_behind(
    sourcier: Sourcier, seeds: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sourcier("index")
    (seeds / "new.txt").write_text("The mill burned down in 1911.\n")

    def closed(*_: object, **__: object) -> None:
        raise StorageError("seeds/.sourcier could not be written: Read-only file system. Make it writable")

    monkeypatch.setattr(assistant.service, "build_index", closed)
    code, out, err = sourcier("ask", QUESTION)
    assert (code, "400 million" in out) == (0, True)
    assert "Read-only file system" in err
    assert "Answered from the old index" in err


def test_forgetting_what_is_not_there(sourcier: Sourcier) -> None:
    code, _, err = sourcier("forget", "nothing.txt")
    assert (code, "nothing.txt is no source of seeds" in err) == (2, True)
    assert sourcier("forget", "--undo", "fund.txt")[0] == 2


def test_a_name_that_two_files_may_have_is_not_guessed(
    sourcier: Sourcier, seeds: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (seeds / "sub").mkdir()
    (seeds / "sub" / "fund.txt").write_text("Another fund.\n")
    sourcier("index")
    monkeypatch.chdir(seeds / "sub")
    for command in (["forget", "fund.txt"], ["status", "--text", "fund.txt"]):
        code, _, err = sourcier(*command, "--seeds", str(seeds))
        assert (code, "may be fund.txt or sub/fund.txt" in err) == (2, True)
    assert sourcier("status", "--text", "./fund.txt", "--seeds", str(seeds))[1] == "Another fund.\n"
    code, out, _ = sourcier("forget", "../fund.txt", "--seeds", str(seeds))
    assert (code, "Forgotten: fund.txt." in out) == (0, True)


def test_a_damaged_index_answers_from_the_one_before_and_is_mended(sourcier: Sourcier, seeds: Path) -> None:
    sourcier("index")
    (seeds / "weather.md").write_text("# Weather\n\nIt snows.")
    sourcier("index")
    index = seeds / ".sourcier"
    latest = index / "generations" / (index / "CURRENT").read_text().strip()
    (latest / "vectors.faiss").write_bytes(b"junk")
    code, out, err = sourcier("ask", QUESTION, "--no-build")
    assert (code, "400 million" in out) == (0, True)
    assert "vectors.faiss has 4 bytes" in err
    assert "Until then, answers come from the index of 20" in err
    code, _, err = sourcier("ask", QUESTION)
    assert code == 0
    assert f"Damaged, and made again: seeds/{latest.relative_to(seeds)}/vectors.faiss has 4 bytes" in err
    assert "0 encoded" in err
    assert sourcier("ask", QUESTION)[2] == ""


def test_files_that_vanish_together_are_not_taken_for_deleted(sourcier: Sourcier, seeds: Path) -> None:
    for n in range(9):
        (seeds / f"more{n}.txt").write_text(f"Harbour {n} was quiet.")
    sourcier("index")
    for n in range(9):
        (seeds / f"more{n}.txt").unlink()
    code, _, err = sourcier("ask", QUESTION)
    assert code == 0
    assert "9 of the 11 documents are gone from the folder" in err
    assert json.loads(sourcier("status", "--json")[1])["index"]["documents"] == 11
    assert sourcier("index")[0] == 0
    assert json.loads(sourcier("status", "--json")[1])["index"]["documents"] == 2


def test_ask_after_reads_in_the_light_of_what_was_asked(sourcier: Sourcier) -> None:
    code, out, _ = sourcier("ask", "And in 2025?", "--after", "What did the fund receive in 2024?", "--json")
    reply = json.loads(out)
    assert code == 0
    assert reply["question"] == "And in 2025?"
    assert "What did the fund receive in 2025?" in reply["readings"]
    assert reply["readings"][0] != "And in 2025?"
    assert sourcier("ask", "x", "--after", " ")[0] == 2


def test_talk_goes_on_and_starts_over(sourcier: Sourcier, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{QUESTION}\n\nAnd in 2025?\n?\n/new\nAnd in 2025?\n"))
    code, out, err = sourcier("talk")
    assert code == 0
    first, second, third = out.split("> ")[1], out.split("> ")[3], out.split("> ")[6]
    assert "⟦400 million euros⟧" in first
    assert second.startswith("Read as: ")
    assert "Read as" not in third
    assert "holds no word" in err
    assert "What was said before is forgotten." in err
