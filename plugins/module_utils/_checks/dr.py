# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Checks of group 6.2.1, disaster recovery: failover by itself, what drills measured, and the runbooks."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._checks import elasticache, mq, rds
from ansible_collections.iworkz.platform.plugins.module_utils._checks._dns_failover import dns_failover
from ansible_collections.iworkz.platform.plugins.module_utils._checks._drills import drills, judged, standing
from ansible_collections.iworkz.platform.plugins.module_utils._checks.engine import Breach, Finding, World, check
from ansible_collections.iworkz.platform.plugins.module_utils._drill import runbooks
from ansible_collections.iworkz.platform.plugins.module_utils._drill.runbook import Place
from ansible_collections.iworkz.platform.plugins.module_utils._drill.scenario import TARGETS, Scenario
from ansible_collections.iworkz.platform.plugins.module_utils._drill.scenarios import load_scenarios

# ACTIVE_STANDBY_MULTI_AZ is ActiveMQ's; RabbitMQ spans zones as a cluster.
BROKER_FAILS_OVER = "CLUSTER_MULTI_AZ"


def scenarios(_world: World) -> dict[str, Scenario]:
    """The scenarios of this revision by name."""
    return load_scenarios()


@check("6.2.1.2")
def fails_over_by_itself(world: World, required: dict[str, Any]) -> Finding:
    stores, breaches = _stores_fail_over(world)
    dns, unanswered = dns_failover(world)
    breaches += unanswered
    breaches += world.once(drills).problems
    drilled = {}
    for name in required["scenarios"]:
        last, drilled[name], unfit = standing(world, name, required["interval_days"])
        breaches += unfit
        if last is not None and not last["hands_free"]:
            breaches.append(Breach("dr.not_hands_free", {"scenario": name}))
    return Finding({"stores": stores, "dns": dns, "drills": drilled}, tuple(breaches))


@check("6.2.1.3")
def recovery_is_measured(world: World, required: dict[str, Any]) -> Finding:
    limits: dict[str, dict[str, float]] = {target: _limits(world, required, target) for target in TARGETS}
    observed: dict[str, Any] = {}
    breaches = list(world.once(drills).problems)
    for name in required["scenarios"]:
        scenario = world.once(scenarios).get(name)
        if scenario is None:
            breaches.append(Breach("dr.no_scenario", {"scenario": name}))
            continue
        last, observed[name], unfit = standing(world, name, required["interval_days"])
        breaches += unfit
        if last is not None:
            observed[name]["figures"], missed = judged(scenario, last, limits)
            breaches += missed
    return Finding({"limits": limits, **observed}, tuple(breaches))


@check("6.2.1.4")
def runbooks_match_the_code(world: World, required: dict[str, Any]) -> Finding:
    there = runbooks.standing(Path(world.platform.runbooks_dir)) if world.platform.runbooks_dir else {}
    if not there:
        return Finding({"files": 0}, (Breach("dr.no_runbooks", {"directory": world.platform.runbooks_dir or "-"}),))
    known = world.once(scenarios)
    breaches = [Breach("dr.no_scenario", {"scenario": name}) for name in required["scenarios"] if name not in known]
    made = runbooks.read_manifest(there.get(runbooks.MANIFEST, b""))
    if made is None:
        return Finding({"files": len(there)}, (*breaches, Breach("dr.runbook_differs", {"file": runbooks.MANIFEST})))
    place = _place(world, made)
    wanted = runbooks.generate(known, place)
    wanted[runbooks.MANIFEST] = runbooks.manifest(known, place, wanted)
    for name in sorted({*wanted, *there, *_required(required)}):
        if name not in there:
            breaches.append(Breach("dr.runbook_missing", {"file": name}))
        elif there[name] != wanted.get(name):
            breaches.append(Breach("dr.runbook_differs", {"file": name}))
    if made["revision"] != world.platform.revision:
        params = {"revision": made["revision"], "current": world.platform.revision}
        breaches.append(Breach("dr.runbooks_of_other_revision", params))
    observed = {"files": len(there), "revision": made["revision"], "definitions": made["scenarios"]}
    return Finding(observed, tuple(breaches))


def _stores_fail_over(world: World) -> tuple[dict[str, Any], list[Breach]]:
    """What AWS says of each store that has to fail over, and those that would not."""
    observed: dict[str, Any] = {}
    breaches: list[Breach] = []
    for instance in rds.primaries(world):
        name = instance["DBInstanceIdentifier"]
        observed[name] = {"multi_az": instance["MultiAZ"]}
        if not instance["MultiAZ"]:
            breaches.append(Breach("rds.single_az", {"db": name}))
    for group in world.once(elasticache.groups):
        name = group["ReplicationGroupId"]
        observed[name] = {"automatic_failover": group["AutomaticFailover"], "multi_az": group["MultiAZ"]}
        if group["AutomaticFailover"] != "enabled":
            breaches.append(Breach("elasticache.no_failover", {"group": name}))
        if group["MultiAZ"] != "enabled":
            breaches.append(Breach("elasticache.single_az", {"group": name}))
    for broker in world.once(mq.brokers):
        name = broker["BrokerName"]
        observed[name] = {"deployment_mode": broker["DeploymentMode"]}
        if broker["DeploymentMode"] != BROKER_FAILS_OVER:
            breaches.append(Breach("dr.single_broker", {"broker": name, "mode": broker["DeploymentMode"]}))
    nothing = ((rds.primaries(world), rds.NO_INSTANCE),
               (world.once(elasticache.groups), elasticache.NO_GROUP),
               (world.once(mq.brokers), mq.NO_BROKER))  # fmt: skip
    return observed, [*(breach for found, breach in nothing if not found), *breaches]


def _limits(world: World, required: Mapping[str, Any], target: str) -> dict[str, float]:
    """What the platform promises for a kind of loss, but never more than the checklist allows, in seconds."""
    promised = world.platform.declared["recovery"][target]
    return {
        promise: min(promised[f"{promise}_seconds"], required[f"{target}_{promise}_seconds"])
        for promise in ("rto", "rpo")
    }


def _place(world: World, made: Mapping[str, Any]) -> Place:
    """Where the runbooks have to be for: names come from the manifest where nothing else is known of them."""
    platform = world.platform
    sure = {"prefix": platform.prefix, "region": platform.region, "recovery_region": platform.recovery_region}
    return Place(
        platform.environment,
        platform.account_id,
        {**made["names"], **sure},
        platform.declared["recovery"],
        made["revision"],
    )


def _required(required: Mapping[str, Any]) -> set[str]:
    return {
        runbooks.file_name(scenario, language, form)
        for scenario in required["scenarios"]
        for language in required["languages"]
        for form in runbooks.FORMS
    }
