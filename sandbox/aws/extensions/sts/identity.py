"""Who signed a request: also one that a presigned URL carries, as tokens of EKS do."""

from __future__ import annotations

import re
import time
from calendar import timegm
from typing import Any

from sandbox.aws.call import AwsError, Call
from sandbox.aws.extensions import operation

LIFETIME = 15 * 60
"""Seconds after X-Amz-Date that STS takes a presigned URL; it does not look at X-Amz-Expires."""
DATE = "%Y%m%dT%H%M%SZ"


# https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
@operation("sts", "GetCallerIdentity")
def get_caller_identity(call: Call) -> dict[str, Any]:
    if "X-Amz-Signature" in call.query:
        _refuse_expired(call.query.get("X-Amz-Date", ""))
    # moto does not look for the key of a presigned URL.
    user_id, arn, account = call.backend().get_caller_identity(call.access_key, call.region)
    return {
        "UserId": user_id,
        "Account": account,
        "Arn": arn.replace(f":sts::{account}:user/", f":iam::{account}:user/"),
    }


def _refuse_expired(signed: str) -> None:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-troubleshooting.html"""
    if not re.fullmatch(r"\d{8}T\d{6}Z", signed):
        message = f"Date must be in ISO-8601 'basic format'. Got '{signed}'."
        raise AwsError("IncompleteSignature", message, 403)
    now = time.time()
    if timegm(time.strptime(signed, DATE)) + LIFETIME < now:
        oldest = time.strftime(DATE, time.gmtime(now - LIFETIME))
        message = f"Signature expired: {signed} is now earlier than {oldest}"
        raise AwsError("SignatureDoesNotMatch", message, 403)
