"""Tags: moto tells none for what does not exist, and takes them for health checks that don't."""

from __future__ import annotations

from typing import Any

from sandbox.aws.call import AwsError, Call
from sandbox.aws.extensions import operation
from sandbox.aws.extensions.route53.changes import GLOBAL
from sandbox.aws.extensions.route53.records import zone_of

MOST_RESOURCES = 10


# https://docs.aws.amazon.com/Route53/latest/APIReference/API_ChangeTagsForResource.html
# https://docs.aws.amazon.com/Route53/latest/APIReference/API_ListTagsForResource.html
@operation("route53", "ChangeTagsForResource", "ListTagsForResource")
def one(call: Call) -> dict[str, Any]:
    _check(call, call.params["ResourceId"])
    return call.moto()


# https://docs.aws.amazon.com/Route53/latest/APIReference/API_ListTagsForResources.html
@operation("route53", "ListTagsForResources")
def several(call: Call) -> dict[str, Any]:
    if len(call.params["ResourceIds"]) > MOST_RESOURCES:
        raise AwsError("InvalidInput", f"At most {MOST_RESOURCES} resources may be named.")
    for name in call.params["ResourceIds"]:
        _check(call, name)
    return call.moto()


def _check(call: Call, name: str) -> None:
    if call.params["ResourceType"] == "hostedzone":
        zone_of(call, name)
    elif name not in call.store("route53.health_checks", GLOBAL):
        raise AwsError("NoSuchHealthCheck", f"No health check exists with the specified ID: {name}")
