"""What can be backed up, by ARN: of which kind it is, whether it exists, how a recovery point of it is made.

On AWS the snapshot of a job is `awsbackup:job-<id>`; no snapshot may be named so by itself, so here it has a hyphen.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sandbox.aws.call import AwsError, Call

RDS, SNAPSHOT = "RDS", "awsbackup"
# Service and beginning of the resource's part of an ARN: kind, as AWS Backup calls it.
KINDS = {
    ("rds", "db:"): RDS,
    ("elasticfilesystem", "file-system/"): "EFS",
    ("dynamodb", "table/"): "DynamoDB",
    ("s3", ""): "S3",
}
POINT = "backup.point"
STATUS = {"available": "COMPLETED", "failed": "FAILED"}


@dataclass(frozen=True)
class Resource:
    arn: str
    kind: str
    name: str


def resource(call: Call, arn: str) -> Resource:
    """The resource of an ARN; an error as AWS answers for what it can't back up, or can't find."""
    parts = arn.split(":", 5)
    for (service, beginning), kind in KINDS.items():
        if len(parts) == 6 and parts[2] == service and parts[5].startswith(beginning):
            found = Resource(arn, kind, parts[5].removeprefix(beginning))
            if not _exists(call, found):
                raise AwsError("InvalidParameterValueException", f"Resource {arn} does not exist")
            return found
    raise AwsError("InvalidParameterValueException", f"Unsupported resource type: {arn}")


def begin_point(call: Call, found: Resource, job: str) -> str:
    """Begin to make a recovery point; its ARN. Of an instance it is a snapshot."""
    if found.kind != RDS:
        call.begin(POINT, job, "CREATING")
        return f"arn:aws:backup:{call.region}:{call.account}:recovery-point:{job}"
    name = f"awsbackup-job-{job}"
    call.ask("rds", "CreateDBSnapshot", DBInstanceIdentifier=found.name, DBSnapshotIdentifier=name)
    return _adopt(call, name, call.region)


def begin_copy(call: Call, point: dict[str, Any], job: str, region: str, key: str | None) -> str:
    """Begin to copy a recovery point to a region; the copy's ARN."""
    if point["ResourceType"] != RDS:
        call.begin(POINT, job, "CREATING")
        return f"arn:aws:backup:{region}:{call.account}:recovery-point:{job}"
    name = f"awsbackup-copyjob-{job}"
    params = {"SourceDBSnapshotIdentifier": point["RecoveryPointArn"], "TargetDBSnapshotIdentifier": name}
    call.ask("rds", "CopyDBSnapshot", region=region, **params, **({"KmsKeyId": key} if key else {}))
    return _adopt(call, name, region)


def status(call: Call, point: dict[str, Any]) -> str:
    """CREATING, COMPLETED, or FAILED: as its snapshot is."""
    arn = point["RecoveryPointArn"]
    if point["ResourceType"] != RDS:
        return call.state(POINT, arn.rpartition(":")[2], "COMPLETED")
    region, name = arn.split(":")[3], snapshot_name(arn)
    if name not in call.backend("rds", region).database_snapshots:
        return "FAILED"
    named = {"DBSnapshotIdentifier": name, "SnapshotType": SNAPSHOT}
    answer = call.ask("rds", "DescribeDBSnapshots", region=region, **named)
    return STATUS.get(answer["DBSnapshots"][0]["Status"], "CREATING")


def remove(call: Call, point: dict[str, Any]) -> None:
    name = snapshot_name(point["RecoveryPointArn"])
    if point["ResourceType"] == RDS and name in call.backend("rds").database_snapshots:
        call.ask("rds", "DeleteDBSnapshot", DBSnapshotIdentifier=name)


def snapshot_name(arn: str) -> str:
    return arn.partition(":snapshot:")[2]


def _adopt(call: Call, name: str, region: str) -> str:
    call.backend("rds", region).database_snapshots[name].snapshot_type = SNAPSHOT
    return f"arn:aws:rds:{region}:{call.account}:snapshot:{name}"


def _exists(call: Call, found: Resource) -> bool:
    if found.kind == RDS:
        return found.name in call.backend("rds").databases
    if found.kind == "EFS":
        return found.name in call.backend("efs").file_systems_by_id
    if found.kind == "DynamoDB":
        return found.name in call.backend("dynamodb").tables
    return found.name in call.backend("s3").buckets
