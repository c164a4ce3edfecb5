"""Item 2.1.1.4: what a public host answers, judged as a browser would take it."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._checks import tls_headers
from ansible_collections.iworkz.platform.plugins.module_utils._checks.engine import Finding
from ansible_collections.iworkz.platform.plugins.module_utils._checks.requirements import load_requirements

from .fake_account import broken

HOST = "www.iworkz.jp"
REQUIRED = load_requirements().resolve("2.1.1.4").required
GOOD = {
    "plain": {"status": 301, "location": f"https://{HOST}:443/"},
    "secure": {
        "status": 200,
        "tls": "TLSv1.3",
        "headers": {
            "strict-transport-security": "max-age=63072000; includeSubDomains; preload",
            "content-security-policy": "default-src 'none'; script-src 'self'; frame-ancestors 'none'",
            "x-content-type-options": "nosniff",
            "referrer-policy": "no-referrer, strict-origin-when-cross-origin",
            "permissions-policy": "camera=(), geolocation=(self)",
        },
    },
    "old_tls": False,
}


def judged(answers: dict[str, Any]) -> list[str]:
    finding = Finding({}, tuple(tls_headers.judge(HOST, answers, REQUIRED)))
    return [breach.id for breach in broken(finding)]


def with_header(name: str, value: str | None) -> dict[str, Any]:
    answers = copy.deepcopy(GOOD)
    answers["secure"]["headers"].pop(name)
    if value is not None:
        answers["secure"]["headers"][name] = value
    return answers


def test_a_host_that_protects_its_visitors_passes():
    assert judged(GOOD) == []


@pytest.mark.parametrize("name", tls_headers.JUDGED)
def test_every_header_must_be_there(name):
    assert judged(with_header(name, None)) == ["tls.no_header"]


@pytest.mark.parametrize(
    ("status", "location"),
    [
        (200, ""),
        (302, f"https://{HOST}/"),
        (301, f"http://{HOST}/"),
        (301, "https://elsewhere.example/"),
        (301, f"https://{HOST}.elsewhere.example/"),
    ],
)
def test_plaintext_must_be_led_home_for_good(status, location):
    assert judged({**GOOD, "plain": {"status": status, "location": location}}) == ["tls.no_redirect"]


def test_old_versions_of_tls_are_named():
    assert judged({**GOOD, "old_tls": True}) == ["tls.old_tls"]
    assert judged({**GOOD, "secure": {**GOOD["secure"], "tls": "TLSv1.1"}}) == ["tls.weak_tls"]


@pytest.mark.parametrize(
    ("name", "value", "breach"),
    [
        ("strict-transport-security", "max-age=300; includeSubDomains", "tls.weak_hsts"),
        ("strict-transport-security", "max-age=63072000", "tls.weak_hsts"),
        ("strict-transport-security", "includeSubDomains", "tls.weak_hsts"),
        ("content-security-policy", "default-src *; frame-ancestors 'none'", "tls.weak_csp"),
        ("content-security-policy", "script-src 'self' 'unsafe-inline'; frame-ancestors 'none'", "tls.weak_csp"),
        ("content-security-policy", "default-src 'self'", "tls.weak_csp"),
        ("content-security-policy", "frame-ancestors 'none'", "tls.weak_csp"),
        ("content-security-policy", "default-src 'self'; frame-ancestors *", "tls.weak_csp"),
        ("x-content-type-options", "none", "tls.wrong_header"),
        ("referrer-policy", "unsafe-url", "tls.wrong_header"),
        ("referrer-policy", "no-referrer, origin-when-cross-origin", "tls.wrong_header"),
        ("permissions-policy", "camera=*", "tls.wrong_header"),
        ("permissions-policy", "none", "tls.wrong_header"),
    ],
)
def test_a_value_that_does_not_protect_is_named(name, value, breach):
    assert judged(with_header(name, value)) == [breach]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("x-content-type-options", "nosniff, nosniff"),
        ("content-security-policy", "script-src 'nonce-abc' 'unsafe-inline' https:; frame-ancestors 'self'"),
        ("strict-transport-security", 'max-age="31536000"; IncludeSubDomains'),
    ],
)
def test_what_browsers_take_for_good_passes(name, value):
    assert judged(with_header(name, value)) == []
