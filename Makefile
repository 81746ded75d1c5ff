# The two commands of a newcomer are `make run` and `make test`; `make help` lists the rest.
.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PACKAGES := app transport schema resolvers domain persistence migrations

.PHONY: help setup run test check lock clean

help: ## List the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  %-12s %s\n", $$1, $$2}'

setup: $(VENV)/.ready ## Create .venv with the locked dependencies

# pip reads the exact versions and hashes from the lock; the project itself is linked, so path equals import.
$(VENV)/.ready: pyproject.toml requirements/development.lock
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/development.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps --editable .
	touch $@

lock: setup ## Resolve the newest allowed versions again (the lock is universal: every platform, Python 3.11 and later)
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile pyproject.toml --universal --upgrade --generate-hashes --no-annotate --no-header --quiet -o requirements/runtime.lock
	$(BIN)/uv pip compile pyproject.toml --group development --universal --upgrade --generate-hashes --no-annotate --no-header --quiet -o requirements/development.lock
