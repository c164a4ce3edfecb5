# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whether every bucket keeps versions and is copied to the recovery region, with what it is encrypted and locked by."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._aws.session import answered
from ansible_collections.iworkz.platform.plugins.module_utils._checks import _at_rest
from ansible_collections.iworkz.platform.plugins.module_utils._checks._alarms import alarm_breaches
from ansible_collections.iworkz.platform.plugins.module_utils._checks.engine import Breach, World

METRICS = ("ReplicationLatency", "OperationsFailedReplication")
SAMPLE = 5
"""Objects of a bucket, the newest of a page, that are asked whether they were copied."""

Item = dict[str, Any]


def copies(world: World) -> dict[str, Item]:
    """The platform's buckets by name: ``region``, ``versioned``, ``locked``, ``rules``, and ``logged``, whether it is
    logged who reads it (s3:GetBucketLocation, GetBucketVersioning, GetObjectLockConfiguration, GetBucketReplication,
    GetBucketLogging)."""
    client = world.client("s3")
    found = {}
    for name, bucket in world.once(_at_rest.buckets).items():
        lock = answered(client.get_object_lock_configuration, "ObjectLockConfigurationNotFoundError", Bucket=name)
        told = answered(client.get_bucket_replication, "ReplicationConfigurationNotFoundError", Bucket=name)
        found[name] = {
            # A bucket of us-east-1 has no constraint.
            "region": client.get_bucket_location(Bucket=name)["LocationConstraint"] or "us-east-1",
            "versioned": client.get_bucket_versioning(Bucket=name).get("Status") == "Enabled",
            "locked": lock is not None,
            "logged": bool(bucket["logs_to"]),
            "rules": told["ReplicationConfiguration"]["Rules"] if told else [],
        }
    return found


def judged(world: World, required: Item) -> tuple[Item, list[Breach]]:
    """What was found of each bucket here, and what is missing. Those of the recovery region are copies themselves."""
    found = world.once(copies)
    here = {name: facts for name, facts in found.items() if facts["region"] == world.platform.region}
    breaches = [] if here else [Breach("backup.no_bucket", {})]
    observed: Item = {}
    for name, facts in here.items():
        observed[name] = {"versioned": facts["versioned"], "locked": facts["locked"], "copies": []}
        if not facts["versioned"]:
            breaches.append(Breach("backup.not_versioned", {"bucket": name}))
        rule = _whole(facts["rules"])
        if rule is None:
            breaches.append(Breach("backup.bucket_not_copied", {"bucket": name}))
            continue
        target = rule["Destination"]["Bucket"].rpartition(":")[2]
        observed[name]["copies"] = [target]
        breaches += [Breach("backup.copy_fault", {"bucket": name, "fault": fault})
                     for fault in _faults(world, facts, rule, found.get(target), required)]  # fmt: skip
        dimensions = {"SourceBucket": name, "DestinationBucket": target, "RuleId": rule["ID"]}
        breaches += alarm_breaches(world, name, "AWS/S3", dimensions, METRICS)[1]
        lost = _lost(world, name)
        observed[name]["failed"] = len(lost)
        breaches += [Breach("backup.object_not_copied", {"bucket": name, "object": key}) for key in lost]
    return observed, breaches


def _whole(rules: list[Item]) -> Item | None:
    """The rule that copies every object."""
    return next(
        (
            rule
            for rule in rules
            if rule["Status"] == "Enabled" and not rule.get("Filter", {}).get("Prefix", rule.get("Prefix"))
            and not {"Tag", "And"} & rule.get("Filter", {}).keys()
        ),
        None,
    )  # fmt: skip


def _faults(world: World, source: Item, rule: Mapping[str, Any], target: Item | None, required: Item) -> Iterator[str]:
    """What a rule or its destination lacks, in the words of the API."""
    destination = rule["Destination"]
    minutes = destination.get("ReplicationTime", {}).get("Time", {}).get("Minutes")
    if target is None or target["region"] != world.platform.recovery_region:
        yield "Destination.Bucket"
    else:
        if not target["versioned"]:
            yield "Destination.Versioning"
        if source["locked"] and not target["locked"]:
            yield "Destination.ObjectLock"
        if source["logged"] and not target["logged"]:
            yield "Destination.BucketLogging"
    if rule.get("SourceSelectionCriteria", {}).get("SseKmsEncryptedObjects", {}).get("Status") != "Enabled":
        yield "SourceSelectionCriteria.SseKmsEncryptedObjects"
    if f":{world.platform.recovery_region}:" not in destination.get("EncryptionConfiguration", {}).get(
        "ReplicaKmsKeyID", ""
    ):
        yield "Destination.EncryptionConfiguration"
    if rule.get("DeleteMarkerReplication", {}).get("Status") != "Enabled":
        yield "DeleteMarkerReplication"
    if not minutes or minutes * 60 > required["latency_seconds"]:
        yield "Destination.ReplicationTime"
    if destination.get("Metrics", {}).get("Status") != "Enabled":
        yield "Destination.Metrics"


def _lost(world: World, bucket: str) -> list[str]:
    """Objects among the newest that could not be copied (s3:ListObjectsV2, HeadObject)."""
    client = world.client("s3")
    listed = client.list_objects_v2(Bucket=bucket).get("Contents", [])
    newest = sorted(listed, key=lambda one: one["LastModified"], reverse=True)[:SAMPLE]
    heads = {one["Key"]: client.head_object(Bucket=bucket, Key=one["Key"]) for one in newest}
    return [key for key, head in heads.items() if head.get("ReplicationStatus") == "FAILED"]
