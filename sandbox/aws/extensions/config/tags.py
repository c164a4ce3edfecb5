"""Tags of recorders and conformance packs; moto keeps those of rules itself."""

from __future__ import annotations

from typing import Any

from sandbox.aws.call import Call
from sandbox.aws.extensions import operation

OURS = (":configuration-recorder/", ":conformance-pack/")


def tags_of(call: Call, arn: str) -> dict[str, str]:
    found: dict[str, str] = call.store("config.tags").setdefault(arn, {})
    return found


def _is_ours(arn: str) -> bool:
    return any(kind in arn for kind in OURS)


@operation("config", "ListTagsForResource")
def list_tags(call: Call) -> dict[str, Any]:
    arn = call.params["ResourceArn"]
    if not _is_ours(arn):
        return call.moto()
    return {"Tags": [{"Key": key, "Value": value} for key, value in sorted(tags_of(call, arn).items())]}


@operation("config", "TagResource")
def tag(call: Call) -> dict[str, Any]:
    arn = call.params["ResourceArn"]
    if not _is_ours(arn):
        return call.moto()
    tags_of(call, arn).update({one["Key"]: one["Value"] for one in call.params["Tags"]})
    return {}


@operation("config", "UntagResource")
def untag(call: Call) -> dict[str, Any]:
    arn = call.params["ResourceArn"]
    if not _is_ours(arn):
        return call.moto()
    for key in call.params["TagKeys"]:
        tags_of(call, arn).pop(key, None)
    return {}
