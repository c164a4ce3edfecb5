"""The record of a call, in the form in which CloudTrail delivers it, and which trails want it.

https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
"""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from sandbox.aws.call import Call
from sandbox.aws.extensions.cloudtrail.selectors import OBJECTS, chosen
from sandbox.aws.protocol import Response, error_code

LOGGING = "cloudtrail.logging"
"""Name of the store of what is logging: {ARN of the trail: (region, name)}."""
UPLOADS = frozenset({"AbortMultipartUpload", "CompleteMultipartUpload", "CreateMultipartUpload", "UploadPart"})
# Bucket operations whose name is that of an object's.
OF_BUCKETS = frozenset({"GetObjectLockConfiguration", "PutObjectLockConfiguration"})
TIME = "%Y-%m-%dT%H:%M:%SZ"


def wanted_by(call: Call, response: Response) -> list[tuple[Any, dict[str, Any]]]:
    """The logging trails (moto's) that record a call that was answered, each with the record."""
    found = []
    record: dict[str, Any] | None = None
    for region, name in call.store(LOGGING, "global").values():
        trail = call.backend("cloudtrail", region).trails[name]
        if not (trail.is_multi_region or region == call.region):
            continue
        record = record or record_of(call, response)
        basic = trail.event_selectors or ([] if trail.advanced_event_selectors else [_default()])
        if chosen(record, basic, trail.advanced_event_selectors):
            found.append((trail, record))
    return found


def record_of(call: Call, response: Response) -> dict[str, Any]:
    target = call.target
    data = is_data_event(target.service, target.operation)
    record: dict[str, Any] = {
        "eventVersion": "1.11",
        "userIdentity": identity(call, call.access_key, call.region),
        "eventTime": datetime.now(UTC).strftime(TIME),
        "eventSource": f"{target.model.service_model.endpoint_prefix}.amazonaws.com",
        "eventName": target.operation,
        "awsRegion": target.region,
        "sourceIPAddress": call.source_address,
        "userAgent": call.user_agent,
        "requestParameters": None,
        "responseElements": None,
        "requestID": response.header("x-amz-request-id") or response.header("x-amzn-requestid"),
        "eventID": str(uuid.uuid4()),
        "readOnly": not target.mutating,
        "eventType": "AwsApiCall",
        "managementEvent": not data,
        "recipientAccountId": call.account,
        "eventCategory": "Data" if data else "Management",
    }
    if error := error_code(target, response):
        record["errorCode"] = error
    if target.service == "s3":
        record |= _of_s3(call, data)
    return record


def is_data_event(service: str, operation: str) -> bool:
    """Whether it is about an object, not about a bucket or an account."""
    return service == "s3" and (operation in UPLOADS or "Object" in operation) and operation not in OF_BUCKETS


def _of_s3(call: Call, data: bool) -> dict[str, Any]:
    place = call.target.uri_params
    bucket, key = place.get("Bucket", ""), place.get("Key", "")
    parameters = {name: value for name, value in (("bucketName", bucket), ("key", key)) if value}
    arn = f"arn:aws:s3:::{bucket}"
    resources: list[dict[str, str]] = [{"type": "AWS::S3::Bucket", "ARN": arn, "accountId": call.account}]
    if data:
        resources.insert(0, {"type": OBJECTS, "ARN": f"{arn}/{quote(key)}"})
    return {"requestParameters": parameters or None, **({"resources": resources} if bucket else {})}


def identity(call: Call, access_key: str, region: str) -> dict[str, Any]:
    """Who an access key belongs to."""
    user_id, arn, account = call.backend("sts").get_caller_identity(access_key, region)
    kind = "AssumedRole" if ":assumed-role/" in arn else "IAMUser"
    return {
        "type": kind,
        "principalId": user_id,
        "arn": arn.replace(f":sts::{account}:user/", f":iam::{account}:user/"),
        "accountId": account,
        "accessKeyId": access_key,
    }


def _default() -> dict[str, Any]:
    return {"ReadWriteType": "All", "IncludeManagementEvents": True, "DataResources": []}
