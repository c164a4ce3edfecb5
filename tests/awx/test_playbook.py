"""playbooks/awx.yml itself, with little declared, as a person runs it: made, unchanged, refused."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.awx.conftest import settings
from tests.awx.rendering import ROOT, Role
from tests.awx.server import TOKEN, Awx

# Beside what jobs need: two templates, a workflow of three nodes, a schedule, a grant.
LITTLE = {
    "teams": [{"name": "operators", "description": "Runs what is declared"}],
    "grants": [{"team": "operators", "role": "execute", "templates": ["verify"]}],
    "secret_sources": [],
    "credentials": [],
    "schedules": [
        {"name": "nightly", "template": "verify", "start": "2026-12-01T02:00", "rrule": "FREQ=DAILY;INTERVAL=1"}
    ],
}


def test_made_then_unchanged_then_refused(awx: Awx, declared: Role, tmp_path: Path) -> None:
    templates = declared.value("{{ __awx_templates }}")
    project = {**declared.value("{{ platform_awx.project }}"), "credential": ""}
    little = {
        "platform_account_id": "111122223333",
        "platform_awx": settings(declared, host=awx.url, project=project, **LITTLE),
        "__awx_templates": {name: templates[name] for name in ("verify", "gate")},
        "__awx_launch": [{"template": "verify"}, {"template": "gate"}],
    }
    first = run(tmp_path, little)
    assert first.returncode == 0, first.stdout + first.stderr
    assert changed_tasks(first.stdout) > 0
    assert awx.named("job_templates", "iworkz-production-gate")["playbook"] == "playbooks/gate.yml"
    made = len(awx.changes)

    again = run(tmp_path, little, "--check")
    assert again.returncode == 0, again.stdout + again.stderr
    assert changed_tasks(again.stdout) == 0

    fewer = run(tmp_path, {**little, "__awx_launch": [{"template": "verify"}]})
    assert fewer.returncode == 2, fewer.stdout + fewer.stderr
    assert "has nodes that are not declared, gate." in " ".join(fewer.stdout.split())
    assert len(awx.changes) == made


def run(directory: Path, variables: dict[str, Any], *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the playbook; the token comes from the environment, and nothing from the tests' own settings."""
    file = directory / "variables.json"
    file.write_text(json.dumps(variables), encoding="utf-8")
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("ANSIBLE_", "CONTROLLER_", "COVERAGE_"))
    }
    kept |= {
        "CONTROLLER_OAUTH_TOKEN": TOKEN,
        "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"),
        "NO_COLOR": "1",
        "IWORKZ_STATE_DIR": str(directory),
    }
    playbook = str(Path(sys.executable).parent / "ansible-playbook")
    command = [playbook, "-i", "inventories/production", "playbooks/awx.yml", "-e", f"@{file}", *arguments]
    return subprocess.run(command, cwd=ROOT, env=kept, capture_output=True, text=True, check=False, timeout=900)


def changed_tasks(output: str) -> int:
    """What the recap says."""
    (count,) = re.findall(r"control +: ok=\d+ +changed=(\d+)", output)
    return int(count)
