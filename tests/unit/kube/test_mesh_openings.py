"""What is proven closed is closed: no request that policies let in contradicts it, whatever policies there are."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.iworkz.platform.plugins.module_utils._kube.mesh_model import Request, Token, principal
from ansible_collections.iworkz.platform.plugins.module_utils._kube.mesh_openings import Opening, openings
from tests.unit.kube.mesh_policies import CURL, allow, deny, get, guard, operation, policy, source, when

ISSUER = "https://issuer.example"
RULES = policy({"jwtRules": [{"issuer": ISSUER, "audiences": ["app"]}]}, name="tokens")
STRICT = policy({"mtls": {"mode": "STRICT"}}, "istio-system", name="mesh")
GOOD = Token(ISSUER, "someone", ("app",))
BAD = Token(ISSUER, "someone", ("app",), genuine=False)


@pytest.mark.parametrize(
    ("policies", "fields", "opened"),
    [
        ([], {}, [Opening("", {})]),
        ([policy({})], {}, []),
        ([], {"principal": ""}, []),
        ([], {"token": BAD}, []),
        ([allow({})], {}, [Opening("foo/allow", {})]),
        ([allow(source(principals=[CURL]))], {"principal": principal("foo", "other")}, []),
        # A method, an address or a header is of the caller's choosing.
        ([allow(operation(methods=["PURGE"]))], {}, [Opening("foo/allow", {"methods": ["PURGE"]})]),
        ([allow(source(ipBlocks=["10.0.0.0/8"]))], {}, [Opening("foo/allow", {})]),
        ([allow(when("request.headers[x]", "y"))], {}, [Opening("foo/allow", {})]),
        ([allow({}), deny(operation(paths=["/secret"]))], {}, [Opening("foo/allow", {})]),
        ([allow({}), deny(when("request.headers[x]", "y"))], {}, [Opening("foo/allow", {})]),
        # Who he is, is not, and neither is having no token.
        ([allow({}), deny({})], {}, []),
        ([allow({}), deny(source(notPrincipals=["*/sa/other"]))], {}, []),
        ([allow({}), deny(source(notRequestPrincipals=["*"]))], {}, []),
        ([allow({}), deny(source(notRequestPrincipals=["*"]))], {"token": GOOD}, [Opening("foo/allow", {})]),
        ([allow(source(requestPrincipals=["*"]))], {}, []),
        ([allow(when("request.auth.claims[admin]", "yes"))], {}, []),
        ([allow(when("request.auth.claims[admin]", "yes"))], {"token": GOOD}, [Opening("foo/allow", {})]),
        ([allow(when("source.namespace", "bar"))], {}, []),
    ],
)
def test_what_is_left_open(policies: list[dict[str, Any]], fields: dict[str, Any], opened: list[Opening]) -> None:
    assert openings(guard(*policies, request=(RULES,), peer=(STRICT,)), get(**fields)) == opened


PRINCIPALS = st.sampled_from(["", CURL, principal("foo", "other"), principal("bar", "curl")])
TOKENS = st.sampled_from([None, GOOD, BAD, Token(ISSUER, "admin", ("app",), claims={"role": "admin"})])
PATTERNS = st.sampled_from([CURL, "*", "cluster.local/ns/foo/*", "*/sa/curl"])
SOURCES = st.fixed_dictionaries(
    {},
    optional={
        "principals": st.lists(PATTERNS, min_size=1, max_size=2),
        "notPrincipals": st.lists(PATTERNS, min_size=1, max_size=1),
        "namespaces": st.lists(st.sampled_from(["foo", "b*"]), min_size=1, max_size=1),
        "requestPrincipals": st.lists(st.sampled_from(["*", f"{ISSUER}/*", f"{ISSUER}/admin"]), min_size=1, max_size=1),
        "notRequestPrincipals": st.lists(st.sampled_from(["*", f"{ISSUER}/admin"]), min_size=1, max_size=1),
        "ipBlocks": st.just(["10.0.0.0/8"]),
    },
)
OPERATIONS = st.fixed_dictionaries(
    {},
    optional={
        "methods": st.sampled_from([["GET"], ["POST", "PUT"]]),
        "notMethods": st.just(["GET"]),
        "paths": st.sampled_from([["/a*"], ["/b"]]),
        "notPaths": st.just(["/ab"]),
        "hosts": st.just(["*.example"]),
        "ports": st.sampled_from([["8000"], ["80"]]),
    },
)
CONDITIONS = st.sampled_from(
    [
        {"key": "request.headers[x]", "values": ["y"]},
        {"key": "request.headers[x]", "notValues": ["y"]},
        {"key": "request.auth.claims[role]", "values": ["admin"]},
        {"key": "request.auth.claims[role]", "notValues": ["admin"]},
        {"key": "source.namespace", "values": ["foo"]},
    ]
)
RULE = st.fixed_dictionaries(
    {},
    optional={
        "from": st.lists(st.builds(lambda one: {"source": one}, SOURCES), min_size=1, max_size=2),
        "to": st.lists(st.builds(lambda one: {"operation": one}, OPERATIONS), min_size=1, max_size=2),
        "when": st.lists(CONDITIONS, min_size=1, max_size=2),
    },
)
POLICIES = st.lists(
    st.builds(
        lambda action, rules: policy({"action": action, "rules": rules}),
        st.sampled_from(["ALLOW", "DENY"]),
        st.lists(RULE, max_size=2),
    ),
    max_size=3,
)
REQUESTS = st.builds(
    Request,
    PRINCIPALS,
    st.sampled_from([8000, 80]),
    method=st.sampled_from(["GET", "POST", "DELETE"]),
    path=st.sampled_from(["/", "/a", "/ab", "/b"]),
    host=st.sampled_from(["", "www.example"]),
    token=TOKENS,
    headers=st.sampled_from([{}, {"x": "y"}]),
    address=st.sampled_from(["", "10.1.1.1"]),
)


@settings(max_examples=600, deadline=None)
@given(POLICIES, REQUESTS, st.booleans())
def test_nothing_is_let_in_where_nothing_is_open(
    policies: list[dict[str, Any]], request: Request, strict: bool
) -> None:
    one = guard(*policies, request=(RULES,), peer=(STRICT,) if strict else ())
    if not openings(one, request):
        assert not one.decide(request).allowed
