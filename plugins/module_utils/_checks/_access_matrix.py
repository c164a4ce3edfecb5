# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Who must be able to do what in the cluster, and who must not: what the checklist demands, for the declared services.

Derived from services and teams alone, and never from what was applied.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._checks.finding import Breach

OPERATORS = "platform"
"""The team that operates the cluster itself."""
SYSTEM = "kube-system"

# verb, API group, resource with subresource
Right = tuple[str, str, str]

DEVELOPERS_MAY: tuple[Right, ...] = (
    ("get", "", "configmaps"),
    ("get", "", "pods/log"),
    ("list", "", "events"),
    ("list", "", "pods"),
    ("list", "apps", "deployments"),
    ("patch", "apps", "deployments"),
    ("watch", "", "pods"),
)
# Not even in their own namespace: what hands out secrets, identities and rights, or runs what was never reviewed.
NOBODY_MAY: tuple[Right, ...] = (
    ("create", "", "pods"),
    ("create", "", "pods/exec"),
    ("create", "", "serviceaccounts/token"),
    ("create", "rbac.authorization.k8s.io", "rolebindings"),
    ("delete", "apps", "deployments"),
    ("get", "", "secrets"),
    ("list", "", "secrets"),
    ("patch", "networking.k8s.io", "networkpolicies"),
    ("update", "", "resourcequotas"),
)
STRANGERS_MAY_NOT: tuple[Right, ...] = (
    ("get", "", "pods/log"),
    ("get", "", "secrets"),
    ("list", "", "pods"),
    ("patch", "apps", "deployments"),
)
# Of the cluster as a whole.
NOBODY_MAY_ANYWHERE: tuple[Right, ...] = (
    ("create", "rbac.authorization.k8s.io", "clusterrolebindings"),
    ("delete", "", "namespaces"),
    ("escalate", "rbac.authorization.k8s.io", "clusterroles"),
    ("impersonate", "", "users"),
    ("list", "", "secrets"),
)
OPERATORS_MAY: tuple[Right, ...] = (
    ("create", "", "pods/eviction"),
    ("get", "", "pods/log"),
    ("list", "", "pods"),
    ("patch", "apps", "deployments"),
)
OPERATORS_MAY_ANYWHERE: tuple[Right, ...] = (("list", "", "nodes"), ("patch", "", "nodes"))
DEPLOYER_MAY: tuple[Right, ...] = (("get", "", "pods"), ("patch", "apps", "deployments"))
# A service calls the services it declares, and no API server.
SERVICES_MAY_NOT: tuple[Right, ...] = (
    ("create", "", "pods"),
    ("get", "", "secrets"),
    ("list", "", "configmaps"),
    ("list", "", "pods"),
    ("patch", "apps", "deployments"),
)


@dataclass(frozen=True)
class Subject:
    """``kind`` is team, ci, service or default; ``name`` is shown; ``user`` and ``groups`` are asked for."""

    kind: str
    name: str
    user: str
    groups: tuple[str, ...]


@dataclass(frozen=True)
class Ask:
    """One question to the API server; ``namespace`` is empty for the cluster as a whole."""

    subject: Subject
    verb: str
    group: str
    resource: str
    namespace: str
    allowed: bool

    @property
    def text(self) -> str:
        """``patch deployments.apps in talent``."""
        resource = f"{self.resource}.{self.group}" if self.group else self.resource
        return f"{self.verb} {resource} " + (f"in {self.namespace}" if self.namespace else "in the cluster")

    @property
    def review(self) -> dict[str, Any]:
        """The spec of a SubjectAccessReview."""
        resource, slash, subresource = self.resource.partition("/")
        attributes = {"verb": self.verb, "group": self.group, "resource": resource, "namespace": self.namespace}
        if slash:
            attributes["subresource"] = subresource
        return {"user": self.subject.user, "groups": list(self.subject.groups), "resourceAttributes": attributes}


def teams_of(services: Collection[Mapping[str, Any]]) -> list[str]:
    return sorted({str(service["team"]) for service in services})


def asks(
    services: Collection[Mapping[str, Any]], groups: Mapping[str, Collection[str]], deployer: Collection[str]
) -> list[Ask]:
    """Every question there is.

    :param groups: Kubernetes groups by team, as the teams' access entries say.
    :param deployer: those of the pipeline's access entry.
    """
    teams = teams_of(services)
    found: list[Ask] = []
    for team in teams:
        subject = Subject(
            "team", f"team {team}", f"team:{team}:anybody", (*groups.get(team, ()), "system:authenticated")
        )
        found += _team(subject, team, teams)
    found += _deployer(Subject("ci", "the pipeline", "ci:anything", (*deployer, "system:authenticated")), teams)
    for service in services:
        found += _account("service", str(service["team"]), str(service["name"]))
    for team in teams:
        found += _account("default", team, "default")
    return found


def _team(subject: Subject, team: str, teams: Collection[str]) -> Iterator[Ask]:
    yield from _rights(subject, DEVELOPERS_MAY, team, True)
    yield from _rights(subject, NOBODY_MAY, team, False)
    yield from _rights(subject, NOBODY_MAY_ANYWHERE, "", False)
    for other in (*(one for one in teams if one != team), SYSTEM):
        if team == OPERATORS:
            yield from _rights(subject, OPERATORS_MAY, other, True)
            yield from _rights(subject, NOBODY_MAY, other, False)
        else:
            yield from _rights(subject, STRANGERS_MAY_NOT, other, False)
    yield from _rights(subject, OPERATORS_MAY_ANYWHERE, "", team == OPERATORS)


def _deployer(subject: Subject, teams: Collection[str]) -> Iterator[Ask]:
    for team in teams:
        yield from _rights(subject, DEPLOYER_MAY, team, True)
        yield from _rights(subject, NOBODY_MAY, team, False)
    yield from _rights(subject, STRANGERS_MAY_NOT, SYSTEM, False)
    yield from _rights(subject, (*NOBODY_MAY_ANYWHERE, *OPERATORS_MAY_ANYWHERE), "", False)


def _account(kind: str, namespace: str, name: str) -> Iterator[Ask]:
    groups = ("system:serviceaccounts", f"system:serviceaccounts:{namespace}", "system:authenticated")
    subject = Subject(kind, f"{namespace}/{name}", f"system:serviceaccount:{namespace}:{name}", groups)
    yield from _rights(subject, SERVICES_MAY_NOT, namespace, False)
    yield from _rights(subject, (("list", "", "secrets"),), "", False)


def _rights(subject: Subject, rights: Collection[Right], namespace: str, allowed: bool) -> Iterator[Ask]:
    for verb, group, resource in rights:
        yield Ask(subject, verb, group, resource, namespace, allowed)


def judge_answers(told: Mapping[Ask, bool]) -> Iterator[Breach]:
    """One breach for everything that a subject may and must not, one for everything it may not and must be able to."""
    wrong: dict[tuple[str, str], list[str]] = {}
    for ask, allowed in told.items():
        if allowed != ask.allowed:
            wrong.setdefault((ask.subject.name, "eks.may" if allowed else "eks.may_not"), []).append(ask.text)
    for (subject, identifier), rights in wrong.items():
        yield Breach(identifier, {"subject": subject, "what": "; ".join(rights)})
