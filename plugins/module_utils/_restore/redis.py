# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Redis on ElastiCache: the newest snapshot of each replication group, restored to a group of one node."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._aws.session import error_code
from ansible_collections.iworkz.platform.plugins.module_utils._aws.tags import TAG_APIS
from ansible_collections.iworkz.platform.plugins.module_utils._checks.finding import Breach
from ansible_collections.iworkz.platform.plugins.module_utils._drill.context import BUSY
from ansible_collections.iworkz.platform.plugins.module_utils._drill.waiting import StepFailed
from ansible_collections.iworkz.platform.plugins.module_utils._restore import networks, redis_keys
from ansible_collections.iworkz.platform.plugins.module_utils._restore.context import Context
from ansible_collections.iworkz.platform.plugins.module_utils._restore.copies import Copies, check_own
from ansible_collections.iworkz.platform.plugins.module_utils._restore.proof import Comparison, Point
from ansible_collections.iworkz.platform.plugins.module_utils._stores import redis

STORE = "redis"
KIND = "replication_group"
HOPELESS = ("create-failed", "failed")
PATTERN = re.compile(r"~(\S+)")


class Redis:
    """See proof.Store."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def points(self) -> list[Point]:
        return [
            self._newest(group) for group in redis.replication_groups(self._context.clients, self._context.site.owns)
        ]

    def prepare(self, point: Point) -> Point:
        return point

    def restore(self, point: Point, copies: Copies) -> Copy:
        """elasticache:CreateReplicationGroup from the snapshot: the source's node type, parameters and users."""
        client, name = self._context.client("elasticache"), copies.name
        source = self._described(point.source)
        (member,) = client.describe_cache_clusters(CacheClusterId=source["MemberClusters"][0])["CacheClusters"]
        subnets = member["CacheSubnetGroupName"]
        (network,) = client.describe_cache_subnet_groups(CacheSubnetGroupName=subnets)["CacheSubnetGroups"]
        port = redis.endpoint(source).port
        group = networks.make(copies, network["VpcId"], port)
        copies.making(KIND)
        client.create_replication_group(
            ReplicationGroupId=name,
            ReplicationGroupDescription="A restored copy, reached by its test only",
            SnapshotName=point.id,
            ReplicasPerNodeGroup=0,
            AutomaticFailoverEnabled=False,
            MultiAZEnabled=False,
            CacheNodeType=source["CacheNodeType"],
            Engine=member["Engine"],
            EngineVersion=member["EngineVersion"],
            CacheParameterGroupName=member["CacheParameterGroup"]["CacheParameterGroupName"],
            CacheSubnetGroupName=subnets,
            SecurityGroupIds=[group],
            Port=port,
            TransitEncryptionEnabled=True,
            AtRestEncryptionEnabled=bool(source.get("AtRestEncryptionEnabled")),
            UserGroupIds=source.get("UserGroupIds", []),
            SnapshotRetentionLimit=0,
            Tags=TAG_APIS["elasticache"].form(copies.tags),
            **({"KmsKeyId": source["KmsKeyId"]} if source.get("KmsKeyId") else {}),
        )
        self._context.wait(f"replication group {name}", lambda: self._available(name))
        copy = Copy(self._context, point, source, self._described(name))
        self._context.wait(f"an answer of {name}", copy.answers, _not_yet)
        return copy

    def _newest(self, group: Mapping[str, Any]) -> Point:
        """elasticache:DescribeSnapshots; one that is being taken is waited for."""
        name = group["ReplicationGroupId"]
        pages = self._context.client("elasticache").get_paginator("describe_snapshots")

        def settled() -> list[list[dict[str, Any]]] | None:
            found = [one for page in pages.paginate(ReplicationGroupId=name) for one in page["Snapshots"]]
            if any(one["SnapshotStatus"] == "creating" for one in found):
                return None
            return [[one for one in found if one["SnapshotStatus"] == "available"]]

        (found,) = self._context.wait(f"snapshots of {name}", settled)
        if not found:
            problem = Breach("restore.no_point", {"store": STORE, "source": name, "kind": "snapshot"})
            return Point(STORE, "snapshot", name, "-", "-", self._context.clock.now(), problem=problem)
        newest = max(found, key=_taken)
        kind = newest["SnapshotSource"]
        return Point(STORE, "snapshot", name, newest["SnapshotName"], kind, _taken(newest))

    def _described(self, name: str) -> dict[str, Any]:
        found = redis.replication_group(self._context.clients, name)
        if found is None:
            raise StepFailed(f"there is no replication group {name}")
        return found

    def _available(self, name: str) -> bool:
        status = self._described(name)["Status"]
        if status in HOPELESS:
            raise StepFailed(f"{name} is {status}")
        return bool(status == "available")


@dataclass(frozen=True)
class Copy:
    """See proof.Restored. It has the users of the source, who sign in by IAM there as here.

    :param source: and ``copy``: groups as DescribeReplicationGroups tells them.
    """

    context: Context
    point: Point
    source: Mapping[str, Any]
    copy: Mapping[str, Any]

    def answers(self) -> bool:
        user, _patterns = self._users()[0]
        return bool(self._client(self.copy, user).ping())

    def compare(self) -> Comparison:
        found = Comparison(unproven=["restore.unproven_keys"])
        reasons = []
        for user, patterns in self._users():
            source, copy = self._client(_replicas(self.source), user), self._client(self.copy, user)
            for pattern in patterns:
                pair = redis_keys.Pair(source, copy, pattern, self._age)
                unit = pair.compare()
                found.units.append(unit)
                if unit.differences:
                    reasons.append(Breach("restore.rows_differ", {"table": pattern, "rows": unit.differences}))
        if not any(unit.copy for unit in found.units) and any(unit.source for unit in found.units):
            reasons.append(Breach("restore.nothing_restored", {"source": self.point.source}))
        found.judge("restore.proven_keys", reasons)
        return found

    def _age(self) -> float:
        return (self.context.clock.now() - self.point.at).total_seconds()

    def _users(self) -> list[tuple[str, list[str]]]:
        """Who may sign in by IAM, with the patterns of their keys (elasticache:DescribeUserGroups, DescribeUsers)."""
        client = self.context.client("elasticache")
        groups = [
            group
            for identifier in self.source.get("UserGroupIds", [])
            for group in client.describe_user_groups(UserGroupId=identifier)["UserGroups"]
        ]
        wanted = sorted({user for group in groups for user in group["UserIds"]})
        users = [client.describe_users(UserId=user)["Users"][0] for user in wanted]
        found = [
            (user["UserId"], PATTERN.findall(user["AccessString"]))
            for user in users
            if user["Authentication"]["Type"] == "iam" and user["AccessString"].split()[0] == "on"
        ]
        if not found:
            raise StepFailed(f"{self.point.source} has no user who signs in by IAM, so that its keys cannot be read")
        return found

    def _client(self, group: Mapping[str, Any], user: str) -> Any:
        return redis.connect(
            group,
            user,
            lambda: redis.iam_token(self.context.clients, group, user),
            ca_bundle=self.context.site.ca_bundle,
            decode=False,
        )


def destroy(context: Context, identifier: str, what: Mapping[str, Any]) -> None:
    """See copies.Destroy (elasticache:DeleteReplicationGroup, without a final snapshot)."""
    name, client = what["name"], context.client("elasticache")

    def gone() -> bool:
        found = redis.replication_group(context.clients, name)
        tags = redis.tags(client, found) if found else None
        if not found or tags is None:
            return True
        check_own(f"replication group {name}", tags, identifier)
        if found["Status"] != "deleting":
            client.delete_replication_group(ReplicationGroupId=name)
        return False

    context.wait(f"end of replication group {name}", gone, lambda error: error_code(error) in BUSY)


def _replicas(group: Mapping[str, Any]) -> Mapping[str, Any]:
    """The group as if its reader endpoint were the primary one: reading there leaves the primary in peace."""
    nodes = [
        {**node, "PrimaryEndpoint": node.get("ReaderEndpoint") or node["PrimaryEndpoint"]}
        for node in group["NodeGroups"]
        if "PrimaryEndpoint" in node
    ]
    return {**group, "NodeGroups": nodes}


def _not_yet(error: Exception) -> bool:
    return isinstance(error, redis.RedisError)


def _taken(snapshot: Mapping[str, Any]) -> Any:
    return min(node["SnapshotCreateTime"] for node in snapshot["NodeSnapshots"])
