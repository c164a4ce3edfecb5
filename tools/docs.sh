#!/usr/bin/env bash
# The collection's documentation, from a clean copy. usage: tools/docs.sh lint | build
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
mode=${1:?lint or build}
root=$PWD/build/$mode-docs
copy=$root/ansible_collections/iworkz/platform
tools/clean_copy.sh "$copy"

case $mode in
lint)
    cd "$copy"
    exec antsibull-docs lint-collection-docs --plugin-docs --validate-collection-refs=dependent .
    ;;
build)
    site=$PWD/build/docs
    mkdir -p "$site"
    export ANSIBLE_COLLECTIONS_PATH=$root
    antsibull-docs collection --use-current --squash-hierarchy --dest-dir "$site" iworkz.platform
    echo "The module pages (reStructuredText) are in $site"
    ;;
*)
    echo "usage: tools/docs.sh lint | build" >&2
    exit 2
    ;;
esac
