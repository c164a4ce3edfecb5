"""Items 2.1.2.1 and 2.1.2.3: an account in which both pass, then one thing wrong at a time."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._checks import _iam_facts, _least_privilege, _mfa
from ansible_collections.iworkz.platform.plugins.module_utils._checks._eks_facts import issuers
from ansible_collections.iworkz.platform.plugins.module_utils._checks._irsa import Issuer
from ansible_collections.iworkz.platform.plugins.module_utils._checks.engine import World
from tests.unit.checks.fake_account import ACCOUNT_ID, NOW, broken
from tests.unit.checks.fake_account import world as fake_world

ISSUER = Issuer("oidc.example/id/1", "arn:provider")
TAGS = [{"Key": "Platform", "Value": "iworkz"}, {"Key": "Environment", "Value": "sandbox"}]
POLICY = f"arn:aws:iam::{ACCOUNT_ID}:policy/iworkz-sandbox"
ADMIN = "arn:aws:iam::aws:policy/AdministratorAccess"
SHIELD = "arn:aws:iam::aws:policy/service-role/AWSShieldDRTAccessPolicy"
Item = dict[str, Any]


def document(*actions: str, resource: str = "*", **more: Any) -> Item:
    return {"Statement": [{"Effect": "Allow", "Action": list(actions), "Resource": resource, **more}]}


def role(name: str, trust: Item, **more: Any) -> Item:
    arn = f"arn:aws:iam::{ACCOUNT_ID}:role/iworkz-sandbox-{name}"
    base = {
        "RoleName": arn.rsplit("/", 1)[-1],
        "Arn": arn,
        "Tags": TAGS,
        "AssumeRolePolicyDocument": {"Statement": [trust]},
    }
    return {**base, "RolePolicyList": [], "AttachedManagedPolicies": [], **more}


def of_service(team: str, name: str) -> Item:
    trust = {
        "Effect": "Allow",
        "Principal": {"Federated": ISSUER.provider},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {
            "StringEquals": {
                f"{ISSUER.address}:aud": "sts.amazonaws.com",
                f"{ISSUER.address}:sub": f"system:serviceaccount:{team}:{name}",
            }
        },
    }
    own = {"PolicyName": "own", "PolicyDocument": document("s3:Get*", resource="arn:aws:s3:::b/*")}
    boundary = {"PermissionsBoundaryArn": f"{POLICY}-boundary"}
    return role(name, trust, RolePolicyList=[own], PermissionsBoundary=boundary)


def break_glass() -> Item:
    trust = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT_ID}:root"},
        "Action": "sts:AssumeRole",
        "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}},
    }
    return role("break-glass", trust, AttachedManagedPolicies=[{"PolicyArn": ADMIN}])


DEMAND = {
    "Statement": [
        {
            "Effect": "Deny",
            "NotAction": ["iam:EnableMFADevice", "iam:GetUser", "sts:GetSessionToken"],
            "Resource": "*",
            "Condition": {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}},
        }
    ]
}
DOCUMENTS = {
    ADMIN: document("*"),
    SHIELD: document("shield:*", "wafv2:*"),
    f"{POLICY}-boundary": document("s3:GetObject"),
    f"{POLICY}-require-mfa": DEMAND,
}
LINE = {
    "user": "hanako",
    "password_enabled": "true",
    "mfa_active": "true",
    "access_key_1_active": "true",
    "access_key_1_last_rotated": (NOW - timedelta(days=10)).isoformat(),
    "access_key_2_active": "false",
    "access_key_2_last_rotated": "N/A",
}
PASSWORD = {**dict.fromkeys(_mfa.CLASSES, True), "MinimumPasswordLength": 16, "PasswordReusePrevention": 24}
PATTERN = {"detail": {"eventName": ["AssumeRole"], "requestParameters": {"roleArn": [break_glass()["Arn"]]}}}


def account() -> Item:
    """What the checks read, as plain data."""
    return {
        "roles": [of_service("business", "billing"), of_service("trust", "admin"), break_glass()],
        "groups": [
            {"GroupName": "iworkz-sandbox-staff", "AttachedManagedPolicies": [{"PolicyArn": f"{POLICY}-require-mfa"}]}
        ],
        "users": [{"UserName": "hanako", "GroupList": ["iworkz-sandbox-staff"], "AttachedManagedPolicies": []}],
        "documents": copy.deepcopy(DOCUMENTS),
        "report": [{**LINE, "user": "<root_account>"}, dict(LINE)],
        "summary": {"AccountAccessKeysPresent": 0, "AccountMFAEnabled": 1},
        "password": dict(PASSWORD),
        "rules": [{"Name": "r", "State": "ENABLED", "EventPattern": json.dumps(PATTERN)}],
        "targets": [{"Arn": "arn:aws:sns:r:1:topic"}],
        "pools": [],
    }


class Facts(World):
    """A world of which IAM's and the cluster's facts are given."""

    def __init__(self, known: Item) -> None:
        services = [{"team": "business", "name": "billing"}, {"team": "trust", "name": "admin"}]
        made = fake_world(
            {
                "iam": {
                    "get_account_summary": {"SummaryMap": known["summary"]},
                    "get_account_password_policy": {"PasswordPolicy": known["password"]},
                    "generate_service_last_accessed_details": {"JobId": "1"},
                    "get_service_last_accessed_details": {
                        "JobStatus": "COMPLETED",
                        "ServicesLastAccessed": [
                            {"ServiceNamespace": "s3"},
                            {"ServiceNamespace": "kms", "LastAuthenticated": NOW},
                        ],
                    },
                },
                "events": {
                    "list_rules": {"Rules": known["rules"]},
                    "list_targets_by_rule": {"Targets": known["targets"]},
                },
                "cognito-idp": {
                    "list_user_pools": {"UserPools": [{"Id": pool["Name"]} for pool in known["pools"]]},
                    "describe_user_pool": lambda UserPoolId: {
                        "UserPool": next(pool for pool in known["pools"] if pool["Name"] == UserPoolId)
                    },
                },
            },
            {"services": services},
        )
        super().__init__(made.platform, made._clients, NOW)
        self.given = {
            _iam_facts.identities: _iam_facts.Identities(
                known["users"], known["groups"], known["roles"], known["documents"]
            ),
            _iam_facts.credentials: known["report"],
            issuers: {ISSUER.address: ISSUER.provider},
        }

    @property
    def kubernetes(self) -> Any:
        return SimpleNamespace(cluster=SimpleNamespace(issuer=f"https://{ISSUER.address}"))

    def once(self, fn: Any) -> Any:
        return self.given[fn] if fn in self.given else super().once(fn)


ROLES = {"administrators": 1}
PEOPLE = {"password_length": 14, "passwords_remembered": 24, "key_age_days": 90, "customer_pools": 0}


def test_roles_pass_and_what_is_not_used_is_reported() -> None:
    finding = _least_privilege.judge_roles(Facts(account()), ROLES)
    assert finding.breaches == ()
    assert finding.observed["unused"] == {"business:billing": ["s3"], "trust:admin": ["s3"]}
    assert finding.observed["administrators"] == ["iworkz-sandbox-break-glass"]


def test_people_pass() -> None:
    finding = _mfa.judge_mfa(Facts(account()), PEOPLE)
    assert finding.breaches == ()
    assert (finding.observed["users"], finding.observed["break_glass"]) == (1, ["iworkz-sandbox-break-glass"])


def told(known: Item) -> list[tuple[Any, ...]]:
    world = Facts(known)
    findings = (_least_privilege.judge_roles(world, ROLES), _mfa.judge_mfa(world, PEOPLE))
    return [(one.id, *one.params.values()) for finding in findings for one in broken(finding)]


def response(service: str, policy: str) -> Item:
    trust = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    return role("response", trust, AttachedManagedPolicies=[{"PolicyArn": policy}])


Change = Callable[[Item], Any]
BILLING = "iworkz-sandbox-billing"


@pytest.mark.parametrize(
    ("change", "breaches"),
    [
        (lambda a: a["roles"].pop(0), [("iam.service_without_role", "business:billing")]),
        (
            lambda a: a["roles"].append({**of_service("business", "billing"), "RoleName": "other", "Arn": "arn:other"}),
            [("iam.service_with_roles", "business:billing", f"{BILLING}, other")],
        ),
        (
            lambda a: a["roles"][0]["AssumeRolePolicyDocument"]["Statement"].extend(
                a["roles"][1]["AssumeRolePolicyDocument"]["Statement"]
            ),
            [("iam.service_without_role", "business:billing")],
        ),
        (lambda a: a["roles"][0].pop("PermissionsBoundary"), [("iam.no_boundary", BILLING)]),
        (
            lambda a: a["documents"].update({f"{POLICY}-boundary": document("s3:*")}),
            [("iam.loose_boundary", one, "iworkz-sandbox-boundary") for one in (BILLING, "iworkz-sandbox-admin")],
        ),
        (
            lambda a: a["roles"][0]["RolePolicyList"].append(
                {"PolicyName": "x", "PolicyDocument": document("s3:List*")}
            ),
            [("iam.unbounded", BILLING, "x", "s3:List*")],
        ),
        (
            lambda a: a["roles"][0]["AttachedManagedPolicies"].append({"PolicyArn": ADMIN}),
            [
                ("iam.unbounded", BILLING, "AdministratorAccess", "*"),
                ("iam.administrators", f"{BILLING}, iworkz-sandbox-break-glass", 1),
                ("iam.administrator_without_mfa", BILLING),
                ("iam.administrator_unwatched", BILLING),
            ],
        ),
        (
            lambda a: a["roles"].append(response("ec2.amazonaws.com", ADMIN)),
            [
                ("iam.administrators", "iworkz-sandbox-break-glass, iworkz-sandbox-response", 1),
                ("iam.administrator_without_mfa", "iworkz-sandbox-response"),
                ("iam.administrator_unwatched", "iworkz-sandbox-response"),
            ],
        ),
        (lambda a: a["roles"].append(response("drt.shield.amazonaws.com", SHIELD)), []),
        (lambda a: a["roles"].pop(), [("iam.no_break_glass",)]),
        (
            lambda a: a["roles"][2]["AssumeRolePolicyDocument"]["Statement"][0].pop("Condition"),
            [("iam.administrator_without_mfa", "iworkz-sandbox-break-glass")],
        ),
        (lambda a: a["rules"].clear(), [("iam.administrator_unwatched", "iworkz-sandbox-break-glass")]),
        (
            lambda a: a["rules"][0].update(State="DISABLED"),
            [("iam.administrator_unwatched", "iworkz-sandbox-break-glass")],
        ),
        (lambda a: a["targets"].clear(), [("iam.administrator_unwatched", "iworkz-sandbox-break-glass")]),
        (
            lambda a: a["password"].update(MinimumPasswordLength=8),
            [("iam.password_policy", "MinimumPasswordLength", 8, 14)],
        ),
        (lambda a: a["password"].pop("RequireSymbols"), [("iam.password_policy", "RequireSymbols", "false", "true")]),
        (lambda a: a["summary"].update(AccountMFAEnabled=0), [("iam.root_without_mfa",)]),
        (lambda a: a["summary"].update(AccountAccessKeysPresent=1), [("iam.root_keys",)]),
        (lambda a: a["groups"].clear(), [("iam.no_groups",), ("iam.user_without_rule", "hanako")]),
        (
            lambda a: a["documents"][f"{POLICY}-require-mfa"]["Statement"][0]["NotAction"].append("s3:GetObject"),
            [("iam.group_without_mfa", "iworkz-sandbox-staff"), ("iam.user_without_rule", "hanako")],
        ),
        (
            lambda a: a["documents"][f"{POLICY}-require-mfa"]["Statement"][0].pop("Condition"),
            [("iam.group_without_mfa", "iworkz-sandbox-staff"), ("iam.user_without_rule", "hanako")],
        ),
        (lambda a: a["users"][0].update(GroupList=[]), [("iam.user_without_rule", "hanako")]),
        (lambda a: a["report"][1].update(mfa_active="false"), [("iam.user_without_mfa", "hanako")]),
        (lambda a: a["report"][0].update(mfa_active="false"), []),
        (
            lambda a: a["report"][1].update(access_key_1_last_rotated="2026-01-02T00:00:00+00:00"),
            [("iam.old_key", "hanako", "2026-01-02", 90)],
        ),
        (
            lambda a: a["pools"].append(
                {
                    "Name": "people",
                    "UserPoolTags": {"Platform": "iworkz", "Environment": "sandbox"},
                    "MfaConfiguration": "OPTIONAL",
                }
            ),
            [("iam.pool_without_mfa", "people", "OPTIONAL")],
        ),
        (lambda a: a["pools"].append({"Name": "theirs", "UserPoolTags": {}}), []),
    ],
)
def test_each_fault(change: Change, breaches: list[tuple[Any, ...]]) -> None:
    known = account()
    change(known)
    assert sorted(told(known), key=str) == sorted(breaches, key=str)


def test_a_customer_pool_can_be_required() -> None:
    finding = _mfa.judge_mfa(Facts(account()), {**PEOPLE, "customer_pools": 1})
    assert [one.id for one in broken(finding)] == ["iam.no_customer_pool"]
