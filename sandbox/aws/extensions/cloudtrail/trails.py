"""Trails: creation, changes, selectors and status."""

from __future__ import annotations

from typing import Any

from sandbox.aws.call import AwsError, Call
from sandbox.aws.extensions import operation
from sandbox.aws.extensions.cloudtrail.records import LOGGING
from sandbox.aws.extensions.resource_policies import allows

SERVICE = "cloudtrail.amazonaws.com"
# What a trail has until it is told otherwise.
EVERYTHING = {
    "ReadWriteType": "All",
    "IncludeManagementEvents": True,
    "DataResources": [],
    "ExcludeManagementEventSources": [],
}


# https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_CreateTrail.html
@operation("cloudtrail", "CreateTrail")
def create(call: Call) -> dict[str, Any]:
    name = call.params["Name"]
    if name in call.backend().trails:
        raise AwsError("TrailAlreadyExistsException", f"Trail {name} already exists for customer: {call.account}")
    _check(call, call.params)
    return _told(call.moto())


# https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_UpdateTrail.html
@operation("cloudtrail", "UpdateTrail")
def update(call: Call) -> dict[str, Any]:
    trail = _trail(call, call.params["Name"])
    # moto's names of what a request leaves out.
    known = {"S3BucketName": trail.bucket_name, "S3KeyPrefix": trail.s3_key_prefix}
    _check(call, {**known, **call.params})
    return _told(call.moto())


# https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_DescribeTrails.html
@operation("cloudtrail", "DescribeTrails")
def describe(call: Call) -> dict[str, Any]:
    wanted = set(call.params.get("trailNameList", []))
    found = call.moto()["trailList"]
    return {
        "trailList": [
            _told({**trail, **_custom(call, trail)})
            for trail in found
            if not wanted or wanted & {trail["Name"], trail["TrailARN"]}
        ]
    }


@operation("cloudtrail", "StartLogging")
def start(call: Call) -> dict[str, Any]:
    trail = _trail(call, call.params["Name"])
    call.store(LOGGING, "global")[trail.arn] = (trail.region_name, trail.trail_name)
    return call.moto()


@operation("cloudtrail", "StopLogging", "DeleteTrail")
def stop(call: Call) -> dict[str, Any]:
    trail = _trail(call, call.params["Name"])
    call.store(LOGGING, "global").pop(trail.arn, None)
    # moto deletes by name only, and says nothing when it is given an ARN.
    return call.moto({"Name": trail.trail_name})


# https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_PutEventSelectors.html
@operation("cloudtrail", "PutEventSelectors")
def put_event_selectors(call: Call) -> dict[str, Any]:
    """Basic and advanced selectors take each other's place."""
    trail = _trail(call, call.params["TrailName"])
    basic, advanced = call.params.get("EventSelectors", []), call.params.get("AdvancedEventSelectors", [])
    if bool(basic) == bool(advanced):
        message = "You must specify either EventSelectors or AdvancedEventSelectors, but not both."
        raise AwsError("InvalidEventSelectorsException", message)
    for selector in advanced:
        if not any(field["Field"] == "eventCategory" for field in selector["FieldSelectors"]):
            raise AwsError("InvalidEventSelectorsException", "Each advanced event selector must have an eventCategory.")
    trail.event_selectors = [{**EVERYTHING, **selector} for selector in basic]
    trail.advanced_event_selectors = advanced
    return _selectors(trail)


@operation("cloudtrail", "GetEventSelectors")
def get_event_selectors(call: Call) -> dict[str, Any]:
    return _selectors(_trail(call, call.params["TrailName"]))


# https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_PutInsightSelectors.html
@operation("cloudtrail", "PutInsightSelectors")
def put_insight_selectors(call: Call) -> dict[str, Any]:
    trail = _trail(call, call.params["TrailName"])
    trail.insight_selectors = call.params["InsightSelectors"]
    return {"TrailARN": trail.arn, "InsightSelectors": trail.insight_selectors}


@operation("cloudtrail", "GetInsightSelectors")
def get_insight_selectors(call: Call) -> dict[str, Any]:
    trail = _trail(call, call.params["TrailName"])
    if not trail.insight_selectors:
        message = f"Trail {trail.arn} does not have Insights enabled. Edit the trail settings to enable Insights."
        raise AwsError("InsightNotEnabledException", message)
    return {"TrailARN": trail.arn, "InsightSelectors": trail.insight_selectors}


# https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_GetTrailStatus.html
@operation("cloudtrail", "GetTrailStatus")
def status(call: Call) -> dict[str, Any]:
    trail = _trail(call, call.params["Name"])
    found = {name: value for name, value in call.moto().items() if value not in ("", None)}
    # moto takes the time of the question for that of the delivery.
    for name in ("LatestDeliveryTime", "LatestDeliveryAttemptTime"):
        found.pop(name, None)
    return {**found, **getattr(trail, "delivered", {})}


def _selectors(trail: Any) -> dict[str, Any]:
    if trail.advanced_event_selectors:
        return {"TrailARN": trail.arn, "AdvancedEventSelectors": trail.advanced_event_selectors}
    return {"TrailARN": trail.arn, "EventSelectors": trail.event_selectors or [EVERYTHING]}


def _custom(call: Call, described: dict[str, Any]) -> dict[str, bool]:
    trail = call.backend(region=described["HomeRegion"]).trails[described["Name"]]
    return {
        "HasCustomEventSelectors": bool(trail.event_selectors or trail.advanced_event_selectors),
        "HasInsightSelectors": bool(trail.insight_selectors),
    }


def _trail(call: Call, name: str) -> Any:
    """moto's trail: of this region by its name, of any by its ARN."""
    region = name.split(":")[3] if name.startswith("arn:") else call.region
    trail = call.backend(region=region).trails.get(name.rpartition("/")[2])
    if trail is None:
        raise AwsError("TrailNotFoundException", f"Unknown trail: {name} for the user: {call.account}", 400)
    return trail


def _told(trail: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in trail.items() if value not in (None, "")}


def _check(call: Call, params: dict[str, Any]) -> None:
    """What CloudTrail tries before it takes a trail: its bucket, its log group, its key."""
    _check_bucket(call, params["S3BucketName"], params.get("S3KeyPrefix") or "")
    group, role = params.get("CloudWatchLogsLogGroupArn"), params.get("CloudWatchLogsRoleArn")
    if group and (not group.endswith(":*") or _name_of(group) not in call.backend("logs").groups):
        raise AwsError("InvalidCloudWatchLogsLogGroupArnException", "Access denied. Check the log group's ARN.", 400)
    if group and not role:
        raise AwsError("InvalidCloudWatchLogsRoleArnException", "A role must be given with a log group.", 400)
    key = params.get("KmsKeyId")
    if key:
        call.ask("kms", "DescribeKey", KeyId=key)


def _name_of(group: str) -> str:
    return group.partition(":log-group:")[2].removesuffix(":*")


def _check_bucket(call: Call, name: str, prefix: str) -> None:
    """Whether the bucket's policy lets CloudTrail look at it, and write below the prefix; conditions are not tried."""
    bucket = call.backend("s3").buckets.get(name)
    if bucket is None:
        raise AwsError("S3BucketDoesNotExistException", f"S3 bucket {name} does not exist!", 400)
    arn = f"arn:aws:s3:::{name}"
    place = f"{arn}/{prefix + '/' if prefix else ''}AWSLogs/{call.account}/CloudTrail/x"
    asked = (("s3:GetBucketAcl", arn), ("s3:PutObject", place))
    if not all(allows(bucket.policy, SERVICE, action, resource) for action, resource in asked):
        message = f"Incorrect S3 bucket policy is detected for bucket: {name}"
        raise AwsError("InsufficientS3BucketPolicyException", message, 400)
