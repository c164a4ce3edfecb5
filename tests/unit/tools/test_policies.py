"""The generated policies: current, of actions that AWS has, bounded where AWS can bound them, and lint-free."""

from __future__ import annotations

import json
import re
from typing import Any

import parliament
import pytest
import yaml

from sandbox.aws.identify import is_mutating
from tools import policies, policy_lint, policy_scope
from tools.policy_reader import Policy

VALUES = {
    "PREFIX": "iworkz-production",
    "PLATFORM": "iworkz",
    "ENVIRONMENT": "production",
    "REGION": "ap-northeast-1",
    "RECOVERY": "ap-northeast-3",
    "ACCOUNT_ID": "123456789012",
}
PLACEHOLDERS = re.compile("|".join(VALUES))
# Actions on all resources that AWS cannot bind to ours: what is made has no name or tags before it is, services are
# switched on for a whole account, and a batch of secrets has those that GetSecretValue is allowed of.
ON_ALL = re.compile(
    r"^[\w-]+:(Allocate|Create|Describe|List|Get|Lookup|BatchGet|Associate|Put|Update|Enable|BatchEnable|Check|Request"
    r"|Generate|FilterLogEvents$|ModifyInstanceMetadataDefaults$|MountCapsule$|SetWebAcl$|TestEventPattern$)"
)
# What verification does besides reading; docs/policies/README.md says why.
VERIFICATION_DOES = {
    "iam:GenerateCredentialReport",
    "iam:GenerateServiceLastAccessedDetails",
    "s3:PutObject",
    "securityhub:BatchImportFindings",
    "sns:Publish",
    "sqs:DeleteMessage",
    "sqs:ReceiveMessage",
}
READS = {"apigateway:GET", "budgets:ViewBudget"}
CASES = [
    (path.name, json.loads(policies.render(path.read_text("utf-8"), **VALUES)))
    for path in sorted(policies.POLICIES.glob("*.json"))
]
each = pytest.mark.parametrize(("name", "document"), CASES, ids=[name for name, _ in CASES])


def statements(prefix: str = "") -> list[dict[str, Any]]:
    return [one for name, document in CASES if name.startswith(prefix) for one in document["Statement"]]


def actions(prefix: str) -> set[str]:
    return {action for one in statements(prefix) for action in one["Action"]}


def test_they_are_current() -> None:
    wanted = {
        path: text for source in policies.POLICIES.glob("*.yml") for path, text in policies.files(source.stem).items()
    }
    assert {path: path.read_text("utf-8") for path in policies.POLICIES.glob("*.json")} == wanted


@each
def test_parliament_finds_nothing(name: str, document: dict[str, Any]) -> None:
    assert policy_lint.faults(Policy(f"docs/{name}", document)) == []


@each
def test_they_fit_and_are_bounded(name: str, document: dict[str, Any]) -> None:
    assert len(json.dumps(document, separators=(",", ":"))) <= policies.SIZE
    for statement in document["Statement"]:
        assert not any("*" in action for action in statement["Action"])
        if statement["Resource"] == "*":
            assert [one for one in statement["Action"] if not ON_ALL.match(one)] == []
    assert not PLACEHOLDERS.search(json.dumps(document))


def test_a_role_takes_all_policies_of_a_phase() -> None:
    phases = [source.stem for source in policies.POLICIES.glob("*.yml")]
    assert {"phase1", "phase2", "phase3", "phase6", "verify"} <= set(phases)
    assert all(len(policies.files(phase)) <= policies.ATTACHED for phase in phases)


def test_no_secret_of_others_is_read_and_no_role_of_others_passed() -> None:
    ours = re.compile(r"iworkz-production|:rds!|/aws-service-role/config\.amazonaws\.com/")
    for action in ("secretsmanager:GetSecretValue", "iam:PassRole", "iam:PutRolePolicy", "s3:PutBucketPolicy"):
        named = [one["Resource"] for one in statements() if action in one["Action"]]
        assert named
        assert [one for resources in named for one in resources if not ours.search(one)] == []


def test_verification_changes_nothing_but_what_is_told() -> None:
    assert {one for one in actions("verify") if is_mutating(one.split(":")[1])} - READS == VERIFICATION_DOES
    written = [one["Resource"] for one in statements("verify") if "s3:PutObject" in one["Action"]]
    assert written == [["arn:aws:s3:::iworkz-production-evidence-123456789012/*"]]


@pytest.mark.parametrize("action", ["kms:Decrypt", "kms:GenerateDataKey", "kms:CreateGrant", "kms:Sign"])
def test_keys_are_used_by_services_only_or_by_name(action: str) -> None:
    found = [one["Condition"] for one in statements() if action in one["Action"] and ":key/" in str(one["Resource"])]
    assert found
    keys = ("kms:ViaService", "kms:GrantIsForAWSResource", "kms:ResourceAliases")
    assert all(any(key in json.dumps(one) for key in keys) for one in found)


def test_the_recovery_region_is_its_own() -> None:
    made = [one for one in statements("phase6") if "ec2:CreateVpc" in one["Action"]]
    assert [one["Condition"]["StringEquals"]["aws:RequestedRegion"] for one in made] == [["ap-northeast-3"]]


def test_a_key_is_replicated_into_the_recovery_region() -> None:
    needed = policy_scope.with_dependents("phase1", {"kms:ReplicateKey": ["REGION"]})
    assert {action: sorted(regions) for action, regions in needed.items()} == {
        "iam:CreateServiceLinkedRole": ["REGION"],
        "kms:CreateKey": ["RECOVERY"],
        "kms:PutKeyPolicy": ["RECOVERY"],
        "kms:ReplicateKey": ["REGION"],
        "kms:TagResource": ["RECOVERY"],
    }


def test_what_aws_does_not_have_is_an_error() -> None:
    with pytest.raises(KeyError, match="s3:PutEverything"):
        policy_scope.of("phase1", "s3:PutEverything", ["REGION"])


def test_all_regions_are_no_condition() -> None:
    assert policy_scope.of("verify", "tag:GetResources", ["*", "REGION"]) == [{"Resource": "*"}]


def test_a_statement_that_is_too_long_is_halved() -> None:
    needed = {f"ec2:{one['privilege']}": ["REGION"] for one in policy_scope._service("ec2")["privileges"]}
    made = list(policies.documents("phase1", needed))
    assert len(made) > 1
    assert all(policies._size(one["Statement"]) <= policies.SIZE for one in made)
    assert {action for one in made for statement in one["Statement"] for action in statement["Action"]} >= set(needed)


def test_an_exception_from_the_lint_is_one_of_its_policy_only(monkeypatch: pytest.MonkeyPatch) -> None:
    meant = {"issue": "RESOURCE_STAR", "policy": "role/a *", "details": ["s3:GetObject"], "reason": "-"}
    monkeypatch.setattr(policy_lint, "exceptions", lambda: [meant])
    statement = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
    document = {"Version": "2012-10-17", "Statement": [statement]}
    assert policy_lint.faults(Policy("role/a p", document)) == []
    assert policy_lint.faults(Policy("role/b p", document)) == ['RESOURCE_STAR: ["s3:GetObject"]']
    statement["Action"] = "s3:DeleteObject"
    assert policy_lint.faults(Policy("role/a p", document)) == ['RESOURCE_STAR: ["s3:DeleteObject"]']


def test_every_exception_from_the_lint_has_a_reason_and_is_of_parliament() -> None:
    known = {"issue", "policy", "details", "reason"}
    for one in policy_lint.exceptions():
        assert set(one) <= known
        assert one["issue"] in parliament.config
        assert len(one["reason"]) > 20


def test_every_role_with_policies_is_linted_in_a_scenario() -> None:
    """By the scenario that says so, which applies the role itself or as one that it builds on."""
    linted = set()
    for path in policies.ROOT.glob("molecule/*/vars.yml"):
        scenario = yaml.safe_load(path.read_text("utf-8"))
        if scenario.get("scenario_lints_policies"):
            linted |= {path.parent.name, *scenario["scenario_requires"]}
    roles = {
        path.relative_to(policies.ROOT / "roles").parts[0]
        for path in policies.ROOT.glob("roles/*/**/*.yml")
        if re.search(r"\bStatement\b", path.read_text("utf-8"))
    }
    assert len(roles) > 10
    assert roles - linted == set()
