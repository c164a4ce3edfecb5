# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Public hosts that Route 53 leads elsewhere when their health check fails."""

from __future__ import annotations

from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._aws.tags import from_list
from ansible_collections.iworkz.platform.plugins.module_utils._checks.engine import Breach, World

PAIR = {"PRIMARY", "SECONDARY"}
# route53:ListTagsForResources takes no more at once.
TAGGED_AT_ONCE = 10


def records(world: World) -> dict[tuple[str, str], dict[str, Any]]:
    """The failover records of the platform's public zones, ``{(host, type): {"PRIMARY" | "SECONDARY": record}}``.

    route53:ListHostedZones, ListTagsForResources, ListResourceRecordSets.
    """
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for zone in _zones(world):
        pages = world.client("route53").get_paginator("list_resource_record_sets").paginate(HostedZoneId=zone)
        for record in (each for page in pages for each in page["ResourceRecordSets"]):
            if "Failover" in record:
                found.setdefault((record["Name"].rstrip("."), record["Type"]), {})[record["Failover"]] = record
    return found


def health_checks(world: World) -> set[str]:
    """Ids of the account's health checks (route53:ListHealthChecks)."""
    pages = world.client("route53").get_paginator("list_health_checks").paginate()
    return {each["Id"] for page in pages for each in page["HealthChecks"]}


def dns_failover(world: World) -> tuple[dict[str, Any], list[Breach]]:
    """Return the hosts that fail over by DNS, and what they lack; no such host at all is a breach."""
    observed: dict[str, Any] = {}
    breaches: list[Breach] = []
    for (host, kind), pair in world.once(records).items():
        checked = "PRIMARY" in pair and _is_checked(world, pair["PRIMARY"])
        observed[f"{host} {kind}"] = {"records": sorted(pair), "health_checked": checked}
        if set(pair) != PAIR:
            breaches.append(Breach("dr.dns_half", {"host": host, "there": ", ".join(sorted(pair))}))
        elif not checked:
            breaches.append(Breach("dr.dns_unchecked", {"host": host}))
    return observed, breaches if observed else [Breach("dr.no_dns_failover", {})]


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
