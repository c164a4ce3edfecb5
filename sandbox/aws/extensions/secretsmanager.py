"""Secrets Manager: validation of resource policies, and replicas (secret_replicas.py).

https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_ValidateResourcePolicy.html
"""

from __future__ import annotations

import json
from typing import Any

from sandbox.aws.call import AwsError, Call
from sandbox.aws.extensions import operation, secret_replicas

__all__ = ["secret_replicas"]


@operation("secretsmanager", "ValidateResourcePolicy")
def validate_resource_policy(call: Call) -> dict[str, Any]:
    """Syntax, and whether everyone is allowed without a condition; AWS's reasoner looks deeper."""
    try:
        policy = json.loads(call.params["ResourcePolicy"])
    except ValueError as error:
        raise AwsError("MalformedPolicyDocumentException", "This resource policy is not valid JSON.") from error
    errors = [
        {"CheckName": "POLICY_PUBLIC_CHECK", "ErrorMessage": f"Statement {number} grants access to everyone."}
        for number, statement in enumerate(policy.get("Statement", []))
        if statement.get("Effect") == "Allow"
        and statement.get("Principal") in ("*", {"AWS": "*"})
        and not statement.get("Condition")
    ]
    return {"PolicyValidationPassed": not errors, "ValidationErrors": errors}
