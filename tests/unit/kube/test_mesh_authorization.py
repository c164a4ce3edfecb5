"""AuthorizationPolicies, with the examples of https://istio.io/latest/docs/reference/config/security/authorization-policy/."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._kube.mesh_model import (
    Decision,
    Request,
    Token,
    Unjudged,
    Workload,
    principal,
)
from tests.unit.kube.mesh_policies import CURL, HTTPBIN, allow, deny, get, guard, operation, policy, source, when

GOOGLE = "https://accounts.google.com"
SLEEP = principal("default", "sleep")
RULES = policy({"jwtRules": [{"issuer": GOOGLE, "jwksUri": "https://example.com/keys"}]}, name="google")


def allowed(request: Request, *policies: dict[str, Any]) -> bool:
    return guard(*policies, request=(RULES,)).decide(request).allowed


def test_without_policies_all_is_allowed() -> None:
    assert guard().decide(get()) == Decision(True, "default")


def test_a_policy_without_rules_lets_nothing_in() -> None:
    nothing = policy({})
    assert guard(nothing).decide(get()) == Decision(False, "default")
    assert guard(nothing, allow({})).decide(get()) == Decision(True, "allow", "foo/allow")


def test_a_deny_policy_without_rules_denies_nothing_and_an_empty_rule_everything() -> None:
    assert guard(deny()).decide(get()).allowed
    assert guard(deny({}), allow({})).decide(get()) == Decision(False, "deny", "foo/deny")


def test_allow_is_the_action_where_none_is_named() -> None:
    assert guard(policy({"rules": [{}]})).decide(get()) == Decision(True, "allow", "foo/policy")


REFERENCE = policy(
    {
        "action": "ALLOW",
        "rules": [
            {
                "from": [{"source": {"principals": [SLEEP]}}, {"source": {"namespaces": ["test"]}}],
                "to": [
                    {"operation": {"methods": ["GET"], "paths": ["/info*"]}},
                    {"operation": {"methods": ["POST"], "paths": ["/data"]}},
                ],
                "when": [{"key": "request.auth.claims[iss]", "values": [GOOGLE]}],
            }
        ],
    }
)


@pytest.mark.parametrize(
    ("fields", "let_in"),
    [
        ({}, True),
        ({"principal": principal("test", "anyone")}, True),
        ({"principal": principal("other", "sleep")}, False),
        ({"principal": ""}, False),
        ({"path": "/information"}, True),
        ({"path": "/data"}, False),
        ({"path": "/data", "method": "POST"}, True),
        ({"method": "POST"}, False),
        ({"token": None}, False),
    ],
)
def test_the_example_of_the_reference(fields: dict[str, Any], let_in: bool) -> None:
    request = get(**{"principal": SLEEP, "path": "/info", "token": Token(GOOGLE, "someone"), **fields})
    assert allowed(request, REFERENCE) is let_in


def test_the_reference_denies_posts_of_a_namespace() -> None:
    rule = {**source(namespaces=["dev"]), **operation(methods=["POST"])}
    assert not allowed(get(principal=principal("dev", "x"), method="POST"), deny(rule))
    assert allowed(get(principal=principal("dev", "x")), deny(rule))
    assert allowed(get(principal=principal("prod", "x"), method="POST"), deny(rule))


def test_deny_wins_over_allow_and_custom_comes_first() -> None:
    custom = policy(
        {"action": "CUSTOM", "provider": {"name": "opa"}, "rules": [operation(paths=["/admin"])]}, name="opa"
    )
    one = guard(allow({}), deny(operation(paths=["/admin/secret"])), custom)
    asked: list[str] = []

    def refuse(provider: str, request: Request) -> bool:
        asked.append(f"{provider} {request.path}")
        return False

    assert one.decide(get("/admin"), refuse) == Decision(False, "custom", "foo/opa", ("opa",))
    assert one.decide(get("/admin")) == Decision(True, "allow", "foo/allow", ("opa",))
    assert one.decide(get("/"), refuse) == Decision(True, "allow", "foo/allow")
    assert one.decide(get("/admin/secret"), refuse).stage == "deny"
    assert asked == ["opa /admin"]


def test_audit_decides_nothing() -> None:
    audit = policy({"action": "AUDIT", "rules": [operation(paths=["/x"])]})
    assert guard(audit).decide(get()).allowed


def test_a_policy_in_dry_run_is_not_enforced() -> None:
    dry = {"annotations": {"istio.io/dry-run": "true"}}
    assert guard(policy({}, **dry)).decide(get()).allowed
    assert guard(policy({"action": "DENY", "rules": [{}]}, **dry)).decide(get()).allowed
    assert not guard(policy({}, annotations={"istio.io/dry-run": "false"})).decide(get()).allowed


@pytest.mark.parametrize(
    ("namespace", "spec", "selected"),
    [
        ("foo", {}, True),
        ("foo", {"selector": {}}, True),
        ("foo", {"selector": {"matchLabels": {"app": "httpbin"}}}, True),
        ("foo", {"selector": {"matchLabels": {"app": "httpbin", "version": "v2"}}}, False),
        ("bar", {}, False),
        ("bar", {"selector": {"matchLabels": {"app": "httpbin"}}}, False),
        ("istio-system", {}, True),
        ("istio-system", {"selector": {"matchLabels": {"version": "v1"}}}, True),
        ("istio-system", {"selector": {"matchLabels": {"version": "v2"}}}, False),
        ("foo", {"targetRefs": [{"kind": "Gateway", "name": "x"}]}, False),
    ],
)
def test_which_workloads_a_policy_is_for(namespace: str, spec: dict[str, Any], selected: bool) -> None:
    assert guard(policy(spec, namespace)).decide(get()).allowed is not selected


@pytest.mark.parametrize(
    ("rule", "fields", "matches"),
    [
        (source(principals=["*"]), {}, True),
        (source(principals=["*"]), {"principal": ""}, False),
        (source(principals=["cluster.local/ns/foo/*"]), {}, True),
        (source(principals=["*/sa/curl"]), {}, True),
        (source(notPrincipals=[CURL]), {}, False),
        (source(notPrincipals=[CURL]), {"principal": ""}, True),
        (source(principals=["*"], notNamespaces=["foo"]), {}, False),
        (source(serviceAccounts=["curl"]), {}, True),
        (source(serviceAccounts=["foo/curl", "bar/x"]), {}, True),
        (source(serviceAccounts=["bar/curl"]), {}, False),
        (source(trustDomains=["cluster.local"]), {}, True),
        (source(notTrustDomains=["cluster.local"]), {}, False),
        (source(ipBlocks=["10.0.0.0/8"]), {"address": "10.1.1.1"}, True),
        (source(ipBlocks=["10.0.0.0/8"]), {"address": "192.0.2.1", "client_address": "10.1.1.1"}, False),
        (source(remoteIpBlocks=["10.0.0.0/8"]), {"address": "192.0.2.1", "client_address": "10.1.1.1"}, True),
        (source(notIpBlocks=["10.0.0.0/8"]), {"address": "10.1.1.1"}, False),
        (operation(ports=["8000"]), {}, True),
        (operation(ports=["80"]), {}, False),
        (operation(notPorts=["8000"]), {}, False),
        (operation(hosts=["*.Example.com"]), {"host": "www.example.COM"}, True),
        (operation(hosts=["example.com"]), {"host": "example.com:8000"}, False),
        (operation(methods=["G*"]), {}, True),
        (operation(notMethods=["GET"]), {}, False),
        (operation(paths=["/a", "/b*"]), {"path": "/bc?x"}, True),
        (operation(notPaths=["/healthz"]), {"path": "/healthz"}, False),
        (operation(paths=["/a/{*}"]), {"path": "/a/b"}, True),
        (operation(methods=["POST"], paths=["/"]), {}, False),
        (when("request.headers[User-Agent]", "Mozilla/*"), {"headers": {"user-agent": "Mozilla/5"}}, True),
        (when("request.headers[User-Agent]", "Mozilla/*"), {}, False),
        (when("request.headers[x]", "*"), {"headers": {"x": ""}}, True),
        (when("request.headers[x]", notValues=["*"]), {}, True),
        (when("source.ip", "10.0.0.1"), {"address": "10.0.0.1"}, True),
        (when("remote.ip", "10.0.0.1"), {"address": "10.0.0.1"}, True),
        (when("source.namespace", "foo"), {}, True),
        (when("source.principal", CURL), {}, True),
        (when("source.serviceAccount", "foo/curl"), {}, True),
        (when("destination.ip", "10.9.0.0/16"), {"destination_address": "10.9.1.1"}, True),
        (when("destination.port", "8000"), {}, True),
        (when("connection.sni", "*.example.com"), {"server_name": "a.example.com"}, True),
        (when("request.auth.principal", f"{GOOGLE}/me"), {"token": Token(GOOGLE, "me")}, True),
        (when("request.auth.audiences", "app"), {"token": Token(GOOGLE, "me", ("web", "app"))}, True),
        (when("request.auth.presenter", "client"), {"token": Token(GOOGLE, "me", claims={"azp": "client"})}, True),
        (when("request.auth.claims[a][b]", "c"), {"token": Token(GOOGLE, "me", claims={"a": {"b": ["c"]}})}, True),
        (when("request.auth.claims[a][b]", "c"), {}, False),
        (source(requestPrincipals=[f"{GOOGLE}/*"]), {"token": Token(GOOGLE, "me")}, True),
        (source(requestPrincipals=["*"]), {}, False),
        (source(notRequestPrincipals=["*"]), {}, True),
        (source(notRequestPrincipals=["*"]), {"token": Token(GOOGLE, "me")}, False),
        ({**source(principals=["*"]), **when("source.namespace", "bar")}, {}, False),
        ({"from": [{"source": {"namespaces": ["bar"]}}, {"source": {"namespaces": ["foo"]}}]}, {}, True),
        ({"to": [{"operation": {"ports": ["1"]}}, {"operation": {"ports": ["8000"]}}]}, {}, True),
    ],
)
def test_each_field_and_condition(rule: dict[str, Any], fields: dict[str, Any], matches: bool) -> None:
    assert allowed(get(**fields), allow(rule)) is matches
    assert allowed(get(**fields), deny(rule)) is not matches


def test_on_a_tcp_connection_http_makes_allow_rules_void_and_widens_deny_rules() -> None:
    tcp = get(http=False)
    by_method = {**operation(methods=["GET"], ports=["8000"]), **source(principals=[CURL])}
    assert not allowed(tcp, allow(by_method))
    assert allowed(tcp, allow(operation(ports=["8000"])))
    assert not allowed(tcp, deny(by_method))
    assert allowed(tcp, deny(operation(methods=["GET"], ports=["80"])))
    assert not allowed(
        tcp, allow({"from": [{"source": {"principals": [CURL]}}, {"source": {"requestPrincipals": ["*"]}}]})
    )


@pytest.mark.parametrize(
    ("spec", "error"),
    [
        ({"rules": [when("destination.labels[x]", "y")]}, r"foo/policy: the condition destination\.labels"),
        ({"rules": [when("experimental.envoy.filters.a[b]", "y")]}, "experimental"),
        ({"rules": [source(colours=["red"])]}, "colours"),
        ({"rules": [operation(verbs=["red"])]}, "verbs"),
        ({"rules": [{"unless": []}]}, "unless"),
        ({"action": "LOG"}, "action LOG"),
        ({"mode": "x"}, "mode"),
    ],
)
def test_what_is_not_understood_is_an_error(spec: dict[str, Any], error: str) -> None:
    with pytest.raises(Unjudged, match=error):
        guard(policy(spec))


def test_what_is_not_understood_elsewhere_is_of_no_concern() -> None:
    elsewhere = policy({"action": "LOG"}, namespace="bar")
    assert guard(elsewhere).decide(get()).allowed


def test_namespaces_apart(  # the example "foo" and "bar" of https://istio.io/latest/docs/tasks/security/authorization/authz-http/
) -> None:
    viewer = allow(
        {**source(principals=[CURL]), **operation(methods=["GET"])}, selector={"matchLabels": {"app": "httpbin"}}
    )
    other = Workload("other", "foo", {"app": "other"})
    assert guard(viewer, workload=other).decide(get(method="DELETE")).allowed
    assert not guard(viewer, workload=HTTPBIN).decide(get(method="DELETE")).allowed
