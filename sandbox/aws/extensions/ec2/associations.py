"""Associations of subnets with network ACLs and route tables: unknown and second ones are refused."""

from __future__ import annotations

from typing import Any

from sandbox.aws.call import AwsError, Call
from sandbox.aws.extensions import operation


# https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ReplaceNetworkAclAssociation.html
@operation("ec2", "ReplaceNetworkAclAssociation")
def replace_network_acl_association(call: Call) -> dict[str, Any]:
    association = call.params["AssociationId"]
    if not any(association in acl._associations for acl in call.backend().network_acls.values()):
        raise AwsError("InvalidAssociationID.NotFound", f"The association ID '{association}' does not exist")
    return call.moto()


# https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AssociateRouteTable.html
@operation("ec2", "AssociateRouteTable")
def associate_route_table(call: Call) -> dict[str, Any]:
    subnet, wanted = call.params.get("SubnetId"), call.params["RouteTableId"]
    for table in call.backend().route_tables.values():
        if subnet is not None and subnet in table._associations.values() and table.id != wanted:
            message = f"the specified association for route table {wanted} conflicts with an existing association"
            raise AwsError("Resource.AlreadyAssociated", message)
    return call.moto()
