"""Tokens (https://istio.io/latest/docs/reference/config/security/request_authentication/) and mutual TLS
(https://istio.io/latest/docs/reference/config/security/peer_authentication/)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._kube.mesh_model import Decision, Token, Workload
from tests.unit.kube.mesh_policies import HTTPBIN, allow, get, guard, operation, policy, source

TOKEN = Token("issuer-foo", "someone", ("app",))
FINANCE = Workload("finance", "foo", {"app": "finance"})


def rules(*jwt_rules: dict[str, Any], **spec: Any) -> dict[str, Any]:
    return policy({"jwtRules": list(jwt_rules), **spec}, name="tokens")


FOO = rules({"issuer": "issuer-foo", "jwksUri": "https://example.com/jwks.json"})
BAR = rules({"issuer": "issuer-bar", "jwks": "{}"})
NEEDED = allow(source(requestPrincipals=["*"]))


@pytest.mark.parametrize(
    ("token", "policies", "stage", "let_in"),
    [
        (None, (FOO,), "default", True),
        (TOKEN, (FOO,), "default", True),
        (replace(TOKEN, genuine=False), (FOO,), "jwt", False),
        (replace(TOKEN, issuer="other"), (FOO,), "jwt", False),
        (replace(TOKEN, genuine=False), (), "default", True),
        (TOKEN, (FOO, BAR), "default", True),
        (replace(TOKEN, issuer="issuer-bar"), (FOO, BAR), "default", True),
        (replace(TOKEN, issuer="other"), (FOO, BAR), "jwt", False),
    ],
)
def test_an_invalid_token_is_refused_and_a_missing_one_is_not(
    token: Token | None, policies: tuple[dict[str, Any], ...], stage: str, let_in: bool
) -> None:
    assert guard(request=policies).decide(get(token=token)) == Decision(let_in, stage)


def test_only_a_policy_asks_for_a_token() -> None:
    asks = guard(NEEDED, request=(FOO,))
    assert asks.decide(get()) == Decision(False, "default")
    assert asks.decide(get(token=TOKEN)).allowed
    assert asks.decide(get(token=replace(TOKEN, genuine=False))).stage == "jwt"


def test_a_token_that_no_rule_looks_at_proves_nothing() -> None:
    assert not guard(NEEDED).decide(get(token=TOKEN)).allowed


@pytest.mark.parametrize(("audiences", "let_in"), [([], True), (["app", "web"], True), (["web"], False)])
def test_audiences(audiences: list[str], let_in: bool) -> None:
    one = rules({"issuer": "issuer-foo", "audiences": audiences})
    assert guard(request=(one,)).decide(get(token=TOKEN)).allowed is let_in


def test_the_example_with_two_issuers_per_host() -> None:
    by_host = allow(
        {**source(requestPrincipals=["issuer-foo/*"]), **operation(hosts=["example.com"])},
        {**source(requestPrincipals=["issuer-bar/*"]), **operation(hosts=["another-host.com"])},
    )
    both = guard(by_host, request=(FOO, BAR))
    assert both.decide(get(host="example.com", token=TOKEN)).allowed
    assert not both.decide(get(host="another-host.com", token=TOKEN)).allowed
    assert both.decide(get(host="another-host.com", token=replace(TOKEN, issuer="issuer-bar"))).allowed


def test_the_example_that_spares_a_path() -> None:
    spared = allow(source(requestPrincipals=["*"]), operation(paths=["/healthz"]))
    one = guard(spared, request=(FOO,))
    assert one.decide(get("/healthz")).allowed
    assert not one.decide(get("/")).allowed
    assert not one.decide(get("/healthz", token=replace(TOKEN, genuine=False))).allowed


@pytest.mark.parametrize(
    ("place", "refused"),
    [
        ({"fromHeaders": [{"name": "x-jwt"}]}, False),
        ({"fromParams": ["token"]}, False),
        ({"fromCookies": ["token"]}, False),
        ({"fromHeaders": [{"name": "Authorization", "prefix": "Bearer "}]}, True),
    ],
)
def test_a_rule_may_look_for_tokens_elsewhere(place: dict[str, Any], refused: bool) -> None:
    one = rules({"issuer": "issuer-foo", **place})
    assert guard(request=(one,)).decide(get(token=replace(TOKEN, genuine=False))).allowed is not refused
    assert guard(NEEDED, request=(one,)).decide(get(token=TOKEN)).allowed is refused


def test_a_cors_preflight_carries_no_token() -> None:
    headers = {"origin": "https://example.com", "access-control-request-method": "GET"}
    forged = replace(TOKEN, genuine=False)
    assert guard(request=(FOO,)).decide(get(method="OPTIONS", headers=headers, token=forged)).allowed
    assert not guard(request=(FOO,)).decide(get(method="OPTIONS", token=forged)).allowed


def test_rules_of_the_root_namespace_and_of_selectors() -> None:
    everywhere = {**FOO, "metadata": {"namespace": "istio-system", "name": "root"}}
    forged = replace(TOKEN, genuine=False)
    assert not guard(request=(everywhere,)).decide(get(token=forged)).allowed
    for_finance = rules({"issuer": "issuer-foo"}, selector={"matchLabels": {"app": "finance"}})
    assert guard(request=(for_finance,)).decide(get(token=forged)).allowed
    assert not guard(request=(for_finance,), workload=FINANCE).decide(get(token=forged)).allowed


def mtls(
    mode: str | None, namespace: str = "foo", *, created: str = "2026-01-01T00:00:00Z", **spec: Any
) -> dict[str, Any]:
    body = {**({"mtls": {"mode": mode}} if mode else {}), **spec}
    return policy(body, namespace, name=f"{mode}-{created}", creationTimestamp=created)


MESH = mtls("STRICT", "istio-system")
SELECTED = {"selector": {"matchLabels": {"app": "finance"}}}


@pytest.mark.parametrize(
    ("policies", "port", "mode"),
    [
        ([], 80, "PERMISSIVE"),
        ([MESH], 80, "STRICT"),
        ([mtls(None, "istio-system")], 80, "PERMISSIVE"),
        ([mtls("UNSET", "istio-system")], 80, "PERMISSIVE"),
        ([MESH, mtls("PERMISSIVE")], 80, "PERMISSIVE"),
        ([MESH, mtls("UNSET")], 80, "STRICT"),
        ([MESH, mtls(None)], 80, "STRICT"),
        ([MESH, mtls("PERMISSIVE", "bar")], 80, "STRICT"),
        ([MESH, mtls("DISABLE", selector={})], 80, "DISABLE"),
        # A policy of the namespace, one of the workload (the reference's example "finance"), and of its port 8080.
        ([mtls("PERMISSIVE"), mtls("STRICT", **SELECTED)], 80, "STRICT"),
        ([mtls("STRICT", **SELECTED, portLevelMtls={"8080": {"mode": "DISABLE"}})], 8080, "DISABLE"),
        ([mtls("STRICT", **SELECTED, portLevelMtls={"8080": {"mode": "DISABLE"}})], 80, "STRICT"),
        ([MESH, mtls("UNSET", **SELECTED, portLevelMtls={8000: {"mode": "DISABLE"}})], 80, "STRICT"),
        ([MESH, mtls("UNSET", **SELECTED, portLevelMtls={"80": {"mode": "UNSET"}})], 80, "STRICT"),
        ([MESH, mtls("PERMISSIVE", "istio-system", **SELECTED)], 80, "STRICT"),
        ([MESH, mtls("PERMISSIVE", selector={"matchLabels": {"app": "other"}})], 80, "STRICT"),
        # Of several of the same reach the oldest.
        ([mtls("DISABLE", created="2026-01-02T00:00:00Z"), mtls("STRICT")], 80, "STRICT"),
        ([mtls("DISABLE"), mtls("STRICT", created="2026-01-02T00:00:00Z")], 80, "DISABLE"),
    ],
)
def test_which_mode_wins(policies: list[dict[str, Any]], port: int, mode: str) -> None:
    assert guard(peer=tuple(policies), workload=FINANCE).peer_mode(port) == mode


def test_strict_refuses_plaintext() -> None:
    strict = guard(peer=(MESH,))
    assert strict.decide(get(principal="")) == Decision(False, "mtls")
    assert strict.decide(get()).allowed
    assert guard().decide(get(principal="")).allowed
    assert guard(peer=(MESH,), workload=HTTPBIN).decide(get(principal="", http=False)).stage == "mtls"
