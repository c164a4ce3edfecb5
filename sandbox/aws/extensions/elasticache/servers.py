"""The real servers behind replication groups: one data plane of kind `redis` for each.

Without data planes (`call.planes` is None) groups are only described. Cluster mode needs Redis Cluster, which the
planes don't have.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from sandbox.aws.call import AwsError, Call, UnsupportedError
from sandbox.aws.extensions.elasticache.catalogue import values_of
from sandbox.planes.client import PlaneBusy, Planes

KIND = "redis"
DEFAULT = "default"
EVERYTHING = "on ~* &* +@all"


def digest(password: str) -> str:
    """What is kept of a password or token: Redis's own form, SHA-256 in hexadecimal."""
    return hashlib.sha256(password.encode()).hexdigest()


def key_of(call: Call, group: str) -> str:
    return f"{call.region}/{group}"


def snapshot_key(call: Call, snapshot: str) -> str:
    return f"{call.region}/snapshot/{snapshot}"


def create(call: Call, record: dict[str, Any]) -> None:
    """Start a group's servers."""
    if call.planes is None:
        return
    if values_of(call, record["CacheParameterGroupName"])["cluster-enabled"] == "yes":
        raise UnsupportedError("real servers with cluster mode on; use one shard, or a sandbox without data planes")
    snapshot = record.get("SnapshotName")
    spec = {
        "port": record["Port"],
        "tls": record["TransitEncryptionEnabled"],
        "failover": record["AutomaticFailoverEnabled"],
        "members": members(record),
        "snapshot": snapshot_key(call, snapshot) if snapshot else None,
        **_access(call, record),
    }
    try:
        call.planes.create(KIND, key_of(call, record["ReplicationGroupId"]), spec)
    except PlaneBusy as error:
        raise AwsError("ReplicationGroupAlreadyExists", str(error)) from error


def act(call: Call, record: dict[str, Any], action: str, **params: Any) -> None:
    """Start an action on a group's servers; InvalidReplicationGroupState while another one runs."""
    if call.planes is None:
        return
    name = record["ReplicationGroupId"]
    try:
        call.planes.act(KIND, key_of(call, name), action, **params)
    except PlaneBusy as error:
        raise AwsError(
            "InvalidReplicationGroupState", f"Replication group {name} is not in available state."
        ) from error


def delete(call: Call, group: str) -> None:
    if call.planes:
        call.planes.delete(KIND, key_of(call, group))


def configure(call: Call, concerned: Callable[[dict[str, Any]], bool]) -> list[str]:
    """Give the groups that are concerned the users and parameters they are to have now; their keys."""
    if call.planes is None:
        return []
    keys = []
    for name, record in call.store("elasticache.groups").items():
        if concerned(record) and call.state("elasticache.group", name, "") != "deleting":
            keys.append(key_of(call, name))
            call.planes.ask(KIND, keys[-1], "configure", **_access(call, record))
    return keys


def settled(call: Call, key: str) -> Callable[[], bool] | None:
    """For `call.begin(until=..)`: whether nothing is being done to a group's or snapshot's servers."""
    return partial(call.planes.settled, KIND, key) if call.planes else None


def in_force(call: Call, keys: Iterable[str]) -> Callable[[], bool] | None:
    """For `call.begin(until=..)`: whether groups are at rest, with the users and parameters asked for."""
    return partial(_in_force, call.planes, tuple(keys)) if call.planes else None


def describe(call: Call, record: dict[str, Any]) -> dict[str, Any] | None:
    """What the daemon tells of a group, after the record has taken the roles of the moment over; None without one."""
    if call.planes is None:
        return None
    found = call.planes.describe(KIND, key_of(call, record["ReplicationGroupId"]))
    if found is not None:
        ids = [member["id"] for member in members(record)]
        if found["facts"].get("primary") in ids:
            record["shards"][0]["primary"] = ids.index(found["facts"]["primary"])
    return found


def members(record: dict[str, Any]) -> list[dict[str, str]]:
    """The members of the only shard."""
    return list(record["shards"][0]["nodes"])


def _in_force(planes: Planes, keys: tuple[str, ...]) -> bool:
    found = planes.describe_all(KIND, *keys) if keys else {}
    return all(
        plane["state"] == "failed" or (plane["state"] == "available" and plane["facts"].get("in_force"))
        for plane in found.values()
    )


def _access(call: Call, record: dict[str, Any]) -> dict[str, Any]:
    """Users and parameters of a group, as the plane takes them."""
    known, groups = call.store("elasticache.users"), call.store("elasticache.user_groups")
    secrets = call.store("elasticache.user_secrets")
    users = {
        known[name]["UserName"]: {"access": known[name]["AccessString"], "passwords": secrets.get(name, [])}
        for group in record["UserGroupIds"]
        for name in groups[group]["UserIds"]
    }
    token = [record["AuthToken"]] if record.get("AuthToken") else []
    users = users or {DEFAULT: {"access": EVERYTHING, "passwords": token}}
    return {
        "users": [{"name": name, **user} for name, user in users.items()],
        "parameters": values_of(call, record["CacheParameterGroupName"]),
    }
