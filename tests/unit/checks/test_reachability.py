"""Which tier reaches which, in the network as this repository declares it, and with one thing changed at a time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._aws.network_rules import canonical, permissions
from ansible_collections.iworkz.platform.plugins.module_utils._checks import _ports
from ansible_collections.iworkz.platform.plugins.module_utils._checks._network_facts import Network
from ansible_collections.iworkz.platform.plugins.module_utils._checks._reachability import (
    Pair,
    declared_paths,
    judge,
    paths,
    table,
)

TIERS = {"public": 128, "private": 0, "data": 144}
PLACED = {"alb": "public", "nodes": "private", "redis": "data"}
DECLARED = [
    {"from": "internet", "to": "public", "ports": [80, 443]},
    {"from": "public", "to": "private", "ports": [8443]},
    {"from": "private", "to": "private", "ports": "all"},
    {"from": "private", "to": "public", "ports": [443]},
    {"from": "private", "to": "data", "ports": [6379]},
    {"from": "private", "to": "internet", "ports": [443]},
]
VPC, WORLD = "10.96.0.0/16", "0.0.0.0/0"
Change = Callable[[Network], Any]


def entry(number: int, cidr: str, first: int | None = None, last: int | None = None, **more: Any) -> dict[str, Any]:
    span = {} if first is None else {"PortRange": {"From": first, "To": last or first}}
    protocol = "-1" if first is None else "6"
    return {"RuleNumber": number, "CidrBlock": cidr, "Protocol": protocol, "RuleAction": "allow", **span, **more}


ENTRIES: dict[str, tuple[list[dict[str, Any]], list[dict[str, Any]]]] = {
    "public": (
        [entry(100, WORLD, 443), entry(110, WORLD, 80), entry(120, WORLD, 1024, 65535)],
        [entry(100, WORLD, 443), entry(110, WORLD, 1024, 65535)],
    ),
    "private": (
        [entry(100, VPC), entry(110, WORLD, 1024, 65535)],
        [entry(100, VPC), entry(110, WORLD, 443)],
    ),
    "data": (
        [entry(100, "10.96.144.0/22"), entry(120, "10.96.0.0/22", 6379)],
        [entry(100, "10.96.144.0/22"), entry(110, "10.96.0.0/22", 1024, 65535)],
    ),
}
RULES: dict[str, tuple[list[tuple[Any, ...]], list[tuple[Any, ...]]]] = {
    "alb": ([("tcp", 443, WORLD), ("tcp", 80, WORLD)], [("tcp", 8443, "nodes")]),
    "nodes": (
        [("tcp", 8443, "alb"), ("-1", None, "nodes")],
        [("-1", None, "nodes"), ("tcp", 443, WORLD), ("tcp", 6379, "redis")],
    ),
    "redis": ([("tcp", 6379, "nodes")], []),
}


def permitted(rules: list[tuple[Any, ...]]) -> list[dict[str, Any]]:
    flat = [
        {
            "ip_protocol": protocol,
            **({} if port is None else {"from_port": port, "to_port": port}),
            **({"cidr_ip": peer} if "/" in peer else {"group_id": peer}),
        }
        for protocol, port, peer in rules
    ]
    return permissions(canonical(flat))


def route(destination: str, **target: str) -> dict[str, Any]:
    return {"DestinationCidrBlock": destination, "State": "active", **target}


def network() -> Network:
    ways = {"public": {"GatewayId": "igw-1"}, "private": {"NatGatewayId": "nat-1"}}
    return Network(
        vpcs=[{"VpcId": "vpc-1"}],
        subnets=[
            {
                "SubnetId": tier,
                "VpcId": "vpc-1",
                "AvailabilityZone": "a",
                "CidrBlock": f"10.96.{third}.0/22",
                "Tags": [{"Key": "Tier", "Value": tier}],
            }
            for tier, third in TIERS.items()
        ],
        route_tables=[
            {
                "VpcId": "vpc-1",
                "Associations": [{"SubnetId": tier, "Main": False}],
                "Routes": [route(VPC, GatewayId="local"), *([route(WORLD, **ways[tier])] if tier in ways else [])],
            }
            for tier in TIERS
        ],
        nat_gateways=[{"NatGatewayId": "nat-1", "SubnetId": "public", "State": "available"}],
        security_groups=[
            {
                "GroupName": f"p-{name}",
                "GroupId": name,
                "IpPermissions": permitted(ingress),
                "IpPermissionsEgress": permitted(egress),
            }
            for name, (ingress, egress) in RULES.items()
        ],
        network_acls=[
            {
                "Associations": [{"SubnetId": tier}],
                "Entries": [
                    *({**one, "Egress": False} for one in ingress),
                    *({**one, "Egress": True} for one in egress),
                    {**entry(32767, WORLD), "RuleAction": "deny", "Egress": False},
                    {**entry(32767, WORLD), "RuleAction": "deny", "Egress": True},
                ],
            }
            for tier, (ingress, egress) in ENTRIES.items()
        ],
        endpoints=[],
        flow_logs=[],
        interfaces=[],
    )


def told(change: Change) -> set[tuple[str, ...]]:
    found = network()
    change(found)
    breaches = judge(paths(found, PLACED, "p"), declared_paths(DECLARED))
    return {(one.id.removeprefix("network.path_"), *map(str, one.params.values())) for one in breaches}


def group(found: Network, name: str) -> dict[str, Any]:
    return next(one for one in found.security_groups if one["GroupId"] == name)


def admit(found: Network, name: str, side: str, *rule: Any) -> None:
    group(found, name)[side] += permitted([rule])


def acl(found: Network, tier: str) -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = found.network_acls[list(TIERS).index(tier)]["Entries"]
    return entries


def routes(found: Network, tier: str) -> list[dict[str, Any]]:
    known: list[dict[str, Any]] = found.route_tables[list(TIERS).index(tier)]["Routes"]
    return known


def open_data_tier(found: Network) -> None:
    """Redis for the world: a way out, the ACL and the group; each alone lets nothing through."""
    routes(found, "data").append(route(WORLD, GatewayId="igw-1"))
    acl(found, "data").append(entry(10, WORLD, Egress=False))
    acl(found, "data").append(entry(10, WORLD, Egress=True))
    admit(found, "redis", "IpPermissions", "tcp", 6379, WORLD)


def test_the_network_as_declared() -> None:
    assert told(lambda found: None) == set()
    assert table(paths(network(), PLACED, "p"))[2:] == [
        "| internet |  | 80, 443 | - | - |",
        "| public | - | - | 8443 | - |",
        "| private | 443 | 443 | all | 6379 |",
        "| data | - | - | - | - |",
    ]


@pytest.mark.parametrize(
    ("change", "breaches"),
    [
        (lambda n: admit(n, "alb", "IpPermissions", "tcp", 22, WORLD), set()),
        (
            lambda n: admit(n, "alb", "IpPermissions", "tcp", 8080, WORLD),
            {("undeclared", "internet", "public", "tcp", "8080")},
        ),
        (lambda n: admit(n, "nodes", "IpPermissions", "tcp", 8443, WORLD), set()),
        (lambda n: routes(n, "data").append(route(WORLD, GatewayId="igw-1")), set()),
        (lambda n: admit(n, "redis", "IpPermissions", "tcp", 6379, WORLD), set()),
        (open_data_tier, {("undeclared", "internet", "data", "tcp", "6379")}),
        (
            lambda n: (
                admit(n, "redis", "IpPermissionsEgress", "tcp", 8443, "nodes"),
                admit(n, "nodes", "IpPermissions", "tcp", 8443, "redis"),
            ),
            set(),
        ),
        (
            lambda n: (
                admit(n, "redis", "IpPermissionsEgress", "tcp", 8443, "nodes"),
                admit(n, "nodes", "IpPermissions", "tcp", 8443, "redis"),
                acl(n, "data").append(entry(10, VPC, Egress=True)),
                acl(n, "data").append(entry(10, VPC, Egress=False)),
            ),
            {("undeclared", "data", "private", "tcp", "8443")},
        ),
        (lambda n: n.nat_gateways.clear(), {("missing", "private", "internet", "tcp", "443")}),
        (
            lambda n: routes(n, "public").pop(),
            {("missing", "internet", "public", "tcp", "80, 443"), ("missing", "private", "internet", "tcp", "443")},
        ),
        (
            lambda n: acl(n, "data").append({**entry(1, "10.96.0.0/16", 6379), "RuleAction": "deny", "Egress": False}),
            {("missing", "private", "data", "tcp", "6379")},
        ),
        (
            lambda n: acl(n, "data").append({**entry(1, VPC, 40000), "RuleAction": "deny", "Egress": True}),
            {("missing", "private", "data", "tcp", "6379")},
        ),
        (lambda n: group(n, "redis")["IpPermissions"].clear(), {("missing", "private", "data", "tcp", "6379")}),
        (
            lambda n: routes(n, "data").append(route("10.96.0.0/22", GatewayId="vgw-1")),
            {("missing", "private", "data", "tcp", "6379")},
        ),
    ],
)
def test_each_change(change: Change, breaches: set[tuple[str, ...]]) -> None:
    assert told(change) == breaches


def test_a_declared_path_is_for_tcp_unless_it_is_for_all() -> None:
    assert declared_paths(DECLARED[:1]) == {Pair("internet", "public", "tcp"): ((80, 80), (443, 443))}
    assert set(declared_paths(DECLARED[2:3])) == {Pair("private", "private", one) for one in ("tcp", "udp")}


@pytest.mark.parametrize(
    ("one", "other", "both", "without"),
    [
        (((1, 5),), ((3, 9),), ((3, 5),), ((1, 2),)),
        (((1, 9),), ((3, 5),), ((3, 5),), ((1, 2), (6, 9))),
        (((1, 2),), ((3, 4),), (), ((1, 2),)),
        (((1, 2), (5, 6)), _ports.ALL, ((1, 2), (5, 6)), ()),
        ((), ((1, 2),), (), ()),
    ],
)
def test_sets_of_ports(one: Any, other: Any, both: Any, without: Any) -> None:
    assert (_ports.both(one, other), _ports.without(one, other)) == (both, without)


def test_ranges_are_joined() -> None:
    assert _ports.of([(5, 6), (1, 3), (4, 4), (9, 9)]) == ((1, 6), (9, 9))
    assert (_ports.text(((1, 6), (9, 9))), _ports.text(_ports.ALL), _ports.text(())) == ("1-6, 9", "all", "-")
