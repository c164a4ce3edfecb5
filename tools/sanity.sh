#!/usr/bin/env bash
# ansible-test sanity on what the tarball holds, in virtual environments of its own. Arguments go to ansible-test sanity.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
root=$PWD/build/sanity
copy=$root/ansible_collections/iworkz/platform
tools/clean_copy.sh "$root/source"
ansible-galaxy collection build --force --output-path "$root" "$root/source" >/dev/null
rm -rf "$root/ansible_collections"
mkdir -p "$copy"
tar --extract --directory "$copy" --file "$root"/iworkz-platform-*.tar.gz
mkdir "$copy/tests"
cp -R "$root/source/tests/sanity" "$copy/tests/sanity"
# Without a git repository of its own, ansible-test asks the one around it, which ignores build/.
git init --quiet "$copy"
echo /tests/output/ >>"$copy/.git/info/exclude"
# The collections ours depends on are next to it, as Galaxy would install them.
packages=$(python -c 'import ansible, pathlib; print(pathlib.Path(ansible.__file__).parent.parent)')
for namespace in amazon community kubernetes; do
    ln --symbolic "$packages/ansible_collections/$namespace" "$root/ansible_collections/$namespace"
done

# ansible-test downloads this script from a site many networks don't reach. It does no more than install pip, which
# the configured package index has as well.
get_pip=$HOME/.ansible/test/cache/get_pip_24_2.py
if [[ ! -s $get_pip ]]; then
    mkdir -p "$(dirname "$get_pip")"
    cat >"$get_pip" <<'PYTHON'
"""Install pip 24.2 with the wheel of pip 24.2 from the configured index."""
import pathlib, subprocess, sys, tempfile
base = [sys._base_executable, "-m", "pip"]
with tempfile.TemporaryDirectory() as folder:
    subprocess.run([*base, "download", "--quiet", "--no-deps", "--dest", folder, "pip==24.2"], check=True)
    wheel = next(pathlib.Path(folder).glob("pip-*.whl"))
    sys.exit(subprocess.run([sys.executable, f"{wheel}/pip", "install", "--quiet", str(wheel)]).returncode)
PYTHON
fi

# Left out: import. It imports plugins where nothing but ansible-core is installed; ours need boto3 and rich, which
# requirements.txt demands. tests/unit/tools/test_imports.py imports every plugin with them.
version=$(python -c 'import sys; print("%d.%d" % sys.version_info[:2])')
cd "$copy"
exec ansible-test sanity --venv --python "$version" --requirements --color no --skip-test import "$@"
