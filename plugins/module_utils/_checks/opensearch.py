# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Checks of group 1.1.3, search: the domains that carry the platform's tags."""

from __future__ import annotations

from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._aws.tags import from_list
from ansible_collections.iworkz.platform.plugins.module_utils._checks._alarms import alarm_breaches
from ansible_collections.iworkz.platform.plugins.module_utils._checks.engine import Breach, Finding, World, check

NAMES_PER_CALL = 5
LOGS = ("INDEX_SLOW_LOGS", "SEARCH_SLOW_LOGS", "ES_APPLICATION_LOGS", "AUDIT_LOGS")
ALARMED = ("ClusterStatus.red", "FreeStorageSpace", "JVMMemoryPressure")
NO_DOMAIN = Breach("opensearch.no_domain", {})


def domains(world: World) -> list[dict[str, Any]]:
    """The platform's domains (opensearch:ListDomainNames, DescribeDomains, ListTags), as DescribeDomains has them."""
    client = world.client("opensearch")
    names = [entry["DomainName"] for entry in client.list_domain_names()["DomainNames"]]
    found: list[dict[str, Any]] = []
    for start in range(0, len(names), NAMES_PER_CALL):
        found += client.describe_domains(DomainNames=names[start : start + NAMES_PER_CALL])["DomainStatusList"]
    return [domain for domain in found if not domain["Deleted"] and _is_ours(world, domain["ARN"])]


def log_groups(world: World) -> dict[str, int | None]:
    """Retention in days by ARN of every log group of the region, None for ever (logs:DescribeLogGroups)."""
    pages = world.client("logs").get_paginator("describe_log_groups").paginate()
    return {
        group["arn"].removesuffix(":*"): group.get("retentionInDays") for page in pages for group in page["logGroups"]
    }


@check("1.1.3.1")
def across_zones(world: World, required: dict[str, Any]) -> Finding:
    observed: dict[str, Any] = {}
    breaches: list[Breach] = []
    for domain in world.once(domains):
        name = domain["DomainName"]
        facts = observed[name] = _layout(domain)
        breaches += [
            Breach("opensearch.layout", {"domain": name, "aspect": aspect, "is": facts[aspect], "wanted": wanted})
            for aspect, wanted, holds in (
                ("managers", f">= {required['managers']}", facts["managers"] >= required["managers"]),
                ("zones", f">= {required['zones']}", facts["zones"] >= required["zones"]),
                ("nodes", f">= {required['zones']}", facts["nodes"] >= required["zones"]),
            )
            if not holds
        ]
        breaches += [
            Breach(message, {"domain": name})
            for message, holds in (
                ("opensearch.not_active", facts["active"]),
                ("opensearch.not_encrypted", facts["encrypted_at_rest"]),
                ("opensearch.no_node_to_node", facts["node_to_node_encryption"]),
                ("opensearch.plain_http", facts["https_enforced"]),
                ("opensearch.weak_tls", facts["tls_policy"] in required["tls_policies"]),
                ("opensearch.public", facts["vpc"]),
            )
            if not holds
        ]
    return Finding(observed, tuple(breaches) if observed else (NO_DOMAIN,))


@check("1.1.3.3")
def watched(world: World, required: dict[str, Any]) -> Finding:
    observed: dict[str, Any] = {}
    breaches: list[Breach] = []
    for domain in world.once(domains):
        name = domain["DomainName"]
        published = domain.get("LogPublishingOptions", {})
        retention = {kind: _retention(world, published.get(kind, {})) for kind in LOGS}
        for kind, days in retention.items():
            if days is None:
                breaches.append(Breach("opensearch.log_missing", {"domain": name, "log": kind}))
            elif days < required["log_retention_days"]:
                wanted = required["log_retention_days"]
                breaches.append(
                    Breach("opensearch.log_retention", {"domain": name, "log": kind, "days": days, "wanted": wanted})
                )
        dimensions = {"DomainName": name, "ClientId": world.platform.account_id}
        alarms, missing = alarm_breaches(world, name, "AWS/ES", dimensions, ALARMED)
        breaches += missing
        observed[name] = {"log_retention_days": retention, "alarms": alarms}
    return Finding(observed, tuple(breaches) if observed else (NO_DOMAIN,))


def _is_ours(world: World, arn: str) -> bool:
    return world.platform.owns(from_list(world.client("opensearch").list_tags(ARN=arn)["TagList"]))


def _layout(domain: dict[str, Any]) -> dict[str, Any]:
    cluster = domain["ClusterConfig"]
    endpoint = domain.get("DomainEndpointOptions", {})
    spread = cluster.get("ZoneAwarenessEnabled", False)
    return {
        "active": bool(domain["Created"] and (domain.get("Endpoint") or domain.get("Endpoints"))),
        "managers": cluster.get("DedicatedMasterCount", 0) if cluster.get("DedicatedMasterEnabled") else 0,
        "nodes": cluster["InstanceCount"],
        # Zone awareness without a number means two zones.
        "zones": cluster.get("ZoneAwarenessConfig", {}).get("AvailabilityZoneCount", 2) if spread else 1,
        "encrypted_at_rest": domain.get("EncryptionAtRestOptions", {}).get("Enabled", False),
        "node_to_node_encryption": domain.get("NodeToNodeEncryptionOptions", {}).get("Enabled", False),
        "https_enforced": endpoint.get("EnforceHTTPS", False),
        "tls_policy": endpoint.get("TLSSecurityPolicy"),
        "vpc": domain.get("VPCOptions", {}).get("VPCId"),
    }


def _retention(world: World, option: dict[str, Any]) -> int | None:
    """Days of the log group that a log is published to; None when it is not published, or to no group there is.

    A group without retention keeps for ever, which is what its retention would have to prevent.
    """
    if not option.get("Enabled"):
        return None
    arn = option["CloudWatchLogsLogGroupArn"].removesuffix(":*")
    return world.once(log_groups).get(arn)
