# The commands of the project. Each installs what it needs; a second run is quick.
.DEFAULT_GOAL := help
SHELL := bash
PY := .venv/bin/python

help:  ## list the commands
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | column -t -s "$$(printf '\t')"

.venv/.base: requirements/base.txt requirements/uv.txt
	@deploy/venv.sh base

.venv/.dev: requirements/dev.txt requirements/uv.txt
	@deploy/venv.sh dev

.venv-security/.security: requirements/security.txt requirements/uv.txt
	@deploy/venv.sh security

run: .venv/.base  ## everything up with demo data; prints the address and the log-ins
	@$(PY) -m deploy.run

call: .venv/.base  ## place a demo call to the running contact centre
	@$(PY) -m deploy.call

# Two at once: much of a test is waiting. One after the other: make test TESTS_AT_ONCE=0
TESTS_AT_ONCE ?= 2
test: .venv/.dev  ## all tests
	@deploy/need.sh test
	@$(PY) -m deploy.build_pwa
	@$(PY) -m pytest -n $(TESTS_AT_ONCE) --dist loadscope $(ARGS)

lint: .venv/.dev  ## style, types, import contracts, the committed schema
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check .
	@.venv/bin/mypy sip_bridge backend/domain backend/application backend/projections
	@.venv/bin/lint-imports --config pyproject.toml
	@$(PY) -m deploy.translations
	@$(PY) -m backend.graphql.schema | diff -u schema.graphql - || { echo "schema.graphql is out of date: make schema"; exit 1; }
	@$(PY) -m backend.graphql.shapes | diff -u pwa/src/settings/model/shapes.json - || { echo "shapes.json is out of date: make schema"; exit 1; }
	@$(PY) -m backend.permissions | diff -u docs/permissions.md - || { echo "docs/permissions.md is out of date: make schema"; exit 1; }

schema: .venv/.dev  ## write schema.graphql, the blank settings of the screens and docs/permissions.md from the code
	@$(PY) -m backend.graphql.schema > schema.graphql
	@$(PY) -m backend.graphql.shapes > pwa/src/settings/model/shapes.json
	@$(PY) -m backend.permissions > docs/permissions.md

bench: .venv/.dev  ## figures and ratios; see tests/bench/README.md
	@deploy/need.sh bench
	@$(PY) -m tests.bench $(ARGS)

lighthouse: .venv/.dev  ## Lighthouse's marks of the sign-in page and the desk
	@deploy/need.sh test
	@$(PY) -m tests.lighthouse

screenshots: .venv/.dev  ## pictures of every screen with real calls, at three widths, into screenshots/
	@deploy/need.sh test
	@$(PY) -m tests.e2e.screenshots

security: .venv/.dev .venv-security/.security  ## attack a running system and read the code with outside tools; see docs/security.md
	@deploy/need.sh security
	@$(PY) -m tests.security $(ARGS)

docs: .venv/.dev  ## check the documentation: requirements, links
	@$(PY) -m pytest tests/docs

lock: .venv/.dev  ## renew the hashed lock files
	@deploy/lock.sh

.PHONY: help run call test lint schema bench lighthouse screenshots security docs lock
