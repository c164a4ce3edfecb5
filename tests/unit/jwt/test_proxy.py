"""What a proxy makes of real tokens, of which only PyJWT knows how they are written."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._jwt import keys, proxy
from ansible_collections.iworkz.platform.plugins.module_utils._jwt.tokens import KINDS, tokens

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
SIGNER, FORGER, STRANGER = keys.throwaway("a"), keys.throwaway("a"), keys.throwaway("b")
MADE = tokens("https://id.example", ["here"], SIGNER, FORGER, STRANGER, NOW)
GENUINE = {"right", "wrong audience", "wrong issuer"}
"""The last two are genuine; that they are not meant for us, the rules of the mesh see."""


def test_there_is_one_of_each_kind() -> None:
    assert tuple(MADE) == KINDS


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "none"])
def test_only_what_the_issuer_signed_and_in_time_is_genuine(kind: str) -> None:
    encoded = MADE[kind]
    assert encoded is not None
    assert proxy.read(encoded, [SIGNER.jwk], NOW).genuine is (kind in GENUINE)


def test_the_right_token_is_right_to_others_too() -> None:
    claims = jwt.decode(
        MADE["right"] or "",
        jwt.PyJWK(dict(SIGNER.jwk)),
        algorithms=["RS256"],
        audience="here",
        issuer="https://id.example",
        options={"verify_exp": False, "verify_nbf": False, "verify_iat": False},
    )
    assert claims["sub"] == "caller"
    token = proxy.read(MADE["right"] or "", [SIGNER.jwk], NOW)
    assert (token.issuer, token.subject, token.audiences) == ("https://id.example", "caller", ("here",))


@pytest.mark.parametrize(
    ("later", "genuine"), [(0, True), (359, True), (361, False), (-59, True), (-61, False), (10**6, False)]
)
def test_a_minute_of_grace(later: int, genuine: bool) -> None:
    assert proxy.read(MADE["right"] or "", [SIGNER.jwk], NOW + timedelta(seconds=later)).genuine is genuine


@pytest.mark.parametrize("encoded", ["", "x", "a.b.c", "..", "e30.e30."])
def test_what_is_no_token_is_not_genuine(encoded: str) -> None:
    assert not proxy.read(encoded, [SIGNER.jwk], NOW).genuine


def test_a_key_of_another_kind_signs_nothing() -> None:
    key: dict[str, Any] = {
        "kty": "oct",
        "k": "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlY3JldA",
        "kid": "a",
        "alg": "RS256",
    }
    assert not proxy.read(MADE["right"] or "", [key], NOW).genuine
