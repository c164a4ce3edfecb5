"""Releases and namespaces that cannot be, refused before anything is asked of AWS or of the cluster."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
RELEASES: dict[str, str] = yaml.safe_load((ROOT / "inventories/sandbox/group_vars/sandbox/releases.yml").read_text())[
    "services_releases"
]
WITHOUT_BILLING = {name: digest for name, digest in RELEASES.items() if name != "billing"}


def refused(tmp_path: Path, extra: dict[str, Any]) -> str:
    """What the role says to these variables; nothing listens where AWS would be."""
    role = {"name": "iworkz.platform.services", "tasks_from": "preflight"}
    play = {"hosts": "platform", "connection": "local", "gather_facts": False}
    playbook = tmp_path / "play.yml"
    playbook.write_text(yaml.safe_dump([{**play, "tasks": [{"ansible.builtin.import_role": role}]}]))
    (tmp_path / "group_vars").symlink_to(ROOT / "group_vars")
    environment = os.environ | {"ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"), "IWORKZ_SANDBOX_PORT": "9"}
    command = [str(Path(sys.executable).with_name("ansible-playbook")), "-i", str(ROOT / "inventories/sandbox")]
    result = subprocess.run(
        [*command, str(playbook), "-e", json.dumps(extra)],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert result.returncode != 0, result.stdout
    return " ".join((result.stdout + result.stderr).split())


@pytest.mark.parametrize(
    ("extra", "told"),
    [
        ({"services_releases": {**RELEASES, "billing": "v1.2.3"}}, "Not a digest: billing: v1.2.3."),
        ({"services_releases": WITHOUT_BILLING}, "Without a release: billing."),
        ({"services_releases": {**RELEASES, "biling": RELEASES["billing"]}}, "Not a service: biling."),
        ({"services_namespaces": ["platform", "talent"]}, "others: business, discovery"),
    ],
)
def test_bad_input(tmp_path: Path, extra: dict[str, Any], told: str) -> None:
    output = refused(tmp_path, extra)
    assert "Nothing was changed. services_releases must give one digest" in output
    assert "Set it in inventories/sandbox/group_vars/sandbox/releases.yml" in output
    assert told in output


def test_a_canary_that_cannot_be(tmp_path: Path) -> None:
    output = refused(tmp_path, {"services_canary": {"service": "biling", "digest": "v2", "weights": [50, 5]}})
    assert "Nothing was changed. services_canary: The service must be one of admin, " in output
    assert "not biling. The digest must be sha256: and 64 hexadecimal digits" in output
    assert "each above the one before it, not 50, 5." in output
