# iworkz.platform: `make help` lists what there is. Needs bash and GNU make; installs the rest by itself.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

# Without byte code every Ansible process would compile everything again.
unexport PYTHONDONTWRITEBYTECODE
export PATH := $(CURDIR)/.venv/bin:$(PATH)
export PYTHONUNBUFFERED := 1
export ANSIBLE_CONFIG := $(CURDIR)/ansible.cfg

DEBIAN_SANDBOX := $(shell sed --quiet 's|^\([^\# ]*\) /.*|\1|p' sandbox/planes/packages.txt)
# The libraries and the font of reports as PDF, which bindep.txt has for an execution environment.
DEBIAN_REPORTS := fonts-noto-cjk libharfbuzz-subset0 libpangoft2-1.0-0
DEBIAN_DEV := chromium chromium-driver git shellcheck
PIP := .venv/bin/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --requirement
hash = $(shell cat $(1) | sha256sum | cut --characters=1-16)

# A stamp's name carries the hash of what was installed, so a changed pin installs again and nothing else does.
RUNTIME := .venv/.installed-$(call hash,requirements.txt constraints.txt)
DEV := .venv/.installed-dev-$(call hash,requirements.txt requirements-dev.txt constraints.txt Makefile)

.PHONY: help
help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-17s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

.PHONY: venv
venv:
	@tools/venv.sh
	@tools/link_collection.sh .ansible/collections

$(RUNTIME): | venv
	@echo "Installing the Python packages of requirements.txt"
	@$(PIP) requirements.txt
	@touch $@

$(DEV): | venv
	@tools/debian.sh "browser tests and shell lint" $(DEBIAN_DEV)
	@echo "Installing the Python packages of requirements-dev.txt"
	@$(PIP) requirements-dev.txt
	@touch $@ $(RUNTIME)

.PHONY: setup
setup: venv $(RUNTIME) ## Create .venv and link the checkout as a collection

.PHONY: sandbox-packages
sandbox-packages: ## Install the Debian packages of the sandbox's servers
	@tools/debian.sh "servers of the sandbox; IWORKZ_SANDBOX_PLANES=0 does without" $(DEBIAN_SANDBOX)

.PHONY: report-packages
report-packages: ## Install the Debian packages of reports as PDF
	@tools/debian.sh "reports as PDF" $(DEBIAN_REPORTS)

.PHONY: sandbox
sandbox: setup ## Start the sandbox on 127.0.0.1, or leave it running
	@if [[ $${IWORKZ_SANDBOX_PLANES:-1} != 0 ]]; then $(MAKE) sandbox-packages; fi
	@python -m sandbox up

.PHONY: sandbox-status
sandbox-status: setup ## Show what runs in the sandbox
	@python -m sandbox status

.PHONY: sandbox-logs
sandbox-logs: setup ## Show the end of a log: program=NAME, as in the status
	@python -m sandbox logs $(program)

.PHONY: sandbox-start sandbox-stop
sandbox-start: setup ## Start one server of the sandbox: program=NAME
	@python -m sandbox start $(program)

sandbox-stop: setup ## Stop one server of the sandbox: program=NAME
	@python -m sandbox stop $(program)

.PHONY: sandbox-down
sandbox-down: setup ## Stop the sandbox; its state stays
	@python -m sandbox down

.PHONY: launch
launch: sandbox report-packages ## Apply everything in the sandbox, verify it and write the report
	@ansible-playbook -i inventories/sandbox playbooks/launch.yml
	@python -m tools.summary

.PHONY: test
test: venv $(DEV) sandbox-packages report-packages ## Run everything CI runs
	@python -m tools.stages

.PHONY: lint
lint: venv $(DEV) ## Run the linters and type checks only
	@python -m tools.stages --only lint

.PHONY: docs
docs: venv $(DEV) ## Generate the pages of roles, rules and runbooks, and build the module pages in build/docs
	@python -m tools.role_docs
	@python -m tools.rule_docs
	@python -m tools.runbooks
	@tools/docs.sh build

.PHONY: bench
bench: venv $(DEV) ## Measure speed against raw boto3 and module loops
	@python -m benchmarks

.PHONY: objects
objects: venv $(DEV) ## Validate what the sandbox's cluster holds, with checkov, too, where it is installed
	@python -m tools.objects

.PHONY: scan
scan: venv $(DEV) ## Let an independent scanner read the launched sandbox
	@tools/scan.sh

.PHONY: test-aws
test-aws: venv $(DEV) ## Run the integration scenarios in a real AWS account (asks first, costs money)
	@python -m tools.test_aws

.PHONY: clean
clean: ## Stop the sandbox and delete its state, build products and .venv
	@if [[ -x .venv/bin/python && -d .sandbox ]]; then .venv/bin/python -m sandbox down; fi
	rm -rf .venv .sandbox .ansible .cache build .mypy_cache .pytest_cache .ruff_cache .hypothesis
