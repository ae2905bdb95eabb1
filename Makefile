# Two commands matter: `make lab` to learn, `make test` to check. `make` alone lists the rest.
# PYTHON=… chooses the interpreter; LAB_ARGS=… and PYTEST_ARGS=… go to JupyterLab and pytest.

VENV := .venv
RUN := $(VENV)/bin/python
READY := $(VENV)/.ready
NOTEBOOKS := $(wildcard notebooks/*.ipynb)
LOCK := --quiet --universal --generate-hashes --no-emit-index-url --custom-compile-command 'make lock'

.DEFAULT_GOAL := help
.PHONY: help setup lab edition book test quick check bench schedules data notebooks lock clean

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-10s %s\n", $$1, $$2}' Makefile

# Also run by Pythons that are too old, so it says nothing that Python 2 cannot read.
define CHECK_PYTHON
import sys
if sys.version_info < (3, 11):
    print("%s is version %d.%d." % ((sys.executable,) + sys.version_info[:2]))
    sys.exit(1)
try:
    import ensurepip, venv
except ImportError:
    print("%s lacks venv; on Debian or Ubuntu: sudo apt install python3-venv" % sys.executable)
    sys.exit(1)
endef
export CHECK_PYTHON

$(READY): requirements.txt requirements-uv.txt pyproject.toml
	@$(RUN) -c '' 2>/dev/null || { \
	    for python in $(or $(PYTHON),python3 python3.14 python3.13 python3.12 python3.11); do \
	        reason=$$("$$python" -c "$$CHECK_PYTHON" 2>/dev/null) && found=$$python && break; \
	        reasons="$$reasons$${reason:+  $$reason\n}"; \
	    done; \
	    if [ -z "$$found" ]; then \
	        printf '%b' "No Python 3.11 or newer with venv was found.\n$$reasons" >&2; \
	        echo "Install one from your system's packages or python.org and run make again;" >&2; \
	        echo "if it has another name: make setup PYTHON=/path/to/python3" >&2; \
	        exit 1; \
	    fi; \
	    "$$found" -m venv --clear $(VENV); }
	@echo "Installing the locked packages into $(VENV): about 1 GB, half a minute to a few minutes, once."
	@$(RUN) -m pip install -q --disable-pip-version-check --require-hashes -r requirements-uv.txt \
	    && $(VENV)/bin/uv pip install --no-config --python $(RUN) --require-hashes -r requirements.txt \
	    || { echo "uv could not; pip takes longer." \
	         && $(RUN) -m pip install --disable-pip-version-check --require-hashes -r requirements.txt; }
	@$(RUN) -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
# matplotlib's first import looks for fonts and may say so: here, not in the middle of a notebook.
	@$(RUN) -c 'import matplotlib.font_manager'
	@touch $@

setup: $(READY) ## prepare .venv with the locked packages

lab: setup ## open the first chapter in JupyterLab; your copies of the chapters are in my_notebooks
	@$(RUN) -m eventsourcing_kit.lab $(LAB_ARGS)

edition: setup ## put a chapter's newest edition beside your own copy: make edition CHAPTER=03
	@$(RUN) -m eventsourcing_kit.lab --take $(CHAPTER)

book: setup ## write the course as a static site, its widgets live, into build/book
	@$(RUN) -m eventsourcing_kit.book build/book

test: setup ## run every test, the notebooks included
	@$(RUN) -m pytest -n auto --no-loadscope-reorder $(PYTEST_ARGS)

quick: setup ## run the tests that need no browser, no notebook and no killed process
	@$(RUN) -m pytest -n auto --no-loadscope-reorder --hypothesis-profile=quick -m "not slow" tests $(PYTEST_ARGS)

check: setup ## run ruff and mypy
	@$(RUN) -m ruff check .
	@$(RUN) -m ruff format --check .
	@$(RUN) -m mypy

bench: setup ## run the benchmarks; build/bench.json has the numbers
	@$(RUN) -m tests.benchmarks

schedules: setup ## run every schedule of the built-in races; build/schedules.json has the table
	@TQDM_DISABLE=1 $(RUN) -m eventsourcing_kit.schedules

data: setup ## write data/bank.jsonl and data/old_bank.jsonl again, byte for byte; note a new edition
	@$(RUN) -m eventsourcing_kit.banking data/bank.jsonl
	@$(RUN) -m eventsourcing_kit.banking --old data/old_bank.jsonl
	@$(RUN) -m eventsourcing_kit.interview

notebooks: setup ## run the notebooks and keep their results in them
	@$(RUN) -m tests.notebooks.execute $(NOTEBOOKS)

lock: ## resolve the two lock files anew (needs uv; LOCK_ARGS=--upgrade for newer versions)
	@uv pip compile $(LOCK) --group dev $(LOCK_ARGS) --output-file requirements.txt pyproject.toml
	@echo 'uv>=0.9,<1' | uv pip compile $(LOCK) $(LOCK_ARGS) --output-file requirements-uv.txt -

clean: ## remove what make has made
	rm -rf $(VENV) build .mypy_cache .pytest_cache .ruff_cache
	find . -path ./my_notebooks -prune -o \( -name __pycache__ -o -name .hypothesis -o -name .ipynb_checkpoints \) -prune -exec rm -rf {} +
