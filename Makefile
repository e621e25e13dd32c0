# Millwright: `make demo` runs everything on this machine, `make test` and `make check` are what CI runs.
SHELL := /bin/bash
PYTHON ?= python3.11
PORT ?= 8000
# Workers of the test run; each has a database server of its own, so a given one (DATABASE_URL) takes one worker.
WORKERS ?= $(if $(DATABASE_URL),1,2)
VENV := .venv
BIN := $(VENV)/bin
export PORT

# A stamp per lock file: installing again happens only when the file's content changes.
stamp = $(VENV)/.installed-$(1)-$(shell sha256sum requirements/$(1).txt | cut -c1-16)
LOCAL := $(call stamp,local)
DEV := $(call stamp,dev)
# Development includes everything of local; a machine that has it needs nothing more for the demo.
DEMO_READY := $(if $(wildcard $(DEV)),$(DEV),$(LOCAL))

.PHONY: help setup demo run demo-reset dev browser test check format bench lock

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed-%: | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --only-binary :all: --require-hashes \
	  -r requirements/$(firstword $(subst -, ,$*)).txt
	@rm -f $(VENV)/.installed-$(firstword $(subst -, ,$*))-*
	@touch $@

setup: $(DEMO_READY) ## install what the demo needs into .venv

demo: setup ## run the whole system with demo data on http://127.0.0.1:$PORT
	@exec $(BIN)/python manage.py up --demo --follow-parent

run: setup ## the same without demo data
	@exec $(BIN)/python manage.py up --no-demo --follow-parent

demo-reset: setup ## forget everything under var/
	@$(BIN)/python -m config.embedded reset

dev: $(DEV) ## install what tests and checks need

browser: dev
	@bash .ci/browser $(BIN)/python

test: dev browser ## run all tests, two workers side by side; TESTS=tests/core for some, WORKERS=1 for one after the other
	$(BIN)/python -m pytest $(if $(filter-out 0 1,$(WORKERS)),-n $(WORKERS)) $(TESTS)

check: dev ## lint, format, types, import contracts, templates, migrations, deployment settings
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy .
	$(BIN)/lint-imports
	$(BIN)/python manage.py describe_models --check
	@bash .ci/django-checks $(BIN)/python

format: dev ## rewrite the code in the house format
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	find templates -name '*.html' -print0 | xargs -0 $(BIN)/djade --target-version 5.2

bench: dev ## measure; results in var/bench.json
	$(BIN)/python -m bench

# uv lives in its own throw-away environment: it is needed for this and nothing else.
lock: ## compile requirements/*.in to hash-locked requirements/*.txt
	$(PYTHON) -m venv var/lock && var/lock/bin/pip install --quiet --only-binary :all: uv
	for name in runtime local dev; do \
	  var/lock/bin/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-annotate \
	    --no-header requirements/$$name.in --output-file requirements/$$name.txt || exit 1; done
	! grep -n '://' requirements/*.txt
