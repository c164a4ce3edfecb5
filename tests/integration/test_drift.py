"""A check run against an emulated account: drift is recorded for the right items, and nothing is changed."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._evidence.store import Store
from tests.integration.conftest import Account
from tests.integration.installed import ROOT, run

QUEUE = "iworkz-sandbox-drift"
REPOSITORY = "iworkz-sandbox/api-gateway"
BUCKET = "iworkz-sandbox-evidence-123456789012"
REGISTRY = ["1.2.2.1", "1.2.2.2", "1.2.2.3", "1.2.2.4"]
SITE = """
- name: A small platform
  hosts: platform
  connection: local
  gather_facts: false
  module_defaults:
    group/iworkz.platform.services: "{{ platform_aws }}"
  tasks:
    - name: Keys, buckets and alert topics
      ansible.builtin.import_role:
        name: iworkz.platform.platform_base
      tags: [base]

    - name: Image registry
      ansible.builtin.import_role:
        name: iworkz.platform.ecr
      tags: [ecr, "1.2", "1.2.2", "1.2.2.1", "1.2.2.2", "1.2.2.3", "1.2.2.4"]

    - name: Break
      ansible.builtin.fail:
        msg: told in the output
      when: broken | default(false) | bool
      tags: ["1.3.2.2"]

    - name: Queue
      iworkz.platform.aws_sqs:
        queues: [{queue_name: iworkz-sandbox-drift}]
        tags: "{{ platform_tags }}"
      tags: [mq, "1.3", "1.3.2", "1.3.2.1"]
"""


class Project:
    """The playbook drift.yml beside a small site.yml, against an account; its state is in a directory of its own."""

    def __init__(self, directory: Path, account: Account) -> None:
        self.directory, self.account = directory, account
        self.drift = directory / "state" / "drift"
        (directory / "group_vars").symlink_to(ROOT / "group_vars")
        (directory / "site.yml").write_text(SITE, encoding="utf-8")
        for name in ("drift.yml", "report.yml"):
            (directory / name).write_bytes((ROOT / "playbooks" / name).read_bytes())

    def run(self, playbook: str, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return run(
            *("ansible-playbook", "-i", ROOT / "inventories" / "sandbox", self.directory / playbook),
            *("-e", f"platform_evidence_bucket={BUCKET}", *arguments),
            cwd=self.directory,
            ANSIBLE_CONFIG=str(ROOT / "ansible.cfg"),
            IWORKZ_SANDBOX_PORT=str(self.account.port),
            IWORKZ_SANDBOX_STATE=str(self.directory / "state"),
            IWORKZ_REVISION="3f9c2ab",
            **environment,
        )

    def applied(self) -> None:
        done = self.run("site.yml")
        assert done.returncode == 0, done.stdout + done.stderr

    def verdicts(self) -> dict[str, str]:
        return {item: record["verdict"] for item, record in Store(self.drift).latest().items()}

    def tag_by_hand(self) -> None:
        ecr = self.account.client("ecr")
        (found,) = ecr.describe_repositories(repositoryNames=[REPOSITORY])["repositories"]
        ecr.tag_resource(resourceArn=found["repositoryArn"], tags=[{"Key": "Component", "Value": "by-hand"}])


@pytest.fixture
def project(tmp_path: Path, account: Account) -> Project:
    return Project(tmp_path, account)


def report_of(project: Project) -> dict[str, Any]:
    done = project.run("report.yml")
    assert done.returncode == 0, done.stdout + done.stderr
    document: dict[str, Any] = json.loads((project.directory / "state" / "report" / "readiness.json").read_bytes())
    return document["drift"]


def test_a_tag_changed_by_hand_is_drift_of_its_items_until_it_is_mended(project: Project) -> None:
    project.applied()
    project.tag_by_hand()
    before = project.account.mutations()
    done = project.run("drift.yml", "--check", "--diff")
    assert done.returncode == 0, done.stdout + done.stderr
    written = project.account.mutations()[len(before) :]
    assert set(written) == {"s3:PutObject"}, "copies of the records, and nothing else"
    assert project.verdicts() == {"0": "pass", **dict.fromkeys(REGISTRY, "fail"), "1.3.2.1": "pass"}

    latest = Store(project.drift).latest()
    (breach,) = latest["1.2.2.1"]["breaches"]
    assert breach["id"] == "drift.updated_keys"
    assert breach["params"] == {
        "resource": f"repository {REPOSITORY}",
        "keys": "tags.Component",
        "role": "ecr",
        "task": "Registry and repositories",
    }
    assert "by-hand" not in b"".join(path.read_bytes() for path in project.drift.rglob("*") if path.is_file()).decode()
    assert f"repository {REPOSITORY} differs from what is declared in tags.Component" in done.stdout
    copies = project.account.client("s3").list_objects_v2(Bucket=BUCKET, Prefix="drift/sandbox/")["Contents"]
    assert len(copies) == 6

    told = report_of(project)
    assert [(each["items"], each["resource"]) for each in told["changes"]] == [(REGISTRY, f"repository {REPOSITORY}")]
    assert (told["uncompared"], told["intact"], told["last"]["complete"]) == ([], True, True)

    project.applied()
    done = project.run("drift.yml", "--check", "--diff", ANSIBLE_STDOUT_CALLBACK="ansible.builtin.default")
    assert done.returncode == 0, done.stdout + done.stderr
    assert set(project.verdicts().values()) == {"pass"}
    assert report_of(project)["changes"] == []
    assert Store(project.drift).audit() == []


def test_a_task_that_fails_leaves_what_comes_after_it_unknown(project: Project) -> None:
    project.applied()
    project.tag_by_hand()
    done = project.run("drift.yml", "--check", "--diff", "-e", "broken=true")
    assert done.returncode == 2
    assert "7 records of drift say what was compared until then" in " ".join(done.stderr.split())
    latest = Store(project.drift).latest()
    assert {item: [breach["id"] for breach in record["breaches"]] for item, record in latest.items()} == {
        "0": [],
        **{item: ["drift.updated_keys"] for item in REGISTRY},
        "1.3.2.1": ["drift.unreached"],
        "1.3.2.2": ["drift.failed"],
    }
    assert latest["1.3.2.2"]["verdict"] == latest["1.3.2.1"]["verdict"] == "unknown"
    assert latest["0"]["observed"]["complete"] is False
    assert "told in the output" not in json.dumps(latest)


@pytest.mark.parametrize(
    ("arguments", "environment", "told"),
    [
        ((), {}, "Drift is found in check mode only; nothing was changed"),
        (("--skip-tags", "always"), {}, ""),
        (("--check",), {"ANSIBLE_CALLBACKS_ENABLED": "ansible.builtin.timer"}, "iworkz.platform.drift is not enabled"),
    ],
)
def test_without_check_mode_or_its_callback_nothing_runs(
    project: Project, arguments: tuple[str, ...], environment: dict[str, str], told: str
) -> None:
    done = project.run("drift.yml", *arguments, **environment)
    assert done.returncode == (2 if told else 0)
    assert told in done.stdout
    assert project.account.mutations() == []
    assert not project.drift.exists()


def test_items_that_are_asked_for_are_the_only_ones_recorded(project: Project) -> None:
    done = project.run("drift.yml", "--check", "--diff", "--tags", "1.3.2.1", "-e", "platform_evidence_bucket=")
    assert done.returncode == 0, done.stdout + done.stderr
    assert project.verdicts() == {"0": "pass", "1.3.2.1": "fail"}


def test_items_fail_the_run_where_that_is_wanted(project: Project) -> None:
    done = project.run("drift.yml", "--check", "--tags", "1.3.2.1", "-e", "fail_on=fail")
    assert done.returncode == 2
    assert "Records of drift that are only local" in done.stdout, "the bucket is not there yet"
    project.applied()
    sqs = project.account.client("sqs")
    sqs.delete_queue(QueueUrl=sqs.get_queue_url(QueueName=QUEUE)["QueueUrl"])
    done = project.run("drift.yml", "--check", "--tags", "1.3.2.1", "-e", "fail_on=fail")
    assert done.returncode == 2
    assert "These items have a verdict that was to fail this task: 1.3.2.1" in done.stdout
    assert project.verdicts() == {"0": "pass", "1.3.2.1": "fail"}
