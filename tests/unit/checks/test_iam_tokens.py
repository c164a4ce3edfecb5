"""Item 2.1.2.4: real tokens, and the keys that make them good."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._checks.iam import services_authenticate_one_another
from ansible_collections.iworkz.platform.plugins.module_utils._jwt.tokens import KINDS
from tests.unit.checks.facts import NOW
from tests.unit.checks.fake_account import broken
from tests.unit.checks.mesh_cluster import cluster, find
from tests.unit.checks.token_world import KID, REQUIRED, key, world


def told(objects: Any, **facts: Any) -> list[tuple[Any, ...]]:
    finding = services_authenticate_one_another(world(objects, **facts), REQUIRED)
    return [(one.id, *one.params.values()) for one in broken(finding) if one.id.startswith("iam.")]


def test_each_service_takes_the_right_token_and_no_other() -> None:
    finding = services_authenticate_one_another(world(cluster()), REQUIRED)
    # Nobody is declared to call the service admin.
    assert finding.observed["tokens"] == {kind: f"{18 if kind == 'right' else 0} of 18" for kind in KINDS}
    assert finding.observed["keys"] == ["iworkz-sandbox-tokens-2026-11"]


def test_a_service_that_asks_for_no_audience_takes_tokens_for_others() -> None:
    objects = cluster()
    find(objects, "RequestAuthentication", "billing")["spec"]["jwtRules"][0].pop("audiences")
    assert told(objects) == [("iam.token_accepted", "billing", "api-gateway", "wrong audience")]


def test_a_service_without_token_rules_takes_none_where_it_asks_for_one() -> None:
    objects = cluster()
    find(objects, "RequestAuthentication", "billing")["spec"]["jwtRules"] = []
    assert told(objects) == [("iam.token_refused", "billing", "api-gateway", "right")]


def test_a_service_that_asks_for_no_token_takes_none() -> None:
    objects = cluster()
    find(objects, "AuthorizationPolicy", "billing")["spec"]["rules"][0]["from"][0]["source"].pop("requestPrincipals")
    assert told(objects) == [("iam.token_accepted", "billing", "api-gateway", "none")]


@pytest.mark.parametrize(
    ("keys", "breaches"),
    [
        ([], [("iam.no_token_keys", "alias/iworkz-sandbox-tokens-"), ("iam.jwks_unknown", KID)]),
        ([key(KeyState="Disabled")], [("iam.token_key_unusable", "iworkz-sandbox-tokens-2026-11", "Disabled")]),
        (
            [key(CreationDate=NOW - timedelta(days=400))],
            [("iam.token_key_old", "iworkz-sandbox-tokens-2026-11", 400, 365)],
        ),
        ([key(CreationDate=NOW - timedelta(days=400)), key()], []),
    ],
)
def test_keys(keys: Any, breaches: Any) -> None:
    assert told(cluster(), keys=keys) == breaches


def role(name: str, action: str, *aliases: str) -> dict[str, Any]:
    statement: dict[str, Any] = {"Effect": "Allow", "Action": action, "Resource": "arn:aws:kms:r:1:key/*"}
    if aliases:
        statement["Condition"] = {"ForAnyValue:StringEquals": {"kms:ResourceAliases": list(aliases)}}
    policy = {"PolicyName": "own", "PolicyDocument": {"Statement": [statement]}}
    trust = {
        "Statement": [{"Effect": "Allow", "Principal": {"Federated": "f"}, "Action": "sts:AssumeRoleWithWebIdentity"}]
    }
    return {
        "RoleName": f"iworkz-sandbox-{name}",
        "RolePolicyList": [policy],
        "AttachedManagedPolicies": [],
        "AssumeRolePolicyDocument": trust,
    }


@pytest.mark.parametrize(
    ("held", "breaches"),
    [
        (role("identity", "kms:Sign"), []),
        (role("billing", "kms:Sign"), [("iam.token_signer", "iworkz-sandbox-billing")]),
        (role("billing", "kms:S*"), [("iam.token_signer", "iworkz-sandbox-billing")]),
        (
            role("billing", "kms:Sign", "alias/iworkz-sandbox-tokens-2026-11"),
            [("iam.token_signer", "iworkz-sandbox-billing")],
        ),
        (role("billing", "kms:Sign", "alias/iworkz-sandbox-*"), [("iam.token_signer", "iworkz-sandbox-billing")]),
        (role("billing", "kms:Sign", "alias/iworkz-sandbox-packs"), []),
        (role("billing", "kms:Decrypt"), []),
    ],
)
def test_only_the_issuer_signs(held: Any, breaches: Any) -> None:
    assert told(cluster(), roles=[held]) == breaches
