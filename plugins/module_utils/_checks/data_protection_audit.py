# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Check of item 2.2.1.4 (DP-09): whoever uses personal data leaves a record that can be found and not be deleted."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._aws.session import answered
from ansible_collections.iworkz.platform.plugins.module_utils._checks import (
    _at_rest,
    _audit_trial,
    _audited,
    _auditor,
    _postgres,
    _trails,
)
from ansible_collections.iworkz.platform.plugins.module_utils._checks.engine import Breach, Finding, World, check
from ansible_collections.iworkz.platform.plugins.module_utils._stores import postgres

PGAUDIT = "pgaudit"
# How an object record of pgAudit, and one of the fallback log_statement=all, are told from other lines.
MARKS = ("AUDIT: OBJECT,", "statement: ")
THREADS = 4

Item = dict[str, Any]


@check("2.2.1.4")
def audited(world: World, required: Item) -> Finding:
    trails = world.once(_trails.trails)
    buckets = sorted({one["bucket"] for those in world.once(_auditor.inventory).objects.values() for one in those})
    logs = {name: _log(world, name) for name in _instances(world)}
    archives = sorted(
        {trail["S3BucketName"] for trail in trails} | {one for log in logs.values() for one in log["archives"]}
    )
    locks = {name: _lock(world, name) for name in archives}
    databases = {
        name: {"settings": found, "unwatched": _unwatched(world, found)}
        for name, found in world.once(_audited.settings).items()
    }
    traces = _traces(world, trails, buckets, required["record_seconds"])
    observed = {
        "trails": {trail["Name"]: _shown(trail) for trail in trails},
        "buckets": buckets,
        "archives": locks,
        "databases": databases,
        "logs": logs,
        "reads": {trace.what: {"found": trace.record is not None, "seconds": trace.seconds} for trace in traces},
    }
    breaches = [
        *_trail_breaches(trails, buckets),
        *_archive_breaches(world, locks, required),
        *_database_breaches(databases, required),
        *_log_breaches(logs, required),
        *_trace_breaches(traces),
    ]
    if not databases:
        breaches.insert(0, Breach("rds.no_instance", {}))
    return Finding(observed, tuple(breaches))


def _instances(world: World) -> dict[str, postgres.Instance]:
    return {instance["DBInstanceIdentifier"]: instance for instance in world.once(_postgres.instances)}


def _shown(trail: Item) -> Item:
    status = trail["status"]
    return {
        "logging": status["IsLogging"],
        "delivery_error": status.get("LatestDeliveryError"),
        "log_group_error": status.get("LatestCloudWatchLogsDeliveryError"),
        "validated": trail.get("LogFileValidationEnabled", False),
        "key": trail.get("KmsKeyId"),
        "log_group": log_group(trail),
        "bucket": trail["S3BucketName"],
    }


def log_group(trail: Item) -> str | None:
    arn = trail.get("CloudWatchLogsLogGroupArn")
    return arn.partition(":log-group:")[2].removesuffix(":*") if arn else None


def _log(world: World, instance: str) -> Item:
    """The audit log of an instance: ``retention_days`` of its log group (None: for ever; absent: there is no group) and
    ``archives``, the buckets that it is handed on to."""
    group = f"/aws/rds/instance/{instance}/postgresql"
    client = world.client("logs")
    found = [
        one for one in client.describe_log_groups(logGroupNamePrefix=group)["logGroups"] if one["logGroupName"] == group
    ]
    if not found:
        return {"archives": []}
    filters = client.describe_subscription_filters(logGroupName=group)["subscriptionFilters"]
    streams = [one["destinationArn"] for one in filters if ":deliverystream/" in one["destinationArn"]]
    return {
        "retention_days": found[0].get("retentionInDays"),
        "archives": sorted({bucket for arn in streams for bucket in _destinations(world, arn)}),
    }


def _destinations(world: World, stream: str) -> Iterator[str]:
    client = world.client("firehose")
    try:
        found = client.describe_delivery_stream(DeliveryStreamName=stream.rpartition("/")[2])
    except client.exceptions.ResourceNotFoundException:
        return
    for destination in found["DeliveryStreamDescription"]["Destinations"]:
        if "ExtendedS3DestinationDescription" in destination:
            yield destination["ExtendedS3DestinationDescription"]["BucketARN"].rpartition(":")[2]


def _lock(world: World, bucket: str) -> Item:
    """Object lock of a bucket: ``mode`` and ``days`` (None and 0 without one), and the ``key`` that encrypts it."""
    client = world.client("s3")
    absent = ("ObjectLockConfigurationNotFoundError", "NoSuchBucket")
    found = answered(client.get_object_lock_configuration, *absent, Bucket=bucket)
    if found is None:
        return {"mode": None, "days": 0, "key": None}
    retention = found["ObjectLockConfiguration"].get("Rule", {}).get("DefaultRetention", {})
    (rule,) = client.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"]
    return {
        "mode": retention.get("Mode"),
        "days": retention.get("Days", 0) or 365 * retention.get("Years", 0),
        "key": rule["ApplyServerSideEncryptionByDefault"].get("KMSMasterKeyID"),
    }


def _unwatched(world: World, settings: dict[str, str | None]) -> dict[str, list[str]]:
    role = settings["pgaudit.role"]
    return _audited.unwatched(world, role) if role else {}


def _traces(world: World, trails: list[Item], buckets: list[str], seconds: float) -> list[_audit_trial.Trace]:
    """Real reads, of a table on every instance and of every bucket with personal data."""
    reads: list[Callable[[], _audit_trial.Trace]] = [
        partial(_audit_trial.of_table, world, instance, seconds) for instance in _instances(world).values()
    ]
    for bucket in buckets:
        groups = [log_group(trail) for trail in _recording(trails, bucket)]
        reads += [partial(_audit_trial.of_object, world, bucket, group, seconds) for group in groups[:1] if group]
    with ThreadPoolExecutor(max_workers=THREADS) as pool:
        return list(pool.map(lambda read: read(), reads))


def _recording(trails: list[Item], bucket: str) -> list[Item]:
    return [t for t in trails if t["status"]["IsLogging"] and _trails.records_objects(t["selectors"], bucket)]


def _trail_breaches(trails: list[Item], buckets: list[str]) -> Iterator[Breach]:
    for bucket in buckets:
        if not _recording(trails, bucket):
            yield Breach("data_audit.bucket_unwatched", {"bucket": bucket})
    for trail in trails:
        name, shown = {"trail": trail["Name"]}, _shown(trail)
        if not shown["logging"]:
            yield Breach("data_audit.not_logging", name)
        if not shown["validated"]:
            yield Breach("data_audit.not_validated", name)
        if shown["log_group"] is None:
            yield Breach("data_audit.not_searchable", name)
        for error in filter(None, (shown["delivery_error"], shown["log_group_error"])):
            yield Breach("data_audit.not_delivered", {**name, "error": error})


def _archive_breaches(world: World, locks: dict[str, Item], required: Item) -> Iterator[Breach]:
    # Nobody may shorten what production keeps; elsewhere an environment can still be torn down.
    modes = ("COMPLIANCE",) if world.platform.environment == "production" else ("COMPLIANCE", "GOVERNANCE")
    names = _at_rest.names(world.once(_at_rest.keys))
    for bucket, lock in locks.items():
        if lock["mode"] not in modes or lock["days"] < required["lock_days"]:
            params = {"bucket": bucket, "mode": lock["mode"] or "-", "days": lock["days"]}
            yield Breach("data_audit.not_locked", {**params, "wanted": required["lock_days"]})
        if lock["key"] not in names:
            yield Breach("data_audit.archive_key", {"bucket": bucket, "key": lock["key"] or "-"})


def _database_breaches(databases: dict[str, Item], required: Item) -> Iterator[Breach]:
    for name, facts in databases.items():
        settings = facts["settings"]
        if settings["log_statement"] == "all":
            continue  # the fallback records every statement, of whatever table
        loaded = {library.strip() for library in (settings["shared_preload_libraries"] or "").split(",")}
        if PGAUDIT not in loaded or not settings["pgaudit.role"]:
            yield Breach("data_audit.no_pgaudit", {"db": name})
            continue
        classes = {one.strip() for one in (settings["pgaudit.log"] or "").split(",")}
        missing = sorted(set(required["session_classes"]) - classes) if "all" not in classes else []
        if missing:
            yield Breach("data_audit.classes_missing", {"db": name, "classes": ", ".join(missing)})
        if settings["pgaudit.log_parameter"] == "on":
            yield Breach("data_audit.values_logged", {"db": name})
        for table, privileges in facts["unwatched"].items():
            yield Breach("data_audit.table_unwatched", {"table": table, "privileges": ", ".join(privileges)})


def _log_breaches(logs: dict[str, Item], required: Item) -> Iterator[Breach]:
    for name, log in logs.items():
        if "retention_days" not in log:
            yield Breach("data_audit.log_not_exported", {"db": name})
            continue
        days = log["retention_days"]
        if days is not None and days < required["log_days"]:
            yield Breach("data_audit.log_short", {"db": name, "days": days, "wanted": required["log_days"]})
        if not log["archives"]:
            yield Breach("data_audit.log_not_archived", {"db": name})


def _trace_breaches(traces: list[_audit_trial.Trace]) -> Iterator[Breach]:
    for trace in traces:
        if trace.record is None:
            yield Breach("data_audit.no_record", {"what": trace.what, "seconds": trace.seconds})
        elif not trace.record.startswith("{") and not any(mark in trace.record for mark in MARKS):
            yield Breach("data_audit.not_audited", {"what": trace.what})
