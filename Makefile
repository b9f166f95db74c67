# `make` sets up .venv, builds and validates the package and tells what it holds; `make test` sets up and tests.
PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt

.PHONY: all releases test test-lowest test-engines test-readers mutations fuzz format
all: .venv/installed
	$(BIN)/timeline build
	$(BIN)/timeline validate
	$(BIN)/timeline info

# Both releases anew from data/raw. Once they are published they never change: raise the version instead.
releases: .venv/installed
	rm -rf releases
	$(BIN)/timeline release 0.9.0 --until 2024-06-30
	$(BIN)/timeline build
	$(BIN)/timeline release 1.0.0

test: .venv/installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/pytest

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
