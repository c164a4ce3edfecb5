"""Amazon EKS. moto's own is not used: it keeps what it is told, and lacks most operations."""

from __future__ import annotations

from sandbox.aws.extensions.eks import (
    access,
    addon_catalogue,
    addons,
    cluster_updates,
    clusters,
    insights,
    nodegroup_updates,
    nodegroups,
    pod_identity,
    tags,
    unsupported,
    updates,
    versions,
)

__all__ = [
    "access",
    "addon_catalogue",
    "addons",
    "cluster_updates",
    "clusters",
    "insights",
    "nodegroup_updates",
    "nodegroups",
    "pod_identity",
    "tags",
    "unsupported",
    "updates",
    "versions",
]
