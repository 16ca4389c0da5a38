# Commands of the project; `make help` lists them.

PYTHON ?= python3
BIN := .venv/bin
# A process of tests per core; a file's tests share what they start.
PYTEST := $(BIN)/python -m pytest --numprocesses=auto --dist=loadfile
# Stamps: touched last, so that an interrupted set-up is begun anew.
RUNTIME := .venv/.runtime
DEVELOPMENT := .venv/.development
NODE := tests/evidence/node
NODE_PACKAGES := $(NODE)/node_modules/.installed
JUDGES := tests/exports/judges
JUDGES_PACKAGES := $(JUDGES)/node_modules/.installed
NODE_RED := tests/system/node_red
NODE_RED_PACKAGES := $(NODE_RED)/node_modules/.installed
# Compiled once and kept, also where an image says otherwise: the tests start hundreds of processes.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help run setup test system console judges endure platforms check format docs vendor screenshots bench lock

help:
	@sed -n 's/^\([a-z]*\):.*## /  make \1\t/p' Makefile

run: $(RUNTIME) ## start the connector, with the sandbox unless the environment says otherwise
	@if [ -z "$$SANDBOX$$PLIVO_API_URL" ] && ! grep -qsE '^(export )?(SANDBOX|PLIVO_API_URL)=' .env; then export SANDBOX=true; fi; \
	exec $(BIN)/python -m app

setup: $(RUNTIME) ## only set up .venv

test: $(DEVELOPMENT) $(NODE_PACKAGES) ## run the tests; seven minutes on two cores
	$(PYTEST) --ignore=tests/system --ignore=tests/console

system: $(DEVELOPMENT) $(NODE_PACKAGES) ## test the program as processes: killed, without its store, with several workers
	$(PYTEST) tests/system

console: $(DEVELOPMENT) $(NODE_PACKAGES) ## test the console in a browser
	$(PYTEST) tests/console

judges: $(DEVELOPMENT) $(JUDGES_PACKAGES) ## let linters and generators of clients judge /openapi.json; some minutes, wants java
	$(BIN)/python -m pytest -m judges tests/exports

endure: $(DEVELOPMENT) ## kill connectors by the hundred while events come in, and tell what was lost; ten minutes
	$(BIN)/python -m pytest -m endurance tests/system

platforms: $(DEVELOPMENT) $(NODE_RED_PACKAGES) ## let Node-RED take events; downloads 120 MB once
	$(BIN)/python -m pytest -m platforms tests/system

check: $(DEVELOPMENT) ## formatter, linter, types, import order, manifest, docs
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m app check
	$(BIN)/python -m pytest -q tests/test_docs.py

format: $(DEVELOPMENT) ## format the code and mend what the linter can
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

docs: $(DEVELOPMENT) ## write docs/ anew from the manifest
	$(BIN)/python -m docs.generate

vendor: $(DEVELOPMENT) $(NODE_PACKAGES) ## write app/console/vendor anew from the npm packages
	$(BIN)/python -m tests.console.vendored

screenshots: $(DEVELOPMENT) ## take the pictures of the console in docs/images anew
	$(BIN)/python -m tests.console.screenshots

bench: $(DEVELOPMENT) ## run the benchmarks
	$(BIN)/python -m bench

lock: $(DEVELOPMENT) ## resolve the dependencies anew
	$(BIN)/uv pip compile -q --universal --generate-hashes --no-emit-index-url --no-header --upgrade pyproject.toml -o requirements.txt
	$(BIN)/uv pip compile -q --universal --generate-hashes --no-emit-index-url --no-header --upgrade pyproject.toml --group dev -c requirements.txt -o requirements-dev.txt
	$(BIN)/npm update --prefix $(NODE) --package-lock-only --ignore-scripts --no-audit --no-fund
	$(BIN)/npm update --prefix $(JUDGES) --package-lock-only --ignore-scripts --no-audit --no-fund
	$(BIN)/npm update --prefix $(NODE_RED) --package-lock-only --ignore-scripts --no-audit --no-fund

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; name one with: make PYTHON=python3.12 …" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' || { echo "Python's venv module is missing; on Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }
	$(PYTHON) -m venv .venv

$(RUNTIME): requirements.txt | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements.txt
	@touch $@

$(DEVELOPMENT): requirements-dev.txt | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements-dev.txt
	@touch $(RUNTIME) $@

# What the tests let judge on Node, which itself is a development dependency.
$(NODE_PACKAGES): $(NODE)/package.json $(NODE)/package-lock.json | $(DEVELOPMENT)
	$(BIN)/npm ci --prefix $(NODE) --loglevel=error --ignore-scripts --no-audit --no-fund
	@touch $@

$(JUDGES_PACKAGES): $(JUDGES)/package.json $(JUDGES)/package-lock.json | $(DEVELOPMENT)
	$(BIN)/npm ci --prefix $(JUDGES) --loglevel=error --ignore-scripts --no-audit --no-fund
	@touch $@

$(NODE_RED_PACKAGES): $(NODE_RED)/package.json $(NODE_RED)/package-lock.json | $(DEVELOPMENT)
	$(BIN)/npm ci --prefix $(NODE_RED) --loglevel=error --ignore-scripts --no-audit --no-fund
	@touch $@
