"""Server-side apply: who manages which field, conflicts, and fields that are applied no more."""

from __future__ import annotations

from typing import Any

import pytest
from kubernetes.dynamic.exceptions import ConflictError

from tests.kube.conftest import Cluster
from tests.kube.test_core_objects import deployment

Object = dict[str, Any]


class Applier:
    def __init__(self, cluster: Cluster, namespace: str, api_version: str, kind: str) -> None:
        self.resource, self.namespace = cluster.of(api_version, kind), namespace

    def __call__(self, body: Object, manager: str = "one", **options: Any) -> Object:
        applied = self.resource.server_side_apply(
            body=body, name=body["metadata"]["name"], namespace=self.namespace, field_manager=manager, **options
        )
        return applied.to_dict()  # type: ignore[no-any-return]

    def merge(self, name: str, patch: Object, manager: str) -> Object:
        content = "application/merge-patch+json"
        return self.resource.patch(  # type: ignore[no-any-return]
            body=patch, name=name, namespace=self.namespace, content_type=content, field_manager=manager
        ).to_dict()


def config_map(**data: str) -> Object:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "one"}, "data": data}


def managers(obj: Object) -> dict[tuple[str, str], Object]:
    return {(each["manager"], each["operation"]): each["fieldsV1"] for each in obj["metadata"]["managedFields"]}


@pytest.fixture
def maps(cluster: Cluster, namespace: str) -> Applier:
    return Applier(cluster, namespace, "v1", "ConfigMap")


@pytest.fixture
def deployments(cluster: Cluster, namespace: str) -> Applier:
    return Applier(cluster, namespace, "apps/v1", "Deployment")


def test_applying_the_same_changes_nothing(maps: Applier, deployments: Applier) -> None:
    assert maps(config_map(a="1")) == maps(config_map(a="1"))
    body = deployment(paused=True)
    body["spec"]["template"]["spec"]["containers"][0]["resources"] = {
        "requests": {"cpu": 0.5, "memory": "1024Mi"},
        "limits": {"memory": "2048Mi"},
    }
    first = deployments(body)
    again = deployments(body)
    assert again["metadata"]["resourceVersion"] in (
        first["metadata"]["resourceVersion"],
        str(int(first["metadata"]["resourceVersion"]) + 1),
    )
    assert again["metadata"]["generation"] == 1
    assert again["spec"]["template"]["spec"]["containers"][0]["resources"]["requests"] == {
        "cpu": "500m",
        "memory": "1Gi",
    }


def test_the_applied_fields_are_managed(maps: Applier) -> None:
    made = maps(config_map(a="1"))
    assert managers(made) == {("one", "Apply"): {"f:data": {"f:a": {}}}}


def test_lists_are_managed_by_their_keys(deployments: Applier) -> None:
    fields = managers(deployments(deployment(paused=True)))["one", "Apply"]
    container = fields["f:spec"]["f:template"]["f:spec"]["f:containers"]['k:{"name":"app"}']
    port = 'k:{"containerPort":8080,"protocol":"TCP"}'
    assert container == {".": {}, "f:image": {}, "f:name": {}, "f:ports": {port: {".": {}, "f:containerPort": {}}}}


def test_a_field_that_is_applied_no_more_goes(maps: Applier) -> None:
    maps(config_map(a="1", b="2"))
    assert maps(config_map(a="1"))["data"] == {"a": "1"}


def test_a_field_that_somebody_else_applies_too_stays(maps: Applier) -> None:
    maps(config_map(a="1", b="2"))
    maps(config_map(b="2"), manager="two")
    left = maps(config_map(a="1"))
    assert left["data"] == {"a": "1", "b": "2"}
    assert managers(left)["two", "Apply"] == {"f:data": {"f:b": {}}}


def test_containers_and_their_parts_go_when_applied_no_more(deployments: Applier) -> None:
    body = deployment(paused=True)
    side = {"name": "side", "image": "registry.invalid/side:1"}
    containers = body["spec"]["template"]["spec"]["containers"]
    containers.append(side)
    containers[0]["env"] = [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}]
    deployments(body)
    containers[0]["env"].pop(0)
    containers.pop()
    left = deployments(body)["spec"]["template"]["spec"]["containers"]
    assert [each["name"] for each in left] == ["app"]
    assert left[0]["env"] == [{"name": "B", "value": "2"}]


def test_other_peoples_fields_conflict_unless_forced(maps: Applier) -> None:
    maps(config_map(a="1"))
    maps.merge("one", {"data": {"a": "2"}}, "hand")
    with pytest.raises(ConflictError, match=r'conflict with \\"hand\\" using v1: .data.a'):
        maps(config_map(a="1"))
    forced = maps(config_map(a="1"), force_conflicts=True)
    assert forced["data"] == {"a": "1"}
    assert managers(forced) == {("one", "Apply"): {"f:data": {"f:a": {}}}}


def test_agreeing_is_no_conflict(maps: Applier) -> None:
    maps(config_map(a="1"))
    assert set(managers(maps(config_map(a="1"), manager="two"))) == {("one", "Apply"), ("two", "Apply")}


def test_conflicts_are_listed_by_manager(deployments: Applier) -> None:
    deployments(deployment(paused=True))
    deployments.merge("web", {"spec": {"replicas": 3, "minReadySeconds": 4}}, "hand")
    body = deployment(paused=True, replicas=1, minReadySeconds=1)
    with pytest.raises(ConflictError) as refused:
        deployments(body)
    causes = refused.value.summary() if hasattr(refused.value, "summary") else str(refused.value.body)
    assert "Apply failed with 2 conflicts" in causes
    assert ".spec.replicas" in causes
    assert ".spec.minReadySeconds" in causes


def test_what_is_not_applied_is_left_alone(deployments: Applier) -> None:
    body = deployment(paused=True)
    del body["spec"]["replicas"]
    deployments(body)
    deployments.merge("web", {"spec": {"replicas": 3}}, "autoscaler")
    assert deployments(body)["spec"]["replicas"] == 3


def test_unknown_fields_are_never_applied(maps: Applier, cluster: Cluster, namespace: str) -> None:
    path = f"/apis/apps/v1/namespaces/{namespace}/deployments/web?fieldManager=one&fieldValidation=Ignore"
    body = deployment(paused=True, colour="blue")
    code, answer, _ = cluster.call("PATCH", path, body, Content_Type="application/apply-patch+yaml")
    assert code in (400, 500)
    assert "colour" in answer["message"]


def test_status_has_managers_of_its_own(cluster: Cluster, namespace: str, deployments: Applier) -> None:
    deployments(deployment(paused=True))
    path = f"/apis/apps/v1/namespaces/{namespace}/deployments/web/status?fieldManager=robot&force=true"
    condition = {"type": "Tested", "status": "True", "lastTransitionTime": None}
    body = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web"},
        "status": {"conditions": [condition]},
    }
    code, answer, _ = cluster.call("PATCH", path, body, Content_Type="application/apply-patch+yaml")
    assert code == 200
    entry = next(each for each in answer["metadata"]["managedFields"] if each["manager"] == "robot")
    assert entry["subresource"] == "status"
    assert list(entry["fieldsV1"]) == ["f:status"]
