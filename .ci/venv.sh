#!/bin/sh
# Makes .venv from requirements-build.lock and requirements-dev.lock, hashes checked. The Makefile calls it when the lock or pyproject.toml changed.
set -eu
needs="briefing-bot needs Python 3.11 or newer with venv. On Debian or Ubuntu: apt-get install python3-venv"

for python in ${PYTHON:-python3 python3.13 python3.12 python3.11}; do
    if "$python" -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then
        found=$python
        break
    fi
done
[ -n "${found:-}" ] || { echo "$needs" >&2; exit 1; }

echo "Setting up .venv (about a minute the first time) …" >&2
[ -x .venv/bin/pip ] || "$found" -m venv --clear .venv
export PIP_QUIET=1 PIP_DISABLE_PIP_VERSION_CHECK=1
.venv/bin/pip install --require-hashes --requirement requirements-build.lock
# uv needs a tenth of pip's time; where only pip is told of a mirror, pip does it.
.venv/bin/uv pip install --quiet --python .venv/bin/python --require-hashes --requirement requirements-dev.lock ||
    .venv/bin/pip install --require-hashes --requirement requirements-dev.lock
# Where it is there, jsonschema builds 38 grammars at each import, for a format of addresses that nothing here checks.
.venv/bin/pip uninstall --yes rfc3987-syntax
.venv/bin/pip install --no-build-isolation --no-deps --editable .
touch .venv/ready
