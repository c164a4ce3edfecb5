#!/usr/bin/env bash
# Install the validators of custom resources (tools/validators/package.json, and a Node.js of their own) with npm into
# build/validators, 200 MB. tests/unit/kube/test_mesh_validators.py uses them where they are.
set -euo pipefail
cd "$(dirname "$0")/.."
mkdir --parents build/validators
cp tools/validators/package.json tools/validators/validate.mjs build/validators/
cd build/validators
npm install --no-package-lock --no-audit --no-fund --ignore-scripts
