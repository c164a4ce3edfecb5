"""Tags: moto refuses the ARNs of some resource types, and tells those of groups that are being changed."""

from __future__ import annotations

from typing import Any

from sandbox.aws.call import AwsError, Call
from sandbox.aws.extensions import operation

GROUP = "elasticache.group"


def arn(call: Call, kind: str, name: str) -> str:
    return f"arn:aws:elasticache:{call.region}:{call.account}:{kind}:{name}"


def tag(call: Call, resource: str, tags: list[dict[str, str]]) -> None:
    call.backend().tagging_service.tag_resource(resource, tags)


def forget(call: Call, resource: str) -> None:
    call.backend().tagging_service.delete_all_tags_for_resource(resource)


# "If the cluster is not in the available state, ListTagsForResource returns an error."
# https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_ListTagsForResource.html
@operation("elasticache", "ListTagsForResource")
def list_tags(call: Call) -> dict[str, Any]:
    return {"TagList": _tags(call)}


# https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_AddTagsToResource.html
@operation("elasticache", "AddTagsToResource")
def add(call: Call) -> dict[str, Any]:
    _tags(call)
    tag(call, call.params["ResourceName"], call.params["Tags"])
    return {"TagList": _tags(call)}


# https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_RemoveTagsFromResource.html
@operation("elasticache", "RemoveTagsFromResource")
def remove(call: Call) -> dict[str, Any]:
    _tags(call)
    call.backend().tagging_service.untag_resource_using_names(call.params["ResourceName"], call.params["TagKeys"])
    return {"TagList": _tags(call)}


def _tags(call: Call) -> list[dict[str, str]]:
    resource = call.params["ResourceName"]
    kind, _, name = resource.split(":", 5)[-1].partition(":")
    if kind == "replicationgroup":
        if name not in call.store("elasticache.groups"):
            raise AwsError("ReplicationGroupNotFoundFault", f"ReplicationGroup {name} not found.")
        if call.state(GROUP, name, "available") != "available":
            raise AwsError("InvalidReplicationGroupState", f"Replication group {name} is not in available state.")
    tags: list[dict[str, str]] = call.backend().tagging_service.list_tags_for_resource(resource)["Tags"]
    return tags
