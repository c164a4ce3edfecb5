# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Objects that were written by APIs which a later version of Kubernetes no longer serves."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._kube.reader import Reader

LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"

# https://kubernetes.io/docs/reference/using-api/deprecation-guide/: (API, first minor version without it).
REMOVED = {
    "admissionregistration.k8s.io/v1beta1": (1, 22),
    "apiextensions.k8s.io/v1beta1": (1, 22),
    "apps/v1beta1": (1, 16),
    "apps/v1beta2": (1, 16),
    "autoscaling/v2beta1": (1, 25),
    "autoscaling/v2beta2": (1, 26),
    "batch/v1beta1": (1, 25),
    "discovery.k8s.io/v1beta1": (1, 25),
    "extensions/v1beta1": (1, 22),
    "flowcontrol.apiserver.k8s.io/v1beta1": (1, 26),
    "flowcontrol.apiserver.k8s.io/v1beta2": (1, 29),
    "flowcontrol.apiserver.k8s.io/v1beta3": (1, 32),
    "networking.k8s.io/v1beta1": (1, 22),
    "node.k8s.io/v1beta1": (1, 25),
    "policy/v1beta1": (1, 25),
    "rbac.authorization.k8s.io/v1beta1": (1, 22),
    "scheduling.k8s.io/v1beta1": (1, 22),
    "storage.k8s.io/v1beta1": (1, 27),
}

# What people and charts declare, at the version that is served today.
KINDS = (
    ("admissionregistration.k8s.io/v1", "mutatingwebhookconfigurations"),
    ("admissionregistration.k8s.io/v1", "validatingwebhookconfigurations"),
    ("apps/v1", "daemonsets"),
    ("apps/v1", "deployments"),
    ("apps/v1", "statefulsets"),
    ("autoscaling/v2", "horizontalpodautoscalers"),
    ("batch/v1", "cronjobs"),
    ("flowcontrol.apiserver.k8s.io/v1", "flowschemas"),
    ("flowcontrol.apiserver.k8s.io/v1", "prioritylevelconfigurations"),
    ("networking.k8s.io/v1", "ingresses"),
    ("networking.k8s.io/v1", "networkpolicies"),
    ("policy/v1", "poddisruptionbudgets"),
    ("rbac.authorization.k8s.io/v1", "clusterrolebindings"),
    ("rbac.authorization.k8s.io/v1", "clusterroles"),
    ("rbac.authorization.k8s.io/v1", "rolebindings"),
    ("rbac.authorization.k8s.io/v1", "roles"),
    ("scheduling.k8s.io/v1", "priorityclasses"),
    ("storage.k8s.io/v1", "storageclasses"),
)
DEFINITIONS = ("apiextensions.k8s.io/v1", "customresourcedefinitions")


def removed_by(api: str, version: str) -> bool:
    """Whether Kubernetes ``version`` (``1.35``) no longer serves the API."""
    first, second = version.split(".")
    return api in REMOVED and REMOVED[api] <= (int(first), int(second))


def old_writers(reader: Reader, version: str) -> list[str]:
    """What in the cluster was last written as something that ``version`` no longer serves, each in one sentence.

    :raises KubernetesError: when the API cannot be read.
    """
    found = {
        f"{plural} {_name(one)} was written as {api}, which {version} no longer serves"
        for served, plural in KINDS
        for one in reader.list(served, plural)
        for api in written_as(one)
        if removed_by(api, version)
    }
    found |= {
        f"custom resources {_name(one)} are stored as {stored}, which is not served"
        for one in reader.list(*DEFINITIONS)
        for stored in unserved(one)
    }
    return sorted(found)


def written_as(one: Mapping[str, Any]) -> Iterator[str]:
    """The APIs by which an object was written: by its managers, and as kubectl applied it last."""
    metadata = one["metadata"]
    yield from (manager["apiVersion"] for manager in metadata.get("managedFields", ()) if "apiVersion" in manager)
    applied = (metadata.get("annotations") or {}).get(LAST_APPLIED)
    if applied:
        yield json.loads(applied).get("apiVersion", "")


def unserved(definition: Mapping[str, Any]) -> list[str]:
    """Versions in which resources of a definition are stored though nobody can read them any more."""
    served = {version["name"] for version in definition["spec"]["versions"] if version["served"]}
    return [name for name in definition.get("status", {}).get("storedVersions", ()) if name not in served]


def _name(one: Mapping[str, Any]) -> str:
    metadata = one["metadata"]
    return "/".join(filter(None, (metadata.get("namespace"), metadata["name"])))
