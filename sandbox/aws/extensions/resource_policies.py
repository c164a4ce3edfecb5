"""Whether the policy of a resource lets a service of AWS do something; conditions are not tried."""

from __future__ import annotations

import json
from fnmatch import fnmatchcase

from sandbox.aws.call import Call
from sandbox.aws.documents import as_list


def allows(policy: bytes | str | None, service: str, action: str, resource: str) -> bool:
    """
    :param policy: the document of a bucket, a topic or a queue.
    :param service: `config.amazonaws.com` and the like.
    """
    return any(
        statement["Effect"] == "Allow"
        and isinstance(statement.get("Principal"), dict)
        and service in as_list(statement["Principal"].get("Service", []))
        and any(fnmatchcase(action, pattern) for pattern in as_list(statement["Action"]))
        and any(fnmatchcase(resource, pattern) for pattern in as_list(statement["Resource"]))
        for statement in as_list(json.loads(policy)["Statement"] if policy else [])
    )


def bucket_allows(call: Call, bucket: str, service: str, action: str, below: str = "") -> bool:
    """Whether there is such a bucket, and its policy lets the service at what is `below` it."""
    found = call.backend("s3").buckets.get(bucket)
    return found is not None and allows(found.policy, service, action, f"arn:aws:s3:::{bucket}{below}")


def key_allows(call: Call, key: str, service: str, action: str, region: str | None = None) -> bool:
    """Whether there is such a key (an id, an ARN or an alias), and its policy lets the service use it."""
    backend = call.backend("kms", region)
    try:
        found = backend.describe_key(key)
    except (KeyError, TypeError, AttributeError):  # how moto tells that there is none
        return False
    return found.key_state == "Enabled" and allows(found.policy, service, action, str(found.arn))
