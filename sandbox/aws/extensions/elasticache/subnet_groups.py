"""Cache subnet groups."""

from __future__ import annotations

from typing import Any

from sandbox.aws.call import AwsError, Call
from sandbox.aws.extensions import operation


# moto keeps the case of the name; AWS stores it in lower case.
# https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_CreateCacheSubnetGroup.html
@operation("elasticache", "CreateCacheSubnetGroup")
def create(call: Call) -> dict[str, Any]:
    return _complete(
        call, call.moto({**call.params, "CacheSubnetGroupName": call.params["CacheSubnetGroupName"].lower()})
    )


# https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_DescribeCacheSubnetGroups.html
@operation("elasticache", "DescribeCacheSubnetGroups")
def describe(call: Call) -> dict[str, Any]:
    output = call.moto()
    for group in output["CacheSubnetGroups"]:
        _complete(call, {"CacheSubnetGroup": group})
    return output


# https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_ModifyCacheSubnetGroup.html
@operation("elasticache", "ModifyCacheSubnetGroup")
def modify(call: Call) -> dict[str, Any]:
    group = _group(call)
    if "CacheSubnetGroupDescription" in call.params:
        group.cache_subnet_group_description = call.params["CacheSubnetGroupDescription"]
    if "SubnetIds" in call.params:
        call.ask("ec2", "DescribeSubnets", SubnetIds=call.params["SubnetIds"])
        group.subnet_ids = call.params["SubnetIds"]
        group.subnets = [{"subnet_identifier": subnet} for subnet in group.subnet_ids]
    (described,) = call.ask(
        "elasticache", "DescribeCacheSubnetGroups", CacheSubnetGroupName=group.cache_subnet_group_name
    )["CacheSubnetGroups"]
    return {"CacheSubnetGroup": described}


# https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_DeleteCacheSubnetGroup.html
@operation("elasticache", "DeleteCacheSubnetGroup")
def delete(call: Call) -> None:
    name = _group(call).cache_subnet_group_name
    if any(group.get("CacheSubnetGroupName") == name for group in call.store("elasticache.groups").values()):
        raise AwsError("CacheSubnetGroupInUse", f"Cache subnet group {name} is currently in use.")
    del call.backend().cache_subnet_groups[name]


def zones(call: Call, name: str) -> list[str]:
    """The zones of a group's subnets."""
    groups = call.backend().cache_subnet_groups
    if name not in groups:
        raise AwsError("CacheSubnetGroupNotFoundFault", f"CacheSubnetGroup {name} not found.")
    subnets = call.ask("ec2", "DescribeSubnets", SubnetIds=groups[name].subnet_ids)["Subnets"]
    return sorted({subnet["AvailabilityZone"] for subnet in subnets})


def _group(call: Call) -> Any:
    name = call.params["CacheSubnetGroupName"].lower()
    if name not in call.backend().cache_subnet_groups:
        raise AwsError("CacheSubnetGroupNotFoundFault", f"CacheSubnetGroup {name} not found.")
    return call.backend().cache_subnet_groups[name]


def _complete(call: Call, output: dict[str, Any]) -> dict[str, Any]:
    """moto leaves out or misplaces the zones."""
    group = output["CacheSubnetGroup"]
    ids = [subnet["SubnetIdentifier"] for subnet in group["Subnets"]]
    found = {s["SubnetId"]: s["AvailabilityZone"] for s in call.ask("ec2", "DescribeSubnets", SubnetIds=ids)["Subnets"]}
    for subnet in group["Subnets"]:
        subnet["SubnetAvailabilityZone"] = {"Name": found[subnet["SubnetIdentifier"]]}
    return output
