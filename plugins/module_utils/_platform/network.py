# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The address plan: every network valid, inside its VPC, and apart from all others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from ipaddress import IPv4Network
from itertools import combinations
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._platform.problem import Problem, listed, shown

TIERS = ("public", "private", "data")
ZONES = 3
VPC_PREFIX = range(16, 29)  # CreateVpc and CreateSubnet accept /16 to /28

Placed = tuple[str, IPv4Network]


def parse_cidr(text: str) -> IPv4Network | str:
    """The network, or the reason why the text is none."""
    try:
        return IPv4Network(text)
    except ValueError as error:
        return str(error)


def check_plan(values: Mapping[str, Any]) -> Iterator[Problem]:
    """Judge both regions' plans (``platform_network``, ``platform_recovery_network``) and their zones."""
    vpcs: list[Placed] = []
    for variable, region, zones in (
        ("platform_network", "platform_region", "platform_availability_zones"),
        ("platform_recovery_network", "platform_recovery_region", "platform_recovery_availability_zones"),
    ):
        plan = values[variable]
        yield from _check_zones(zones, values[zones], region, values[region])
        yield from _check_coverage(variable, plan, values[zones])
        yield from _networks(vpcs, [(f"{variable}.cidr", plan["cidr"])])
        yield from _check_subnets(variable, plan, vpcs)
    if values["platform_region"] == values["platform_recovery_region"]:
        yield Problem("platform.same_region", "platform_recovery_region", {"region": values["platform_region"]})
    yield from _overlaps(vpcs)


def check_tiers(values: Mapping[str, Any]) -> Iterator[Problem]:
    """Each tier's summary network (``platform_tier_cidrs``) holds exactly its own subnets: ACLs are written in them."""
    tiers: list[Placed] = []
    cidrs = values["platform_tier_cidrs"]
    yield from _networks(tiers, [(f"platform_tier_cidrs.{tier}", cidrs[tier]) for tier in TIERS])
    yield from _overlaps(tiers)
    by_path = dict(tiers)
    for at, subnet in enumerate(values["platform_network"]["subnets"]):
        network, tier = parse_cidr(subnet["cidr"]), by_path.get(f"platform_tier_cidrs.{subnet['tier']}")
        if isinstance(network, IPv4Network) and tier is not None and not network.subnet_of(tier):
            params = {"subnet": subnet["cidr"], "outer": f"platform_tier_cidrs.{subnet['tier']}", "network": tier}
            yield Problem("platform.outside", f"platform_network.subnets[{at}].cidr", params)


def _check_zones(variable: str, zones: Sequence[str], region_variable: str, region: str) -> Iterator[Problem]:
    if len(zones) != ZONES:
        yield Problem("platform.zone_count", variable, {"count": len(zones), "needed": ZONES})
    for at, zone in enumerate(zones):
        if zone[:-1] != region:
            params = {"zone": zone, "region_variable": region_variable, "region": region}
            yield Problem("platform.zone_elsewhere", f"{variable}[{at}]", params)


def _check_coverage(variable: str, plan: Mapping[str, Any], zones: Sequence[str]) -> Iterator[Problem]:
    if sorted(plan["nat_zones"]) != sorted(zones):
        params = {"zones": listed(plan["nat_zones"]), "needed": listed(zones)}
        yield Problem("platform.nat_zones", f"{variable}.nat_zones", params)
    there = Counter((subnet["tier"], subnet["zone"]) for subnet in plan["subnets"])
    for tier in TIERS:
        for zone in zones:
            if there.pop((tier, zone), 0) != 1:
                yield Problem("platform.subnet_count", f"{variable}.subnets", {"tier": tier, "zone": zone})
    for _tier, zone in there:
        yield Problem("platform.zone_unknown", f"{variable}.subnets", {"zone": zone, "zones": listed(zones)})
    for name, count in Counter(subnet["name"] for subnet in plan["subnets"]).items():
        if count > 1:
            yield Problem("platform.duplicate", f"{variable}.subnets", {"value": shown(name)})


def _check_subnets(variable: str, plan: Mapping[str, Any], vpcs: Iterable[Placed]) -> Iterator[Problem]:
    subnets: list[Placed] = []
    cidrs = [(f"{variable}.subnets[{at}].cidr", subnet["cidr"]) for at, subnet in enumerate(plan["subnets"])]
    yield from _networks(subnets, cidrs)
    yield from _overlaps(subnets)
    vpc = dict(vpcs).get(f"{variable}.cidr")
    for path, network in subnets:
        if vpc is not None and not network.subnet_of(vpc):
            yield Problem("platform.outside", path, {"subnet": network, "outer": f"{variable}.cidr", "network": vpc})


def _networks(into: list[Placed], cidrs: Iterable[tuple[str, str]]) -> Iterator[Problem]:
    """Parse into ``into``; yield what is none or has a size AWS does not take."""
    for path, text in cidrs:
        network = parse_cidr(text)
        if isinstance(network, str):
            yield Problem("platform.not_a_cidr", path, {"value": shown(text), "reason": network})
            continue
        if network.prefixlen not in VPC_PREFIX:
            yield Problem("platform.cidr_size", path, {"value": text, "low": VPC_PREFIX[0], "high": VPC_PREFIX[-1]})
        into.append((path, network))


def _overlaps(networks: Sequence[Placed]) -> Iterator[Problem]:
    for (path, network), (other_path, other) in combinations(networks, 2):
        if network.overlaps(other):
            params = {"network": network, "other_path": other_path, "other": other}
            yield Problem("platform.overlap", path, params)
