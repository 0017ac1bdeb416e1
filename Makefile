# The one vocabulary of this repository: `make` lists it. Every target sets up what it needs.
SHELL := /bin/bash
PYTHON ?= python3
SOURCES ?= simulated
VENV := .venv
BIN := $(VENV)/bin
UV := $(BIN)/uv
READY := $(VENV)/.ready
MEMBERS := libs/cointicker services/collector services/hdfs-sink services/insights services/processor simulator
COMPILE := UV_CUSTOM_COMPILE_COMMAND="make lock" $(UV) pip compile --quiet --universal \
	--generate-hashes --python-version 3.11 --no-emit-package cointicker --no-emit-index-url --no-emit-find-links

.DEFAULT_GOAL := help

.PHONY: help
help: ## List the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sort | awk -F ':.*## ' '{printf "  make %-18s %s\n", $$1, $$2}'

$(UV): requirements-uv.lock
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or later is needed: make PYTHON=/path/to/python3.12")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --require-hashes -r requirements-uv.lock
	@touch $@

$(READY): $(UV) requirements-dev.lock $(MEMBERS:%=%/pyproject.toml)
	VIRTUAL_ENV=$(VENV) $(UV) pip sync --quiet --require-hashes requirements-dev.lock requirements-uv.lock
	VIRTUAL_ENV=$(VENV) $(UV) pip install --quiet --no-deps --no-build-isolation $(MEMBERS:%=-e %)
	@touch $@

.PHONY: setup
setup: $(READY) ## Make the virtual environment (every target does it when needed)

.PHONY: lint
lint: $(READY) ## Style, types and the order of imports
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

.PHONY: format
format: $(READY) ## Put the code into its standard form
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

.PHONY: demo
demo: $(READY) ## The whole way on real parts: five sources to HDFS, shown and proven
	$(BIN)/python scripts/demo.py

.PHONY: test
test: $(READY) ## All tests, on a real stack of their own
	$(BIN)/pytest

.PHONY: test-unit
test-unit: $(READY) ## The tests that need no stack
	$(BIN)/pytest tests/unit

# Beside the tools in .venv; `make setup` takes them out again.
LOAD := $(VENV)/.load
$(LOAD): $(READY) requirements-load.lock
	VIRTUAL_ENV=$(VENV) $(UV) pip install --quiet --require-hashes -r requirements-load.lock
	@touch $@

# What the processor is measured against has a folder of its own: it needs other versions.
PEER := .venv-peer/.ready
$(PEER): $(UV) requirements-peer.lock
	$(UV) venv --quiet --clear --python $(BIN)/python .venv-peer
	VIRTUAL_ENV=.venv-peer $(UV) pip sync --quiet --require-hashes requirements-peer.lock
	@touch $@

LOAD_TEST := PYTHONPATH=scripts $(BIN)/python -m tests.load

.PHONY: load-test
load-test: $(LOAD) $(if $(filter ceiling processor,$(MODE)),$(PEER)) ## What the stack bears: RATE DURATION RECORD_BYTES RAMP MODE TARGET OUT
	@$(LOAD_TEST)

.PHONY: load-test-compare
load-test-compare: $(LOAD) ## Two results side by side: A=load-results/a.json B=load-results/b.json
	@$(LOAD_TEST) compare

.PHONY: saturation
saturation: $(LOAD) ## The highest rate at which the lag stays bounded
	@MODE=saturation $(LOAD_TEST)

.PHONY: bench-processor
bench-processor: $(LOAD) $(PEER) ## The processor against Quix Streams, exactly once both
	@MODE=processor $(LOAD_TEST)

.PHONY: lock
lock: $(UV) ## Resolve the Python requirements anew and write their hashes
	$(COMPILE) libs/cointicker/pyproject.toml services/*/pyproject.toml -o requirements.lock
	$(COMPILE) -c requirements.lock libs/cointicker/pyproject.toml services/*/pyproject.toml simulator/pyproject.toml --group pyproject.toml:dev -o requirements-dev.lock
	$(COMPILE) -c requirements-dev.lock --group pyproject.toml:load -o requirements-load.lock
	$(COMPILE) --group pyproject.toml:peer -o requirements-peer.lock
	$(COMPILE) requirements-uv.in -o requirements-uv.lock

.PHONY: up
up: $(READY) ## Start the stack and the services, and leave them running (SOURCES=live: real sources)
	@$(BIN)/python scripts/stack.py up --sources $(SOURCES)

.PHONY: down
down: $(READY) ## Stop what `make up` started; its data stays
	@$(BIN)/python scripts/stack.py down

.PHONY: status
status: $(READY) ## Show the parts of what `make up` started
	@$(BIN)/python scripts/stack.py status

.PHONY: logs
logs: $(READY) ## Follow what the parts print (one of them: NAME=kafka)
	@$(BIN)/python scripts/stack.py logs --follow $(NAME)

.PHONY: images
images: ## Build the images of the containers, and say what this host lacks for them
	@$(PYTHON) scripts/containers.py build

.PHONY: offline-images
offline-images: ## Make their base images from packages, where no registry can be reached
	@$(PYTHON) scripts/containers.py base

.PHONY: check-host
check-host: ## Say what this host lacks for the containers, before they are started
	@$(PYTHON) scripts/containers.py check

.PHONY: test-compose
test-compose: $(READY) images check-host ## The containers end to end: started, killed, scaled, restored
	$(BIN)/pytest tests/compose --durations=10

.PHONY: lock-jars
lock-jars: $(READY) ## Resolve the jars of Kafka and HDFS anew and write their hashes
	$(BIN)/python scripts/lock_jars.py

.PHONY: dashboards
dashboards: $(READY) ## Write the dashboards, and the topics' retention as rules, anew
	$(BIN)/python -m monitoring.generate

.PHONY: docs
docs: $(READY) ## Write docs/cli.md anew, from the command itself
	$(BIN)/python scripts/cli_page.py

.PHONY: test-rules
test-rules: $(READY) ## Check the configuration of Prometheus, and fire each alert
	$(BIN)/pytest tests/unit/monitoring

.PHONY: clean
clean: ## Remove the virtual environment and the caches of the tools
	rm -rf $(VENV) .venv-peer .mypy_cache .pytest_cache .ruff_cache .hypothesis
