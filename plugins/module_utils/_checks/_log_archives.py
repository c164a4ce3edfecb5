# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The buckets that logs are archived in: locked, moved to cheaper storage, and that objects arrive."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._aws.session import answered
from ansible_collections.iworkz.platform.plugins.module_utils._checks import _at_rest
from ansible_collections.iworkz.platform.plugins.module_utils._checks.engine import Breach, World

Item = dict[str, Any]


def archives(world: World, policies: Collection[str | None], required: Item) -> tuple[Item, list[Breach]]:
    """By class of logs what its archive is like, and what is wrong.

    :param policies: lifecycle policies that are in use; only of their classes objects are expected.
    """
    platform = world.platform
    observed: Item = {}
    breaches = []
    for name in platform.declared["logging"]["classes"]:
        bucket = f"{platform.prefix}-log-archive-{name}-{platform.account_id}"
        if bucket not in world.once(_at_rest.buckets):
            breaches.append(Breach("logging.no_archive", {"class": name, "bucket": bucket}))
            continue
        found = observed[name] = _archive(world, bucket)
        params = {"bucket": bucket}
        if (found["locked_days"] or 0) < required["locked_days"]:
            wanted = required["locked_days"]
            breaches.append(
                Breach("logging.not_locked", {**params, "days": found["locked_days"] or 0, "wanted": wanted})
            )
        if not set(found["storage_classes"]) & set(required["cold_classes"]):
            breaches.append(Breach("logging.not_moved", params))
        if found["expires_days"] is not None and found["expires_days"] < (found["locked_days"] or 0):
            breaches.append(Breach("logging.expires_early", {**params, "days": found["expires_days"]}))
        minutes = found["newest_minutes"]
        if f"logs-{name}" in policies and (minutes is None or minutes > required["archived_minutes"]):
            shown = "-" if minutes is None else minutes
            breaches.append(
                Breach("logging.nothing_archived", {**params, "minutes": shown, "wanted": required["archived_minutes"]})
            )
    return observed, breaches


def _archive(world: World, bucket: str) -> Item:
    """s3:GetObjectLockConfiguration, s3:GetLifecycleConfiguration, s3:ListBucket of the last two days."""
    client = world.client("s3")
    lock = answered(client.get_object_lock_configuration, "ObjectLockConfigurationNotFoundError", Bucket=bucket)
    retention = (lock or {}).get("ObjectLockConfiguration", {}).get("Rule", {}).get("DefaultRetention", {})
    life = answered(client.get_bucket_lifecycle_configuration, "NoSuchLifecycleConfiguration", Bucket=bucket)
    rules = [one for one in (life or {}).get("Rules", []) if one["Status"] == "Enabled"]
    expiries = [one["Expiration"]["Days"] for one in rules if "Days" in one.get("Expiration", {})]
    newest = _newest(world, bucket)
    return {
        "lock_mode": retention.get("Mode"),
        "locked_days": retention.get("Days", retention.get("Years", 0) * 365) or None,
        "storage_classes": sorted({step["StorageClass"] for one in rules for step in one.get("Transitions", [])}),
        "expires_days": min(expiries, default=None),
        "newest_minutes": None if newest is None else round((world.now - newest).total_seconds() / 60, 1),
    }


def _newest(world: World, bucket: str) -> datetime | None:
    """When the newest object came, of today and yesterday: keys begin with the day."""
    pages = world.client("s3").get_paginator("list_objects_v2")
    found: list[datetime] = []
    for back in (0, 1):
        day = datetime.fromtimestamp(world.now.timestamp() - 86400 * back, world.now.tzinfo).strftime("%Y/%m/%d/")
        for page in pages.paginate(Bucket=bucket, Prefix=day):
            found += [one["LastModified"] for one in page.get("Contents", [])]
        if found:
            break
    return max(found, default=None)
