"""Where a trail's events go: at once to its log group, and in gzipped files to its bucket.

https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-examples.html
https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-validation-digest-file-structure.html
"""

from __future__ import annotations

import gzip
import hashlib
import json
import time
import uuid
from datetime import UTC, datetime
from typing import Any

from sandbox.aws.call import AwsError, Call
from sandbox.aws.extensions.cloudtrail.records import LOGGING, TIME, wanted_by
from sandbox.aws.extensions.kept_logs import put_events, put_object
from sandbox.aws.protocol import Response

SECONDS = 1.0
"""From an event to the file that has it, if there is a call by then: of AWS it takes five minutes."""
MOST = 1000
"""Events of one file."""
STAMP = "%Y%m%dT%H%MZ"


def record(call: Call, response: Response) -> bool:
    """Note a call that was answered with the trails that want it; whether any did."""
    wanted = wanted_by(call, response)
    for trail, event in wanted:
        if trail.cw_log_group_arn:
            _to_log_group(call, trail, event)
        pending = vars(trail).setdefault("pending", [])
        pending.append(event)
        vars(trail).setdefault("pending_since", time.time())
        if len(pending) >= MOST:
            deliver(call, trail)
    return bool(wanted)


def deliver_due(call: Call) -> bool:
    """Deliver the files whose time has come; whether there were any."""
    logging = [
        call.backend("cloudtrail", region).trails[name] for region, name in call.store(LOGGING, "global").values()
    ]
    due = [t for t in logging if vars(t).get("pending") and time.time() >= t.pending_since + SECONDS]
    for trail in due:
        deliver(call, trail)
    return bool(due)


def deliver(call: Call, trail: Any) -> None:
    """Write a log file of what a trail has recorded since the last one, and its digest file."""
    events = vars(trail).pop("pending")
    del trail.pending_since
    moment = datetime.now(UTC)
    delivered: dict[str, Any] = vars(trail).setdefault("delivered", {})
    content = gzip.compress(json.dumps({"Records": events}).encode(), compresslevel=1, mtime=0)
    name = f"{trail.account_id}_CloudTrail_{trail.region_name}_{moment:{STAMP}}_{uuid.uuid4().hex[:16]}.json.gz"
    key = f"{_folder(trail, 'CloudTrail', moment)}/{name}"
    try:
        _put(call, trail, key, content)
        delivered["LatestDeliveryTime"] = moment
        delivered.pop("LatestDeliveryError", None)
        if trail.log_validation:
            _put_digest(call, trail, key, content, moment)
            delivered["LatestDigestDeliveryTime"] = moment
    except AwsError as error:
        delivered["LatestDeliveryError"] = error.code


def _put_digest(call: Call, trail: Any, log_file: str, content: bytes, moment: datetime) -> None:
    key = (
        f"{_folder(trail, 'CloudTrail-Digest', moment)}/{trail.account_id}_CloudTrail-Digest_{trail.region_name}_"
        f"{trail.trail_name}_{trail.region_name}_{moment:%Y%m%dT%H%M%SZ}_{uuid.uuid4().hex[:8]}.json.gz"
    )
    previous = vars(trail).get("digest", {})
    document = {
        "awsAccountId": trail.account_id,
        "digestStartTime": previous.get("end", moment.strftime(TIME)),
        "digestEndTime": moment.strftime(TIME),
        "digestS3Bucket": trail.bucket_name,
        "digestS3Object": key,
        "previousDigestS3Bucket": trail.bucket_name if previous else None,
        "previousDigestS3Object": previous.get("key"),
        "previousDigestHashValue": previous.get("sha256"),
        "previousDigestHashAlgorithm": "SHA-256" if previous else None,
        "logFiles": [
            {
                "s3Bucket": trail.bucket_name,
                "s3Object": log_file,
                # AWS hashes what is in the file, not the file.
                "hashValue": hashlib.sha256(gzip.decompress(content)).hexdigest(),
                "hashAlgorithm": "SHA-256",
            }
        ],
    }
    body = json.dumps(document).encode()
    _put(call, trail, key, gzip.compress(body, mtime=0))
    trail.digest = {"key": key, "sha256": hashlib.sha256(body).hexdigest(), "end": document["digestEndTime"]}


def _put(call: Call, trail: Any, key: str, body: bytes) -> None:
    encryption = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": trail.kms_key_id} if trail.kms_key_id else {}
    put_object(call, trail.bucket_name, key, body, **encryption)


def _folder(trail: Any, kind: str, moment: datetime) -> str:
    prefix = f"{trail.s3_key_prefix}/" if trail.s3_key_prefix else ""
    return f"{prefix}AWSLogs/{trail.account_id}/{kind}/{trail.region_name}/{moment:%Y/%m/%d}"


def _to_log_group(call: Call, trail: Any, event: dict[str, Any]) -> None:
    delivered: dict[str, Any] = vars(trail).setdefault("delivered", {})
    group = trail.cw_log_group_arn.partition(":log-group:")[2].removesuffix(":*")
    stream = f"{trail.account_id}_CloudTrail_{trail.region_name}"
    moment = datetime.now(UTC)
    events = [(int(moment.timestamp() * 1000), json.dumps(event))]
    if put_events(call, group, stream, events, trail.region_name):
        delivered["LatestCloudWatchLogsDeliveryTime"] = moment
        delivered.pop("LatestCloudWatchLogsDeliveryError", None)
    else:
        delivered["LatestCloudWatchLogsDeliveryError"] = "ResourceNotFoundException"
