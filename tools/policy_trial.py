"""Runs a playbook in a sandbox that enforces IAM, as a role that has a phase's policies and nothing else; then again.

The role is the same for all phases, so that who made the cluster is who is let into it. What was refused is printed,
and fails the trial, as does a second run that changes anything. Output of the playbook: build/policies/.
"""

from __future__ import annotations

import json
import re
import subprocess
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from tools import policy_sandbox as sandbox

ROOT = Path(__file__).resolve().parent.parent
LOGS = ROOT / "build" / "policies"
ROLE = "policy-trial"
REFUSED = ("AccessDenied", "AccessDeniedException", "UnauthorizedOperation")
DISABLED = ("macie2", "GetMacieSession")
"""Answers AccessDeniedException where Macie is not enabled, too."""
HOURS = 12

Policies = Mapping[str, str]
"""Name of a policy: its document."""


def run(port: int, policies: Policies, playbook: str, arguments: Sequence[str]) -> int:
    """Return the exit code: 0 when both runs passed, the second changed nothing, and nothing was refused."""
    _grant(sandbox.client(port, "iam"), policies)
    print(f"role {ROLE} has {', '.join(policies)} and nothing else; IAM is enforced", flush=True)
    credentials = _assume(port)
    passed = True
    with sandbox.enforced(port):
        for number in (1, 2):
            code, text = _play(port, credentials, playbook, arguments, number)
            refused = _refused(port, credentials["AccessKeyId"])
            changed = _changed(text)
            made = len(sandbox.calls(port, credentials["AccessKeyId"]))
            print(f"run {number} of {playbook}: exit code {code}, changed={changed}; {made} calls so far", flush=True)
            for call, count in refused.items():
                print(f"  refused {count} times: {call}", flush=True)
            passed = passed and code == 0 and not refused and (number == 1 or changed == 0)
    _grant(sandbox.client(port, "iam"), {})
    key = credentials["AccessKeyId"]
    print("passed" if passed else f"failed; what was refused is recorded by: record PHASE --key {key}")
    return 0 if passed else 1


def _grant(iam: Any, policies: Policies) -> None:
    """Make the role hold just these."""
    statement = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}
    trust = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    with suppress(iam.exceptions.EntityAlreadyExistsException):
        iam.create_role(RoleName=ROLE, AssumeRolePolicyDocument=trust, MaxSessionDuration=HOURS * 3600)
    for held in iam.list_attached_role_policies(RoleName=ROLE)["AttachedPolicies"]:
        iam.detach_role_policy(RoleName=ROLE, PolicyArn=held["PolicyArn"])
        iam.delete_policy(PolicyArn=held["PolicyArn"])
    for name, document in policies.items():
        made = iam.create_policy(PolicyName=f"{ROLE}-{name}", PolicyDocument=document)
        iam.attach_role_policy(RoleName=ROLE, PolicyArn=made["Policy"]["Arn"])


def _assume(port: int) -> dict[str, str]:
    sts = sandbox.client(port, "sts")
    role = f"arn:aws:iam::{sts.get_caller_identity()['Account']}:role/{ROLE}"
    answer = sts.assume_role(RoleArn=role, RoleSessionName="trial", DurationSeconds=HOURS * 3600)
    found: dict[str, str] = answer["Credentials"]
    return found


def _play(
    port: int, credentials: Mapping[str, str], playbook: str, arguments: Sequence[str], number: int
) -> tuple[int, str]:
    """Exit code and output of the playbook."""
    connection = {
        "region": "{{ platform_region }}",
        "endpoint_url": sandbox.url(port),
        "access_key": credentials["AccessKeyId"],
        "secret_key": credentials["SecretAccessKey"],
        "session_token": credentials["SessionToken"],
    }
    with tempfile.NamedTemporaryFile("w", suffix=".json") as variables:
        json.dump({"platform_aws": connection}, variables)
        variables.flush()
        path = f"playbooks/{playbook}.yml"
        command = ["ansible-playbook", "-i", "inventories/sandbox", path, "-e", f"@{variables.name}", *arguments]
        played = subprocess.run(command, cwd=ROOT, text=True, check=False, capture_output=True)
    LOGS.mkdir(parents=True, exist_ok=True)
    output = played.stdout + played.stderr
    (LOGS / f"{playbook}-{number}.log").write_text(output, encoding="utf-8")
    return played.returncode, output


def _refused(port: int, key: str) -> Counter[str]:
    return Counter(
        f"{call['service']}:{call['operation']} in {call['region']}"
        for call in sandbox.calls(port, key)
        if call["error"] in REFUSED and (call["service"], call["operation"]) != DISABLED
    )


def _changed(output: str) -> int:
    return sum(int(found) for found in re.findall(r"\bchanged=(\d+)", output))
