# Quantix: `make run` serves the site with its demo, `make test` tests it. `make` lists the rest.

SHELL := /bin/bash
PORT ?= 8000
TEST_WORKERS ?= auto
EXAMPLES ?= 100
ROWS ?= 10000000
SEED ?= $(shell date +%s)
PYTHON_BIN := .venv/bin/python
# Looking at the code needs no database: none is started for it.
NO_DATABASE := DATABASE_URL=postgres://lint@127.0.0.1:1/lint
SAY := @printf '\033[1m==> %s\033[0m\n'
export PORT
MAKEFLAGS += --no-print-directory

.DEFAULT_GOAL := help
.PHONY: help run serve worker stop reconcile psql test test-fast fuzz bench-admin schema lint types format clean setup setup-dev

help: ## List these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: setup ## Serve the site with its demo at http://127.0.0.1:8000 (PORT=8123 make run: elsewhere)
	$(SAY) "Preparing the database"
	@$(PYTHON_BIN) manage.py migrate --verbosity 1
	$(SAY) "Loading the demo"
	@$(PYTHON_BIN) manage.py demo
	$(SAY) "Starting the site"
	@$(PYTHON_BIN) manage.py up

serve: export DEBUG ?= false
serve: setup ## Serve for production: WEB_CONCURRENCY, WEB_THREADS, BIND, PORT; see .env.example
	$(SAY) "Collecting static files"
	@$(PYTHON_BIN) manage.py collectstatic --noinput --verbosity 0
	$(SAY) "Serving"
	@exec $(PYTHON_BIN) -m gunicorn --config python:quantix.gunicorn_settings quantix.wsgi

worker: setup ## Do the background and periodic work
	@exec $(PYTHON_BIN) manage.py worker

stop: ## Stop the embedded PostgreSQL
	@if [ -x $(PYTHON_BIN) ]; then $(PYTHON_BIN) -m quantix.postgres stop; else echo "Nothing is set up."; fi

reconcile: setup ## Check every balance against its transactions
	@$(PYTHON_BIN) manage.py reconcile

psql: setup ## Open psql on the embedded database
	@$(PYTHON_BIN) -m quantix.postgres psql

test: setup-dev ## Run the whole test suite, browser tests included (ARGS="-k name" for some)
	@.ci/browser
	$(SAY) "Testing"
	@$(PYTHON_BIN) -m pytest -n $(TEST_WORKERS) $(ARGS)

test-fast: setup-dev ## Run the tests that take no browser and no patience
	$(SAY) "Testing, without the slow and the browser tests"
	@$(PYTHON_BIN) -m pytest -n $(TEST_WORKERS) -m "not slow and not browser" $(ARGS)

bench-admin: setup ## Measure the back-office's pages at ROWS=10000000 bets, in a database of its own (ARGS="--drop" removes it)
	$(SAY) "Measuring the back-office"
	@nice $(PYTHON_BIN) manage.py bench_admin --rows $(ROWS) $(ARGS)

schema: setup-dev ## Write the OpenAPI document as it is now agreed on to docs/openapi.json
	@$(NO_DATABASE) $(PYTHON_BIN) manage.py spectacular --format openapi-json | $(PYTHON_BIN) -m json.tool --indent 1 --no-ensure-ascii >docs/openapi.json

fuzz: setup-dev ## Hold the running site against its OpenAPI document: EXAMPLES=100 for each operation, SEED=…
	$(SAY) "Fuzzing the API"
	@FUZZ_EXAMPLES=$(EXAMPLES) FUZZ_SEED=$(SEED) $(PYTHON_BIN) -m pytest -s quantix/tests/test_api_fuzz.py

lint: types ## Check types, format, style, templates, directions of import, migrations
	$(SAY) "Format and style"
	@.venv/bin/ruff format --check .
	@.venv/bin/ruff check .
	$(SAY) "Templates"
	@.venv/bin/djlint templates --lint --quiet
	$(SAY) "Directions of import"
	@$(NO_DATABASE) .venv/bin/lint-imports
	$(SAY) "Migrations and settings"
	@$(NO_DATABASE) $(PYTHON_BIN) -W ignore::RuntimeWarning manage.py makemigrations --check --dry-run
	@$(NO_DATABASE) $(PYTHON_BIN) manage.py check

types: setup-dev ## Check types
	$(SAY) "Types"
	@$(NO_DATABASE) .venv/bin/mypy .

format: setup-dev ## Format the code
	@.venv/bin/ruff format .
	@.venv/bin/ruff check --fix .

clean: ## Stop the database and remove .venv, all data and what tools left behind
	$(SAY) "Removing .venv, .data and caches"
	@if [ -x $(PYTHON_BIN) ]; then $(PYTHON_BIN) -m quantix.postgres remove; fi
	@rm -rf .venv .data staticfiles test-results .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

setup:
	@.ci/setup requirements.txt

setup-dev:
	@.ci/setup requirements.txt requirements-dev.txt
