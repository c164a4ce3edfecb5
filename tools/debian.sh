#!/usr/bin/env bash
# Installs the Debian packages named on the command line that are missing; says so before it does. Their services don't
# start, and PostgreSQL gets no database cluster: the sandbox runs servers of its own.
# usage: tools/debian.sh WHY PACKAGE...
set -euo pipefail
why=$1
shift

missing=()
for package in "$@"; do
    status=$(dpkg-query --show --showformat='${db:Status-Status}' "$package" 2>/dev/null || true)
    [[ $status == installed ]] || missing+=("$package")
done
((${#missing[@]})) || exit 0

cannot() {
    echo "These Debian packages are needed ($why): ${missing[*]}" >&2
    echo "They can't be installed from here: $1. Install them yourself and run make again." >&2
    exit 1
}

command -v apt-get >/dev/null || cannot "this system has no apt-get"
as_root=()
if ((EUID != 0)); then
    command -v sudo >/dev/null || cannot "you are not root and there is no sudo"
    as_root=(sudo)
    # Without a terminal sudo could only wait for a password nobody types.
    [[ -t 0 ]] || sudo --non-interactive true 2>/dev/null || cannot "sudo asks for a password and there is no terminal"
fi

echo "Installing Debian packages ($why): ${missing[*]}"
apt=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get --quiet --yes -o Dpkg::Use-Pty=0)
"${apt[@]}" update >/dev/null || cannot "apt-get update failed"

# What a package asks before it starts a service (101: no), and what postgresql-common reads before it makes a cluster.
# Both are put in place for this installation only, and never over what is there.
policy=/usr/sbin/policy-rc.d
cluster=/etc/postgresql-common/createcluster.d/iworkz-sandbox.conf
temporary=()
cleanup() {
    if ((${#temporary[@]})); then "${as_root[@]}" rm --force -- "${temporary[@]}"; fi
}
trap cleanup EXIT
put() {
    [[ ! -e $1 ]] || return 0
    temporary+=("$1")
    "${as_root[@]}" install -D --mode="$2" /dev/stdin "$1" <<<"$3"
}
put "$policy" 755 $'#!/bin/sh\nexit 101'
put "$cluster" 644 'create_main_cluster = false'
"${apt[@]}" install --no-install-recommends "${missing[@]}" || cannot "apt-get install failed"
