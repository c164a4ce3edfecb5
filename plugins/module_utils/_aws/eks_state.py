# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""From what EKS describes to the form in which it is declared. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.plan import State

LOG_TYPES = ("api", "audit", "authenticator", "controllerManager", "scheduler")
MOMENTS = ("created_at", "modified_at")
POLICY_PREFIX = ":eks::aws:cluster-access-policy/"


def settled(state: State) -> State:
    """The state without the times of its making, which are no property that can be declared."""
    return {name: value for name, value in state.items() if name not in MOMENTS}


def enabled_logs(logging: Mapping[str, Any] | None) -> list[str]:
    """The types of control-plane logs that are on, of either form: EKS tells groups of types, in any order."""
    groups = (logging or {}).get("cluster_logging") or []
    return sorted({kind for group in groups if group.get("enabled") for kind in group.get("types") or []})


def canonical_logging(logging: Mapping[str, Any] | None) -> State:
    return {"cluster_logging": [{"types": enabled_logs(logging), "enabled": True}]}


def logging_change(desired: Mapping[str, Any]) -> dict[str, Any]:
    """The parameter ``logging`` that leaves exactly the desired types on."""
    on = enabled_logs(desired)
    groups = [{"types": on, "enabled": True}, {"types": [t for t in LOG_TYPES if t not in on], "enabled": False}]
    return {"clusterLogging": [group for group in groups if group["types"]]}


def issues(state: State) -> str:
    """What EKS says is wrong with a cluster, node group or add-on."""
    found = (state.get("health") or {}).get("issues") or []
    told = [f"{issue.get('code')}: {issue.get('message', 'no reason given')}" for issue in found]
    return "; ".join(told) or "no reason given"


def configuration(text: str | None) -> Any:
    """An add-on's configuration values. What is no JSON was not written by this collection and stays a text."""
    try:
        return json.loads(text or "{}")
    except ValueError:
        return text


def policy_arn(name: str, partition: str) -> str:
    """An access policy of AWS by its name, such as ``AmazonEKSViewPolicy``, or its ARN."""
    return name if name.startswith("arn:") else f"arn:{partition}{POLICY_PREFIX}{name}"


def scope(access_scope: Mapping[str, Any] | None) -> State:
    given = access_scope or {"type": "cluster"}
    return {"type": given["type"], "namespaces": sorted(given.get("namespaces") or [])}


def taint(one: Mapping[str, Any]) -> tuple[str, str, str]:
    return one["key"], one.get("value", ""), one["effect"]


def labels_change(current: Mapping[str, str], desired: Mapping[str, str]) -> dict[str, Any]:
    """The parameter ``labels`` of UpdateNodegroupConfig."""
    put = {key: value for key, value in desired.items() if current.get(key) != value}
    gone = sorted(current.keys() - desired.keys())
    return _only_given({"addOrUpdateLabels": put, "removeLabels": gone})


def taints_change(current: Iterable[Mapping[str, Any]], desired: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """The parameter ``taints`` of UpdateNodegroupConfig: a taint is known by its key and effect."""
    have = {(key, effect): value for key, value, effect in map(taint, current)}
    want = {(key, effect): value for key, value, effect in map(taint, desired)}
    put = [_taint(*name, value) for name, value in want.items() if have.get(name) != value]
    gone = [_taint(*name, have[name]) for name in sorted(have.keys() - want.keys())]
    return _only_given({"addOrUpdateTaints": put, "removeTaints": gone})


def scaling_change(current: Mapping[str, Any], desired: Mapping[str, Any]) -> dict[str, int]:
    """The parameter ``scalingConfig``: the bounds as declared, and the size moved only where they force it."""
    low = desired.get("min_size", current["min_size"])
    high = desired.get("max_size", current["max_size"])
    return {"minSize": low, "maxSize": high, "desiredSize": min(max(current["desired_size"], low), high)}


def _taint(key: str, effect: str, value: str) -> dict[str, str]:
    return _only_given({"key": key, "value": value, "effect": effect})


def _only_given(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value}
