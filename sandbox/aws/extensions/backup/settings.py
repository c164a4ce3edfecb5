"""Which kinds of resources a region backs up, and which of them AWS Backup manages wholly."""

from __future__ import annotations

from typing import Any

from sandbox.aws.call import AwsError, Call
from sandbox.aws.extensions import operation

OPTED_IN = ("DynamoDB", "EBS", "EC2", "EFS", "RDS", "Aurora", "Storage Gateway")
OPTED_OUT = ("CloudFormation", "DocumentDB", "FSx", "Neptune", "Redshift", "S3", "SAP HANA on Amazon EC2", "Timestream")
MANAGED = {"DynamoDB": False, "EFS": False}


# https://docs.aws.amazon.com/aws-backup/latest/devguide/API_DescribeRegionSettings.html
@operation("backup", "DescribeRegionSettings")
def describe(call: Call) -> dict[str, Any]:
    opted = {**dict.fromkeys(OPTED_IN, True), **dict.fromkeys(OPTED_OUT, False), **call.store("backup.opted")}
    return {
        "ResourceTypeOptInPreference": opted,
        "ResourceTypeManagementPreference": {**MANAGED, **call.store("backup.managed")},
    }


# https://docs.aws.amazon.com/aws-backup/latest/devguide/API_UpdateRegionSettings.html
@operation("backup", "UpdateRegionSettings")
def update(call: Call) -> dict[str, Any]:
    """Kinds that are not named stay as they are."""
    opted = call.params.get("ResourceTypeOptInPreference", {})
    managed = call.params.get("ResourceTypeManagementPreference", {})
    unknown = (opted.keys() - {*OPTED_IN, *OPTED_OUT}) | (managed.keys() - MANAGED.keys())
    if unknown:
        raise AwsError("InvalidParameterValueException", f"Invalid resource types: {', '.join(sorted(unknown))}")
    call.store("backup.opted").update(opted)
    call.store("backup.managed").update(managed)
    return {}
