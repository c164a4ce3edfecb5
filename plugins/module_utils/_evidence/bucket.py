# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Copies of the evidence in an S3 bucket, under object lock where the bucket has it.

Operations: s3:ListBucket, s3:GetBucketObjectLockConfiguration, s3:PutObject, s3:PutObjectRetention.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._evidence.record import parse_record
from ansible_collections.iworkz.platform.plugins.module_utils._evidence.store import Store

with suppress(ImportError):  # the action plugins import boto3 themselves and say so
    from botocore.exceptions import BotoCoreError, ClientError

THREADS = 8
NO_LOCK = "ObjectLockConfigurationNotFoundError"


class NotPublished(RuntimeError):
    """Records that are only local: ``{"<item>/<sequence>": error}``."""

    def __init__(self, bucket: str, only_local: dict[str, str]) -> None:
        super().__init__(f"{len(only_local)} evidence records are not in bucket {bucket}")
        self.only_local = only_local


def publish(
    client: Any, bucket: str, environment: str, store: Store, now: datetime, retention_days: int, kind: str = "evidence"
) -> list[str]:
    """Upload every record of the store the bucket lacks, also those an earlier run could not, and return their keys.

    The key is ``<kind>/<environment>/<item>/<sequence>.json``; an object that exists is never overwritten. Where
    the bucket has object lock without a default retention, objects are locked (governance) for ``retention_days``.
    Raises NotPublished naming what is only local.
    """
    prefix = f"{kind}/{environment}/"
    names = list(store.all_records())
    try:
        there = _keys(client, bucket, prefix)
        lock = _retention(client, bucket, now + timedelta(days=retention_days))
    except (BotoCoreError, ClientError) as error:
        raise NotPublished(bucket, {f"{item}/{sequence:06d}": str(error) for item, sequence in names}) from error
    wanted = {f"{prefix}{item}/{sequence:06d}.json": (item, sequence) for item, sequence in names}
    missing = [key for key in wanted if key not in there]

    def put(key: str) -> str | None:
        try:
            body = store.path(*wanted[key]).read_bytes()
            parse_record(body)
            client.put_object(
                Bucket=bucket,
                Key=key,
                Body=body,
                ContentType="application/json",
                ChecksumAlgorithm="SHA256",
                IfNoneMatch="*",
                **lock,
            )
        except (BotoCoreError, ClientError, OSError, ValueError) as error:
            return str(error)
        return None

    return _put_all(bucket, prefix, missing, put)


def _put_all(bucket: str, prefix: str, keys: Sequence[str], put: Any) -> list[str]:
    with ThreadPoolExecutor(max_workers=THREADS, thread_name_prefix="publish") as pool:
        errors = dict(zip(keys, pool.map(put, keys), strict=True))
    only_local = {key.removeprefix(prefix).removesuffix(".json"): error for key, error in errors.items() if error}
    if only_local:
        raise NotPublished(bucket, only_local)
    return list(keys)


def _keys(client: Any, bucket: str, prefix: str) -> set[str]:
    pages = client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    return {entry["Key"] for page in pages for entry in page.get("Contents", [])}


def _retention(client: Any, bucket: str, until: datetime) -> dict[str, Any]:
    """Return the lock arguments of put_object: none without object lock, and none where the bucket sets its own."""
    try:
        lock = client.get_object_lock_configuration(Bucket=bucket)["ObjectLockConfiguration"]
    except ClientError as error:
        if error.response["Error"]["Code"] == NO_LOCK:
            return {}
        raise
    if lock.get("ObjectLockEnabled") != "Enabled" or "Rule" in lock:
        return {}
    return {"ObjectLockMode": "GOVERNANCE", "ObjectLockRetainUntilDate": until}
