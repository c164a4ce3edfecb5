#!/usr/bin/env bash
# Builds the collection and checks the tarball with galaxy-importer, as Galaxy would on upload.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
work=build/galaxy
tools/clean_copy.sh "$work/source"
ansible-galaxy collection build --force --output-path "$work" "$work/source" >/dev/null
# ansible-test needs a container engine here; tools/sanity.sh runs it without.
cat >"$work/importer.cfg" <<'INI'
[galaxy-importer]
RUN_ANSIBLE_TEST = False
RUN_ANSIBLE_LINT = False
CHECK_REQUIRED_TAGS = True
INI
tarball=$(basename "$work"/iworkz-platform-*.tar.gz)
# It leaves its result in the current directory.
(cd "$work" && GALAXY_IMPORTER_CONFIG=importer.cfg python -m galaxy_importer.main "$tarball" 2>&1) | tee "$work/importer.log"
# It says so and exits 0 when it finds something to improve.
if grep --quiet --extended-regexp '^(WARNING|ERROR)' "$work/importer.log"; then
    echo "galaxy-importer is not content, see above" >&2
    exit 1
fi
