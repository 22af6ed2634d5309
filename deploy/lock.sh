#!/usr/bin/env bash
# Renew the hashed lock files from pyproject.toml. They name no download address.
set -euo pipefail
cd "$(dirname "$0")/.."
compile() { .venv/bin/uv pip compile --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate -q "$@" > /dev/null; }
compile pyproject.toml -o requirements/base.txt
compile pyproject.toml --group dev -o requirements/dev.txt
compile requirements/uv.in -o requirements/uv.txt
compile requirements/security.in -o requirements/security.txt
