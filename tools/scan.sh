#!/usr/bin/env bash
# Installs the pinned scanner into build/scanner, an environment of its own, and lets it read the sandbox.
# usage: tools/scan.sh [OPTIONS of python -m tools.scan]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

wanted=tools/scanner/requirements.txt
installed=build/scanner/installed.txt
if ! cmp --quiet "$wanted" "$installed"; then
    echo "Installing the scanner into build/scanner"
    rm -rf build/scanner
    .venv/bin/python -m venv build/scanner
    build/scanner/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --requirement "$wanted"
    cp "$wanted" "$installed"
fi
exec .venv/bin/python -m tools.scan "$@"
