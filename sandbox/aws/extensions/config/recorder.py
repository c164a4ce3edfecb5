"""The recorder of a region, and where it delivers to."""

from __future__ import annotations

import uuid
from typing import Any

from sandbox.aws.call import AwsError, Call
from sandbox.aws.extensions import operation
from sandbox.aws.extensions.config.tags import tags_of
from sandbox.aws.extensions.resource_policies import bucket_allows

SERVICE = "config.amazonaws.com"
CONTINUOUS = {"recordingFrequency": "CONTINUOUS", "recordingModeOverrides": []}


# https://docs.aws.amazon.com/config/latest/APIReference/API_PutConfigurationRecorder.html
@operation("config", "PutConfigurationRecorder")
def put(call: Call) -> dict[str, Any]:
    """Tags are taken only when it is made."""
    wanted = call.params["ConfigurationRecorder"]
    known = wanted.get("name") in call.backend().recorders
    answer = call.moto()
    if not known:
        more = call.store("config.recorder")
        more["arn"] = (
            f"arn:aws:config:{call.region}:{call.account}:configuration-recorder/{wanted['name']}/{uuid.uuid4().hex[:16]}"
        )
        tags_of(call, more["arn"]).update({one["Key"]: one["Value"] for one in call.params.get("Tags", [])})
    call.store("config.recorder")["recordingMode"] = {**CONTINUOUS, **wanted.get("recordingMode", {})}
    return answer


@operation("config", "DescribeConfigurationRecorders")
def describe(call: Call) -> dict[str, Any]:
    more = {**call.store("config.recorder"), "recordingScope": "PAID"}
    return {"ConfigurationRecorders": [{**one, **more} for one in call.moto()["ConfigurationRecorders"]]}


@operation("config", "DeleteConfigurationRecorder")
def delete(call: Call) -> dict[str, Any]:
    answer = call.moto()
    call.store("config.recorder").clear()
    return answer


# https://docs.aws.amazon.com/config/latest/APIReference/API_PutDeliveryChannel.html
@operation("config", "PutDeliveryChannel")
def put_channel(call: Call) -> dict[str, Any]:
    wanted = call.params["DeliveryChannel"]
    bucket = wanted["s3BucketName"]
    found = call.backend("s3").buckets.get(bucket)
    if found is None:
        raise AwsError("NoSuchBucketException", f"Cannot find a S3 bucket with an empty bucket name: {bucket}")
    prefix = f"{wanted['s3KeyPrefix']}/" if wanted.get("s3KeyPrefix") else ""
    below = f"/{prefix}AWSLogs/{call.account}/Config/x"
    # https://docs.aws.amazon.com/config/latest/developerguide/manage-delivery-channel.html
    locked = found.object_lock_enabled and (found.default_lock_days or found.default_lock_years)
    if locked or not (
        bucket_allows(call, bucket, SERVICE, "s3:GetBucketAcl")
        and bucket_allows(call, bucket, SERVICE, "s3:PutObject", below)
    ):
        message = f"Insufficient delivery policy to s3 bucket: {bucket}, unable to write to bucket below '{prefix}'."
        raise AwsError("InsufficientDeliveryPolicyException", message)
    return call.moto()
