"""Macie: off until it is turned on, exports of results, classification jobs. Nothing is ever classified.

https://docs.aws.amazon.com/macie/latest/APIReference/operations.html
"""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Any

from sandbox.aws.call import AwsError, Call
from sandbox.aws.extensions import operation
from sandbox.aws.extensions.resource_policies import bucket_allows, key_allows

SERVICE = "macie.amazonaws.com"
OVER = ("CANCELLED", "COMPLETE")
AUTOMATED = "automatedDiscovery"


@operation("macie2", "EnableMacie")
def enable(call: Call) -> dict[str, Any]:
    if _session(call):
        raise AwsError("ConflictException", "Macie has already been enabled.")
    now = datetime.now(UTC)
    _session(call).update(
        createdAt=now,
        updatedAt=now,
        findingPublishingFrequency=call.params.get("findingPublishingFrequency", "FIFTEEN_MINUTES"),
        serviceRole=f"arn:aws:iam::{call.account}:role/aws-service-role/{SERVICE}/AWSServiceRoleForAmazonMacie",
        status=call.params.get("status", "ENABLED"),
    )
    return {}


@operation("macie2", "GetMacieSession")
def session(call: Call) -> dict[str, Any]:
    return {name: value for name, value in _required(call).items() if name != AUTOMATED}


@operation("macie2", "UpdateMacieSession")
def update(call: Call) -> dict[str, Any]:
    _required(call).update(call.params, updatedAt=datetime.now(UTC))
    return {}


@operation("macie2", "DisableMacie")
def disable(call: Call) -> dict[str, Any]:
    """Everything that Macie knows is gone."""
    _required(call).clear()
    _jobs(call).clear()
    _export(call).clear()
    return {}


@operation("macie2", "GetClassificationExportConfiguration")
def export(call: Call) -> dict[str, Any]:
    _required(call)
    return {"configuration": dict(_export(call))}


# https://docs.aws.amazon.com/macie/latest/user/discovery-results-repository-s3.html
@operation("macie2", "PutClassificationExportConfiguration")
def put_export(call: Call) -> dict[str, Any]:
    _required(call)
    destination = call.params["configuration"]["s3Destination"]
    bucket, key = destination["bucketName"], destination["kmsKeyArn"]
    below = f"/{destination.get('keyPrefix', '')}x"
    if not (
        bucket_allows(call, bucket, SERVICE, "s3:PutObject", below)
        and key_allows(call, key, SERVICE, "kms:GenerateDataKey", key.split(":")[3])
    ):
        message = "The request failed because Macie isn't allowed to write to the bucket or to use the key."
        raise AwsError("ValidationException", message)
    _export(call)["s3Destination"] = dict(destination)
    return {"configuration": dict(_export(call))}


# https://docs.aws.amazon.com/macie/latest/APIReference/automated-discovery-configuration.html
@operation("macie2", "GetAutomatedDiscoveryConfiguration")
def automated_discovery(call: Call) -> dict[str, Any]:
    return {"status": _required(call).get(AUTOMATED, "DISABLED")}


@operation("macie2", "UpdateAutomatedDiscoveryConfiguration")
def put_automated_discovery(call: Call) -> dict[str, Any]:
    _required(call)[AUTOMATED] = call.params["status"]
    return {}


@operation("macie2", "CreateClassificationJob")
def create_job(call: Call) -> dict[str, Any]:
    _required(call)
    params = call.params
    if (params["jobType"] == "SCHEDULED") != ("scheduleFrequency" in params):
        raise AwsError("ValidationException", "A scheduled job, and no other, has a scheduleFrequency.")
    identifier = uuid.uuid4().hex
    arn = f"arn:aws:macie2:{call.region}:{call.account}:classification-job/{identifier}"
    _jobs(call)[identifier] = {
        "managedDataIdentifierSelector": "RECOMMENDED",
        "samplingPercentage": 100,
        "initialRun": False,
        "tags": {},
        **params,
        "createdAt": datetime.now(UTC),
        "jobId": identifier,
        "jobArn": arn,
        "jobStatus": "IDLE" if params["jobType"] == "SCHEDULED" else "RUNNING",
        "lastRunErrorStatus": {"code": "NONE"},
    }
    return {"jobArn": arn, "jobId": identifier}


@operation("macie2", "DescribeClassificationJob")
def describe_job(call: Call) -> dict[str, Any]:
    _required(call)
    return dict(_job(call, call.params["jobId"]))


@operation("macie2", "ListClassificationJobs")
def list_jobs(call: Call) -> dict[str, Any]:
    _required(call)
    told = ("createdAt", "jobId", "jobStatus", "jobType", "lastRunErrorStatus", "name")
    return {
        "items": [
            {
                **{name: job[name] for name in told},
                "bucketDefinitions": job["s3JobDefinition"].get("bucketDefinitions", []),
            }
            for job in _jobs(call).values()
        ]
    }


@operation("macie2", "UpdateClassificationJob")
def update_job(call: Call) -> dict[str, Any]:
    _required(call)
    job = _job(call, call.params["jobId"])
    if job["jobStatus"] in OVER:
        raise AwsError("ValidationException", f"The job is {job['jobStatus']}.")
    job["jobStatus"] = call.params["jobStatus"]
    return {}


@operation("macie2", "ListTagsForResource")
def list_tags(call: Call) -> dict[str, Any]:
    return {"tags": dict(_tagged(call)["tags"])}


@operation("macie2", "TagResource")
def tag(call: Call) -> dict[str, Any]:
    _tagged(call)["tags"] = {**_tagged(call)["tags"], **call.params["tags"]}
    return {}


@operation("macie2", "UntagResource")
def untag(call: Call) -> dict[str, Any]:
    job = _tagged(call)
    job["tags"] = {key: value for key, value in job["tags"].items() if key not in call.params["tagKeys"]}
    return {}


def _session(call: Call) -> dict[str, Any]:
    return call.store("macie2.session")


def _required(call: Call) -> dict[str, Any]:
    if not _session(call):
        raise AwsError("AccessDeniedException", "Macie is not enabled.")
    return _session(call)


def _export(call: Call) -> dict[str, Any]:
    return call.store("macie2.export")


def _jobs(call: Call) -> dict[str, dict[str, Any]]:
    return call.store("macie2.jobs")


def _job(call: Call, identifier: str) -> dict[str, Any]:
    if identifier not in _jobs(call):
        raise AwsError("ResourceNotFoundException", "The request failed because the specified job doesn't exist.")
    return _jobs(call)[identifier]


def _tagged(call: Call) -> dict[str, Any]:
    return _job(call, call.params["resourceArn"].rpartition("/")[2])
