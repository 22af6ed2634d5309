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
