"""Custom resources: registered by definitions, validated and filled in by their schemas."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from tests.kube.conftest import Cluster
from tests.kube.test_core_discovery import TABLE

Object = dict[str, Any]
CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"


def definition(group: str) -> Object:
    """Widgets in two versions; the first is stored."""
    properties = {
        "size": {"type": "integer", "minimum": 1, "maximum": 9, "default": 3},
        "mode": {"type": "string", "enum": ["fast", "slow"]},
        "hosts": {"type": "array", "items": {"type": "string", "pattern": "^[a-z.]+$"}, "minItems": 1},
        "parts": {
            "type": "array",
            "x-kubernetes-list-type": "map",
            "x-kubernetes-list-map-keys": ["name"],
            "items": {
                "type": "object",
                "required": ["name"],
                "properties": {"name": {"type": "string"}, "port": {"x-kubernetes-int-or-string": True}},
            },
        },
        "free": {"type": "object", "x-kubernetes-preserve-unknown-fields": True},
        "replicas": {"type": "integer"},
        "either": {
            "type": "object",
            "properties": {"a": {"type": "string"}, "b": {"type": "string"}},
            "oneOf": [{"required": ["a"]}, {"required": ["b"]}],
        },
    }
    schema = {
        "type": "object",
        "required": ["spec"],
        "properties": {
            "spec": {"type": "object", "required": ["hosts"], "properties": properties},
            "status": {"type": "object", "x-kubernetes-preserve-unknown-fields": True},
        },
    }
    columns = [
        {"name": "Size", "type": "integer", "jsonPath": ".spec.size"},
        {"name": "Ready", "type": "string", "jsonPath": '.status.conditions[?(@.type=="Ready")].status'},
        {"name": "Age", "type": "date", "jsonPath": ".metadata.creationTimestamp"},
    ]
    scale = {"specReplicasPath": ".spec.replicas", "statusReplicasPath": ".status.replicas"}
    version = {
        "served": True,
        "schema": {"openAPIV3Schema": schema},
        "subresources": {"status": {}, "scale": scale},
        "additionalPrinterColumns": columns,
    }
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"widgets.{group}"},
        "spec": {
            "group": group,
            "scope": "Namespaced",
            "names": {"plural": "widgets", "kind": "Widget", "shortNames": ["wd"]},
            "versions": [{**version, "name": "v1", "storage": True}, {**version, "name": "v1beta1", "storage": False}],
        },
    }


@pytest.fixture(scope="module")
def group(cluster: Cluster) -> Iterator[str]:
    name = f"g{uuid.uuid4().hex[:8]}.example.com"
    code, body, _ = cluster.call("POST", CRDS, definition(name))
    assert code == 201, body
    resource = cluster.of("apiextensions.k8s.io/v1", "CustomResourceDefinition")
    for event in resource.watch(name=f"widgets.{name}", timeout=10):
        conditions = event["raw_object"].get("status", {}).get("conditions", [])
        if {"type": "Established", "status": "True"}.items() <= next(
            (each for each in conditions if each["type"] == "Established"), {}
        ).items():
            break
    cluster.discover()
    yield name
    cluster.call("DELETE", f"{CRDS}/widgets.{name}")


def widget(group: str, **spec: Any) -> Object:
    declared = {"hosts": ["a.b"], **spec}
    return {"apiVersion": f"{group}/v1", "kind": "Widget", "metadata": {"name": "one"}, "spec": declared}


def test_it_is_discovered(cluster: Cluster, group: str) -> None:
    listed = {each["name"] for each in cluster.call("GET", f"/apis/{group}/v1")[1]["resources"]}
    assert listed == {"widgets", "widgets/status", "widgets/scale"}
    assert [each["version"] for each in cluster.call("GET", f"/apis/{group}")[1]["versions"]] == ["v1", "v1beta1"]


def test_defaults_and_pruning(cluster: Cluster, namespace: str, group: str) -> None:
    path = f"/apis/{group}/v1/namespaces/{namespace}/widgets"
    body = widget(group, free={"any": {"thing": 1}}, unknown=1, parts=[{"name": "a", "port": "http"}])
    code, answer, headers = cluster.call("POST", f"{path}?fieldValidation=Warn", body)
    assert code == 201
    assert "unknown field" in headers["warning"]
    assert answer["spec"] == {
        "hosts": ["a.b"], "size": 3, "free": {"any": {"thing": 1}}, "parts": [{"name": "a", "port": "http"}]
    }  # fmt: skip
    assert answer["metadata"]["generation"] == 1


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ({"size": 10}, "spec.size"),
        ({"size": "3"}, "must be of type integer"),
        ({"mode": "medium"}, 'supported values: "fast", "slow"'),
        ({"hosts": "a"}, "must be of type array"),
        ({"hosts": []}, "spec.hosts"),
        ({"hosts": ["UPPER"]}, "spec.hosts[0]"),
        ({"hosts": None}, "spec.hosts"),
        ({"parts": [{"name": "a"}, {"name": "a"}]}, "Duplicate value"),
        ({"parts": [{"port": 1}]}, "spec.parts[0].name"),
        ({"either": {"a": "x", "b": "y"}}, "spec.either"),
        ({"either": {}}, "spec.either"),
    ],
)
def test_its_schema_is_enforced(cluster: Cluster, namespace: str, group: str, spec: Object, message: str) -> None:
    code, body, _ = cluster.call("POST", f"/apis/{group}/v1/namespaces/{namespace}/widgets", widget(group, **spec))
    assert code == 422
    assert message in body["message"]


def test_versions_show_the_same_object(cluster: Cluster, namespace: str, group: str) -> None:
    cluster.of(f"{group}/v1", "Widget").create(body=widget(group), namespace=namespace)
    other = cluster.of(f"{group}/v1beta1", "Widget")
    assert other.get(name="one", namespace=namespace).apiVersion == f"{group}/v1beta1"
    assert [each.apiVersion for each in other.get(namespace=namespace).items] == [f"{group}/v1beta1"]
    body = {**widget(group, size=5), "apiVersion": f"{group}/v1beta1", "metadata": {"name": "two"}}
    assert other.create(body=body, namespace=namespace).apiVersion == f"{group}/v1beta1"
    assert cluster.of(f"{group}/v1", "Widget").get(name="two", namespace=namespace).spec.size == 5


def test_lists_merge_when_applied(cluster: Cluster, namespace: str, group: str) -> None:
    resource = cluster.of(f"{group}/v1", "Widget")
    apply = {"name": "one", "namespace": namespace}
    resource.server_side_apply(body=widget(group, parts=[{"name": "a", "port": 1}]), field_manager="one", **apply)
    other = {**widget(group), "spec": {"parts": [{"name": "b", "port": 2}]}}
    merged = resource.server_side_apply(body=other, field_manager="two", **apply).to_dict()
    assert [each["name"] for each in merged["spec"]["parts"]] == ["a", "b"]


def test_status_and_scale(cluster: Cluster, namespace: str, group: str) -> None:
    path = f"/apis/{group}/v1/namespaces/{namespace}/widgets"
    cluster.call("POST", path, {**widget(group, replicas=2), "status": {"replicas": 9}})
    assert "status" not in cluster.call("GET", f"{path}/one")[1]
    merge = {"Content_Type": "application/merge-patch+json"}
    status = {"replicas": 1, "conditions": [{"type": "Ready", "status": "True"}]}
    _, body, _ = cluster.call("PATCH", f"{path}/one/status", {"status": status}, **merge)
    assert (body["status"]["replicas"], body["metadata"]["generation"]) == (1, 1)
    scale = cluster.call("GET", f"{path}/one/scale")[1]
    assert (scale["spec"]["replicas"], scale["status"]["replicas"]) == (2, 1)
    _, table, _ = cluster.call("GET", path, Accept=TABLE)
    assert [each["name"] for each in table["columnDefinitions"]] == ["Name", "Size", "Ready", "Age"]
    assert table["rows"][0]["cells"][:3] == ["one", 3, "True"]


def test_strategic_merge_is_not_for_custom_resources(cluster: Cluster, namespace: str, group: str) -> None:
    path = f"/apis/{group}/v1/namespaces/{namespace}/widgets"
    cluster.call("POST", path, widget(group))
    code, _, _ = cluster.call(
        "PATCH", f"{path}/one", {"spec": {"size": 4}}, Content_Type="application/strategic-merge-patch+json"
    )
    assert code == 415


def test_a_dry_run_registers_nothing(cluster: Cluster) -> None:
    assert cluster.call("POST", f"{CRDS}?dryRun=All", definition("dry.example.com"))[0] == 201
    assert cluster.call("GET", "/apis/dry.example.com/v1")[0] == 404


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda body: body["metadata"].update(name="other.x.example.com"), "metadata.name"),
        (lambda body: body["spec"]["versions"][1].update(storage=True), "exactly one version"),
        (lambda body: body["spec"]["versions"][0].pop("schema"), "schemas are required"),
        (lambda body: body["spec"].update(scope="Everywhere"), "spec.scope"),
        (
            lambda body: body["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"].pop("type"),
            "properties[spec].type",
        ),
    ],
)
def test_definitions_are_checked(cluster: Cluster, change: Any, message: str) -> None:
    body = definition("x.example.com")
    change(body)
    code, answer, _ = cluster.call("POST", f"{CRDS}?dryRun=All", body)
    assert code == 422
    assert message in answer["message"]


def test_objects_go_with_their_definition(cluster: Cluster, namespace: str) -> None:
    name = f"g{uuid.uuid4().hex[:8]}.example.com"
    cluster.call("POST", CRDS, definition(name))
    cluster.discover()
    cluster.of(f"{name}/v1", "Widget").create(body=widget(name), namespace=namespace)
    cluster.call("DELETE", f"{CRDS}/widgets.{name}")
    for event in cluster.of("apiextensions.k8s.io/v1", "CustomResourceDefinition").watch(timeout=10):
        if event["raw_object"]["metadata"]["name"] == f"widgets.{name}" and event["type"] == "DELETED":
            break
        if cluster.call("GET", f"{CRDS}/widgets.{name}")[0] == 404:
            break
    assert cluster.call("GET", f"/apis/{name}/v1")[0] == 404
    cluster.discover()
