# `make` sets up .venv, builds and validates the package and tells what it holds; `make check` asks what most
# often goes wrong; `make test` tests everything.
PYTHON ?= python3
BIN := .venv/bin
PYTEST := $(BIN)/pytest -n auto --dist worksteal
PIP := $(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt

.PHONY: all lint check test test-lowest test-engines test-readers mutations fuzz format
all: .venv/installed
	$(BIN)/timeline build
	$(BIN)/timeline validate
	$(BIN)/timeline info

# Style, types and who may import whom.
lint: .venv/installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports --no-cache --no-logo
	$(BIN)/mypy

# Before a commit: the facts build and hold, what breaks a rule of the contract is found, every example of the pages runs.
# Rules beyond single tables, each of which takes a build of its own to break, are left to `make test`.
check: lint
	$(BIN)/timeline build
	$(BIN)/timeline validate
	$(PYTEST) timeline docs README.md tests/validation/test_rules.py -k "not test_a_broken_rule_names"

# Everything, on all cores; `make test PYTEST=.venv/bin/pytest` runs one test after the other.
test: lint
	$(PYTEST)

# The suite on the lowest version of each dependency that pyproject.toml allows.
test-lowest: .venv-lowest/installed
	.venv-lowest/bin/pytest

# The same questions on Ibis, Dask and PySpark (which needs Java), and every rule on PySpark.
test-engines: .venv/installed
	$(PIP) --editable ".[dev,engines]"
	$(BIN)/pytest tests/test_engines.py tests/validation/test_engines.py -rs

# Exports and published files in the programs they are for: R, Node, LibreOffice, Chromium, Datasette, FollowTheMoney
# (which needs ICU's headers). What is not installed is skipped.
test-readers: .venv/installed
	$(PIP) --editable ".[dev,readers]"
	if command -v npm; then npm install --prefix tests/export/readers --no-package-lock --no-audit --no-fund; fi
	$(BIN)/pytest -m readers -rs

# Many more edits of the raw files than the tests make, about three in a second.
mutations: .venv/installed
	MUTATIONS=5000 $(BIN)/pytest tests/whole/test_mutations.py

# What a fuzzer thinks up, a minute for each reader of what others wrote (Linux).
fuzz: .venv/installed
	$(PIP) --editable ".[fuzz]"
	for target in dates event registry about zip descriptor csv parquet; do \
		$(BIN)/python scripts/fuzz.py $$target 60 || exit 1; done

format: .venv/installed
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

.venv/installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(PIP) --editable ".[dev]"
	touch $@

.venv-lowest/installed: pyproject.toml
	$(PYTHON) -m venv --clear .venv-lowest
	.venv-lowest/bin/pip install --quiet --disable-pip-version-check uv
	.venv-lowest/bin/uv pip install --quiet --python .venv-lowest --resolution lowest-direct --editable ".[dev]"
	touch $@
