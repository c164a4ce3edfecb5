#!/usr/bin/env bash
# Makes sure .venv works: keeps one that does, otherwise creates it with the first Python ansible-core 2.19 supports.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# pip's script names its interpreter, so it also fails in a checkout that was moved.
if .venv/bin/pip --version >/dev/null 2>&1; then
    exit 0
fi

supported='import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))'
python=
for candidate in /usr/bin/python3 python3.11 python3.12 python3.13 python3; do
    if "$candidate" -c "$supported" 2>/dev/null; then
        python=$candidate
        break
    fi
done
if [[ -z $python ]]; then
    tools/debian.sh "a Python from 3.11 to 3.13" python3
    python=/usr/bin/python3
    "$python" -c "$supported" || { echo "$("$python" --version) is not supported: 3.11 to 3.13 is needed." >&2; exit 1; }
fi
if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
    tools/debian.sh "virtual environments for $python" python3-venv
fi

echo "Creating .venv with $("$python" --version)"
rm -rf .venv
"$python" -m venv .venv
