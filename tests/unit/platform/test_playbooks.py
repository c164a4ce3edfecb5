"""The playbooks parse, and preflight works the way they call it: by path, by name, in check mode."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[3]
PLAYBOOKS = sorted(path.name for path in (ROOT / "playbooks").glob("*.yml"))
PREFLIGHT = """
- hosts: platform
  connection: local
  gather_facts: false
  module_defaults:
    group/iworkz.platform.services: "{{ platform_aws }}"
  tasks:
    - iworkz.platform.platform_preflight:
        account: "{{ ask | default(false) | bool }}"
"""

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def run() -> Run:
    def ansible_playbook(
        *arguments: str | Path, cwd: Path = ROOT, **environment: str
    ) -> subprocess.CompletedProcess[str]:
        settings = {
            **os.environ,
            "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"),
            "ANSIBLE_STDOUT_CALLBACK": "ansible.builtin.json",
            **environment,
        }
        command = [str(Path(sys.executable).parent / "ansible-playbook"), *map(str, arguments)]
        return subprocess.run(command, cwd=cwd, env=settings, capture_output=True, text=True, check=False, timeout=120)

    return ansible_playbook


@pytest.fixture
def preflight(tmp_path: Path) -> Path:
    """A playbook that does nothing else, with the platform's group_vars beside it."""
    (tmp_path / "group_vars").symlink_to(ROOT / "group_vars")
    (tmp_path / "preflight.yml").write_text(PREFLIGHT, encoding="utf-8")
    return tmp_path / "preflight.yml"


def result(done: subprocess.CompletedProcess[str]) -> dict[str, object]:
    (play,) = json.loads(done.stdout)["plays"]
    return play["tasks"][-1]["hosts"]["control"]


@pytest.mark.parametrize("playbook", PLAYBOOKS)
def test_syntax(playbook: str, run: Run) -> None:
    done = run("-i", "inventories/sandbox", "--syntax-check", f"playbooks/{playbook}")
    assert done.returncode == 0, done.stdout + done.stderr


def test_tags_of_a_role_are_items_and_their_groups() -> None:
    """An item may rest on several roles: the checklist's own is among them where the phase has it."""
    items = yaml.safe_load((ROOT / "checklist" / "items.yml").read_text(encoding="utf-8"))["items"]
    (play,) = yaml.safe_load((ROOT / "playbooks" / "phase1_core_infrastructure.yml").read_text(encoding="utf-8"))
    roles_of: dict[str, set[str]] = {}
    for task in play["tasks"][1:]:
        role = task["ansible.builtin.import_role"]["name"].removeprefix("iworkz.platform.")
        ids = [tag for tag in task["tags"] if re.fullmatch(r"\d(\.\d+){3}", tag)]
        parents = {item.rsplit(".", 1)[0] for item in ids} | {item.rsplit(".", 2)[0] for item in ids}
        assert set(task["tags"]) == {"base" if role == "platform_base" else role, *parents, *ids}
        for item in ids:
            roles_of.setdefault(item, set()).add(role)
    applied = set().union(*roles_of.values())
    for item in items:
        if item["role"] in applied and item["id"] in roles_of:
            assert item["role"] in roles_of[item["id"]]


@pytest.mark.parametrize("mode", ["", "--check"])
def test_sandbox_inventory_passes(mode: str, run: Run, preflight: Path) -> None:
    done = run("-i", "inventories/sandbox", preflight, *filter(None, [mode]))
    assert done.returncode == 0, done.stdout + done.stderr
    assert result(done)["changed"] is False


def test_problems_name_variable_value_allowed_and_file(run: Run, preflight: Path) -> None:
    extra = {"platform_targets": {"availability_percent": 200}, "platform_stroes": 1, "platform_name": "{{ nowhere }}"}
    done = run("-i", "inventories/production", preflight, "-e", json.dumps(extra))
    assert done.returncode != 0
    told = {problem["variable"]: problem for problem in result(done)["problems"]}  # type: ignore[attr-defined]
    assert told["platform_stroes"]["message"] == "no such variable (did you mean platform_stores?)"
    assert told["platform_targets.availability_percent"]["message"] == "200 is too large; allowed: below 100"
    assert told["platform_targets.availability_percent"]["place"] == "set in -e platform_targets"
    assert "nowhere" in told["platform_name"]["message"]
    account = told["platform_account_id"]
    assert account["message"].startswith('"set-me" is not valid; allowed: an AWS account id')
    assert re.fullmatch(r"set in inventories/production/group_vars/production/account.yml:\d+", account["place"])


def test_sandbox_that_is_down_is_told_at_once(run: Run, preflight: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = str(server.getsockname()[1])
    done = run("-i", "inventories/sandbox", preflight, "-e", "ask=true", IWORKZ_SANDBOX_PORT=port)
    assert done.returncode != 0
    assert f"nothing answers at http://127.0.0.1:{port}" in str(result(done)["msg"])
    assert "make sandbox" in str(result(done)["msg"])


def test_japanese(run: Run, preflight: Path) -> None:
    done = run("-i", "inventories/sandbox", preflight, "-e", "platform_language=ja", "-e", "platform_region=tokyo")
    assert "何も変更していません" in str(result(done)["msg"])


@pytest.fixture
def elsewhere(tmp_path: Path) -> dict[str, str]:
    """Settings of a run outside the checkout, which knows the collection by its name only."""
    return {
        "ANSIBLE_CONFIG": "",
        "ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".ansible" / "collections"),
        "IWORKZ_SANDBOX_STATE": str(tmp_path / "state"),
    }


def test_by_name_the_declared_platform_is_found(run: Run, elsewhere: dict[str, str], tmp_path: Path) -> None:
    done = run("iworkz.platform.report", "-i", ROOT / "inventories" / "sandbox", cwd=tmp_path, **elsewhere)
    assert done.returncode == 0, done.stdout + done.stderr
    assert (tmp_path / "state" / "report" / "readiness.json").is_file()


def test_under_ansible_runner(elsewhere: dict[str, str], tmp_path: Path) -> None:
    shutil.copytree(ROOT / "inventories" / "sandbox", tmp_path / "inventory")
    (tmp_path / "project").mkdir()
    (tmp_path / "env").mkdir()
    (tmp_path / "env" / "envvars").write_text(json.dumps(elsewhere), encoding="utf-8")
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    done = subprocess.run(
        [str(Path(sys.executable).parent / "ansible-runner"), "run", str(tmp_path), "-p", "iworkz.platform.report"],
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert (tmp_path / "state" / "report" / "readiness.json").is_file()
