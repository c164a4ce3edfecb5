"""Upgrade insights: what stands in the way of the next Kubernetes version, from what is known of the cluster.

https://docs.aws.amazon.com/eks/latest/userguide/cluster-insights.html
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from sandbox.aws.call import AwsError, Call
from sandbox.aws.extensions import operation
from sandbox.aws.extensions.eks import servers, versions
from sandbox.aws.extensions.eks.addon_catalogue import ADDONS
from sandbox.aws.extensions.eks.models import Cluster, Item, find, now, page

CATEGORY = "UPGRADE_READINESS"
Judged = tuple[str, str, list[Item], Item]
"""(status, reason, resources, categorySpecificSummary)."""


@dataclass(frozen=True)
class Insight:
    name: str
    """May hold {version}, the next one."""
    description: str
    recommendation: str
    judge: Callable[[Call, Cluster, str], Judged]


# https://docs.aws.amazon.com/eks/latest/APIReference/API_ListInsights.html
@operation("eks", "ListInsights")
def list_insights(call: Call) -> Item:
    wanted = call.params.get("filter", {})
    found = [
        {key: value for key, value in insight.items() if key in SUMMARY}
        for insight in _insights(call, find(call, call.params["clusterName"]))
        if insight["category"] in wanted.get("categories", [CATEGORY])
        and insight["kubernetesVersion"] in wanted.get("kubernetesVersions", [insight["kubernetesVersion"]])
        and insight["insightStatus"]["status"] in wanted.get("statuses", [insight["insightStatus"]["status"]])
    ]
    shown, rest = page(call, found)
    return {"insights": shown, **rest}


# https://docs.aws.amazon.com/eks/latest/APIReference/API_DescribeInsight.html
@operation("eks", "DescribeInsight")
def describe_insight(call: Call) -> Item:
    cluster = find(call, call.params["clusterName"])
    for insight in _insights(call, cluster):
        if insight["id"] == call.params["id"]:
            return {"insight": insight}
    message = f"No insight found for ID: {call.params['id']}"
    raise AwsError("ResourceNotFoundException", message, clusterName=cluster.name)


def blocking(call: Call, cluster: Cluster) -> list[str]:
    """Names of the insights that keep a cluster from its next version."""
    return [one["name"] for one in _insights(call, cluster) if one["insightStatus"]["status"] == "ERROR"]


def _insights(call: Call, cluster: Cluster) -> Iterator[Item]:
    target = versions.following(cluster.version)
    if target is None:
        return
    for insight in INSIGHTS:
        name = insight.name.format(version=target)
        status, reason, resources, summary = insight.judge(call, cluster, target)
        digest = hashlib.sha256(f"{cluster.description['arn']} {name}".encode()).hexdigest()
        yield {
            "id": f"{digest[:8]}-{digest[8:12]}-{digest[12:16]}-{digest[16:20]}-{digest[20:32]}",
            "name": name,
            "category": CATEGORY,
            "kubernetesVersion": target,
            "lastRefreshTime": now(),
            "lastTransitionTime": cluster.description["createdAt"],
            "description": insight.description,
            "insightStatus": {"status": status, "reason": reason},
            "recommendation": insight.recommendation,
            "additionalInfo": {},
            "resources": resources,
            "categorySpecificSummary": summary,
        }


def _deprecated_apis(call: Call, cluster: Cluster, target: str) -> Judged:
    """By what the API server has counted of requests to APIs that the next version no longer serves."""
    counted = servers.facts(call, cluster.name).get("deprecated")
    if counted is None:
        return "UNKNOWN", "The API server does not tell which deprecated APIs were requested.", [], {}
    gone = [one for one in counted if versions.minor(one["removed_release"]) <= versions.minor(target)]
    details: list[dict[str, Any]] = [
        {
            "usage": f"/apis/{one['group']}/{one['version']}/{one['resource']}",
            "stopServingVersion": one["removed_release"],
            "clientStats": [],
        }
        for one in gone
    ]
    if gone:
        names = ", ".join(sorted(detail["usage"] for detail in details))
        return "ERROR", f"Requests to APIs that are removed: {names}", [], {"deprecationDetails": details}
    return "PASSING", "No deprecated API usage detected.", [], {"deprecationDetails": []}


def _kubelet_skew(call: Call, cluster: Cluster, target: str) -> Judged:
    resources = []
    for group in cluster.nodegroups.values():
        behind = versions.minor(target) - versions.minor(group["version"])
        if behind > 3:
            resources.append({"insightStatus": {"status": "ERROR"}, "arn": group["nodegroupArn"]})
    if resources:
        return "ERROR", "Nodes run a kubelet that the next version does not work with.", resources, {}
    return "PASSING", "Node kubelet versions match the cluster control plane version.", [], {}


def _proxy_skew(call: Call, cluster: Cluster, target: str) -> Judged:
    proxy = cluster.wanted["addons"].get("kube-proxy")
    if proxy is None:
        return "UNKNOWN", "There is no kube-proxy of EKS in this cluster.", [], {}
    behind = versions.minor(target) - versions.minor(proxy["version"])
    if behind > 3:
        return "ERROR", f"kube-proxy {proxy['version']} does not work with version {target}.", [], {}
    return "PASSING", "kube-proxy versions match the cluster control plane version.", [], {}


def _addons(call: Call, cluster: Cluster, target: str) -> Judged:
    details: list[Item] = []
    resources: list[Item] = []
    for name, addon in sorted(cluster.addons.items()):
        # kube-proxy follows the cluster, its own insight judges the skew.
        if name == "kube-proxy" or addon["addonVersion"] in ADDONS[name].compatible(target):
            continue
        details.append({"name": name, "compatibleVersions": list(ADDONS[name].compatible(target))})
        resources.append({"insightStatus": {"status": "WARNING"}, "arn": addon["addonArn"]})
    summary = {"addonCompatibilityDetails": details}
    if details:
        names = ", ".join(detail["name"] for detail in details)
        return "WARNING", f"Add-ons to be updated with the cluster: {names}", resources, summary
    return "PASSING", "All installed EKS add-on versions are compatible with the next Kubernetes version.", [], summary


def _health(call: Call, cluster: Cluster, target: str) -> Judged:
    plane = servers.describe(call, cluster.name)
    if plane and plane["state"] == "failed":
        return "ERROR", plane["error"], [], {}
    return "PASSING", "No cluster health issues detected.", [], {}


SUMMARY = (
    *("id", "name", "category", "kubernetesVersion", "lastRefreshTime", "lastTransitionTime"),
    *("description", "insightStatus"),
)
INSIGHTS = (
    Insight(
        "Deprecated APIs removed in Kubernetes v{version}",
        "Checks for usage of deprecated APIs that are scheduled for removal in the next Kubernetes version.",
        "Update manifests and API clients to newer Kubernetes APIs before the upgrade.",
        _deprecated_apis,
    ),
    Insight(
        "Kubelet version skew",
        "Checks for kubelet versions of worker nodes in the cluster to see if upgrade would cause non compliance with "
        "supported Kubernetes kubelet version skew policy.",
        "Upgrade the worker nodes first.",
        _kubelet_skew,
    ),
    Insight(
        "kube-proxy version skew",
        "Checks version of kube-proxy in cluster to see if upgrade would cause non compliance with supported "
        "Kubernetes kube-proxy version skew policy.",
        "Update kube-proxy first.",
        _proxy_skew,
    ),
    Insight(
        "EKS add-on version compatibility",
        "Checks version of installed EKS add-ons to ensure they are compatible with the next version of Kubernetes.",
        "Update the add-ons to compatible versions with the cluster.",
        _addons,
    ),
    Insight(
        "Cluster health issues",
        "Checks for any cluster health issues that prevent successful upgrade to the next Kubernetes version.",
        "Mend what is named before the upgrade.",
        _health,
    ),
)
