# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Secrets of the database's and the pooler's users: ``username``, ``password`` and the ``verifier`` made from it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, ClassVar

from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.adapter import ReconcileError
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.plan import State
from ansible_collections.iworkz.platform.plugins.module_utils._stores import postgres_scram, secret_batches, secrets
from ansible_collections.iworkz.platform.plugins.module_utils._stores.resource import StoreResource


class Keeper:
    """Where the users' secrets are kept.

    :param kms_key: key of secrets that are made, or nothing for the account's default one.
    """

    def __init__(self, clients: Any, tags: Mapping[str, str], kms_key: str | None) -> None:
        self._client = clients.client("secretsmanager")
        self._tags = tags
        self._kms_key = kms_key

    def read(self, names: Collection[str]) -> dict[str, dict[str, str]]:
        """The secrets there are, by name. Raises ReconcileError for one that does not hold what it must."""
        found = secret_batches.read(self._client, names)
        for name, secret in found.items():
            _validate(name, secret)
        return found

    def ensure(self, name: str, username: str) -> dict[str, str]:
        """The secret of this name, made when there is none."""
        made = secrets.ensure(
            self._client,
            name,
            lambda password: {
                "username": username,
                "password": password,
                "verifier": postgres_scram.verifier(password),
            },
            self._tags,
            self._kms_key,
        )
        _validate(name, made)
        return made


def _validate(name: str, secret: Mapping[str, str]) -> None:
    if not {"username", "password", "verifier"} <= secret.keys():
        raise ReconcileError(f"secret {name} lacks username, password or verifier: delete it, and it is made anew")
    if not postgres_scram.matches(secret["password"], secret["verifier"]):
        raise ReconcileError(f"verifier and password of secret {name} differ: delete it, and it is made anew")


class Secrets(StoreResource):
    """Users that no database knows, such as those of the pooler's console: nothing but a secret."""

    kind: ClassVar[str] = "secret"
    option: ClassVar[str] = "secrets"

    def __init__(self, keeper: Keeper, declared: Collection[Mapping[str, Any]]) -> None:
        self._keeper = keeper
        self._names = {item["name"] for item in declared}

    def read(self, keys: Collection[str] | None) -> dict[str, State]:
        found = self._keeper.read(self._names if keys is None else keys)
        return {name: {"name": name, "username": secret["username"]} for name, secret in found.items()}

    def create(self, key: str, desired: State) -> None:
        self._keeper.ensure(key, desired["username"])

    def update(self, key: str, desired: State, current: State, fields: tuple[str, ...]) -> None:
        raise ReconcileError(f"secret {key} is of user {current['username']}: delete it, and it is made anew")
