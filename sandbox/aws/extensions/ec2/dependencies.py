"""What AWS refuses to delete, detach or release while it is in use, and what it tidies up after a deletion."""

from __future__ import annotations

from typing import Any

from sandbox.aws.call import AwsError, Call
from sandbox.aws.extensions import operation

GONE = ("deleted", "failed")


# https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteVpc.html
@operation("ec2", "DeleteVpc")
def delete_vpc(call: Call) -> None:
    backend, vpc = call.backend(), call.params["VpcId"]
    in_use = (
        any(one.vpc and one.vpc.id == vpc for one in backend.internet_gateways.values())
        or any(group.name != "default" for group in backend.groups.get(vpc, {}).values())
        or any(acl.vpc_id == vpc and str(acl.default).lower() != "true" for acl in backend.network_acls.values())
        or any(one.vpc_id == vpc and one.state not in GONE for one in backend.vpc_end_points.values())
        or any(one.vpc_id == vpc and one.state not in GONE for one in backend.nat_gateways.values())
    )
    if in_use:
        raise _dependency(f"The vpc '{vpc}' has dependencies and cannot be deleted.")
    call.moto()
    for acl in [acl for acl in backend.network_acls.values() if acl.vpc_id == vpc]:
        del backend.network_acls[acl.id]


# https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteSubnet.html
@operation("ec2", "DeleteSubnet")
def delete_subnet(call: Call) -> None:
    backend, subnet = call.backend(), call.params["SubnetId"]
    if any(interface.subnet.id == subnet for interface in backend.enis.values()):
        raise _dependency(f"The subnet '{subnet}' has dependencies and cannot be deleted.")
    call.moto()
    for acl in backend.network_acls.values():
        acl._associations = {key: one for key, one in acl._associations.items() if one.subnet_id != subnet}
    for table in backend.route_tables.values():
        table._associations = {key: served for key, served in table._associations.items() if served != subnet}


# https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteSecurityGroup.html
@operation("ec2", "DeleteSecurityGroup")
def delete_security_group(call: Call) -> dict[str, Any]:
    backend = call.backend()
    group = backend.get_security_group_from_id(call.params["GroupId"]) if "GroupId" in call.params else None
    if group is None:
        return call.moto()
    if group.name == "default":
        message = f'the specified group: "{group.id}" name: "default" cannot be deleted by a user'
        raise AwsError("CannotDelete", message)
    others = [other for groups in backend.groups.values() for other in groups.values() if other.id != group.id]
    rules = [rule for other in others for rule in (*other.ingress_rules, *other.egress_rules)]
    in_use = (
        any((rule.source_group or {}).get("GroupId") == group.id for rule in rules)
        or any(member.id == group.id for interface in backend.enis.values() for member in interface.group_set)
        or any(group.id in one.security_group_ids for one in backend.vpc_end_points.values() if one.state not in GONE)
    )
    if in_use:
        raise _dependency(f"resource {group.id} has a dependent object")
    return {**call.moto(), "Return": True, "GroupId": group.id}


# https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DetachInternetGateway.html
@operation("ec2", "DetachInternetGateway")
def detach_internet_gateway(call: Call) -> dict[str, Any]:
    backend, vpc = call.backend(), call.params["VpcId"]
    if any(address.eni and address.eni.subnet.vpc_id == vpc for address in backend.addresses):
        message = f"Network {vpc} has some mapped public address(es). Please unmap those public address(es) before"
        raise _dependency(f"{message} detaching the gateway.")
    return call.moto()


# https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ReleaseAddress.html
@operation("ec2", "ReleaseAddress")
def release_address(call: Call) -> dict[str, Any]:
    for address in call.backend().addresses:
        if address.allocation_id == call.params.get("AllocationId") and (address.eni or address.instance):
            raise AwsError("InvalidIPAddress.InUse", f"Address {address.public_ip} is in use.")
    return call.moto()


def _dependency(message: str) -> AwsError:
    return AwsError("DependencyViolation", message)
