"""VPC endpoints: they take a moment, refuse what would conflict, and change in all that is asked for."""

from __future__ import annotations

from typing import Any

from moto.ec2.utils import random_private_ip

from sandbox.aws.call import AwsError, Call
from sandbox.aws.extensions import operation

KIND = "ec2.endpoint"
INTERFACE = "Interface"
REBUILT = {"AddSubnetIds", "RemoveSubnetIds", "PrivateDnsEnabled"}


# https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateVpcEndpoint.html
@operation("ec2", "CreateVpcEndpoint")
def create_vpc_endpoint(call: Call) -> dict[str, Any]:
    params = {"VpcEndpointType": "Gateway", **call.params}
    if params["VpcEndpointType"] == INTERFACE:
        _known_groups(call, params.get("SecurityGroupIds", []))
        if params.get("PrivateDnsEnabled", True):
            _require_names(call, params["VpcId"])
            _refuse_second_name(call, params)
        if not params.get("SecurityGroupIds"):
            default = call.backend().get_security_group_from_name("default", params["VpcId"])
            params["SecurityGroupIds"] = [default.id]
    else:
        for table in params.get("RouteTableIds", []):
            _refuse_second_route(call, table, params["ServiceName"])
    answer = call.moto(params)
    endpoint = answer["VpcEndpoint"]
    if params["VpcEndpointType"] == INTERFACE:
        call.begin(KIND, endpoint["VpcEndpointId"], "pending")
        endpoint["State"] = "pending"
    return answer


# https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeVpcEndpoints.html
@operation("ec2", "DescribeVpcEndpoints")
def describe_vpc_endpoints(call: Call) -> dict[str, Any]:
    answer = call.moto()
    for endpoint in answer["VpcEndpoints"]:
        endpoint["State"] = call.state(KIND, endpoint["VpcEndpointId"], settled=endpoint["State"])
    answer["VpcEndpoints"] = [one for one in answer["VpcEndpoints"] if one["State"] != "deleted"]
    return answer


# https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifyVpcEndpoint.html
@operation("ec2", "ModifyVpcEndpoint")
def modify_vpc_endpoint(call: Call) -> dict[str, Any]:
    params, backend = call.params, call.backend()
    endpoint = backend.vpc_end_points.get(params["VpcEndpointId"])
    if endpoint is None or endpoint.state == "deleted":
        message = f"The Vpc Endpoint Id '{params['VpcEndpointId']}' does not exist"
        raise AwsError("InvalidVpcEndpointId.NotFound", message)
    _known_groups(call, params.get("AddSecurityGroupIds", []))
    if params.get("PrivateDnsEnabled"):
        _require_names(call, endpoint.vpc_id)
    for table in params.get("AddRouteTableIds", []):
        _refuse_second_route(call, table, endpoint.service_name)
    answer = call.moto()
    if "PrivateDnsEnabled" in params:
        endpoint.private_dns_enabled = params["PrivateDnsEnabled"]
    if params.get("ResetPolicy"):
        endpoint.policy_document = None
    _move_interfaces(backend, endpoint, params)
    _move_routes(backend, endpoint, params)
    if REBUILT & params.keys():
        call.begin(KIND, endpoint.id, "pending")
    return answer


# https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteVpcEndpoints.html
@operation("ec2", "DeleteVpcEndpoints")
def delete_vpc_endpoints(call: Call) -> dict[str, Any]:
    known = {key for key, endpoint in call.backend().vpc_end_points.items() if endpoint.state != "deleted"}
    wanted = call.params["VpcEndpointIds"]
    found = [identifier for identifier in wanted if identifier in known]
    if found:
        call.moto({"VpcEndpointIds": found})
    for identifier in found:
        call.begin(KIND, identifier, "deleting")
    return {"Unsuccessful": [_not_found(identifier) for identifier in wanted if identifier not in known]}


def _not_found(identifier: str) -> dict[str, Any]:
    message = f"The Vpc Endpoint Id '{identifier}' does not exist"
    return {"ResourceId": identifier, "Error": {"Code": "InvalidVpcEndpoint.NotFound", "Message": message}}


def _known_groups(call: Call, groups: list[str]) -> None:
    for group in groups:
        if call.backend().get_security_group_from_id(group) is None:
            raise AwsError("InvalidSecurityGroupID.NotFound", f"The security group '{group}' does not exist")


def _require_names(call: Call, vpc_id: str) -> None:
    vpc = call.backend().get_vpc(vpc_id)
    if "false" in (str(vpc.enable_dns_support).lower(), str(vpc.enable_dns_hostnames).lower()):
        message = "Enabling private DNS requires both enableDnsSupport and enableDnsHostnames VPC attributes"
        raise AwsError("InvalidParameter", f"{message} set to true for {vpc_id}")


def _refuse_second_name(call: Call, params: dict[str, Any]) -> None:
    for other in call.backend().vpc_end_points.values():
        same = (other.vpc_id, other.service_name) == (params["VpcId"], params["ServiceName"])
        if same and other.state != "deleted" and other.private_dns_enabled:
            message = "private-dns-enabled cannot be set because there is already a conflicting DNS domain for"
            raise AwsError("InvalidParameter", f"{message} {params['ServiceName']} in the VPC {params['VpcId']}")


def _refuse_second_route(call: Call, table: str, service: str) -> None:
    for other in call.backend().vpc_end_points.values():
        if other.service_name == service and other.state != "deleted" and table in (other.route_table_ids or []):
            raise AwsError("RouteAlreadyExists", f"route table {table} already has a route to {service}")


def _move_interfaces(backend: Any, endpoint: Any, params: dict[str, Any]) -> None:
    """One network interface stands in each subnet of an interface endpoint."""
    for subnet in params.get("AddSubnetIds", []):
        endpoint.network_interface_ids.append(backend.create_network_interface(subnet, random_private_ip()).id)
    gone = set(params.get("RemoveSubnetIds", []))
    for interface in list(endpoint.network_interface_ids):
        if backend.enis[interface].subnet.id in gone:
            endpoint.network_interface_ids.remove(interface)
            del backend.enis[interface]


def _move_routes(backend: Any, endpoint: Any, params: dict[str, Any]) -> None:
    """A gateway endpoint is a route in each of its tables."""
    prefix_list = endpoint.destination_prefix_list_id
    if prefix_list is None:
        return
    for table in params.get("AddRouteTableIds", []):
        backend.create_route(table, None, gateway_id=endpoint.id, destination_prefix_list_id=prefix_list)
    for table in params.get("RemoveRouteTableIds", []):
        backend.delete_route(table, prefix_list)
