# Labdir. `make up` and `make test` need Python 3.11 and make, nothing else.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules

READY := .venv/.ready
BIN := .venv/bin

.PHONY: help up test check fmt messages chaos soak fuzz bench growth keeping schemathesis audit compose-test

help: ## Say what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

up: $(READY) ## Run everything on this machine: http://127.0.0.1:8000 (LABDIR_PORT, LABDIR_DATA)
	@LABDIR_WITH_PARENT=1 exec $(BIN)/labdir up $(ARGS)

test: $(READY) ## Run the tests on a real PostgreSQL and a real Redis (ARGS="-k word", "-n 2")
	@$(BIN)/pytest $(ARGS)

check: $(READY) ## Check style, types, the direction of imports and the compose file
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	@# the example's settings stand for the secret ones, which are not in the repository
	LABDIR_ENV_FILE=deploy/compose/labdir.env.example $(BIN)/docker-compose \
		--env-file deploy/compose/labdir.env.example --file docker-compose.yml config --quiet

fmt: $(READY) ## Format the code and mend what can be mended
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

KILLS ?= 200
MINUTES ?= 60

fuzz: $(READY) ## Feed every parser with what was never meant for it (SECONDS=n, RUNS=n a target)
	@$(BIN)/python -m tests.fuzz $(if $(SECONDS),--seconds $(SECONDS)) $(if $(RUNS),--runs $(RUNS)) $(ARGS)

chaos: $(READY) ## Attack a running Labdir: KILLS=200 and more, MINUTES=60 at most (ARGS="--out FILE")
	@$(BIN)/python -m tests.chaos --kills $(KILLS) --minutes $(MINUTES) $(ARGS)

SOAK_MINUTES ?= 60

soak: $(READY) ## Use a running Labdir for an hour and watch its memory (SOAK_MINUTES=n)
	@$(BIN)/python -m tests.soak --minutes $(SOAK_MINUTES) $(ARGS)

QUESTIONS ?= 1000

keeping: $(READY) ## Back up under load, restore on an empty host, ask both 1,000 questions (QUESTIONS=n)
	@$(BIN)/python -m tests.keeping --questions $(QUESTIONS) $(ARGS)

SCHEMATHESIS_SECONDS ?= 300

schemathesis: $(READY) ## Ask the API what its document allows and forbids (SCHEMATHESIS_SECONDS a round)
	@$(BIN)/python -m tests.contract --seconds $(SCHEMATHESIS_SECONDS) $(ARGS)

audit: $(READY) ## Hold uv.lock against known vulnerabilities (pip-audit), lint the image (hadolint)
	@$(BIN)/python -m deploy.audit

compose-test: $(READY) ## Drive docker-compose.yml with a real Docker engine (ARGS="--out FILE")
	@$(BIN)/python -m tests.compose $(ARGS)

SIZE ?= small

# the road and verdicts over made registers that are published look by look, in small at most; pages
# and search over a made directory of any size
bench: $(READY) ## Measure sync, search, pages, verdicts, audits, memory, beside peers (SIZE=small|national|world)
ifneq ($(filter tiny small,$(SIZE)),)
	@$(BIN)/python -m tests.bench --size $(SIZE)
	@$(BIN)/python -m tests.bench.audit --size $(SIZE)
	@$(BIN)/python -m tests.bench.first_sync
	@$(BIN)/python -m tests.bench.standing
endif
	@$(BIN)/python -m tests.bench.search_speed --directory $(SIZE) --each 10
	@$(BIN)/python -m tests.bench.directory --size $(SIZE)

growth: $(READY) ## Measure search at 1, 3 and 10 million scope lines and draw docs/growth.svg
	@$(BIN)/python -m tests.bench.growth

messages: $(READY) ## Bring the catalogues of both languages up to what the pages say
	@$(BIN)/python -m directory.pages.catalogue

$(READY): uv.lock pyproject.toml deploy/bootstrap deploy/find-python
	@sh deploy/bootstrap
	@touch $@
