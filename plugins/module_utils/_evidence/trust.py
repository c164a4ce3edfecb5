# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The public keys whose signatures count: ``trusted_keys.yml``, ``keys: [{id, person, public_key}]``."""

from __future__ import annotations

import base64
import binascii
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._yaml import YamlError, read_yaml

with suppress(ImportError):  # ansible-core needs cryptography on the controller, which is where signatures are verified
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


class TrustError(ValueError):
    """The file of trusted keys cannot be understood."""


@dataclass(frozen=True)
class TrustedKey:
    """An Ed25519 key (32 raw bytes) and the person who signs with it."""

    id: str
    person: str
    public_key: bytes

    def verifies(self, signature: bytes, data: bytes) -> bool:
        """Tell whether this key signed ``data``."""
        try:
            Ed25519PublicKey.from_public_bytes(self.public_key).verify(signature, data)
        except InvalidSignature:
            return False
        return True


def load_trusted_keys(path: Path) -> dict[str, TrustedKey]:
    """Return the keys by id; none where the file does not exist. Raises TrustError naming the entry."""
    if not path.exists():
        return {}
    try:
        document = read_yaml(path)
    except YamlError as error:
        raise TrustError(str(error)) from error
    entries = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(entries, list):
        raise TrustError(f"{path}: expected a list under keys")
    keys: dict[str, TrustedKey] = {}
    for entry in entries:
        key = _key(path, entry)
        if key.id in keys:
            raise TrustError(f"{path}: two keys are called {key.id}")
        keys[key.id] = key
    return keys


def _key(path: Path, entry: Any) -> TrustedKey:
    try:
        public = base64.b64decode(entry["public_key"], validate=True)
        if len(public) != 32:
            raise TrustError(f"{path}: key {entry['id']}: an Ed25519 public key has 32 bytes, this one {len(public)}")
        return TrustedKey(str(entry["id"]), str(entry["person"]), public)
    except (KeyError, TypeError, binascii.Error) as error:
        raise TrustError(f"{path}: key needs id, person and public_key in base64: {entry!r}: {error!r}") from error
