"""RBAC: which rules a user has, and whether they allow a request."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from functools import cache
from typing import Any, NamedTuple

from sandbox.kube.access import bootstrap
from sandbox.kube.access.rules import Rule
from sandbox.kube.access.users import MASTERS, Attributes, Decision, User
from sandbox.kube.selectors import matches
from sandbox.kube.store import Store

GROUP = "rbac.authorization.k8s.io"
CLUSTER_ROLES = f"clusterroles.{GROUP}"
ROLES = f"roles.{GROUP}"
DECISIONS = 20_000


class Bound(NamedTuple):
    """A binding to a subject: where it comes from, the rules, and what can't be resolved of it."""

    source: str
    rules: tuple[Rule, ...]
    error: str = ""


Subject = tuple[str, str]
Index = dict[str, dict[Subject, list[Bound]]]


class Rbac:
    """Decisions are kept until an object of RBAC changes."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._index: Index | None = None
        self._aggregated = False
        self._roles: dict[tuple[str, str, str], tuple[Rule, ...]] = {}
        self._decisions: dict[tuple[User, Attributes], Decision] = {}
        store.subscribe(self._changed)

    def authorize(self, user: User, asked: Attributes) -> Decision:
        if not self._aggregated:
            self._aggregate()
        if MASTERS in user.groups:
            return Decision(True)
        key = (user, asked)
        decision = self._decisions.get(key)
        if decision is None:
            decision = self._decide(user, asked)
            if len(self._decisions) >= DECISIONS:
                self._decisions.clear()
            self._decisions[key] = decision
        return decision

    def rules_for(self, user: User, namespace: str) -> tuple[list[Rule], list[str]]:
        """(rules that hold for a user in a namespace, what can't be resolved)."""
        bound = list(self._bound(user, namespace))
        return [rule for one in bound for rule in one.rules], [one.error for one in bound if one.error]

    def granted(self, user: User, namespace: str) -> list[Rule]:
        """What EKS's access policies give a user in a namespace, "" for all."""
        return [rule for _, rules in _grants(user, namespace) for rule in rules]

    def role(self, kind: str, namespace: str, name: str) -> tuple[Rule, ...] | None:
        """The rules a roleRef means, None when there is no such role."""
        self._indexed()
        key = (kind, namespace if kind == "Role" else "", name)
        if key not in self._roles:
            obj = self._store.get(ROLES if kind == "Role" else CLUSTER_ROLES, key[1], name)
            if obj is None:
                return None
            self._roles[key] = tuple(Rule(raw) for raw in obj.get("rules") or ())
        return self._roles[key]

    def _decide(self, user: User, asked: Attributes) -> Decision:
        errors = []
        for bound in self._bound(user, asked.namespace):
            if bound.error:
                errors.append(bound.error)
            elif any(rule.allows(asked) for rule in bound.rules):
                return Decision(True, f"RBAC: allowed by {bound.source}")
        for policy, rules in _grants(user, asked.namespace):
            if any(rule.allows(asked) for rule in rules):
                return Decision(True, f"EKS Access Policy: allowed by {policy}")
        if not errors:
            return Decision(False)
        return Decision(False, f"RBAC: {errors[0] if len(errors) == 1 else '[' + ', '.join(errors) + ']'}")

    def _bound(self, user: User, namespace: str) -> Iterator[Bound]:
        index = self._indexed()
        subjects: list[Subject] = [("User", user.name), *(("Group", group) for group in user.groups)]
        for scope in ("", namespace) if namespace else ("",):
            bindings = index.get(scope)
            if bindings:
                for subject in subjects:
                    yield from bindings.get(subject, ())

    def _changed(self, resource: str, _type: str, _obj: dict[str, Any]) -> None:
        if resource.endswith(f".{GROUP}"):
            self._index = None
            self._roles.clear()
            self._decisions.clear()
        if resource == CLUSTER_ROLES:
            self._aggregated = False

    def _indexed(self) -> Index:
        if self._index is None:
            if not self._aggregated:
                self._aggregate()
            self._index = {}
            for kind in ("ClusterRoleBinding", "RoleBinding"):
                for binding in self._store.list(f"{kind.lower()}s.{GROUP}"):
                    self._add(self._index, kind, binding)
        return self._index

    def _add(self, index: Index, kind: str, binding: dict[str, Any]) -> None:
        namespace, name = binding["metadata"].get("namespace", ""), binding["metadata"]["name"]
        ref = binding["roleRef"]
        rules = self.role(ref["kind"], namespace, ref["name"])
        error = "" if rules is not None else f'{ref["kind"].lower()}.{GROUP} "{ref["name"]}" not found'
        shown = f"{name}/{namespace}" if namespace else name
        for subject in binding.get("subjects") or ():
            to = f'{subject["kind"]} "{subject["name"]}"'
            key = (subject["kind"], subject["name"])
            if subject["kind"] == "ServiceAccount":
                home = subject.get("namespace") or namespace
                to = f'ServiceAccount "{subject["name"]}/{home}"'
                key = ("User", f"system:serviceaccount:{home}:{subject['name']}")
            source = f'{kind} "{shown}" of {ref["kind"]} "{ref["name"]}" to {to}'
            index.setdefault(namespace, {}).setdefault(key, []).append(Bound(source, rules or (), error))

    def _aggregate(self) -> None:
        """Give aggregated ClusterRoles the rules of those they select, as the controller of that name does."""
        roles = self._store.list(CLUSTER_ROLES)
        for _ in roles:  # Roles that select one another, however deep; each other in a circle, too, so it is bounded.
            changed = False
            for role in roles:
                selectors = (role.get("aggregationRule") or {}).get("clusterRoleSelectors")
                if selectors is None:
                    continue
                joining = [each for each in roles if each is not role and _is_chosen(each, selectors)]
                rules = _distinct(rule for each in joining for rule in each.get("rules") or ())
                if rules != (role.get("rules") or []):
                    self._store.put(CLUSTER_ROLES, {**role, "rules": rules})
                    changed = True
            if not changed:
                break
            roles = self._store.list(CLUSTER_ROLES)
        self._aggregated = True


def _is_chosen(role: dict[str, Any], selectors: list[dict[str, Any]]) -> bool:
    labels = role["metadata"].get("labels") or {}
    return any(matches(selector, labels) for selector in selectors)


def _grants(user: User, namespace: str) -> Iterator[tuple[str, tuple[Rule, ...]]]:
    for grant in user.grants:
        if grant.namespaces is None or any(fnmatchcase(namespace, one) for one in grant.namespaces if namespace):
            yield grant.policy, _rules_of_policy(grant.policy)


@cache
def _rules_of_policy(policy: str) -> tuple[Rule, ...]:
    return tuple(Rule(raw) for raw in bootstrap.rules_of_policy(policy))


def _distinct(rules: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for rule in rules:
        if rule not in found:
            found.append(rule)
    return found
