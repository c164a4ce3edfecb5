"""NAT gateways: they take a moment to come and to go, need an internet gateway, and hold their address until gone."""

from __future__ import annotations

from functools import partial
from typing import Any

from moto.backends import get_backend

from sandbox.aws.call import AwsError, Call
from sandbox.aws.extensions import operation

KIND = "ec2.nat_gateway"


# https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateNatGateway.html
@operation("ec2", "CreateNatGateway")
def create_nat_gateway(call: Call) -> dict[str, Any]:
    public = call.params.get("ConnectivityType", "public") == "public"
    if public and "AllocationId" not in call.params:
        raise AwsError("MissingParameter", "The request must contain the parameter AllocationId")
    answer = call.moto()
    gateway = answer["NatGateway"]
    identifier = gateway["NatGatewayId"]
    call.begin(KIND, identifier, "pending")
    gateway["State"] = "pending"
    vpc = gateway["VpcId"]
    attached = {one.vpc.id for one in call.backend().internet_gateways.values() if one.vpc}
    if public and vpc not in attached:
        # https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-troubleshooting.html
        _release(call.backend(), identifier, "failed")
        message = f"Network {vpc} has no Internet gateway attached"
        failures = call.store("ec2.nat_gateway_failures")
        failures[identifier] = {"FailureCode": "Gateway.NotAttached", "FailureMessage": message}
    return answer


# https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeNatGateways.html
@operation("ec2", "DescribeNatGateways")
def describe_nat_gateways(call: Call) -> dict[str, Any]:
    # moto compares states before transitions, and leaves tags out of account.
    given = call.params.get("Filter", [])
    mine = [one for one in given if one["Name"] in ("state", "tag-key") or one["Name"].startswith("tag:")]
    rest = [one for one in given if one not in mine]
    answer = call.moto({**call.params, "Filter": rest}) if mine else call.moto()
    for gateway in answer["NatGateways"]:
        identifier = gateway["NatGatewayId"]
        gateway["State"] = call.state(KIND, identifier, settled=gateway["State"])
        if gateway["State"] == "failed":
            gateway |= call.store("ec2.nat_gateway_failures")[identifier]
    answer["NatGateways"] = [g for g in answer["NatGateways"] if all(_matches(g, one) for one in mine)]
    return answer


# https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteNatGateway.html
@operation("ec2", "DeleteNatGateway")
def delete_nat_gateway(call: Call) -> dict[str, Any]:
    identifier = call.params["NatGatewayId"]
    if identifier not in call.backend().nat_gateways:
        raise AwsError("NatGatewayNotFound", f"The Nat Gateway {identifier} was not found", 400)
    call.begin(KIND, identifier, "deleting", then=partial(_deleted, call.account, call.region, identifier))
    return {"NatGatewayId": identifier}


def _deleted(account: str, region: str, identifier: str) -> None:
    _release(get_backend("ec2")[account][region], identifier, "deleted")


def _release(backend: Any, identifier: str, state: str) -> None:
    """Give back the interface and the address of a gateway that is no more."""
    gateway = backend.nat_gateways[identifier]
    gateway.state = state
    for address in gateway.address_set:
        if "publicIp" in address:
            backend.disassociate_address(address=address["publicIp"])
    backend.enis.pop(gateway._eni.id, None)


def _matches(gateway: dict[str, Any], condition: dict[str, Any]) -> bool:
    if condition["Name"] == "state":
        return gateway["State"] in condition["Values"]
    tags = {tag["Key"]: tag["Value"] for tag in gateway.get("Tags", [])}
    if condition["Name"] == "tag-key":
        return bool(tags.keys() & set(condition["Values"]))
    return tags.get(condition["Name"].removeprefix("tag:")) in condition["Values"]
