#!/usr/bin/env bash
# Parses every playbook with every inventory.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
for inventory in inventories/*/; do
    ansible-playbook --syntax-check -i "$inventory" playbooks/*.yml
done
