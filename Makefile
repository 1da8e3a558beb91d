# `make demo` runs the main job, `make test` runs the tests. Only Python 3.11+ is assumed; both set up .venv first.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/$(if $(filter Windows_NT,$(OS)),Scripts,bin)
READY  := $(VENV)/.ready
SEED   ?= 1

.PHONY: demo test lint unit coverage system proof mutants hostile bench docs package sbom check clean

demo: $(READY)
	$(BIN)/gpconnect-assure demo

# About ten minutes on two cores. What takes longer is `make proof`.
test: lint coverage system
	$(BIN)/gpconnect-assure prove --quick

lint: $(READY)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/typos

# What to run before a pull request.
check: lint unit docs

# No socket and no process, on all cores: about a minute on two of them.
unit: $(READY)
	$(BIN)/python -m pytest tests/unit -n auto --dist loadfile

# The same tests, measured: half as long again. Ends with the coverage of each part.
coverage: $(READY)
	$(BIN)/python -m pytest tests/unit -n auto --dist loadfile --cov --cov-report=
	$(BIN)/python tools/coverage_by_part.py

system: $(READY)
	$(BIN)/python -m pytest tests/system -n auto

# The whole suite in shuffled orders, under each option and in a further edition, and every scenario on every fault of its area and on others: half an hour.
proof: $(READY)
	GPC_PROOF=1 $(BIN)/python -m pytest tests/system/engine/test_hidden_state.py tests/system/scenarios tests/unit/judgement tests/unit/fhir tests/system/test_flat_memory.py
	$(BIN)/gpconnect-assure prove

# 20,000 damaged responses, and every kind of hostile provider in both editions: about an hour.
hostile: $(READY)
	$(BIN)/python tools/damage_run.py --damages 20000
	$(BIN)/python tools/hostile_table.py
# A sample of 150 changes to our code, judged by the unit tests: under an hour. COUNT and SEED choose others.
COUNT ?= 150
mutants: $(READY)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev,mutants]'
	$(BIN)/python tools/mutants.py --count $(COUNT) --seed $(SEED)

# The documentation, into docs/_build. A warning, such as a link that leads nowhere, is an error.
docs: $(READY)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev,docs]'
	$(BIN)/python -m sphinx --builder html --fail-on-warning --keep-going --quiet docs docs/_build

# The wheel and the sdist into dist/, built twice and equal; then what a fresh environment with the wheel holds.
package: $(READY)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev,release]'
	$(BIN)/python tools/release/package.py

sbom: package
	$(BIN)/python tools/release/sbom.py

bench: $(READY)
	$(BIN)/python tools/bench.py

$(READY): pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; set PYTHON=…")'
	@echo "Setting up $(VENV), once: a minute or two"
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	$(BIN)/python -m compileall -q conformance
	touch $(READY)

clean:
	rm -rf $(VENV) docs/_build docs/reference/generated build dist .mypy_cache .ruff_cache .pytest_cache .coverage
