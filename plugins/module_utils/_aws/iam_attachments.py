# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""AWS IAM: the managed and inline policies of a role or a group, whose operations differ in one word."""

from __future__ import annotations

import json
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._aws.resource import same_policy


def same_documents(current: Any, desired: Any) -> bool:
    """Whether two maps of name to policy document hold the same policies, by meaning."""
    return current.keys() == desired.keys() and all(same_policy(current[name], desired[name]) for name in desired)


def attach(client: Any, kind: str, name: str, current: list[str], desired: list[str]) -> None:
    """Attach<Kind>Policy and Detach<Kind>Policy, so that the ARNs in ``desired`` are attached and no others.

    :param kind: role or group.
    """
    target = {f"{kind.title()}Name": name}
    for arn in sorted(set(desired) - set(current)):
        getattr(client, f"attach_{kind}_policy")(**target, PolicyArn=arn)
    for arn in sorted(set(current) - set(desired)):
        getattr(client, f"detach_{kind}_policy")(**target, PolicyArn=arn)


def put_inline(client: Any, kind: str, name: str, current: dict[str, Any], desired: dict[str, Any]) -> None:
    """Put<Kind>Policy and Delete<Kind>Policy, so that the documents by name in ``desired`` are there and no others."""
    target = {f"{kind.title()}Name": name}
    for policy, document in desired.items():
        if policy not in current or not same_policy(current[policy], document):
            getattr(client, f"put_{kind}_policy")(**target, PolicyName=policy, PolicyDocument=json.dumps(document))
    for policy in sorted(current.keys() - desired.keys()):
        getattr(client, f"delete_{kind}_policy")(**target, PolicyName=policy)
