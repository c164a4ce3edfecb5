"""Patches of every kind, and bodies of every kind."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from tests.kube.conftest import Cluster
from tests.kube.test_core_objects import config_map, deployment

Object = dict[str, Any]
STRATEGIC = "application/strategic-merge-patch+json"
JSON_PATCH = "application/json-patch+json"
SPEC = "/spec/template/spec"


@pytest.fixture
def path(cluster: Cluster, namespace: str) -> Iterator[str]:
    """Of a Deployment with the containers app (env A, B) and side."""
    body = deployment(paused=True)
    containers = body["spec"]["template"]["spec"]["containers"]
    containers[0]["env"] = [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}]
    containers.append({"name": "side", "image": "registry.invalid/side:1"})
    body["metadata"]["finalizers"] = ["example.com/a", "example.com/b"]
    base = f"/apis/apps/v1/namespaces/{namespace}/deployments"
    code, answer, _ = cluster.call("POST", base, body)
    assert code == 201, answer
    yield f"{base}/web"
    released = {"metadata": {"finalizers": None}}
    cluster.call("PATCH", f"{base}/web", released, Content_Type="application/merge-patch+json")


def template(**spec: Any) -> Object:
    return {"spec": {"template": {"spec": spec}}}


def names(body: Object) -> list[str]:
    return [each["name"] for each in body["spec"]["template"]["spec"]["containers"]]


def environment(body: Object) -> list[str]:
    return [f"{each['name']}={each['value']}" for each in body["spec"]["template"]["spec"]["containers"][0]["env"]]


@pytest.mark.parametrize(
    ("patch", "shown", "expected"),
    [
        (template(containers=[{"name": "new", "image": "x"}]), names, ["app", "side", "new"]),
        (template(containers=[{"name": "side", "$patch": "delete"}]), names, ["app"]),
        (template(containers=[{"name": "only", "image": "x"}, {"$patch": "replace"}]), names, ["only"]),
        (template(**{"$setElementOrder/containers": [{"name": "side"}, {"name": "app"}]}), names, ["side", "app"]),
        (template(containers=[{"name": "app", "env": [{"name": "B", "value": "9"}]}]), environment, ["A=1", "B=9"]),
        (template(containers=[{"name": "app", "env": [{"name": "A", "$patch": "delete"}]}]), environment, ["B=2"]),
        (
            {"metadata": {"$deleteFromPrimitiveList/finalizers": ["example.com/a"]}},
            lambda body: body["metadata"]["finalizers"],
            ["example.com/b"],
        ),
        (
            {"spec": {"strategy": {"$retainKeys": ["type"], "type": "Recreate"}}},
            lambda body: body["spec"]["strategy"],
            {"type": "Recreate"},
        ),
        ({"spec": {"template": {"metadata": {"labels": {"x": "y"}}}}}, lambda body: sorted(
            body["spec"]["template"]["metadata"]["labels"]), ["app", "x"]),
        ({"spec": {"replicas": None}}, lambda body: body["spec"]["replicas"], 1),
    ],
)  # fmt: skip
def test_strategic_merge(cluster: Cluster, path: str, patch: Object, shown: Any, expected: Any) -> None:
    code, body, _ = cluster.call("PATCH", path, patch, Content_Type=STRATEGIC)
    assert code == 200, body
    assert shown(body) == expected


@pytest.mark.parametrize("patch", [template(containers=[{"image": "nameless"}]), {"spec": {"$patch": "explode"}}])
def test_what_is_no_strategic_merge(cluster: Cluster, path: str, patch: Object) -> None:
    assert cluster.call("PATCH", path, patch, Content_Type=STRATEGIC)[0] in (400, 422, 500)


@pytest.mark.parametrize(
    ("operations", "shown", "expected"),
    [
        ([{"op": "remove", "path": f"{SPEC}/containers/1"}], names, ["app"]),
        (
            [{"op": "add", "path": f"{SPEC}/containers/0", "value": {"name": "n", "image": "x"}}],
            names,
            ["n", "app", "side"],
        ),
        (
            [{"op": "add", "path": f"{SPEC}/containers/-", "value": {"name": "n", "image": "x"}}],
            names,
            ["app", "side", "n"],
        ),
        ([{"op": "move", "from": f"{SPEC}/containers/0", "path": f"{SPEC}/containers/1"}], names, ["side", "app"]),
        (
            [
                {"op": "test", "path": "/spec/paused", "value": True},
                {"op": "replace", "path": f"{SPEC}/containers/0/env/0/value", "value": "7"},
                {"op": "copy", "from": f"{SPEC}/containers/0/env/0/value", "path": f"{SPEC}/containers/0/env/1/value"},
            ],
            environment,
            ["A=7", "B=7"],
        ),
    ],
)
def test_json_patch(cluster: Cluster, path: str, operations: list[Object], shown: Any, expected: Any) -> None:
    code, body, _ = cluster.call("PATCH", path, operations, Content_Type=JSON_PATCH)
    assert code == 200, body
    assert shown(body) == expected


@pytest.mark.parametrize(
    "operations",
    [
        [{"op": "test", "path": "/spec/paused", "value": False}],
        [{"op": "remove", "path": "/spec/nothing"}],
        [{"op": "replace", "path": f"{SPEC}/containers/9/image", "value": "x"}],
        [{"op": "explode", "path": "/spec"}],
        [{"op": "add", "path": "spec", "value": 1}],
    ],
)
def test_a_json_patch_that_fails_changes_nothing(cluster: Cluster, path: str, operations: list[Object]) -> None:
    before = cluster.call("GET", path)[1]["spec"]
    assert cluster.call("PATCH", path, operations, Content_Type=JSON_PATCH)[0] in (400, 422)
    assert cluster.call("GET", path)[1]["spec"] == before


def test_unknown_patches_are_refused(cluster: Cluster, path: str) -> None:
    assert cluster.call("PATCH", path, {}, Content_Type="application/json")[0] == 415


def test_yaml_is_read(cluster: Cluster, namespace: str) -> None:
    body = yaml.safe_dump(config_map(a="1"))
    path = f"/api/v1/namespaces/{namespace}/configmaps"
    raw = {"Content_Type": "application/yaml"}
    code, answer, _ = cluster.send("POST", path, body.encode(), **raw)
    assert (code, answer["data"]) == (201, {"a": "1"})


@pytest.mark.parametrize(
    ("content", "body", "status"),
    [
        ("application/json", b"{", 400),
        ("application/json", b"[]", 400),
        ("application/yaml", b"a: [", 400),
        ("application/vnd.kubernetes.protobuf", b"nonsense", 400),
        ("application/vnd.kubernetes.protobuf", b"k8s\x00\x0a\x0f\x0a\x02v1\x12\x09Namespac", 400),
        ("application/json", json.dumps(config_map(a="x" * 4_000_000)).encode(), 413),
    ],
)
def test_bodies_that_cannot_be_read(cluster: Cluster, namespace: str, content: str, body: bytes, status: int) -> None:
    code, answer, _ = cluster.send("POST", f"/api/v1/namespaces/{namespace}/configmaps", body, Content_Type=content)
    assert code == status, answer
