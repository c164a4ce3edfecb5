# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Detached signatures: made by a key of AWS KMS or in a file, verified offline by public keys."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol

from ansible_collections.iworkz.platform.plugins.module_utils._evidence.canonical import sha256

with suppress(ImportError):  # ansible-core needs cryptography
    from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519

ECDSA, ED25519 = "ECDSA_SHA_256", "ED25519"
# What kms:Sign takes as it is; it is hashed there, so that nobody can have a hash of something else signed.
MESSAGE_BYTES = 4096


class SignatureError(ValueError):
    """A signature is wrong, of a key that isn't trusted, or cannot be made."""


class Signer(Protocol):
    """A private key."""

    @property
    def public_key(self) -> bytes:
        """The public key, DER (SubjectPublicKeyInfo)."""

    def sign(self, data: bytes) -> bytes:
        """The signature of at most 4096 bytes."""


class KmsKey:
    """An asymmetric key of AWS KMS: ECC_NIST_P256, for SIGN_VERIFY.

    :param client: for kms; ``key`` an id, ARN or alias.
    """

    def __init__(self, client: Any, key: str) -> None:
        self._client = client
        self._key = key

    @property
    def public_key(self) -> bytes:
        """kms:GetPublicKey."""
        return bytes(self._client.get_public_key(KeyId=self._key)["PublicKey"])

    def sign(self, data: bytes) -> bytes:
        """kms:Sign."""
        if len(data) > MESSAGE_BYTES:
            raise SignatureError(f"{len(data)} bytes are more than KMS signs ({MESSAGE_BYTES})")
        answer = self._client.sign(KeyId=self._key, Message=data, MessageType="RAW", SigningAlgorithm=ECDSA)
        return bytes(answer["Signature"])


class FileKey:
    """A private key in a PEM file: Ed25519, or ECDSA on P-256. Raises SignatureError for any other."""

    def __init__(self, path: Path, password: bytes | None = None) -> None:
        try:
            key = serialization.load_pem_private_key(path.read_bytes(), password)
        except (OSError, ValueError, TypeError, UnsupportedAlgorithm) as error:
            raise SignatureError(f"{path}: is no private key that can be read: {error}") from error
        _algorithm(key.public_key(), str(path))
        self._private: Any = key

    @property
    def public_key(self) -> bytes:
        """The public key, DER (SubjectPublicKeyInfo)."""
        der: bytes = self._private.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        return der

    def sign(self, data: bytes) -> bytes:
        """The signature of any data."""
        if isinstance(self._private, ed25519.Ed25519PrivateKey):
            return self._private.sign(data)
        signature: bytes = self._private.sign(data, ec.ECDSA(hashes.SHA256()))
        return signature


def fingerprint(public_key: bytes) -> str:
    """The name of a public key, PEM or DER: the SHA-256 of its DER. Raises SignatureError for no such key."""
    return sha256(
        _load(public_key).public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    )


def sign(signer: Signer, data: bytes) -> dict[str, str]:
    """Return ``{algorithm, key, signature}``: the key by its fingerprint, the signature in base64.

    Raises SignatureError when the signature does not verify, as when a key was replaced meanwhile.
    """
    public = signer.public_key
    document = {
        "algorithm": _algorithm(_load(public), "the signer's key"),
        "key": fingerprint(public),
        "signature": base64.b64encode(signer.sign(data)).decode(),
    }
    verify(document, data, [public])
    return document


def verify(document: Mapping[str, Any], data: bytes, trusted: Iterable[bytes]) -> str:
    """Return the fingerprint of the key that signed the data.

    :param trusted: public keys, PEM or DER.

    Raises SignatureError when the key is none of these, or the signature isn't of this data.
    """
    keys = {fingerprint(each): each for each in trusted}
    try:
        name, algorithm = str(document["key"]), str(document["algorithm"])
        signature = base64.b64decode(document["signature"], validate=True)
    except (KeyError, TypeError, binascii.Error) as error:
        raise SignatureError(f"a signature needs algorithm, key and signature in base64: {error!r}") from error
    if name not in keys:
        known = ", ".join(sorted(key[:16] for key in keys)) or "none"
        raise SignatureError(f"signed with key {name[:16]}, which is not trusted (trusted: {known})")
    public = _load(keys[name])
    if _algorithm(public, "the trusted key") != algorithm:
        raise SignatureError(f"the signature says {algorithm}, which is not what key {name[:16]} is for")
    try:
        if algorithm == ED25519:
            public.verify(signature, data)
        else:
            public.verify(signature, data, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature as error:
        raise SignatureError(f"the signature is not of this content (key {name[:16]})") from error
    return name


def _load(public_key: bytes) -> Any:
    loads = serialization.load_pem_public_key, serialization.load_der_public_key
    try:
        return loads[not public_key.lstrip().startswith(b"-----")](public_key)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise SignatureError(f"is no public key, PEM or DER: {error}") from error


def _algorithm(public: Any, what: str) -> str:
    if isinstance(public, ed25519.Ed25519PublicKey):
        return ED25519
    if isinstance(public, ec.EllipticCurvePublicKey) and isinstance(public.curve, ec.SECP256R1):
        return ECDSA
    raise SignatureError(f"{what}: must be Ed25519, or ECDSA on P-256 (ECC_NIST_P256)")
