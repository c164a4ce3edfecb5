# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Who may do what on a broker: vhosts, their limits, users with their permissions."""

from __future__ import annotations

import base64
import hashlib
import hmac
import operator
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.plan import Equal, State
from ansible_collections.iworkz.platform.plugins.module_utils._stores import secret_batches, secrets
from ansible_collections.iworkz.platform.plugins.module_utils._stores.rabbitmq_resource import (
    Management,
    RabbitResource,
)

ALL = {"configure": ".*", "write": ".*", "read": ".*"}
SALT_BYTES = 4
DIGESTS = {"rabbit_password_hashing_sha256": "sha256", "rabbit_password_hashing_sha512": "sha512"}
NOT_IN_FORCE = "(another password)"


def in_force(password: str, user: Mapping[str, Any]) -> bool:
    """Whether this is the user's password, by the salted hash that the broker keeps.

    https://www.rabbitmq.com/docs/passwords#computing-password-hash
    """
    digest = DIGESTS.get(user.get("hashing_algorithm", ""))
    if not digest or not user.get("password_hash"):
        return False
    kept = base64.b64decode(user["password_hash"])
    salt, known = kept[:SALT_BYTES], kept[SALT_BYTES:]
    return hmac.compare_digest(hashlib.new(digest, salt + password.encode()).digest(), known)


class Vhost(RabbitResource):
    """GET and PUT /api/vhosts. Who declares into a vhost needs permissions in it, so the administrator has them."""

    kind = "vhost"
    option = "vhosts"
    depends_on = ()

    def key_of(self, item: dict[str, Any]) -> str | None:
        return item.get("name")

    def prepare(self, item: dict[str, Any], strict: bool) -> State:
        return {**super().prepare(item, strict), "administered": True}

    def states(self) -> Iterator[State]:
        if self.management.absent:
            return
        administered = {
            permission["vhost"]
            for permission in self.management.definitions("permissions")
            if permission["user"] == self.api.username and ALL.items() <= permission.items()
        }
        for vhost in self.api.get("vhosts", query="columns=name,cluster_state"):
            running = all(state == "running" for state in vhost.get("cluster_state", {}).values())
            yield {"name": vhost["name"], "administered": vhost["name"] in administered, "_running": running}

    def create(self, key: str, desired: State) -> None:
        self.api.put("vhosts", key, body={})
        self.api.put("permissions", key, self.api.username, body=ALL)

    def update(self, key: str, desired: State, current: State, fields: tuple[str, ...]) -> None:
        self.api.put("permissions", key, self.api.username, body=ALL)

    def ready(self, state: State) -> bool:
        return bool(state["_running"])

    def owns(self, state: State) -> bool:
        return False


class Limit(RabbitResource):
    """GET and PUT /api/vhost-limits: ``max_connections`` and ``max_queues`` of a vhost."""

    kind = "limit"
    option = "limits"
    names: ClassVar[Mapping[str, str]] = {"max_connections": "max-connections", "max_queues": "max-queues"}

    def key_of(self, item: dict[str, Any]) -> str | None:
        return item.get("vhost")

    def states(self) -> Iterator[State]:
        if self.management.absent:
            return
        for limit in self.api.get("vhost-limits"):
            values = {ours: limit["value"][theirs] for ours, theirs in self.names.items() if theirs in limit["value"]}
            yield {"vhost": limit["vhost"], **values}

    def create(self, key: str, desired: State) -> None:
        self.update(key, desired, {}, tuple(name for name in self.names if name in desired))

    def update(self, key: str, desired: State, current: State, fields: tuple[str, ...]) -> None:
        for name in fields:
            self.api.put("vhost-limits", key, self.names[name], body={"value": desired[name]})

    def delete(self, key: str, current: State) -> None:
        for name in self.names.keys() & current.keys():
            self.api.delete("vhost-limits", key, self.names[name])


@dataclass(frozen=True)
class Keeper:
    """Secrets Manager, and how secrets that have to be made are tagged and encrypted."""

    client: Any
    tags: Mapping[str, str]
    kms_key: str | None


class User(RabbitResource):
    """GET /api/definitions; PUT /api/users and /api/permissions.

    The password is in the secret ``secret``, which is made when there is none; it counts as declared when the broker's
    hash is that of the password. Permissions are the whole of a user's permissions, in any vhost.
    """

    kind = "user"
    option = "users"

    def __init__(self, management: Management, keeper: Keeper, declared: Mapping[str, str]) -> None:
        """:param declared: name of the secret by user."""
        super().__init__(management)
        self.keeper = keeper
        self.declared = declared

    @property
    def equal(self) -> dict[str, Equal]:
        return {"permissions": operator.eq}

    def key_of(self, item: dict[str, Any]) -> str | None:
        return item.get("name")

    def prepare(self, item: dict[str, Any], strict: bool) -> State:
        desired = super().prepare(item, strict)
        if "tags" in desired:
            desired["tags"] = sorted(desired["tags"])
        return desired

    def read(self, keys: Collection[str] | None) -> dict[str, State]:
        users = [u for u in self.management.definitions("users") if keys is None or u["name"] in keys]
        permissions = self.management.definitions("permissions")
        wanted = [self.declared[user["name"]] for user in users if user["name"] in self.declared]
        kept = secret_batches.read(self.keeper.client, wanted)
        return {user["name"]: self._state(user, permissions, kept) for user in users}

    def create(self, key: str, desired: State) -> None:
        self._put(key, desired)
        self._permit(key, desired.get("permissions", {}), {})

    def update(self, key: str, desired: State, current: State, fields: tuple[str, ...]) -> None:
        if {"secret", "tags"} & set(fields):
            self._put(key, {"tags": current["tags"], **desired})
        if "permissions" in fields:
            self._permit(key, desired["permissions"], current["permissions"])

    def owns(self, state: State) -> bool:
        return False

    def _put(self, key: str, desired: State) -> None:
        keeper = self.keeper
        secret = secrets.ensure(
            keeper.client,
            desired["secret"],
            lambda password: {"username": key, "password": password},
            keeper.tags,
            keeper.kms_key,
        )
        self.api.put("users", key, body={"password": secret["password"], "tags": ",".join(desired.get("tags", []))})

    def _permit(self, key: str, desired: Mapping[str, Any], current: Mapping[str, Any]) -> None:
        for vhost in current.keys() - desired.keys():
            self.api.delete("permissions", vhost, key)
        for vhost, permissions in desired.items():
            if permissions != current.get(vhost):
                self.api.put("permissions", vhost, key, body=permissions)

    def _state(
        self, user: Mapping[str, Any], permissions: list[dict[str, Any]], kept: Mapping[str, dict[str, str]]
    ) -> State:
        name, tags = user["name"], user["tags"]
        secret = kept.get(self.declared.get(name, ""))
        valid = secret is not None and secret.get("username") == name and in_force(secret["password"], user)
        return {
            "name": name,
            "secret": self.declared[name] if valid else NOT_IN_FORCE,
            # A list since 3.9, a text with commas before.
            "tags": sorted(tags if isinstance(tags, list) else filter(None, tags.split(","))),
            "permissions": {
                one["vhost"]: {right: one[right] for right in ALL} for one in permissions if one["user"] == name
            },
        }
