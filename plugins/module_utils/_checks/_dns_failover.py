# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Public hosts that Route 53 leads elsewhere when their health check fails."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._aws.route53_balancers import DUALSTACK
from ansible_collections.iworkz.platform.plugins.module_utils._aws.tags import from_list
from ansible_collections.iworkz.platform.plugins.module_utils._checks import _standby
from ansible_collections.iworkz.platform.plugins.module_utils._checks._ingress_facts import public
from ansible_collections.iworkz.platform.plugins.module_utils._checks.engine import Breach, World

PAIR = {"PRIMARY", "SECONDARY"}
Pair = dict[str, dict[str, Any]]
# route53:ListTagsForResources takes no more at once.
TAGGED_AT_ONCE = 10


def records(world: World) -> dict[tuple[str, str], Pair]:
    """The failover records of the platform's public zones, ``{(host, type): {"PRIMARY" | "SECONDARY": record}}``.

    route53:ListHostedZones, ListTagsForResources, ListResourceRecordSets.
    """
    found: dict[tuple[str, str], Pair] = {}
    for zone in _zones(world):
        pages = world.client("route53").get_paginator("list_resource_record_sets").paginate(HostedZoneId=zone)
        for record in (each for page in pages for each in page["ResourceRecordSets"]):
            if "Failover" in record:
                found.setdefault((record["Name"].rstrip("."), record["Type"]), {})[record["Failover"]] = record
    return found


def health_checks(world: World) -> dict[str, dict[str, Any]]:
    """The account's health checks by id, as HealthCheckConfig tells them (route53:ListHealthChecks)."""
    pages = world.client("route53").get_paginator("list_health_checks").paginate()
    return {each["Id"]: each["HealthCheckConfig"] for page in pages for each in page["HealthChecks"]}


def dns_failover(world: World) -> tuple[dict[str, Any], list[Breach]]:
    """Return where the public hosts lead, well and ill, and what they lack. Each needs an address that fails over;
    other records that do are judged as well.
    """
    found = world.once(records)
    if not found:
        return {}, [Breach("dr.no_dns_failover", {})]
    hosts = {host for host, _kind in found}
    missing = sorted({one["host"] for one in public(world)} - {host for host, kind in found if kind == "A"})
    observed: dict[str, Any] = {}
    breaches = [Breach("dr.dns_missing", {"host": host}) for host in missing]
    for (host, kind), pair in found.items():
        observed[f"{host} {kind}"] = {
            "records": {side: _target(record) for side, record in sorted(pair.items())},
            "health_checked": "PRIMARY" in pair and _is_checked(world, pair["PRIMARY"]),
        }
        breaches += _breaches(world, host, pair, hosts)
    return observed, breaches


def _breaches(world: World, host: str, pair: Pair, hosts: set[str]) -> Iterator[Breach]:
    if set(pair) != PAIR:
        yield Breach("dr.dns_half", {"host": host, "there": ", ".join(sorted(pair))})
        return
    primary = pair["PRIMARY"]
    if not _is_checked(world, primary):
        yield Breach("dr.dns_unchecked", {"host": host})
    # https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/health-checks-creating-values.html
    asked = world.once(health_checks).get(primary.get("HealthCheckId", ""), {}).get("FullyQualifiedDomainName", "")
    if asked.rstrip(".").lower() in hosts:
        yield Breach("dr.dns_asks_itself", {"host": host, "asked": asked})
    for side, region in (("PRIMARY", world.platform.region), ("SECONDARY", world.platform.recovery_region)):
        target = _target(pair[side])
        balancer = _standby.balancers(world, region).get(target)
        if balancer is None:
            yield Breach("dr.dns_elsewhere", {"host": host, "side": side, "target": target, "region": region})
        elif side == "SECONDARY":
            yield from _standby.breaches(world, host, balancer)


def _target(record: Mapping[str, Any]) -> str:
    """Where a record leads: the address of an alias, or its values."""
    values = ", ".join(one["Value"] for one in record.get("ResourceRecords", []))
    name: str = record.get("AliasTarget", {}).get("DNSName", values)
    return name.rstrip(".").lower().removeprefix(DUALSTACK)


def _is_checked(world: World, record: dict[str, Any]) -> bool:
    evaluated = record.get("AliasTarget", {}).get("EvaluateTargetHealth", False)
    return bool(evaluated) or record.get("HealthCheckId") in world.once(health_checks)


def _zones(world: World) -> list[str]:
    client = world.client("route53")
    pages = client.get_paginator("list_hosted_zones").paginate()
    public = [
        zone["Id"].rpartition("/")[2]
        for page in pages
        for zone in page["HostedZones"]
        if not zone["Config"]["PrivateZone"]
    ]
    ours = []
    for start in range(0, len(public), TAGGED_AT_ONCE):
        answer = client.list_tags_for_resources(
            ResourceType="hostedzone", ResourceIds=public[start : start + TAGGED_AT_ONCE]
        )
        ours += [
            tagged["ResourceId"]
            for tagged in answer["ResourceTagSets"]
            if world.platform.owns(from_list(tagged["Tags"]))
        ]
    return ours
