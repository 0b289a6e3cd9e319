# Every target sets up its own needs: a machine needs only Python 3.12 or newer.
# PORT= and RTMP_PORT= choose the demo's ports; T= narrows the tests; ONLY= picks benchmarks or figures.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.PHONY: help install demo test soak check format bench lock generated messages screenshots clean

ANY_PYTHON := $(firstword $(foreach name,python3 python3.14 python3.13 python3.12,$(shell command -v $(name) 2>/dev/null)))
ifeq ($(ANY_PYTHON),)
$(error Python 3.12 or newer is needed and none was found: install it, for example with `apt install python3-venv`)
endif

SET_UP := $(ANY_PYTHON) tools/bootstrap.py
BIN := .venv/bin
PYTHON := $(BIN)/python
NPM := cd frontend && ../$(PYTHON) ../tools/npm.py

TWO_AT_A_TIME := --numprocesses 2 --dist worksteal
# Servers and browsers. A module shares one installation, so that each stays in one process. Modules
# that encode video beside a browser are marked `whole_machine` and run one at a time.
JOURNEYS := $(addprefix tests/,cluster journeys)
MODULES_TWO_AT_A_TIME := --numprocesses 2 --dist loadfile
# The rooms whose branches are counted: apart from the others, because counting takes half as long again.
COUNTED := $(addprefix tests/,activations auctions captions checkout comment_buying deals edge fulfilment giveaways legal \
	playouts pricing replays selling stock timeline shows/ingest \
	$(addsuffix .py,accounts/test_rules roles/test_api_routes media/test_diagnostic_rules media/test_machine_watch \
	rehearsals/test_rehearsals shows/test_rules shows/test_verbs catalogue/test_bulk_rules \
	$(addprefix community/test_,chat_rules notices polls polls_staff questions questions_staff reactions rules)))
# The rooms with tables, and the pages over them; without what brings databases of its own.
OWN_DATABASE := checkout/test_kill community/test_append_kill community/test_reactions_kill site/test_silent_database
ON_BOTH_DATABASES := $(addprefix tests/,accounts activations auctions captions catalogue checkout comment_buying community deals fulfilment giveaways legal outbox playouts pricing privacy races rehearsals/test_rehearsals.py replays selling shows site stock timeline waitlists) \
	$(OWN_DATABASE:%=--ignore tests/%.py)

help:            ## print this list
	@grep -hE '^[a-z]+: *.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1\t/' | expand -t 22

install:         ## install Showfloor on a machine of your own: .venv/bin/showfloor and the pages' code
	@$(SET_UP) run front
	@echo "Next: .venv/bin/showfloor doctor"

demo:            ## start a demo brand with a show that is live right now, on http://localhost:8000
	@$(SET_UP) run demo front
	@exec $(BIN)/showfloor demo

test:            ## run the whole suite (T="tests/repo -k tidy" narrows it)
	@$(SET_UP) run demo front dev browser cache
ifdef T
	@$(PYTHON) -m pytest $(T)
else
	@$(NPM) run test
	@echo "# the rooms whose branches are counted"
	@$(PYTHON) -m pytest $(TWO_AT_A_TIME) $(COUNTED) --cov --cov-report json:test-results/coverage.json
	@$(PYTHON) -m tools.branches test-results/coverage.json
	@echo "# all other rooms"
	@$(PYTHON) -m pytest $(TWO_AT_A_TIME) $(addprefix --ignore ,$(COUNTED) $(JOURNEYS))
	@echo "# once more on PostgreSQL: what touches the database"
	@SHOWFLOOR_TEST_DB=postgres $(PYTHON) -m pytest $(TWO_AT_A_TIME) $(ON_BOTH_DATABASES)
	@echo "# servers and browsers"
	@$(PYTHON) -m pytest $(MODULES_TWO_AT_A_TIME) -m "not whole_machine and not soak" $(JOURNEYS)
	@echo "# video beside browsers: one test at a time"
	@$(PYTHON) -m pytest -m "whole_machine and not soak" $(JOURNEYS)
endif

soak:            ## run the tests that take too long for the suite
	@$(SET_UP) run demo front dev browser cache
	@$(PYTHON) -m pytest -m soak
	@SHOWFLOOR_TEST_DB=postgres $(PYTHON) -m pytest -m soak $(addprefix tests/,auctions deals giveaways stock waitlists)

check:           ## check format, lint, types, import rules and generated files
	@$(SET_UP) run demo front dev
	$(BIN)/ruff format --check src tests benchmarks tools
	$(BIN)/ruff check src tests benchmarks tools
	$(BIN)/mypy src tests benchmarks tools
	PYTHONPATH=src $(BIN)/lint-imports
	$(PYTHON) -m tools.generated --check
	$(NPM) run check

format:          ## format the code and apply lint's automatic fixes
	@$(SET_UP) run dev
	$(BIN)/ruff check --fix --quiet src tests benchmarks tools || true
	$(BIN)/ruff format src tests benchmarks tools

generated:       ## write the files that are generated from code (settings reference, entry and API types)
	@$(SET_UP) run dev
	$(PYTHON) -m tools.generated

messages:        ## add the code's new texts to the translations, and list the untranslated ones
	@$(SET_UP) run dev
	@$(PYTHON) -m tools.messages update

bench:           ## run benchmarks, printed as "name value unit" (ONLY=glass_to_glass runs one)
	@$(SET_UP) run demo front dev bench browser cache
	@$(PYTHON) -m benchmarks $(ONLY)

screenshots:     ## take the pictures in docs/images from a running demo (PORT=8000)
	@$(SET_UP) run dev browser
	@$(PYTHON) -m tools.screenshots

lock:            ## lock the dependencies of pyproject.toml again (UPGRADE=1 takes newer versions)
	@$(SET_UP) run
	@$(PYTHON) tools/lock.py $(if $(UPGRADE),--upgrade)

clean:           ## remove everything that make has made, including the demo's data
	rm -rf .venv var frontend/node_modules benchmarks/native/node_modules src/showfloor/site/static/dist src/showfloor/site/locale/*/*/*.mo
	rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache test-results .bootstrap.lock
