# Two commands do everything, and both are safe to repeat:
#   make chat                    asks the example sources; make chat SEEDS="~/my articles" asks a folder of yours
#   make test                    installs what the tests need and runs all of them
# And one measures: make evaluate DATA=folder has every reader answer the dev sets of DATA, and writes benchmarks/evaluation/;
# LIMIT=N takes the first N questions of each.
PYTHON ?= python3
SEEDS ?=
DATA ?=
LIMIT ?=
# Pinned, so that everyone runs the same one. It may carry options for pip: README.md, "On a machine without a GPU".
TORCH ?= torch==2.13.0
BIN := .venv/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check

# SEEDS reaches the shell as a variable, never as part of a command: it may hold spaces and quotes.
export SEEDS DATA LIMIT
.DELETE_ON_ERROR:
.PHONY: chat test check evaluate install chromium tesseract

chat: install
	@folder="$$SEEDS"; case "$$folder" in "~" | "~/"*) folder="$$HOME$${folder#"~"}";; esac; \
	exec $(BIN)/python -m assistant chat $${folder:+--seeds="$$folder"}

test: .venv/.dev chromium tesseract check
	$(BIN)/python -m pytest

check: .venv/.dev
	$(BIN)/python -m ruff check .
	$(BIN)/python -m ruff format --check .
	$(BIN)/python -m mypy

evaluate: .venv/.dev
	@test -n "$$DATA" || { echo "Name the folder that holds dev/: make evaluate DATA=folder" >&2; exit 1; }
	$(BIN)/python -m benchmarks.evaluate_all --data "$$DATA" $${LIMIT:+--limit="$$LIMIT"}

install: .venv/.run

# Each file below is touched last, so that a failed step is done again the next time.
.venv/.torch:
	@command -v "$(PYTHON)" >/dev/null || { echo "There is no $(PYTHON). Install Python 3.11 or newer." >&2; exit 1; }
	@"$(PYTHON)" -c "import sys; sys.exit(sys.version_info < (3, 11))" || \
	  { echo "$(PYTHON) is too old. Name a Python of 3.11 or newer: make PYTHON=python3.12" >&2; exit 1; }
	@"$(PYTHON)" -c "import ensurepip, venv" 2>/dev/null || { $(call apt,Python's venv module,python3-venv); }
	@echo "Making .venv and installing into it. The first time this takes a few minutes."
	"$(PYTHON)" -m venv .venv
	$(PIP) $(TORCH)
	@touch $@

.venv/.run: pyproject.toml .venv/.torch
	$(PIP) --editable .
	@touch $@

.venv/.dev: pyproject.toml .venv/.torch
	$(PIP) --editable ".[dev]"
	@touch .venv/.run $@

chromium:
	@command -v chromium >/dev/null || { $(call apt,Chromium,chromium); }

tesseract:
	@tesseract --list-langs 2>/dev/null | grep -qx fra || { $(call apt,Tesseract,tesseract-ocr tesseract-ocr-fra); }

# $(call apt,NAME,PACKAGES) installs it where that needs no password, and otherwise prints the one command that does.
define apt
if [ "$$(id -u)" = 0 ]; then root="env"; else root="sudo -n env"; fi; \
if ! command -v apt-get >/dev/null; then echo "$(1) is missing. Install the package $(2), then run make again." >&2; exit 1; \
elif ! $$root true 2>/dev/null; then echo "$(1) is missing. Run this, then make again:" >&2; \
echo "  sudo apt-get update && sudo apt-get install --yes $(2)" >&2; exit 1; fi; \
$$root apt-get update && $$root DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends $(2)
endef
