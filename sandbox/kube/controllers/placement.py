"""Where a pod may run and where it had best: the filters and scores of kube-scheduler's default profile.

Left out: preemption (a pod of high priority is only placed first), host ports, volumes' zones, image locality.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from sandbox.kube.controllers.objects import Object, labels, leaving, namespace
from sandbox.kube.controllers.occupancy import Cluster, Node, preferred, required
from sandbox.kube.controllers.requests import Amounts, of_pod
from sandbox.kube.selectors import matches

ZONE, HOST = "topology.kubernetes.io/zone", "kubernetes.io/hostname"
DEFAULT_SPREAD = ({"topologyKey": ZONE}, {"topologyKey": HOST})
REVISIONS = ("pod-template-hash", "controller-revision-hash")
UNSCHEDULABLE = {"key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule"}


def tolerated(taint: Object, tolerations: list[Object]) -> bool:
    return any(
        each.get("effect") in (None, "", taint["effect"])
        and (
            each.get("key") in (None, "", taint["key"])
            if each.get("operator") == "Exists"
            else (each.get("key"), each.get("value") or "") == (taint["key"], taint.get("value") or "")
        )
        for each in tolerations
    )


def untolerated(spec: Object, node: Node, *effects: str) -> list[Object]:
    found = [taint for taint in node.taints if taint["effect"] in effects]
    return [taint for taint in found if not tolerated(taint, spec.get("tolerations") or [])]


def _met(expression: Mapping[str, Any], found: Mapping[str, str]) -> bool:
    """Whether labels meet one requirement of a NodeSelector."""
    key, operator = expression["key"], expression["operator"]
    values: list[str] = expression.get("values") or []
    if operator == "In":
        return found.get(key) in values
    if operator == "NotIn":
        return found.get(key) not in values
    if operator == "Exists":
        return key in found
    if operator == "DoesNotExist":
        return key not in found
    if not re.fullmatch(r"-?\d+", found.get(key, "")):
        return False
    return int(found[key]) > int(values[0]) if operator == "Gt" else int(found[key]) < int(values[0])


def _term_selects(term: Object, node: Node) -> bool:
    """One term of a NodeSelector; an empty one selects nothing."""
    expressions, fields = term.get("matchExpressions") or [], term.get("matchFields") or []
    return bool(expressions or fields) and (
        all(_met(each, node.labels) for each in expressions)
        and all(_met(each, {"metadata.name": node.name}) for each in fields)
    )


def selects(pod: Object, node: Node) -> bool:
    """Whether a pod's nodeSelector and required node affinity allow a node."""
    wanted = (pod["spec"].get("nodeSelector") or {}).items()
    terms = ((pod["spec"].get("affinity") or {}).get("nodeAffinity") or {}).get(
        "requiredDuringSchedulingIgnoredDuringExecution"
    )
    return all(node.labels.get(key) == value for key, value in wanted) and (
        not terms or any(_term_selects(term, node) for term in terms["nodeSelectorTerms"])
    )


class Spread:
    """A topology spread constraint, seen from a pod."""

    def __init__(self, constraint: Object, pod: Object, cluster: Cluster) -> None:
        self.key: str = constraint["topologyKey"]
        self.skew: int = constraint.get("maxSkew", 1)
        keys = [key for key in constraint.get("matchLabelKeys") or () if key in labels(pod)]
        selector = constraint.get("labelSelector")

        def counts(other: Object) -> bool:
            found = labels(other)
            return matches(selector, found) and all(found.get(key) == labels(pod)[key] for key in keys)

        eligible = [
            node
            for node in cluster.nodes.values()
            if self.key in node.labels
            and (constraint.get("nodeAffinityPolicy") == "Ignore" or selects(pod, node))
            and not (
                constraint.get("nodeTaintsPolicy") == "Honor"
                and untolerated(pod["spec"], node, "NoSchedule", "NoExecute")
            )
        ]
        self.counts: Counter[str | None] = Counter({node.labels[self.key]: 0 for node in eligible})
        names = {node.name for node in eligible}
        for placed in cluster.pods(namespace(pod)):
            if placed.node.name in names and not leaving(placed.pod) and counts(placed.pod):
                self.counts[placed.node.labels[self.key]] += 1
        enough = len(self.counts) >= constraint.get("minDomains", 1)
        self.lowest = min(self.counts.values(), default=0) if enough else 0
        self.own = counts(pod)

    def refusal(self, node: Node) -> str | None:
        what = "node(s) didn't match pod topology spread constraints"
        domain = node.labels.get(self.key)
        if domain is None:
            return f"{what} (missing required label)"
        return what if self.counts[domain] + self.own - self.lowest > self.skew else None


class Neighbours:
    """A term of pod affinity or anti-affinity: in which domains the pods are that it speaks of."""

    def __init__(self, term: Object, pod: Object, cluster: Cluster) -> None:
        self.key: str = term["topologyKey"]
        spaces = _spaces(term, pod, cluster)
        self.domains = Counter(
            placed.node.labels.get(self.key)
            for space in spaces
            for placed in cluster.pods(space)
            if matches(term.get("labelSelector"), labels(placed.pod))
        )
        self.own = namespace(pod) in spaces and matches(term.get("labelSelector"), labels(pod))

    def near(self, node: Node) -> int:
        return self.domains[node.labels[self.key]] if self.key in node.labels else 0


def _spaces(term: Object, pod: Object, cluster: Cluster) -> set[str]:
    spaces = set(term.get("namespaces") or ())
    if term.get("namespaceSelector") is not None:
        return spaces | cluster.namespaces(term["namespaceSelector"])
    return spaces or {namespace(pod)}


def _kept_away(pod: Object, cluster: Cluster) -> set[tuple[str, str | None]]:
    """(topology key, domain) where placed pods don't want this one."""
    return {
        (term["topologyKey"], placed.node.labels.get(term["topologyKey"]))
        for placed in cluster.guarded()
        for term in required(placed.pod, "podAntiAffinity")
        if namespace(pod) in _spaces(term, placed.pod, cluster) and matches(term.get("labelSelector"), labels(pod))
    }


def place(pod: Object, cluster: Cluster) -> tuple[str | None, str]:
    """(the name of the best node, "") or (None, why there is none, in the words of kube-scheduler)."""
    if not cluster.nodes:
        return None, "no nodes available to schedule pods"
    spec, asked = pod["spec"], {**of_pod(pod["spec"]), "pods": Decimal(1)}
    constraints = spec.get("topologySpreadConstraints") or []
    hard = [Spread(each, pod, cluster) for each in constraints if each["whenUnsatisfiable"] == "DoNotSchedule"]
    near = [Neighbours(term, pod, cluster) for term in required(pod, "podAffinity")]
    far = [Neighbours(term, pod, cluster) for term in required(pod, "podAntiAffinity")]
    kept_away = _kept_away(pod, cluster)

    def refusals(node: Node) -> list[str]:
        if node.unschedulable and not tolerated(UNSCHEDULABLE, spec.get("tolerations") or []):
            return ["node(s) were unschedulable"]
        for taint in untolerated(spec, node, "NoSchedule", "NoExecute"):
            return [f"node(s) had untolerated taint {{{taint['key']}: {taint.get('value') or ''}}}"]
        if not selects(pod, node):
            return ["node(s) didn't match Pod's node affinity/selector"]
        short = [
            "Too many pods" if resource == "pods" else f"Insufficient {resource}"
            for resource, value in asked.items()
            if value and node.used.get(resource, 0) + value > node.allocatable.get(resource, 0)
        ]
        if short:
            return short
        for spread in hard:
            if why := spread.refusal(node):
                return [why]
        alone = not any(term.domains for term in near) and all(term.own for term in near)
        if near and not alone and not all(term.near(node) for term in near):
            return ["node(s) didn't match pod affinity rules"]
        if any(term.near(node) for term in far):
            return ["node(s) didn't match pod anti-affinity rules"]
        if any((key, node.labels.get(key)) in kept_away for key, _ in kept_away if key in node.labels):
            return ["node(s) didn't satisfy existing pods anti-affinity rules"]
        return []

    reasons: Counter[str] = Counter()
    feasible = []
    for node in cluster.nodes.values():
        why = refusals(node)
        reasons.update(why)
        if not why:
            feasible.append(node)
    if not feasible:
        listed = ", ".join(sorted(f"{count} {reason}" for reason, count in reasons.items()))
        return None, f"0/{len(cluster.nodes)} nodes are available: {listed}."
    return min(zip(_costs(pod, asked, feasible, cluster), (node.name for node in feasible), strict=True))[1], ""


def _costs(pod: Object, asked: Amounts, nodes: list[Node], cluster: Cluster) -> list[float]:
    """What speaks against each node, each aspect from 0 to 1 times its weight in the default profile."""
    constraints = pod["spec"].get("topologySpreadConstraints")
    if constraints is None:
        same = {key: value for key, value in labels(pod).items() if key not in REVISIONS}
        constraints = [{**each, "labelSelector": {"matchLabels": same}} for each in DEFAULT_SPREAD if same]
    soft = [Spread(each, pod, cluster) for each in constraints if each.get("whenUnsatisfiable") != "DoNotSchedule"]
    terms = [
        (sign * each["weight"], Neighbours(each["podAffinityTerm"], pod, cluster))
        for kind, sign in (("podAffinity", -1), ("podAntiAffinity", 1))
        for each in preferred(pod, kind)
    ]
    liked = preferred(pod, "nodeAffinity")
    columns = (
        (3, [float(len(untolerated(pod["spec"], node, "PreferNoSchedule"))) for node in nodes]),
        (
            2,
            [
                -float(sum(each["weight"] for each in liked if _term_selects(each["preference"], node)))
                for node in nodes
            ],
        ),
        (2, [float(sum(weight * term.near(node) for weight, term in terms)) for node in nodes]),
        *((2, [float(each.counts[node.labels.get(each.key)]) for node in nodes]) for each in soft),
    )
    costs = [_filled(node, asked) for node in nodes]
    for weight, column in columns:
        low, high = min(column), max(column)
        if high > low:
            costs = [cost + weight * (value - low) / (high - low) for cost, value in zip(costs, column, strict=True)]
    return costs


def _filled(node: Node, asked: Amounts) -> float:
    """The share of CPU and memory that would be taken."""
    shares = [
        float((node.used.get(resource, 0) + asked.get(resource, 0)) / node.allocatable[resource])
        for resource in ("cpu", "memory")
        if node.allocatable.get(resource)
    ]
    return sum(shares) / len(shares) if shares else 0.0
