"""Policy documents: as IAM keeps and answers them, and those that moto keeps of users, groups and roles."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import unquote

Policy = Mapping[str, Any]


def policy_of(document: str) -> dict[str, Any]:
    """A document as IAM keeps and answers it: JSON, URL-encoded or not."""
    return dict(json.loads(unquote(document)))


def as_list(value: Any) -> list[Any]:
    """Elements of a policy are one value or a list of them."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def trusts(document: str, service: str) -> bool:
    """Whether a trust policy lets a service assume its role."""
    return any(
        statement.get("Effect") == "Allow"
        and "sts:AssumeRole" in as_list(statement.get("Action"))
        and service in as_list((statement.get("Principal") or {}).get("Service"))
        for statement in as_list(policy_of(document).get("Statement"))
    )


def assumable(roles: Iterable[Any], arn: str, service: str) -> bool:
    """Whether there is a role of this ARN among those that moto keeps, and a service may assume it."""
    # A copy: others make roles meanwhile.
    return any(role.arn == arn and trusts(role.assume_role_policy_document, service) for role in list(roles))


def documents(holder: Any) -> Iterator[Policy]:
    """Those of a user, group or role, inline and attached."""
    yield from (policy_of(document) for document in holder.policies.values())
    yield from (managed(policy) for policy in holder.managed_policies.values())


def managed(policy: Any) -> Policy:
    """The document of the version of a managed policy that counts."""
    found = next(one for one in policy.versions if one.version_id == policy.default_version_id)
    return policy_of(found.document)
