"""DB subnet groups."""

from __future__ import annotations

from typing import Any

from sandbox.aws.call import AwsError, Call
from sandbox.aws.extensions import operation


# https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBSubnetGroup.html
@operation("rds", "CreateDBSubnetGroup")
def create(call: Call) -> dict[str, Any]:
    name = call.params["DBSubnetGroupName"].lower()
    if name in call.backend().subnet_groups:
        raise AwsError("DBSubnetGroupAlreadyExists", f"The DB subnet group '{name}' already exists.")
    _check_zones(call)
    return call.moto()


# moto's own handler loses the group.
# https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_ModifyDBSubnetGroup.html
@operation("rds", "ModifyDBSubnetGroup")
def modify(call: Call) -> dict[str, Any]:
    group = _group(call)
    _check_zones(call)
    group.subnets = [call.backend("ec2").get_subnet(subnet) for subnet in call.params["SubnetIds"]]
    if "DBSubnetGroupDescription" in call.params:
        group.description = call.params["DBSubnetGroupDescription"]
    (described,) = call.ask("rds", "DescribeDBSubnetGroups", DBSubnetGroupName=group.name)["DBSubnetGroups"]
    return {"DBSubnetGroup": described}


# https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DeleteDBSubnetGroup.html
@operation("rds", "DeleteDBSubnetGroup")
def delete(call: Call) -> dict[str, Any]:
    group = _group(call)
    if any(getattr(database, "db_subnet_group", None) is group for database in call.backend().databases.values()):
        raise AwsError(
            "InvalidDBSubnetGroupStateFault",
            f"Cannot delete the subnet group '{group.name}' because at least one database instance is still using it.",
            400,
        )
    return call.moto()


def _group(call: Call) -> Any:
    name = call.params["DBSubnetGroupName"].lower()
    if name not in call.backend().subnet_groups:
        raise AwsError("DBSubnetGroupNotFoundFault", f"DB subnet group '{name}' does not exist.")
    return call.backend().subnet_groups[name]


def _check_zones(call: Call) -> None:
    subnets = call.ask("ec2", "DescribeSubnets", SubnetIds=call.params["SubnetIds"])["Subnets"]
    if len({subnet["AvailabilityZone"] for subnet in subnets}) < 2:
        raise AwsError(
            "DBSubnetGroupDoesNotCoverEnoughAZs",
            "The DB subnet group doesn't meet Availability Zone (AZ) coverage requirement. Add subnets to cover at "
            "least 2 AZs.",
        )
