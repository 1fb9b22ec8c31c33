# The door to the project. `make` alone says what is behind it.

.DEFAULT_GOAL := help
.PHONY: help dev demo test check e2e bench simulate previews build deploy

PORT ?= 8787
DATA ?=
CAMPAIGNS ?= campaigns
EVENTS ?= campaigns/sample-events.jsonl
STACK ?= beckon
REGION ?=
WRITE_KEYS ?=
SENDER ?=
FORMAT ?= table

SHELL := bash
export PATH := $(PATH):$(HOME)/.cargo/bin
export SAM_CLI_TELEMETRY := 0

# Where cargo puts what it builds.
TARGET := $(or $(CARGO_TARGET_DIR),target)
# The functions, the local stack and the command, as development and tests use them.
BUILD := cargo build --workspace --bins
BECKON := $(TARGET)/debug/beckon

help:
	@echo 'make dev       run the whole bundle here: ingest URL, write keys, a page with what was sent (PORT=8787 DATA=dir)'
	@echo 'make demo      a day of a shopper, from HTTP event to email, in this terminal'
	@echo 'make test      everything that must pass before a change lands, set-up included'
	@echo 'make check     format and lints'
	@echo 'make e2e       deploy the template with the real binaries to an independent emulator, and tell the main story there'
	@echo 'make bench     the benchmarks: capacity, CPU, memory, size, latency, beside Node, Python and other rule engines (FORMAT=jsonl)'
	@echo 'make simulate  what the campaigns would do with a file of events (EVENTS=file CAMPAIGNS=dir)'
	@echo 'make previews  what every template looks like on a phone and a desktop, as pages and pictures in artefacts/previews'
	@echo 'make build     the functions as they are deployed: arm64, by cargo-lambda through SAM'
	@echo 'make deploy    deploy them with SAM (WRITE_KEYS=… SENDER=… REGION=… STACK=beckon)'

dev:
	@tools/needs rust cc
	@$(BUILD)
	@exec $(LOCAL) --port $(PORT) $(if $(DATA),--data '$(DATA)') --campaigns '$(CAMPAIGNS)'

demo:
	@tools/needs rust cc
	@$(BUILD)
	@exec $(TARGET)/debug/beckon-demo

test:
	@tools/needs rust cc python node
	@exec tools/test

check:
	@tools/needs rust cc
	@exec tools/check

e2e:
	@tools/needs rust cc python node
	@tools/set-up tests
	@$(BUILD)
	@exec .tools/tests/bin/python tests/e2e/run.py --binaries $(TARGET)/debug

# The functions as they are deployed (but for this machine's architecture); what measures them, as in development. It
# builds other people's rule engines itself, the first time for several minutes.
bench:
	@tools/needs rust cc python node
	@tools/set-up bench
	@cargo build --release -p ingest -p evaluate -p check -p send -p feedback -p onsite -p preferences -p inbound -p beckon-bench-fold
	@cargo build --profile command --bin beckon
	@cargo bench --quiet --workspace --profile dev --bench figures -- --format $(FORMAT)

simulate:
	@tools/needs rust cc
	@cargo build --bin beckon
	@exec $(BECKON) simulate --campaigns '$(CAMPAIGNS)' --events '$(EVENTS)'

previews:
	@tools/needs rust cc
	@cargo build --bin beckon
	@tools/previews artefacts/previews '$(CAMPAIGNS)'

build:
	@tools/needs rust python
	@exec tools/build

deploy: build
	@exec tools/deploy '$(STACK)' '$(REGION)' '$(WRITE_KEYS)' '$(SENDER)'
