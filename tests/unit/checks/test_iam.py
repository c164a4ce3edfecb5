"""Item 2.1.2.4: a mesh in which the check passes, then one thing wrong at a time in its policies."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._checks.iam import services_authenticate_one_another
from ansible_collections.iworkz.platform.plugins.module_utils._kube.mesh_model import Unjudged
from tests.unit.checks.kube_facts import Cluster
from tests.unit.checks.mesh_cluster import SECURITY, cluster, find
from tests.unit.checks.token_world import REQUIRED, world
from tests.unit.kube import mesh_declared

Change = Callable[[Cluster], Any]


def judge(objects: Cluster) -> Any:
    return services_authenticate_one_another(world(objects), REQUIRED)


def told(objects: Cluster) -> list[tuple[str, ...]]:
    """Breaches as (id, caller and target or what else is told first)."""
    return [
        (breach.id, *list(breach.params.values())[:2])
        for breach in judge(objects).breaches
        if breach.id.startswith("istio.")
    ]


def policy(objects: Cluster, name: str = "billing") -> dict[str, Any]:
    found: dict[str, Any] = find(objects, "AuthorizationPolicy", name)["spec"]
    return found


def tokens(objects: Cluster) -> dict[str, Any]:
    found: dict[str, Any] = find(objects, "RequestAuthentication", "billing")["spec"]
    return found


def added(spec: dict[str, Any], namespace: str = "business") -> Change:
    one = {"metadata": {"name": "other", "namespace": namespace}, "spec": spec}
    return lambda objects: objects[SECURITY, "authorizationpolicies"].append(one)


def test_the_declared_mesh_passes() -> None:
    finding = judge(cluster())
    assert finding.breaches == ()
    declared = {one["name"]: one["dependencies"]["services"] for one in mesh_declared.services()}
    allowed = finding.observed["allowed"]
    assert {caller: sorted(targets) for caller, targets in allowed.items() if caller in declared} == {
        caller: sorted(targets) for caller, targets in declared.items()
    }
    assert allowed["plaintext"] == allowed["another workload"] == []
    assert (finding.observed["services"], finding.observed["pairs"]) == (19, 361)
    assert len(finding.observed["table"]) == 2 + 19 + 3


def test_an_empty_cluster_fails() -> None:
    assert told({}) == [
        *(entry for one in mesh_declared.services() for entry in [("istio.no_pods", one["name"])]),
        ("istio.no_gateway",),
    ]


def callers(target: str) -> list[str]:
    return [one["name"] for one in mesh_declared.services() if target in one["dependencies"]["services"]]


ALLOW_GET = {"action": "ALLOW", "rules": [{"to": [{"operation": {"methods": ["GET"], "paths": ["/debug"]}}]}]}
OPTIONAL_TOKEN = {"principals": ["cluster.local/ns/discovery/sa/search"]}


@pytest.mark.parametrize(
    ("change", "breaches"),
    [
        (
            lambda objects: policy(objects).update(rules=[]),
            [("istio.declared_call_refused", one, "billing") for one in callers("billing")],
        ),
        (
            added({"rules": [{"from": [{"source": {**OPTIONAL_TOKEN, "requestPrincipals": ["*"]}}]}]}, "trust"),
            [("istio.undeclared_call_allowed", "search", target) for target in ("compliance", "moderation", "admin")],
        ),
        (
            added(
                {
                    "rules": [
                        {"from": [{"source": OPTIONAL_TOKEN}], "when": [{"key": "request.headers[x]", "values": ["y"]}]}
                    ]
                },
                "trust",
            ),
            [
                (what, "search", target)
                for target in ("compliance", "moderation", "admin")
                for what in ("istio.undeclared_call_allowed", "istio.call_without_token")
            ],
        ),
        (
            lambda objects: policy(objects)["rules"][0]["from"][0]["source"].pop("requestPrincipals"),
            [("istio.call_without_token", one, "billing") for one in callers("billing")],
        ),
        (
            added({"action": "DENY", "rules": [{"from": [{"source": {"namespaces": ["platform"]}}]}]}),
            [
                ("istio.declared_call_refused", "api-gateway", "billing"),
            ],
        ),
        (
            lambda objects: tokens(objects).update(jwtRules=[]),
            [
                ("istio.no_token_rule", "billing"),
                *(("istio.declared_call_refused", one, "billing") for one in callers("billing")),
            ],
        ),
        (
            lambda objects: tokens(objects)["jwtRules"].append({"issuer": "https://other", "audiences": ["x"]}),
            [("istio.other_issuer", "billing", "https://other")],
        ),
        (
            lambda objects: policy(objects, "public-hosts").update(rules=[{}]),
            [("istio.gateway_open", "elsewhere.invalid")],
        ),
        (
            lambda objects: policy(objects, "public-hosts")["rules"][0]["to"][0]["operation"]["hosts"].remove(
                "id.iworkz.jp"
            ),
            [("istio.gateway_closed", "id.iworkz.jp")],
        ),
        (
            lambda objects: policy(objects, "identity")["rules"][2]["to"][0]["operation"]["paths"].append("/admin"),
            [("istio.call_without_token", "gateway", "identity")],
        ),
        (
            lambda objects: policy(objects, "identity")["rules"][2]["to"][0]["operation"].update(paths=["/sign*"]),
            [("istio.call_without_token", "gateway", "identity")],
        ),
        (
            lambda objects: policy(objects, "identity")["rules"][2]["to"][0]["operation"].update(
                paths=["/.well-known/x*"]
            ),
            [],
        ),
        (
            added({"action": "CUSTOM", "provider": {"name": "opa"}, "rules": []}, "trust"),
            [("istio.external_authorizer", name, "opa") for name in ("compliance", "moderation", "admin")],
        ),
        (
            lambda objects: find(objects, "Pod", "billing-x")["spec"].update(serviceAccountName="default"),
            [
                ("istio.declared_call_refused", "billing", one)
                for one in ("employer-profile", "application-tracking", "document", "notification")
            ],
        ),
    ],
)
def test_each_rule(change: Change, breaches: list[tuple[str, ...]]) -> None:
    objects = cluster()
    change(objects)
    found = told(objects)
    if breaches == [("istio.declared_call_refused", "api-gateway", "billing")]:
        found = [one for one in found if one[2] == "billing"]
    assert sorted(set(found), key=str) == sorted(breaches, key=str)


def test_tokens_for_others_are_not_taken() -> None:
    objects = cluster()
    tokens(objects)["jwtRules"][0].pop("audiences")
    found = told(objects)
    assert ("istio.any_audience", "billing") in found
    assert {one for one in found if one[0] == "istio.call_without_token"} == {
        ("istio.call_without_token", one, "billing") for one in callers("billing")
    }


def test_without_any_policy_everything_is_said_to_be_open() -> None:
    objects = cluster()
    objects[SECURITY, "authorizationpolicies"].clear()
    found = {one[0] for one in told(objects)}
    assert found >= {
        "istio.no_policy",
        "istio.undeclared_call_allowed",
        "istio.call_without_token",
        "istio.gateway_open",
    }


def test_a_policy_that_is_not_understood_is_no_pass() -> None:
    objects = cluster()
    policy(objects)["rules"][0]["unless"] = []
    with pytest.raises(Unjudged, match="unless"):
        judge(objects)
