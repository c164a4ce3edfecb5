"""The drift callback in real ansible-playbook runs, with an action of the test's own to begin and seal."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._drift.journal import NAME
from ansible_collections.iworkz.platform.plugins.module_utils._evidence.store import Store
from tests.unit.drift.test_records import OPTIONS

ROOT = Path(__file__).resolve().parents[3]
BIN = Path(sys.executable).parent
HOSTS = "platform: {hosts: {control: {ansible_python_interpreter: '{{ ansible_playbook_python }}'}}}\n"
SECRET = "correct-horse-battery"

ACTION = """
import json
from datetime import UTC, datetime
from pathlib import Path
from ansible.plugins.action import ActionBase
from ansible_collections.iworkz.platform.plugins.module_utils._drift.task import begin, finish

class ActionModule(ActionBase):
    def run(self, tmp=None, task_vars=None):
        options = json.loads(task_vars["options"])
        now = datetime(2026, 11, 22, 1, 0, tzinfo=UTC)
        if self._task.args["state"] == "begun":
            return begin(options, "arn", now)
        journal = Path(options["drift_dir"]) / "run.jsonl"
        journal.with_name("journal.copy").write_bytes(journal.read_bytes())
        return finish(options, None, now)
"""
CHANGES = """
from ansible.plugins.action import ActionBase

class ActionModule(ActionBase):
    _supports_check_mode = True

    def run(self, tmp=None, task_vars=None):
        label = self._task.args.get("label", "")
        before, after = ({"password": self._task.args.get("secret", "") + each} for each in "ab")
        diff = [{"before_header": label, "after_header": label, "before": before, "after": after}]
        return {"changed": bool(label), "created": [], "updated": [label] if label else [], "deleted": [], "diff": diff}
"""
PLAYBOOK = f"""
- hosts: platform
  connection: local
  gather_facts: false
  tasks:
    - drift_record: {{state: begun}}
      tags: [always]

- hosts: platform
  connection: local
  gather_facts: false
  tasks:
    - name: Database
      ansible.builtin.import_role: {{name: database}}
      tags: [database, "1.1.1", "1.1.1.1", "1.1.1.4"]
    - name: Of no item
      would: {{label: key data, secret: {SECRET}}}
    - name: Hidden
      would: {{label: {SECRET}}}
      no_log: true
      tags: ["1.1.2.1"]
    - name: In regions
      would: {{label: "{{{{ (item == 'ap-northeast-3') | ternary('topic alerts', '') }}}}"}}
      loop: [ap-northeast-1, ap-northeast-3]
      tags: ["1.1.2.2"]
    - name: Not in check mode
      ansible.builtin.command: touch /nowhere/x
      tags: ["1.1.2.3"]
    - name: By condition
      would: {{label: x}}
      when: false
      tags: ["1.1.2.4"]
    - name: In earnest
      would: {{label: read}}
      check_mode: false
      tags: ["1.1.3.1"]
    - name: Rescued
      tags: ["1.1.3.2"]
      block:
        - name: Break
          ansible.builtin.command: echo {SECRET}
          check_mode: false
          failed_when: true
        - name: Skipped by that
          would: {{}}
      rescue:
        - name: Mend
          would: {{}}
    - name: Break off
      ansible.builtin.fail: {{msg: {SECRET}}}
      when: broken | default(false) | bool
      tags: ["1.2.1.1"]
    - name: After that
      would: {{}}
      tags: ["1.2.1.2"]

- hosts: platform
  connection: local
  gather_facts: false
  tasks:
    - drift_record: {{state: sealed}}
      tags: [always]
"""
ROLE = """
- name: Parameters
  would: {}
- name: More
  ansible.builtin.include_tasks: more.yml
"""
MORE = """
- name: Instance
  would: {label: instance postgres}
"""


class Project:
    """A playbook with its actions, and what a run of it wrote."""

    def __init__(self, directory: Path) -> None:
        self.directory, self.drift = directory, directory / "drift"
        files = {
            "play.yml": PLAYBOOK,
            "roles/database/tasks/main.yml": ROLE,
            "roles/database/tasks/more.yml": MORE,
            "action_plugins/drift_record.py": ACTION,
            "action_plugins/would.py": CHANGES,
            "library/drift_record.py": "",
            "library/would.py": "",
            "hosts.yml": HOSTS,
        }
        for name, text in files.items():
            (directory / name).parent.mkdir(parents=True, exist_ok=True)
            (directory / name).write_text(text)

    def run(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        options = json.dumps({"options": json.dumps({**OPTIONS, "drift_dir": str(self.drift)})})
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("ANSIBLE_", "IWORKZ_"))}
        return subprocess.run(
            [str(BIN / "ansible-playbook"), "-i", "hosts.yml", "-e", options, *arguments, "play.yml"],
            cwd=self.directory,
            env=kept | {"ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"), **environment},
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )

    def told(self) -> dict[str, tuple[str, list[str]]]:
        """Verdict by item, with the reasons."""
        latest = Store(self.drift).latest()
        return {
            item: (record["verdict"], [each["id"].removeprefix("drift.") for each in record["breaches"]])
            for item, record in latest.items()
        }

    def params(self, item: str) -> list[dict[str, Any]]:
        return [each["params"] for each in Store(self.drift).latest()[item]["breaches"]]


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


DATABASE = ("fail", ["updated_keys"])
BEFORE = {
    "0": ("fail", ["updated_keys"]),
    "1.1.1.1": DATABASE,
    "1.1.1.4": DATABASE,
    "1.1.2.1": ("fail", ["untold"]),
    "1.1.2.2": ("fail", ["updated_keys"]),
    "1.1.2.3": ("unknown", ["blind"]),
    "1.1.2.4": ("unknown", ["nothing_compared"]),
    "1.1.3.1": ("pass", []),
    "1.1.3.2": ("unknown", ["failed", "unreached"]),
}


@pytest.mark.parametrize("stdout", ["iworkz.platform.launch", "ansible.builtin.default", "ansible.builtin.minimal"])
def test_items_are_judged_by_what_their_tasks_announced(project: Project, stdout: str) -> None:
    done = project.run("--check", "--diff", ANSIBLE_STDOUT_CALLBACK=stdout)
    assert done.returncode == 0, done.stdout + done.stderr
    assert project.told() == {**BEFORE, "1.2.1.2": ("pass", [])}
    assert project.params("1.1.1.4") == [
        {"resource": "instance postgres", "keys": "password", "role": "database", "task": "Instance"}
    ]
    assert [each["resource"] for each in project.params("1.1.2.2")] == ["topic alerts [ap-northeast-3]"]
    written = b"".join(path.read_bytes() for path in project.drift.rglob("*") if path.is_file())
    assert SECRET.encode() not in written
    assert not (project.drift / NAME).exists()


def test_a_run_that_breaks_off_is_sealed_all_the_same(project: Project) -> None:
    done = project.run("--check", "-e", "broken=true")
    assert done.returncode == 2
    told = {**BEFORE, "1.2.1.1": ("unknown", ["failed"]), "1.2.1.2": ("unknown", ["unreached"])}
    assert project.told() == told
    assert "11 records of drift say what was compared until then" in " ".join(done.stderr.split())
    assert Store(project.drift).audit() == []


def test_a_run_for_some_items_speaks_of_no_others(project: Project) -> None:
    done = project.run("--check", "--tags", "1.1.1.4,1.2.1.2")
    assert done.returncode == 0, done.stdout + done.stderr
    assert project.told() == {
        "0": ("pass", []), "1.1.1.1": DATABASE, "1.1.1.4": DATABASE, "1.2.1.2": ("pass", []),
    }  # fmt: skip


def test_outside_of_check_mode_it_hears_nothing(project: Project) -> None:
    done = project.run("--skip-tags", "1.1.2.3")
    assert "no callback wrote to it" in done.stdout
    assert not list(Store(project.drift).all_records())


def test_under_ansible_runner_it_collects_too(project: Project) -> None:
    private = project.directory
    (private / "inventory").mkdir()
    (private / "hosts.yml").rename(private / "inventory" / "hosts.yml")
    (private / "env").mkdir()
    options = {"options": json.dumps({**OPTIONS, "drift_dir": str(project.drift)})}
    (private / "env" / "extravars").write_text(json.dumps(options))
    (private / "env" / "cmdline").write_text("--check --diff")
    settings = {"ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"), "ANSIBLE_STDOUT_CALLBACK": "iworkz.platform.launch"}
    (private / "env" / "envvars").write_text(json.dumps(settings))
    done = subprocess.run(
        [str(BIN / "ansible-runner"), "run", str(private), "--project-dir", str(private), "-p", "play.yml"],
        env={**os.environ, "PATH": f"{BIN}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert project.told() == {**BEFORE, "1.2.1.2": ("pass", [])}
