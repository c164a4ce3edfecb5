# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which rights of a cluster are bound to people, and which of them are boundless. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

Item = dict[str, Any]

MASTERS = "system:masters"
# Every cluster has this binding of nobody: who is in the group is not asked for rights at all.
INHERENT = "cluster-admin"
# Groups that everybody is in, and everything that runs.
CROWDS = frozenset({"system:authenticated", "system:unauthenticated", "system:serviceaccounts"})


def boundless(rule: Mapping[str, Any]) -> bool:
    """Whether a rule names no resources or no verbs, but all there are."""
    return any("*" in rule.get(part, ()) for part in ("verbs", "resources", "apiGroups"))


def people(binding: Mapping[str, Any]) -> list[str]:
    """The users and groups of a binding that are people, or that people are in."""
    return [
        f"{subject['kind']} {subject['name']}"
        for subject in binding.get("subjects") or ()
        if subject["kind"] in ("User", "Group") and _is_person(subject["name"])
    ]


def wildcards(bindings: Iterable[Item], roles: Mapping[tuple[str, str, str], Item]) -> Iterator[tuple[str, str, str]]:
    """Binding, role and subject of every boundless right of people.

    :param roles: Roles and ClusterRoles by kind, namespace (empty for ClusterRoles) and name.
    """
    for binding in bindings:
        metadata, reference = binding["metadata"], binding["roleRef"]
        namespace = metadata.get("namespace", "") if reference["kind"] == "Role" else ""
        role = roles.get((reference["kind"], namespace, reference["name"]))
        if role is not None and any(boundless(rule) for rule in role.get("rules") or ()):
            for subject in people(binding):
                yield _where(metadata), reference["name"], subject


def masters(bindings: Iterable[Item]) -> list[str]:
    """Bindings that name the group of the almighty, but for the one that every cluster has."""
    return [
        _where(binding["metadata"])
        for binding in bindings
        if binding["metadata"]["name"] != INHERENT
        and any(subject["name"] == MASTERS for subject in binding.get("subjects") or ())
    ]


def by_key(roles: Iterable[Item], kind: str) -> dict[tuple[str, str, str], Item]:
    return {(kind, role["metadata"].get("namespace", ""), role["metadata"]["name"]): role for role in roles}


def _is_person(name: str) -> bool:
    """Users and groups of Kubernetes itself and of EKS are programs."""
    return name in CROWDS or not name.startswith(("system:", "eks:"))


def _where(metadata: Mapping[str, Any]) -> str:
    return "/".join(filter(None, (metadata.get("namespace"), metadata["name"])))
