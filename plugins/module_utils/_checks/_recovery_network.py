# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A region's network as definitions: what there is, what leads where, and who is let through."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._checks import _network_matrix as matrix
from ansible_collections.iworkz.platform.plugins.module_utils._checks._network_endpoints import service_of
from ansible_collections.iworkz.platform.plugins.module_utils._checks._network_facts import (
    Item,
    destination,
    name_of,
    read_network,
    read_prefix_lists,
    tag_of,
)
from ansible_collections.iworkz.platform.plugins.module_utils._checks._recovery import (
    Definitions,
    Kind,
    Words,
    flattened,
    of_both,
    words,
)
from ansible_collections.iworkz.platform.plugins.module_utils._checks.world import World

ATTRIBUTES = {"enableDnsSupport": "EnableDnsSupport", "enableDnsHostnames": "EnableDnsHostnames"}
MAIN = "main"
THERE = "there"


def called(world: World) -> Mapping[str, str]:
    """What things of the network are called that others refer to, by id: ``world.once(called)``."""
    network, same = world.once(read_network), world.once(words)
    named = (
        (network.vpcs, "VpcId"),
        (network.subnets, "SubnetId"),
        (network.route_tables, "RouteTableId"),
        (network.nat_gateways, "NatGatewayId"),
        (network.endpoints, "VpcEndpointId"),
    )
    found = {one[key]: same.text(name_of(one) or one[key]) for items, key in named for one in items}
    found |= {one["GroupId"]: one["GroupName"] for one in network.security_groups}
    lists = world.once(read_prefix_lists) if network.vpcs else {}
    return {**found, **{key: same.text(name) for key, name in lists.items()}}


def vpcs(world: World) -> Definitions:
    """Besides DescribeVpcs: ec2:DescribeVpcAttribute."""
    client = world.client("ec2")
    found = {}
    for vpc in world.once(read_network).vpcs:
        size = vpc["CidrBlock"].rpartition("/")[2]
        asked = {
            name: client.describe_vpc_attribute(VpcId=vpc["VpcId"], Attribute=name)[member]["Value"]
            for name, member in ATTRIBUTES.items()
        }
        found[name_of(vpc) or vpc["VpcId"]] = {"prefix length": size, "tenancy": vpc["InstanceTenancy"], **asked}
    return found


def subnets(world: World) -> Definitions:
    same = world.once(words)
    return {
        same.text(name_of(one) or one["SubnetId"]): {
            "zone": same.text(one["AvailabilityZone"]),
            "tier": tag_of(one, "Tier"),
            "addresses": same.text(one["CidrBlock"]),
            "public addresses": one["MapPublicIpOnLaunch"],
        }
        for one in world.once(read_network).subnets
    }


def route_tables(world: World) -> Definitions:
    network, same, names = world.once(read_network), world.once(words), world.once(called)
    found: Definitions = {}
    for table in network.route_tables:
        main = any(one["Main"] for one in table["Associations"])
        attached = (names[one["SubnetId"]] for one in table["Associations"] if one.get("SubnetId"))
        name = name_of(table) or (MAIN if main else str(table["RouteTableId"]))
        found[same.text(name)] = {
            "subnets": ", ".join(sorted(attached)),
            **{f"route {_goal(route, same, names)}": _way(route, names) for route in table["Routes"]},
        }
    return found


def security_groups(world: World) -> Definitions:
    """EKS makes a group for its cluster, where there is one."""
    network, same, names = world.once(read_network), world.once(words), world.once(called)
    ours = [one for one in network.security_groups if tag_of(one, matrix.EKS_TAG) is None]
    return {
        group["GroupName"]: {
            f"{side} {same.text(rule)}": THERE
            for side in matrix.SIDES
            for rule in matrix.running_rules(group, side, names)
        }
        for group in ours
    }


def network_acls(world: World) -> Definitions:
    """Not the one that every network has by default: no subnet is its (2.1.3.2)."""
    same, names = world.once(words), world.once(called)
    found: Definitions = {}
    for acl in (one for one in world.once(read_network).network_acls if not one["IsDefault"]):
        guarded = ", ".join(sorted(names[one["SubnetId"]] for one in acl["Associations"]))
        entries = {same.text(entry): THERE for entry in matrix.running_entries(acl)}
        found[name_of(acl) or acl["NetworkAclId"]] = {"subnets": guarded, **entries}
    return found


def nat_gateways(world: World) -> Definitions:
    same, names = world.once(words), world.once(called)
    return {
        names[one["NatGatewayId"]]: {
            "subnet": names[one["SubnetId"]],
            "connectivity": same.text(one.get("ConnectivityType", "public")),
            "state": one["State"],
        }
        for one in world.once(read_network).nat_gateways
    }


def endpoints(world: World) -> Definitions:
    """``gateway s3``, ``interface ecr.api``."""
    same, names = world.once(words), world.once(called)
    return {
        f"{one['VpcEndpointType'].lower()} {service_of(one)}": {
            "state": one["State"].lower(),
            "private names": one.get("PrivateDnsEnabled", False),
            "subnets": _listed(one.get("SubnetIds", ()), names),
            "route tables": _listed(one.get("RouteTableIds", ()), names),
            "security groups": ", ".join(sorted(group["GroupName"] for group in one.get("Groups", ()))),
            **dict(flattened(same.plain(_document(one.get("PolicyDocument"))), "policy")),
        }
        for one in world.once(read_network).endpoints
    }


def flow_logs(world: World) -> Definitions:
    same, names = world.once(words), world.once(called)
    return {
        names[one["ResourceId"]]: {
            "state": one["FlowLogStatus"],
            "traffic": one["TrafficType"],
            "destination": same.text(str(one.get("LogDestination", one.get("LogGroupName", "")))),
            "interval": one.get("MaxAggregationInterval"),
            **dict(flattened(one.get("DestinationOptions", {}), "files")),
        }
        for one in world.once(read_network).flow_logs
    }


def _document(policy: str | None) -> Any:
    return json.loads(policy) if policy else {}


def _listed(identifiers: Iterable[str], names: Mapping[str, str]) -> str:
    return ", ".join(sorted(names.get(one, one) for one in identifiers))


def _goal(route: Item, same: Words, names: Mapping[str, str]) -> str:
    cidr = destination(route)
    return same.text(cidr) if cidr else names.get(route["DestinationPrefixListId"], route["DestinationPrefixListId"])


def _way(route: Item, names: Mapping[str, str]) -> str:
    """What a route leads through: of AWS's own things their kind, of ours their name."""
    dead = "" if route.get("State", "active") == "active" else f" ({route['State']})"
    gateway = route.get("GatewayId", "")
    if gateway == "local" or gateway.startswith("igw-"):
        return f"{'internet' if gateway != 'local' else 'local'}{dead}"
    through = next((value for key, value in sorted(route.items()) if key.endswith("Id") and "Prefix" not in key), "-")
    return f"{names.get(through, through)}{dead}"


KINDS = (
    Kind("network", of_both(vpcs)),
    Kind("subnet", of_both(subnets)),
    Kind("route table", of_both(route_tables)),
    Kind("security group", of_both(security_groups)),
    Kind("network ACL", of_both(network_acls)),
    Kind("NAT gateway", of_both(nat_gateways)),
    Kind("endpoint", of_both(endpoints)),
    Kind("flow log", of_both(flow_logs)),
)
