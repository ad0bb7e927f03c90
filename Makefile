# Every target sets up what it needs; `make` alone prints them.
SHELL := /bin/sh
.DEFAULT_GOAL := help
BIN := .venv/bin
# Each process that a test starts would compile every module anew: 2 s of a processor.
unexport PYTHONDONTWRITEBYTECODE
EXPORT := --quiet --no-emit-project --no-header

help: ## Print every target with a line each
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' Makefile

try: .venv/ready ## Try the bot without Slack: a local workspace in your browser (another port: PORT=8081)
	@$(BIN)/briefing-bot try $(if $(filter command,$(origin PORT)),--port $(PORT))

run: .venv/ready ## Run the bot against Slack (settings: docs/configuration.md)
	@$(BIN)/briefing-bot run

check: .venv/ready ## Check briefings/ and say what to put right
	@$(BIN)/briefing-bot check

check-deploy: .venv/ready check-alerts ## Check Dockerfile, compose.yaml, deploy/ and ops/ by hadolint, kubernetes-validate, systemd-analyze, promtool
	@sh .ci/check-deploy

check-wheel: .venv/ready ## Build dist/: sdist, wheel and SBOM; install the wheel with its lock and run a part of the tests against it
	@sh .ci/wheel

check-image: .venv/ready ## Run the Dockerfile's steps in a clean root, and the bot in it (as root; Debian: apt-get install mmdebstrap)
	@unshare --mount --propagation private $(BIN)/pytest -q tests/deploy/image.py

sbom: .venv/ready ## Write dist/briefing-bot.cdx.json: what is installed to run it, as CycloneDX
	@sh .ci/wheel sbom

test: .venv/ready ## Run the tests, all but those in a browser and the chaos
	@$(BIN)/pytest -q --numprocesses=6 --dist=worksteal --ignore=tests/chaos

test-chaos: .venv/ready ## Kill the bot at random points, over and over: nothing may be lost or doubled (4 minutes)
	@$(BIN)/pytest -q --numprocesses=3 tests/chaos

chaos: .venv/ready ## The same, with 1,000 kills over 50 seeds on each database (2 hours)
	@$(BIN)/pytest -q tests/chaos --chaos-seeds 50

test-browser: .venv/ready ## Run the tests in a real browser (Debian: apt-get install chromium)
	@$(BIN)/pytest -q -m browser tests/browser

test-bolt-js: .venv/ready ## Run the echo app on Bolt for JavaScript against the local workspace (needs node and npm)
	@cd tests/conformance-js && npm ci --silent --no-audit --no-fund
	@$(BIN)/pytest -q tests/conformance-js/bolt_js.py

lint: .venv/ready ## Check style, types, import directions and the workflow
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache
	@$(BIN)/check-jsonschema --quiet --builtin-schema vendor.github-workflows .github/workflows/*.yml
	@$(BIN)/zizmor --quiet --offline .github/workflows

audit: .venv/ready ## Look for known vulnerabilities, secrets and licences (docs/security.md)
	@$(BIN)/python -m tests.support.audit.vulnerabilities
	@$(BIN)/python -m tests.support.audit.secrets
	@$(BIN)/pytest -q tests/test_audit.py

check-alerts: .venv/ready ## Check and try ops/alerts.yml and a scrape with promtool (Debian: apt-get install prometheus)
	@promtool check rules ops/alerts.yml
	@promtool test rules ops/alerts.test.yml
	@$(BIN)/python -m tests.support.scrape | promtool check metrics

fix: .venv/ready ## Format the code and put right what ruff can
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

docs: .venv/ready ## Write what is made from the code: field table, schema, tree of modules, licences, what a new database begins with
	@$(BIN)/briefing-bot schema --write
	@$(BIN)/python -m tests.support.tree
	@$(BIN)/python -m tests.support.new_sqlite
	@$(BIN)/python -m tests.support.audit.licences

bench: .venv/ready ## Measure what docs/performance.md lists and compare it with bench/figures.json (one row: ROW=fact-new)
	@$(BIN)/python -m bench $(if $(ROW),--only $(ROW))

mutation: .venv/ready ## Change the code at random places and count what the tests notice (1 hour)
	@$(BIN)/python -m bench.mutation

lock: .venv/ready ## Write the three requirements*.lock (to run it, to build it, to change it) after a change in pyproject.toml
	@$(BIN)/uv lock --quiet
	@$(BIN)/uv export $(EXPORT) --all-extras --no-dev --output-file requirements.lock
	@$(BIN)/uv export $(EXPORT) --all-extras --output-file requirements-dev.lock
	@$(BIN)/uv export $(EXPORT) --only-group build --output-file requirements-build.lock
	@rm uv.lock

clean: ## Remove what the set-up made
	rm -rf .venv

.venv/ready: pyproject.toml requirements-build.lock requirements-dev.lock
	@sh .ci/venv.sh

.PHONY: help try run check check-alerts check-deploy check-wheel check-image sbom test test-chaos chaos test-browser test-bolt-js lint audit fix docs bench mutation lock clean
