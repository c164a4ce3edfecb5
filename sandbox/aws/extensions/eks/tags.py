"""Tags of clusters, node groups, add-ons, access entries and pod identity associations, by ARN."""

from __future__ import annotations

from sandbox.aws.call import AwsError, Call
from sandbox.aws.extensions import operation
from sandbox.aws.extensions.eks.models import Item, check_tags, clusters


# https://docs.aws.amazon.com/eks/latest/APIReference/API_ListTagsForResource.html
@operation("eks", "ListTagsForResource")
def list_tags(call: Call) -> Item:
    return {"tags": _tagged(call)["tags"]}


# https://docs.aws.amazon.com/eks/latest/APIReference/API_TagResource.html
@operation("eks", "TagResource")
def tag(call: Call) -> Item:
    found = _tagged(call)
    new = {**found["tags"], **call.params["tags"]}
    check_tags(new)
    found["tags"] = new
    return {}


# https://docs.aws.amazon.com/eks/latest/APIReference/API_UntagResource.html
@operation("eks", "UntagResource")
def untag(call: Call) -> Item:
    found = _tagged(call)
    found["tags"] = {key: value for key, value in found["tags"].items() if key not in call.params["tagKeys"]}
    return {}


def _tagged(call: Call) -> Item:
    """What has the ARN of a call."""
    wanted = call.params["resourceArn"]
    for cluster in clusters(call).values():
        if cluster.description["arn"] == wanted:
            return cluster.description
        for items, key in (
            (cluster.nodegroups, "nodegroupArn"),
            (cluster.addons, "addonArn"),
            (cluster.entries, "accessEntryArn"),
            (cluster.associations, "associationArn"),
        ):
            for item in items.values():
                if item[key] == wanted:
                    return item
    raise AwsError("NotFoundException", f"Resource was not found: {wanted}")
