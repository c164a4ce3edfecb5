# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Item 2.1.3.4: every public resource, in both regions, protected by its health, and a response team that knows whom to
call."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._aws.shield import (
    OFF,
    protections,
    response_of,
    subscribed,
)
from ansible_collections.iworkz.platform.plugins.module_utils._aws.shield_groups import protection_groups
from ansible_collections.iworkz.platform.plugins.module_utils._aws.shield_resources import (
    ADDRESS,
    ZONE,
    Exposed,
    exposed,
)
from ansible_collections.iworkz.platform.plugins.module_utils._checks._dns_failover import health_checks
from ansible_collections.iworkz.platform.plugins.module_utils._checks.engine import Breach, Finding, World, check

# ResourceType of protection groups.
TYPES = {
    "application load balancer": "APPLICATION_LOAD_BALANCER",
    "distribution": "CLOUDFRONT_DISTRIBUTION",
    ZONE: "ROUTE_53_HOSTED_ZONE",
    ADDRESS: "ELASTIC_IP_ALLOCATION",
}


@check("2.1.3.4")
def protected_from_denial_of_service(world: World, required: dict[str, Any]) -> Finding:
    """Standard alone is no pass: where that is what is declared, the item does not apply, and names what is without."""
    client = world.client("shield")
    platform = world.platform
    regions = (platform.region, platform.recovery_region)
    public = exposed(world.client, platform.tags, regions, platform.account_id)
    observed: dict[str, Any] = {"public": {one.name: one.kind for one in public}, "advanced": subscribed(client)}
    if not observed["advanced"]:
        names = ", ".join(one.name for one in public) or "-"
        if platform.declared["shield"]["advanced"]:
            return Finding(observed, (Breach("shield.not_subscribed", {"names": names}),))
        return Finding(observed, not_applicable=Breach("shield.standard_only", {"names": names}))
    if not public:
        return Finding(observed, (Breach("shield.nothing_public", {}),))
    found = {one["ResourceArn"]: one for one in protections(client)}
    breaches = [breach for one in public for breach in _protection(world, one, found.get(one.arn), required)]
    groups = protection_groups(client)
    breaches += [
        Breach("shield.ungrouped", {"kind": one.kind, "name": one.name})
        for one in public
        if one.arn in found and not any(_includes(group, one) for group in groups)
    ]
    team = _team(client)
    breaches += _team_breaches(team, required)
    observed |= {
        "protected": {one.name: response_of(found[one.arn]) for one in public if one.arn in found},
        "groups": {group["ProtectionGroupId"]: group["Pattern"] for group in groups},
        "response_team": team,
    }
    return Finding(observed, tuple(breaches))


def _protection(
    world: World, one: Exposed, found: Mapping[str, Any] | None, required: Mapping[str, Any]
) -> Iterator[Breach]:
    params = {"kind": one.kind, "name": one.name}
    if found is None:
        yield Breach("shield.unprotected", params)
        return
    if one.has_requests and response_of(found) == OFF:
        yield Breach("shield.no_response", params)
    if one.has_health:
        there = [check for check in found.get("HealthCheckIds", []) if check in world.once(health_checks)]
        if len(there) < required["health_checks"]:
            yield Breach("shield.no_health_check", params)


def _includes(group: Mapping[str, Any], one: Exposed) -> bool:
    match group["Pattern"]:
        case "ALL":
            return True
        case "BY_RESOURCE_TYPE":
            return bool(group["ResourceType"] == TYPES.get(one.kind))
    return one.arn in group["Members"]


def _team(client: Any) -> dict[str, Any]:
    """What the response team knows; contacts as counts, for evidence is no place for telephone numbers."""
    contacts = client.describe_emergency_contact_settings().get("EmergencyContactList", [])
    subscription = client.describe_subscription()["Subscription"]
    access = client.describe_drt_access()
    return {
        "contacts": len(contacts),
        "telephones": sum("PhoneNumber" in one for one in contacts),
        "engagement": subscription.get("ProactiveEngagementStatus", "DISABLED"),
        "renewal": subscription["AutoRenew"],
        "access": access.get("RoleArn", ""),
        "log_buckets": access.get("LogBucketList", []),
    }


def _team_breaches(team: Mapping[str, Any], required: Mapping[str, Any]) -> Iterator[Breach]:
    if team["telephones"] < required["telephones"]:
        yield Breach("shield.no_contact", {"contacts": team["contacts"]})
    if team["engagement"] == "DISABLED":
        yield Breach("shield.not_proactive", {})
    if not team["access"]:
        yield Breach("shield.no_access", {})
    elif len(team["log_buckets"]) < required["log_buckets"]:
        yield Breach("shield.no_logs", {})
