"""Imports go one way: prompts <- index <- assistant; in there types <- pipeline <- service <- cli, web."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from graphlib import CycleError, TopologicalSorter
from importlib import metadata
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("prompts", "index", "assistant")  # each may import those before it
NEVER = ("benchmarks", "training", "tests")

# Inside assistant: a module may import those of its own layer and of the layers before it. What is not named
# here is a part of an interface, which nothing but an interface may import.
PIPELINE = (
    "settings", "folding", "question", "nouns", "topic", "instead", "followup", "against", "other", "kinds", "reader",
    "windows",
    "span_model", "span_reader", "cells", "denial", "hub_reader", "readers",
    "onnx_scorer", "measures", "patterns", "scan", "values", "trim", "narrow", "agreement", "copies", "compose",
    "reasons", "verify", "provenance", "why", "render", "saving", "place", "html",
    "clock", "serving",
)  # fmt: skip
LAYERS = (
    {"assistant", "assistant.types"},
    {f"assistant.{name}" for name in PIPELINE},
    {"assistant.service"},
)

# What a start, `--help` and a rebuild with nothing to do must not wait for.
HEAVY = (
    "torch",
    "transformers",
    "sentence_transformers",
    "faiss",
    "gradio",
    "trafilatura",
    "pypdfium2",
    "onnx",
    "onnxruntime",
)


def modules() -> dict[str, Path]:
    found = {}
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


MODULES = modules()


def imports(source: str, module: str) -> set[str]:
    """The modules that `source` imports, at its top or inside a function, as far as they are named."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module}: relative import in line {node.lineno}"
            base = node.module or ""
            found |= {
                f"{base}.{alias.name}" if f"{base}.{alias.name}" in MODULES else base for alias in node.names
            }
    return found


IMPORTS = {name: imports(path.read_text(encoding="utf-8"), name) for name, path in MODULES.items()}


def layer(module: str) -> int:
    return next((n for n, names in enumerate(LAYERS) if module in names), len(LAYERS))


def test_imports_are_read_wherever_they_stand() -> None:
    source = "import a.b\ndef f():\n    from index import types, nothing\n    from index.store import x\n"
    assert imports(source, "here") == {"a.b", "index.types", "index", "index.store"}


@pytest.mark.parametrize("module", MODULES)
def test_packages_import_one_way(module: str) -> None:
    rank = PACKAGES.index(module.split(".")[0])
    later = {name for name in IMPORTS[module] if name.split(".")[0] in PACKAGES[rank + 1 :]}
    assert later == set()


@pytest.mark.parametrize("module", MODULES)
def test_nothing_imports_benchmarks_training_or_tests(module: str) -> None:
    assert {name for name in IMPORTS[module] if name.split(".")[0] in NEVER} == set()


@pytest.mark.parametrize("module", [name for name in MODULES if name.startswith("assistant")])
def test_assistant_imports_one_way(module: str) -> None:
    ours = {name for name in IMPORTS[module] if name in MODULES and name.startswith("assistant.")}
    assert {name for name in ours if layer(name) > layer(module)} == set()


def test_every_layer_exists() -> None:
    named = set().union(*LAYERS)
    assert named - set(MODULES) == set()


def test_no_cycles() -> None:
    graph = {name: {other for other in found if other in MODULES} for name, found in IMPORTS.items()}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(f"modules import each other: {' -> '.join(error.args[1])}")


def test_every_package_that_is_imported_is_declared() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    declared = {re.split(r"[<>=]", line)[0].lower() for line in project["dependencies"]}
    installed = metadata.packages_distributions()
    foreign = {name.split(".")[0] for found in IMPORTS.values() for name in found}
    foreign -= {*sys.stdlib_module_names, *PACKAGES}
    undeclared = {name for name in foreign if not {one.lower() for one in installed[name]} & declared}
    assert undeclared == set()


def test_types_and_errors_stand_on_nothing_of_ours() -> None:
    for module in ("index.types", "index.errors"):
        assert {name for name in IMPORTS[module] if name in MODULES} == set(), module


@pytest.mark.parametrize("module", ["assistant.cli", "assistant.service", "index.build", "index.search"])
def test_importing_loads_nothing_heavy(module: str) -> None:
    code = f"import sys, {module}; print(*sorted(set(sys.modules) & set({HEAVY!r})))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == []


@pytest.mark.parametrize("arguments", [["--help"], ["ask", "--help"], ["--version"]])
def test_help_loads_nothing_heavy(arguments: list[str]) -> None:
    code = (
        "import sys\nfrom assistant.cli import main\n"
        f"try:\n    main({arguments!r})\nexcept SystemExit as end:\n    assert not end.code\n"
        f"print('HEAVY', *sorted(set(sys.modules) & set({HEAVY!r})))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1].split() == ["HEAVY"]
