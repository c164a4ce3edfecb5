"""When a role last used each of the services that its policies grant it: from the log of calls.

https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_last-accessed.html
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from sandbox.aws.actions import prefix_of
from sandbox.aws.call import AwsError, Call
from sandbox.aws.documents import as_list, documents
from sandbox.aws.extensions import operation


# https://docs.aws.amazon.com/IAM/latest/APIReference/API_GenerateServiceLastAccessedDetails.html
@operation("iam", "GenerateServiceLastAccessedDetails")
def generate(call: Call) -> dict[str, Any]:
    role = next((one for one in call.backend().roles.values() if one.arn == call.params["Arn"]), None)
    if role is None:
        raise AwsError("NoSuchEntity", f"ARN {call.params['Arn']} does not exist.", 404)
    used = _used(call, role.arn)
    job = str(uuid.uuid4())
    now = datetime.now(UTC)
    call.store("iam.last_accessed", "global")[job] = {
        "JobStatus": "COMPLETED",
        "JobCreationDate": now,
        "JobCompletionDate": now,
        "JobType": "SERVICE_LEVEL",
        "IsTruncated": False,
        "ServicesLastAccessed": [
            {"ServiceName": name, "ServiceNamespace": name, **_access(used.get(name), role.arn)}
            for name in sorted(set(_granted(role)))
        ],
    }
    return {"JobId": job}


# https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetServiceLastAccessedDetails.html
@operation("iam", "GetServiceLastAccessedDetails")
def get(call: Call) -> dict[str, Any]:
    """A job is done at once here. Its answer is never paged: a role has few services."""
    jobs = call.store("iam.last_accessed", "global")
    if call.params["JobId"] not in jobs:
        raise AwsError("NoSuchEntity", f"JobId {call.params['JobId']} does not exist.", 404)
    return dict(jobs[call.params["JobId"]])


def _access(used: tuple[datetime, str] | None, arn: str) -> dict[str, Any]:
    if used is None:
        return {"TotalAuthenticatedEntities": 0}
    when, region = used
    return {
        "LastAuthenticated": when,
        "LastAuthenticatedEntity": arn,
        "LastAuthenticatedRegion": region,
        "TotalAuthenticatedEntities": 1,
    }


def _used(call: Call, arn: str) -> dict[str, tuple[datetime, str]]:
    """Time and region of the newest call by service prefix, of the sessions of a role."""
    keys = {one.access_key_id for one in call.backend("sts").assumed_roles if one.role_arn == arn}
    if not keys:
        return {}
    return {
        prefix_of(entry["service"]): (datetime.fromisoformat(entry["time"]), entry["region"])
        for entry in call.calls()
        if entry["access_key"] in keys and entry["operation"]
    }


def _granted(role: Any) -> Iterator[str]:
    """Prefixes of the services that a role's own and attached policies allow something of."""
    for policy in documents(role):
        for statement in as_list(policy["Statement"]):
            if statement["Effect"] == "Allow":
                yield from (str(one).split(":")[0] for one in as_list(statement.get("Action")) if ":" in str(one))
