#!/usr/bin/env bash
# Copies what is, or would be, committed to a directory, and nothing else: no .venv, no state, no caches.
# usage: tools/clean_copy.sh DIRECTORY
set -euo pipefail
destination=$(realpath --canonicalize-missing "$1")
cd "$(dirname "${BASH_SOURCE[0]}")/.."
rm -rf "$destination"
mkdir -p "$destination"
# Files deleted but still tracked are listed, too; they can't be copied.
git ls-files -z --cached --others --exclude-standard |
    while IFS= read -r -d '' path; do [[ ! -e $path && ! -L $path ]] || printf '%s\0' "$path"; done |
    tar --create --null --files-from=- | tar --extract --directory "$destination"
