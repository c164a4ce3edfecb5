"""KMS: the rotation period, which moto accepts and forgets, and refuses for no key. Multi-Region keys: kms_replicas.py.

https://docs.aws.amazon.com/kms/latest/APIReference/API_EnableKeyRotation.html
https://docs.aws.amazon.com/kms/latest/APIReference/API_GetKeyRotationStatus.html
"""

from __future__ import annotations

from typing import Any

from sandbox.aws.call import AwsError, Call
from sandbox.aws.extensions import operation
from sandbox.aws.extensions.kms_replicas import PENDING, named, primary

DEFAULT_DAYS = 365
SHORTEST_DAYS, LONGEST_DAYS = 90, 2560
SYMMETRIC = "SYMMETRIC_DEFAULT"


@operation("kms", "EnableKeyRotation")
def enable_key_rotation(call: Call) -> dict[str, Any]:
    days = call.params.get("RotationPeriodInDays")
    if days is not None and not SHORTEST_DAYS <= days <= LONGEST_DAYS:
        raise AwsError("ValidationException", f"RotationPeriodInDays must be {SHORTEST_DAYS} to {LONGEST_DAYS}", 400)
    key = _rotatable(call)
    if key.key_state in PENDING:
        raise AwsError("KMSInvalidStateException", f"{key.arn} is pending deletion.")
    if key.key_spec != SYMMETRIC:
        raise AwsError("UnsupportedOperationException", f"{key.arn} is asymmetric: such keys are not rotated.", 400)
    answer = call.moto()
    periods = call.store("kms.rotation")
    periods[key.id] = days or periods.get(key.id, DEFAULT_DAYS)
    return answer


# https://docs.aws.amazon.com/kms/latest/APIReference/API_DisableKeyRotation.html
@operation("kms", "DisableKeyRotation")
def disable_key_rotation(call: Call) -> dict[str, Any]:
    _rotatable(call)
    return call.moto()


@operation("kms", "GetKeyRotationStatus")
def get_key_rotation_status(call: Call) -> dict[str, Any]:
    call.moto()
    key = named(call)
    if key.key_state in PENDING:
        return {"KeyId": key.arn, "KeyRotationEnabled": False}
    rotated = primary(call, key)
    answer = {"KeyId": key.arn, "KeyRotationEnabled": rotated.key_rotation_status}
    if rotated.key_rotation_status:
        answer["RotationPeriodInDays"] = call.store("kms.rotation", rotated.region).get(key.id, DEFAULT_DAYS)
    return answer


def _rotatable(call: Call) -> Any:
    """Replicas are rotated with their primary key."""
    key = named(call)
    if primary(call, key) is not key:
        raise AwsError("UnsupportedOperationException", f"{key.arn} is a replica key.", 400)
    return key
