"""What the service identity would publish: the public halves of the keys that tokens are signed by, as a JWKS.

https://www.rfc-editor.org/rfc/rfc7517#section-5
"""

from __future__ import annotations

import json
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm
from moto.core import DEFAULT_ACCOUNT_ID
from moto.kms.models import kms_backends

ALGORITHM = "RS256"
NAMED = "-tokens-"
"""What the aliases of these keys have in them, and of no others."""


def key_set(region: str) -> dict[str, Any]:
    """The keys of KMS that can sign, each under its alias without `alias/`."""
    found = {
        alias.removeprefix("alias/"): key
        for key in kms_backends[DEFAULT_ACCOUNT_ID][region].keys.values()
        for alias in key.aliases
        if NAMED in alias and key.key_state == "Enabled"
    }
    return {"keys": [_published(name, found[name].private_key.public_key()) for name in sorted(found)]}


def _published(kid: str, der: bytes) -> dict[str, Any]:
    public = serialization.load_der_public_key(der)
    assert isinstance(public, rsa.RSAPublicKey), kid
    key = json.loads(RSAAlgorithm.to_jwk(public))
    return {"use": "sig", "kty": "RSA", "kid": kid, "alg": ALGORITHM, "n": key["n"], "e": key["e"]}
