# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Real tokens, good and bad ones, to try a proxy with."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._jwt.keys import ALGORITHM, Signer

KINDS = (
    "right",
    "none",
    "expired",
    "not yet valid",
    "wrong audience",
    "wrong issuer",
    "alg none",
    "forged",
    "key confusion",
    "altered",
    "unknown key",
)
"""``none``: no token at all. ``forged``: signed with another key under the name of a published one. ``key confusion``:
HS256, with the published key as the secret. ``altered``: changed after it was signed. ``unknown key``: signed with a
key that is not published."""
LIFETIME, LONG_AGO = 300, 3600
"""Seconds: of a good token, and since a bad one ended or until it begins."""


def tokens(
    issuer: str, audiences: Sequence[str], signer: Signer, forger: Signer, stranger: Signer, now: datetime
) -> dict[str, str | None]:
    """One of each of KINDS; None for none.

    :param signer: whose key is published.
    :param forger: another, whose key has the name (kid) of a published one.
    :param stranger: another, whose key is not published.
    """
    at = int(now.timestamp())
    good = {"iss": issuer, "sub": "caller", "aud": list(audiences), "iat": at, "nbf": at, "exp": at + LIFETIME}
    right = _encode(good, signer)
    return {
        "right": right,
        "none": None,
        "expired": _encode({**good, "exp": at - LONG_AGO, "nbf": at - 2 * LONG_AGO}, signer),
        "not yet valid": _encode({**good, "nbf": at + LONG_AGO, "exp": at + 2 * LONG_AGO}, signer),
        "wrong audience": _encode({**good, "aud": ["another-platform"]}, signer),
        "wrong issuer": _encode({**good, "iss": "https://issuer.invalid"}, signer),
        "alg none": f"{_message({'alg': 'none', 'kid': signer.kid}, good)}.",
        "forged": _encode(good, forger),
        "key confusion": _confused(good, signer),
        "altered": _altered(right, {**good, "sub": "somebody-else"}),
        "unknown key": _encode(good, stranger),
    }


def _encode(claims: Mapping[str, Any], signer: Signer) -> str:
    message = _message({"alg": ALGORITHM, "kid": signer.kid, "typ": "JWT"}, claims)
    return f"{message}.{_text(signer.sign(message.encode()))}"


def _confused(claims: Mapping[str, Any], signer: Signer) -> str:
    message = _message({"alg": "HS256", "kid": signer.kid}, claims)
    secret = json.dumps(dict(signer.jwk), sort_keys=True).encode()
    return f"{message}.{_text(hmac.new(secret, message.encode(), hashlib.sha256).digest())}"


def _altered(encoded: str, claims: Mapping[str, Any]) -> str:
    header, _was, signature = encoded.split(".")
    return f"{header}.{_part(claims)}.{signature}"


def _message(header: Mapping[str, Any], claims: Mapping[str, Any]) -> str:
    return f"{_part(header)}.{_part(claims)}"


def _part(value: Mapping[str, Any]) -> str:
    return _text(json.dumps(dict(value), separators=(",", ":")).encode())


def _text(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()
