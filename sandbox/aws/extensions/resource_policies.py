"""Whether the policy of a resource lets a service of AWS do something; conditions are not tried, but for whether they
are about a source that the service does not tell."""

from __future__ import annotations

import json
from fnmatch import fnmatchcase
from typing import Any

from sandbox.aws.call import Call
from sandbox.aws.documents import as_list

SOURCE = "aws:source"
"""How the names of keys begin that tell on behalf of what a service asks."""


def allows(policy: bytes | str | None, service: str, action: str, resource: str, *, tells: bool = True) -> bool:
    """
    :param policy: the document of a bucket, a topic or a queue.
    :param service: `config.amazonaws.com` and the like.
    :param tells: whether the service tells on behalf of what it asks; conditions on that hold for no other.
    """
    return any(
        statement["Effect"] == "Allow"
        and isinstance(statement.get("Principal"), dict)
        and service in as_list(statement["Principal"].get("Service", []))
        and any(fnmatchcase(action, pattern) for pattern in as_list(statement["Action"]))
        and any(fnmatchcase(resource, pattern) for pattern in as_list(statement["Resource"]))
        and (tells or not _asks_source(statement))
        for statement in as_list(json.loads(policy)["Statement"] if policy else [])
    )


def bucket_allows(call: Call, bucket: str, service: str, action: str, below: str = "") -> bool:
    """Whether there is such a bucket, and its policy lets the service at what is `below` it."""
    found = call.backend("s3").buckets.get(bucket)
    return found is not None and allows(found.policy, service, action, f"arn:aws:s3:::{bucket}{below}")


def key_allows(
    call: Call, key: str, service: str, action: str, region: str | None = None, *, tells: bool = True
) -> bool:
    """Whether there is such a key (an id, an ARN or an alias), and its policy lets the service use it."""
    backend = call.backend("kms", region)
    try:
        found = backend.describe_key(key)
    except (KeyError, TypeError, AttributeError):  # how moto tells that there is none
        return False
    return found.key_state == "Enabled" and allows(found.policy, service, action, str(found.arn), tells=tells)


def _asks_source(statement: dict[str, Any]) -> bool:
    return any(key.lower().startswith(SOURCE) for test in statement.get("Condition", {}).values() for key in test)
