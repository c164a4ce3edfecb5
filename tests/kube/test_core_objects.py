"""Creating, reading, changing and deleting objects with the official client."""

from __future__ import annotations

import re
from typing import Any

import pytest
from kubernetes.dynamic.exceptions import ConflictError, NotFoundError, UnprocessibleEntityError

from tests.kube.conftest import Cluster


def config_map(name: str = "one", **data: str) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": data}


def deployment(name: str = "web", **spec: Any) -> dict[str, Any]:
    container = {"name": "app", "image": "registry.invalid/app:1", "ports": [{"containerPort": 8080}]}
    template = {"metadata": {"labels": {"app": name}}, "spec": {"containers": [container]}}
    declared = {"replicas": 0, "selector": {"matchLabels": {"app": name}}, "template": template, **spec}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name}, "spec": declared}


def test_an_object_is_created_read_replaced_and_deleted(cluster: Cluster, namespace: str) -> None:
    maps = cluster.of("v1", "ConfigMap")
    made = maps.create(body=config_map(a="1"), namespace=namespace)
    assert made.metadata.uid
    assert made.metadata.creationTimestamp
    replaced = maps.replace(body={**config_map(a="2"), "metadata": made.metadata.to_dict()}, namespace=namespace)
    assert int(replaced.metadata.resourceVersion) > int(made.metadata.resourceVersion)
    assert maps.get(name="one", namespace=namespace).data.to_dict() == {"a": "2"}
    maps.delete(name="one", namespace=namespace)
    with pytest.raises(NotFoundError, match='configmaps \\\\"one\\\\" not found'):
        maps.get(name="one", namespace=namespace)


def test_a_stale_version_conflicts(cluster: Cluster, namespace: str) -> None:
    maps = cluster.of("v1", "ConfigMap")
    made = maps.create(body=config_map(a="1"), namespace=namespace).to_dict()
    maps.replace(body={**made, "data": {"a": "2"}}, namespace=namespace)
    with pytest.raises(ConflictError, match="the object has been modified"):
        maps.replace(body={**made, "data": {"a": "3"}}, namespace=namespace)


def test_a_name_is_taken_once(cluster: Cluster, namespace: str) -> None:
    maps = cluster.of("v1", "ConfigMap")
    maps.create(body=config_map(), namespace=namespace)
    with pytest.raises(ConflictError, match="already exists"):
        maps.create(body=config_map(), namespace=namespace)


def test_a_namespace_must_be_there(cluster: Cluster) -> None:
    with pytest.raises(NotFoundError, match='namespaces \\\\"nowhere\\\\" not found'):
        cluster.of("v1", "ConfigMap").create(body=config_map(), namespace="nowhere")


def test_a_write_of_the_same_is_no_change(cluster: Cluster, namespace: str) -> None:
    resource = cluster.of("apps/v1", "Deployment")
    made = resource.create(body=deployment(paused=True), namespace=namespace)
    again = resource.patch(
        body={"spec": {"replicas": 0}}, name="web", namespace=namespace, content_type="application/merge-patch+json"
    )
    assert again.metadata.generation == made.metadata.generation


def test_generation_counts_changes_of_the_specification(cluster: Cluster, namespace: str) -> None:
    resource = cluster.of("apps/v1", "Deployment")
    resource.create(body=deployment(paused=True), namespace=namespace)
    merge = {"name": "web", "namespace": namespace, "content_type": "application/merge-patch+json"}
    before = resource.get(name="web", namespace=namespace).metadata.generation
    assert resource.patch(body={"metadata": {"labels": {"a": "b"}}}, **merge).metadata.generation == before
    assert resource.patch(body={"spec": {"minReadySeconds": 5}}, **merge).metadata.generation == before + 1


def test_status_is_written_by_its_subresource_only(cluster: Cluster, namespace: str) -> None:
    budgets = cluster.of("policy/v1", "PodDisruptionBudget")
    body = {"metadata": {"name": "b"}, "spec": {"minAvailable": 1, "selector": {"matchLabels": {"app": "none"}}}}
    made = budgets.create(body={**body, "status": {"expectedPods": 7}}, namespace=namespace)
    assert (made.to_dict().get("status") or {}).get("expectedPods", 0) == 0
    path = f"/apis/policy/v1/namespaces/{namespace}/poddisruptionbudgets/b"
    conditions = {
        "conditions": [
            {
                "type": "Tested",
                "status": "True",
                "reason": "T",
                "message": "",
                "lastTransitionTime": "2026-01-01T00:00:00Z",
            }
        ]
    }
    merge = {"Content_Type": "application/merge-patch+json"}
    code, patched, _ = cluster.call(
        "PATCH", f"{path}/status", {"status": conditions, "spec": {"minAvailable": 2}}, **merge
    )
    assert code == 200
    assert patched["spec"]["minAvailable"] == 1
    assert [each for each in patched["status"]["conditions"] if each["type"] == "Tested"]


def test_generate_name(cluster: Cluster, namespace: str) -> None:
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"generateName": "made-"}}
    names = {cluster.of("v1", "ConfigMap").create(body=body, namespace=namespace).metadata.name for _ in range(3)}
    assert len(names) == 3
    assert all(name.startswith("made-") and len(name) == 10 for name in names)


def test_dry_runs_keep_nothing(cluster: Cluster, namespace: str) -> None:
    maps = cluster.of("v1", "ConfigMap")
    assert maps.create(body=config_map(a="1"), namespace=namespace, dry_run="All").metadata.uid
    with pytest.raises(NotFoundError):
        maps.get(name="one", namespace=namespace)
    maps.create(body=config_map(a="1"), namespace=namespace)
    version = maps.get(name="one", namespace=namespace).metadata.resourceVersion
    for content in ("application/merge-patch+json", "application/apply-patch+yaml"):
        tried = maps.patch(
            body=config_map(a="2"), name="one", namespace=namespace, content_type=content, dry_run="All",
            field_manager="tests", force_conflicts=True if "apply" in content else None,
        )  # fmt: skip
        assert tried.data.a == "2"
    maps.delete(name="one", namespace=namespace, body={"dryRun": ["All"]})
    assert maps.get(name="one", namespace=namespace).metadata.resourceVersion == version


def test_finalizers_keep_what_is_deleted(cluster: Cluster, namespace: str) -> None:
    maps = cluster.of("v1", "ConfigMap")
    body = config_map(a="1")
    body["metadata"]["finalizers"] = ["example.com/hold"]
    maps.create(body=body, namespace=namespace)
    maps.delete(name="one", namespace=namespace)
    held = maps.get(name="one", namespace=namespace)
    assert held.metadata.deletionTimestamp
    merge = {"name": "one", "namespace": namespace, "content_type": "application/merge-patch+json"}
    with pytest.raises(UnprocessibleEntityError, match="no new finalizers"):
        maps.patch(body={"metadata": {"finalizers": ["example.com/hold", "example.com/more"]}}, **merge)
    maps.patch(body={"metadata": {"finalizers": None}}, **merge)
    with pytest.raises(NotFoundError):
        maps.get(name="one", namespace=namespace)


def test_preconditions_of_a_deletion(cluster: Cluster, namespace: str) -> None:
    maps = cluster.of("v1", "ConfigMap")
    maps.create(body=config_map(), namespace=namespace)
    with pytest.raises(ConflictError, match="Precondition failed"):
        maps.delete(name="one", namespace=namespace, body={"preconditions": {"uid": "0"}})
    assert maps.get(name="one", namespace=namespace)


def test_a_collection_is_deleted_by_selector(cluster: Cluster, namespace: str) -> None:
    maps = cluster.of("v1", "ConfigMap")
    for name in ("a", "b"):
        body = config_map(name)
        body["metadata"]["labels"] = {"which": name}
        maps.create(body=body, namespace=namespace)
    maps.delete(namespace=namespace, label_selector="which=a")
    left = [each.metadata.name for each in maps.get(namespace=namespace, label_selector="which").items]
    assert left == ["b"]


def test_secrets_keep_what_is_sent_as_text(cluster: Cluster, namespace: str) -> None:
    body = {"metadata": {"name": "s"}, "stringData": {"password": "x"}}
    made = cluster.of("v1", "Secret").create(body=body, namespace=namespace).to_dict()
    assert made["data"] == {"password": "eA=="}
    assert "stringData" not in made
    assert made["type"] == "Opaque"


def test_scale(cluster: Cluster, namespace: str) -> None:
    resource = cluster.of("apps/v1", "Deployment")
    resource.create(body=deployment(paused=True), namespace=namespace)
    scale = resource.scale.get(name="web", namespace=namespace)
    assert scale.kind == "Scale"
    assert scale.status.selector == "app=web"
    resource.scale.patch(
        body={"spec": {"replicas": 2}}, name="web", namespace=namespace, content_type="application/merge-patch+json"
    )
    assert resource.get(name="web", namespace=namespace).spec.replicas == 2


@pytest.mark.parametrize(
    ("what", "message"),
    [
        ({"kind": "Secret"}, "does not match the expected API version"),
        ({"apiVersion": "v2"}, "does not match the expected API version"),
        (
            {"metadata": {"name": "one", "namespace": "elsewhere"}},
            "the namespace of the provided object does not match",
        ),
        ({"metadata": {"name": "one", "resourceVersion": "1"}}, "resourceVersion (should|can) not be set"),
    ],
)
def test_what_contradicts_the_request(cluster: Cluster, namespace: str, what: dict[str, Any], message: str) -> None:
    code, body, _ = cluster.call("POST", f"/api/v1/namespaces/{namespace}/configmaps", {**config_map(), **what})
    assert code == 400
    assert re.search(message, body["message"])


def test_what_is_not_there(cluster: Cluster) -> None:
    for path in ("/api/v1/nothing", "/apis/no.such.group/v1/things", "/api/v1/namespaces/default/pods/x/nothing"):
        assert cluster.call("GET", path)[0] == 404
    assert cluster.call("POST", "/api/v1/namespaces/default", {})[0] == 405
