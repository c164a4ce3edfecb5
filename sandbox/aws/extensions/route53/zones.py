"""Hosted zones: what AWS refuses of private ones, their VPCs and the number of their records."""

from __future__ import annotations

from typing import Any

from sandbox.aws.call import AwsError, Call
from sandbox.aws.extensions import operation
from sandbox.aws.extensions.route53 import changes, names
from sandbox.aws.extensions.route53.changes import GLOBAL
from sandbox.aws.extensions.route53.records import is_of_zone, records, zone_of


# https://docs.aws.amazon.com/Route53/latest/APIReference/API_CreateHostedZone.html
@operation("route53", "CreateHostedZone")
def create(call: Call) -> dict[str, Any]:
    params = call.params
    zones = call.backend("route53", "aws").zones.values()
    if any(zone.caller_reference == params["CallerReference"] for zone in zones):
        raise AwsError("HostedZoneAlreadyExists", f"A zone was made with caller reference {params['CallerReference']}.")
    private = params.get("HostedZoneConfig", {}).get("PrivateZone", False) or "VPC" in params
    if private:
        if "VPC" not in params:
            raise AwsError("InvalidInput", "A private hosted zone needs a VPC.")
        _check_vpc(call, params["VPC"])
        _check_conflict(call, params["Name"].rstrip(".").lower() + ".", params["VPC"]["VPCId"])
    config = {**params.get("HostedZoneConfig", {}), "PrivateZone": private}
    output = call.moto({**params, "Name": params["Name"].lower(), "HostedZoneConfig": config})
    return {**output, "HostedZone": _shown(call, output["HostedZone"]), "ChangeInfo": changes.begin(call)}


# https://docs.aws.amazon.com/Route53/latest/APIReference/API_GetHostedZone.html
@operation("route53", "GetHostedZone")
def get(call: Call) -> dict[str, Any]:
    zone_of(call, call.params["Id"])
    output = call.moto()
    return {**output, "HostedZone": _shown(call, output["HostedZone"])}


# https://docs.aws.amazon.com/Route53/latest/APIReference/API_ListHostedZones.html
# https://docs.aws.amazon.com/Route53/latest/APIReference/API_ListHostedZonesByName.html
@operation("route53", "ListHostedZones", "ListHostedZonesByName")
def list_zones(call: Call) -> dict[str, Any]:
    output = call.moto()
    # Members of the shape that are always there.
    always = {"IsTruncated": False, "MaxItems": str(call.params.get("MaxItems", 100))}
    return {**always, **output, "HostedZones": [_shown(call, zone) for zone in output["HostedZones"]]}


# https://docs.aws.amazon.com/Route53/latest/APIReference/API_DeleteHostedZone.html
@operation("route53", "DeleteHostedZone")
def delete(call: Call) -> dict[str, Any]:
    zone = zone_of(call, call.params["Id"])
    if not all(is_of_zone(zone.name, record) for record in records(call, zone)):
        raise AwsError(
            "HostedZoneNotEmpty", "The specified hosted zone contains non-required resource record sets and so "
            "cannot be deleted."
        )  # fmt: skip
    names.follow(call, zone, [])
    backend = call.backend("route53", "aws")
    del backend.zones[zone.resource_id], call.store("route53.records", GLOBAL)[zone.resource_id]
    backend.resource_tags.pop(zone.resource_id, None)
    return {"ChangeInfo": changes.begin(call)}


# https://docs.aws.amazon.com/Route53/latest/APIReference/API_AssociateVPCWithHostedZone.html
@operation("route53", "AssociateVPCWithHostedZone")
def associate(call: Call) -> dict[str, Any]:
    zone, vpc = zone_of(call, call.params["HostedZoneId"]), call.params["VPC"]
    if not zone.private_zone:
        raise AwsError("PublicZoneVPCAssociation", "You're trying to associate a VPC with a public hosted zone.")
    _check_vpc(call, vpc)
    _check_conflict(call, zone.name, vpc["VPCId"])
    zone.add_vpc(vpc["VPCId"], vpc["VPCRegion"])
    return {"ChangeInfo": changes.begin(call, call.params.get("Comment"))}


# https://docs.aws.amazon.com/Route53/latest/APIReference/API_DisassociateVPCFromHostedZone.html
@operation("route53", "DisassociateVPCFromHostedZone")
def disassociate(call: Call) -> dict[str, Any]:
    zone, vpc = zone_of(call, call.params["HostedZoneId"]), call.params["VPC"]["VPCId"]
    if vpc not in [one["vpc_id"] for one in zone.vpcs]:
        raise AwsError("VPCAssociationNotFound", f"The VPC {vpc} is not associated with the hosted zone.")
    if len(zone.vpcs) == 1:
        raise AwsError("LastVPCAssociation", "The last VPC of a private hosted zone can't be disassociated.")
    zone.delete_vpc(vpc)
    return {"ChangeInfo": changes.begin(call, call.params.get("Comment"))}


def _check_vpc(call: Call, vpc: dict[str, str]) -> None:
    if vpc["VPCId"] not in call.backend("ec2", vpc["VPCRegion"]).vpcs:
        raise AwsError("InvalidVPCId", f"The VPC {vpc['VPCId']} in {vpc['VPCRegion']} does not exist.")


def _check_conflict(call: Call, name: str, vpc: str) -> None:
    """A VPC may see one private zone of a name."""
    for zone in call.backend("route53", "aws").zones.values():
        if zone.name == name and vpc in [one["vpc_id"] for one in zone.vpcs]:
            raise AwsError("ConflictingDomainExists", f"The VPC {vpc} is associated with another hosted zone {name}.")


def _shown(call: Call, zone: dict[str, Any]) -> dict[str, Any]:
    return {**zone, "ResourceRecordSetCount": len(records(call, zone_of(call, zone["Id"])))}
