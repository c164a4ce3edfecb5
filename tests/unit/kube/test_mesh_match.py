from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._kube import mesh_match as match

SLEEP = "cluster.local/ns/default/sa/sleep"


@pytest.mark.parametrize(
    ("pattern", "value", "matches"),
    [
        ("abc", "abc", True),
        ("abc", "ABC", False),
        ("abc", "abcd", False),
        ("abc*", "abc", True),
        ("abc*", "abcd", True),
        ("abc*", "xabc", False),
        ("*abc", "abc", True),
        ("*abc", "xabc", True),
        ("*abc", "abcx", False),
        ("*", "anything", True),
        ("*", "", False),
        ("a*c", "abc", False),
        ("a*c", "a*c", True),
    ],
)
def test_text(pattern: str, value: str, matches: bool) -> None:
    assert match.text(pattern, value) is matches


def test_hosts_match_in_any_case() -> None:
    assert match.host("Example.com", "EXAMPLE.com")
    assert match.host("*.example.com", "WWW.Example.COM")
    assert not match.host("example.com", "example.com:8443")
    assert match.host("example.com:*", "example.com:8443")


@pytest.mark.parametrize(
    ("pattern", "value", "matches"),
    [
        ("/info*", "/info", True),
        ("/info*", "/information?x=1", True),
        ("/data", "/data?query=/other", True),
        ("/data", "/data#part", True),
        ("/data", "/data/", False),
        ("*/admin", "/a/b/admin", True),
        # Path templates.
        ("/foo/{*}", "/foo/bar", True),
        ("/foo/{*}", "/foo/bar/baz", False),
        ("/foo/{**}/", "/foo/bar/", True),
        ("/foo/{**}/", "/foo/bar/baz.txt/", True),
        ("/foo/{**}/", "/foo//", True),
        ("/foo/{**}/", "/foo/bar", False),
        ("/{*}/bar/{**}", "/buzz/bar/", True),
        ("/{*}/bar/{**}", "/buzz/bar/baz", True),
        ("/a.b/{*}", "/axb/c", False),
    ],
)
def test_path(pattern: str, value: str, matches: bool) -> None:
    assert match.path(pattern, value) is matches


@pytest.mark.parametrize(
    ("pattern", "value", "matches"),
    [
        ("10.1.2.3", "10.1.2.3", True),
        ("10.1.2.3", "10.1.2.4", False),
        ("10.1.0.0/16", "10.1.255.1", True),
        ("10.1.0.0/16", "10.2.0.1", False),
        ("2001:db8::/32", "2001:db8::1", True),
        ("10.1.0.0/16", "2001:db8::1", False),
        ("10.1.0.0/16", "", False),
    ],
)
def test_block(pattern: str, value: str, matches: bool) -> None:
    assert match.block(pattern, value) is matches


@pytest.mark.parametrize(
    ("pattern", "value", "matches"),
    [
        ("default", SLEEP, True),
        ("defaul", SLEEP, False),
        ("def*", SLEEP, True),
        ("*ault", SLEEP, True),
        ("d*t", SLEEP, True),
        ("*", SLEEP, True),
        ("*", "", False),
        ("sleep", SLEEP, False),
    ],
)
def test_namespace(pattern: str, value: str, matches: bool) -> None:
    assert match.namespace(pattern, value) is matches


@pytest.mark.parametrize(
    ("pattern", "policy_namespace", "matches"),
    [
        ("sleep", "default", True),
        ("sleep", "other", False),
        ("default/sleep", "other", True),
        ("default/slee", "other", False),
        ("other/sleep", "default", False),
    ],
)
def test_account(pattern: str, policy_namespace: str, matches: bool) -> None:
    assert match.account(pattern, SLEEP, policy_namespace) is matches


def test_account_ends_where_its_name_ends() -> None:
    assert not match.account("sleep", f"{SLEEP}-junk", "default")
    assert match.account("sleep", f"{SLEEP}/x/y", "default")


@pytest.mark.parametrize(
    ("pattern", "matches"),
    [("cluster.local", True), ("*", True), ("*.local", True), ("other", False), ("cluster*", True)],
)
def test_trust_domain(pattern: str, matches: bool) -> None:
    assert match.trust_domain(pattern, SLEEP) is matches
    assert not match.trust_domain(pattern, "")


@pytest.mark.parametrize(
    ("pattern", "issuer", "subject", "matches"),
    [
        ("*", "iss", "sub", True),
        ("*", "", "sub", False),
        ("iss/sub", "iss", "sub", True),
        ("iss/sub", "iss", "other", False),
        ("https://example.com/*", "https://example.com", "anyone", True),
        ("https://example.com/*", "https://example.org", "anyone", False),
        ("https://example.com/ad*", "https://example.com", "admin", True),
        ("https://example.com/ad*", "https://example.com", "user", False),
        ("*/sub", "https://any.one", "sub", True),
        ("*.one/sub", "https://any.one", "sub", True),
        ("*.one/sub", "https://any.two", "sub", False),
        ("*ub", "iss", "sub", True),
        ("is*", "iss", "sub", True),
        ("is*", "xis", "sub", False),
        ("iss", "iss", "sub", False),
        ("iss", "iss", "", True),
    ],
)
def test_request_principal(pattern: str, issuer: str, subject: str, matches: bool) -> None:
    assert match.request_principal(pattern, {"iss": issuer, "sub": subject}) is matches


def test_without_a_token_there_is_no_request_principal() -> None:
    assert not match.request_principal("*", {})


@pytest.mark.parametrize(
    ("pattern", "names", "matches"),
    [
        ("admin", ["group"], True),
        ("adm*", ["group"], True),
        ("other", ["group"], False),
        ("deep", ["a", "b"], True),
        ("deep", ["a", "c"], False),
        ("deep", ["group", "b"], False),
        ("read", ["scope"], True),
        ("read write", ["scope"], False),
        ("1", ["number"], False),
        ("*", ["none"], False),
    ],
)
def test_claim(pattern: str, names: list[str], matches: bool) -> None:
    claims: dict[str, Any] = {"group": ["user", "admin"], "a": {"b": "deep"}, "scope": "read write", "number": 1}
    assert match.claim(pattern, names, claims) is matches
