"""The documentation keeps up: commands, options, settings, modules, links, versions, and `make chat` itself."""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import tomllib
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import pytest

from assistant import cli, settings

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
CHANGELOG = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def section(title: str) -> str:
    """What stands under a second-level heading of the README."""
    _, _, rest = README.partition(f"\n## {title}\n")
    assert rest, f"the README has no section {title!r}"
    return rest.partition("\n## ")[0]


def commands() -> dict[str, argparse.ArgumentParser]:
    [choices] = [
        action.choices for action in cli._parser()._actions if isinstance(action, argparse._SubParsersAction)
    ]
    return dict(choices)


def options(parser: argparse.ArgumentParser) -> Iterator[str]:
    for action in parser._actions:
        yield from (option for option in action.option_strings if option.startswith("--"))


def test_the_commands_are_those_that_are_documented() -> None:
    documented = re.findall(r"^\| `sourcier (\w+)", section("Ask"), re.MULTILINE)
    assert documented == list(commands())


@pytest.mark.parametrize("command", commands())
def test_every_option_is_documented(command: str) -> None:
    missing = [option for option in options(commands()[command]) if option not in section("Ask")]
    assert missing == []


@pytest.mark.parametrize("command", commands())
def test_every_command_has_an_example(command: str) -> None:
    parser = commands()[command]
    assert "example: " in str(parser.epilog)
    assert f"sourcier {command}" in str(parser.epilog)


def test_no_option_is_documented_that_is_not_there() -> None:
    real = {option for parser in commands().values() for option in options(parser)}
    named = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", section("Ask") + section("Your own folder")))
    assert named <= real


def test_settings_and_their_defaults() -> None:
    rows = dict(re.findall(r"^\| `(\w+)` \| (.*?) \|", section("Another model"), re.MULTILINE))
    assert {name: value.strip("`") for name, value in rows.items()} == {
        field.name: _written(field.default) for field in fields(settings.Settings)
    }


def _written(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return "empty" if value in (None, "") else str(value)


def test_every_variable_that_is_no_setting_is_documented() -> None:
    assert [name for name in settings.OTHER_VARIABLES if f"`{name}" not in README] == []


@pytest.mark.parametrize("package", ["prompts", "index", "assistant"])
def test_every_module_is_in_the_architecture(package: str) -> None:
    _, _, room = section("How it works").partition(f"\n**`{package}/`**")
    rows = room.partition("\n\n")[0]
    present = {path.name for path in (ROOT / package).iterdir() if path.suffix in (".py", ".toml")}
    named = set(re.findall(r"`([\w.]+\.(?:py|toml))`", rows))
    assert named == present - {"__init__.py"}


def test_every_folder_of_the_architecture_exists() -> None:
    _, _, rooms = section("How it works").partition("file by file")
    named = re.findall(r"`(\w+)/`", rooms.replace("`formats/`", "").replace("`static/`", ""))
    assert {"prompts", "index", "assistant", "seeds", "tests"} <= set(named)
    assert [name for name in named if not (ROOT / name).is_dir()] == []


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "seeds/README.md"])
def test_every_link_leads_to_a_file(name: str) -> None:
    page = ROOT / name
    targets = re.findall(r"\]\(([^)#]+)\)", page.read_text(encoding="utf-8"))
    local = [target for target in targets if "://" not in target]
    assert [target for target in local if not (page.parent / target).exists()] == []


def test_every_module_that_is_to_be_run_exists() -> None:
    for module in re.findall(r"python -m ([\w.]+)", README):
        path = ROOT / module.replace(".", "/")
        assert path.with_suffix(".py").is_file() or (path / "__main__.py").is_file(), module


def test_the_changelog_is_headed_by_this_version() -> None:
    versions = re.findall(r"^## \[([^\]]+)\]", CHANGELOG, re.MULTILINE)
    assert versions[0] == PROJECT["project"]["version"]
    assert len(set(versions)) == len(versions)


def test_the_python_that_is_asked_for_is_the_one_that_is_needed() -> None:
    wanted = PROJECT["project"]["requires-python"].removeprefix(">=")
    assert f"Python {wanted} or newer" in README
    assert f"Python {wanted} or newer" in (ROOT / "Makefile").read_text(encoding="utf-8")


def test_the_torch_of_the_readme_is_the_one_of_the_makefile() -> None:
    pinned = re.search(r"^TORCH \?= (torch==[\d.]+)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert pinned
    assert pinned[1] in README


@pytest.mark.parametrize("listed", ["dependencies", "dev"])
def test_every_dependency_has_its_reason(listed: str) -> None:
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    lines = text.partition(f"\n{listed} = [\n")[2].partition("\n]")[0].splitlines()
    needed = [line for line in lines if not line.startswith("  # ")]
    project = PROJECT["project"]
    assert len(needed) == len(project.get(listed) or project["optional-dependencies"][listed])
    assert [line for line in needed if not re.search(r'", *# [\w.]', line)] == []


def test_ci_runs_make_test_and_nothing_else() -> None:
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    ran = [line for line in script.splitlines() if line and not line.startswith("#")]
    assert ran == ["set -eu", 'cd "$(dirname "$0")/.."', "exec make test"]
    assert os.access(ROOT / ".ci" / "run", os.X_OK)


def test_the_hooks_are_local() -> None:
    hooks = (ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8")
    assert re.findall(r"- repo: (.*)", hooks) == ["local"]
    assert re.findall(r"- id: (.*)", hooks) == ["ruff", "ruff-format", "mypy"]


def test_the_marks_that_contributors_are_told_of() -> None:
    marks = [line.split(":")[0] for line in PROJECT["tool"]["pytest"]["ini_options"]["markers"]]
    assert all(f"`{mark}`" in CONTRIBUTING for mark in marks)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A folder with our Makefile, whose environment is a Python that prints its arguments."""
    for name in ("Makefile", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path)
    python = tmp_path / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text("#!/bin/sh\nprintf '%s\\n' \"$@\"\n")
    python.chmod(0o755)
    newer = (tmp_path / "pyproject.toml").stat().st_mtime + 10
    for mark in (".torch", ".run", ".dev"):
        (tmp_path / ".venv" / mark).touch()
        os.utime(tmp_path / ".venv" / mark, (newer, newer))
    return tmp_path


def make(folder: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    kept = {
        key: value for key, value in os.environ.items() if not key.startswith(("MAKE", "MFLAGS", "SEEDS"))
    }
    return subprocess.run(
        ["make", *arguments], cwd=folder, env=kept | variables, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize(
    ("given", "received"),
    [
        pytest.param("articles", "articles", id="plain"),
        pytest.param("~/my articles", "/home/ada/my articles", id="tilde and a space"),
        pytest.param("~", "/home/ada", id="tilde alone"),
        pytest.param("a~b", "a~b", id="tilde inside"),
        pytest.param('it\'s "odd" `here`; echo no', 'it\'s "odd" `here`; echo no', id="quotes"),
        pytest.param("-dash", "-dash", id="leading dash"),
        pytest.param("été/où", "été/où", id="accents"),
    ],
)
def test_make_chat_hands_on_the_folder_as_it_was_typed(checkout: Path, given: str, received: str) -> None:
    done = make(checkout, "chat", f"SEEDS={given}", HOME="/home/ada")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == ["-m", "assistant", "chat", f"--seeds={received}"]


def test_make_chat_without_a_folder_leaves_it_to_the_settings(checkout: Path) -> None:
    assert make(checkout, "chat").stdout.splitlines() == ["-m", "assistant", "chat"]


def test_a_failed_installation_is_tried_again(checkout: Path) -> None:
    python = checkout / ".venv" / "bin" / "python"
    python.write_text("#!/bin/sh\necho no such package >&2; exit 1\n")
    (checkout / ".venv" / ".run").unlink()
    for _ in range(2):
        done = make(checkout, "chat")
        assert done.returncode == 2
        assert "no such package" in done.stderr
        assert not (checkout / ".venv" / ".run").exists()


def test_make_says_which_python_is_missing(checkout: Path) -> None:
    shutil.rmtree(checkout / ".venv")
    done = make(checkout, "install", "PYTHON=no-such-python")
    assert done.returncode == 2
    assert "There is no no-such-python. Install Python 3.11 or newer." in done.stderr
    assert not (checkout / ".venv").exists()
