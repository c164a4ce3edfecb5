# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Item 2.1.2.3: nobody does anything without MFA, by policy and in fact; the root user; the role for emergencies."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._aws.iam_document import allowed, listed
from ansible_collections.iworkz.platform.plugins.module_utils._aws.session import answered
from ansible_collections.iworkz.platform.plugins.module_utils._checks._iam_facts import (
    Item,
    credentials,
    identities,
    platform_roles,
)
from ansible_collections.iworkz.platform.plugins.module_utils._checks._least_privilege import is_almighty
from ansible_collections.iworkz.platform.plugins.module_utils._checks.engine import Breach, Finding, World

ROOT = "<root_account>"
MFA = "aws:multifactorauthpresent"
ENROLMENT = frozenset(
    {
        "iam:createvirtualmfadevice",
        "iam:enablemfadevice",
        "iam:getmfadevice",
        "iam:getuser",
        "iam:listmfadevices",
        "iam:listvirtualmfadevices",
        "iam:resyncmfadevice",
        "sts:getsessiontoken",
    }
)
"""What may be done without MFA: what it takes to set it up, and to sign in by it."""
KEYS = ("1", "2")
CLASSES = ("RequireSymbols", "RequireNumbers", "RequireUppercaseCharacters", "RequireLowercaseCharacters")


def judge_mfa(world: World, required: dict[str, Any]) -> Finding:
    report, summary = world.once(credentials), world.client("iam").get_account_summary()["SummaryMap"]
    password = _password_policy(world)
    administrators = [role for role in world.once(platform_roles) if is_almighty(world, role)]
    pools = _customer_pools(world)
    observed = {
        "password_policy": password,
        "users": len(report) - sum(line["user"] == ROOT for line in report),
        "root": {"access_keys": summary["AccountAccessKeysPresent"], "mfa": bool(summary["AccountMFAEnabled"])},
        "break_glass": [role["RoleName"] for role in administrators],
        "customer_pools": pools,
    }
    breaches = [
        *_judge_password(password, required),
        *_judge_rules(world),
        *_judge_people(world, report, required["key_age_days"]),
        *_judge_root(summary),
        *_judge_administrators(world, administrators),
        *(Breach("iam.pool_without_mfa", {"pool": name, "mfa": mfa}) for name, mfa in pools.items() if mfa != "ON"),
    ]
    if len(pools) < required["customer_pools"]:
        breaches.append(Breach("iam.no_customer_pool", {"required": required["customer_pools"]}))
    return Finding(observed, tuple(breaches))


def demands_mfa(document: Mapping[str, Any]) -> bool:
    """Whether a policy denies everything but the enrolment of a device to who has not given a code."""
    return any(
        statement["Effect"] == "Deny"
        and "*" in listed(statement.get("Resource"))
        and listed(statement.get("NotAction")) != []
        and {str(one).lower() for one in listed(statement["NotAction"])} <= ENROLMENT
        and _lower(statement.get("Condition", {})) == {"boolifexists": {MFA: ["false"]}}
        for statement in listed(document["Statement"])
    )


def _lower(condition: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, list[str]]]:
    return {
        operator.lower(): {key.lower(): [str(one).lower() for one in listed(value)] for key, value in keys.items()}
        for operator, keys in condition.items()
    }


def _password_policy(world: World) -> Item | None:
    found = answered(world.client("iam").get_account_password_policy, "NoSuchEntity")
    return None if found is None else dict(found["PasswordPolicy"])


def _judge_password(policy: Item | None, required: dict[str, Any]) -> Iterator[Breach]:
    if policy is None:
        yield Breach("iam.no_password_policy", {})
        return
    for key, wanted in (
        ("MinimumPasswordLength", required["password_length"]),
        ("PasswordReusePrevention", required["passwords_remembered"]),
    ):
        if policy.get(key, 0) < wanted:
            yield Breach("iam.password_policy", {"setting": key, "value": policy.get(key, 0), "required": wanted})
    for key in CLASSES:
        if not policy.get(key):
            yield Breach("iam.password_policy", {"setting": key, "value": "false", "required": "true"})


def _judge_rules(world: World) -> Iterator[Breach]:
    """The platform's groups, of which there is one at least, demand MFA."""
    known = world.once(identities)
    groups = [one for one in known.groups if one["GroupName"].startswith(f"{world.platform.prefix}-")]
    if not groups:
        yield Breach("iam.no_groups", {})
    for group in groups:
        if not any(demands_mfa(document) for name, document in known.grants(group, "Group")):
            yield Breach("iam.group_without_mfa", {"group": group["GroupName"]})


def _judge_people(world: World, report: list[dict[str, str]], days: int) -> Iterator[Breach]:
    known = world.once(identities)
    for user in known.users:
        if not any(map(demands_mfa, known.of_user(user))):
            yield Breach("iam.user_without_rule", {"user": user["UserName"]})
    oldest = world.now - timedelta(days=days)
    for line in report:
        if line["user"] == ROOT:
            continue
        if line["password_enabled"] == "true" and line["mfa_active"] != "true":
            yield Breach("iam.user_without_mfa", {"user": line["user"]})
        for number in KEYS:
            made = line[f"access_key_{number}_last_rotated"]
            if line[f"access_key_{number}_active"] == "true" and datetime.fromisoformat(made) < oldest:
                yield Breach("iam.old_key", {"user": line["user"], "made": made[:10], "days": days})


def _judge_root(summary: Mapping[str, int]) -> Iterator[Breach]:
    if summary["AccountAccessKeysPresent"]:
        yield Breach("iam.root_keys", {})
    if not summary["AccountMFAEnabled"]:
        yield Breach("iam.root_without_mfa", {})


def _judge_administrators(world: World, administrators: list[Item]) -> Iterator[Breach]:
    if not administrators:
        yield Breach("iam.no_break_glass", {})
        return
    watched = _watched_roles(world)
    for role in administrators:
        conditions = [_lower(one.get("Condition", {})) for one in allowed(role["AssumeRolePolicyDocument"])]
        if not all(one.get("bool", {}).get(MFA) == ["true"] for one in conditions):
            yield Breach("iam.administrator_without_mfa", {"role": role["RoleName"]})
        if role["Arn"] not in watched:
            yield Breach("iam.administrator_unwatched", {"role": role["RoleName"]})


def _watched_roles(world: World) -> set[str]:
    """ARNs of roles whose assumption leads to a topic: by rules of EventBridge that are on (ListRules,
    ListTargetsByRule)."""
    events = world.client("events")
    found: set[str] = set()
    for page in events.get_paginator("list_rules").paginate():
        for rule in page["Rules"]:
            detail = json.loads(rule.get("EventPattern", "{}")).get("detail", {})
            roles = detail.get("requestParameters", {}).get("roleArn", [])
            if rule["State"] == "ENABLED" and roles and "AssumeRole" in detail.get("eventName", ["AssumeRole"]):
                targets = events.list_targets_by_rule(Rule=rule["Name"])["Targets"]
                found |= {str(one) for one in roles} if any(":sns:" in one["Arn"] for one in targets) else set()
    return found


def _customer_pools(world: World) -> dict[str, str]:
    """What the platform's user pools say of MFA: ON, OPTIONAL or OFF (ListUserPools, DescribeUserPool)."""
    cognito = world.client("cognito-idp")
    pages = cognito.get_paginator("list_user_pools").paginate(MaxResults=60)
    pools = [
        cognito.describe_user_pool(UserPoolId=one["Id"])["UserPool"] for page in pages for one in page["UserPools"]
    ]
    ours = [pool for pool in pools if world.platform.owns(pool.get("UserPoolTags", {}))]
    return {pool["Name"]: pool.get("MfaConfiguration", "OFF") for pool in ours}
