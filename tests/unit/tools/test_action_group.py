"""module_defaults of group/iworkz.platform.aws reach amazon.aws, community.aws and every AWS module of ours."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[3]
FOREIGN = ["amazon.aws.aws_caller_info", "amazon.aws.rds_instance_info", "community.aws.sns_topic_info"]
OURS = yaml.safe_load((ROOT / "meta" / "runtime.yml").read_text())["action_groups"]["services"]


def test_every_member_is_a_module_and_every_aws_module_a_member() -> None:
    modules = {path.stem for path in (ROOT / "plugins" / "modules").glob("*.py")}
    assert set(OURS) <= modules
    assert {name for name in modules if name.startswith("aws_")} <= set(OURS)


def test_group_defaults_reach_the_modules(tmp_path: Path) -> None:
    """An option no module has is refused by each one that receives it, before any call is made."""
    names = [*FOREIGN, *(f"iworkz.platform.{name}" for name in OURS)]
    play = {
        "hosts": "localhost",
        "gather_facts": False,
        "module_defaults": {"group/iworkz.platform.aws": {"no_such_option": True}},
        "tasks": [{"name": name, name: {}, "ignore_errors": True} for name in names],
    }
    playbook = tmp_path / "play.yml"
    playbook.write_text(yaml.safe_dump([play]))
    environment = os.environ | {
        "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"),
        "ANSIBLE_STDOUT_CALLBACK": "ansible.posix.json",
        "ANSIBLE_INVENTORY_UNPARSED_FAILED": "false",
    }
    command = [str(Path(sys.executable).with_name("ansible-playbook")), "-i", "localhost,", str(playbook)]
    command += ["-c", "local", "-e", "ansible_python_interpreter={{ansible_playbook_python}}"]
    result = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=180)
    assert result.returncode == 0, result.stdout + result.stderr
    (run,) = yaml.safe_load(result.stdout)["plays"]
    messages = {task["task"]["name"]: task["hosts"]["localhost"].get("msg", "") for task in run["tasks"]}
    assert set(messages) == set(names)
    assert [name for name, message in messages.items() if "no_such_option" not in message] == []
