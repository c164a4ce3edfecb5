# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The key of one erasure, and by what the person is recognised until it is done: a secret that is then destroyed."""

from __future__ import annotations

import base64
import json
import os
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._privacy.identity import Person
from ansible_collections.iworkz.platform.plugins.module_utils._stores import secrets

KEY_BYTES = 32


class Shredder:
    """
    :param client: for secretsmanager.
    :param name: of the erasure's secret.
    """

    def __init__(self, client: Any, name: str) -> None:
        self._client = client
        self._name = name

    def begun(self, subject: str) -> tuple[bytes, Person] | None:
        """Key and person of an erasure that was interrupted (secretsmanager:GetSecretValue)."""
        found = secrets.read(self._client, self._name)
        if found is None:
            return None
        unique, names = json.loads(found["unique"]), json.loads(found["names"])
        return base64.b64decode(found["key"]), Person(subject, frozenset(unique), frozenset(names))

    def begin(self, person: Person) -> bytes:
        """A new key, kept with what the person is recognised by (secretsmanager:CreateSecret)."""
        key = os.urandom(KEY_BYTES)
        kept = {
            "key": base64.b64encode(key).decode(),
            "unique": json.dumps(sorted(person.unique)),
            "names": json.dumps(sorted(person.names)),
        }
        self._client.create_secret(Name=self._name, SecretString=json.dumps(kept))
        return key

    def destroy(self) -> bool:
        """Delete it for good (secretsmanager:DeleteSecret); tell that nobody can read it any more."""
        self._client.delete_secret(SecretId=self._name, ForceDeleteWithoutRecovery=True)
        return secrets.read(self._client, self._name) is None
