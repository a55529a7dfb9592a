# Nghị Trường. `make run` tries it, `make test` proves it; everything missing is put in place first.
#   PORT=8123 make run    another port
#   DEMO=0 make run       empty, without the demonstration council
#   LAN=1 make run        HTTPS for the tablets in the hall

PY := .venv/bin/python
PYTEST := .venv/bin/pytest
PYTHON3 ?= python3
# Unit tests run side by side; on a machine with more cores, more of them.
JOBS ?= 3
# What was compiled once is kept beside the tests' other leavings: every process that a test starts, and every
# pytest process, would compile the house anew, two to six seconds each.
export PYTHONDONTWRITEBYTECODE :=
export PYTHONPYCACHEPREFIX ?= $(CURDIR)/.pytest_cache/bytecode

.PHONY: help run test check fmt seed prepare prepare-test lint test-embedded test-real test-browser test-faults test-attack faults lock

help:
	@sed -n 's/^# //p; s/^#  /  /p' Makefile | head -4
	@echo "make run | test | faults | check | fmt | seed | lock"

run: prepare
	@exec $(PY) scripts/serve.py --die-with-parent

# Load the demonstration council anew; what was changed in it is gone.
seed: prepare
	@DEMO=1 $(PY) manage.py migrate --noinput --verbosity 0
	@DEMO=1 $(PY) manage.py seed_demo --reset

test: prepare-test
	@$(PY) scripts/run_tests.py

# The fast tests, before every commit. What is dear stands in tests/dear.txt and waits for `make test`.
check: prepare-test lint
	@$(PYTEST) -q -n $(JOBS) -m "not e2e and not slow and not postgres" --exitfirst

lint: prepare-test
	@.venv/bin/ruff check .
	@.venv/bin/lint-imports --no-logo
	@TESTING=1 $(PY) manage.py check
	@TESTING=1 $(PY) manage.py makemigrations --check --dry-run

fmt: prepare-test
	@.venv/bin/ruff check --fix-only --quiet .
	@.venv/bin/ruff format --quiet .

# One part of `make test` alone.
test-embedded test-real test-browser test-faults test-attack: prepare-test
	@$(PY) scripts/run_tests.py $(@:test-%=%)

# Everything that breaks the served product on purpose, and the planted defects; docs/faults.md.
faults: prepare-test
	@$(PYTEST) -q -m faults tests/faults tests/attack

prepare:
	@$(PYTHON3) scripts/prepare.py run

prepare-test:
	@$(PYTHON3) scripts/prepare.py test

# Renew the lock files after a change in requirements*.in or package.json.
lock: prepare-test
	@scripts/lock.sh
