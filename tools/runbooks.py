"""Generates docs/runbooks/*.md from the scenarios of the drills; --check only compares.

Names of an environment stand between angle brackets; dr_runbooks writes the same with the environment's own names.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from ansible.utils.collection_loader._collection_finder import _AnsibleCollectionFinder

from tools.roles import ROOT, read_yaml

if "ansible_collections" not in sys.modules:
    _AnsibleCollectionFinder(paths=[str(ROOT / ".ansible" / "collections"), *sys.path])._install()

from ansible_collections.iworkz.platform.plugins.module_utils._drill import names, runbooks
from ansible_collections.iworkz.platform.plugins.module_utils._drill.runbook import Place
from ansible_collections.iworkz.platform.plugins.module_utils._drill.scenarios import load_scenarios

DIRECTORY = ROOT / "docs" / "runbooks"


def generated() -> dict[str, bytes]:
    """Return the Markdown files. Raises ScenarioError and RunbookError."""
    targets = read_yaml(ROOT / "group_vars" / "all" / "targets.yml")["platform_targets"]["recovery"]
    place = Place("<environment>", "<account>", {name: f"<{name}>" for name in names.NAMES}, targets)
    files = runbooks.generate(load_scenarios(), place)
    return {name: content for name, content in files.items() if name.endswith(".md")}


def update(directory: Path, files: dict[str, bytes], check: bool) -> list[str]:
    """Make the directory hold these files, unless only to check; return the names of those that differed."""
    before = runbooks.standing(directory)
    stale = sorted(name for name in {*before, *files} if before.get(name) != files.get(name))
    if stale and not check:
        runbooks.replace(directory, files)
    return stale


def main() -> int:
    """Write the runbooks, or with --check name those that differ; return 1 when any does."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing, fail when a runbook is out of date")
    check = parser.parse_args().check
    files = generated()
    stale = [f"docs/runbooks/{name}" for name in update(DIRECTORY, files, check)]
    if stale:
        print(*stale, "out of date: run make docs" if check else "written", sep="\n")
    else:
        print(f"{len(files)} runbooks are up to date")
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
