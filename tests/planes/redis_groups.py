"""Replication groups for the tests of Redis planes: made by the AWS API, reached by its endpoints."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from tests.planes.conftest import PlanesSandbox, wait_for

REGION = "ap-northeast-1"
PASSWORD = "correct horse battery"


@dataclass
class Group:
    sandbox: PlanesSandbox
    name: str

    @property
    def cache(self) -> Any:
        return self.sandbox.client("elasticache")

    def look(self) -> dict[str, Any]:
        (group,) = self.cache.describe_replication_groups(ReplicationGroupId=self.name)["ReplicationGroups"]
        return dict(group)

    def settled(self) -> dict[str, Any]:
        """The group once it is available; fails at once for servers that could not be changed."""

        def ready() -> dict[str, Any] | None:
            group = self.look()
            assert group["Status"] != "create-failed", self.plane()["error"]
            return group if group["Status"] == "available" else None

        return dict(wait_for(ready, 60, f"{self.name} becomes available"))

    def plane(self) -> dict[str, Any]:
        found = self.sandbox.planes.describe("redis", f"{REGION}/{self.name}")
        assert found is not None
        return found

    def node(self, member: str) -> dict[str, Any]:
        """The server of a member, found by its endpoint."""
        plane = self.plane()
        address = plane["endpoints"][member]["address"]
        return next(node for node in plane["nodes"] if node["address"] == address)

    def roles(self) -> dict[str, str]:
        return {m["CacheClusterId"]: m["CurrentRole"] for m in self.look()["NodeGroups"][0]["NodeGroupMembers"]}

    @property
    def primary(self) -> str:
        (found,) = [member for member, role in self.roles().items() if role == "primary"]
        return found

    def connect(self, user: str = "writer", password: str = PASSWORD, endpoint: str = "PrimaryEndpoint") -> redis.Redis:
        where = self.look()["NodeGroups"][0][endpoint]
        return self.connect_to(where, user, password)

    def connect_to(self, where: dict[str, Any], user: str, password: str) -> redis.Redis:
        return redis.Redis(
            host=where["Address"],
            port=where["Port"],
            username=user,
            password=password,
            ssl=True,
            ssl_ca_certs=self.sandbox.ca,
            ssl_check_hostname=True,
            socket_timeout=2,
            socket_connect_timeout=2,
            retry=Retry(NoBackoff(), 0),
            decode_responses=True,
        )


@dataclass
class Writer:
    """Writes a number every 10 ms through the primary endpoint, and keeps what was acknowledged and when."""

    group: Group
    acknowledged: list[tuple[float, int]] = field(default_factory=list)
    _stop: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> Writer:
        self._thread = threading.Thread(target=self._write)
        self._thread.start()
        wait_for(lambda: len(self.acknowledged) > 20, 10, "writes are acknowledged")
        return self

    def __exit__(self, *exception: object) -> None:
        self._stop.set()
        self._thread.join()

    @property
    def gap(self) -> float:
        """Longest time between two acknowledgements, in seconds."""
        times = [when for when, _ in self.acknowledged]
        return max(after - before for before, after in pairwise(times))

    def _write(self) -> None:
        client = self.group.connect()
        number = 0
        while not self._stop.is_set():
            number += 1
            try:
                client.set(f"canary:{number}", number)
            except (redis.RedisError, OSError):
                pass
            else:
                self.acknowledged.append((time.monotonic(), number))
            time.sleep(0.01)


def network(sandbox: PlanesSandbox, name: str) -> None:
    """A subnet group of this name, over three zones."""
    ec2 = sandbox.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.8.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.8.{i}.0/24", AvailabilityZone=f"ap-northeast-{zone}")["Subnet"]
        for i, zone in enumerate(("1a", "1c", "1d"))
    ]
    sandbox.client("elasticache").create_cache_subnet_group(
        CacheSubnetGroupName=name, CacheSubnetGroupDescription="d", SubnetIds=[s["SubnetId"] for s in subnets]
    )


def create(sandbox: PlanesSandbox, name: str, **changes: Any) -> Group:
    """Ask for a group of a primary and one replica that uses the subnet, parameter and user group `cache`.

    changes: parameters of CreateReplicationGroup; None leaves one out.
    """
    params = {
        "ReplicationGroupId": name,
        "ReplicationGroupDescription": "d",
        "Engine": "redis",
        "EngineVersion": "7.1",
        "CacheNodeType": "cache.t4g.small",
        "NumNodeGroups": 1,
        "ReplicasPerNodeGroup": 1,
        "AutomaticFailoverEnabled": True,
        "MultiAZEnabled": True,
        "CacheParameterGroupName": "cache",
        "CacheSubnetGroupName": "cache",
        "TransitEncryptionEnabled": True,
        "UserGroupIds": ["cache"],
        **changes,
    }
    given = {key: value for key, value in params.items() if value is not None}
    sandbox.client("elasticache").create_replication_group(**given)
    return Group(sandbox, name)
