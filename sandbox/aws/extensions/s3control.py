"""Jobs of S3 Batch Operations that copy what was in a bucket before its rule of replication; moto has none.

A job does its work when it is created. Delete markers and what the rule does not choose are left out.
https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-batch-replication-batch.html
"""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Any

from sandbox.aws.call import AwsError, Call, UnsupportedError
from sandbox.aws.documents import assumable
from sandbox.aws.extensions import bucket_replication, operation

JOBS = "s3control.jobs"
SERVICE = "batchoperations.s3.amazonaws.com"
KIND = "s3control.job"


# https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_CreateJob.html
@operation("s3control", "CreateJob")
def create(call: Call) -> dict[str, Any]:
    wanted = call.params
    generator = wanted.get("ManifestGenerator", {}).get("S3JobManifestGenerator")
    if "S3ReplicateObject" not in wanted["Operation"] or generator is None:
        raise UnsupportedError("Jobs are emulated for S3ReplicateObject with a generated manifest only.")
    _check_role(call, wanted["RoleArn"])
    name = generator["SourceBucket"].rpartition(":")[2]
    bucket = call.backend("s3").buckets.get(name)
    if bucket is None or not getattr(bucket, "replication", None):
        raise AwsError("InvalidRequest", f"The bucket {name} has no replication configuration", 400)
    jobs = call.store(JOBS)
    same = next((one for one in jobs.values() if one["token"] == wanted["ClientRequestToken"]), None)
    if same:
        return {"JobId": same["JobId"]}
    job = str(uuid.uuid4())
    statuses = generator.get("Filter", {}).get("ObjectReplicationStatuses", [])
    copied = bucket_replication.replicate_existing(call.backend("s3"), bucket, statuses)
    jobs[job] = {
        "JobId": job,
        "token": wanted["ClientRequestToken"],
        "Description": wanted.get("Description", ""),
        "Priority": wanted["Priority"],
        "RoleArn": wanted["RoleArn"],
        "CreationTime": datetime.now(UTC),
        "ProgressSummary": {"TotalNumberOfTasks": copied, "NumberOfTasksSucceeded": copied, "NumberOfTasksFailed": 0},
    }
    call.begin(KIND, job, "Preparing", "Active")
    return {"JobId": job}


# https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_DescribeJob.html
@operation("s3control", "DescribeJob")
def describe(call: Call) -> dict[str, Any]:
    found = call.store(JOBS).get(call.params["JobId"])
    if found is None:
        raise AwsError("NoSuchJob", "The specified job does not exist", 404)
    told = {name: value for name, value in found.items() if name != "token"}
    return {"Job": {**told, "Status": call.state(KIND, found["JobId"], "Complete")}}


def _check_role(call: Call, arn: str) -> None:
    if not assumable(call.backend("iam").roles.values(), arn, SERVICE):
        raise AwsError("InvalidRequest", f"S3 Batch Operations can't assume the role {arn}", 400)
