# Jiaoheng: everything a newcomer needs. `make demo` and `make test` do all set-up by themselves.
SHELL := bash
.DEFAULT_GOAL := help
BIN := .venv/bin
DATABASE_TESTS := $(wildcard tests/organisations tests/access tests/registers tests/intake tests/snapshots tests/ledgers tests/plans tests/papers/joint tests/web)

.PHONY: help install demo test test-slow explore cover lint bench clean lock messages

help:            ## this list
	@grep -hE '^[a-z-]+: .*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):[^#]*## /  make \1\t/' | expand -t 18

install:         ## make .venv; .venv/bin/jiaoheng then works
	@tools/install.sh

demo: install    ## the main job on an example district, then the site on 127.0.0.1:8000 (SERVE=0: no site)
	@tools/system_packages.sh fonts
	@tools/demo.sh

test: install    ## the tests: SQLite, PostgreSQL, a real browser
	@tools/system_packages.sh fonts chromium postgresql java
	JIAOHENG_DATA=$$(mktemp -d) $(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder -q -m "not slow"
	JIAOHENG_DATA=$$(mktemp -d) $(BIN)/python tools/with_postgres.py -- $(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder -q -m "not browser and not slow" $(DATABASE_TESTS)

test-slow: install ## the slow ones: backups, Spark, kills, the agreement of engines on random tables
	@tools/system_packages.sh fonts chromium postgresql java
	JIAOHENG_DATA=$$(mktemp -d) $(BIN)/python tools/with_postgres.py -- $(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder -q -m slow

explore: install ## the properties on new examples, as often as you like: what it finds becomes a test
	JIAOHENG_DATA=$$(mktemp -d) $(BIN)/python -m pytest -n 2 -q -m "hypothesis and not slow" --hypothesis-profile exploring

cover: install   ## which lines the quick tests reach
	@tools/system_packages.sh fonts java
	JIAOHENG_DATA=$$(mktemp -d) $(BIN)/python -m pytest -n 2 --dist loadfile -q -m "not browser and not slow" --cov --cov-report=term:skip-covered

lint: install    ## style, types, and imports that go down the floors only
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	JIAOHENG_DATA=var/lint $(BIN)/mypy
	$(BIN)/lint-imports

bench: install   ## speed and memory, as ratios in one run
	@over=0; for bench in benchmarks/*.py; do echo "== $$bench"; $(BIN)/python $$bench || over=1; done; exit $$over

lock: install    ## renew the lock from pyproject.toml
	$(BIN)/uv pip compile --universal --generate-hashes --python-version 3.11 --group dev pyproject.toml -o requirements.lock --quiet --no-header --no-annotate --upgrade

messages: install ## find new words of the interface, and compile the Chinese catalogue
	@$(BIN)/python tools/messages.py

clean:           ## remove what was made (not var/, which holds data)
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache .coverage* htmlcov
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
