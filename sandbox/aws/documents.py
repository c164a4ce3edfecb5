"""The policy documents that moto keeps of users, groups and roles."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sandbox.aws.extensions.eks.roles import policy_of

Policy = Mapping[str, Any]


def documents(holder: Any) -> Iterator[Policy]:
    """Those of a user, group or role, inline and attached."""
    yield from (policy_of(document) for document in holder.policies.values())
    yield from (managed(policy) for policy in holder.managed_policies.values())


def managed(policy: Any) -> Policy:
    """The document of the version of a managed policy that counts."""
    found = next(one for one in policy.versions if one.version_id == policy.default_version_id)
    return policy_of(found.document)
