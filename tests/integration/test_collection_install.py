"""The published artifact: what is in it, and that its playbooks work by name once it is installed."""

from __future__ import annotations

import tarfile
from pathlib import Path

import pytest

from tests.integration.installed import PHASE, ROOT, run, sandbox

INVENTORY = ROOT / "inventories" / "sandbox"


def test_the_tarball_holds_the_collection_and_nothing_of_development(installed: tuple[Path, Path]) -> None:
    with tarfile.open(installed[0]) as archive:
        names = archive.getnames()
    top = {name.split("/")[0] for name in names}
    assert {"plugins", "roles", "playbooks", "meta", "checklist", "inventories", "LICENSE", "README.md"} <= top
    assert top.isdisjoint({".venv", ".ansible", ".sandbox", ".git", "build", "sandbox", "tests", "tools", "molecule"})
    assert not [name for name in names if name.endswith(".pyc")]


def test_every_playbook_parses_by_name(installed: tuple[Path, Path], tmp_path: Path) -> None:
    names = [f"iworkz.platform.{path.stem}" for path in sorted((ROOT / "playbooks").glob("*.yml"))]
    assert PHASE in names
    result = run(
        *("ansible-playbook", "--syntax-check", "-i", INVENTORY, *names),
        cwd=tmp_path,
        ANSIBLE_COLLECTIONS_PATH=str(installed[1]),
    )
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.sandbox
def test_a_phase_runs_by_name_in_check_mode(installed: tuple[Path, Path], tmp_path: Path) -> None:
    with sandbox() as variables:
        result = run(
            *("ansible-playbook", "--check", "--diff", "-i", INVENTORY, PHASE),
            cwd=tmp_path,
            ANSIBLE_COLLECTIONS_PATH=str(installed[1]),
            ANSIBLE_STDOUT_CALLBACK="iworkz.platform.launch",
            **variables,
        )
    assert result.returncode == 0, result.stdout + result.stderr
    assert "== Phase 1, core infrastructure [CHECK MODE]" in result.stdout
    assert "failed=0" in result.stdout
