"""STS: the ARN of a user, which is one of IAM's.

https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
"""

from __future__ import annotations

from typing import Any

from sandbox.aws.call import Call
from sandbox.aws.extensions import operation


@operation("sts", "GetCallerIdentity")
def get_caller_identity(call: Call) -> dict[str, Any]:
    output = call.moto()
    prefix = f":sts::{output['Account']}:user/"
    output["Arn"] = output["Arn"].replace(prefix, f":iam::{output['Account']}:user/")
    return output
