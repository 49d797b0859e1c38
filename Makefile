# `make help` says what there is. Everything here works on a fresh Debian 12 or Ubuntu 24.04 that has Swift and git.

SWIFT ?= swift
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help setup build release run test ci lint format demo-orders bench bench-quick bench-tools nightly

OPTIONS ?=
# Dozens of tests hold a database, a server and a program each. All at once they open more files than Foundation's
# Process survives (seen once: a crash in Process.run with 1,360 descriptors open). Older toolchains lack the option.
TESTS_AT_ONCE = $(shell $(SWIFT) test --help-hidden 2>/dev/null | grep -o -m1 -- --experimental-maximum-parallelization-width | sed 's/$$/ 8/')
URL ?= http://127.0.0.1:8080

help: ## say what there is
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

setup: ## install what is missing (asks for sudo when it must)
	@.ci/setup

build: setup ## build the program, debug
	$(SWIFT) build --product mailroom

# Swift's runtime goes into the program: one file to install, and an eighth faster (Tests/Benchmarks/NOTES.md).
RELEASE := -c release --static-swift-stdlib

release: setup ## build the program as it is meant to run: .build/release/mailroom
	$(SWIFT) build $(RELEASE) --product mailroom

run: build ## serve the demo: a fresh shop and a simulated house in one process (OPTIONS='--pace 1')
	exec "$$($(SWIFT) build --show-bin-path)/mailroom" serve --demo $(OPTIONS)

test: setup ## run every test
	.ci/tally --self-test
	python3 Tests/DemoOrders/check.py
	python3 Tests/DemoOrders/send.py --self-test
	python3 Tests/Benchmarks/bench.py --self-test
	$(SWIFT) build --build-tests --explicit-target-dependency-import-check error
	.ci/tally $(SWIFT) test --skip-build $(TESTS_AT_ONCE)

ci: lint test ## what every commit must pass: lint and test

lint: ## check the formatting
	$(SWIFT) format lint --strict --recursive Sources Tests Package.swift

format: ## put the formatting right
	$(SWIFT) format --in-place --recursive Sources Tests Package.swift

demo-orders: ## send the 200 sample orders to a running server (URL=http://127.0.0.1:8080)
	python3 Tests/DemoOrders/send.py --url $(URL)

bench-tools: release
	@.ci/setup bench
	$(SWIFT) build $(RELEASE) --product mailroom-load

bench: bench-tools ## measure everything beside its peers, into Tests/Benchmarks/results (half an hour; 5 GB)
	python3 Tests/Benchmarks/bench.py

bench-quick: bench-tools ## three minutes of it; fails when a ratio falls below 70 % of what it must be
	python3 Tests/Benchmarks/bench.py --self-test
	.build/release/mailroom-load self-test
	python3 Tests/Benchmarks/bench.py --quick

# Not under the thread sanitizer: it does not see Swift's Mutex on Linux, so it reports every state that one guards
# (some thirty reports in one run on 6.3.1, all within such a guard).
nightly: setup ## the tests under the address sanitizer (long)
	$(SWIFT) test --sanitize=address --scratch-path .build-address
