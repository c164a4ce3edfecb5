# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Service accounts and the IAM roles they stand for. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._aws.iam_document import listed
from ansible_collections.iworkz.platform.plugins.module_utils._checks import _push

ANNOTATION = "eks.amazonaws.com/role-arn"
AUDIENCE = "sts.amazonaws.com"


@dataclass(frozen=True)
class Issuer:
    """Of the service accounts' tokens: its address without ``https://``, and the ARN of its provider in IAM."""

    address: str
    provider: str


def role_of(account: Mapping[str, Any]) -> str | None:
    """ARN of the role that a service account names."""
    return (account["metadata"].get("annotations") or {}).get(ANNOTATION)


def trusted(role: Mapping[str, Any], issuer: Issuer) -> Collection[str] | None:
    """The service accounts that may assume the role, as ``<namespace>:<name>``; None where it lets in anybody else."""
    subjects = _push.subjects(role["AssumeRolePolicyDocument"], issuer.provider, issuer.address, AUDIENCE)
    if subjects is None:
        return None
    prefix = "system:serviceaccount:"
    return {name.removeprefix(prefix) for name in subjects} if all(s.startswith(prefix) for s in subjects) else None


def may(role: Mapping[str, Any], action: str) -> bool:
    """Whether an inline policy of the role allows an action, on whatever resource."""
    return any(
        action.lower() in (str(one).lower() for one in listed(statement.get("Action")))
        for policy in role["RolePolicyList"]
        for statement in _push.statements(policy["PolicyDocument"], "Allow")
    )
