# make demo    the main job: two honest processors pass, a liar is caught
# make test    the tests
# make e2e     the tests that need more than Python: node and npm, a PostgreSQL server, processes to kill
# make check   the static checks: lint, format, types, arrows
# make speed   what judging a run costs, as a ratio measured in one go
# make speed-gateways   our Stripe beside two others; needs node and npm, and installs both into a temporary folder
# make mutants whether our tests notice what is changed in rules and reference: a seeded sample; takes an hour, works in this tree
#
# Each does its own set-up in .venv, once. Needed: make, and Python 3.11 or newer (or uv, which brings its own).

VENV := .venv
BIN := $(VENV)/bin

.DEFAULT_GOAL := demo
.PHONY: demo test e2e check speed speed-gateways mutants clean

demo: $(VENV)/.ready-to-run
	$(BIN)/tillproof demo

test: $(VENV)/.ready-to-test
	$(BIN)/python -m pytest -n auto

e2e: $(VENV)/.ready-to-e2e
	$(BIN)/python -m pytest -m e2e

check: $(VENV)/.ready-to-check
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/pyright --pythonpath $(BIN)/python
	$(BIN)/lint-imports

speed: $(VENV)/.ready-to-run
	$(BIN)/python tests/speed/ratio.py

speed-gateways: $(VENV)/.ready-to-run
	$(BIN)/python tests/speed/gateways.py

mutants: $(VENV)/.ready-to-mutate
	rm -f .mutants.sqlite
	$(BIN)/cosmic-ray init tests/mutation/cosmic-ray.toml .mutants.sqlite
	$(BIN)/python tests/mutation/sample.py .mutants.sqlite draw 300 7
	$(BIN)/cosmic-ray exec tests/mutation/cosmic-ray.toml .mutants.sqlite
	$(BIN)/python tests/mutation/sample.py .mutants.sqlite told

clean:
	rm -rf $(VENV) dist build .tillproof .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .mutants.sqlite

$(VENV)/.ready-to-run: WITH :=
$(VENV)/.ready-to-test: WITH := --group test
$(VENV)/.ready-to-e2e: WITH := --group e2e
$(VENV)/.ready-to-check: WITH := --group check
$(VENV)/.ready-to-mutate: WITH := --group mutate

$(VENV)/.ready-to-%: $(BIN)/python pyproject.toml
	@echo "setting up $(VENV) to $*"
	@if command -v uv >/dev/null; then \
		uv pip install --quiet --python $(BIN)/python --editable . $(WITH); \
	else \
		$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable . $(WITH); \
	fi
	@touch $@

# pip knows dependency groups since 25.1; python3 comes first because it is what the person uses
$(BIN)/python:
	@if command -v uv >/dev/null; then uv venv --quiet --allow-existing --python '>=3.11' $(VENV); exit; fi; \
	for python in python3 python3.14 python3.13 python3.12 python3.11 python; do \
		if $$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then found=$$python; break; fi; \
	done; \
	if [ -z "$$found" ]; then \
		echo "error: no Python 3.11 or newer" >&2; \
		echo "  seen: $$(python3 --version 2>&1 || echo 'no python3 at all')" >&2; \
		echo "  try: install one (python.org, or your system's package python3.11), then make again" >&2; \
		exit 2; \
	fi; \
	if ! $$found -c 'import ensurepip, venv' 2>/dev/null; then \
		echo "error: $$found can make no virtual environment" >&2; \
		echo "  seen: its modules venv and ensurepip are not installed" >&2; \
		echo "  try: apt install python3-venv (Debian, Ubuntu), then make again" >&2; \
		exit 2; \
	fi; \
	echo "making $(VENV) with $$($$found --version)"; \
	$$found -m venv $(VENV) && $@ -m pip install --quiet --disable-pip-version-check --upgrade 'pip>=25.1' || { rm -rf $(VENV); exit 1; }
