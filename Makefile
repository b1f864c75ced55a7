# Two commands are enough: `make demo` and `make test`. Each sets up .venv once and is quick from then on.

PYTHON ?= python3
VENV   ?= .venv
# The pinned sets of requirements/ are what CI has run. `make test PINNED=` takes the newest that pyproject.toml allows.
PINNED ?= yes
# Processes that share the tests.
WORKERS ?= 2

BIN := $(VENV)/$(if $(filter Windows_NT,$(OS)),Scripts,bin)
PIP := $(BIN)/python -m pip --disable-pip-version-check
# A virtual environment is either small (the library) or full (every extra and the tools); full serves for both.
FULL  := $(VENV)/.full
SMALL := $(if $(wildcard $(FULL)),$(FULL),$(VENV)/.small)

.DEFAULT_GOAL := help
.PHONY: help demo serve test lint style types layers packs docs openapi bench fuzz pins clean

help:  ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' Makefile

demo: $(SMALL)  ## the main job: the Yaohai 2017 figures, computed and explained
	@$(BIN)/minsheng demo

serve: $(FULL)  ## both services, for this machine only
	@$(BIN)/minsheng serve all

test: $(FULL)  ## every test, the docstrings' examples and the documents' commands included
	$(BIN)/python -m pytest -n $(WORKERS)

lint: style types layers packs  ## what CI checks before it runs the tests

style: $(FULL)  ## ruff: rules and format
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(FULL)  ## mypy --strict, the public surface by example included
	$(BIN)/mypy

layers: $(FULL)  ## imports point down the layers only
	$(BIN)/lint-imports --no-logo

packs: $(FULL)  ## the built-in packs: their definitions, and their cases
	@for pack in libminsheng/packs/*/; do \
	  if test -f $$pack/pack.toml; then $(BIN)/minsheng pack lint $$pack && $(BIN)/minsheng pack test $$pack || exit 1; fi; \
	done

docs: $(FULL)  ## write docs/catalogue.md again, after a pack has changed
	$(BIN)/python -m libminsheng.report.reference docs/catalogue.md

openapi: $(FULL)  ## write openapi/*.yaml again, after a service has changed
	$(BIN)/python -m minsheng_indicators.write_document openapi/indicators.yaml
	$(BIN)/python -m minsheng_registry.write_document openapi/registry.yaml

bench: $(FULL)  ## time against hand-written Polars and DuckDB; the table goes to bench/results/
	$(BIN)/python -m bench

fuzz: $(FULL)  ## the laws with many more random examples, then the readers against noise that learns (FUZZ_SECONDS=60 each)
	HYPOTHESIS_PROFILE=fuzz $(BIN)/python -m pytest -n $(WORKERS) -m hypothesis
	$(BIN)/python -m fuzz

pins: $(FULL)  ## renew requirements/*.txt
	$(PIP) install --quiet uv
	$(BIN)/uv pip compile --quiet --upgrade $(PIN_OPTIONS) --extra dev -o requirements/ci.txt pyproject.toml
	$(BIN)/uv pip compile --quiet $(PIN_OPTIONS) -c requirements/ci.txt -o requirements/runtime.txt pyproject.toml requirements/build.in

PIN_OPTIONS := --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url

clean:  ## forget .venv and every cache
	rm -rf $(VENV) build dist .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/.made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "libminsheng needs Python 3.11 or later; name yours: make PYTHON=python3.12 …" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.small: $(VENV)/.made pyproject.toml requirements/runtime.txt
ifeq ($(PINNED),yes)
	$(PIP) install --quiet --require-hashes -r requirements/runtime.txt
	$(PIP) install --quiet --no-deps --no-build-isolation -e .
else
	$(PIP) install --quiet --upgrade -e .
endif
	@touch $@

$(FULL): $(VENV)/.made pyproject.toml requirements/ci.txt
ifeq ($(PINNED),yes)
	$(PIP) install --quiet --require-hashes -r requirements/ci.txt
	$(PIP) install --quiet --no-deps --no-build-isolation -e .
else
	$(PIP) install --quiet --upgrade -e '.[dev]'
endif
	@touch $@
