# Latchkey's commands. `make help` lists them.

SHELL := /bin/sh
.DEFAULT_GOAL := help

PORT ?= 9000
# An empty DATA means the default, too.
override DATA := $(or $(DATA),.local/data)
ARCHITECTURE ?= x86_64
FUZZ_SECONDS ?= 60
FUZZ_TARGETS ?= $(notdir $(wildcard tests/fuzz/corpus/*))

# All tools are installed into this folder, which git ignores.
LOCAL := .local
AXE := $(LOCAL)/axe/installed
AWS := $(LOCAL)/aws/installed
LINT := $(LOCAL)/lint/installed
BUILD := $(LOCAL)/build/installed
CHECKOV := $(LOCAL)/checkov/installed
API := $(LOCAL)/api/installed
LIBRARIES := $(LOCAL)/libraries/node_modules/installed
NEXTJS := $(LOCAL)/examples/nextjs/.next/built
LOCKS := $(LOCAL)/locks/installed
PEERS := $(LOCAL)/peers/installed
CARGO_DENY := $(LOCAL)/cargo/bin/cargo-deny
CARGO_DENY_VERSION := 0.20.2
CARGO_CYCLONEDX := $(LOCAL)/cargo/bin/cargo-cyclonedx
CARGO_CYCLONEDX_VERSION := 0.5.9
CARGO_MUTANTS := $(LOCAL)/cargo/bin/cargo-mutants
CARGO_MUTANTS_VERSION := 27.1.0

# Cargo builds a crate again for each other set of features. So there is one selection of packages for whatever runs as a
# debug build, and `cargo test --workspace` has the same features.
PROGRAMS := cargo build --locked --workspace --exclude bench --exclude operator --exclude fuzz --bins
RUN_LOCAL = "$$(cargo metadata --locked --no-deps --format-version 1 | \
	sed 's/.*"target_directory":"\([^"]*\)".*/\1/')"/debug/local

.PHONY: help
help: ## List the commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 10
	@echo
	@echo 'PORT=9100 make dev   another port (the default is 9000)'
	@echo 'make dev DATA=dir    another folder for the data (the default is $(DATA))'
	@echo 'make fuzz FUZZ_SECONDS=600 FUZZ_TARGETS="body token"    another duration, and only some targets'

# It is a project of its own, as a service of an application would be, so it is not in the workspace.
EXAMPLE := --manifest-path examples/axum/Cargo.toml --target-dir target/examples

.PHONY: dev
dev: needs ## Serve everything on http://127.0.0.1:9000
	@$(PROGRAMS)
	@$(RUN_LOCAL) dev --root . --data '$(DATA)' --port '$(PORT)'

OPERATOR := $(LOCAL)/operator/latchkey
.PHONY: operator
operator: needs ## Build the operator's command into .local/operator
	cargo build --locked --release --package operator
	@mkdir -p $(dir $(OPERATOR))
	@cp "$$(dirname $(RUN_LOCAL))/../release/latchkey" $(OPERATOR)
	@$(OPERATOR) man $(dir $(OPERATOR))man
	@for shell in bash zsh fish powershell; do $(OPERATOR) completions $$shell > $(dir $(OPERATOR))latchkey.$$shell; done
	@echo 'latchkey: $(OPERATOR) --help'

SAM_PORT ?= 3000

.PHONY: sam-local
sam-local: build ## Build, and serve the result with `sam local` on http://127.0.0.1:3000; needs Docker
	@$(PROGRAMS) --quiet
	@$(RUN_LOCAL) sam --root . --data '$(DATA)' --tools $(dir $(LINT))bin --port '$(SAM_PORT)'

.PHONY: seed
seed: needs ## Sign up a few demo users at the running `make dev`
	@$(PROGRAMS) --quiet
	@$(RUN_LOCAL) seed --port '$(PORT)'

.PHONY: reset
reset: needs ## Delete the local users, sessions and keys
	@$(PROGRAMS) --quiet
	@$(RUN_LOCAL) reset --data '$(DATA)'

.PHONY: test
test: $(AWS) $(AXE) $(LIBRARIES) ## Run every test
	@# Built first, so that no compiler slows down the tests that send many requests at once.
	cargo build --locked $(EXAMPLE)
	cargo test --locked --workspace --no-run
	@# With the operator's command, which needs more of AWS's crates than `make dev`.
	cargo build --locked --workspace --exclude bench --bins
	$(PROGRAMS)
	cargo test --locked --workspace

.PHONY: examples
examples: $(AWS) $(LIBRARIES) $(NEXTJS) ## Try the programs of examples/ in every state of a session
	cargo build --locked $(EXAMPLE)
	cargo test --locked --workspace --no-run
	$(PROGRAMS)
	cargo test --locked --workspace -- --include-ignored --nocapture examples::

.PHONY: soak
soak: $(AWS) ## Run the tests of races, failures, timing, overload and a million users at length; takes about an hour
	$(PROGRAMS)
	SOAK=1 cargo test --locked --workspace -- --nocapture --test-threads 1 \
		races interleavings schedules enumeration overload operator::lists

.PHONY: fuzz
fuzz: needs ## Fuzz every parser of untrusted input, a minute each; the first build takes some minutes
	@command -v c++ >/dev/null || { echo 'latchkey: a C++ compiler is missing.' $(INSTALL_CC); exit 1; }
	@tests/fuzz/run.sh '$(FUZZ_SECONDS)' '$(LOCAL)/fuzz' $(FUZZ_TARGETS)

.PHONY: api
api: $(API) ## Check a running stack against the OpenAPI document
	$(PROGRAMS)
	$(dir $(API))bin/python infra/api/run.py $(RUN_LOCAL)

ARM64_arm64 := --arm64
.PHONY: build
build: $(BUILD) $(LINT) ## Build what `sam deploy` deploys, into .aws-sam
	@# All functions at once, on every core. `sam build` takes one after the other, and then finds each of them built.
	PATH="$(abspath $(dir $(BUILD)))/bin:$$PATH" cargo-lambda lambda build --release $(ARM64_$(ARCHITECTURE))
	PATH="$(abspath $(dir $(BUILD)))/bin:$(abspath $(dir $(LINT)))/bin:$$PATH" \
		SAM_CLI_TELEMETRY=0 AWS_DEFAULT_REGION=$${AWS_DEFAULT_REGION:-us-east-1} \
		$(dir $(LINT))bin/sam build --parameter-overrides Architecture=$(ARCHITECTURE)

# The tool writes a file into the folder of every crate of the workspace.
SBOM := latchkey.cdx
.PHONY: sbom
sbom: $(CARGO_CYCLONEDX) ## List the crates in each function, as CycloneDX, into .aws-sam/sbom
	@mkdir -p .aws-sam/sbom
	@$(CARGO_CYCLONEDX) cyclonedx --quiet --format json --spec-version 1.5 --override-filename $(SBOM) \
		--target $(ARCHITECTURE:arm64=aarch64)-unknown-linux-gnu
	@for function in functions/*; do mv $$function/$(SBOM).json .aws-sam/sbom/$${function#*/}.cdx.json; done
	@rm -f */$(SBOM).json */*/$(SBOM).json

.PHONY: emulate
emulate: build $(AWS) ## Run the built functions under AWS's Runtime Interface Emulator, with the events
	cargo test --locked --workspace -- --ignored --nocapture build

.PHONY: bench
bench: build $(PEERS) ## Measure Latchkey and its peers; takes about four minutes once built; needs Node and npm
	@# Built one after the other, so that cargo does not unify their features.
	@for peer in hello defaults; do (cd infra/bench/peers && PATH="$(abspath $(dir $(BUILD)))/bin:$$PATH" \
		CARGO_TARGET_DIR='$(abspath target/peers)' \
		cargo-lambda lambda build --locked --release --package $$peer) || exit 1; done
	cargo run --locked --release --package bench -- run "$$(command -v node)"

REV ?= HEAD
.PHONY: bench-against
bench-against: build ## Compare this version with REV (the default is HEAD) in one run of two minutes, once built
	@rm -rf $(LOCAL)/against && mkdir -p $(LOCAL)/against && git archive '$(REV)' | tar -x -C $(LOCAL)/against
	cd $(LOCAL)/against && PATH="$(abspath $(dir $(BUILD)))/bin:$$PATH" CARGO_TARGET_DIR='$(abspath target/against)' \
		cargo-lambda lambda build --locked --release
	cargo run --locked --release --package bench -- against $(LOCAL)/against target/against/lambda

.PHONY: growth
growth: build ## Measure requests with a thousand users and with a million
	cargo run --locked --release --package bench -- growth

.PHONY: cost
cost: needs ## Print what requests cost on AWS, based on the results of `make bench`
	@cargo run --locked --quiet --release --package bench -- cost

.PHONY: mutants
mutants: $(CARGO_MUTANTS) ## Run mutation testing on the authentication code; takes hours
	$(CARGO_MUTANTS) mutants --cargo-arg=--locked --config infra/mutants.toml --workspace --timeout 300 --output $(LOCAL)

.PHONY: check
check: fmt clippy test doc deny lint emulate api ## Run what CI runs: format, lints, tests, documentation, template, API

.PHONY: fmt
fmt: needs ## Check the format of the code
	cargo fmt --all --check
	cargo fmt --manifest-path examples/axum/Cargo.toml --check

.PHONY: clippy
clippy: needs ## Check the code with clippy
	cargo clippy --locked --workspace --all-targets -- --deny warnings
	@# Built alone, the package has none of its optional features.
	cargo clippy --locked --package latchkey --all-targets -- --deny warnings
	@# `make bench` needs this lock file, and nothing else reads it.
	cargo metadata --locked --format-version 1 --manifest-path infra/bench/peers/Cargo.toml > /dev/null

.PHONY: doc
doc: needs ## Build the documentation
	RUSTDOCFLAGS='--deny warnings' cargo doc --locked --workspace --no-deps

.PHONY: deny
deny: $(CARGO_DENY) ## Check licences, banned crates and advisories
	$(CARGO_DENY) --locked --workspace --all-features check bans licenses sources
	@# The example does not need all licences.
	$(CARGO_DENY) --locked --log-level error --manifest-path examples/axum/Cargo.toml --config deny.toml check \
		--allow license-not-encountered bans licenses sources
	@# GitHub sets GITHUB_REF_TYPE. Nothing is released without a look at the advisories.
	@if $(CARGO_DENY) fetch db; then \
		$(CARGO_DENY) --locked --workspace --all-features check advisories; \
	elif [ "$$GITHUB_REF_TYPE" = tag ]; then \
		echo 'latchkey: the advisory database cannot be reached, so nothing is released. Run the job again.'; exit 1; \
	else \
		echo 'latchkey: WARNING: the advisory database cannot be reached; advisories were NOT checked'; \
	fi

.PHONY: lint
lint: $(LINT) $(CHECKOV) ## Check the templates and the workflow
	infra/lint.sh $(dir $(LINT))bin $(dir $(CHECKOV))bin/checkov

# One version and its hashes for every platform and for Python 3.10 and newer. Packages of the last days are left out,
# because a package that was replaced by an attacker is found and withdrawn in that time.
REQUIREMENTS ?= $(basename $(notdir $(wildcard infra/requirements/*.in)))
.PHONY: locks
locks: $(addprefix lock-,$(REQUIREMENTS)) ## Renew the versions and hashes in infra/requirements

lock-%: $(LOCKS)
	$(dir $(LOCKS))bin/uv pip compile --quiet --upgrade --universal --python-version 3.10 --generate-hashes \
		--only-binary :all: --exclude-newer '7 days' --no-annotate --custom-compile-command 'make locks' $(LOCK_$*) \
		--output-file infra/requirements/$*.txt infra/requirements/$*.in

# --- What the commands need ---

INSTALL_CC := 'Debian: apt install build-essential; macOS: xcode-select --install'

.PHONY: needs
needs:
	@command -v cargo >/dev/null || { echo 'latchkey: Rust is missing. Install it from https://rustup.rs'; exit 1; }
	@command -v cc >/dev/null || { echo 'latchkey: a C compiler is missing.' $(INSTALL_CC); exit 1; }

.PHONY: python
python:
	@python3 -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 10))' 2>/dev/null || { echo \
		'latchkey: Python 3.10 or newer with venv is missing.' \
		'Debian: apt install python3-venv; macOS: brew install python'; exit 1; }

# The first options override settings of pip that would install into another folder. Empty variables would not: pip
# ignores them. Other settings, such as the index of a company, stay.
PIP_INSTALL = install --no-user --target= --prefix='$(abspath $(@D))' --root=/ \
	--quiet --require-hashes --only-binary :all: --no-deps

# Installs the packages of infra/requirements/NAME.txt into .local/NAME, and again after the file has changed. The file
# names every package. Only wheels, because a source package runs its own code when it is installed.
$(LOCAL)/%/installed: infra/requirements/%.txt | needs python
	@echo 'latchkey: installing into $(@D):' $$(grep -v '^#' $(<:.txt=.in))
	@python3 -m venv --clear $(@D)
	@PIP_DRY_RUN=0 $(@D)/bin/pip $(PIP_INSTALL) --requirement $<
	@for file in $(FILES_$*); do ls $(@D)/$$file >/dev/null 2>&1 || { echo "latchkey: pip did not install $(@D)/$$file." \
		'Look for the setting that sends it elsewhere: pip config list; env | grep PIP_'; exit 1; }; done
	@touch $@

FILES_api := bin/schemathesis
FILES_aws := bin/aws bin/moto_server
FILES_axe := lib/python3*/site-packages/axe_playwright_python
FILES_build := bin/cargo-lambda bin/python-zig
FILES_checkov := bin/checkov
FILES_libraries := bin/node bin/npm
FILES_lint := bin/sam bin/cfn-lint bin/zizmor
FILES_locks := bin/uv

# The Node peers of the bench, each bundled into one file as for a deployment. Better Auth does not run bundled.
NODE_PEERS := $(wildcard infra/bench/peers/node/*)
$(PEERS): $(NODE_PEERS) | needs
	@command -v npm >/dev/null || { echo 'latchkey: the bench needs Node 20 with npm. See https://nodejs.org'; exit 1; }
	@echo 'latchkey: installing the peers of the bench into $(@D)'
	@mkdir -p $(@D) && cp $(NODE_PEERS) $(@D)
	@cd $(@D) && npm ci --no-audit --no-fund --loglevel=error
	@cd $(@D) && node_modules/.bin/esbuild sdk.mjs lucia.mjs argon2.mjs --bundle --minify --platform=node \
		--target=node20 --format=esm --external:@node-rs/argon2 --outdir=. --log-level=error \
		--banner:js="import{createRequire}from'node:module';const require=createRequire(import.meta.url);"
	@touch $@

# The libraries of npm in the tests, by the Node of infra/requirements/libraries.txt: they open tokens, or users move
# from them and to them.
NPM_LIBRARIES := $(wildcard tests/libraries/*.json)
$(LIBRARIES): $(LOCAL)/libraries/installed $(NPM_LIBRARIES)
	@cp $(NPM_LIBRARIES) $(LOCAL)/libraries
	@cd $(LOCAL)/libraries && PATH="$$PWD/bin:$$PATH" npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

# The example on Next.js, built. It needs 400 MB, so `make test` leaves it out.
$(NEXTJS): $(wildcard examples/nextjs/*.* examples/nextjs/*/*.js examples/nextjs/*/*/*.js) | $(LIBRARIES)
	@echo 'latchkey: building the example on Next.js in $(LOCAL)/examples/nextjs'
	@rm -rf $(LOCAL)/examples/nextjs && mkdir -p $(LOCAL)/examples && cp -R examples/nextjs $(LOCAL)/examples/nextjs
	@cd $(LOCAL)/examples/nextjs && export PATH="$(abspath $(LOCAL)/libraries/bin):$$PATH" NEXT_TELEMETRY_DISABLED=1 && \
		npm ci --ignore-scripts --no-audit --no-fund --loglevel=error && node_modules/.bin/next build
	@touch $@

# Without its dependencies: the tests read only the axe-core script in it.
LOCK_axe := --no-deps

$(CARGO_CYCLONEDX): | needs
	@echo 'latchkey: installing cargo-cyclonedx into $(LOCAL)/cargo'
	@cargo install --quiet --locked --root $(LOCAL)/cargo cargo-cyclonedx --version $(CARGO_CYCLONEDX_VERSION)

$(CARGO_MUTANTS): | needs
	@echo 'latchkey: installing cargo-mutants into $(LOCAL)/cargo'
	@cargo install --quiet --locked --root $(LOCAL)/cargo cargo-mutants --version $(CARGO_MUTANTS_VERSION)

$(CARGO_DENY): | needs
	@echo 'latchkey: installing cargo-deny into $(LOCAL)/cargo'
	@# A debug build takes half as long, and the check takes seconds either way.
	@CARGO_PROFILE_DEV_DEBUG=0 cargo install --quiet --debug --locked --root $(LOCAL)/cargo cargo-deny \
		--version $(CARGO_DENY_VERSION)
