# make demo     Edge at work, with a central system and chargers of its own; CONFIG=file: with your configuration
# make test     everything that is tested; the first run makes .venv and fetches what the tests need
# make lint     layout and likely mistakes
# make types    mypy, strict
# make bench    how fast Edge is, beside nginx, HAProxy and plain relays; writes docs/performance.md. BENCH="--help": more
# make profile  where Edge's time goes: flame graphs and the functions that take most
# make conformance  docs/conformance.md anew, from the tests; RESULTS=file adds what a run of them printed
# make catalogues  EdgeManager's other languages, brought up to date with the texts in the sources
# make pictures docs/pictures anew: each page of EdgeManager and of the sandbox's dashboard
# make install  only .venv, with Edge and its tests' tools in it
# make peers    what the tests talk to: the outside peers for Node, and the Autobahn test suite
# make clean    all that these made

PYTHON ?= python3
JOBS ?= $(shell expr $$(nproc 2>/dev/null || echo 1) + 1)
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/ready
PEERS := tests/real/peers
PICTURED := tests.real.test_pages_entry tests.real.test_pages_site tests.real.test_pages_dashboard
NPM := $(shell command -v npm 2>/dev/null)
ifneq ($(NPM),)
PEERS_READY := $(PEERS)/node_modules/.package-lock.json
endif
SUITE := $(VENV)/autobahntestsuite

# Python keeps what it compiled, whatever the machine says: else each Edge that a test starts compiles all of Edge anew.
# So pip need not compile: most of what it brings is never imported.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: test demo lint types bench profile conformance pictures catalogues install peers clean

# One job more than there are cores (JOBS): many tests only wait now and then.
test: $(READY) peers
	$(BIN)/python -b -m twisted.trial --random=0 --jobs=$(JOBS) tests

demo: $(READY)
	@$(BIN)/python -m edge_twisted.sandbox.demo $(if $(CONFIG),--config '$(CONFIG)')

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(READY)
	$(BIN)/mypy edge_twisted twisted/plugins/*.py benchmarks tests

bench: $(READY) $(PEERS_READY)
	@$(BIN)/python -m benchmarks install
	@$(BIN)/python -m benchmarks run --document docs/performance.md $(BENCH)

profile: $(READY)
	@$(BIN)/python -m benchmarks install
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check 'py-spy >=0.4'
	@$(BIN)/python -m benchmarks profile $(BENCH)

conformance: $(READY)
	$(BIN)/python -m tests.conformance $(if $(RESULTS),--results $(RESULTS))

catalogues: $(READY)
	$(BIN)/python -m tests.catalogues

pictures: $(READY) $(PEERS_READY)
	rm -f docs/pictures/*.webp
	EDGE_PICTURES=docs/pictures $(BIN)/python -b -m twisted.trial --jobs=$(JOBS) $(PICTURED)

install: $(READY)

peers: $(PEERS_READY) $(SUITE)/ready

$(READY): setup.cfg setup.py Makefile
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	    { echo "Edge needs Python 3.11 or later; name one with: make PYTHON=/path/to/python3" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
	    { echo "This Python cannot make virtual environments. On Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }
	@echo "Setting up $(VENV), once; this takes the internet and about a minute."
	@echo "1 of 2: a Python environment of its own"
	@$(PYTHON) -m venv $(VENV)
	@echo "2 of 2: Edge, and what it is built from"
	@$(BIN)/python -m pip install --disable-pip-version-check --use-pep517 --no-compile -e '.[test]'
	@touch $@

# The outside peers written for Node. Without npm they are not there, and their tests are skipped.
$(PEERS)/node_modules/.package-lock.json: $(PEERS)/package.json $(PEERS)/package-lock.json
	cd $(PEERS) && $(NPM) ci --no-audit --no-fund
	@touch $@

# The Autobahn test suite: only its cases are read, so that nothing that it depends on comes with it.
$(SUITE)/ready: $(PEERS)/suite.txt | $(READY)
	$(BIN)/python -m pip install --disable-pip-version-check --no-deps --no-compile --upgrade --target $(SUITE) -r $<
	@touch $@

clean:
	rm -rf $(VENV) $(PEERS)/node_modules build *.egg-info _trial_temp* .mypy_cache .ruff_cache .hypothesis
