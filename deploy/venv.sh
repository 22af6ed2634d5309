#!/usr/bin/env bash
# Make or refresh $venv from the hashed lock files. Usage: deploy/venv.sh base|dev|security
# The tools of `make security` live beside, in .venv-security: what they need must not decide what the product gets.
set -euo pipefail
cd "$(dirname "$0")/.."
kind=${1:?base, dev or security}
venv=.venv
[ "$kind" = security ] && venv=.venv-security
python=${PYTHON:-python3}
if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
  echo "KC needs Python 3.11 or newer. On Debian or Ubuntu: sudo apt-get install python3 python3-venv" >&2; exit 1
fi
if [ ! -x $venv/bin/python ]; then
  "$python" -m venv $venv 2>/dev/null || { echo "Python's venv module is missing. On Debian or Ubuntu: sudo apt-get install python3-venv" >&2; exit 1; }
fi
[ -x $venv/bin/uv ] || $venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/uv.txt
$venv/bin/uv pip install --quiet --compile-bytecode --python $venv/bin/python --require-hashes -r "requirements/$kind.txt"
touch "$venv/.$kind"
[ "$kind" = dev ] && touch $venv/.base || true
