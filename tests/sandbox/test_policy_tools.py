"""tools.policies against a sandbox: what it records, reads out and tries."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path

import boto3
import pytest

from tools import policies, policy_lint, policy_reader, policy_sandbox, policy_trial


def document(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **one} for one in statements]})


KEYS = {
    "access_key_id": "AccessKeyId",
    "secret_access_key": "SecretAccessKey",
    "session_token": "SessionToken",
}
LISTS = document({"Action": "sns:ListTopics", "Resource": "*"})


def test_actions_are_recorded_with_their_regions(sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys):
    monkeypatch.setattr(policies, "POLICIES", tmp_path)
    monkeypatch.setattr(policies, "ROOT", tmp_path)
    monkeypatch.setattr(policies, "_regions", lambda: {"ap-northeast-1": "REGION", "ap-northeast-3": "RECOVERY"})
    for region in ("ap-northeast-1", "ap-northeast-3"):
        sandbox.client("sns", "recorder", region).list_topics()
    sandbox.client("sts", "recorder").get_caller_identity()
    assert policies._record("trial", sandbox.port, "recorder") == 0
    sandbox.client("sns", "recorder", "eu-west-1").list_topics()
    sandbox.client("kms", "recorder").list_keys()
    policies._record("trial", sandbox.port, "recorder")
    assert policies._known("trial") == {"kms:ListKeys": ["REGION"], "sns:ListTopics": ["*", "RECOVERY", "REGION"]}
    assert capsys.readouterr().out.splitlines()[1].startswith("2 actions, 1 of them new")


def test_all_that_was_made_is_read(sandbox):
    iam, kms = sandbox.client("iam"), sandbox.client("kms", region="ap-northeast-3")
    trust = {"Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
    iam.create_role(RoleName="read", AssumeRolePolicyDocument=document(trust))
    iam.put_role_policy(RoleName="read", PolicyName="inline", PolicyDocument=LISTS)
    iam.create_policy(PolicyName="read-managed", PolicyDocument=LISTS)
    sandbox.client("s3").create_bucket(
        Bucket="read-bare", CreateBucketConfiguration={"LocationConstraint": "ap-northeast-1"}
    )
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    sandbox.client("ecr").create_repository(repositoryName="read")
    sandbox.client("ecr").set_repository_policy(
        repositoryName="read", policyText=document({"Principal": "*", "Action": "ecr:BatchGetImage"})
    )
    found = {one.name: one for one in policy_reader.created(sandbox.port)}
    wanted = {"role/read trust", "role/read inline", "policy/read-managed", "repository/read in ap-northeast-1"}
    assert wanted | {f"key/{key} in ap-northeast-3"} <= set(found)
    assert found["role/read inline"].document == json.loads(LISTS)
    assert "bucket/read-bare" not in found
    assert policy_lint.faults(found["role/read trust"]) == []


def test_a_fault_is_told_with_whose_it_is(sandbox, capsys):
    iam = sandbox.client("iam")
    arn = iam.create_policy(
        PolicyName="faulty", PolicyDocument=document({"Action": "s3:GetObjekt", "Resource": "arn:aws:s3:::b/*"})
    )["Policy"]["Arn"]
    assert policy_lint.run(sandbox.port) == 1
    assert "policy/faulty: UNKNOWN_ACTION: Unknown action s3:GetObjekt" in capsys.readouterr().out
    iam.delete_policy(PolicyArn=arn)


@pytest.mark.parametrize(
    ("changed", "calls", "passes"),
    [((3, 0), ["sns"], True), ((3, 1), ["sns"], False), ((3, 0), ["sns", "kms"], False)],
    ids=["as it should be", "changes again", "refused"],
)
def test_a_trial(sandbox, monkeypatch: pytest.MonkeyPatch, capsys, changed, calls, passes):
    def play(port, credentials, playbook, arguments, number):
        for service in calls:
            keys = {f"aws_{name}": credentials[key] for name, key in KEYS.items()}
            client = boto3.client(service, "ap-northeast-1", endpoint_url=policy_sandbox.url(port), **keys)
            with suppress(client.exceptions.ClientError):
                client.list_topics() if service == "sns" else client.list_keys()
        return 0, f"control : ok=4 changed={changed[number - 1]} failed=0"

    monkeypatch.setattr(policy_trial, "_play", play)
    assert policy_trial.run(sandbox.port, {"lists": LISTS}, "verify", []) == (0 if passes else 1)
    told = capsys.readouterr().out
    assert f"run 2 of verify: exit code 0, changed={changed[1]}" in told
    assert ("refused 2 times: kms:ListKeys in ap-northeast-1" in told) == ("kms" in calls)
    attached = sandbox.client("iam").list_attached_role_policies(RoleName=policy_trial.ROLE)["AttachedPolicies"]
    assert attached == []
