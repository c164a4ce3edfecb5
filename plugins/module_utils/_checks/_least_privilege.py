# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Item 2.1.2.1: a role for each service and no more, bounded; nothing allowed without bounds; what nobody uses."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._aws import iam_document
from ansible_collections.iworkz.platform.plugins.module_utils._checks import _irsa
from ansible_collections.iworkz.platform.plugins.module_utils._checks._eks_facts import each, trusted_issuer
from ansible_collections.iworkz.platform.plugins.module_utils._checks._iam_facts import (
    AWS_OWNED,
    SERVICE_POLICY,
    Item,
    identities,
    platform_roles,
    unused,
)
from ansible_collections.iworkz.platform.plugins.module_utils._checks.engine import Breach, Finding, World


def judge_roles(world: World, required: dict[str, Any]) -> Finding:
    roles = world.once(platform_roles)
    holders = world.once(role_of_service)
    found = {place: next(iter(held)) for place, held in holders.items() if len(held) == 1}
    arns = {place: role["Arn"] for place, role in found.items()}
    administrators = sorted(role["RoleName"] for role in roles if is_almighty(world, role))
    observed = {
        "roles": len(roles),
        "services": {place: arn.rsplit("/", 1)[-1] for place, arn in arns.items()},
        "administrators": administrators,
        "unused": dict(zip(arns, each(lambda arn: unused(world, arn), arns.values()), strict=True)),
    }
    breaches = [*_judge_services(holders), *_judge_boundaries(world, found)]
    breaches += [breach for role in roles for breach in _judge_bounds(world, role, found.values())]
    if len(administrators) > required["administrators"]:
        params = {"roles": ", ".join(administrators), "required": required["administrators"]}
        breaches.append(Breach("iam.administrators", params))
    return Finding(observed, tuple(breaches))


def role_of_service(world: World) -> dict[str, list[Item]]:
    """By ``team:service``, the platform's roles that its service account may assume and nobody else may."""
    issuer = trusted_issuer(world)
    trusted = [(role, _irsa.trusted(role, issuer) if issuer else None) for role in world.once(platform_roles)]
    places = [f"{one['team']}:{one['name']}" for one in world.platform.declared["services"]]
    return {place: [role for role, subjects in trusted if subjects and set(subjects) == {place}] for place in places}


def is_almighty(world: World, role: Item) -> bool:
    """Whether a role may do anything, or anything with a whole service.

    What AWS wrote for a service of its own, on a role that nobody else may take, is that service's business.
    """
    own = all(
        set(one.get("Principal", {})) == {"Service"} for one in iam_document.allowed(role["AssumeRolePolicyDocument"])
    )
    return any(
        iam_document.almighty(document) and not (own and SERVICE_POLICY in name)
        for name, document in world.once(identities).grants(role, "Role")
    )


def _judge_services(holders: dict[str, list[Item]]) -> Iterator[Breach]:
    for place, held in holders.items():
        if not held:
            yield Breach("iam.service_without_role", {"service": place})
        if len(held) > 1:
            names = ", ".join(sorted(role["RoleName"] for role in held))
            yield Breach("iam.service_with_roles", {"service": place, "roles": names})


def _judge_boundaries(world: World, found: dict[str, Item]) -> Iterator[Breach]:
    documents = world.once(identities).documents
    for role in found.values():
        boundary = role.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn")
        if boundary is None:
            yield Breach("iam.no_boundary", {"role": role["RoleName"]})
        elif boundary.split(":policy/")[0].endswith(":aws") or iam_document.unbounded(documents[boundary]):
            yield Breach("iam.loose_boundary", {"role": role["RoleName"], "policy": boundary.rsplit("/", 1)[-1]})


def _judge_bounds(world: World, role: Item, services: Any) -> Iterator[Breach]:
    """What we write has no wildcard action on all resources; nor has what a service has of AWS's own."""
    is_service = any(role["Arn"] == one["Arn"] for one in services)
    for name, document in world.once(identities).grants(role, "Role"):
        if AWS_OWNED in name and not is_service:
            continue
        for action in iam_document.unbounded(document):
            params = {"role": role["RoleName"], "policy": name.rsplit("/", 1)[-1], "action": action}
            yield Breach("iam.unbounded", params)
