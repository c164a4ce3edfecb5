"""Item 2.1.2.4: the document that the issuer's keys are fetched from, with one thing wrong at a time."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._checks import _front, _token_keys
from ansible_collections.iworkz.platform.plugins.module_utils._checks.iam import services_authenticate_one_another
from ansible_collections.iworkz.platform.plugins.module_utils._jwt import keys
from tests.unit.checks.fake_account import broken
from tests.unit.checks.mesh_cluster import cluster, find
from tests.unit.checks.token_world import KID, REQUIRED, document, jwk, key, world
from tests.unit.kube.mesh_declared import OPTIONS

URI = OPTIONS["jwks_uri"]
FOREIGN = dict(keys.throwaway("foreign").jwk)


def told(objects: Any = None, **facts: Any) -> list[tuple[Any, ...]]:
    finding = services_authenticate_one_another(world(objects or cluster(), **facts), REQUIRED)
    return [(one.id, *one.params.values()) for one in broken(finding) if one.id.startswith("iam.jwks")]


@pytest.mark.parametrize(
    ("served", "breaches"),
    [
        (document(), []),
        (document(jwk(key_ops=["verify"])), []),
        (document(kind="application/jwk-set+json", cache="no-store"), []),
        (document(status=503, keys=None), [("iam.jwks_not_served", URI, 503)]),
        (document(keys=None), [("iam.jwks_no_set", URI)]),
        (document(kind="text/html"), [("iam.jwks_type", URI, "text/html")]),
        (document(cache=""), [("iam.jwks_kept", URI, "-", 2400)]),
        (document(cache="public, max-age=60, s-maxage=86400"),
         [("iam.jwks_kept", URI, "public, max-age=60, s-maxage=86400", 2400)]),
        (document(keys=[]), [("iam.jwks_missing", KID)]),
        (document(jwk(), FOREIGN), [("iam.jwks_unknown", "foreign")]),
        (document({**FOREIGN, "kid": KID}), [("iam.jwks_differs", KID, "n")]),
        # A second one under the same name opens the door as well.
        (document(jwk(), {**FOREIGN, "kid": KID}), [("iam.jwks_differs", KID, "n")]),
        (document(jwk(alg="none", use="enc")), [("iam.jwks_differs", KID, "alg, use")]),
        (document(jwk(d="x", p="y")), [("iam.jwks_private", KID, "d, p")]),
        (document({name: value for name, value in jwk().items() if name != "kid"}),
         [("iam.jwks_missing", KID), ("iam.jwks_unknown", "-")]),
    ],
)  # fmt: skip
def test_what_is_served(served: Any, breaches: Any) -> None:
    assert told(served=served) == breaches


def test_a_key_that_is_published_no_longer_need_not_be_gone() -> None:
    """Between the withdrawal of a generation and the deletion of its key."""
    old = key()
    withdrawn = type(old)("iworkz-sandbox-tokens-2025-11", old.facts, old.der)
    assert told(keys=[withdrawn, key()]) == []


def test_keys_from_elsewhere_are_no_keys_of_the_issuer() -> None:
    objects = cluster()
    rule = find(objects, "RequestAuthentication", "billing")["spec"]["jwtRules"][0]
    rule["jwksUri"] = "https://example.com/keys"
    assert told(objects) == [("iam.jwks_elsewhere", "billing", "https://example.com/keys", URI)]
    rule["jwks"] = rule.pop("jwksUri")
    assert told(objects) == [("iam.jwks_elsewhere", "billing", "-", URI)]


def test_the_evidence_holds_no_key() -> None:
    private = document(jwk(d="the-private-half"))
    observed = services_authenticate_one_another(world(cluster(), served=private), REQUIRED).observed["served"]
    assert observed == {
        "status": 200, "content_type": "application/json", "cache_control": "max-age=300", "keys": [KID]
    }  # fmt: skip
    assert "the-private-half" not in repr(private)


@pytest.mark.parametrize("body", [b"", b"<!doctype html>", b"[]", b'{"keys": {}}', b'{"keys": [1]}', b"\xff", b"1"])
def test_what_is_no_set_of_keys(body: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    answer = _front.Answer(200, {"content-type": "Application/JSON; charset=utf-8"}, body=body)
    monkeypatch.setattr(_front, "secure", lambda *_: answer)
    found = _token_keys.served(world(cluster()))
    assert (found.kind, found.keys) == ("application/json", None)
