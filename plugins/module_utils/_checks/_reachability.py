# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What can reach what: paths over routes, network ACLs and security groups, between every pair of tiers.

A path is there when some address of the one tier can open a connection to some address of the other: the route leads
there, the ACLs of both subnets let the request and its replies through, and a group of the one may send what a group
of the other takes. The internet is a tier, too. Whoever leaves by a NAT gateway passes the ACL of its subnet.
https://docs.aws.amazon.com/vpc/latest/reachability/how-reachability-analyzer-works.html
"""

from __future__ import annotations

import functools
import ipaddress
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._aws.network_rules import Rule, flat
from ansible_collections.iworkz.platform.plugins.module_utils._checks import _ports
from ansible_collections.iworkz.platform.plugins.module_utils._checks._network_facts import (
    DEFAULT_ROUTES,
    Item,
    Network,
    Reach,
    destination,
    reaches,
)
from ansible_collections.iworkz.platform.plugins.module_utils._checks._ports import Ports
from ansible_collections.iworkz.platform.plugins.module_utils._checks.finding import Breach

INTERNET = "internet"
TIERS = (INTERNET, "public", "private", "data")
PROTOCOLS = {"tcp": "6", "udp": "17"}
ANYWHERE = ipaddress.IPv4Network("0.0.0.0/0")
PRIVATE = tuple(map(ipaddress.IPv4Network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10")))
REPLIES: Ports = ((32768, 60999),)
"""Ports that Linux opens connections from."""

Cidr = ipaddress.IPv4Network


@dataclass(frozen=True)
class Place:
    """A subnet with what guards it, or the internet, which has neither table nor ACL."""

    tier: str
    cidr: Cidr
    table: Item | None = None
    acl: Item | None = None


@dataclass(frozen=True)
class Pair:
    source: str
    target: str
    protocol: str


Paths = Mapping[Pair, Ports]


def paths(network: Network, placed: Mapping[str, str], prefix: str) -> dict[Pair, Ports]:
    """The ports that each tier can reach in each.

    :param placed: the tier that each security group stands in, by its name without the prefix.
    """
    places = [*_places(network), Place(INTERNET, ANYWHERE)]
    groups = {group["GroupName"].removeprefix(f"{prefix}-"): group for group in network.security_groups}
    by_tier = {tier: [groups[name] for name, at in placed.items() if at == tier and name in groups] for tier in TIERS}
    found: dict[Pair, Ports] = {}
    for source in places:
        for target in places:
            if source.tier == target.tier == INTERNET:
                continue
            for protocol in PROTOCOLS:
                pair = Pair(source.tier, target.tier, protocol)
                open_ports = _ports.both(
                    _through(network, places, source, target, protocol),
                    _sent_and_taken(by_tier[source.tier], by_tier[target.tier], source, target, protocol),
                )
                found[pair] = _ports.either(found.get(pair, _ports.NONE), open_ports)
    return found


def declared_paths(declared: Sequence[Mapping[str, Any]]) -> dict[Pair, Ports]:
    """The declared matrix in the same form; ``ports`` is a list of ports, or all."""
    found: dict[Pair, Ports] = {}
    for one in declared:
        for protocol in PROTOCOLS if one["ports"] == "all" else ("tcp",):
            ports = _ports.ALL if one["ports"] == "all" else _ports.of((port, port) for port in one["ports"])
            found[Pair(one["from"], one["to"], protocol)] = ports
    return found


def judge(actual: Paths, declared: Paths) -> Iterator[Breach]:
    for pair in sorted({*actual, *declared}, key=str):
        has, wants = actual.get(pair, _ports.NONE), declared.get(pair, _ports.NONE)
        params = {"source": pair.source, "target": pair.target, "protocol": pair.protocol}
        if more := _ports.without(has, wants):
            yield Breach("network.path_undeclared", {**params, "ports": _ports.text(more)})
        if less := _ports.without(wants, has):
            yield Breach("network.path_missing", {**params, "ports": _ports.text(less)})


def table(actual: Paths) -> list[str]:
    """Sources (down) and targets (across) with the TCP ports that are open, as a Markdown table."""
    rows = [
        f"| {source} | "
        + " | ".join(
            "" if source == target == INTERNET else _ports.text(actual.get(Pair(source, target, "tcp"), _ports.NONE))
            for target in TIERS
        )
        + " |"
        for source in TIERS
    ]
    return [f"| from, to | {' | '.join(TIERS)} |", "|---" * (len(TIERS) + 1) + "|", *rows]


# -- where things are ----------------------------------------------------------------------------------------------


def _places(network: Network) -> list[Place]:
    guards = {one["SubnetId"]: acl for acl in network.network_acls for one in acl["Associations"]}
    cidrs = {subnet["SubnetId"]: ipaddress.IPv4Network(subnet["CidrBlock"]) for subnet in network.subnets}
    return [_place(reach, cidrs[reach.id], guards[reach.id]) for reach in reaches(network)]


def _place(reach: Reach, cidr: Cidr, acl: Item) -> Place:
    """The tier is what the subnet is marked; what its routes make of it, the paths tell."""
    return Place(reach.marked or reach.tier, cidr, reach.table, acl)


# -- routes and ACLs -----------------------------------------------------------------------------------------------


def _through(network: Network, places: Sequence[Place], source: Place, target: Place, protocol: str) -> Ports:
    """Ports that routes and ACLs let through, there and back."""
    hops: list[Place] | None
    if source.tier == INTERNET:
        hops = [] if _leaves(target) == "igw" else None
    elif target.tier == INTERNET:
        hops = _hops(network, places, source)
    else:
        hops = [] if _is_local(source, target) and _is_local(target, source) else None
    if hops is None:
        return _ports.NONE
    return _intersection(
        _let_through(source, target, "egress", protocol),
        _let_through(target, source, "ingress", protocol),
        *(_let_through(hop, source, "ingress", protocol) for hop in hops),
        *(_let_through(hop, target, "egress", protocol) for hop in hops),
    )


def _intersection(*several: Ports) -> Ports:
    return functools.reduce(_ports.both, several, _ports.ALL)


def _let_through(place: Place, far: Place, side: str, protocol: str) -> Ports:
    """Ports that the ACL of a place lets through to or from another, if it lets the replies through, too."""
    back = _acl(place, far, "ingress" if side == "egress" else "egress", protocol)
    return _acl(place, far, side, protocol) if _ports.both(back, REPLIES) == REPLIES else _ports.NONE


def _leaves(place: Place) -> str:
    """What the default route of a subnet leads to: igw, nat, or nothing that counts."""
    routes = [one for one in (place.table or {}).get("Routes", ()) if one.get("State", "active") == "active"]
    for route in routes:
        if destination(route) == DEFAULT_ROUTES[0]:
            if str(route.get("GatewayId", "")).startswith("igw-"):
                return "igw"
            return str(route.get("NatGatewayId", ""))
    return ""


def _hops(network: Network, places: Sequence[Place], source: Place) -> list[Place] | None:
    """The subnets between a subnet and the internet: none, that of its NAT gateway, or no way (None)."""
    way = _leaves(source)
    if way == "igw":
        return []
    subnets = {one["NatGatewayId"]: one["SubnetId"] for one in network.nat_gateways if one["State"] == "available"}
    cidrs = {one["SubnetId"]: ipaddress.IPv4Network(one["CidrBlock"]) for one in network.subnets}
    if way not in subnets:
        return None
    (hop,) = [place for place in places if place.table is not None and place.cidr == cidrs[subnets[way]]]
    return [hop] if _leaves(hop) == "igw" else None


def _is_local(near: Place, far: Place) -> bool:
    """Whether the most specific route to the other stays in the VPC."""
    routes = [
        (ipaddress.IPv4Network(where).prefixlen, route)
        for route in (near.table or {})["Routes"]
        if (where := route.get("DestinationCidrBlock")) and far.cidr.subnet_of(ipaddress.IPv4Network(where))
    ]
    return bool(routes) and max(routes, key=lambda one: one[0])[1].get("GatewayId") == "local"


def _acl(near: Place, far: Place, side: str, protocol: str) -> Ports:
    """Ports that the ACL of a subnet lets pass to or from some address of another place. The internet has none."""
    if near.acl is None:
        return _ports.ALL
    allowed, denied = _ports.NONE, _ports.NONE
    for entry in sorted(near.acl["Entries"], key=lambda one: int(one["RuleNumber"])):
        cidr = entry.get("CidrBlock")
        if (
            entry["Egress"] is not (side == "egress")
            or entry["Protocol"] not in ("-1", PROTOCOLS[protocol])
            or not cidr
        ):
            continue
        span = entry.get("PortRange")
        ports = _ports.of([(span["From"], span["To"])]) if span else _ports.ALL
        if entry["RuleAction"] == "allow" and _overlaps(cidr, far):
            allowed = _ports.either(allowed, _ports.without(ports, denied))
        elif entry["RuleAction"] == "deny" and _covers(cidr, far):
            denied = _ports.either(denied, ports)
    return allowed


def _overlaps(cidr: str, place: Place) -> bool:
    network = ipaddress.ip_network(cidr)
    if place.tier == INTERNET:
        return not isinstance(network, ipaddress.IPv4Network) or not any(map(network.subnet_of, PRIVATE))
    return isinstance(network, ipaddress.IPv4Network) and network.overlaps(place.cidr)


def _covers(cidr: str, place: Place) -> bool:
    network = ipaddress.ip_network(cidr)
    return isinstance(network, ipaddress.IPv4Network) and place.cidr.subnet_of(network)


# -- security groups -----------------------------------------------------------------------------------------------


def _sent_and_taken(
    senders: Sequence[Item], takers: Sequence[Item], source: Place, target: Place, protocol: str
) -> Ports:
    """Ports that some group of the source may send to some group of the target, which takes them."""
    sent_by: Sequence[Item | None] = [None] if source.tier == INTERNET else senders
    taken_by: Sequence[Item | None] = [None] if target.tier == INTERNET else takers
    return _ports.either(
        *(
            _ports.both(
                _group(sender, taker, target, "IpPermissionsEgress", protocol),
                _group(taker, sender, source, "IpPermissions", protocol),
            )
            for sender in sent_by
            for taker in taken_by
        )
    )


def _group(own: Item | None, other: Item | None, place: Place, side: str, protocol: str) -> Ports:
    """Ports that a group's rules of one side let pass to or from another group in a place."""
    if own is None:
        return _ports.ALL
    return _ports.of(
        (rule["from_port"], rule["to_port"]) if "from_port" in rule else _ports.ALL[0]
        for rule in flat(own[side])
        if rule["ip_protocol"] in ("-1", protocol) and _concerns(rule, other, place)
    )


def _concerns(rule: Rule, other: Item | None, place: Place) -> bool:
    """A prefix list may hold any address."""
    if "group_id" in rule:
        return other is not None and rule["group_id"] == other["GroupId"]
    return "prefix_list_id" in rule or _overlaps(rule.get("cidr_ip") or "::/0", place)
