# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Checks of the network: 1.2.1.3, 2.1.3.1, 2.1.3.2."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._aws.network_rules import Rule, flat
from ansible_collections.iworkz.platform.plugins.module_utils._checks import _network_matrix as matrix
from ansible_collections.iworkz.platform.plugins.module_utils._checks import _reachability as reachability
from ansible_collections.iworkz.platform.plugins.module_utils._checks._eks_facts import node_groups
from ansible_collections.iworkz.platform.plugins.module_utils._checks._network_endpoints import (
    judge_endpoints,
    judge_flow_logs,
    service_of,
)
from ansible_collections.iworkz.platform.plugins.module_utils._checks._network_facts import (
    Item,
    Network,
    Reach,
    default_routes,
    destination,
    is_world,
    name_of,
    reaches,
    read_network,
    read_prefix_lists,
)
from ansible_collections.iworkz.platform.plugins.module_utils._checks.engine import (
    Breach,
    Finding,
    Platform,
    World,
    check,
)
from ansible_collections.iworkz.platform.plugins.module_utils._checks.world import clusters

TIERS = ("public", "private", "data")
PUBLIC_GROUP = "alb"


@check("1.2.1.3")
def sheltered_cluster(world: World, required: dict[str, Any]) -> Finding:
    """The cluster, its node groups and nodes only in private subnets and the platform's own security groups, a NAT
    gateway in each of their zones, nothing but the load balancer open."""
    network = world.once(read_network)
    if not network.vpcs:
        return _no_vpc(world.platform)
    found, groups = world.once(clusters), world.once(node_groups)
    subnets = reaches(network)
    nodes = [one for one in network.interfaces if one.get("Attachment", {}).get("InstanceId")]
    opened = list(_opened(network))
    public = f"{_prefix(world.platform)}-{PUBLIC_GROUP}"
    nat_zones = _nat_zones(network, subnets)
    breaches = (
        *_judge_nat(nat_zones, subnets, required["zones"]),
        *_judge_open(opened, public, required["world_open_ports"]),
        *_judge_nodes(nodes, subnets),
        *_judge_clusters(found, network, subnets),
        *_judge_node_groups(groups, subnets),
    )
    observed = {
        "vpcs": [vpc["VpcId"] for vpc in network.vpcs],
        "nat_zones": sorted(nat_zones),
        "open_to_the_world": sorted(f"{group}: {matrix.text(rule)}" for group, rule in opened),
        "clusters": [cluster["name"] for cluster in found],
        "node_groups": {group["nodegroupName"]: _names(group["subnets"], subnets) for group in groups},
        "nodes": len(nodes),
    }
    return Finding(observed, breaches)


@check("2.1.3.1")
def separated_tiers(world: World, required: dict[str, Any]) -> Finding:
    """Three tiers in three zones by the routes that are really there, flow logs, and endpoints for AWS services."""
    network = world.once(read_network)
    if not network.vpcs:
        return _no_vpc(world.platform)
    subnets = reaches(network)
    breaches = (
        *_judge_tiers(subnets, required["zones"]),
        *_judge_ways_out(network, subnets),
        *judge_flow_logs(network),
        *judge_endpoints(network, subnets, required["endpoint_services"]),
    )
    observed = {
        "vpcs": [vpc["VpcId"] for vpc in network.vpcs],
        "subnets": {subnet.name: {"tier": subnet.tier, "zone": subnet.zone} for subnet in subnets},
        "flow_logs": {log["FlowLogId"]: f"{log['TrafficType']} {log['FlowLogStatus']}" for log in network.flow_logs},
        "endpoints": {service_of(endpoint): endpoint["State"] for endpoint in network.endpoints},
    }
    return Finding(observed, breaches)


@check("2.1.3.2")
def declared_rules_only(world: World, required: dict[str, Any]) -> Finding:
    """Security groups and network ACLs equal to the declared matrix, rule for rule; the default group is empty. With
    the routes, no tier reaches another but as declared."""
    network = world.once(read_network)
    if not network.vpcs:
        return _no_vpc(world.platform)
    declared = world.platform.declared["network"]
    prefix = _prefix(world.platform)
    allowed = world.platform.declared["reachability"]
    actual = reachability.paths(network, allowed["placed"], prefix)
    breaches = (
        *matrix.judge_groups(network, declared["security_groups"], prefix, _prefix_lists(world, network)),
        *matrix.judge_eks_groups(network),
        *matrix.judge_default_groups(network),
        *matrix.judge_acls(network, declared, prefix),
        *reachability.judge(actual, reachability.declared_paths(allowed["paths"])),
    )
    rules = sum(len(flat(group[side])) for group in network.security_groups for side in matrix.SIDES.values())
    observed = {
        "security_groups": sorted(group["GroupName"] for group in network.security_groups),
        "rules": rules,
        "network_acls": sorted(name_of(acl) or acl["NetworkAclId"] for acl in network.network_acls),
        "entries": sum(len(matrix.running_entries(acl)) for acl in network.network_acls if not acl["IsDefault"]),
        "reachability": reachability.table(actual),
    }
    return Finding(observed, breaches)


def _prefix(platform: Platform) -> str:
    return f"{platform.name}-{platform.environment}"


def _prefix_lists(world: World, network: Network) -> dict[str, str]:
    """Read only where a rule names one."""
    groups = network.security_groups
    used = any(
        "prefix_list_id" in rule for group in groups for side in matrix.SIDES.values() for rule in flat(group[side])
    )
    return world.once(read_prefix_lists) if used else {}


def _no_vpc(platform: Platform) -> Finding:
    params = {"platform": platform.name, "environment": platform.environment, "region": platform.region}
    return Finding({"vpcs": []}, (Breach("network.no_vpc", params),))


# -- ways out ------------------------------------------------------------------------------------------------------


def _nat_zones(network: Network, subnets: Sequence[Reach]) -> set[str]:
    """Zones with a working NAT gateway in a public subnet."""
    public = {subnet.id: subnet.zone for subnet in subnets if subnet.tier == "public"}
    return {
        public[gateway["SubnetId"]]
        for gateway in network.nat_gateways
        if gateway["State"] == "available" and gateway["SubnetId"] in public
    }


def _judge_nat(nat_zones: set[str], subnets: Sequence[Reach], zones: int) -> Iterator[Breach]:
    private = {subnet.zone for subnet in subnets if subnet.tier == "private"}
    if len(private) < zones:
        yield Breach("network.private_zones", {"zones": len(private), "required": zones})
    for zone in sorted(private - nat_zones):
        yield Breach("network.zone_without_nat", {"zone": zone})


def _judge_ways_out(network: Network, subnets: Sequence[Reach]) -> Iterator[Breach]:
    """A private subnet leaves through the NAT gateway of its own zone, and no subnet by any other way."""
    placed = {subnet.id: subnet.zone for subnet in subnets}
    gateways = {gateway["NatGatewayId"]: gateway for gateway in network.nat_gateways}
    for subnet in subnets:
        ways = default_routes(subnet.table)
        if subnet.tier == "private" and not ways:
            yield Breach("network.no_way_out", {"subnet": subnet.name})
        for route in ways:
            if subnet.tier == "other":
                yield Breach("network.strange_way_out", {"subnet": subnet.name, "destination": destination(route)})
            elif subnet.tier == "private" and "NatGatewayId" in route:
                gateway = gateways.get(route["NatGatewayId"])
                if gateway is None or gateway["State"] != "available":
                    yield Breach("network.dead_nat", {"subnet": subnet.name, "gateway": route["NatGatewayId"]})
                elif placed[gateway["SubnetId"]] != subnet.zone:
                    params = {"subnet": subnet.name, "zone": subnet.zone, "other": placed[gateway["SubnetId"]]}
                    yield Breach("network.nat_in_other_zone", params)


def _judge_tiers(subnets: Sequence[Reach], zones: int) -> Iterator[Breach]:
    everywhere = {subnet.zone for subnet in subnets}
    if len(everywhere) < zones:
        yield Breach("network.too_few_zones", {"zones": len(everywhere), "required": zones})
    for tier in TIERS:
        for zone in sorted(everywhere - {subnet.zone for subnet in subnets if subnet.tier == tier}):
            yield Breach("network.tier_missing", {"tier": tier, "zone": zone})
    for subnet in subnets:
        if subnet.marked is not None and subnet.marked != subnet.tier:
            params = {"subnet": subnet.name, "marked": subnet.marked, "tier": subnet.tier}
            yield Breach("network.tier_mismatch", params)


# -- who may come in -----------------------------------------------------------------------------------------------


def _opened(network: Network) -> Iterator[tuple[str, Rule]]:
    """Rules that let the world in, with the names of their groups."""
    for group in network.security_groups:
        for rule in flat(group["IpPermissions"]):
            if any(is_world(rule[key]) for key in ("cidr_ip", "cidr_ipv6") if key in rule):
                yield group["GroupName"], rule


def _judge_open(opened: Sequence[tuple[str, Rule]], public: str, ports: Sequence[int]) -> Iterator[Breach]:
    for group, rule in opened:
        allowed = rule["ip_protocol"] == "tcp" and rule["from_port"] == rule["to_port"] and rule["from_port"] in ports
        if group != public or not allowed:
            yield Breach("network.open_to_the_world", {"group": group, "rule": matrix.text(rule)})


def _judge_nodes(nodes: Sequence[Item], subnets: Sequence[Reach]) -> Iterator[Breach]:
    reach = {subnet.id: subnet for subnet in subnets}
    for interface in nodes:
        subnet = reach[interface["SubnetId"]]
        if subnet.tier != "private":
            params = {"instance": interface["Attachment"]["InstanceId"], "subnet": subnet.name, "tier": subnet.tier}
            yield Breach("network.node_outside", params)


def _judge_clusters(found: Sequence[Item], network: Network, subnets: Sequence[Reach]) -> Iterator[Breach]:
    if not found:
        yield Breach("eks.no_cluster", {})
    own = {group["GroupId"] for group in network.security_groups}
    for cluster in found:
        placed = cluster["resourcesVpcConfig"]
        for subnet, tier in _outside(placed["subnetIds"], subnets):
            yield Breach("eks.cluster_outside", {"cluster": cluster["name"], "subnet": subnet, "tier": tier})
        if not own.intersection(placed["securityGroupIds"]):
            yield Breach("eks.no_own_group", {"cluster": cluster["name"]})


def _judge_node_groups(groups: Sequence[Item], subnets: Sequence[Reach]) -> Iterator[Breach]:
    for group in groups:
        for subnet, tier in _outside(group["subnets"], subnets):
            yield Breach("eks.group_outside", {"group": group["nodegroupName"], "subnet": subnet, "tier": tier})


def _outside(placed: Collection[str], subnets: Sequence[Reach]) -> Iterator[tuple[str, str]]:
    """Names and tiers of subnets that are not private ones of the platform; of another VPC, nothing else is known."""
    reach = {subnet.id: subnet for subnet in subnets}
    for identifier in sorted(placed):
        subnet = reach.get(identifier)
        if subnet is None or subnet.tier != "private":
            yield (identifier, "other") if subnet is None else (subnet.name, subnet.tier)


def _names(placed: Collection[str], subnets: Sequence[Reach]) -> list[str]:
    return sorted(subnet.name for subnet in subnets if subnet.id in placed)
