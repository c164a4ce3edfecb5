# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Redis on ElastiCache: its replication groups, tokens of users who sign in by IAM, and connections that verify."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlencode

from ansible_collections.iworkz.platform.plugins.module_utils._aws.session import answered
from ansible_collections.iworkz.platform.plugins.module_utils._aws.tags import from_list
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.adapter import ReconcileError

LIBRARY: ImportError | None = None
try:
    import redis
    from redis.backoff import NoBackoff
    from redis.cluster import RedisCluster
    from redis.exceptions import RedisClusterException, RedisError
    from redis.retry import Retry
except ImportError as error:
    LIBRARY = error

if TYPE_CHECKING:
    Client = redis.Redis | RedisCluster

GONE = "ReplicationGroupNotFoundFault"
TOKEN_SECONDS = 900
"""The longest life that ElastiCache grants a token; a connection made with it may live for twelve hours."""


class Clients(Protocol):
    def client(self, service: str, region: str | None = None) -> Any: ...


def replication_groups(clients: Clients, owns: Callable[[Mapping[str, str]], bool]) -> list[dict[str, Any]]:
    """The replication groups whose tags ``owns`` accepts, as DescribeReplicationGroups tells them
    (ListTagsForResource of each)."""
    client = clients.client("elasticache")
    pages = client.get_paginator("describe_replication_groups").paginate()
    found = [group for page in pages for group in page["ReplicationGroups"]]
    return [group for group in found if owns(tags(client, group) or {})]


def replication_group(clients: Clients, name: str) -> dict[str, Any] | None:
    """The replication group of this name (DescribeReplicationGroups), None when there is none."""
    client = clients.client("elasticache")
    found = answered(client.describe_replication_groups, GONE, ReplicationGroupId=name)
    return dict(found["ReplicationGroups"][0]) if found else None


def iam_token(clients: Clients, group: Mapping[str, Any], user: str) -> str:
    """The password of a user who signs in by IAM, good for 15 minutes: a presigned ``connect`` request, made without a
    call (docs.aws.amazon.com/AmazonElastiCache/latest/dg/auth-iam.html). Its signer needs ``elasticache:Connect``.

    :param user: id of the user, which for such users is the name as well.
    """
    client = clients.client("elasticache")
    query = urlencode({"Action": "connect", "User": user})
    request = {
        "method": "GET",
        "url": f"https://{group['ReplicationGroupId'].lower()}/?{query}",
        "headers": {},
        "body": {},
        "context": {},
    }
    # The signer that generate_db_auth_token of RDS uses; ElastiCache has no such method.
    url: str = client._request_signer.generate_presigned_url(
        request, "connect", expires_in=TOKEN_SECONDS, region_name=client.meta.region_name, signing_name="elasticache"
    )
    return url.removeprefix("https://")


def tags(client: Any, group: Mapping[str, Any]) -> dict[str, str] | None:
    """The tags of a replication group, None when it has gone since it was described (ListTagsForResource)."""
    found = answered(client.list_tags_for_resource, GONE, ResourceName=group["ARN"])
    return from_list(found["TagList"]) if found else None


@dataclass(frozen=True)
class Endpoint:
    """Where clients connect: the primary, or the configuration endpoint of a cluster."""

    host: str
    port: int
    cluster: bool


def endpoint(group: Mapping[str, Any]) -> Endpoint:
    """
    :raises LookupError: for a group that is still being created.
    """
    found = group.get("ConfigurationEndpoint") or group["NodeGroups"][0]["PrimaryEndpoint"]
    return Endpoint(found["Address"], found["Port"], "ConfigurationEndpoint" in group)


def nodes(clients: Clients, group: Mapping[str, Any]) -> list[tuple[str, str, int]]:
    """Name, host and port of every node, in the order of their names (DescribeCacheClusters, where the group is a
    cluster: its description names no endpoints of nodes). None for a group that is still being created."""
    members = [member for shard in group.get("NodeGroups", ()) for member in shard.get("NodeGroupMembers", ())]
    found = {one["CacheClusterId"]: one["ReadEndpoint"] for one in members if "ReadEndpoint" in one}
    if len(found) < len(members):
        pages = clients.client("elasticache").get_paginator("describe_cache_clusters").paginate(ShowCacheNodeInfo=True)
        found |= {
            cluster["CacheClusterId"]: cluster["CacheNodes"][0]["Endpoint"]
            for page in pages
            for cluster in page["CacheClusters"]
            if cluster.get("ReplicationGroupId") == group["ReplicationGroupId"] and cluster.get("CacheNodes")
        }
    return [(name, place["Address"], place["Port"]) for name, place in sorted(found.items())]


def connect(
    group: Mapping[str, Any],
    user: str,
    password: str | Callable[[], str],
    *,
    ca_bundle: str | None = None,
    retry: bool = True,
    decode: bool = True,
    timeout: float = 10.0,
) -> Client:
    """A client of the group's primary (or of all primaries of a cluster) over TLS that verifies certificate and name.
    It connects when it is first used (that of a cluster at once).

    :param password: or what makes one, asked for each connection: a token doesn't outlive 15 minutes.
    :param retry: whether failed commands are tried again; off where every failure is to be seen at once.
    :param decode: whether answers are text.
    :param timeout: seconds for connecting and for each answer.
    :raises ReconcileError: when the Python library is missing.
    :raises redis.ConnectionError: when no node of a cluster answers.
    """
    if LIBRARY is not None:
        raise ReconcileError(f"the Python library redis is needed on the controller: {LIBRARY}")
    where = endpoint(group)
    options: dict[str, Any] = {
        "credential_provider": _Credentials(user, password),
        "ssl": True,
        "ssl_ca_certs": ca_bundle or None,
        "ssl_check_hostname": True,
        "ssl_min_version": ssl.TLSVersion.TLSv1_2,
        "socket_connect_timeout": timeout,
        "socket_timeout": timeout,
        "decode_responses": decode,
        "protocol": 2,
    }
    if not retry:
        options["retry"] = Retry(NoBackoff(), 0)
    if where.cluster:
        try:
            return RedisCluster(host=where.host, port=where.port, **options)
        except RedisClusterException as error:  # it is no RedisError
            raise redis.ConnectionError(str(error)) from error
    return redis.Redis(host=where.host, port=where.port, **options)


@contextmanager
def told() -> Iterator[None]:
    """Trouble on the way to Redis, as something a user can act on: a ReconcileError."""
    try:
        yield
    except RedisError as error:
        raise ReconcileError(f"Redis does not answer: {type(error).__name__}: {error}") from error


@dataclass(frozen=True)
class _Credentials:
    """What redis-py asks for user and password, once for each connection."""

    user: str
    password: str | Callable[[], str]

    def get_credentials(self) -> tuple[str, str]:
        return self.user, self.password if isinstance(self.password, str) else self.password()
