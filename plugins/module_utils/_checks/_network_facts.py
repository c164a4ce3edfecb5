# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The platform's network as EC2 describes it, and how far each of its subnets really reaches."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._checks.engine import World
from ansible_collections.iworkz.platform.plugins.module_utils._checks.world import IDENTITY

Item = dict[str, Any]

DEFAULT_ROUTES = ("0.0.0.0/0", "::/0")
GONE = ("deleted", "deleting")
# A range this wide or wider is nobody's own: no IPv4 allocation is wider than a /8, no IPv6 one than a /16.
WORLD_PREFIXES = {4: 7, 6: 15}
UNIQUE_LOCAL = ipaddress.ip_network("fc00::/7")

# Field of Network: describe operation, member of its answer, name of its filters parameter, filter by VPC.
READS = {
    "subnets": ("describe_subnets", "Subnets", "Filters", "vpc-id"),
    "route_tables": ("describe_route_tables", "RouteTables", "Filters", "vpc-id"),
    "nat_gateways": ("describe_nat_gateways", "NatGateways", "Filter", "vpc-id"),
    "security_groups": ("describe_security_groups", "SecurityGroups", "Filters", "vpc-id"),
    "network_acls": ("describe_network_acls", "NetworkAcls", "Filters", "vpc-id"),
    "endpoints": ("describe_vpc_endpoints", "VpcEndpoints", "Filters", "vpc-id"),
    "flow_logs": ("describe_flow_logs", "FlowLogs", "Filter", "resource-id"),
    "interfaces": ("describe_network_interfaces", "NetworkInterfaces", "Filters", "vpc-id"),
}


@dataclass(frozen=True)
class Network:
    """Everything in the VPCs that carry the platform's tags, in the API's form; gateways and endpoints that are being
    deleted are left out."""

    vpcs: list[Item]
    subnets: list[Item]
    route_tables: list[Item]
    nat_gateways: list[Item]
    security_groups: list[Item]
    network_acls: list[Item]
    endpoints: list[Item]
    flow_logs: list[Item]
    interfaces: list[Item]


@dataclass(frozen=True)
class Reach:
    """One subnet: ``tier`` is what its routes make of it, ``marked`` what its tag Tier says."""

    id: str
    name: str
    zone: str
    tier: str
    """public, private or data; other where a default route leads to something else than a gateway to the internet."""
    marked: str | None
    table: Item


def read_network(world: World) -> Network:
    """DescribeVpcs by tags, then everything in those VPCs, one call per kind, side by side."""
    client = world.client("ec2")
    tags = world.platform.tags
    mine = [{"Name": f"tag:{name}", "Values": [tags[name]]} for name in IDENTITY]
    vpcs = _pages(client, "describe_vpcs", "Vpcs", Filters=mine)
    if not vpcs:
        return Network(vpcs, **{field: [] for field in READS})
    ids = [vpc["VpcId"] for vpc in vpcs]

    def read(field: str) -> list[Item]:
        operation, member, parameter, name = READS[field]
        return _pages(client, operation, member, **{parameter: [{"Name": name, "Values": ids}]})

    with ThreadPoolExecutor(max_workers=len(READS), thread_name_prefix="network") as pool:
        found = dict(zip(READS, pool.map(read, READS), strict=True))
    for field in ("nat_gateways", "endpoints"):
        found[field] = [item for item in found[field] if item["State"].lower() not in GONE]
    return Network(vpcs, **found)


def read_prefix_lists(world: World) -> dict[str, str]:
    """Names of prefix lists by id (DescribeManagedPrefixLists)."""
    lists = _pages(world.client("ec2"), "describe_managed_prefix_lists", "PrefixLists")
    return {one["PrefixListId"]: one["PrefixListName"] for one in lists}


def reaches(network: Network) -> list[Reach]:
    """Every subnet with the tier that its route table makes it: its own table, else the VPC's main one.

    :raises LookupError: where a VPC has no main table, which AWS never answers.
    """
    own = {a["SubnetId"]: table for table in network.route_tables for a in table["Associations"] if a.get("SubnetId")}
    main = {table["VpcId"]: table for table in network.route_tables for a in table["Associations"] if a["Main"]}
    return [_reach(subnet, own.get(subnet["SubnetId"]) or main[subnet["VpcId"]]) for subnet in network.subnets]


def is_world(cidr: str) -> bool:
    """Whether a range of addresses is the internet, or too much of it to be anybody's own."""
    addresses = ipaddress.ip_network(cidr)
    return addresses.prefixlen <= WORLD_PREFIXES[addresses.version] and addresses != UNIQUE_LOCAL


def name_of(item: Mapping[str, Any]) -> str | None:
    """The tag Name."""
    return tag_of(item, "Name")


def tag_of(item: Mapping[str, Any], key: str) -> str | None:
    return next((tag["Value"] for tag in item.get("Tags", ()) if tag["Key"] == key), None)


def default_routes(table: Item) -> list[Item]:
    return [route for route in table["Routes"] if destination(route) in DEFAULT_ROUTES]


def destination(route: Mapping[str, Any]) -> str | None:
    return route.get("DestinationCidrBlock") or route.get("DestinationIpv6CidrBlock")


def _reach(subnet: Item, table: Item) -> Reach:
    identifier = subnet["SubnetId"]
    name = name_of(subnet) or identifier
    return Reach(identifier, name, subnet["AvailabilityZone"], _tier(table), tag_of(subnet, "Tier"), table)


def _tier(table: Item) -> str:
    """Any route to a gateway counts, not only the default one: two halves of the internet are the whole of it."""
    routes = table["Routes"]
    if any(route.get("GatewayId", "").startswith("igw-") for route in routes):
        return "public"
    if any("NatGatewayId" in route or "EgressOnlyInternetGatewayId" in route for route in routes):
        return "private"
    return "other" if default_routes(table) else "data"


def _pages(client: Any, operation: str, member: str, **parameters: Any) -> list[Item]:
    return [item for page in client.get_paginator(operation).paginate(**parameters) for item in page[member]]
