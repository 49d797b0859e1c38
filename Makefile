# `make help` says what there is. Everything here works on a fresh Debian 12 or Ubuntu 24.04 that has Swift and git.

SWIFT ?= swift
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help setup build release run test test-one browser ci lint format demo-orders bench bench-quick bench-console bench-tools faults fuzz \
	nightly deb release-archive examples deploy-check deploy-check-chroot \
	deploy-check-container

OPTIONS ?=
BASES ?= local
ONLY ?=
MINUTES ?= 30
SECONDS_EACH ?= 300
PROGRAMS = $(shell $(SWIFT) build --show-bin-path)
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
	python3 Tests/Faults/faults.py --self-test
	python3 Tests/Documents/check.py --self-test
	$(SWIFT) build --build-tests --explicit-target-dependency-import-check error
	"$(PROGRAMS)/mailroom-fuzz" self-test
	@.ci/setup prometheus
	python3 Tests/Monitoring/check.py "$(PROGRAMS)/mailroom"
	python3 Tests/Integrators/check.py "$(PROGRAMS)/mailroom"
	python3 Tests/Documents/check.py "$(PROGRAMS)/mailroom"
	@.ci/setup openapi
	python3 Tests/OpenAPI/check.py "$(PROGRAMS)/mailroom"
	@.ci/setup browser
	.ci/tally $(TELL_CRASHES) $(SWIFT) test --skip-build $(TESTS_AT_ONCE) --alone $(SWIFT) test --skip-build --no-parallel --filter \
		--and "$(PROGRAMS)/mailroom-fuzz" run --seed 20261125 --runs 5000 \
		--and $(BROWSER_TESTS) --alone $(BROWSER_TESTS) \
		--and python3 Tests/Faults/faults.py --quick --only $(QUICK_FAULTS) \
			--alone python3 Tests/Faults/faults.py --quick --only

# Who reads the log of a build server has no core file.
TELL_CRASHES := env SWIFT_BACKTRACE=enable=yes,interactive=no,color=no

test-one: setup ## run the tests of one area while you work (ONLY=WebTests, or a suite's or a test's name)
	$(SWIFT) test --filter '$(ONLY)'

# All but `clients`: in one of eight runs, on two cores at a load of 15, its normal clients had a p99 of 8.9 s, and a limit
# wide enough for that would no longer tell whether slow clients do harm. `make faults` has it.
QUICK_FAULTS := crash power disk io files sabotage fence house outage clock overload stop restore crowd-of-one-address crowd-of-all

# Their screenshots go to .build/browser/screenshots, for people to look at.
BROWSER_TESTS := .build/browser-venv/bin/python -B Tests/Browser/run.py

browser: build ## run the browser tests alone (ONLY='part of a name')
	@.ci/setup browser
	.ci/tally $(BROWSER_TESTS) $(ONLY)

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

bench-console: bench-tools ## open the console over a million orders in a real browser (ten minutes; 2 GB)
	@.ci/setup browser
	.build/browser-venv/bin/python -B Tests/Browser/large.py

release-archive: release ## one archive that runs on a bare Debian 12, into dist/
	Deploy/release .build/release/mailroom dist

deb: release ## the Debian package, into dist/
	Deploy/debian/build .build/release/mailroom dist

examples: build ## run every program of Deploy/examples against a real server
	@.ci/setup examples
	$(SWIFT) build --product example-receiver
	python3 Tests/Examples/check.py --venv .build/examples-venv \
		--program "$$($(SWIFT) build --show-bin-path)/mailroom" \
		--receiver "$$($(SWIFT) build --show-bin-path)/example-receiver"

deploy-check: build ## hold the units and the Caddyfile to what they say
	@.ci/setup deploy
	Tests/Deploy/units.sh
	python3 Tests/Deploy/syscalls.py --program "$$($(SWIFT) build --show-bin-path)/mailroom"
	python3 Tests/Deploy/caddy.py --program "$$($(SWIFT) build --show-bin-path)/mailroom"

deploy-check-chroot: release-archive deb ## install archive and package on a fresh Debian 12 and use them (root; long)
	@.ci/setup chroot
	Tests/Deploy/chroot.sh "$$(ls -t dist/mailroom-*.tar.gz | head -n 1)" "$$(ls -t dist/mailroom_*.deb | head -n 1)"

deploy-check-container: ## build the Containerfile with buildah and use it (root; long; BASES= pulls the base images)
	@.ci/setup container
	MAILROOM_BASES=$(BASES) Tests/Deploy/container.sh

# Its quick part, in `make test`, has limits of time that a busy machine keeps; here they are those that were promised.
faults: release ## break everything around it on purpose, and check what was promised (MINUTES=30)
	python3 Tests/Faults/faults.py --self-test
	python3 Tests/Faults/faults.py --minutes $(MINUTES) --binary .build/release/mailroom

fuzz: setup ## feed made-up bytes to everything that reads foreign ones, guided by coverage (SECONDS_EACH=300)
	Tests/Fuzzing/libfuzzer $(SECONDS_EACH)

# Leaks are left out: what SQLite's hook holds until the process ends (CheckpointKeeper) counts as one.
# Not under the thread sanitizer: it does not see Swift's Mutex on Linux, so it reports every state that one guards
# (some thirty reports in one run on 6.3.1, all within such a guard).
nightly: setup examples deploy-check deploy-check-chroot deploy-check-container ## deployment on a fresh Debian, then the tests under the address sanitizer (long)
	@.ci/setup openapi
	python3 Tests/OpenAPI/check.py "$$($(SWIFT) build --show-bin-path)/mailroom" --deep 200
	ASAN_OPTIONS=detect_leaks=0 $(SWIFT) test --sanitize=address --scratch-path .build-address $(TESTS_AT_ONCE)
