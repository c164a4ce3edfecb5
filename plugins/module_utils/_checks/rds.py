# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Checks of group 1.1.1, PostgreSQL: the instances and read replicas that carry the platform's tags."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._checks import _rds_events, _replication
from ansible_collections.iworkz.platform.plugins.module_utils._checks._alarms import alarm_breaches
from ansible_collections.iworkz.platform.plugins.module_utils._checks._keys import data_key
from ansible_collections.iworkz.platform.plugins.module_utils._checks._postgres import (
    instances,
    primaries,
    settings,
    source,
)
from ansible_collections.iworkz.platform.plugins.module_utils._checks.engine import Breach, Finding, World, check
from ansible_collections.iworkz.platform.plugins.module_utils._platform import windows
from ansible_collections.iworkz.platform.plugins.module_utils._stores.postgres import Instance

# States in which an instance serves its clients.
SERVING = frozenset(
    {
        "available",
        "backing-up",
        "configuring-enhanced-monitoring",
        "configuring-log-exports",
        "storage-config-upgrade",
        "storage-optimization",
    }
)
ALARMED = ("CPUUtilization", "FreeStorageSpace", "FreeableMemory", "DatabaseConnections")
LAG = "ReplicaLag"
NO_INSTANCE = Breach("rds.no_instance", {})


def replicas(world: World) -> list[Instance]:
    return [instance for instance in world.once(instances) if source(instance)]


@check("1.1.1.1")
def multi_az_with_backups(world: World, required: dict[str, Any]) -> Finding:
    key = world.once(data_key)
    observed: dict[str, Any] = {}
    breaches: list[Breach] = []
    for instance in world.once(instances):
        name = instance["DBInstanceIdentifier"]
        facts = observed[name] = {"status": instance["DBInstanceStatus"], "kms_key": instance.get("KmsKeyId")}
        if facts["status"] not in SERVING:
            breaches.append(Breach("rds.not_serving", {"db": name, "status": facts["status"]}))
        if not instance["StorageEncrypted"] or key is None or facts["kms_key"] != key:
            breaches.append(Breach("rds.wrong_key", {"db": name, "key": facts["kms_key"], "wanted": key}))
        if not source(instance):
            facts |= _protection(instance, world.now)
            breaches += _unprotected(name, facts, required)
    return Finding(observed, tuple(breaches) if primaries(world) else (NO_INSTANCE, *breaches))


@check("1.1.1.2")
def replicas_serve_reads(world: World, required: dict[str, Any]) -> Finding:
    observed: dict[str, Any] = {}
    breaches: list[Breach] = []
    for primary in primaries(world):
        name = primary["DBInstanceIdentifier"]
        mine = [replica for replica in replicas(world) if source(replica) == name]
        observed[name] = {"zone": primary["AvailabilityZone"], "replicas": [_described(replica) for replica in mine]}
        serving = [r for r in mine if r["DBInstanceStatus"] in SERVING]
        if len(serving) < required["replicas"]:
            params = {"db": name, "count": len(serving), "wanted": required["replicas"]}
            breaches.append(Breach("rds.too_few_replicas", params))
        breaches += _crowded(primary, mine, required["zones"])
        for replica in mine:
            breaches += _not_replicating(replica)
            breaches += alarm_breaches(world, *_watched(replica), [LAG])[1]
        streams = observed[name]["data_plane"] = world.once(_replication.replication)[name]
        breaches += _replication.judge(name, streams, required)
    return Finding(observed, tuple(breaches) if primaries(world) else (NO_INSTANCE,))


@check("1.1.1.4")
def watched(world: World, required: dict[str, Any]) -> Finding:
    observed: dict[str, Any] = {}
    breaches: list[Breach] = []
    for instance in world.once(instances):
        name = instance["DBInstanceIdentifier"]
        metrics = [*ALARMED, LAG] if source(instance) else ALARMED
        alarms, missing = alarm_breaches(world, *_watched(instance), metrics)
        facts = observed[name] = {
            "monitoring_interval_seconds": instance.get("MonitoringInterval", 0),
            "performance_insights": instance["PerformanceInsightsEnabled"],
            "alarms": alarms,
        }
        if not 0 < facts["monitoring_interval_seconds"] <= required["monitoring_interval_seconds"]:
            params = {"db": name, "seconds": facts["monitoring_interval_seconds"]}
            breaches.append(
                Breach("rds.no_enhanced_monitoring", {**params, "wanted": required["monitoring_interval_seconds"]})
            )
        if not facts["performance_insights"]:
            breaches.append(Breach("rds.no_performance_insights", {"db": name}))
        breaches += missing
    for name in [primary["DBInstanceIdentifier"] for primary in primaries(world)]:
        observed[name] |= (facts := _statements(world.once(settings)[name]))
        breaches += _unseen(name, facts, required)
    breaches += _rds_events.judge(world)
    # Lag is a replica's metric: without a replica nothing can watch it.
    followed = {source(replica) for replica in replicas(world)}
    breaches += [
        Breach("alarms.missing", {"resource": primary["DBInstanceIdentifier"], "metric": LAG})
        for primary in primaries(world)
        if primary["DBInstanceIdentifier"] not in followed
    ]
    return Finding(observed, tuple(breaches) if primaries(world) else (NO_INSTANCE, *breaches))


@check("1.1.1.5")
def windows_at_night(world: World, required: dict[str, Any]) -> Finding:
    hours = f"{required['night_start_hour']:02}:00", f"{required['night_end_hour']:02}:00"
    night = windows.in_utc(*hours, required["timezone"])
    told = f"{hours[0]}-{hours[1]} {required['timezone']}"
    observed: dict[str, Any] = {}
    breaches: list[Breach] = []
    for instance in world.once(instances):
        name = instance["DBInstanceIdentifier"]
        maintenance = instance.get("PreferredMaintenanceWindow", "")
        # A replica is not backed up: the window it shows is not used.
        backup = "" if source(instance) else instance.get("PreferredBackupWindow", "")
        facts = {"maintenance": maintenance, "minor_upgrades": instance["AutoMinorVersionUpgrade"]}
        observed[name] = facts if source(instance) else {**facts, "backup": backup}
        spans = {maintenance: windows.weekly(maintenance) if maintenance else frozenset[int]()}
        if not source(instance):
            spans[backup] = windows.daily(backup) if backup else frozenset()
        for window, span in spans.items():
            if not window:
                breaches.append(Breach("rds.no_window", {"db": name}))
            elif not span <= night:
                breaches.append(Breach("rds.window_by_day", {"db": name, "window": window, "night": told}))
        if backup and maintenance and spans[backup] & spans[maintenance]:
            breaches.append(Breach("rds.windows_overlap", {"db": name, "backup": backup, "maintenance": maintenance}))
        if not facts["minor_upgrades"]:
            breaches.append(Breach("rds.no_minor_upgrades", {"db": name}))
    return Finding(observed, tuple(breaches) if primaries(world) else (NO_INSTANCE, *breaches))


def _watched(instance: Instance) -> tuple[str, str, dict[str, str]]:
    """Resource, namespace and dimensions of an instance's alarms."""
    name = instance["DBInstanceIdentifier"]
    return name, "AWS/RDS", {"DBInstanceIdentifier": name}


def _statements(parameters: dict[str, str]) -> dict[str, Any]:
    libraries = [library.strip() for library in parameters["shared_preload_libraries"].split(",")]
    return {"preloaded": libraries, "slow_statement_ms": int(parameters["log_min_duration_statement"])}


def _unseen(name: str, facts: dict[str, Any], required: dict[str, Any]) -> list[Breach]:
    """Statements leave a trace: their statistics, and the slow ones a line in the log."""
    missing = sorted(set(required["preloaded"]) - set(facts["preloaded"]))
    breaches = [Breach("rds.not_preloaded", {"db": name, "library": library}) for library in missing]
    if not 0 <= facts["slow_statement_ms"] <= required["slow_statement_ms"]:
        params = {"db": name, "value": facts["slow_statement_ms"], "wanted": required["slow_statement_ms"]}
        breaches.append(Breach("rds.slow_unlogged", params))
    return breaches


def _protection(instance: Instance, now: datetime) -> dict[str, Any]:
    restorable = instance.get("LatestRestorableTime")
    return {
        "zones": [instance["AvailabilityZone"], instance["SecondaryAvailabilityZone"]] if instance["MultiAZ"] else [],
        "backup_retention_days": instance["BackupRetentionPeriod"],
        "deletion_protection": instance["DeletionProtection"],
        "restorable_age_minutes": round((now - restorable).total_seconds() / 60, 1) if restorable else None,
    }


def _unprotected(name: str, facts: dict[str, Any], required: dict[str, Any]) -> list[Breach]:
    breaches = []
    if len(set(facts["zones"])) < 2:
        breaches.append(Breach("rds.single_az", {"db": name}))
    days, wanted = facts["backup_retention_days"], required["backup_retention_days"]
    if days < wanted:
        breaches.append(Breach("rds.short_retention", {"db": name, "days": days, "wanted": wanted}))
    if not facts["deletion_protection"]:
        breaches.append(Breach("rds.deletable", {"db": name}))
    age, limit = facts["restorable_age_minutes"], required["restorable_age_minutes"]
    if age is None:
        breaches.append(Breach("rds.not_restorable", {"db": name}))
    elif age > limit:
        breaches.append(Breach("rds.stale_backup", {"db": name, "minutes": age, "wanted": limit}))
    return breaches


def _described(replica: Instance) -> dict[str, Any]:
    return {
        "name": replica["DBInstanceIdentifier"],
        "status": replica["DBInstanceStatus"],
        "zone": replica["AvailabilityZone"],
        "replication": [info["Status"] for info in replica.get("StatusInfos", [])],
    }


def _crowded(primary: Instance, mine: list[Instance], wanted: int) -> list[Breach]:
    """Replicas stand in different zones, and one of them outside the zone of the primary."""
    zones = {replica["AvailabilityZone"] for replica in mine}
    spread = len(zones) >= min(wanted, len(mine)) and len(zones | {primary["AvailabilityZone"]}) >= wanted
    if not mine or spread:
        return []
    params = {"db": primary["DBInstanceIdentifier"], "zones": ", ".join(sorted(zones)), "wanted": wanted}
    return [Breach("rds.replicas_crowded", params)]


def _not_replicating(replica: Instance) -> list[Breach]:
    infos = [info for info in replica.get("StatusInfos", []) if info["StatusType"] == "read replication"]
    if any(info["Normal"] and info["Status"] == "replicating" for info in infos):
        return []
    status = ", ".join(info["Status"] for info in infos) or replica["DBInstanceStatus"]
    return [Breach("rds.not_replicating", {"db": replica["DBInstanceIdentifier"], "status": status})]
