# Needs Python 3.11 to 3.13 and make, nothing else. `make help` lists what there is.
.DEFAULT_GOAL := help
SHELL := /bin/sh
.PHONY: help up demo test check soak bench lock clean chromium javascript chains golang

VENV := .venv
RUN := $(VENV)/bin/python
BROWSERS ?= install
NODE ?= install
GO ?= install
CHAINS ?= install
FITS := import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))
PYTHON ?= $(shell for python in python3 python3.13 python3.12 python3.11; do \
	$$python -c '$(FITS)' >/dev/null 2>&1 && echo $$python && break; done)
PIP := $(RUN) -m pip --disable-pip-version-check install --quiet --require-hashes

help: ## this list
	@sed -n 's/^\([a-z]*\):.*## /\1	/p' $(MAKEFILE_LIST)

up: $(VENV)/.installed ## start everything and stay until Ctrl-C; addresses in var/up.json
	@exec $(RUN) -m tools.stack --end-with-parent

demo: $(VENV)/.installed ## the whole way once: push, link, consent, pull, seal, anchor, verify, revoke
	@exec $(RUN) -m tools.demo

test: check chromium javascript chains golang ## lint, types, imports, then every test
	$(RUN) -m pytest -n auto --dist worksteal

check: $(VENV)/.installed-dev ## ruff, mypy, import-linter
	$(RUN) -m ruff check .
	$(RUN) -m ruff format --check .
	$(RUN) -m mypy
	$(VENV)/bin/lint-imports

soak: $(VENV)/.installed-dev ## the random consents of the tests, 10,000 cases instead of 500 (about 20 minutes)
	CONSENT_CASES=10000 $(RUN) -m pytest -q tests/integration/consent/test_predicate.py

bench: $(VENV)/.installed-dev ## the benchmarks: a table, and JSON in var/bench.json
	@exec $(RUN) -m tests.bench

lock: $(VENV)/.installed-dev ## requirements*.txt anew from pyproject.toml
	$(RUN) -m uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --upgrade \
		--custom-compile-command "make lock" --quiet --output-file requirements.txt
	$(RUN) -m uv pip compile pyproject.toml --group dev --universal --python-version 3.11 --generate-hashes --upgrade \
		--constraints requirements.txt --custom-compile-command "make lock" --quiet --output-file requirements-dev.txt

clean: ## remove the environment and what tools cached; var/ (your data) stays
	rm -rf $(VENV) staticfiles .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis

# The browser test runs in Debian's Chromium. BROWSERS=skip leaves the machine as it is; the test then skips and says so.
chromium:
	@tools/install_chromium $(BROWSERS)

# Clients of others that are written in JavaScript. NODE=skip leaves the machine as it is.
javascript:
	@tools/install_javascript $(NODE)

# Real nodes of public chains. CHAINS=skip leaves the machine as it is; the tests of those chains then skip.
chains:
	@tools/install_chains $(CHAINS)

# Go's own packages for transparency logs check ours. GO=skip leaves the machine as it is.
golang:
	@tools/install_go $(GO)

$(VENV)/.installed: requirements.txt | $(VENV)/bin/python
	@echo "installing the locked packages into $(VENV) (once, about 250 MB)"
	@$(PIP) -r requirements.txt
	@touch $@

$(VENV)/.installed-dev: requirements-dev.txt | $(VENV)/bin/python
	@echo "installing the locked packages for development into $(VENV) (once, about 400 MB)"
	@$(PIP) -r requirements-dev.txt
	@touch $@ $(VENV)/.installed

$(VENV)/bin/python:
	@test -n "$(PYTHON)" || { \
		echo "MedBridge needs Python 3.11, 3.12 or 3.13. Found: $$(python3 --version 2>&1)."; \
		echo "Install one, or name it: make PYTHON=/path/to/python3.11 ..."; exit 1; }
	@$(PYTHON) -c '$(FITS)' || { \
		echo "MedBridge needs Python 3.11, 3.12 or 3.13. $(PYTHON) is: $$($(PYTHON) --version 2>&1)."; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
		echo "$(PYTHON) cannot make environments: on Debian and Ubuntu, apt-get install python3-venv."; exit 1; }
