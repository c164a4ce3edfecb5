"""KMS: the rotation period, which moto accepts and forgets, and refuses for no key, and the field MultiRegion, which it
omits when false.

https://docs.aws.amazon.com/kms/latest/APIReference/API_EnableKeyRotation.html
https://docs.aws.amazon.com/kms/latest/APIReference/API_GetKeyRotationStatus.html
"""

from __future__ import annotations

from typing import Any

from sandbox.aws.call import AwsError, Call
from sandbox.aws.extensions import operation

DEFAULT_DAYS = 365
SHORTEST_DAYS, LONGEST_DAYS = 90, 2560
PENDING = "PendingDeletion"
SYMMETRIC = "SYMMETRIC_DEFAULT"


@operation("kms", "CreateKey", "DescribeKey")
def with_multi_region(call: Call) -> dict[str, Any]:
    """https://docs.aws.amazon.com/kms/latest/APIReference/API_KeyMetadata.html"""
    answer = call.moto()
    answer["KeyMetadata"].setdefault("MultiRegion", False)
    return answer


@operation("kms", "EnableKeyRotation")
def enable_key_rotation(call: Call) -> dict[str, Any]:
    days = call.params.get("RotationPeriodInDays")
    if days is not None and not SHORTEST_DAYS <= days <= LONGEST_DAYS:
        raise AwsError("ValidationException", f"RotationPeriodInDays must be {SHORTEST_DAYS} to {LONGEST_DAYS}", 400)
    key = _key(call)
    if key.key_state == PENDING:
        raise AwsError("KMSInvalidStateException", f"{key.arn} is pending deletion.")
    if key.key_spec != SYMMETRIC:
        raise AwsError("UnsupportedOperationException", f"{key.arn} is asymmetric: such keys are not rotated.", 400)
    answer = call.moto()
    periods = call.store("kms.rotation")
    periods[key.id] = days or periods.get(key.id, DEFAULT_DAYS)
    return answer


@operation("kms", "GetKeyRotationStatus")
def get_key_rotation_status(call: Call) -> dict[str, Any]:
    answer = call.moto()
    key = _key(call)
    if key.key_state == PENDING:
        return {"KeyId": key.arn, "KeyRotationEnabled": False}
    if answer["KeyRotationEnabled"]:
        answer["RotationPeriodInDays"] = call.store("kms.rotation").get(key.id, DEFAULT_DAYS)
    return {"KeyId": key.arn, **answer}


def _key(call: Call) -> Any:
    """moto's key; keys are named by id or ARN, its own handler refuses the rest."""
    key_id = call.params["KeyId"].rsplit("/", 1)[-1]
    keys = call.backend().keys
    if key_id not in keys:
        raise AwsError("NotFoundException", f"Key '{call.params['KeyId']}' does not exist")
    return keys[key_id]
