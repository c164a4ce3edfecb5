"""The roles a cluster starts with, kept as they should be at every start of the server."""

from __future__ import annotations

import time
import uuid
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from sandbox.kube.store import Store

AGGREGATE = "rbac.authorization.k8s.io/aggregate-to-"
API_VERSION = "rbac.authorization.k8s.io/v1"
_FILE = Path(__file__).with_name("bootstrap.yml")


@cache
def _document() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    return loaded


def rules_of_policy(policy: str) -> list[dict[str, Any]]:
    """The rules of an access policy of EKS; none when it isn't one about Kubernetes."""
    meant = _document()["policies"].get(policy, [])
    return _rules_of(meant) if isinstance(meant, str) else list(meant)


def _rules_of(role: str) -> list[dict[str, Any]]:
    """The rules of a role as a cluster starts with it, its aggregation followed."""
    roles = _document()["roles"]
    mine = roles[role]
    if "aggregates" not in mine:
        return list(mine["rules"])
    joining = [name for name, other in roles.items() if other.get("joins") == mine["aggregates"]]
    return [rule for name in joining for rule in _rules_of(name)]


def ensure(store: Store) -> None:
    """Put what is missing; roles that were changed get their missing rules back, as at a start of kube-apiserver."""
    for name, role in _document()["roles"].items():
        _ensure(store, "clusterroles.rbac.authorization.k8s.io", _cluster_role(name, role))
    for name, groups in _document()["bindings"].items():
        subjects = [{"apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": group} for group in groups]
        ref = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": name}
        binding = _object("ClusterRoleBinding", name, roleRef=ref, subjects=subjects)
        _ensure(store, "clusterrolebindings.rbac.authorization.k8s.io", binding)


def _cluster_role(name: str, role: dict[str, Any]) -> dict[str, Any]:
    labels = {AGGREGATE + role["joins"]: "true"} if "joins" in role else {}
    if "aggregates" not in role:
        return _object("ClusterRole", name, labels, rules=role["rules"])
    selectors = [{"matchLabels": {AGGREGATE + role["aggregates"]: "true"}}]
    return _object("ClusterRole", name, labels, aggregationRule={"clusterRoleSelectors": selectors})


def _object(kind: str, name: str, labels: dict[str, str] | None = None, **fields: Any) -> dict[str, Any]:
    metadata = {
        "name": name,
        "annotations": {"rbac.authorization.kubernetes.io/autoupdate": "true"},
        "labels": {"kubernetes.io/bootstrapping": "rbac-defaults", **(labels or {})},
    }
    return {"apiVersion": API_VERSION, "kind": kind, "metadata": metadata, **fields}


def _ensure(store: Store, resource: str, wanted: dict[str, Any]) -> None:
    name = wanted["metadata"]["name"]
    current = store.get(resource, None, name)
    if current is None:
        created = {"uid": str(uuid.uuid4()), "creationTimestamp": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())}
        store.put(resource, {**wanted, "metadata": {**wanted["metadata"], **created}})
        return
    lists: dict[str, Any] = {
        key: _completed(current.get(key) or [], wanted[key]) for key in ("rules", "subjects") if key in wanted
    }
    if any(current.get(key) != value for key, value in lists.items()):
        store.put(resource, {**current, **lists})


def _completed(held: list[Any], wanted: list[Any]) -> list[Any]:
    return [*held, *(item for item in wanted if item not in held)]
