# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Keys of tokens: the published halves as a JWKS, and who signs.

https://www.rfc-editor.org/rfc/rfc7517
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

with suppress(ImportError):  # what runs on the controller has them; modules elsewhere import no keys
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa
    from jwt.algorithms import RSAAlgorithm

ALGORITHM = "RS256"
KEY_BITS = 2048

Sign = Callable[[bytes], bytes]


@dataclass(frozen=True)
class Signer:
    """Who signs: the identifier of the key, its published half, and the signature (RS256) of a message."""

    kid: str
    jwk: Mapping[str, Any] = field(repr=False)
    sign: Sign = field(repr=False)


def published(kid: str, der: bytes) -> dict[str, Any]:
    """The JWK of a public key in DER, as KMS gives it (SubjectPublicKeyInfo)."""
    return _jwk(kid, serialization.load_der_public_key(der))


def throwaway(kid: str) -> Signer:
    """A signer that nobody else knows."""
    private = rsa.generate_private_key(public_exponent=65537, key_size=KEY_BITS)
    algorithm = RSAAlgorithm(RSAAlgorithm.SHA256)
    return Signer(kid, _jwk(kid, private.public_key()), lambda message: bytes(algorithm.sign(message, private)))


def _jwk(kid: str, public: Any) -> dict[str, Any]:
    return {**json.loads(RSAAlgorithm.to_jwk(public)), "kid": kid, "alg": ALGORITHM, "use": "sig"}
