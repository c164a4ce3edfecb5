# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Checks of group 1.1.3, search: the domains that carry the platform's tags, and what they hold."""

from __future__ import annotations

from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._checks import _search_trial
from ansible_collections.iworkz.platform.plugins.module_utils._checks._alarms import alarm_breaches
from ansible_collections.iworkz.platform.plugins.module_utils._checks._search_facts import Content, contents, domains
from ansible_collections.iworkz.platform.plugins.module_utils._checks.engine import Breach, Finding, World, check
from ansible_collections.iworkz.platform.plugins.module_utils._stores import opensearch_normal as normal

UNSET = (None, "-1")
LOGS = ("INDEX_SLOW_LOGS", "SEARCH_SLOW_LOGS", "ES_APPLICATION_LOGS", "AUDIT_LOGS")
ALARMED = ("ClusterStatus.red", "FreeStorageSpace", "JVMMemoryPressure")
NO_DOMAIN = Breach("opensearch.no_domain", {})


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


@check("1.1.3.2")
def templates_and_policies(world: World, required: dict[str, Any]) -> Finding:
    declared = world.platform.declared["indices"]
    observed: dict[str, Any] = {}
    breaches: list[Breach] = []
    for name, content in world.once(contents).items():
        if content is None:
            observed[name] = {}
            breaches.append(Breach("opensearch.not_active", {"domain": name}))
            continue
        breaches += differences(name, content, declared)
        trial = _search_trial.run(content.api, declared, world.platform.canary, required["margin_seconds"])
        breaches += [Breach(message, {"domain": name, **params}) for message, params in trial.problems]
        observed[name] = {
            "component_templates": sorted(content.component_templates),
            "index_templates": sorted(content.index_templates),
            "policies": sorted(content.ism_policies),
            "new_index": {"template": trial.template, "policy": trial.policy, "policy_seconds": trial.seconds},
            **_emulation(content),
        }
    return Finding(observed, tuple(breaches) if observed else (NO_DOMAIN,))


@check("1.1.3.4")
def tuned(world: World, required: dict[str, Any]) -> Finding:
    declared = world.platform.declared["indices"]
    observed: dict[str, Any] = {}
    breaches: list[Breach] = []
    for name, content in world.once(contents).items():
        if content is None:
            observed[name] = {}
            breaches.append(Breach("opensearch.not_active", {"domain": name}))
            continue
        if declared["query_log"] not in content.writable:
            breaches.append(Breach("opensearch.no_query_log", {"domain": name, "alias": declared["query_log"]}))
        breaches += _settings_breaches(name, content, declared, required)
        observed[name] = {
            "query_log": declared["query_log"] in content.writable,
            "settings": {alias: _shown(content, alias, required) for alias in sorted(content.settings)},
            **_emulation(content),
        }
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


def differences(domain: str, content: Content, declared: dict[str, Any]) -> list[Breach]:
    """What is declared and is missing on the domain, or is otherwise there."""
    found = {
        "component_templates": (content.component_templates, normal.template),
        "index_templates": (content.index_templates, normal.template),
        "ism_policies": (content.ism_policies, normal.policy),
    }
    breaches = []
    for option, (there, normalise) in found.items():
        for item in declared[option]:
            params = {"domain": domain, "kind": option, "name": item["name"]}
            if item["name"] not in there:
                breaches.append(Breach("opensearch.missing", params))
            elif there[item["name"]] != normalise(item["body"]):
                breaches.append(Breach("opensearch.differs", params))
    return breaches


def _settings_breaches(
    domain: str, content: Content, declared: dict[str, Any], required: dict[str, Any]
) -> list[Breach]:
    wanted = {item["index"]: normal.index_settings(item["settings"]) for item in declared["index_settings"]}
    breaches = []
    for alias in [item["alias"] for item in declared["indices"]]:
        indices = content.settings.get(alias, {})
        if not indices:
            breaches.append(Breach("opensearch.no_index", {"domain": domain, "alias": alias}))
        for index, settings in sorted(indices.items()):
            for message, names in (
                ("opensearch.no_slow_log", [n for n in required["slow_log_settings"] if settings.get(n) in UNSET]),
                ("opensearch.not_tuned", [n for n in required["tuned_settings"] if settings.get(n) is None]),
                (
                    "opensearch.settings_differ",
                    [n for n, value in sorted(wanted.get(alias, {}).items()) if settings.get(n) != value],
                ),
            ):
                if names:
                    breaches.append(Breach(message, {"domain": domain, "index": index, "names": ", ".join(names)}))
    return breaches


def _shown(content: Content, alias: str, required: dict[str, Any]) -> dict[str, Any]:
    names = (*required["slow_log_settings"], *required["tuned_settings"])
    return {index: {name: one.get(name) for name in names} for index, one in content.settings[alias].items()}


def _emulation(content: Content) -> dict[str, str]:
    """Evidence says so when it was not OpenSearch that answered."""
    return {"emulation": f"sandbox emulation of {content.api.emulation}"} if content.api.emulation else {}


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
