"""The generated policies: current, of actions that AWS has, bounded where AWS can bound them, and lint-free."""

from __future__ import annotations

import json
import re
from typing import Any

import parliament
import pytest

from tools import policies, policy_scope

VALUES = {
    "PREFIX": "iworkz-production",
    "PLATFORM": "iworkz",
    "ENVIRONMENT": "production",
    "REGION": "ap-northeast-1",
    "ACCOUNT_ID": "123456789012",
}
# Actions on all resources that AWS cannot bind to ours: what is made has no tags before it is; a batch of secrets has
# those that GetSecretValue is allowed of.
MAKES = re.compile(r"^[\w-]+:(Allocate|Create|Describe|List|Get|Lookup|BatchGetSecretValue$|Associate|Put|Update)")


def documents() -> list[tuple[str, dict[str, Any]]]:
    return [
        (path.name, json.loads(policies.render(path.read_text("utf-8"), **VALUES)))
        for path in sorted(policies.POLICIES.glob("*.json"))
    ]


def actions(statement: dict[str, Any]) -> list[str]:
    return list(statement["Action"])


def test_they_are_current() -> None:
    wanted = {
        path: text for source in policies.POLICIES.glob("*.yml") for path, text in policies.files(source.stem).items()
    }
    assert {path: path.read_text("utf-8") for path in policies.POLICIES.glob("*.json")} == wanted


@pytest.mark.parametrize(("name", "document"), documents(), ids=lambda one: one if isinstance(one, str) else "")
def test_parliament_finds_nothing(name: str, document: dict[str, Any]) -> None:
    found = parliament.analyze_policy_string(json.dumps(document)).findings
    assert [(one.issue, one.detail) for one in found if not _is_meant(one)] == []


def _is_meant(finding: Any) -> bool:
    """Whoever makes buckets, keys, topics and roles sets their policies. A rule of a security group is another resource
    than the group, which another statement is about."""
    if finding.issue == "RESOURCE_MISMATCH":
        return {one["action"] for one in finding.detail} <= {
            "ec2:AuthorizeSecurityGroupEgress",
            "ec2:AuthorizeSecurityGroupIngress",
        }
    # What has all resources is judged by the test below.
    return finding.issue in ("RESOURCE_POLICY_PRIVILEGE_ESCALATION", "RESOURCE_STAR")


@pytest.mark.parametrize(("name", "document"), documents(), ids=lambda one: one if isinstance(one, str) else "")
def test_they_fit_and_are_bounded(name: str, document: dict[str, Any]) -> None:
    assert len(json.dumps(document, separators=(",", ":"))) <= policies.SIZE
    for statement in document["Statement"]:
        assert not any("*" in action for action in actions(statement))
        if statement["Resource"] == "*":
            assert [one for one in actions(statement) if not MAKES.match(one)] == []
    assert not re.search(r"PREFIX|ACCOUNT_ID|PLATFORM|ENVIRONMENT", json.dumps(document))


def test_no_secret_of_others_is_read_and_no_role_of_others_passed() -> None:
    held = [statement for name, document in documents() for statement in document["Statement"]]
    for action in ("secretsmanager:GetSecretValue", "iam:PassRole", "iam:PutRolePolicy", "s3:PutBucketPolicy"):
        named = [statement["Resource"] for statement in held if action in statement["Action"]]
        assert named
        for resources in named:
            assert all("iworkz-production" in one or ":rds!" in one for one in resources)


def test_what_aws_does_not_have_is_an_error() -> None:
    with pytest.raises(KeyError, match="s3:PutEverything"):
        policy_scope.of("s3:PutEverything")


def test_a_statement_that_is_too_long_is_halved() -> None:
    needed = [f"ec2:{one['privilege']}" for one in policy_scope._service("ec2")["privileges"]]
    made = list(policies.documents(needed))
    assert len(made) > 1
    assert all(policies._size(one["Statement"]) <= policies.SIZE for one in made)
    assert {action for one in made for statement in one["Statement"] for action in statement["Action"]} >= set(needed)
