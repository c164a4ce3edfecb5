"""What a namespace's policies make of pods: Pod Security, limit ranges, quotas, priorities, ServiceAccounts."""

from __future__ import annotations

from typing import Any

import pytest

from tests.kube.conftest import Cluster
from tests.kube.test_core_objects import deployment
from tests.kube.test_core_validation import at

Object = dict[str, Any]
SAFE = {
    "allowPrivilegeEscalation": False,
    "capabilities": {"drop": ["ALL"]},
    "runAsNonRoot": True,
    "seccompProfile": {"type": "RuntimeDefault"},
}


def pod(name: str = "p", context: Object | None = None, **spec: Any) -> Object:
    container = {
        "name": "app",
        "image": "registry.invalid/app:1",
        "securityContext": SAFE if context is None else context,
    }
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": {"containers": [container], **spec}}


def label(cluster: Cluster, namespace: str, **levels: str) -> None:
    labels = {f"pod-security.kubernetes.io/{mode}": level for mode, level in levels.items()}
    merge = {"Content_Type": "application/merge-patch+json"}
    assert cluster.call("PATCH", f"/api/v1/namespaces/{namespace}", {"metadata": {"labels": labels}}, **merge)[0] == 200


def make(cluster: Cluster, namespace: str, body: Object, query: str = "") -> tuple[int, Object, Any]:
    return cluster.call("POST", f"/api/v1/namespaces/{namespace}/pods{query}", body)


@pytest.mark.parametrize(
    ("body", "violation"),
    [
        (pod(context={}), "allowPrivilegeEscalation != false"),
        (pod(context={**SAFE, "capabilities": {}}), "unrestricted capabilities"),
        (pod(context={**SAFE, "capabilities": {"drop": ["ALL"], "add": ["NET_ADMIN"]}}), "non-default capabilities"),
        (pod(context={**SAFE, "runAsNonRoot": False}), "runAsNonRoot != true"),
        (pod(context={**SAFE, "runAsUser": 0}), "runAsUser=0"),
        (pod(context={**SAFE, "seccompProfile": {"type": "Unconfined"}}), "seccompProfile"),
        (pod(context={**SAFE, "privileged": True, "allowPrivilegeEscalation": True}), "privileged"),
        (pod(hostNetwork=True), "host namespaces (hostNetwork=true)"),
        (pod(volumes=[{"name": "v", "hostPath": {"path": "/"}}]), "hostPath volumes"),
        (pod(volumes=[{"name": "v", "nfs": {"server": "x", "path": "/"}}]), "restricted volume types"),
    ],
)
def test_pods_that_a_restricted_namespace_refuses(
    cluster: Cluster, namespace: str, body: Object, violation: str
) -> None:
    label(cluster, namespace, enforce="restricted")
    code, answer, _ = make(cluster, namespace, body, "?dryRun=All")
    assert code == 403
    assert 'violates PodSecurity "restricted:latest"' in answer["message"]
    assert violation in answer["message"]


def test_restricted_pods_are_let_in_and_workloads_warned_of(cluster: Cluster, namespace: str) -> None:
    label(cluster, namespace, enforce="restricted", warn="restricted")
    code, answer, headers = make(cluster, namespace, pod())
    assert code == 201, answer
    assert "warning" not in headers
    path = f"/apis/apps/v1/namespaces/{namespace}/deployments?dryRun=All"
    code, _, headers = cluster.call("POST", path, deployment())
    assert code == 201
    assert "would violate PodSecurity" in headers["warning"]


def test_limit_ranges_fill_in_and_bound(cluster: Cluster, namespace: str) -> None:
    limits = [{"type": "Container", "default": {"cpu": "1"}, "defaultRequest": {"cpu": "100m"}, "max": {"cpu": "2"}}]
    body = {"metadata": {"name": "l"}, "spec": {"limits": limits}}
    cluster.call("POST", f"/api/v1/namespaces/{namespace}/limitranges", body)
    _, made, _ = make(cluster, namespace, pod())
    assert made["spec"]["containers"][0]["resources"] == {"limits": {"cpu": "1"}, "requests": {"cpu": "100m"}}
    over = at(pod("q"), "spec.containers.0.resources", {"limits": {"cpu": "3"}})
    code, answer, _ = make(cluster, namespace, over)
    assert code == 403
    assert "maximum cpu usage per Container is 2, but limit is 3" in answer["message"]


def test_quotas_count(cluster: Cluster, namespace: str) -> None:
    body = {"metadata": {"name": "few"}, "spec": {"hard": {"pods": "2", "requests.cpu": "1", "count/configmaps": "2"}}}
    cluster.call("POST", f"/api/v1/namespaces/{namespace}/resourcequotas", body)
    code, answer, _ = make(cluster, namespace, pod("none"))
    assert code == 403
    assert "failed quota: few: must specify" in answer["message"]

    def asking(name: str, cpu: str) -> Object:
        return at(pod(name), "spec.containers.0.resources", {"requests": {"cpu": cpu}})

    assert make(cluster, namespace, asking("a", "600m"))[0] == 201
    code, answer, _ = make(cluster, namespace, asking("b", "500m"))
    assert code == 403
    assert "exceeded quota: few, requested: requests.cpu=500m, used: requests.cpu=600m" in answer["message"]
    assert make(cluster, namespace, asking("b", "400m"))[0] == 201
    code, answer, _ = make(cluster, namespace, asking("c", "0"))
    assert code == 403
    assert "requested: pods=1, used: pods=2, limited: pods=2" in answer["message"]


def test_priorities_and_accounts_must_be_there(cluster: Cluster, namespace: str) -> None:
    code, answer, _ = make(cluster, namespace, pod(priorityClassName="nobodys"))
    assert code == 403
    assert "no PriorityClass with name nobodys was found" in answer["message"]
    code, answer, _ = make(cluster, namespace, pod(serviceAccountName="nobody"))
    assert code == 403
    assert 'serviceaccount "nobody" not found' in answer["message"]
    body = {"metadata": {"name": f"high-{namespace}"}, "value": 1000}
    cluster.call("POST", "/apis/scheduling.k8s.io/v1/priorityclasses", body)
    try:
        _, made, _ = make(cluster, namespace, pod(priorityClassName=f"high-{namespace}"))
        assert made["spec"]["priority"] == 1000
    finally:
        cluster.call("DELETE", f"/apis/scheduling.k8s.io/v1/priorityclasses/high-{namespace}")
