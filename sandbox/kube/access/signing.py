"""Signed tokens: the cluster's key, its public half for OpenID Connect, and what makes a token valid."""

from __future__ import annotations

import base64
import hashlib
import json
import os
from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

ALGORITHM = "RS256"
CLAIMS = ("aud", "exp", "iat", "iss", "nbf", "sub")


class Signer:
    """Signs with a key kept in `<data>/service-account.key`, as `issuer`."""

    def __init__(self, data: Path, issuer: str) -> None:
        self.issuer = issuer
        self._key = _key(data / "service-account.key")
        public = self._key.public_key()
        der = public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
        self._id = base64.urlsafe_b64encode(hashlib.sha256(der).digest()).rstrip(b"=").decode()
        self._public = public

    def sign(self, claims: dict[str, Any]) -> str:
        return jwt.encode({**claims, "iss": self.issuer}, self._key, ALGORITHM, headers={"kid": self._id})

    def verify(self, token: str, audiences: tuple[str, ...]) -> dict[str, Any]:
        """The claims of a token that is signed, in time and for one of the audiences; else `jwt.InvalidTokenError`."""
        claims: dict[str, Any] = jwt.decode(
            token, self._public, [ALGORITHM], {"require": list(CLAIMS)}, audience=audiences, issuer=self.issuer
        )
        return claims

    def keys(self) -> dict[str, Any]:
        """The JSON Web Key Set."""
        key = json.loads(RSAAlgorithm.to_jwk(self._public))
        return {"keys": [{"use": "sig", "kty": "RSA", "kid": self._id, "alg": ALGORITHM, "n": key["n"], "e": key["e"]}]}

    def discovery(self, keys_url: str) -> dict[str, Any]:
        """The OpenID provider's configuration."""
        return {
            "issuer": self.issuer,
            "jwks_uri": keys_url,
            "response_types_supported": ["id_token"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": [ALGORITHM],
        }


def secret_file(path: Path, content: bytes) -> bytes:
    """What a file for the owner's eyes only holds; made with `content` when it is missing."""
    if not path.exists():
        temporary = path.with_name(path.name + ".new")
        temporary.unlink(missing_ok=True)
        with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(content)
        os.replace(temporary, path)
    return path.read_bytes()


def _key(path: Path) -> rsa.RSAPrivateKey:
    if not path.exists():
        made = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        secret_file(
            path,
            made.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            ),
        )
    loaded = serialization.load_pem_private_key(path.read_bytes(), None)
    assert isinstance(loaded, rsa.RSAPrivateKey)
    return loaded
