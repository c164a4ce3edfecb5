#!/usr/bin/env bash
# Links the checkout into a collections path as iworkz.platform.
# usage: tools/link_collection.sh COLLECTIONS_PATH
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
namespace=$1/ansible_collections/iworkz
mkdir -p "$namespace"
[[ $namespace/platform -ef $root ]] || ln --symbolic --relative --force --no-dereference "$root" "$namespace/platform"
