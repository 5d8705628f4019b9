# Everything a person runs. `make help` lists it.
SHELL := /bin/bash
.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALL := $(BIN)/python requirements/install.py
# The data home: SHIXUN_HOME when set, else a folder of the clone that git ignores.
DATA_HOME := $(or $(SHIXUN_HOME),data/home)
DUMPS ?= data/dumps
PORT ?= 8350

export DAGSTER_DISABLE_TELEMETRY := yes

.PHONY: help setup setup-dev kit browser demo nightly serve dev test faults questions lint format mutants bench dask-demo docs clean

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "shixun needs Python 3.11 or newer: make PYTHON=python3.12 …"; exit 2; }
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.runtime: requirements/runtime.lock requirements/setup.lock pyproject.toml | $(VENV)/bin/python
	@echo "正在安装依赖 …"
	@$(INSTALL) requirements/runtime.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev: requirements/dev.lock $(VENV)/.runtime
	@echo "正在安装开发依赖 …"
	@$(INSTALL) requirements/dev.lock
	@touch $@

$(VENV)/.dask: requirements/dask.lock $(VENV)/.runtime
	@echo "正在安装 Dask …"
	@$(INSTALL) requirements/dask.lock
	@touch $@

setup: $(VENV)/.runtime ## the virtual environment, with what a night needs

setup-dev: $(VENV)/.dev ## … and with what tests, checks and the Dagster UI need

kit: setup-dev ## an offline kit in build/kit: wheels for x86-64 and aarch64, their lock, a bill of materials
	@$(BIN)/python requirements/kit.py build/kit

browser: ## a Chromium for the page tests: an installed one, else Debian's package
	@bash tests/browser/ensure_chromium.sh

demo: setup ## sample dumps of three provinces, a whole night, releases and the portal
	@$(BIN)/shixun demo --dumps "$(DUMPS)" --home "$(DATA_HOME)"

nightly: setup ## one night on the data home (DUMPS=… names the dump folder)
	@$(BIN)/shixun refresh --dumps "$(DUMPS)" --home "$(DATA_HOME)"

serve: setup ## preview the published site on 127.0.0.1
	@$(BIN)/shixun serve --home "$(DATA_HOME)" --port $(PORT)

dev: setup ## Dagster's pages on 127.0.0.1:3000, for the maintainer at this machine: look, make a table alone, run a night; none begins unasked
	@$(BIN)/shixun prepare --home "$(DATA_HOME)"
	@VIRTUAL_ENV="$(abspath $(VENV))" SHIXUN_HOME="$(abspath $(DATA_HOME))" SHIXUN_DUMPS="$(abspath $(DUMPS))" DAGSTER_HOME="$(abspath $(DATA_HOME))/dagster" $(BIN)/python -m pipelines.schedule.workbench workspace.yaml

test: setup-dev browser ## the whole test suite
	@$(BIN)/python -m pytest -n 2 --dist loadscope --no-loadscope-reorder

lint: setup-dev ## ruff, types, import rules
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy && $(BIN)/lint-imports --no-cache

format: setup-dev ## let ruff tidy the code
	@$(BIN)/ruff check --fix . && $(BIN)/ruff format .

mutants: setup-dev ## whether the law's cases notice every changed figure of the policy files (minutes)
	@$(BIN)/python -m tests.mutants

faults: setup-dev ## bad days in full: 200 kills, full disks, spoilt homes, 100,000 hostile files (hours)
	@SHIXUN_FAULTS=full SHIXUN_MUTATIONS=100000 $(BIN)/python -m pytest -n 2 --dist load tests/faults tests/unit/reading/test_mutations.py tests/unit/pipelines/test_parts.py

questions: setup-dev browser ## ten thousand random questions to the page 自助制表 (minutes)
	@SHIXUN_QUESTIONS=10000 $(BIN)/python -m pytest tests/browser/test_ask.py -k random

bench: setup-dev ## speed and memory beside their peers (minutes; data/bench)
	@$(BIN)/python -m tests.bench

dask-demo: $(VENV)/.dask ## the sample's provinces over two Dask workers, one killed (minutes; data/dask)
	@test -e "$(DUMPS)/.complete" || { echo "先运行 make demo：要用它的模拟转储"; exit 2; }
	@$(BIN)/python -m tests.cluster "$(DUMPS)" data/dask

docs: setup-dev ## remake the pages under docs/ that follow from the policies and from docs/scale.json
	@$(BIN)/python -m models.law.catalogue
	@$(BIN)/python -m tests.bench.scale

clean: ## remove what the demo and the benchmarks wrote
	@rm -rf data/home data/dumps data/bench data/dask
