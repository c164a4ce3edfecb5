"""The launch callback in real ansible-playbook runs: through a pipe and in a terminal."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pexpect
import pytest

ROOT = Path(__file__).resolve().parents[3]
ANSIBLE_PLAYBOOK = Path(sys.executable).with_name("ansible-playbook")
SECRET = "correct-horse-battery"
ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")

PLAYBOOK = f"""
- name: Phase 1, demo
  hosts: platform
  connection: local
  gather_facts: false
  tasks:
    - name: Database
      ansible.builtin.import_role:
        name: database
      tags: [database, "1.1.1", "1.1.1.1", "1.1.1.4"]
    - name: Keep a secret
      ansible.builtin.command: echo {SECRET}
      no_log: true
    - name: Tell
      ansible.builtin.debug:
        msg: told at any verbosity
    - name: Skip
      ansible.builtin.debug:
        msg: never told
      when: false
    - name: Tolerate
      ansible.builtin.command: "false"
      ignore_errors: true
    - name: Break
      ansible.builtin.command: sh -c 'echo the whole reason >&2; exit 3'
      when: broken | default(false) | bool
"""
ROLE = """
- name: Write the settings
  ansible.builtin.copy:
    content: "retention: 14\\n"
    dest: "{{ target }}"
    mode: "0600"
- name: Read them
  ansible.builtin.command: "true"
  changed_when: false
  loop: [one, two]
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A playbook with one role; its state directory is tmp_path/state."""
    tasks = tmp_path / "roles" / "database" / "tasks"
    tasks.mkdir(parents=True)
    (tasks / "main.yml").write_text(ROLE)
    (tmp_path / "play.yml").write_text(PLAYBOOK)
    (tmp_path / "hosts.yml").write_text(
        "platform: {hosts: {control: {ansible_python_interpreter: '{{ ansible_playbook_python }}'}}}\n"
    )
    return tmp_path


def command(project: Path, *arguments: str) -> list[str]:
    return [
        str(ANSIBLE_PLAYBOOK),
        *("-i", str(project / "hosts.yml"), "-e", f"target={project / 'settings'}", *arguments),
        str(project / "play.yml"),
    ]


def environment(project: Path, **more: str) -> dict[str, str]:
    unwanted = (
        "CI",
        "ANSIBLE_STDOUT_CALLBACK",
        "IWORKZ_LAUNCH_LIVE",
        "IWORKZ_SANDBOX_STATE",
        "PYTHONDONTWRITEBYTECODE",
    )
    kept = {key: value for key, value in os.environ.items() if key not in unwanted}
    return kept | {
        "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"),
        "IWORKZ_STATE_DIR": str(project / "state"),
        **more,
    }


def run(project: Path, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(project, *arguments),
        env=environment(project, **more),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def in_terminal(project: Path, *arguments: str, **more: str) -> tuple[str, int]:
    """Run in a pseudo-terminal; return everything written, escape sequences included, and the exit code."""
    program, *rest = command(project, *arguments)
    child = pexpect.spawn(
        program,
        rest,
        env=environment(project, TERM="xterm-256color", **more),
        encoding="utf-8",
        timeout=120,
        dimensions=(40, 120),
    )
    child.expect(pexpect.EOF)
    child.close()
    return child.before, child.exitstatus


def test_plain_lines_and_summary(project: Path) -> None:
    result = run(project)
    assert result.returncode == 0, result.stdout + result.stderr
    lines = result.stdout.splitlines()
    assert "== Phase 1, demo" in lines
    assert "changed database : Write the settings (1.1.1.1, 1.1.1.4)" in lines
    assert "ok      database : Read them (1.1.1.1, 1.1.1.4)" in lines
    assert "told at any verbosity" in result.stdout
    assert "Skip" not in result.stdout
    assert "\x1b" not in result.stdout
    header = lines.index("phase          role      items  ok  changed  failed  seconds")
    assert re.fullmatch(r"Phase 1, demo  database      2   1        1       0 +\d+\.\d", lines[header + 1])
    assert re.fullmatch(r" {15}- {13}0   1        2       0 +\d+\.\d", lines[header + 2])
    assert re.fullmatch(r"total +2   2        3       0 +\d+\.\d", lines[header + 3])
    assert re.search(r"control +: ok=5 +changed=3 .*failed=0 .*ignored=1", result.stdout)


FINDING = """
from ansible.plugins.action import ActionBase

class ActionModule(ActionBase):
    def run(self, tmp=None, task_vars=None):
        finding = {"item": "1.1.1.1", "verdict": "fail", "message": "keeps 3 days", "remedy": "apply rds"}
        return {"changed": False, "findings": [finding]}
"""


def test_what_the_checks_found_wrong_is_told(project: Path) -> None:
    (project / "action_plugins").mkdir()
    (project / "action_plugins" / "checklist_verify.py").write_text(FINDING)
    (project / "library").mkdir()
    (project / "library" / "checklist_verify.py").touch()
    (project / "play.yml").write_text(
        "- {name: Verify, hosts: platform, connection: local, gather_facts: false, tasks: [{checklist_verify: {}}]}"
    )
    lines = run(project).stdout.splitlines()
    at = lines.index("fail    1.1.1.1 keeps 3 days")
    assert lines[at - 1 : at + 2] == ["ok      checklist_verify", lines[at], "        apply rds"]


def test_no_log_is_kept_at_every_verbosity(project: Path) -> None:
    result = run(project, "-vvv")
    assert result.returncode == 0
    assert "Keep a secret" in result.stdout
    assert SECRET not in result.stdout + result.stderr


def test_a_failure_is_printed_in_full_and_counted(project: Path) -> None:
    result = run(project, "-e", "broken=true")
    assert result.returncode == 2
    assert "the whole reason" in result.stdout
    assert "rc: 3" in result.stdout
    assert re.search(r"^total +2   2        3       1 ", result.stdout, re.MULTILINE)
    assert not (project / "state").exists(), "a failed run is no basis for an estimate"


def test_diff_and_check_mode(project: Path) -> None:
    result = run(project, "--check", "--diff")
    assert result.returncode == 0
    assert "== Phase 1, demo [CHECK MODE]" in result.stdout
    assert "+retention: 14" in result.stdout
    assert not (project / "settings").exists()


def test_verbose_shows_results_items_and_skipped(project: Path) -> None:
    result = run(project, "-v")
    assert "ok: [control] => (item=two)" in result.stdout
    assert "skipping: [control]" in result.stdout


def test_durations_are_kept_per_kind_of_run(project: Path) -> None:
    run(project)
    run(project, "--check", "--tags", "1.1.1")
    kept = json.loads((project / "state" / "durations.json").read_text())
    assert set(kept) == {"play hosts.yml all apply", "play hosts.yml 1.1.1 check"}
    assert set(kept["play hosts.yml all apply"]) == {"Phase 1, demo/database", "Phase 1, demo/-"}


def test_unreadable_history_only_costs_the_estimate(project: Path) -> None:
    (project / "state").mkdir()
    (project / "state" / "durations.json").write_text("{")
    result = run(project)
    assert result.returncode == 0
    assert "No estimate of the time left" in result.stderr


def test_live_view_in_a_terminal(project: Path) -> None:
    run(project)
    (project / "settings").unlink()
    output, code = in_terminal(project)
    text = ESCAPES.sub("", output)
    assert code == 0, text
    assert "\x1b[2K" in output, "frames are redrawn in place"
    assert re.search(r"ok \d+  changed \d+  failed 0  elapsed \d:\d\d  left about \d:\d\d", text)
    assert "changed database : Write the settings (1.1.1.1, 1.1.1.4)" in text
    assert "ok      database : Read them" not in text, "what stayed the same shows in the view only"
    assert re.search(r"total +2   2        3       0", text)


def test_live_view_prints_failures_in_full(project: Path) -> None:
    output, code = in_terminal(project, "-e", "broken=true")
    assert code == 2
    assert "the whole reason" in ESCAPES.sub("", output)


@pytest.mark.parametrize("more", [{"CI": "true"}, {"IWORKZ_LAUNCH_LIVE": "false"}, {"TERM": "dumb"}])
def test_a_terminal_can_do_without_the_live_view(project: Path, more: dict[str, str]) -> None:
    program, *rest = command(project, "--tags", "1.1.1")
    child = pexpect.spawn(
        program, rest, env=environment(project, **{"TERM": "xterm", **more}), encoding="utf-8", timeout=120
    )
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0
    assert "elapsed" not in child.before
    assert "ok      database : Read them" in ESCAPES.sub("", child.before)


def test_forks_never_deadlock_with_the_view(project: Path) -> None:
    """A drawing thread that held the display's lock across a fork once stopped a run for ever."""
    (project / "one.yml").write_text("- ansible.builtin.debug: {msg: '{{ item }}'}\n")
    (project / "play.yml").write_text(
        "- hosts: platform\n  name: Phase 1\n  gather_facts: false\n  tasks:\n"
        "    - ansible.builtin.include_tasks: one.yml\n      loop: '{{ range(120) | list }}'\n"
    )
    output, code = in_terminal(project)
    assert code == 0
    assert re.search(r"ok=240 ", ESCAPES.sub("", output))
