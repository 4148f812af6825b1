# Two commands do everything: `make chat` and `make test`. Both are safe to repeat.
PYTHON ?= python3
SEEDS ?= seeds
BIN := .venv/bin

.PHONY: chat test check install
chat: install
	$(BIN)/sourcier chat --seeds "$(SEEDS)"

test: .venv/.dev check
	$(BIN)/python -m pytest

check: .venv/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

install: .venv/.run

# torch is pinned here to its CPU build's version: an unpinned torch brings gigabytes of CUDA.
.venv/.torch:
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check torch==2.13.0
	touch $@

.venv/.run: pyproject.toml .venv/.torch
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	touch $@

.venv/.dev: pyproject.toml .venv/.torch
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable ".[dev]"
	touch .venv/.run $@
