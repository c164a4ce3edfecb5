"""Discovery, OpenAPI, versions, health, tables: what clients ask before and around their work."""

from __future__ import annotations

import pytest

from tests.kube.conftest import REAL, Cluster

AGGREGATED = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json"


def test_groups_and_resources(cluster: Cluster) -> None:
    groups = {each["name"]: each for each in cluster.call("GET", "/apis")[1]["groups"]}
    assert groups["apps"]["preferredVersion"]["groupVersion"] == "apps/v1"
    listed = {each["name"]: each for each in cluster.call("GET", "/apis/apps/v1")[1]["resources"]}
    assert listed["deployments"]["shortNames"] == ["deploy"]
    assert listed["deployments/scale"]["kind"] == "Scale"
    assert cluster.call("GET", "/api")[1]["versions"] == ["v1"]


@pytest.mark.parametrize("root", ["/api", "/apis"])
def test_aggregated_discovery_agrees_with_the_old_form(cluster: Cluster, root: str) -> None:
    _, body, headers = cluster.call("GET", root, Accept=AGGREGATED)
    assert body["kind"] == "APIGroupDiscoveryList"
    assert "as=APIGroupDiscoveryList" in headers["content-type"]
    for group in body["items"]:
        for version in group["versions"]:
            name = group["metadata"].get("name")
            path = f"/apis/{name}/{version['version']}" if name else f"/api/{version['version']}"
            listed = {each["name"] for each in cluster.call("GET", path)[1]["resources"] if "/" not in each["name"]}
            assert {each["resource"] for each in version["resources"]} == listed


def test_openapi_tells_the_options_of_patch(cluster: Cluster) -> None:
    paths = cluster.call("GET", "/openapi/v3")[1]["paths"]
    _, document, _ = cluster.call("GET", paths["apis/apps/v1"]["serverRelativeURL"])
    patch = document["paths"]["/apis/apps/v1/namespaces/{namespace}/deployments/{name}"]["patch"]
    assert {"dryRun", "fieldManager", "fieldValidation"} <= {each["name"] for each in patch["parameters"]}
    schemas = document["components"]["schemas"]
    reference = schemas["io.k8s.api.apps.v1.Deployment"]["properties"]["spec"]
    assert "io.k8s.api.apps.v1.DeploymentSpec" in str(reference)


def test_version_and_health(cluster: Cluster) -> None:
    assert int(cluster.call("GET", "/version")[1]["minor"].rstrip("+")) >= 30
    for path in ("/healthz", "/readyz", "/livez"):
        assert cluster.call("GET", path)[1] == "ok"


def test_tables(cluster: Cluster) -> None:
    _, table, _ = cluster.call("GET", "/api/v1/namespaces/default", Accept=TABLE)
    assert table["kind"] == "Table"
    names = [each["name"] for each in table["columnDefinitions"]]
    assert names[:3] == ["Name", "Status", "Age"]
    assert table["rows"][0]["cells"][:2] == ["default", "Active"]
    assert table["rows"][0]["object"]["kind"] == "PartialObjectMetadata"


@pytest.mark.skipif(REAL, reason="there, containers run")
@pytest.mark.parametrize("what", ["exec?command=ls", "attach", "portforward", "log"])
def test_no_container_runs_here(cluster: Cluster, namespace: str, what: str) -> None:
    pod = {"metadata": {"name": "p"}, "spec": {"containers": [{"name": "app", "image": "registry.invalid/app:1"}]}}
    cluster.of("v1", "Pod").create(body=pod, namespace=namespace)
    method = "GET" if what == "log" else "POST"
    code, body, _ = cluster.call(method, f"/api/v1/namespaces/{namespace}/pods/p/{what}")
    assert code == 400
    assert "no container runs here" in body["message"]
    assert cluster.call(method, f"/api/v1/namespaces/{namespace}/pods/nobody/{what}")[0] == 404
