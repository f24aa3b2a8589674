# Bare `make` lists the tasks. Everything runs in .venv, which `make setup` builds from the project's own files.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PEERS := .venv-peers
# A bare torch pulls several GB of CUDA packages; the constraint keeps the CPU build, at every install.
export PIP_CONSTRAINT := $(CURDIR)/constraints.txt
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := help

help:  ## list the tasks
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(VENV)/.ready  ## prepare .venv with the command .venv/bin/glasswork

$(VENV)/.ready: pyproject.toml constraints.txt
	@echo "Setting up $(VENV): downloads about 450 MB (torch's CPU build is 190 MB of it), 1 to 5 minutes, 1.8 GB on disk."
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed, this is %s; say PYTHON=python3.12, say" % sys.version.split()[0] if sys.version_info < (3, 11) else 0)'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --editable '.[dev]'
	@touch $@
	@echo "Ready: $(BIN)/glasswork --help"

train: setup  ## train on a small real data set (bundled with scikit-learn) and print where the report is
	@$(BIN)/glasswork train

check: setup  ## the quick half of the gate: format, lint, types, import contract
	@$(BIN)/ruff format --check --quiet . || { echo "format: run 'make format'"; exit 1; }
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache

test: check  ## everything that must pass: check, then doctests and tests
	@$(BIN)/python -m pytest --quiet --numprocesses 2 --doctest-modules src/glasswork tests

format:  ## rewrite the code in the house's format
	@$(BIN)/ruff check --quiet --fix --exit-zero .
	@$(BIN)/ruff format --quiet .

schema: setup  ## write docs/recipe.schema.json anew after a change of the recipe
	@$(BIN)/python -c "import json; from glasswork.runs.recipe import Recipe; print(json.dumps(Recipe.model_json_schema(), indent=1))" > docs/recipe.schema.json

claims: setup  ## run the experiments on the course's claims that changed, then write the pages about the course
	@$(BIN)/python tools/claims.py --missing
	@$(BIN)/python tools/pages.py

pages: setup  ## write the pages about the course: docs/coverage.json, docs/claims.md, docs/errata.md
	@$(BIN)/python tools/pages.py

gallery: setup  ## write the gallery of traced steps to build/gallery
	@$(BIN)/python tools/gallery.py

axe:  ## install axe-core below build/axe: with it and chromium, the tests of pages look at accessibility too
	@npm install --silent --no-audit --no-fund --no-save --prefix build/axe axe-core@4

results: setup  ## measure docs/results.md anew from ../shared/data (hours)
	@$(BIN)/python benchmarks/results.py

compatibility: $(PEERS)/.ready  ## test with other libraries, in an environment of its own (downloads about 600 MB; 10 minutes)
	@$(PEERS)/bin/python -m pytest --quiet tests/compatibility

$(PEERS)/.ready: pyproject.toml constraints.txt benchmarks/peers.txt
	@test -x $(PEERS)/bin/python || $(PYTHON) -m venv $(PEERS)
	@$(PEERS)/bin/python -m pip install --quiet --editable '.[dev]' --requirement benchmarks/peers.txt
	@touch $@

bench-doctor: setup  ## measure how often the doctor is right, on programs and on strangers' scripts (15 minutes)
	@$(BIN)/python benchmarks/doctor/run.py --half report
	@$(BIN)/python benchmarks/doctor/scripts.py --set report
	@$(BIN)/python benchmarks/results.py --write

bench-doctor-full: bench-doctor $(PEERS)/.ready  ## also cures, recipes, the cost of watching, other tools (an hour)
	@$(BIN)/python benchmarks/doctor/cures.py
	@$(BIN)/python benchmarks/doctor/own_runs.py
	@$(BIN)/python benchmarks/doctor/overhead.py
	@$(PEERS)/bin/python benchmarks/doctor/peers.py
	@$(BIN)/python benchmarks/results.py --write

clean:  ## remove what the tasks built; runs/ stays
	@rm -rf $(VENV) $(PEERS) .pytest_cache .mypy_cache .ruff_cache .hypothesis dist build

.PHONY: help setup train check test format schema claims pages gallery axe results compatibility bench-doctor bench-doctor-full clean
