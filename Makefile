# make demo    set everything up and run a sample
# make test    lint, types and tests; needs no PyTorch
# make parity  add PyTorch to the environment and compare with it live
# make bench   the same work in tensorsh, in PyTorch and in CPython, side by side
# make clean   remove the environment and everything built

PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3.14 python3; do \
    $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --disable-pip-version-check -qq

.DEFAULT_GOAL := help
.PHONY: help demo test parity bench clean

help:
	@sed -n 's/^# make/make/p' Makefile

$(VENV)/.installed: pyproject.toml
	@test -n "$(PYTHON)" || { echo "tensorsh needs Python 3.11 or newer (set PYTHON=...)" >&2; exit 1; }
	@echo "Setting up $(VENV) with $(PYTHON)"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(PIP) -e .
	@touch $@

$(VENV)/.installed-dev: $(VENV)/.installed
	@echo "Installing the development tools"
	@$(PIP) -e '.[dev]'
	@touch $@

$(VENV)/.installed-torch: $(VENV)/.installed-dev
	@echo "Installing PyTorch, to compare with"
	@$(PIP) -e '.[dev,torch]'
	@touch $@

demo: $(VENV)/.installed
	@echo "tensorsh run samples/tour.tsh"
	@$(BIN)/tensorsh run samples/tour.tsh

test: $(VENV)/.installed-dev
	@$(BIN)/ruff check
	@$(BIN)/mypy
	@$(BIN)/pytest --doctest-modules --ignore=tests/parity tests tensorsh

parity: $(VENV)/.installed-torch
	@$(BIN)/pytest tests/parity

bench: $(VENV)/.installed-torch
	@$(BIN)/python benchmarks/startup.py
	@$(BIN)/python benchmarks/operators.py
	@$(BIN)/python benchmarks/language.py
	@$(BIN)/python benchmarks/explanations.py

clean:
	@rm -rf $(VENV) build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
