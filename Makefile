# Every command a developer needs; `make help` lists them.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.DEFAULT_GOAL := help
.PHONY: help run test check bench screenshot promises clean

help: ## list these commands
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 14

run: $(VENV)/.run ## install, make demo data once, and serve on http://localhost:8050/ (HOST, PORT)
	@exec $(BIN)/python -m dashboard serve --demo

test: $(VENV)/.dev $(VENV)/.engines $(VENV)/.smoke $(VENV)/.provider ## install what tests need, and run them all
	@sh tests/install-debian.sh chromium postgresql redis nginx mariadb clickhouse orafce odbc
	$(BIN)/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder

check: $(VENV)/.dev ## ruff, mypy --strict, import contracts, Dockerfile, known vulnerabilities, SBOM (AUDIT=required)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/hadolint Dockerfile
	@$(BIN)/python tests/supply_chain.py

bench: $(VENV)/.dev $(VENV)/.engines ## figures of speed and weight, each beside its floor
	@sh tests/install-debian.sh chromium postgresql clickhouse
	@PYTHONPATH=. $(BIN)/python tests/bench.py

screenshot: $(VENV)/.dev ## take the picture of the README
	@sh tests/install-debian.sh chromium
	@PYTHONPATH=. $(BIN)/python tests/screenshot.py

promises: $(VENV)/.dev ## write the tables of docs/security.md out of the tests
	@$(BIN)/python tests/promises.py

clean: ## remove the environments; var/ with its data stays
	rm -rf $(VENV) $(VENV)-smoke $(VENV)-provider

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo 'Salesgate needs Python 3.11 or newer. Name one with: make PYTHON=python3.12 run' >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) || \
		{ echo 'The environment cannot be made. On Debian: apt-get install python3-venv' >&2; exit 1; }

$(VENV)/.run: requirements.txt | $(VENV)/bin/python
	@echo 'Installing (once; this downloads about 150 MB) ...'
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	@touch $@

$(VENV)/.dev: requirements-dev.txt $(VENV)/.run
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@

# Dialects ask for drivers that are large, or for an older SQLAlchemy: the text of their SQL needs neither.
$(VENV)/.engines: requirements/engines.txt $(VENV)/.dev
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements/engines.txt
	@touch $@

# dash[testing] pins an old selenium: its one test has an environment of its own.
$(VENV)/.smoke: requirements/smoke.txt | $(VENV)/bin/python
	@$(PYTHON) -m venv $(VENV)-smoke
	@$(VENV)-smoke/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/smoke.txt
	@touch $@

# The OpenID provider that the tests of single sign-on use is a process, and an environment, of its own.
$(VENV)/.provider: requirements/provider.txt | $(VENV)/bin/python
	@$(PYTHON) -m venv $(VENV)-provider
	@$(VENV)-provider/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/provider.txt
	@touch $@
