"""What is kept of EKS: clusters with what belongs to them, in the shapes that the API describes them by."""

from __future__ import annotations

import secrets
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sandbox.aws.call import AwsError, Call

Item = dict[str, Any]

CLUSTER = "eks.cluster"
NODEGROUP = "eks.nodegroup"
ADDON = "eks.addon"


@dataclass
class Cluster:
    """`status`, and what the data plane tells, are added when it is described."""

    description: Item
    """What DescribeCluster answers."""
    token: str
    """The client's request token of its creation."""
    wanted: Item
    """What its data plane is to have; see servers.py. Changes at once, descriptions when it is so."""
    nodegroups: dict[str, Item] = field(default_factory=dict)
    addons: dict[str, Item] = field(default_factory=dict)
    entries: dict[str, Item] = field(default_factory=dict)
    """Access entries by principal; their policies are under `policies`, by ARN."""
    associations: dict[str, Item] = field(default_factory=dict)
    """Pod identity associations by id."""
    updates: dict[str, Item] = field(default_factory=dict)
    """{id: {"of": (kind, name), "update": what DescribeUpdate answers}}."""

    @property
    def name(self) -> str:
        return str(self.description["name"])

    @property
    def version(self) -> str:
        return str(self.description["version"])


def clusters(call: Call) -> dict[str, Cluster]:
    """Those of the call's account and region, by name."""
    return call.store("eks.clusters")


def find(call: Call, name: str) -> Cluster:
    found = clusters(call).get(name)
    if found is None:
        raise AwsError("ResourceNotFoundException", f"No cluster found for name: {name}.", clusterName=name)
    return found


def find_nodegroup(call: Call, cluster: Cluster, name: str) -> Item:
    found = cluster.nodegroups.get(name)
    if found is None:
        message = f"No node group found for name: {name}."
        raise AwsError("ResourceNotFoundException", message, clusterName=cluster.name, nodegroupName=name)
    return found


def find_addon(call: Call, cluster: Cluster, name: str) -> Item:
    found = cluster.addons.get(name)
    if found is None:
        message = f"No addon: {name} found in cluster: {cluster.name}"
        raise AwsError("ResourceNotFoundException", message, clusterName=cluster.name, addonName=name)
    return found


def arn(call: Call, kind: str, *parts: str) -> str:
    return f"arn:aws:eks:{call.region}:{call.account}:{kind}/{'/'.join(parts)}"


def now() -> datetime:
    return datetime.now(UTC)


def new_id() -> str:
    return str(uuid.uuid4())


def new_association_id() -> str:
    return "a-" + secrets.token_hex(9)[:17]


def invalid(message: str, **members: Any) -> AwsError:
    return AwsError("InvalidParameterException", message, **members)


def page(call: Call, items: list[Any], default: int = 100) -> tuple[list[Any], Item]:
    """(the items of the page asked for, {"nextToken"} when there are more)."""
    size = call.params.get("maxResults") or default
    if not 1 <= size <= 100:
        raise invalid("maxResults must be between 1 and 100")
    try:
        start = int(call.params.get("nextToken") or 0)
    except ValueError as error:
        raise invalid("The pagination token is invalid") from error
    rest = {"nextToken": str(start + size)} if start + size < len(items) else {}
    return items[start : start + size], rest


def check_tags(tags: dict[str, str]) -> None:
    """https://docs.aws.amazon.com/eks/latest/userguide/eks-using-tags.html#tag-restrictions"""
    if len(tags) > 50:
        raise invalid("A resource can have at most 50 tags")
    for key in tags:
        if key.lower().startswith("aws:"):
            raise invalid("Tag keys can't start with aws:")
