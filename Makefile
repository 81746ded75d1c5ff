# A newcomer needs two commands, `make run` and `make test`; `make help` lists the rest.
.DEFAULT_GOAL := help
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
CODE := app transport schema resolvers domain persistence prediction migrations tests benchmarks

WEB_SOURCES := $(shell git ls-files web/packages web/console web/demo web/package.json web/codegen.ts web/compress.mjs 2>/dev/null)

.PHONY: help setup run test test-laws test-servers test-browser screenshots chromium test-kill test-differential test-logs agreement simulate-statistics check lint types layers sdl web bench evaluate bench-wire bench-rules bench-bulk bench-previews bench-insights bench-analytics lock clean

help: ## List the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  %-18s %s\n", $$1, $$2}'

setup: $(VENV)/.ready web/graphiql/dist/.ready web/.ready ## Everything `make run` needs: .venv, the locked dependencies, the web applications

run: setup ## Start the engine on port 8000 with embedded PostgreSQL and Redis
	$(BIN)/attune serve

test: check tests/e2e/clients/.ready tests/e2e/browser/.ready chromium ## Check the code, then run every test against real servers
	+$(MAKE) --no-print-directory --jobs=2 --output-sync=target test-laws test-servers

# Side by side, because the ones wait for processors and the others for servers.
test-laws: setup
	$(BIN)/python -m pytest -q $(addprefix tests/,architecture property schema statistics transport unit)

test-servers: setup
	$(BIN)/python -m pytest -q $(addprefix tests/,api contract e2e faults integration)

test-browser: setup chromium tests/e2e/browser/.ready ## Only what is tested in Chromium: stories, pages, accessibility, GraphiQL
	$(BIN)/python -m pytest -q tests/e2e/browser

screenshots: setup chromium tests/e2e/browser/.ready ## Picture every page with simulated users, into docs/screenshots/all; PAGES=... only some of them
	$(BIN)/python -m tests.e2e.screenshots $(PAGES)

# The system's browser; where it is missing, from the distribution's packages, which only root may install.
chromium:
	@command -v chromium >/dev/null || test -x "$(CHROMIUM)" || { test "$$(id -u)" = 0 && apt-get update -q && apt-get install -y -q --no-install-recommends chromium; } || \
	  { echo "The tests need Chromium and could not install it: install the package chromium as root, or set CHROMIUM to the path of one." >&2; exit 1; }

test-kill: setup tests/e2e/clients/.ready ## Kill the engine during replays, twenty times
	ATTUNE_TEST_KILL_ROUNDS=20 $(BIN)/python -m pytest -q tests/faults/test_killed_engine.py

test-differential: setup ## Compare the rule engine and compiled operations with their plain readings in 20,000 cases
	ATTUNE_TEST_DIFFERENTIAL_EXAMPLES=20000 $(BIN)/python -m pytest -q tests/property/rules/test_indexes.py tests/property/transport

test-logs: setup ## Replay the real logs beside the repository in full, and compare every profile
	$(BIN)/python -m tests.e2e.full_logs

check: setup lint types layers sdl web ## What needs no server: style, types, layers, the printed schema

lint: $(VENV)/.ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.ready
	$(BIN)/mypy

layers: $(VENV)/.ready
	$(BIN)/lint-imports

web: web/.ready
	cd web && npm run --silent check && npm test --silent

sdl: $(VENV)/.ready
	diff -u schema/schema.graphql <($(BIN)/attune schema)

# pip reads exact versions and hashes from the lock; the project itself is linked, so that path equals import.
$(VENV)/.ready: pyproject.toml requirements/development.lock
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/development.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps --editable .
	touch $@

web/graphiql/dist/.ready: web/graphiql/package-lock.json web/graphiql/assemble.mjs web/compress.mjs $(wildcard web/graphiql/page/*)
	cd web/graphiql && npm ci --silent --no-audit --no-fund && node assemble.mjs && node ../compress.mjs dist
	touch $@

# Built once, and again when a source or the schema has changed.
web/.ready: web/node_modules/.ready schema/schema.graphql $(WEB_SOURCES)
	cd web && npm run --silent generate && npm run --silent build
	touch $@

web/node_modules/.ready: web/package-lock.json
	cd web && npm ci --silent --no-audit --no-fund
	touch $@

tests/e2e/clients/.ready: tests/e2e/clients/package-lock.json
	cd tests/e2e/clients && npm ci --silent --no-audit --no-fund
	touch $@

agreement: $(VENV)/agreement/.ready ## Ask gbstats again, in an environment of its own, what our statistics should say
	$(VENV)/agreement/bin/python tests/statistics/agreement/generate.py

# gbstats pins pandas 1.5, and that an old numpy: neither can live beside ours. Needs Python 3.11.
$(VENV)/agreement/.ready: requirements/agreement.lock
	$(PYTHON) -m venv $(VENV)/agreement
	$(VENV)/agreement/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/agreement.lock
	touch $@

simulate-statistics: setup ## Measure how often the statistics are wrong, in many simulated experiments
	OMP_NUM_THREADS=1 ATTUNE_TEST_SIMULATIONS=20 $(BIN)/python -m pytest -q tests/statistics/test_simulations.py

bench: setup ## Measure latency, throughput and pushes, each beside its floor
	$(BIN)/python -m benchmarks

bench-wire: setup ## Measure the wire beside floors and peers (installed into your cache); ROWS=... only some of it
	$(BIN)/python -m benchmarks.wire $(ROWS)

evaluate: setup ## Train and test every model on the logs beside the repository, or on a generated one
	OMP_NUM_THREADS=1 $(BIN)/python -m benchmarks.evaluations

bench-rules: setup ## Measure rules, few and many, beside other engines (installed into your cache)
	$(BIN)/python -m benchmarks.rules

bench-previews: setup ## Measure previews of rules with 100,000 active users
	$(BIN)/python -m benchmarks.previews

bench-bulk: setup ## Measure bulk tracking beside COPY, into a bare table and into one with the same indexes
	$(BIN)/python -m benchmarks.bulk

bench-analytics: setup ## Measure reading analytics of 10 million interactions, and what keeping their sums costs
	$(BIN)/python -m benchmarks.analytics

bench-insights: setup ## Measure what it costs to say what users will do
	OMP_NUM_THREADS=1 $(BIN)/python -m benchmarks.insights

tests/e2e/browser/.ready: tests/e2e/browser/package-lock.json
	cd tests/e2e/browser && npm ci --silent --no-audit --no-fund
	touch $@

lock: $(VENV)/.ready ## Resolve the newest allowed versions again, for every platform and Python from 3.11 on
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile pyproject.toml --universal --upgrade --generate-hashes --no-annotate --no-header --quiet -o requirements/runtime.lock
	$(BIN)/uv pip compile pyproject.toml --group development --universal --upgrade --generate-hashes --no-annotate --no-header --quiet -o requirements/development.lock

clean: ## Remove what the other targets made, except your data in .attune
	rm -rf $(VENV) web/graphiql/dist web/graphiql/node_modules web/node_modules web/.ready web/*/dist web/*/src/generated web/packages/*/dist tests/e2e/*/node_modules tests/e2e/*/.ready docs/screenshots/all
