"""GuardDuty: one detector per region, features that a detector has whether it was told or not, exports, tags.

https://docs.aws.amazon.com/guardduty/latest/APIReference/API_Operations.html
"""

from __future__ import annotations

import uuid
from typing import Any

from sandbox.aws.call import AwsError, Call
from sandbox.aws.extensions import operation
from sandbox.aws.extensions.resource_policies import bucket_allows, key_allows

SERVICE = "guardduty.amazonaws.com"
FOUNDATIONAL = ("CLOUD_TRAIL", "DNS_LOGS", "FLOW_LOGS")
# What is on when a detector is made, unless it is told otherwise, and what is not.
# https://docs.aws.amazon.com/guardduty/latest/APIReference/API_CreateDetector.html
FEATURES = {
    "S3_DATA_EVENTS": "ENABLED",
    "EKS_AUDIT_LOGS": "ENABLED",
    "EBS_MALWARE_PROTECTION": "ENABLED",
    "RDS_LOGIN_EVENTS": "ENABLED",
    "LAMBDA_NETWORK_LOGS": "ENABLED",
    "EKS_RUNTIME_MONITORING": "DISABLED",
    "RUNTIME_MONITORING": "DISABLED",
}
KEPT = "guardduty.features"
RUNTIME, OLD_RUNTIME = "RUNTIME_MONITORING", "EKS_RUNTIME_MONITORING"
MORE = "AdditionalConfiguration"
ADDITIONAL = ("EKS_ADDON_MANAGEMENT", "ECS_FARGATE_AGENT_MANAGEMENT", "EC2_AGENT_MANAGEMENT")


@operation("guardduty", "CreateDetector")
def create(call: Call) -> dict[str, Any]:
    if call.backend().detectors:
        message = "The request is rejected because a detector already exists for the current account."
        raise AwsError("BadRequestException", message)
    answer = call.moto()
    _set_features(call, answer["DetectorId"])
    return answer


@operation("guardduty", "UpdateDetector")
def update(call: Call) -> dict[str, Any]:
    """Features that are not named stay as they are."""
    detector = _detector(call, call.params["DetectorId"])
    _set_features(call, call.params["DetectorId"])
    detector.enabled = call.params.get("Enable", detector.enabled)
    detector.finding_publish_freq = call.params.get("FindingPublishingFrequency", detector.finding_publish_freq)
    return {}


@operation("guardduty", "GetDetector")
def get(call: Call) -> dict[str, Any]:
    _detector(call, call.params["DetectorId"])
    on = {"Status": "ENABLED"}
    found = {name: value for name, value in call.moto().items() if name not in ("Features", "DataSources")}
    return {
        **found,
        "DataSources": {"CloudTrail": on, "DNSLogs": on, "FlowLogs": on, **_data_sources(call)},
        "Features": [{"Name": name, "Status": "ENABLED"} for name in FOUNDATIONAL]
        + _features(call, call.params["DetectorId"]),
    }


@operation("guardduty", "DeleteDetector")
def delete(call: Call) -> dict[str, Any]:
    _detector(call, call.params["DetectorId"])
    _destinations(call).clear()
    call.store(KEPT).clear()
    return call.moto()


# https://docs.aws.amazon.com/guardduty/latest/ug/guardduty_exportfindings.html
@operation("guardduty", "CreatePublishingDestination")
def create_destination(call: Call) -> dict[str, Any]:
    _detector(call, call.params["DetectorId"])
    if _destinations(call):
        raise AwsError("BadRequestException", "The request is rejected because a publishing destination exists.")
    _require_writable(call, call.params["DestinationProperties"])
    identifier = uuid.uuid4().hex
    _destinations(call)[identifier] = dict(call.params["DestinationProperties"])
    return {"DestinationId": identifier}


@operation("guardduty", "UpdatePublishingDestination")
def update_destination(call: Call) -> dict[str, Any]:
    found = _destination(call)
    wanted = {**found, **call.params.get("DestinationProperties", {})}
    _require_writable(call, wanted)
    found.update(wanted)
    return {}


@operation("guardduty", "DescribePublishingDestination")
def describe_destination(call: Call) -> dict[str, Any]:
    return {
        "DestinationId": call.params["DestinationId"],
        "DestinationType": "S3",
        "Status": "PUBLISHING",
        "PublishingFailureStartTimestamp": 0,
        "DestinationProperties": dict(_destination(call)),
    }


@operation("guardduty", "ListPublishingDestinations")
def list_destinations(call: Call) -> dict[str, Any]:
    _detector(call, call.params["DetectorId"])
    return {
        "Destinations": [
            {"DestinationId": one, "DestinationType": "S3", "Status": "PUBLISHING"} for one in _destinations(call)
        ]
    }


@operation("guardduty", "DeletePublishingDestination")
def delete_destination(call: Call) -> dict[str, Any]:
    _destination(call)
    del _destinations(call)[call.params["DestinationId"]]
    return {}


@operation("guardduty", "ListFindings")
def list_findings(call: Call) -> dict[str, Any]:
    """None: nothing is ever detected."""
    _detector(call, call.params["DetectorId"])
    return {"FindingIds": []}


@operation("guardduty", "ListMembers")
def list_members(call: Call) -> dict[str, Any]:
    """None: CreateMembers is not implemented."""
    _detector(call, call.params["DetectorId"])
    return {"Members": []}


@operation("guardduty", "ListTagsForResource")
def list_tags(call: Call) -> dict[str, Any]:
    return {"Tags": dict(_tagged(call).tags)}


@operation("guardduty", "TagResource")
def tag(call: Call) -> dict[str, Any]:
    _tagged(call).tags.update(call.params["Tags"])
    return {}


@operation("guardduty", "UntagResource")
def untag(call: Call) -> dict[str, Any]:
    for key in call.params["TagKeys"]:
        _tagged(call).tags.pop(key, None)
    return {}


def _data_sources(call: Call) -> dict[str, Any]:
    """What was told of features before there were features."""
    status = {one["Name"]: {"Status": one["Status"]} for one in _features(call, call.params["DetectorId"])}
    volumes = {"ScanEc2InstanceWithFindings": {"EbsVolumes": status["EBS_MALWARE_PROTECTION"]}}
    return {
        "S3Logs": status["S3_DATA_EVENTS"],
        "Kubernetes": {"AuditLogs": status["EKS_AUDIT_LOGS"]},
        "MalwareProtection": volumes,
    }


def _features(call: Call, detector: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = call.store(KEPT).get(detector, [])
    return found


def _set_features(call: Call, detector: str) -> None:
    wanted = {one["Name"]: one for one in call.params.get("Features", [])}
    if {RUNTIME, OLD_RUNTIME} <= {name for name, one in wanted.items() if one["Status"] == "ENABLED"}:
        raise AwsError("BadRequestException", f"{OLD_RUNTIME} and {RUNTIME} can't both be enabled.")
    have = {one["Name"]: one for one in _features(call, detector)}
    call.store(KEPT)[detector] = [
        _feature(have.get(name, {"Name": name, "Status": default}), wanted.get(name, {}))
        for name, default in FEATURES.items()
    ]


def _feature(was: dict[str, Any], wanted: dict[str, Any]) -> dict[str, Any]:
    """What is not given stays as it is."""
    feature = {**was, **wanted}
    if feature["Name"] == RUNTIME:
        given = [*was.get(MORE, []), *wanted.get(MORE, [])]
        status = {**dict.fromkeys(ADDITIONAL, "DISABLED"), **{one["Name"]: one["Status"] for one in given}}
        feature[MORE] = [{"Name": name, "Status": status[name]} for name in ADDITIONAL]
    return feature


def _require_writable(call: Call, properties: dict[str, str]) -> None:
    bucket, _, folder = properties["DestinationArn"].rpartition(":")[2].partition("/")
    below = f"/{folder + '/' if folder else ''}AWSLogs/x"
    if not (
        bucket_allows(call, bucket, SERVICE, "s3:PutObject", below)
        and key_allows(call, properties["KmsKeyArn"], SERVICE, "kms:GenerateDataKey", _region(properties["KmsKeyArn"]))
    ):
        message = (
            "The request failed because the GuardDuty service principal does not have permission to the KMS key or the "
            "resource specified by the destinationArn parameter. Refer to https://docs.aws.amazon.com/guardduty/"
        )
        raise AwsError("BadRequestException", message)


def _region(arn: str) -> str:
    return arn.split(":")[3]


def _detector(call: Call, identifier: str) -> Any:
    found = call.backend().detectors.get(identifier)
    if found is None:
        message = "The request is rejected because the input detectorId is not owned by the current account."
        raise AwsError("BadRequestException", message)
    return found


def _tagged(call: Call) -> Any:
    return _detector(call, call.params["ResourceArn"].rpartition("/")[2])


def _destinations(call: Call) -> dict[str, dict[str, str]]:
    return call.store("guardduty.destinations")


def _destination(call: Call) -> dict[str, str]:
    found = _destinations(call).get(call.params["DestinationId"])
    if found is None:
        raise AwsError(
            "BadRequestException", "The request is rejected because the publishing destination is not found."
        )
    return found
