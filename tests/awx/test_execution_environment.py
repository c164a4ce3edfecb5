"""execution-environment.yml: what ansible-builder makes of it. No image is built here."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def context(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A build context."""
    directory = tmp_path_factory.mktemp("builder") / "context"
    builder = str(Path(sys.executable).parent / "ansible-builder")
    command = [builder, "create", "--file", str(ROOT / "execution-environment.yml"), "--context", str(directory)]
    created = subprocess.run(
        [*command, "--output-filename", "Containerfile"], capture_output=True, text=True, check=False, timeout=120
    )
    assert created.returncode == 0, created.stdout + created.stderr
    return directory


def test_everything_that_playbooks_need_is_inside(context: Path) -> None:
    assert (context / "_build" / "requirements.txt").read_text() == (ROOT / "requirements.txt").read_text()
    assert (context / "_build" / "bindep.txt").read_text() == (ROOT / "bindep.txt").read_text()
    assert (context / "_build" / "pip" / "constraints.txt").read_text() == (ROOT / "constraints.txt").read_text()


@pytest.mark.skipif(not shutil.which("dpkg-query"), reason="no Debian, as the image is")
def test_the_tools_that_checks_run_are_inside() -> None:
    found = subprocess.run(
        ["dpkg-query", "--search", "/usr/bin/promtool"], capture_output=True, text=True, check=True, timeout=60
    )
    packages = [line.split()[0] for line in (ROOT / "bindep.txt").read_text().splitlines() if not line.startswith("#")]
    assert found.stdout.partition(":")[0] in packages


def test_versions_are_those_that_are_tested_with(context: Path) -> None:
    lines = (context / "Containerfile").read_text().splitlines()
    pinned = set((ROOT / "constraints.txt").read_text().split())
    (installed,) = [line.split('"')[1].split() for line in lines if line.startswith("ARG ANSIBLE_INSTALL_REFS=")]
    assert set(installed) <= pinned
    constrained = lines.index("ENV PIP_CONSTRAINT=/etc/pip-constraints.txt")
    assert all(number > constrained for number, line in enumerate(lines) if "pip install" in line or "assemble" in line)


def test_the_collection_is_the_project_of_the_job(context: Path) -> None:
    text = (context / "Containerfile").read_text()
    assert "ln --symbolic /runner/project /usr/share/ansible/collections/ansible_collections/iworkz/platform" in text
    assert text.rindex("USER 1000") > text.rindex("USER root")
